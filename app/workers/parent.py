"""The parent: it listens, has everything discovered, assembles snapshots, and forks over them."""

import logging
import math
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence

import uvicorn
from starlette.types import ASGIApp

from app.config import Config
from app.discovery import Finding, save, stored
from app.garbage import set_aside
from app.gateway import NOT_YET, START_SECONDS, Gateway
from app.main import create_app
from app.workers.channel import Channel
from app.workers.family import Family
from app.workers.fleet import Fleet
from app.workers.messages import told
from app.workers.scout import scout
from app.workers.scouts import Lasts, Scouts
from app.workers.worker import Parting, Worker
from schema.build import SchemaError

log = logging.getLogger(__name__)

NO_FORK = "several processes share what was forked, which is safe on Linux only: give 1"

MORE_SECONDS = 5.0
"""What a worker may take to end beyond what its requests may."""


def can_fork() -> bool:
    """Whether a process may be forked here: the libraries of macOS do not survive it."""
    return hasattr(os, "fork") and sys.platform != "darwin"


def serve(config: Config, size: int, server: Callable[[ASGIApp], uvicorn.Config]) -> None:
    """Serve with that many workers until told to stop; `server`: how each serves an application."""
    Parent(config, size, server).run()


class Parent:
    """What happens when: discoveries become snapshots, and snapshots generations of workers."""

    def __init__(
        self, config: Config, size: int, server: Callable[[ASGIApp], uvicorn.Config]
    ) -> None:
        self._config = config
        self._size = size
        self._gateway = Gateway(config, discovers=False)
        self._parting = Parting(create_app(config, gateway=self._gateway))
        self._server = server(self._parting)
        # Imports what all workers need, so that they share it.
        self._server.load()
        self._server.get_loop_factory()
        grace = float(self._server.timeout_graceful_shutdown or 0)
        self._patience = max(grace, config.server.timeout)
        self._family = Family()
        self._fleet = Fleet(self._family, self._work, self._patience + grace + MORE_SECONDS)
        self._scouts = Scouts(self._family, self._scout, config, self._gateway.store)
        self._waits_until = time.monotonic() + START_SECONDS
        self._has_begun = False
        self._is_ending = False

    def run(self) -> None:
        """Serve until a signal says otherwise, and every request is answered."""
        with self._listening() as self._listener, self._family.signalled():
            set_aside()
            # It lives, is not ready, and keeps requests waiting for the first snapshot.
            self._fleet.renew(1)
            while not self._is_ending or self._family.children:
                self._step(time.monotonic())
                self._family.wait(self._next())
                self._heed(self._family.signals())

    def _listening(self) -> socket.socket:
        listener = self._server.bind_socket()
        listener.set_inheritable(False)
        # Loops do so themselves, but not for a socket they are given.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.listen(self._server.backlog)
        return listener

    def _work(self, channel: Channel, others: int) -> None:
        if others:
            # One of them is enough to say what it finds wrong with the schema.
            self._gateway.replaced.clear()
        worker = Worker(self._server, self._gateway, self._parting, channel, self._patience)
        worker.run([self._listener])

    def _scout(self, channel: Channel, lasts: Lasts) -> None:
        self._listener.close()
        scout(channel, self._config, self._gateway.store, lasts)

    def _step(self, now: float) -> None:
        self._family.kill_late(now)
        if self._is_ending:
            return
        self._scouts.send(now)
        if self._has_begun:
            self._accept()
        else:
            self._begin(now)
        self._fleet.settle(now)

    def _next(self) -> float:
        """When there is something to do, should nothing happen before."""
        if self._is_ending:
            return self._family.next_limit()
        start = math.inf if self._has_begun else self._waits_until
        return min(
            start, self._family.next_limit(), self._fleet.next_due(), self._scouts.next_due()
        )

    def _heed(self, signals: Sequence[int]) -> None:
        for number in signals:
            if number == signal.SIGHUP:
                log.info("discovering at once")
                self._scouts.hurry()
            elif self._is_ending:
                if number == signal.SIGINT:
                    self._fleet.kill()
            else:
                self._is_ending = True
                self._scouts.stop()
                self._fleet.stop()

    def _begin(self, now: float) -> None:
        """The first snapshot, once all is found, or what waits for it has waited enough.

        Raises `ConfigError` where a join of it cannot work.
        """
        last = self._scouts.last
        if None in last.values() and now < self._waits_until:
            return
        self._scouts.found()
        found = self._gateway.judged(
            one or stored(self._config.upstreams[name], self._gateway.store, NOT_YET)
            for name, one in last.items()
        )
        self._has_begun = True
        self._fleet.tell(told(found, {}))
        self._assemble(found)
        self._gateway.check_joins()
        self._renew()

    def _accept(self) -> None:
        """Serve what was found since, unless too many generations are there already."""
        if not self._fleet.has_room:
            return
        served = self._gateway.snapshot.findings
        new = [one for one in self._scouts.found() if served[one.upstream.name] != one]
        found = self._gateway.judged(new)
        # One by one: what is wrong with one does not keep the others.
        if True in [self._assemble([one]) for one in found]:
            self._renew()
        elif found:
            served = self._gateway.snapshot.findings
            known = {name: one.catalog for name, one in served.items()}
            self._fleet.tell(told([served[one.upstream.name] for one in found], known))

    def _assemble(self, found: Sequence[Finding]) -> bool:
        """Whether the findings make another schema; the good ones are stored."""
        try:
            is_new = self._gateway.assemble(found)
        except SchemaError as error:
            names = " ".join(one.upstream.name for one in found)
            log.error("snapshot kept", extra={"upstream": names, "problem": str(error)})  # noqa: TRY400 - the problems say it all
            return False
        served = self._gateway.snapshot.findings
        for one in found:
            if served[one.upstream.name] is one:
                save(one, self._gateway.store)
        return is_new

    def _renew(self) -> None:
        set_aside()
        self._fleet.renew(self._size)
