"""The identity that requests are signed with, found and renewed beside the event loop."""

import asyncio
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from upstreams.aws_lambda.model import Settings
from upstreams.errors import CallError, TimedOut, Unreachable

if TYPE_CHECKING:
    from upstreams.aws_lambda.credentials import Identity
    from upstreams.aws_lambda.sign import Keys

AGAIN_SECONDS = 5.0
"""How long a failed search for credentials is taken as the answer, and keys for AWS's own."""
SKEW_SECONDS = 60.0
"""By how much clocks may differ without being the reason for a refusal; AWS allows minutes."""

_EXPIRED = frozenset(
    (
        *("ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidClientTokenId"),
        *("InvalidToken", "UnrecognizedClientException"),
    )
)
"""What AWS says of keys that are no more, or not yet, its own."""
_UNTIMELY = frozenset(
    (
        *("InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed"),
        *("SignatureDoesNotMatch",),
    )
)
"""What AWS says of times far from its own, among others."""


class Proof(NamedTuple):
    """What a request was signed with."""

    keys: "Keys"
    at: float
    """The time it names, in seconds since the epoch."""


class Signing:
    """One upstream's identity: looked up when first needed, renewed while the old keys serve."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._found: Identity | None = None
        self._renewal: asyncio.Future[Identity] | None = None
        self._failure: Unreachable | None = None
        self._again = 0.0
        self._anew = 0.0
        """When keys that AWS refuses may be looked up anew."""
        self._ahead = 0.0
        """Seconds by which AWS's clock is ahead of ours."""

    def now(self) -> float:
        """Seconds since the epoch, by AWS's clock where it is known to be another than ours."""
        return time.time() + self._ahead

    def at_hand(self) -> "Identity | None":
        """The identity, where its keys are valid; where they are due, a renewal is begun."""
        found = self._found
        if found is None:
            return None
        if self._renewal is None:
            if not found.due():
                return found
            self._begun(found)
        return found if found.valid() else None

    async def identity(self, deadline: float) -> "Identity":
        """An identity with valid keys.

        Raises `Unreachable` when there is none, `TimedOut` when it is not found by the deadline.
        """
        at_hand = self.at_hand()
        if at_hand is not None:
            return at_hand
        return await _waited(self._renewal or self._begun(self._found), deadline)

    async def mended(self, proof: Proof, error_type: str, date: str, deadline: float) -> bool:
        """Whether the next request is proven better than one that AWS refused.

        AWS called the error so, at that date by its own clock.
        """
        if error_type in _UNTIMELY:
            return self._is_set(proof.at, date)
        if error_type not in _EXPIRED:
            return False
        keys = proof.keys
        try:
            if self._has(keys) and self._renewal is not None:
                await _waited(self._renewal, deadline)
            if self._has(keys) and (renewal := self._searched()):
                await _waited(renewal, deadline)
        except CallError:
            # What AWS said of the old keys is the better answer.
            return False
        return not self._has(keys)

    def _has(self, keys: "Keys") -> bool:
        return self._found is not None and self._found.keys == keys

    def _is_set(self, signed: float, date: str) -> bool:
        """Whether the clock is set to a date, as that is far from when a request was signed."""
        try:
            told = parsedate_to_datetime(date)
        except ValueError:
            return False
        now = told.replace(tzinfo=told.tzinfo or UTC).timestamp()
        is_far = abs(now - signed) > SKEW_SECONDS
        if is_far:
            self._ahead = now - time.time()
        return is_far

    def _searched(self) -> "asyncio.Future[Identity] | None":
        """A search for other keys; None where there was one a moment ago."""
        now = asyncio.get_running_loop().time()
        if now < self._anew:
            return None
        self._anew = now + AGAIN_SECONDS
        return self._begun(None)

    def _begun(self, found: "Identity | None") -> "asyncio.Future[Identity]":
        """A renewal of what was found; of nothing, a search."""
        loop = asyncio.get_running_loop()
        serves = found is not None and found.valid()
        if self._failure is not None and loop.time() < self._again and not serves:
            raise Unreachable(self._failure.message, retryable=self._failure.retryable)
        self._renewal = loop.run_in_executor(None, _renewed, found, self._settings)
        self._renewal.add_done_callback(partial(self._ended, loop))
        return self._renewal

    def _ended(self, loop: asyncio.AbstractEventLoop, renewal: "asyncio.Future[Identity]") -> None:
        self._renewal = None
        if renewal.cancelled():
            return
        failure = renewal.exception()
        if failure is None:
            self._found, self._failure = renewal.result(), None
        elif isinstance(failure, Unreachable):
            self._failure, self._again = failure, loop.time() + AGAIN_SECONDS


async def _waited(renewal: "asyncio.Future[Identity]", deadline: float) -> "Identity":
    """What a renewal gives, for which others wait, too. Raises as `Signing.identity`."""
    try:
        async with asyncio.timeout_at(deadline):
            return await asyncio.shield(renewal)
    except TimeoutError as error:
        raise TimedOut("the AWS credentials were not found in time") from error


def _renewed(identity: "Identity | None", settings: Settings) -> "Identity":
    if identity is None:
        # Imported here, in its thread, because botocore takes long and not everyone signs.
        from upstreams.aws_lambda.credentials import look_up

        return look_up(settings)
    identity.renew()
    return identity
