"""The parcels: a gRPC service with server reflection.

Its records travel by protobuf's own JSON mapping, so that a record and the message of the same
name stay one thing.
"""

import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, TypeAlias, TypeVar

import grpc
import msgspec
from google.protobuf import json_format
from google.protobuf.message import Message
from grpc_reflection.v1alpha import reflection, reflection_pb2  # type: ignore[import-untyped] # it has no types

from app.demo.parcels_proto import POOL, SERVICE, message_class
from app.demo.records import Parcel, ParcelEvent, ParcelItem, ParcelStatus, Record, Records

_PAGE = 20
_WAREHOUSE = "Hamburg"
_OWN_CARRIER = "Elbe Post"

Asked = TypeVar("Asked", bound=Record)
Handler: TypeAlias = "grpc.RpcMethodHandler[Message, Record]"
Context: TypeAlias = "grpc.aio.ServicerContext[Message, Record]"


class ListParcelsRequest(Record, frozen=True):
    """Which parcels, and how many of them."""

    order_id: int = 0
    status: ParcelStatus | None = None
    page_size: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    page_token: Annotated[int, msgspec.Meta(ge=0)] = 0
    """How many parcels came before."""

    def admits(self, parcel: Parcel) -> bool:
        return self.order_id in (0, parcel.order_id) and self.status in (None, parcel.status)


class ListParcelsResponse(Record, frozen=True):
    """One page of the parcels found, and how many there are."""

    parcels: tuple[Parcel, ...]
    next_page_token: str
    total_size: int


class GetParcelRequest(Record, frozen=True):
    """Which parcel."""

    id: str = ""


class TrackParcelRequest(Record, frozen=True):
    """Which parcel."""

    id: str = ""


class CreateParcelRequest(Record, frozen=True):
    """What is to be packed, and for which order."""

    order_id: Annotated[int, msgspec.Meta(ge=1)]
    items: Annotated[tuple[ParcelItem, ...], msgspec.Meta(min_length=1)]
    carrier: str = _OWN_CARRIER


class NotFoundError(Exception):
    """There is no such parcel."""


class Parcels:
    """The parcels and what happened to them; every new one is remembered."""

    def __init__(self, records: Records) -> None:
        self._parcels = {parcel.id: parcel for parcel in records.parcels}
        self._events = list(records.parcel_events)
        self._weights = {product.sku: product.weight_grams for product in records.products}

    def list_parcels(self, asked: ListParcelsRequest) -> ListParcelsResponse:
        found = [parcel for parcel in self._parcels.values() if asked.admits(parcel)]
        end = asked.page_token + (asked.page_size or _PAGE)
        return ListParcelsResponse(
            parcels=tuple(found[asked.page_token : end]),
            next_page_token=str(end) if end < len(found) else "",
            total_size=len(found),
        )

    def get_parcel(self, asked: GetParcelRequest) -> Parcel:
        return self._parcel(asked.id)

    def track_parcel(self, asked: TrackParcelRequest) -> Sequence[ParcelEvent]:
        parcel = self._parcel(asked.id)
        return [event for event in self._events if event.parcel_id == parcel.id]

    def create_parcel(self, asked: CreateParcelRequest) -> Parcel:
        grams = sum(self._weights.get(item.sku, 0) * item.quantity for item in asked.items)
        parcel = Parcel(
            id=f"PX-{301 + len(self._parcels)}",
            order_id=asked.order_id,
            status=ParcelStatus.PACKED,
            carrier=asked.carrier,
            weight_kg=grams / 1000,
            items=asked.items,
        )
        self._parcels[parcel.id] = parcel
        packed = ParcelEvent(parcel.id, parcel.status, _WAREHOUSE, dt.datetime.now(dt.UTC))
        self._events.append(packed)
        return parcel

    def _parcel(self, number: str) -> Parcel:
        parcel = self._parcels.get(number)
        if parcel is None:
            raise NotFoundError(f"no parcel {number!r}")
        return parcel


def serving(records: Records) -> grpc.aio.Server:
    """The service with parcels of its own, not started and without a port yet."""
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((_service(Parcels(records)), *_reflection()))
    return server


def _service(parcels: Parcels) -> grpc.GenericRpcHandler:
    methods = {
        "ListParcels": _unary(ListParcelsRequest, parcels.list_parcels),
        "GetParcel": _unary(GetParcelRequest, parcels.get_parcel),
        "TrackParcel": _stream(TrackParcelRequest, parcels.track_parcel),
        "CreateParcel": _unary(CreateParcelRequest, parcels.create_parcel),
    }
    return grpc.method_handlers_generic_handler(SERVICE, methods)


def _reflection() -> Iterator[grpc.GenericRpcHandler]:
    """Both versions of server reflection: they differ in nothing but the service's name."""
    answers = reflection.aio.ReflectionServicer([SERVICE], pool=POOL)
    method = grpc.stream_stream_rpc_method_handler(
        answers.ServerReflectionInfo,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    for version in ("v1", "v1alpha"):
        yield grpc.method_handlers_generic_handler(
            f"grpc.reflection.{version}.ServerReflection", {"ServerReflectionInfo": method}
        )


def _unary(takes: type[Asked], answer: Callable[[Asked], Record]) -> Handler:
    async def handle(request: Message, context: Context) -> Record:
        async with _statuses(context):
            return answer(_read(request, takes))

    return grpc.unary_unary_rpc_method_handler(
        handle,
        request_deserializer=message_class(takes.__name__).FromString,
        response_serializer=_written,
    )


def _stream(takes: type[Asked], answer: Callable[[Asked], Iterable[Record]]) -> Handler:
    async def handle(request: Message, context: Context) -> AsyncIterator[Record]:
        async with _statuses(context):
            for record in answer(_read(request, takes)):
                yield record

    return grpc.unary_stream_rpc_method_handler(
        handle,
        request_deserializer=message_class(takes.__name__).FromString,
        response_serializer=_written,
    )


@asynccontextmanager
async def _statuses(context: Context) -> AsyncIterator[None]:
    """What goes wrong inside ends the call with a gRPC status."""
    try:
        yield
    except NotFoundError as error:
        await context.abort(grpc.StatusCode.NOT_FOUND, str(error))
    except msgspec.ValidationError as error:
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))


def _read(request: Message, shape: type[Asked]) -> Asked:
    return msgspec.convert(json_format.MessageToDict(request), shape, strict=False)


def _written(record: Record) -> bytes:
    """The record as the message of its name."""
    empty = message_class(type(record).__name__)()
    return json_format.ParseDict(msgspec.to_builtins(record), empty).SerializeToString()
