"""Pure: messages as plain values, by readers compiled once for each type of message.

Inside of JSON (a map shown as one, the content of an Any) values are protobuf's canonical JSON;
everywhere else they are what `upstreams.kind` promises.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeAlias

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from upstreams.grpc.messages import (
    alternatives,
    choices,
    enum_names,
    fields,
    map_entry,
    names,
)
from upstreams.grpc.model import ANY, CHOSEN, WRAPPERS, Forms, Oneofs
from upstreams.grpc.read.leaves import CANONICAL, PLAIN, Read, Style, as_it_is, escaped
from upstreams.kind import Maps

_Converted: TypeAlias = tuple[str, str, Read]
"""A field's key, its attribute, and how the one becomes the value of the other."""


class Readers:
    """The readers of one pool's messages, each made when first needed."""

    def __init__(self, pool: DescriptorPool, forms: Forms, style: Style | None = None) -> None:
        self._pool = pool
        self._forms = forms
        self._style = style or PLAIN
        self._made: dict[str, Read] = {}
        self._syntaxes: dict[str, str] = {}

    def message(self, message: Descriptor) -> Read:
        """The reader of a message: a dict, or for a well-known type the value it means.

        A field that was not set is absent where the message knows, else has its default. An open
        enum's number that has no name is given as the number. The value of a union has the field
        that was set under the key `CHOSEN`; it is None when none was.
        """
        name = message.full_name
        if name not in self._made:
            self._made[name] = self.known(message) or self._object(message)
        return self._made[name]

    def known(self, message: Descriptor) -> Read | None:
        """The reader of a well-known message, whose value is no object; None for others."""
        if message.full_name in WRAPPERS:
            return self._wrapped(message)
        return self._any if message.full_name == ANY else self._style.known.get(message.full_name)

    def union(self, message: Descriptor) -> Sequence[FieldDescriptor]:
        """The fields of a message whose value is that of the one that is set; none for others."""
        return alternatives(message) if self._forms.oneofs is Oneofs.UNIONS else ()

    def plain(self, message: Descriptor) -> bool:
        """Whether the value of a message is an object of its fields."""
        return not (self.known(message) or self.union(message))

    def value(self, field: FieldDescriptor) -> Read | None:
        """How one value of a field is given; None where it is given as it is."""
        if field.message_type:
            return self.known(field.message_type) or self._later(field.message_type)
        if field.enum_type:
            named = enum_names(field.enum_type)
            return lambda number: named.get(number, number)
        if field.type == FieldDescriptor.TYPE_STRING and not self.checked(field):
            return escaped
        return self._style.leaves.get(field.type)

    @cached_property
    def _json(self) -> "Readers":
        """The readers of what is inside of JSON."""
        if self._style is CANONICAL:
            return self
        return Readers(self._pool, Forms(oneofs=Oneofs.FIELDS), CANONICAL)

    def checked(self, field: FieldDescriptor) -> bool:
        """Whether protobuf's parser has made sure that a string is UTF-8."""
        if field.containing_type is None:
            return False
        file = field.containing_type.file
        if file.name not in self._syntaxes:
            self._syntaxes[file.name] = FileDescriptorProto.FromString(file.serialized_pb).syntax
        return self._syntaxes[file.name] == "proto3"

    def _later(self, message: Descriptor) -> Read:
        """The reader of a message within another, made when there is one: types can be endless."""
        made: Read | None = None

        def read(value: Any) -> Any:
            nonlocal made
            made = made or self.message(message)
            return made(value)

        return read

    def _any(self, message: Any) -> Any:
        """The message inside as protobuf's JSON has it; of an unknown type, its bytes as base64."""
        if not message.type_url and not message.value:
            return {}
        try:
            return {"@type": message.type_url, **self._unpacked(message)}
        except (LookupError, DecodeError, ValueError, RecursionError):
            return {"@type": message.type_url, "value": b64encode(message.value).decode()}

    def _unpacked(self, message: Any) -> Mapping[str, Any]:
        described = self._pool.FindMessageTypeByName(message.type_url.rpartition("/")[2])
        packed = GetMessageClass(described).FromString(message.value)
        if known := self._json.known(described):
            return {"value": known(packed)}
        content: Mapping[str, Any] = self._json.message(described)(packed)
        return content

    def _wrapped(self, message: Descriptor) -> Read:
        convert = self.value(message.fields_by_name["value"]) or as_it_is
        return lambda wrapper: convert(wrapper.value)

    def _object(self, message: Descriptor) -> Read:
        if parts := self.union(message):
            return self._alternative(message, parts)
        return self._fields(message)

    def _alternative(self, message: Descriptor, parts: Sequence[FieldDescriptor]) -> Read:
        named = names(message)
        oneof = next(each.name for each in choices(message) if parts[0] in each.fields)
        readers = {
            part.name: (named[part.number], self._later(held))
            for part in parts
            if (held := part.message_type)
        }

        def read(value: Any) -> dict[str, Any] | None:
            chosen = value.WhichOneof(oneof)
            if chosen not in readers:
                return None
            name, convert = readers[chosen]
            return {CHOSEN: name, **convert(getattr(value, chosen))}

        return read

    def _fields(self, message: Descriptor) -> Read:
        named = names(message)
        plain: dict[str, str] = {}
        converted: list[_Converted] = []
        tracked: list[_Converted] = []
        for field in message.fields:
            key, convert = named[field.number], self.field(field)
            if field.has_presence:
                tracked.append((key, field.name, convert or as_it_is))
            elif convert:
                converted.append((key, field.name, convert))
            else:
                plain[key] = field.name
        read = _plain(plain)
        if converted or tracked:
            read = _reader(read, converted, tracked)
        if not message.is_extendable:
            return read
        extensions = [field for field in fields(message) if field.is_extension]
        return _extended(
            read,
            [(named[each.number], each, self.field(each) or as_it_is) for each in extensions],
        )

    def field(self, field: FieldDescriptor) -> Read | None:
        """How a field's attribute becomes its value; None where it is the value."""
        if entry := map_entry(field):
            readers = self._json if self._forms.maps is Maps.JSON else self
            key, value = entry
            return _map(readers.value(value) or as_it_is, key.type)
        if field.is_repeated and field.message_type:
            return self._each(field.message_type)
        convert = self.value(field)
        if not field.is_repeated:
            return convert
        return list if convert is None else lambda values: [convert(each) for each in values]

    def _each(self, message: Descriptor) -> Read:
        """The reader of a list of messages; theirs is made when there is a list, as in `_later`."""

        def read(values: Any) -> list[Any]:
            convert = self.message(message)
            return [convert(each) for each in values]

        return read


