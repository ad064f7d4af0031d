"""The description of the gRPC backend fits the records it sends."""

import msgspec
import pytest

from app.demo import parcels
from app.demo.parcels_proto import FILE, message_class
from app.demo.records import Parcel, ParcelEvent, ParcelItem, ParcelStatus, Record

RECORDS: list[type[Record]] = [
    Parcel,
    ParcelItem,
    ParcelEvent,
    parcels.ListParcelsRequest,
    parcels.ListParcelsResponse,
    parcels.GetParcelRequest,
    parcels.TrackParcelRequest,
    parcels.CreateParcelRequest,
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_a_record_and_its_message(record: type[Record]) -> None:
    """A record and the message of the same name have the same fields."""
    described = message_class(record.__name__).DESCRIPTOR.fields

    fields = {field.encode_name for field in msgspec.structs.fields(record)}

    assert fields == {field.json_name for field in described}


def test_every_message_has_its_record() -> None:
    """No message is described that is never sent."""
    assert {one.name for one in FILE.message_type} == {record.__name__ for record in RECORDS}


def test_every_status_but_none() -> None:
    """The enum is the records' own, after the value that stands for none."""
    (status,) = FILE.enum_type

    assert [one.name for one in status.value][1:] == [one.value for one in ParcelStatus]
