"""Pure: messages and enums as types of the catalog."""

import json
from base64 import b64encode
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isfinite
from typing import TypeAlias

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from upstreams.grpc.messages import (
    Way,
    alternatives,
    choices,
    enum_names,
    map_entry,
    names,
    offered,
)
from upstreams.grpc.model import ANY, CHOSEN
from upstreams.grpc.translate.comments import Comments
from upstreams.grpc.translate.refs import Refs, held, message_type
from upstreams.model import (
    ByTag,
    EnumType,
    EnumValue,
    Field,
    InputType,
    Named,
    ObjectType,
    Remark,
    TypeDef,
    UnionType,
)

DEPRECATED = "The backend marks it as deprecated."

Node: TypeAlias = tuple[Descriptor, Way] | EnumDescriptor
"""A message one way, or an enum: what becomes one type."""


@dataclass(frozen=True, slots=True)
class Types:
    """The types that some messages need, each once, and what a person should know of them."""

    comments: Comments
    refs: Refs

    def reached(self, roots: Iterable[Node]) -> Iterator[Node]:
        """The roots and all they lead to, each once."""
        seen: set[Node] = set()
        waiting = deque(roots)
        while waiting:
            node = waiting.popleft()
            if node not in seen and _is_type(node):
                seen.add(node)
                yield node
                waiting.extend(self._below(node))

    def type(self, node: Node) -> TypeDef:
        """The type one node becomes."""
        if isinstance(node, EnumDescriptor):
            return self._enum(node)
        message, way = node
        if way is Way.IN:
            return self._input(message)
        return self._union(message) if self.refs.union(message) else self._object(message)

    def degraded(self, node: Node) -> Iterator[Remark]:
        """The fields of a type that became JSON, and why."""
        for field in self._shown(node):
            if reason := degradation(held(field).message_type):
                yield Remark(field.full_name, reason)

    def remarks(self, node: Node) -> Iterator[Remark]:
        """What a person should know of a type, beside what became JSON."""
        for field in self._shown(node):
            entry = map_entry(field)
            if entry and entry[0].type != FieldDescriptor.TYPE_STRING:
                text = "the keys of the map are numbers or booleans, as text"
                yield Remark(field.full_name, text)

    def _below(self, node: Node) -> Iterator[Node]:
        way = Way.OUT if isinstance(node, EnumDescriptor) else node[1]
        for field in map(held, self._shown(node)):
            if field.enum_type:
                yield field.enum_type
            elif field.message_type:
                yield field.message_type, way

    def _shown(self, node: Node) -> Iterator[FieldDescriptor]:
        """The fields of a type that have one of their own; an enum has none."""
        if not isinstance(node, EnumDescriptor):
            yield from (field for field in offered(*node) if not self.refs.json(field))

    def _object(self, message: Descriptor) -> ObjectType:
        return ObjectType(
            key=message.full_name,
            label=_label(message),
            description=self.comments.get(message.full_name, ""),
            scope=scope(message.file.package),
            source=message.full_name,
            fields=tuple(self._fields(message, Way.OUT)),
        )

    def _union(self, message: Descriptor) -> UnionType:
        named = names(message)
        members = {
            named[part.number]: part.message_type.full_name
            for part in alternatives(message)
            if part.message_type
        }
        return UnionType(
            key=message.full_name,
            label=_label(message),
            description=self.comments.get(message.full_name, ""),
            scope=scope(message.file.package),
            source=message.full_name,
            members=tuple(members.values()),
            resolution=ByTag(CHOSEN, tuple(members.items())),
        )

    def _input(self, message: Descriptor) -> InputType:
        one_of = self.refs.one_of(message)
        return InputType(
            key=message.full_name + Way.IN.value,
            label=_label(message),
            description=self.comments.get(message.full_name, ""),
            scope=scope(message.file.package),
            source=message.full_name,
            fields=tuple(self._fields(message, Way.IN)),
            one_of=one_of,
            exclusive=() if one_of else tuple(_groups(message)),
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
        named = names(message)
        for field in offered(message, way):
            name = named[field.number]
            yield Field(
                name=name,
                type=self.refs.seen(field) if way is Way.OUT else self.refs.given(field),
                description=self.comments.get(field.full_name, ""),
                deprecated=DEPRECATED if field.GetOptions().deprecated else None,
                default=_default(field) if way is Way.IN else None,
                source="" if name == field.name else field.full_name,
            )


def degradation(message: Descriptor | None) -> str:
    """Why a message became JSON though it is not JSON by meaning; empty when it did not."""
    if message is not None and message.full_name == ANY:
        return "a google.protobuf.Any holds a message of whatever type"
    return ""


def scope(package: str) -> tuple[str, ...]:
    """`google.pubsub.v1` -> `("v1", "pubsub", "google")`."""
    return tuple(reversed(package.split("."))) if package else ()


def _is_type(node: Node) -> bool:
    return isinstance(node, EnumDescriptor) or isinstance(message_type(*node), Named)


def _groups(message: Descriptor) -> Iterator[tuple[str, ...]]:
    """The names of the fields of which at most one is given, for each oneof."""
    named = names(message)
    numbers = {field.number for field in offered(message, Way.IN)}
    for choice in choices(message):
        group = tuple(named[each.number] for each in choice.fields if each.number in numbers)
        if len(group) > 1:
            yield group


def _label(type_: Descriptor | EnumDescriptor) -> str:
    """`pkg.Outer.Inner` -> `Outer.Inner`."""
    return type_.full_name.removeprefix(f"{type_.file.package}.")


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
