"""What a Lambda field costs over the HTTP request it becomes.

`python -m tests.bench.lambda_overhead URL` asks the Lambda API at that URL, one call after another,
and prints the CPU of this process per call as one line of JSON. The ways take turns, so that a busy
machine is unkind to all of them alike.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

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

ROUNDS, CALLS = 15, 200
EVENT = {"sku": "anvil", "quantity": 3}
QUERY = """{ quote(input: {sku: "anvil", quantity: 3}) }"""
CONFIG = """
upstreams:
  pricing:
    lambda: [quote]
    queries: quote
    region: %s
    url: %s
discovery: { store: "" }
"""

Way = Callable[[], Awaitable[Any]]


class Costs(msgspec.Struct):
    """Microseconds of CPU, the median of the rounds."""

    bare: float
    """The request as it goes out, signed beforehand, by the transport alone."""
    call: float
    """The client's call: arguments in, signature, a value out."""
    field: float
    """The whole GraphQL request with the one field, from the bytes that come to those that go."""
    signature: float
    botocore: float
    """The same signature by botocore."""


async def measured(url: str) -> Costs:
    """The costs of each way, at the API behind the URL."""
    signed = _signed(url)
    config = loads(CONFIG % (REGION, url), Path("splice.yaml"), {})
    gateway = Gateway(config)
    transport = Transport()
    async with gateway.running():
        await gateway.current()
        found = await _turns(
            {
                "bare": lambda: transport.send(signed, _soon()),
                "call": _call(gateway),
                "field": _field(create_app(config, gateway=gateway)),
            }
        )
        await transport.aclose()
    return Costs(signature=_signature(url), botocore=_botocores(url), **found)


def _call(gateway: Gateway) -> Way:
    line = gateway.snapshot.lines.by_upstream["pricing"]
    function = gateway.snapshot.findings["pricing"].catalog.functions[0]  # type: ignore[union-attr] # it was discovered
    return lambda: line._client.call(Call(function, {"input": EVENT}, _soon()))


def _field(app: ASGIApp) -> Way:
    body = msgspec.json.encode({"query": QUERY})
    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": headers}

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def answered() -> None:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        await app(scope, receive, send)
        if not sent[-1]["body"].startswith(b'{"data":{"quote":{'):
            raise ValueError(sent)

    return answered


async def _turns(ways: Mapping[str, Way]) -> dict[str, float]:
    costs: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS + 1):
        for name, way in ways.items():
            began = time.process_time()
            for _ in range(CALLS):
                await way()
            costs[name].append((time.process_time() - began) / CALLS * 1e6)
    # The first round opens connections and fills caches.
    return {name: median(found[1:]) for name, found in costs.items()}


def _request(url: str) -> Request:
    headers = (("content-type", "application/json"), ("x-amz-invocation-type", "RequestResponse"))
    body = msgspec.json.encode(EVENT)
    return Request("POST", f"{url}/2015-03-31/functions/quote/invocations", headers, body)


def _signed(url: str) -> Request:
    return Signer(_keys(), REGION, "lambda").sign(_request(url), time.time())


def _keys() -> Keys:
    return Keys(KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"])


def _signature(url: str) -> float:
    request, signer = _request(url), Signer(_keys(), REGION, "lambda")
    return _each(lambda: signer.sign(request, time.time()))


def _botocores(url: str) -> float:
    one, credentials = _request(url), Credentials(*KEYS.values())

    def sign() -> None:
        request = AWSRequest(one.method, one.url, dict(one.headers), one.body)
        SigV4Auth(credentials, "lambda", REGION).add_auth(request)

    return _each(sign)


def _each(work: Callable[[], object]) -> float:
    costs = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(CALLS):
            work()
        costs.append((time.process_time() - began) / CALLS * 1e6)
    return median(costs)


def _soon() -> float:
    return asyncio.get_running_loop().time() + 10


if __name__ == "__main__":
    costs = uvloop.run(measured(sys.argv[1]))
    sys.stdout.buffer.write(msgspec.json.encode(costs))
