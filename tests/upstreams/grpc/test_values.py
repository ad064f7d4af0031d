"""Messages as plain values and back: whatever protobuf can hold survives the way."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.upstreams.grpc.protos import message, pool
from upstreams.errors import BadInput
from upstreams.grpc.call.read import Readers
from upstreams.grpc.call.write import Writers

All = message("splice.test.v1.All")
READ = Readers(pool("everything")).message(All.DESCRIPTOR)
WRITE = Writers(pool("everything")).message(All.DESCRIPTOR)

_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=6,
)

_ANYTHING = st.fixed_dictionaries(
    {"@type": st.sampled_from(["x/splice.test.v1.All", "x/google.protobuf.Duration", "x"])},
    optional={"value": _JSON, "at": _JSON, "numbers": _JSON, "json": _JSON},
)

_F = FieldDescriptor
_SCALARS = {
    **dict.fromkeys(
        (_F.TYPE_INT32, _F.TYPE_SINT32, _F.TYPE_SFIXED32), st.integers(-(2**31), 2**31 - 1)
    ),
    **dict.fromkeys(
        (_F.TYPE_INT64, _F.TYPE_SINT64, _F.TYPE_SFIXED64), st.integers(-(2**63), 2**63 - 1)
    ),
    **dict.fromkeys((_F.TYPE_UINT32, _F.TYPE_FIXED32), st.integers(0, 2**32 - 1)),
    **dict.fromkeys((_F.TYPE_UINT64, _F.TYPE_FIXED64), st.integers(0, 2**64 - 1)),
    _F.TYPE_DOUBLE: st.floats(allow_nan=False),
    _F.TYPE_FLOAT: st.floats(allow_nan=False, width=32),
    _F.TYPE_BOOL: st.booleans(),
    _F.TYPE_STRING: st.text(),
    _F.TYPE_BYTES: st.binary(),
}


@settings(deadline=None, database=None)
@given(st.data())
def test_message_to_value_to_message_is_the_identity(data: st.DataObject) -> None:
    """A message that was read and written anew has the same bytes."""
    original = All()
    _draw(data, original, depth=0)

    written = All()
    WRITE(written, READ(original), ("input",))

    same = written.SerializeToString(deterministic=True)
    assert same == original.SerializeToString(deterministic=True)


@settings(deadline=None, database=None)
@given(st.sampled_from([field.json_name for field in All.DESCRIPTOR.fields]), st.data())
def test_whatever_is_given_is_written_or_refused(name: str, data: st.DataObject) -> None:
    """No value, however wrong, raises anything but BadInput."""
    value = data.draw(_JSON | st.integers() | st.floats() | st.decimals() | st.binary() | _ANYTHING)

    written = All()
    with suppress(BadInput):
        WRITE(written, {name: value}, ("input",))

    sent = written.SerializeToString(deterministic=True)
    assert All.FromString(sent).SerializeToString(deterministic=True) == sent


def _draw(data: st.DataObject, target: Any, depth: int) -> None:
    """Set some fields of a message; of a oneof, those set last count, as ever."""
    fields = list(target.DESCRIPTOR.fields)
    for field in data.draw(st.lists(st.sampled_from(fields), max_size=6)) if fields else ():
        if field.message_type and field.message_type.GetOptions().map_entry:
            _draw_entry(data, field, getattr(target, field.name), depth)
        elif field.is_repeated:
            _draw_item(data, field, getattr(target, field.name), depth)
        elif field.message_type:
            getattr(target, field.name).SetInParent()
            _draw_message(data, getattr(target, field.name), depth + 1)
        else:
            setattr(target, field.name, data.draw(_scalar(field)))


def _draw_entry(data: st.DataObject, field: FieldDescriptor, entries: Any, depth: int) -> None:
    entry = field.message_type
    assert entry is not None
    key = data.draw(_scalar(entry.fields_by_name["key"]))
    value = entry.fields_by_name["value"]
    if value.message_type:
        _draw_message(data, entries[key], depth + 1)
    else:
        entries[key] = data.draw(_scalar(value))


def _draw_item(data: st.DataObject, field: FieldDescriptor, items: Any, depth: int) -> None:
    if field.message_type:
        _draw_message(data, items.add(), depth + 1)
    else:
        items.append(data.draw(_scalar(field)))


def _draw_message(data: st.DataObject, target: Any, depth: int) -> None:
    known = _KNOWN.get(target.DESCRIPTOR.full_name)
    if known is not None:
        json_format.ParseDict(data.draw(known), target, descriptor_pool=pool("everything"))
    elif target.DESCRIPTOR.full_name.endswith("Value") and target.DESCRIPTOR.file.package:
        value = target.DESCRIPTOR.fields_by_name["value"]
        target.value = data.draw(_scalar(value))
    elif depth < 3:
        _draw(data, target, depth)


def _scalar(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.enum_type:
        return st.sampled_from([value.number for value in field.enum_type.values])
    return _SCALARS[field.type]


_KNOWN: Mapping[str, st.SearchStrategy[Any]] = {
    "google.protobuf.Timestamp": st.datetimes().map(lambda at: at.isoformat() + "Z"),
    "google.protobuf.Duration": st.integers(-315_576_000_000, 315_576_000_000).map("{}s".format),
    "google.protobuf.FieldMask": st.lists(
        st.from_regex(r"[a-z]{1,4}([A-Z][a-z]{1,3})?(\.[a-z]{1,3})?", fullmatch=True), max_size=3
    ).map(",".join),
    "google.protobuf.Struct": st.dictionaries(st.text(), _JSON, max_size=3),
    "google.protobuf.Value": _JSON,
    "google.protobuf.ListValue": st.lists(_JSON, max_size=3),
    "google.protobuf.Any": st.integers(-(2**63), 2**63 - 1).map(
        lambda value: {"@type": "x.test/splice.test.v1.Number", "value": str(value)}
    ),
}
