"""Pure: what type the value of a message or a field has, going in and coming out."""

from collections.abc import Collection
from dataclasses import dataclass

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from upstreams.grpc.messages import Way, alternatives, map_entry, offered, only_choice
from upstreams.grpc.model import JSON_VALUE, MEANINGS, Forms, Oneofs
from upstreams.grpc.options import behaves_required
from upstreams.kind import Maps
from upstreams.model import ListOf, MapOf, Named, Required, Scalar, ScalarKind, TypeRef

_SCALARS = {
    FieldDescriptor.TYPE_BOOL: ScalarKind.BOOLEAN,
    FieldDescriptor.TYPE_BYTES: ScalarKind.BYTES,
    FieldDescriptor.TYPE_DOUBLE: ScalarKind.FLOAT,
    FieldDescriptor.TYPE_FIXED32: ScalarKind.UNSIGNED_INT,
    FieldDescriptor.TYPE_FIXED64: ScalarKind.UNSIGNED_LONG,
    FieldDescriptor.TYPE_FLOAT: ScalarKind.FLOAT,
    FieldDescriptor.TYPE_INT32: ScalarKind.INT,
    FieldDescriptor.TYPE_INT64: ScalarKind.LONG,
    FieldDescriptor.TYPE_SFIXED32: ScalarKind.INT,
    FieldDescriptor.TYPE_SFIXED64: ScalarKind.LONG,
    FieldDescriptor.TYPE_SINT32: ScalarKind.INT,
    FieldDescriptor.TYPE_SINT64: ScalarKind.LONG,
    FieldDescriptor.TYPE_STRING: ScalarKind.STRING,
    FieldDescriptor.TYPE_UINT32: ScalarKind.UNSIGNED_INT,
    FieldDescriptor.TYPE_UINT64: ScalarKind.UNSIGNED_LONG,
}
_FLOATS = frozenset({FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT})


def message_type(message: Descriptor, way: Way) -> TypeRef:
    """The type of a message's value, allowing null."""
    if meaning := MEANINGS.get(message.full_name):
        return Scalar(meaning)
    return Named(message.full_name + way.value)


def held(field: FieldDescriptor) -> FieldDescriptor:
    """The field itself, or of a map the field that holds its values."""
    entry = map_entry(field)
    return entry[1] if entry else field


@dataclass(frozen=True, slots=True)
class Refs:
    """The rules by which one description's fields get their types."""

    forms: Forms
    updated: Collection[str]
    """The full names of the messages that requests with a FieldMask lead to."""

    def union(self, message: Descriptor) -> bool:
        """Whether the value of a message, coming out, is that of the one field that is set."""
        return self.forms.oneofs is Oneofs.UNIONS and bool(alternatives(message))

    def one_of(self, message: Descriptor) -> bool:
        """Whether exactly one field of a message is given: it is one oneof, and null is no value.

        A `google.protobuf.Value` can be null, which `@oneOf` does not allow.
        """
        parts = only_choice(message, Way.IN)
        return (
            self.forms.oneofs is Oneofs.UNIONS
            and bool(parts)
            and all(part.message_type is None or _never_null(part.message_type) for part in parts)
        )

    def always_set(self, message: Descriptor, way: Way) -> bool:
        """Whether a value of this message, once it is there, is never null."""
        return _never_null(message) and not (way is Way.OUT and self.union(message))

    def json(self, field: FieldDescriptor) -> bool:
        """Whether a field is a map that is shown as JSON."""
        return self.forms.maps is Maps.JSON and map_entry(field) is not None

    def given(self, field: FieldDescriptor) -> TypeRef:
        """The type of a field that goes in.

        Fields that behave as REQUIRED are (AIP-203), but for those of resources that are updated:
        an update leaves out what stays as it is (AIP-134).
        """
        ref = self._many(field, Way.IN) or _leaf(field, Way.IN)
        return Required(ref) if self.required(field) else ref

    def required(self, field: FieldDescriptor) -> bool:
        """Whether there is no request without this field."""
        if field.is_required or field.containing_oneof or field.has_default_value:
            return field.is_required
        holder = field.containing_type
        updated = holder is not None and holder.full_name in self.updated
        return behaves_required(field) and not updated

    def any_required(self, message: Descriptor) -> bool:
        """Whether there is no request of this message without fields."""
        return any(map(self.required, offered(message, Way.IN)))

    def seen(self, field: FieldDescriptor) -> TypeRef:
        """The type of a field that comes out: null where the message knows that it was not set."""
        if many := self._many(field, Way.OUT):
            return Required(many)
        if field.has_presence and not field.is_required:
            return _leaf(field, Way.OUT)
        return self._element(field, Way.OUT)

    def _many(self, field: FieldDescriptor, way: Way) -> TypeRef | None:
        if self.json(field):
            return Scalar(ScalarKind.JSON)
        if map_entry(field):
            return MapOf(self._element(held(field), way))
        return ListOf(self._element(field, way)) if field.is_repeated else None

    def _element(self, field: FieldDescriptor, way: Way) -> TypeRef:
        """The type of a value that is there; null where GraphQL may not be able to say it.

        Then the value alone is an error, and not the object around it.
        """
        leaf = _leaf(field, way)
        if field.message_type and not self.always_set(field.message_type, way):
            return leaf
        return leaf if way is Way.OUT and _may_be_unsayable(field) else Required(leaf)


def _may_be_unsayable(field: FieldDescriptor) -> bool:
    """An open enum may be a number without a name, a float no number, or infinite."""
    if field.enum_type:
        return not field.enum_type.is_closed
    return field.type in _FLOATS


def _never_null(message: Descriptor) -> bool:
    return message.full_name != JSON_VALUE


def _leaf(field: FieldDescriptor, way: Way) -> TypeRef:
    if field.message_type:
        return message_type(field.message_type, way)
    if field.enum_type:
        return Named(field.enum_type.full_name)
    return Scalar(_SCALARS[field.type])
