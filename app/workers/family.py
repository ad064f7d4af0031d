"""The processes that one process forked: what they say, and when they end."""

import logging
import math
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn, Protocol

from app.workers.channel import Channel
from app.workers.messages import Message

log = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""What the parent is told by: to end, to end, to discover now."""

_BROKEN = 1


@dataclass(eq=False, slots=True)
class Child:
    """A forked process."""

    pid: int
    channel: Channel
    parent: "Listener"
    born: float = field(default_factory=time.monotonic)
    """By the monotonic clock, as is `limit`."""
    limit: float = math.inf
    """When it is killed if it has not ended."""

    def tell(self, message: Message) -> None:
        """Say something to it; one that does not listen is killed."""
        try:
            self.channel.send(message)
        except OSError:
            self.kill()

    def kill(self) -> None:
        """End it at once."""
        # It is not reaped yet, so the pid is still its own.
        os.kill(self.pid, signal.SIGKILL)


class Listener(Protocol):
    """Who wants to know of a child."""

    def heard(self, child: Child, message: Message) -> None:
        """It said something."""

    def ended(self, child: Child, status: int) -> None:
        """It is gone: its exit status, or below zero the signal that ended it."""


class Family:
    """All children of this process, and the signals that it gets. It has no loop and no thread."""

    def __init__(self) -> None:
        # Not epoll: its descriptor would be shared with every child.
        self._selector = selectors.PollSelector()
        self._bell, self._rope = socket.socketpair()
        self._signals: list[int] = []
        self.children: list[Child] = []

    @contextmanager
    def signalled(self) -> Iterator[None]:
        """Signals are kept for `signals` until the block ends."""
        for end in (self._bell, self._rope):
            end.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ, None)
        before = {one: signal.signal(one, self._note) for one in SIGNALS}
        signal.set_wakeup_fd(self._rope.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            for one, handler in before.items():
                signal.signal(one, handler)
            self._selector.close()

    def signals(self) -> list[int]:
        """The signals that came since."""
        come, self._signals = self._signals, []
        return come

    def fork(self, parent: Listener, work: Callable[[Channel], None]) -> Child:
        """A process that does the work and ends; `parent` hears of it.

        Raises `OSError` when the system has no room for another.
        """
        ours, theirs = Channel.pair()
        # Until it has handlers of its own, a child would take a signal for its parent's.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            pid = os.fork()
            if pid == 0:
                self._run(work, ours, theirs)
        except OSError:
            ours.close()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            theirs.close()
        child = Child(pid, ours, parent)
        self.children.append(child)
        self._selector.register(ours, selectors.EVENT_READ, child)
        return child

    def wait(self, until: float) -> None:
        """Deliver what the children say, until that time, or a signal or a word has come."""
        seconds = max(0.0, until - time.monotonic())
        for key, _ in self._selector.select(None if math.isinf(seconds) else seconds):
            if key.data is None:
                self._bell.recv(4096)
            else:
                self._deliver(key.data)

    def kill_late(self, now: float) -> None:
        """End the children whose time is over."""
        for child in self.children:
            if child.limit <= now:
                log.warning("killed process", extra={"pid": child.pid})
                child.limit = math.inf
                child.kill()

    def next_limit(self) -> float:
        """When the next one is to be killed."""
        return min((child.limit for child in self.children), default=math.inf)

    def _note(self, number: int, _frame: object) -> None:
        self._signals.append(number)

    def _deliver(self, child: Child) -> None:
        try:
            messages = child.channel.received()
        except EOFError:
            child.parent.ended(child, self._reaped(child))
            return
        for message in messages:
            child.parent.heard(child, message)

    def _reaped(self, child: Child) -> int:
        """Its status. One that closed its channel and lives on is no child to keep."""
        child.kill()
        _, status = os.waitpid(child.pid, 0)
        self._selector.unregister(child.channel)
        child.channel.close()
        self.children.remove(child)
        return os.waitstatus_to_exitcode(status)

    def _run(self, work: Callable[[Channel], None], ours: Channel, theirs: Channel) -> NoReturn:
        """The life of a child, which never returns to what its parent was doing."""
        status = _BROKEN
        try:
            ours.close()
            self._leave()
            work(theirs)
            status = 0
        except BaseException:  # nothing may get out: above is what the parent was doing
            log.exception("process broke", extra={"pid": os.getpid()})
        finally:
            os._exit(status)

    def _leave(self) -> None:
        """Keep nothing of what is between the parent and the others."""
        signal.set_wakeup_fd(-1)
        for one in SIGNALS:
            signal.signal(one, signal.SIG_DFL)
        # Ctrl-C and a closed terminal reach all processes; the parent says what becomes of them.
        for one in (signal.SIGINT, signal.SIGHUP):
            signal.signal(one, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        self._bell.close()
        self._rope.close()
        for child in self.children:
            child.channel.close()
        self._selector.close()
        self.children.clear()