def _reader(
    plain: Read, converted: Sequence[_Converted], tracked: Sequence[_Converted]
) -> Callable[[Message], dict[str, Any]]:
    def read(message: Message) -> dict[str, Any]:
        value: dict[str, Any] = plain(message)
        for key, name, convert in converted:
            value[key] = convert(getattr(message, name))
        for key, name, convert in tracked:
            if message.HasField(name):
                value[key] = convert(getattr(message, name))
        return value

    return read


def _extended(
    read: Callable[[Message], dict[str, Any]],
    extensions: Sequence[tuple[str, FieldDescriptor, Read]],
) -> Callable[[Message], dict[str, Any]]:
    """A reader of a message's own fields that reads those which extend it, too."""

    def read_all(message: Any) -> dict[str, Any]:
        value = read(message)
        for key, field, convert in extensions:
            if field.is_repeated or message.HasExtension(field):
                value[key] = convert(message.Extensions[field])
        return value

    return read_all


def _plain(attributes: Mapping[str, str]) -> Callable[[Message], dict[str, Any]]:
    """The fields whose attribute is the value, all fetched in one step."""
    keys = tuple(attributes)
    if len(keys) > 1:
        get = attrgetter(*attributes.values())
        # Being strict would take longer than all the rest.
        return lambda message: dict(zip(keys, get(message)))  # noqa: B905 - there is a value for each key
    return lambda message: {key: getattr(message, name) for key, name in attributes.items()}


def _map(convert: Read, key_type: int) -> Read:
    if key_type == FieldDescriptor.TYPE_STRING:
        return lambda entries: {key: convert(each) for key, each in entries.items()}
    if key_type == FieldDescriptor.TYPE_BOOL:
        return lambda entries: {
            "true" if key else "false": convert(each) for key, each in entries.items()
        }
    return lambda entries: {str(key): convert(each) for key, each in entries.items()}
