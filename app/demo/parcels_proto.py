"""What would be `parcels.proto`: the description of the gRPC backend, and its message classes."""

from google.protobuf import timestamp_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from app.demo.protobuf import enum, message, reads, service, writes

PACKAGE = "splice.demo.parcels.v1"
SERVICE = f"{PACKAGE}.Parcels"

FILE = FileDescriptorProto(
    name="splice/demo/parcels/v1/parcels.proto",
    package=PACKAGE,
    syntax="proto3",
    dependency=[timestamp_pb2.DESCRIPTOR.name],
    service=[
        service(
            "Parcels",
            reads("ListParcels(ListParcelsRequest) returns (ListParcelsResponse)"),
            reads("GetParcel(GetParcelRequest) returns (Parcel)"),
            reads("TrackParcel(TrackParcelRequest) returns (stream ParcelEvent)"),
            writes("CreateParcel(CreateParcelRequest) returns (Parcel)"),
        )
    ],
    message_type=[
        message(
            "Parcel",
            "string id = 1",
            "int64 order_id = 2",
            "ParcelStatus status = 3",
            "string carrier = 4",
            "double weight_kg = 5",
            "repeated ParcelItem items = 6",
        ),
        message("ParcelItem", "string sku = 1", "int32 quantity = 2"),
        message(
            "ParcelEvent",
            "string parcel_id = 1",
            "ParcelStatus status = 2",
            "string place = 3",
            "google.protobuf.Timestamp happened_at = 4",
        ),
        message(
            "ListParcelsRequest",
            "int64 order_id = 1",
            "ParcelStatus status = 2",
            "int32 page_size = 3",
            "string page_token = 4",
        ),
        message(
            "ListParcelsResponse",
            "repeated Parcel parcels = 1",
            "string next_page_token = 2",
            "int32 total_size = 3",
        ),
        message("GetParcelRequest", "string id = 1"),
        message("TrackParcelRequest", "string id = 1"),
        message(
            "CreateParcelRequest",
            "int64 order_id = 1",
            "string carrier = 2",
            "repeated ParcelItem items = 3",
        ),
    ],
    enum_type=[
        enum(
            "ParcelStatus",
            "PARCEL_STATUS_UNSPECIFIED",
            "PARCEL_STATUS_PACKED",
            "PARCEL_STATUS_IN_TRANSIT",
            "PARCEL_STATUS_DELIVERED",
        )
    ],
)


def message_class(name: str) -> type[Message]:
    """The class of a message of this file, by its short name."""
    return GetMessageClass(POOL.FindMessageTypeByName(f"{PACKAGE}.{name}"))


def _pool() -> DescriptorPool:
    pool = DescriptorPool()
    for file in (timestamp_pb2.DESCRIPTOR.serialized_pb, FILE.SerializeToString()):
        pool.AddSerializedFile(file)
    return pool


POOL = _pool()
