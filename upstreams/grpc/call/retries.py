"""Which calls are made again, as grpc's core does it by a service config.

See https://github.com/grpc/proposal/blob/master/A6-client-retries.md.
"""

import random
import re

from upstreams.grpc.channel.service_config import EARNED, FIRST_PAUSE, LONGEST_PAUSE, TOKENS
from upstreams.grpc.h2 import Ended
from upstreams.grpc.h2.ending import UNAVAILABLE

_PUSHBACK = "grpc-retry-pushback-ms"
"""The trailer by which a backend says after how many milliseconds, or by anything else: never."""
_MILLISECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)
_JITTER = 0.2
"""By how much of itself a pause may be shorter or longer."""


class Retries:
    """The retries of calls to one backend, which stop while most of them fail."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._tokens = float(TOKENS)

    def pause(self, ended: Ended, attempts: int) -> float | None:
        """How many seconds to wait until a call is made again; None where it is not.

        `attempts` is how often it was made.
        """
        if ended.status != UNAVAILABLE:
            self._tokens = min(self._tokens + EARNED, float(TOKENS))
            return None
        pushed = dict(ended.trailing).get(_PUSHBACK)
        self._tokens = max(self._tokens - 1, 0.0)
        if attempts > self._most or ended.answered or self._tokens <= TOKENS / 2:
            return None
        if pushed is not None:
            return int(pushed) / 1000 if _MILLISECONDS.fullmatch(str(pushed)) else None
        usual = min(FIRST_PAUSE * (1 << attempts - 1), LONGEST_PAUSE)
        return usual * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret
