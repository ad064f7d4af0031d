"""Pure: messages and enums as types of the catalog."""

import enum
import json
from base64 import b64encode
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from math import isfinite
from typing import TypeAlias

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from upstreams.grpc.descriptors import choices, enum_names, field_names, map_entry
from upstreams.grpc.model import ANY, JSON_VALUE, MEANINGS
from upstreams.grpc.options import behaves_required
from upstreams.grpc.translate.comments import Comments
from upstreams.model import (
    EnumType,
    EnumValue,
    Field,
    InputType,
    ListOf,
    MapOf,
    Named,
    ObjectType,
    Remark,
    Required,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
)

DEPRECATED = "The backend marks it as deprecated."

_SCALARS = {
    FieldDescriptor.TYPE_BOOL: ScalarKind.BOOLEAN,
    FieldDescriptor.TYPE_BYTES: ScalarKind.BYTES,
    FieldDescriptor.TYPE_DOUBLE: ScalarKind.FLOAT,
    FieldDescriptor.TYPE_FIXED32: ScalarKind.LONG,
    FieldDescriptor.TYPE_FIXED64: ScalarKind.UNSIGNED_LONG,
    FieldDescriptor.TYPE_FLOAT: ScalarKind.FLOAT,
    FieldDescriptor.TYPE_INT32: ScalarKind.INT,
    FieldDescriptor.TYPE_INT64: ScalarKind.LONG,
    FieldDescriptor.TYPE_SFIXED32: ScalarKind.INT,
    FieldDescriptor.TYPE_SFIXED64: ScalarKind.LONG,
    FieldDescriptor.TYPE_SINT32: ScalarKind.INT,
    FieldDescriptor.TYPE_SINT64: ScalarKind.LONG,
    FieldDescriptor.TYPE_STRING: ScalarKind.STRING,
    FieldDescriptor.TYPE_UINT32: ScalarKind.LONG,
    FieldDescriptor.TYPE_UINT64: ScalarKind.UNSIGNED_LONG,
}


class Way(enum.Enum):
    """Where a value goes: a message has a type for each."""

    IN = ":input"
    OUT = ""


Node: TypeAlias = tuple[Descriptor, Way] | EnumDescriptor
"""A message one way, or an enum: what becomes one type."""


def message_type(message: Descriptor, way: Way) -> TypeRef:
    """The type of a message's value, allowing null."""
    if meaning := MEANINGS.get(message.full_name):
        return Scalar(meaning)
    if not message.fields:
        return Scalar(ScalarKind.JSON)
    return Named(message.full_name + way.value)


def always_set(message: Descriptor) -> bool:
    """Whether a value of this message, once it is there, is never null."""
    return message.full_name != JSON_VALUE


def fields_required(message: Descriptor) -> bool:
    """Whether there is no value of this message without fields."""
    return any(field.is_required or behaves_required(field) for field in message.fields)


def degradation(message: Descriptor | None) -> str:
    """Why a message became JSON though it is not JSON by meaning; empty when it did not."""
    if message is None:
        return ""
    if message.full_name == ANY:
        return "a google.protobuf.Any holds a message of whatever type"
    if not message.fields and message.full_name not in MEANINGS:
        return f"{message.full_name} has no fields, and GraphQL no types without"
    return ""


@dataclass(frozen=True, slots=True)
class Types:
    """The types that some messages need, each once, and what a person should know of them."""

    comments: Comments
    requests: Collection[str]
    """The full names of the messages that are a method's whole input."""

    def reached(self, roots: Iterable[Node]) -> Iterator[Node]:
        """The roots and all they lead to, each once."""
        seen: set[Node] = set()
        waiting = deque(roots)
        while waiting:
            node = waiting.popleft()
            if node not in seen and _is_type(node):
                seen.add(node)
                yield node
                waiting.extend(_below(node))

    def type(self, node: Node) -> TypeDef:
        """The type one node becomes."""
        if isinstance(node, EnumDescriptor):
            return self._enum(node)
        message, way = node
        return self._object(message) if way is Way.OUT else self._input(message)

    def _object(self, message: Descriptor) -> ObjectType:
        return ObjectType(
            key=message.full_name,
            label=_label(message),
            description=self.comments.get(message.full_name, ""),
            scope=scope(message.file.package),
            source=message.full_name,
            fields=tuple(self._fields(message, Way.OUT)),
        )

    def _input(self, message: Descriptor) -> InputType:
        names = field_names(message)
        return InputType(
            key=message.full_name + Way.IN.value,
            label=_label(message),
            description=self.comments.get(message.full_name, ""),
            scope=scope(message.file.package),
            source=message.full_name,
            fields=tuple(self._fields(message, Way.IN)),
            exclusive=tuple(
                tuple(names[field.number] for field in choice.fields) for choice in choices(message)
            ),
        )

    def _enum(self, enum: EnumDescriptor) -> EnumType:
        return EnumType(
            key=enum.full_name,
            label=_label(enum),
            description=self.comments.get(enum.full_name, ""),
            scope=scope(enum.file.package),
            source=enum.full_name,
            values=tuple(
                EnumValue(
                    value.name,
                    value.name,
                    self.comments.get(f"{enum.full_name}.{value.name}", ""),
                    DEPRECATED if value.GetOptions().deprecated else None,
                )
                for value in enum.values
            ),
        )

    def _fields(self, message: Descriptor, way: Way) -> Iterator[Field]:
        names = field_names(message)
        for field in message.fields:
            name = names[field.number]
            yield Field(
                name=name,
                type=_output(field) if way is Way.OUT else self._given(field),
                description=self.comments.get(field.full_name, ""),
                deprecated=DEPRECATED if field.GetOptions().deprecated else None,
                default=_default(field) if way is Way.IN else None,
                source="" if name == field.name else field.full_name,
            )

    def _given(self, field: FieldDescriptor) -> TypeRef:
        """The type of a field that goes in.

        Only requests are held to their REQUIRED fields: a resource is also part of updates, which
        leave out what stays as it is (AIP-134).
        """
        ref = _many(field, Way.IN) or _leaf(field, Way.IN)
        holder = field.containing_type
        asked = holder and holder.full_name in self.requests and behaves_required(field)
        return Required(ref) if field.is_required or asked else ref


