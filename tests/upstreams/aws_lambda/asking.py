"""Calls to functions that any server may stand behind, and clients that make them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.upstreams.aws_lambda.listening import Answer, Received, answering, listening
from upstreams.aws_lambda.call import LambdaClient
from upstreams.aws_lambda.model import Binding, LambdaCatalog, Payload, Settings, Wire
from upstreams.kind import Call
from upstreams.model import Catalog, Effect, Flow, Function, ListOf, Scalar, ScalarKind
from upstreams.registry import KINDS

JSON = Scalar(ScalarKind.JSON)
ECHO = Binding("echo", Payload.ARGUMENTS)


def function(
    binding: Binding, effect: Effect = Effect.WRITE, item: Scalar = JSON
) -> Function[Binding]:
    """A function with that binding; `item` is what a message of its stream is."""
    if binding.streaming:
        flow, returns = Flow.SERVER_STREAM, ListOf(item)
        return Function("echo", "echo", effect, returns, binding, flow=flow)
    return Function("echo", "echo", effect, item, binding)


def call(binding: Binding = ECHO, *, seconds: float = 10.0, **arguments: Any) -> Call:
    """A call with the given time to complete."""
    return Call(function(binding), arguments, asyncio.get_running_loop().time() + seconds)


def reading(binding: Binding = ECHO, *, seconds: float = 10.0, **arguments: Any) -> Call:
    """The same for a function that only reads."""
    deadline = asyncio.get_running_loop().time() + seconds
    return Call(function(binding, Effect.READ), arguments, deadline)


@asynccontextmanager
async def client(
    url: str, *, wire: Wire | None = None, **settings: Any
) -> AsyncIterator[LambdaClient]:
    """A client of the API at that URL; unsigned unless told otherwise."""
    told = {"functions": ("echo",), "sign": False, "url": url, **settings}
    catalog: LambdaCatalog = Catalog("lambda", functions=(), types=(), wire=wire or Wire())
    connected = KINDS["lambda"].connect("aws", Settings(**told), catalog)
    assert isinstance(connected, LambdaClient)
    try:
        yield connected
    finally:
        await connected.aclose()


async def answer_to(asked: Call, answer: Answer, **settings: Any) -> Any:
    """What the client makes of an answer."""
    async with listening(answer) as api, client(api.url, **settings) as connected:
        return await connected.call(asked)


async def received_of(asked: Call, **settings: Any) -> Received:
    """The request a call becomes."""
    async with listening(answering({})) as api, client(api.url, **settings) as connected:
        await connected.call(asked)
        return api.received[0]
