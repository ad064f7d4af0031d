"""One event sent to one function, by whichever door it has."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from upstreams.aws_lambda.api import VERSION, Api, Ask
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


@dataclass(frozen=True, slots=True)
class Invocation:
    """What one function is sent once."""

    binding: Binding
    event: bytes = field(repr=False)
    deadline: float
    """When the answer must be complete; for a stream, when it must have begun."""
    reads: bool
    """Whether the function may be invoked again where AWS throttles it."""
    forwarded: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Headers of the client, for functions that are asked over HTTP of their own."""
    context: str = field(default="", repr=False)
    """The client context, in base64, for the others."""


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

    async def invoke(self, one: Invocation, aside: Aside) -> Response:
        """The answer of a function that did not fail. Raises `CallError`."""
        ask, attempt = _ask(one), 0
        while True:
            response = await self._api.send(ask, one.deadline, aside)
            error = _error(one.binding, response)
            if error is None:
                self._patience.earn()
                return response
            await self._again(one, error, attempt)
            attempt += 1

    @asynccontextmanager
    async def stream(self, one: Invocation, aside: Aside) -> AsyncIterator[Streamed]:
        """The answer bit by bit, once it has begun. Raises `CallError`."""
        ask, attempt = _ask(one), 0
        while True:
            async with self._api.stream(ask, one.deadline, aside) as answer:
                error = await _refused(one, answer)
                if error is None:
                    self._patience.earn()
                    yield answer
                    return
            await self._again(one, error, attempt)
            attempt += 1

    async def _again(self, one: Invocation, error: CallError, attempt: int) -> None:
        if not one.reads:
            raise error
        await self._patience.wait(error, attempt, one.deadline)


def _ask(one: Invocation) -> Ask:
    binding = one.binding
    if binding.form is Form.URL:
        most = MAX_PAYLOAD if binding.region else len(one.event)
        return Ask(
            "POST",
            (),
            headers={**one.forwarded, "content-type": "application/json"},
            body=within(one.event, most),
            region=binding.region,
            url=binding.function,
        )
    return Ask(
        "POST",
        ("functions", binding.function, _BIT_BY_BIT if binding.streaming else _AT_ONCE),
        query={"Qualifier": binding.qualifier} if binding.qualifier else {},
        headers=dict(_headers(one)),
        body=within(one.event, MAX_ASYNCHRONOUS if binding.event else MAX_PAYLOAD),
        region=binding.region,
        version=STREAMING if binding.streaming else VERSION,
    )


def _headers(one: Invocation) -> Iterator[tuple[str, str]]:
    yield "content-type", "application/json"
    yield "x-amz-invocation-type", "Event" if one.binding.event else "RequestResponse"
    # AWS passes it on only where somebody waits.
    if one.context and not one.binding.event:
        yield "x-amz-client-context", one.context


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
