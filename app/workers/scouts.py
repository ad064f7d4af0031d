"""When each upstream is discovered, and by whom: processes that live as long as that takes."""

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from app.config import Config
from app.discovery import Finding, Pace, fallen_back
from app.scouting.away import ENDED
from app.status import State
from app.store import Store
from app.workers.channel import Channel
from app.workers.family import Child, Family
from app.workers.messages import Message, Told, findings
from upstreams.errors import DiscoveryError
from upstreams.model import Catalog

log = logging.getLogger(__name__)

Lasts: TypeAlias = Mapping[str, Finding | None]
"""The last finding of each upstream, None before the first."""
Work: TypeAlias = Callable[[Channel, Lasts], None]

MORE_SECONDS = 10.0
"""What a discovery may take beyond its time limit, which it keeps itself unless it hangs."""


class Scouts:
    """The discoveries of all upstreams, each at its pace, or soon after a failure."""

    def __init__(self, family: Family, work: Work, config: Config, store: Store) -> None:
        """`work` discovers the upstreams of which it is given the last findings."""
        self._family = family
        self._work = work
        self._config = config
        self._store = store
        self.last: dict[str, Finding | None] = dict.fromkeys(config.upstreams)
        """The newest finding of each."""
        self._due = dict.fromkeys(config.upstreams, -math.inf)
        self._failures = dict.fromkeys(config.upstreams, 0)
        self._pace = Pace(config.discovery.every, time.monotonic())
        self._out: dict[Child, set[str]] = {}
        self._found: list[Finding] = []

    def send(self, now: float) -> None:
        """Discover what is due."""
        away = set[str]().union(*self._out.values())
        due = {
            name: self.last[name]
            for name, time in self._due.items()
            if time <= now and name not in away
        }
        if due:
            self._fork(due, now)

    def next_due(self) -> float:
        """When the next one is due."""
        away = set[str]().union(*self._out.values())
        return min((due for name, due in self._due.items() if name not in away), default=math.inf)

    def hurry(self) -> None:
        """All are due now."""
        self._due = dict.fromkeys(self._due, -math.inf)

    def found(self) -> list[Finding]:
        """What was found since, the newest of each upstream."""
        found, self._found = self._found, []
        return list({one.upstream.name: one for one in found}.values())

    def stop(self) -> None:
        """Give up what is being discovered."""
        for child, names in self._out.items():
            names.clear()
            child.kill()

    def heard(self, child: Child, message: Message) -> None:
        """A scout tells what it found."""
        if isinstance(message, Told):
            for finding in findings(message, self._config.upstreams, self._known()):
                self._out[child].discard(finding.upstream.name)
                self._note(finding)

    def ended(self, child: Child, status: int) -> None:
        """A scout is gone; what it did not find, it failed to."""
        for finding in self._failed(self._out.pop(child), status):
            self._note(finding)

    def _fork(self, due: Lasts, now: float) -> None:
        try:
            child = self._family.fork(self, lambda channel: self._work(channel, due))
        except OSError as error:
            for finding in self._failed(set(due), error.strerror):
                self._note(finding)
            return
        child.limit = now + self._config.discovery.timeout + MORE_SECONDS
        self._out[child] = set(due)

    def _known(self) -> dict[str, Catalog | None]:
        return {name: one.catalog for name, one in self.last.items() if one}

    def _failed(self, names: set[str], status: int | str | None) -> Iterator[Finding]:
        error = DiscoveryError(ENDED)
        for name in sorted(names):
            log.warning(
                "discovery failed",
                extra={"upstream": name, "problem": str(error), "status": status},
            )
            yield fallen_back(self._config.upstreams[name], self._store, error, self.last[name])

    def _note(self, finding: Finding) -> None:
        name = finding.upstream.name
        self.last[name] = finding
        self._found.append(finding)
        failures = 0 if finding.state is State.READY else self._failures[name] + 1
        self._failures[name] = failures
        self._due[name] = self._pace.due(failures, time.monotonic())
