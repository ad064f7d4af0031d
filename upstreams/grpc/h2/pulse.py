"""Whether somebody is still there, at the other end of a connection that has gone quiet."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

_PATIENCE = 20.0
"""Seconds in which an answer is to come."""


class Patient(Protocol):
    """What has a pulse."""

    @property
    def busy(self) -> bool:
        """Whether anything is waited for."""

    def ping(self) -> None:
        """Ask for an answer, whatever it is."""

    def give_up(self) -> None:
        """There was none."""


@dataclass(slots=True)
class Pulse:
    """Asks when nothing was heard for so many seconds, and waits."""

    patient: Patient
    seconds: float
    heard: bool = False
    """To be set when anything comes."""
    _asked: bool = False
    _ticking: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to listen; with no seconds, never ask."""
        if self.seconds:
            self._again(self.seconds)

    def stop(self) -> None:
        """Listen no more."""
        if self._ticking is not None:
            self._ticking.cancel()

    def _again(self, seconds: float) -> None:
        self._ticking = asyncio.get_running_loop().call_later(seconds, self._tick)

    def _tick(self) -> None:
        silent = self.patient.busy and not self.heard
        if silent and self._asked:
            self.patient.give_up()
            return
        if silent:
            self.patient.ping()
        self.heard, self._asked = False, silent
        self._again(min(self.seconds, _PATIENCE) if silent else self.seconds)
