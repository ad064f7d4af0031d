"""One event sent to one function, by whichever door it has."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import msgspec

from upstreams.aws_lambda.api import VERSION, Api, Ask, Door, Said
from upstreams.aws_lambda.call.patience import Patience
from upstreams.aws_lambda.call.payload import MAX_ASYNCHRONOUS, MAX_PAYLOAD, within
from upstreams.aws_lambda.model import Binding, Form
from upstreams.aws_lambda.refusals import failure, refusal, refusal_by_url
from upstreams.errors import CallError, TimedOut
from upstreams.kind import Aside
from upstreams.transport import Response, Streamed

STREAMING = "/2021-11-15"
"""The version of the API that answers bit by bit."""
_AT_ONCE, _BIT_BY_BIT = "invocations", "response-streaming-invocations"
_MAX_REFUSAL = 64 * 1024
"""Bytes of a refusal that are read of a stream."""


class Invocation(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What one function is sent once."""

    binding: Binding
    event: bytes
    deadline: float
    """When the answer must be complete; for a stream, when it must have begun."""
    reads: bool
    """Whether the function may be invoked again where AWS throttles it."""
    forwarded: Mapping[str, str] = {}
    """Headers of the client, for functions that are asked over HTTP of their own."""
    context: str = ""
    """The client context, in base64, for the others."""

    def __repr__(self) -> str:
        # The rest may be secret.
        return f"<an invocation of {self.binding.function}>"


class Invoking(Protocol):
    """What makes invocations."""

    async def invoke(self, one: Invocation, aside: Aside) -> Response:
        """The answer of a function that did not fail."""

    def stream(self, one: Invocation, aside: Aside) -> AbstractAsyncContextManager[Streamed]:
        """The answer bit by bit."""


class Invocations:
    """The open line of one upstream, over which its functions are invoked."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._patience = Patience()
        self._doors: dict[Binding, Door] = {}

    async def invoke(self, one: Invocation, aside: Aside) -> Response:
        """The answer of a function that did not fail. Raises `CallError`."""
        door, said, attempt = self._door(one.binding), _said(one), 0
        while True:
            response = await door.send(said, one.deadline, aside)
            error = _error(one.binding, response)
            if error is None:
                self._patience.earn()
                return response
            await self._again(one, error, attempt)
            attempt += 1

    @asynccontextmanager
    async def stream(self, one: Invocation, aside: Aside) -> AsyncIterator[Streamed]:
        """The answer bit by bit, once it has begun. Raises `CallError`."""
        door, said, attempt = self._door(one.binding), _said(one), 0
        while True:
            async with door.stream(said, one.deadline, aside) as answer:
                error = await _refused(one, answer)
                if error is None:
                    self._patience.earn()
                    yield answer
                    return
            await self._again(one, error, attempt)
            attempt += 1

    def _door(self, binding: Binding) -> Door:
        known = self._doors.get(binding)
        if known is None:
            known = self._doors[binding] = Door(self._api, _ask(binding))
        return known

    async def _again(self, one: Invocation, error: CallError, attempt: int) -> None:
        if not one.reads:
            raise error
        await self._patience.wait(error, attempt, one.deadline)


def _ask(binding: Binding) -> Ask:
    """What is the same for all invocations."""
    if binding.form is Form.URL:
        headers = {"content-type": "application/json"}
        return Ask("POST", (), headers=headers, region=binding.region, url=binding.function)
    streams = binding.streaming or binding.piecemeal
    return Ask(
        "POST",
        ("functions", binding.function, _BIT_BY_BIT if streams else _AT_ONCE),
        query={"Qualifier": binding.qualifier} if binding.qualifier else {},
        headers={
            "content-type": "application/json",
            "x-amz-invocation-type": "Event" if binding.event else "RequestResponse",
        },
        region=binding.region,
        version=STREAMING if streams else VERSION,
    )


def _said(one: Invocation) -> Said:
    """What is this invocation's own. Raises `BadInput` where Lambda does not take so much."""
    binding = one.binding
    if binding.form is Form.URL:
        event = within(one.event, MAX_PAYLOAD) if binding.region else one.event
        return Said(event, one.forwarded, one.reads)
    event = within(one.event, MAX_ASYNCHRONOUS if binding.event else MAX_PAYLOAD)
    # AWS passes it on only where somebody waits.
    if one.context and not binding.event:
        return Said(event, {"x-amz-client-context": one.context}, one.reads)
    return Said(event, repeatable=one.reads)


def _error(binding: Binding, response: Response) -> CallError | None:
    """What an answer says that is no value."""
    if not 200 <= response.status < 300:
        by_url = binding.form is Form.URL and not binding.region
        return refusal_by_url(response) if by_url else refusal(response)
    failed = response.header("x-amz-function-error")
    return failure(failed, response.body) if failed else None


async def _refused(one: Invocation, answer: Streamed) -> CallError | None:
    if 200 <= answer.status < 300:
        return None
    body = b""
    try:
        async with asyncio.timeout_at(one.deadline):
            async for piece in answer.body:
                body += piece
                if len(body) > _MAX_REFUSAL:
                    break
    except TimeoutError as error:
        raise TimedOut("no answer in time") from error
    return _error(one.binding, Response(answer.status, answer.headers, body))
