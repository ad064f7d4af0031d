"""What the gateway says of its upstreams' health, through its own field."""

from pathlib import Path

import pytest

# Typed, but published without the marker that says so.
from grpc_health.v1 import health_pb2  # type: ignore[import-untyped]

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
