"""The parcels, asked by a client that learns everything from server reflection."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
import pytest_asyncio
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha import (  # type: ignore[import-untyped] # it has no types
    reflection_pb2,
)

from app.demo.run import Demo

pytestmark = pytest.mark.asyncio(loop_scope="module")

SERVICE = "splice.demo.parcels.v1.Parcels"


@dataclass(frozen=True, slots=True)
class Reflected:
    """A client without generated code: messages are dictionaries by their JSON names."""

    channel: grpc.aio.Channel
    pool: DescriptorPool = field(default_factory=DescriptorPool)

    async def reflect(self, version: str, **question: str) -> Any:
        ask = self.channel.stream_stream(
            f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
        )
        answers = ask(iter([reflection_pb2.ServerReflectionRequest(**question)]))
        return await anext(aiter(answers))

    async def learn(self) -> None:
        found = await self.reflect("v1", file_containing_symbol=SERVICE)
        files = [
            FileDescriptorProto.FromString(one)
            for one in found.file_descriptor_response.file_descriptor_proto
        ]
        for file in sorted(files, key=lambda file: len(file.dependency)):
            self.pool.Add(file)

    async def ask(self, method: str, **request: object) -> Any:
        known = self.pool.FindServiceByName(SERVICE).FindMethodByName(method)
        takes, gives = GetMessageClass(known.input_type), GetMessageClass(known.output_type)
        caller = self.channel.unary_stream if known.server_streaming else self.channel.unary_unary
        call: Any = caller(
            f"/{SERVICE}/{method}",
            request_serializer=takes.SerializeToString,
            response_deserializer=gives.FromString,
        )(ParseDict(request, takes()))
        if known.server_streaming:
            return [MessageToDict(message) async for message in call]
        return MessageToDict(await call)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def parcels(demo: Demo) -> AsyncIterator[Reflected]:
    async with grpc.aio.insecure_channel(demo.parcels) as channel:
        client = Reflected(channel)
        await client.learn()
        yield client


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
async def test_it_says_what_it_serves(parcels: Reflected, version: str) -> None:
    """Both versions of reflection list the one service."""
    answer = await parcels.reflect(version, list_services="")

    assert [one.name for one in answer.list_services_response.service] == [SERVICE]


async def test_methods_that_read(parcels: Reflected) -> None:
    """All methods but one say that they have no side effects."""
    methods = parcels.pool.FindServiceByName(SERVICE).methods

    reading = {one.name for one in methods if one.GetOptions().idempotency_level == 1}

    assert reading == {"ListParcels", "GetParcel", "TrackParcel"}


async def test_parcels_of_an_order(parcels: Reflected) -> None:
    """An order's parcels are found by its number, which does not fit into 32 bits."""
    answer = await parcels.ask("ListParcels", orderId="7000000003")

    assert [parcel["id"] for parcel in answer["parcels"]] == ["PX-303", "PX-304"]
    assert answer["totalSize"] == 2


async def test_parcels_on_their_way(parcels: Reflected) -> None:
    """Parcels are narrowed by status."""
    answer = await parcels.ask("ListParcels", status="PARCEL_STATUS_IN_TRANSIT")

    assert [parcel["id"] for parcel in answer["parcels"]] == ["PX-303", "PX-305"]


async def test_pages(parcels: Reflected) -> None:
    """A page's token leads to the next page; the last one has none."""
    first = await parcels.ask("ListParcels", orderId=7000000003, pageSize=1)

    second = await parcels.ask(
        "ListParcels", orderId=7000000003, pageSize=1, pageToken=first["nextPageToken"]
    )

    assert [parcel["id"] for parcel in second["parcels"]] == ["PX-304"]
    assert "nextPageToken" not in second


async def test_a_parcel(parcels: Reflected) -> None:
    """A parcel says what is in it."""
    parcel = await parcels.ask("GetParcel", id="PX-301")

    assert parcel == {
        "id": "PX-301",
        "orderId": "7000000001",
        "status": "PARCEL_STATUS_DELIVERED",
        "carrier": "Elbe Post",
        "weightKg": 1.68,
        "items": [{"sku": "kettle", "quantity": 1}, {"sku": "assam", "quantity": 2}],
    }


async def test_tracking(parcels: Reflected) -> None:
    """What happened to a parcel comes as a stream, in order."""
    events = await parcels.ask("TrackParcel", id="PX-301")

    assert [event["place"] for event in events] == ["Hamburg", "Magdeburg", "Leipzig"]
    assert events[-1]["happenedAt"] == "2026-03-03T13:48:00Z"


async def test_a_parcel_is_packed(parcels: Reflected) -> None:
    """A new parcel is weighed, and tracked from then on."""
    packed = await parcels.ask(
        "CreateParcel", orderId=7000000005, items=[{"sku": "assam", "quantity": 10}]
    )

    events = await parcels.ask("TrackParcel", id=packed["id"])
    assert packed["weightKg"] == 2.5
    assert [event["status"] for event in events] == ["PARCEL_STATUS_PACKED"]


@pytest.mark.parametrize("method", ["GetParcel", "TrackParcel"])
async def test_what_there_is_not(parcels: Reflected, method: str) -> None:
    """A parcel that is not there is NOT_FOUND, for a stream too."""
    with pytest.raises(grpc.aio.AioRpcError, match="no parcel 'PX-1'") as refused:
        await parcels.ask(method, id="PX-1")

    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize(
    ("method", "request_", "place"),
    [
        ("ListParcels", {"pageSize": -1}, "$.pageSize"),
        ("ListParcels", {"pageToken": "next"}, "$.pageToken"),
        ("CreateParcel", {"orderId": 7000000005}, "items"),
        ("CreateParcel", {"orderId": 1, "items": [{"sku": "cup"}]}, "$.items[0]"),
    ],
)
async def test_a_wrong_request(
    parcels: Reflected, method: str, request_: dict[str, object], place: str
) -> None:
    """What cannot be asked is INVALID_ARGUMENT, and the place is named."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await parcels.ask(method, **request_)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert place in (refused.value.details() or "")
