"""What a Lambda field costs over the HTTP request it becomes.

`python -m tests.bench.lambda_overhead URL` asks the Lambda API at that URL, one call after another,
and prints the CPU of this process per call as one line of JSON. Every way sends the same POST to
the same server, each time with another event. The ways take turns, so that a busy machine is unkind
to all of them alike.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import httpx
import msgspec
import uvloop
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from starlette.types import ASGIApp, Message

from app.config.read import loads
from app.gateway import Gateway
from app.main import create_app
from tests.backends.aws_lambda import KEYS, REGION
from upstreams.aws_lambda.sign import Keys, Signer
from upstreams.kind import Call
from upstreams.transport import Request, Transport

ROUNDS, CALLS = 21, 100
EVENT = {"sku": "anvil", "quantity": 3}
QUERY = """query Quote($sku: ID!, $quantity: Int!) {
  quote(sku: $sku, quantity: $quantity) { sku quantity total note }
}"""
TYPES = """
type Query { quote(sku: ID!, quantity: Int!): Quote @lambda(name: "quote") }
type Quote { sku: ID! quantity: Int! total: Float note: String }
"""
CONFIG = """
upstreams:
  pricing:
    lambda: [quote]
    region: %s
    url: %s
    types: %s
discovery: { store: "" }
"""

Way = Callable[[], Awaitable[Any]]


class Cost(msgspec.Struct):
    """Microseconds of CPU for each call."""

    least: float
    """Of the round that was disturbed least."""
    median: float


class Costs(msgspec.Struct):
    """What each way costs."""

    bare: Cost
    """The request as it goes out, signed beforehand, by the transport alone."""
    aiohttp: Cost
    """The same by aiohttp."""
    httpx: Cost
    """The same by httpx."""
    call: Cost
    """The client's call: arguments in, signature, a value out."""
    field: Cost
    """The whole GraphQL request with one field, from the bytes that come to those that go."""
    signature: Cost
    botocore: Cost
    """The same signature by botocore."""


async def measured(url: str) -> Costs:
    """The costs of each way, at the API behind the URL."""
    with TemporaryDirectory() as folder:
        types = Path(folder) / "types.graphql"
        types.write_text(TYPES)
        config = loads(CONFIG % (REGION, url, types), Path("splice.yaml"), {})
        gateway = Gateway(config)
        async with gateway.running(), _bare(url) as bare:
            await gateway.current()
            field = _field(create_app(config, gateway=gateway))
            found = await _turns({**bare, "call": _call(gateway), "field": field})
    return Costs(signature=_signature(url), botocore=_botocores(url), **found)


@asynccontextmanager
async def _bare(url: str) -> AsyncIterator[dict[str, Way]]:
    """The POST alone, as three clients send it; nobody looks at its proof."""
    signed, events = _signed(url), _events()
    headers = dict(signed.headers)
    transport = Transport()

    async def ours() -> None:
        body = msgspec.json.encode(next(events))
        await transport.send(Request("POST", signed.url, signed.headers, body), _soon())

    async def by_aiohttp() -> None:
        body = msgspec.json.encode(next(events))
        async with session.post(signed.url, headers=headers, data=body) as answer:
            await answer.read()

    async def by_httpx() -> None:
        body = msgspec.json.encode(next(events))
        await client.post(signed.url, headers=headers, content=body)

    async with aiohttp.ClientSession() as session, httpx.AsyncClient() as client:
        yield {"bare": ours, "aiohttp": by_aiohttp, "httpx": by_httpx}
    await transport.aclose()


def _call(gateway: Gateway) -> Way:
    line = gateway.snapshot.lines.by_upstream["pricing"]
    function = gateway.snapshot.findings["pricing"].catalog.functions[0]  # type: ignore[union-attr] # it was discovered
    events = _events()
    return lambda: line._client.call(Call(function, next(events), _soon()))


def _field(app: ASGIApp) -> Way:
    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": headers}
    events = _events()

    async def answered() -> None:
        body = msgspec.json.encode({"query": QUERY, "variables": next(events)})
        arriving: list[Message] = [{"type": "http.request", "body": body}]
        sent: list[Message] = []

        async def receive() -> Message:
            # After the body nothing comes: the client stays.
            return arriving.pop() if arriving else await asyncio.Future()

        async def send(message: Message) -> None:
            sent.append(message)

        await app(scope, receive, send)
        if not sent[-1]["body"].startswith(b'{"data":{"quote":{'):
            raise ValueError(sent)

    return answered


def _events() -> Iterator[Mapping[str, Any]]:
    return ({**EVENT, "quantity": number} for number in count())


async def _turns(ways: Mapping[str, Way]) -> dict[str, Cost]:
    costs: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS + 1):
        for name, way in ways.items():
            began = time.process_time()
            for _ in range(CALLS):
                await way()
            costs[name].append((time.process_time() - began) / CALLS * 1e6)
    # The first round opens connections and fills caches.
    return {name: _cost(found[1:]) for name, found in costs.items()}


def _cost(found: list[float]) -> Cost:
    return Cost(min(found), median(found))


def _request(url: str) -> Request:
    headers = (("content-type", "application/json"), ("x-amz-invocation-type", "RequestResponse"))
    body = msgspec.json.encode(EVENT)
    return Request("POST", f"{url}/2015-03-31/functions/quote/invocations", headers, body)


def _signed(url: str) -> Request:
    return Signer(_keys(), REGION, "lambda").sign(_request(url), time.time())


def _keys() -> Keys:
    return Keys(KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"])


def _signature(url: str) -> Cost:
    one, signer = _request(url), Signer(_keys(), REGION, "lambda")
    events = _events()

    def sign() -> None:
        body = msgspec.json.encode(next(events))
        signer.sign(Request(one.method, one.url, one.headers, body), time.time())

    return _each(sign)


def _botocores(url: str) -> Cost:
    one, credentials = _request(url), Credentials(*KEYS.values())
    events = _events()

    def sign() -> None:
        body = msgspec.json.encode(next(events))
        request = AWSRequest(one.method, one.url, dict(one.headers), body)
        SigV4Auth(credentials, "lambda", REGION).add_auth(request)

    return _each(sign)


def _each(work: Callable[[], object]) -> Cost:
    costs = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(CALLS):
            work()
        costs.append((time.process_time() - began) / CALLS * 1e6)
    return _cost(costs)


def _soon() -> float:
    return asyncio.get_running_loop().time() + 10


if __name__ == "__main__":
    costs = uvloop.run(measured(sys.argv[1]))
    sys.stdout.buffer.write(msgspec.json.encode(costs))