def remarks(node: Node) -> Iterator[Remark]:
    """What a person should know of a type, beside what became JSON."""
    if isinstance(node, EnumDescriptor):
        return
    message, _ = node
    for field in message.fields:
        entry = map_entry(field)
        if entry and entry[0].type != FieldDescriptor.TYPE_STRING:
            yield Remark(field.full_name, "the keys of the map are numbers or booleans, as text")
    if message.is_extendable and (extensions := message.file.pool.FindAllExtensions(message)):
        names = ", ".join(sorted(extension.full_name for extension in extensions))
        yield Remark(message.full_name, f"its extension fields are left out: {names}")


def degraded(node: Node) -> Iterator[Remark]:
    """The fields of a type that became JSON, and why."""
    if isinstance(node, EnumDescriptor):
        return
    message, _ = node
    for field in message.fields:
        if reason := degradation(_held(field).message_type):
            yield Remark(field.full_name, reason)


def scope(package: str) -> tuple[str, ...]:
    """`google.pubsub.v1` -> `("v1", "pubsub", "google")`."""
    return tuple(reversed(package.split("."))) if package else ()


def _is_type(node: Node) -> bool:
    return isinstance(node, EnumDescriptor) or isinstance(message_type(*node), Named)


def _below(node: Node) -> Iterator[Node]:
    if isinstance(node, EnumDescriptor):
        return
    message, way = node
    for field in message.fields:
        held = _held(field)
        if held.enum_type:
            yield held.enum_type
        elif held.message_type:
            yield held.message_type, way


def _held(field: FieldDescriptor) -> FieldDescriptor:
    """The field itself, or of a map the field that holds its values."""
    entry = map_entry(field)
    return entry[1] if entry else field


def _label(type_: Descriptor | EnumDescriptor) -> str:
    """`pkg.Outer.Inner` -> `Outer.Inner`."""
    return type_.full_name.removeprefix(f"{type_.file.package}.")


def _output(field: FieldDescriptor) -> TypeRef:
    """The type of a field that comes out: null where the message knows that it was not set."""
    if many := _many(field, Way.OUT):
        return Required(many)
    if field.has_presence and not field.is_required:
        return _leaf(field, Way.OUT)
    return _element(field, Way.OUT)


def _many(field: FieldDescriptor, way: Way) -> TypeRef | None:
    if map_entry(field):
        return MapOf(_element(_held(field), way))
    return ListOf(_element(field, way)) if field.is_repeated else None


def _element(field: FieldDescriptor, way: Way) -> TypeRef:
    """The type of a value that is there.

    An open enum's may be a number without a name; then it alone is an error, and not the object
    around it.
    """
    leaf = _leaf(field, way)
    if field.message_type and not always_set(field.message_type):
        return leaf
    if field.enum_type and way is Way.OUT and not field.enum_type.is_closed:
        return leaf
    return Required(leaf)


def _leaf(field: FieldDescriptor, way: Way) -> TypeRef:
    if field.message_type:
        return message_type(field.message_type, way)
    if field.enum_type:
        return Named(field.enum_type.full_name)
    return Scalar(_SCALARS[field.type])


def _default(field: FieldDescriptor) -> str | None:
    """What the backend assumes, as JSON; only proto2 and editions say."""
    if not field.has_default_value:
        return None
    value = field.default_value
    if field.enum_type:
        value = enum_names(field.enum_type)[value]
    elif isinstance(value, bytes):
        value = b64encode(value).decode()
    elif isinstance(value, float) and not isfinite(value):
        return None
    return json.dumps(value)
