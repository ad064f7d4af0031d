"""The processes that serve: as many as there should be, of the newest generation."""

import logging
import math
import time
from collections.abc import Callable

from app.discovery import backoff
from app.workers.channel import Channel
from app.workers.family import Child, Family
from app.workers.messages import Message, Ready, Retire, Stop, Told

log = logging.getLogger(__name__)

READY_SECONDS = 60.0
"""How long a worker may take until it serves."""
STEADY_SECONDS = 5.0
"""A worker that ends sooner would end again: the next one waits, longer each time."""
MOST_GENERATIONS = 3
"""How many generations there may be at once, all but the newest of them ending."""


class Fleet:
    """The workers. Those of one generation share one snapshot."""

    def __init__(
        self, family: Family, work: Callable[[Channel, int], None], patience: float
    ) -> None:
        """`work` serves; it is told how many others of its generation there are already.

        `patience`: how many seconds a worker has to end once it was told to.
        """
        self._family = family
        self._work = work
        self._patience = patience
        self._generations: dict[Child, int] = {}
        self._ready: set[Child] = set()
        self._ending: set[Child] = set()
        self._newest = 0
        self._size = 0
        self._early = 0
        self._not_before = -math.inf

    @property
    def has_room(self) -> bool:
        """Whether another generation may begin."""
        return len(set(self._generations.values())) < MOST_GENERATIONS

    def renew(self, size: int) -> None:
        """Begin a generation of that many, over what the parent has assembled."""
        self._newest += 1
        self._size = size
        self._early, self._not_before = 0, -math.inf

    def tell(self, message: Told) -> None:
        """Say it to the newest generation."""
        for child in self._newest_ones():
            child.tell(message)

    def stop(self) -> None:
        """No worker is wanted any more; requests are answered first."""
        self._size = 0
        for child in self._generations:
            self._end(child, Stop())

    def kill(self) -> None:
        """No worker is wanted, and none is waited for."""
        self._size = 0
        for child in self._generations:
            child.kill()

    def settle(self, now: float) -> None:
        """Fork those that are missing, and retire old ones once the newest can take over."""
        while self._not_before <= now and len(self._newest_ones()) < self._size:
            self._fork(now)
        if len(self._ready.intersection(self._newest_ones())) >= self._size > 0:
            for child, generation in self._generations.items():
                if generation < self._newest and child not in self._ending:
                    self._end(child, Retire())

    def next_due(self) -> float:
        """When a worker is to be forked that had to wait."""
        return self._not_before if len(self._newest_ones()) < self._size else math.inf

    def heard(self, child: Child, message: Message) -> None:
        """A worker serves."""
        if isinstance(message, Ready):
            self._ready.add(child)
            if child not in self._ending:
                child.limit = math.inf

    def ended(self, child: Child, status: int) -> None:
        """A worker is gone; unless it was told to go, another takes its place."""
        self._generations.pop(child)
        self._ready.discard(child)
        fields = {"pid": child.pid, "status": status}
        if child in self._ending:
            self._ending.discard(child)
            log.info("worker ended", extra=fields)
            return
        now = time.monotonic()
        self._early = self._early + 1 if now - child.born < STEADY_SECONDS else 0
        wait = backoff(self._early - 1) if self._early else 0.0
        self._not_before = now + wait
        log.warning("worker lost", extra={**fields, "replaced_in": round(wait, 1)})

    def _fork(self, now: float) -> None:
        others = len(self._newest_ones())
        try:
            child = self._family.fork(self, lambda channel: self._work(channel, others))
        except OSError as error:
            self._early += 1
            self._not_before = now + backoff(self._early)
            log.error("no worker", extra={"problem": error.strerror})  # noqa: TRY400 - it says it all
            return
        child.limit = now + READY_SECONDS
        self._generations[child] = self._newest

    def _end(self, child: Child, message: Retire | Stop) -> None:
        self._ending.add(child)
        child.limit = time.monotonic() + self._patience
        child.tell(message)

    def _newest_ones(self) -> list[Child]:
        return [
            child
            for child, generation in self._generations.items()
            if generation == self._newest and child not in self._ending
        ]
