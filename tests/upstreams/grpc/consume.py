"""A consumer of one long stream, in a process of its own, so that its memory is its own.

`python -m tests.upstreams.grpc.consume ADDRESS MESSAGES PADDING` prints one line of JSON.
"""

import asyncio
import math
import sys
from contextlib import aclosing

import msgspec

from tests.memory import peak
from upstreams.grpc import KIND
from upstreams.grpc.model import Settings
from upstreams.kind import Call, Streams

WATCH = "splice.ticks.v1.Ticks/Watch"


class Consumed(msgspec.Struct):
    """What came, and the most memory there was when the stream began and when it had ended."""

    messages: int = 0
    in_order: bool = True
    before: int = 0
    after: int = 0


async def consume(address: str, messages: int, padding: int) -> Consumed:
    """Take a stream of that many messages, one at a time."""
    settings = Settings(grpc=address)
    catalog = await KIND.discover(settings)
    function = next(each for each in catalog.functions if each.name == WATCH)
    client = KIND.connect("ticks", settings, catalog)
    if not isinstance(client, Streams):
        raise TypeError("gRPC streams")
    call = Call(function, {"input": {"messages": messages, "padding": padding}}, math.inf)
    found = Consumed()
    async with aclosing(client.stream(call)) as stream:
        async for message in stream:
            found.messages += 1
            found.in_order &= message["number"] == found.messages
            if found.messages == 1:
                found.before = peak()
    found.after = peak()
    await client.aclose()
    return found


if __name__ == "__main__":
    _, address, *numbers = sys.argv
    consumed = asyncio.run(consume(address, *map(int, numbers)))
    sys.stdout.buffer.write(msgspec.json.encode(consumed))
