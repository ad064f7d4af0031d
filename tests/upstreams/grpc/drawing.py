"""Messages of any type with any content, drawn for property tests."""

import math
from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

from upstreams.grpc.messages import alternatives, fields, map_entry
from upstreams.grpc.model import WRAPPERS

DEPTH = 3

JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=6,
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
_KNOWN: Mapping[str, st.SearchStrategy[Any]] = {
    "google.protobuf.Timestamp": st.datetimes().map(lambda at: at.isoformat() + "Z"),
    "google.protobuf.Duration": st.integers(-315_576_000_000, 315_576_000_000).map("{}s".format),
    "google.protobuf.FieldMask": st.lists(
        st.from_regex(r"[a-z]{1,4}([A-Z][a-z]{1,3})?(\.[a-z]{1,3})?", fullmatch=True), max_size=3
    ).map(",".join),
    "google.protobuf.Struct": st.dictionaries(st.text(), JSON, max_size=3),
    "google.protobuf.Value": JSON,
    "google.protobuf.ListValue": st.lists(JSON, max_size=3),
    "google.type.Decimal": st.decimals(allow_nan=False, allow_infinity=False).map(
        lambda number: {"value": str(number)}
    ),
    "google.protobuf.Any": st.binary().map(
        lambda content: {
            "@type": "x.test/google.protobuf.Int64Value",
            "value": str(int.from_bytes(content[:7], "big")),
        }
    ),
}
_RANGED = ("google.protobuf.Timestamp", "google.protobuf.Duration")
_FLOATS = (_F.TYPE_DOUBLE, _F.TYPE_FLOAT)


class Drawing:
    """Draws messages of one pool; where `dirty`, such as should not be."""

    def __init__(self, data: st.DataObject, pool: DescriptorPool, *, dirty: bool = False) -> None:
        self._data = data
        self._pool = pool
        self._dirty = dirty

    def message(self, full_name: str) -> Any:
        """A message of that type."""
        drawn = GetMessageClass(self._pool.FindMessageTypeByName(full_name))()
        self._fill(drawn, 0)
        return drawn

    def _fill(self, target: Any, depth: int) -> None:
        known = _KNOWN.get(target.DESCRIPTOR.full_name)
        if self._dirty and target.DESCRIPTOR.full_name in _RANGED:
            target.seconds = self._data.draw(_SCALARS[_F.TYPE_INT64])
        elif known is not None:
            content = self._data.draw(known)
            json_format.ParseDict(content, target, descriptor_pool=self._pool)
        elif target.DESCRIPTOR.full_name in WRAPPERS:
            target.value = self._scalar(target.DESCRIPTOR.fields_by_name["value"])
        else:
            self._fields(target, depth)

    def _fields(self, target: Any, depth: int) -> None:
        """Set some fields; of a oneof, those set last count, as ever."""
        possible = fields(target.DESCRIPTOR)
        some = st.lists(st.sampled_from(possible), max_size=8) if possible else st.just([])
        for field in self._data.draw(some) if depth < DEPTH else ():
            self._set(target, field, depth)
        for field in possible:
            if field.is_required and not target.HasField(field.name):
                self._set(target, field, depth)
        choice = alternatives(target.DESCRIPTOR)
        if choice and not self._dirty and not any(target.HasField(field.name) for field in choice):
            # A union says which field was set, so one is.
            getattr(target, choice[0].name).SetInParent()

    def _set(self, target: Any, field: FieldDescriptor, depth: int) -> None:
        held = target.Extensions[field] if field.is_extension else getattr(target, field.name)
        if entry := map_entry(field):
            self._entry(held, entry, depth)
        elif field.is_repeated and field.message_type:
            self._fill(held.add(), depth + 1)
        elif field.is_repeated:
            held.append(self._scalar(field))
        elif field.message_type:
            held.SetInParent()
            self._fill(held, depth + 1)
        elif field.is_extension:
            target.Extensions[field] = self._scalar(field)
        else:
            setattr(target, field.name, self._scalar(field))

    def _entry(
        self, entries: Any, entry: tuple[FieldDescriptor, FieldDescriptor], depth: int
    ) -> None:
        key = self._scalar(entry[0])
        if entry[1].message_type:
            self._fill(entries[key], depth + 1)
        else:
            entries[key] = self._scalar(entry[1])

    def _scalar(self, field: FieldDescriptor) -> Any:
        if self._dirty and field.enum_type and not field.enum_type.is_closed:
            return self._data.draw(_SCALARS[_F.TYPE_INT32])
        if self._dirty and field.type in _FLOATS:
            return self._data.draw(st.just(math.nan) | st.just(math.inf) | _SCALARS[field.type])
        if field.enum_type:
            numbers = [value.number for value in field.enum_type.values]
            return self._data.draw(st.sampled_from(numbers))
        return self._data.draw(_SCALARS[field.type])
