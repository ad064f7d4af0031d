"""How often a throttled call is made again, and how long that is put off."""

import asyncio
import random

from upstreams.aws_lambda.refusals import is_throttled
from upstreams.errors import CallError

TIMES = 3
"""How often one call is made again at most."""
SHORTEST, LONGEST = 0.1, 2.0
"""Seconds a first repetition is put off at most, and any."""
SAVINGS = 20.0
"""How many repetitions an upstream has in hand."""
EARNED = 0.1
"""What an answer adds to them: of very many calls, a tenth may be made again."""


class Patience:
    """The repetitions of one upstream. They are few, so as not to keep a throttle shut."""

    def __init__(self) -> None:
        self._savings = SAVINGS

    def earn(self) -> None:
        """Note that a call was answered."""
        if self._savings < SAVINGS:
            self._savings = min(SAVINGS, self._savings + EARNED)

    async def wait(self, error: CallError, attempt: int, deadline: float) -> None:
        """Put off the repetition of a call that failed; `attempt` counts from 0.

        Raises the error itself when there shall be none.
        """
        now = asyncio.get_running_loop().time()
        pause = _pause(error, attempt)
        if (
            not is_throttled(error)
            or attempt >= TIMES
            or self._savings < 1.0
            or now + pause >= deadline
        ):
            raise error
        self._savings -= 1.0
        await asyncio.sleep(pause)


def _pause(error: CallError, attempt: int) -> float:
    """Seconds, of which AWS may name the least."""
    at_least: int = error.details.get("retryAfter", 0)
    most = min(LONGEST, SHORTEST * 2.0**attempt)
    return at_least + random.uniform(most / 2, most)  # noqa: S311 - jitter
