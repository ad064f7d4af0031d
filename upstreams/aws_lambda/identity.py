"""The identity that requests are signed with, found and renewed beside the event loop."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from upstreams.aws_lambda.model import Settings
from upstreams.errors import TimedOut, Unreachable

if TYPE_CHECKING:
    from upstreams.aws_lambda.credentials import Identity

AGAIN_SECONDS = 5.0
"""How long a failed search for credentials is taken as the answer."""


class Signing:
    """One upstream's identity: looked up when first needed, renewed while the old keys serve."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._found: Identity | None = None
        self._renewal: asyncio.Future[Identity] | None = None
        self._failure: Unreachable | None = None
        self._again = 0.0

    async def identity(self, deadline: float) -> "Identity":
        """An identity with valid keys.

        Raises `Unreachable` when there is none, `TimedOut` when it is not found by the deadline.
        """
        found = self._found
        if found is not None and not found.due() and self._renewal is None:
            return found
        renewal = self._renewal or self._begun()
        if found is not None and found.valid():
            return found
        try:
            async with asyncio.timeout_at(deadline):
                # Others wait for it, too.
                return await asyncio.shield(renewal)
        except TimeoutError as error:
            raise TimedOut("the AWS credentials were not found in time") from error

    def _begun(self) -> "asyncio.Future[Identity]":
        loop = asyncio.get_running_loop()
        if self._failure is not None and loop.time() < self._again:
            raise Unreachable(self._failure.message, retryable=self._failure.retryable)
        self._renewal = loop.run_in_executor(None, _renewed, self._found, self._settings)
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


def _renewed(identity: "Identity | None", settings: Settings) -> "Identity":
    if identity is None:
        # Imported here, in its thread, because botocore takes long and not everyone signs.
        from upstreams.aws_lambda.credentials import look_up

        return look_up(settings)
    identity.renew()
    return identity
