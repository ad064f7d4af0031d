"""What the gateway says of itself, through its own field."""

import asyncio
from pathlib import Path

import pytest
from graphql import build_schema, graphql_sync

# Typed, but published without the marker that says so.
from grpc_health.v1 import health_pb2  # type: ignore[import-untyped]

from app.status import own_schema
from tests.app.served import gateway
from tests.backends.rest import TEXT, answering, json, rest
from tests.upstreams.grpc.protos import descriptors
from tests.upstreams.grpc.test_health import Asked, serving

STATUS = health_pb2.HealthCheckResponse


@pytest.mark.parametrize(
    ("status", "said"), [(STATUS.SERVING, "SERVING"), (STATUS.NOT_SERVING, "NOT_SERVING")]
)
async def test_what_a_backend_says_of_itself_is_told(
    tmp_path: Path, status: int, said: str
) -> None:
    """By gRPC's own health service where there is one; other kinds cannot say."""
    (tmp_path / "all.binpb").write_bytes(descriptors("everything").SerializeToString())
    service = Asked()
    await service.set("", status)

    async with (
        serving(service) as address,
        rest(answering(hello=TEXT), hello=json("hi")) as backend,
        gateway(
            f"upstreams:\n  a: {{grpc: '{address}', descriptors: ./all.binpb}}\n"
            f"  b: {{openapi: '{backend.description}'}}",
            tmp_path,
        ) as asking,
    ):
        body = await asking.query("{ _gateway { upstreams { name health } } }")

    assert body["data"]["_gateway"]["upstreams"] == [
        {"name": "a", "health": said},
        {"name": "b", "health": "UNKNOWN"},
    ]


async def test_how_operations_were_answered_is_counted(tmp_path: Path) -> None:
    """By the reason, the most frequent first; another schema counts on."""
    paths = "{ _gateway { paths { reason count } } }"
    first, second = answering(hello=TEXT), answering(hello=TEXT, more=TEXT)

    async with (
        rest(first, hello=json("hi"), more=json("ho")) as backend,
        gateway(
            f"upstreams: {{a: {{openapi: '{backend.description}'}}}}\ndiscovery: {{every: 100ms}}",
            tmp_path,
        ) as asking,
    ):
        for _ in range(3):
            await asking.query("{ hello }")
        before = await asking.query(paths)
        backend.document = second
        while "data" not in await asking.query("{ more }"):  # noqa: ASYNC110 - another's state
            await asyncio.sleep(0.05)
        after = await asking.query(paths)

    own = "the gateway's own"
    assert before["data"]["_gateway"]["paths"] == [
        {"reason": "planned", "count": 3},
        {"reason": own, "count": 1},
    ]
    assert after["data"]["_gateway"]["paths"] == [
        {"reason": "planned", "count": 4},
        {"reason": own, "count": 2},
    ]


def test_the_gateways_own_schema_leaves_introspection_as_it_is() -> None:
    """Inputs of which one field is given are told as such in every other schema."""
    own_schema()
    schema = build_schema("input One @oneOf { a: Int, b: Int } type Query { one(of: One): Int }")

    result = graphql_sync(schema, '{ __type(name: "One") { isOneOf } }')

    assert result.data == {"__type": {"isOneOf": True}}
