"""Pure: plain values as messages, by writers compiled once for each type of message.

Nothing is rounded, cut or guessed: a value that the field cannot hold is `BadInput`, and the
message says which argument it is. Inside of JSON (a map shown as one, the content of an Any) values
are protobuf's canonical JSON; everywhere else they are what `upstreams.kind` promises.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import EncodeError, Message
from google.protobuf.message_factory import GetMessageClass

from upstreams.grpc.call.write.leaves import (
    CANONICAL,
    MAX_DEPTH,
    PLAIN,
    Fill,
    Path,
    Style,
    bad,
    base64_bytes,
    key_check,
    listed,
    place,
    text,
)
from upstreams.grpc.messages import choices, fields, map_entry, names
from upstreams.grpc.model import ANY, JSON_VALUE, WRAPPERS, Forms
from upstreams.kind import Maps

__all__ = ["MAX_DEPTH", "Fill", "Path", "Writers", "place"]


class Writers:
    """The writers of one pool's messages, each made when first needed."""

    def __init__(self, pool: DescriptorPool, forms: Forms, style: Style = PLAIN) -> None:
        self._pool = pool
        self._forms = forms
        self._style = style
        self._made: dict[str, Fill] = {}

    def message(self, message: Descriptor) -> Fill:
        """The writer of a message, which takes a mapping by field, or what a known type means."""
        name = message.full_name
        if name not in self._made:
            self._made[name] = self.known(message) or self._fields(message)
        return self._made[name]

    def known(self, message: Descriptor) -> Fill | None:
        """The writer of a well-known message, whose value is no object; None for others."""
        if message.full_name in WRAPPERS:
            return self._wrapped(message)
        return self._any if message.full_name == ANY else self._style.known.get(message.full_name)

    def map(self, field: FieldDescriptor, key: FieldDescriptor, held: FieldDescriptor) -> Fill:
        """The writer of a map."""
        get, key_of = _attribute(field), key_check(key)
        fill = self._later(held.message_type) if held.message_type else None
        check = None if held.message_type else self._style.check(held)

        def put(message: Any, values: Any, path: Path) -> None:
            entries = get(message)
            if not isinstance(values, Mapping):
                raise bad(path, "not a map")
            for name, value in values.items():
                at = (*path, name)
                if fill:
                    fill(entries[key_of(name, at)], value, at)
                elif check:
                    entries[key_of(name, at)] = check(value, at)

        return put

    @cached_property
    def _json(self) -> "Writers":
        """The writers of what is inside of JSON."""
        return self if self._style is CANONICAL else Writers(self._pool, Forms(), CANONICAL)

    def _later(self, message: Descriptor) -> Fill:
        """The writer of a message within another, made when there is one: types can be endless."""
        made: Fill | None = None

        def fill(target: Message, value: Any, path: Path) -> None:
            nonlocal made
            made = made or self.message(message)
            made(target, value, path)

        return fill

    def _any(self, message: Any, value: Any, path: Path) -> None:
        if not isinstance(value, Mapping):
            raise bad(path, "not a message as JSON with its @type")
        content = dict(value)
        if not content:
            return
        if "@type" not in content:
            raise bad(path, "not a message as JSON with its @type")
        url = text(content.pop("@type"), (*path, "@type"))
        message.type_url = url
        message.value = self._packed(url, content, path)

    def _packed(self, url: str, content: Mapping[str, Any], path: Path) -> bytes:
        """The bytes of a message of the pool; of another, those that are given as base64."""
        try:
            described = self._pool.FindMessageTypeByName(url.rpartition("/")[2])
        except LookupError as error:
            if content.keys() != {"value"}:
                raise bad(path, "not a message of a known type; give its bytes as value") from error
            return base64_bytes(content["value"], (*path, "value"))
        packed = GetMessageClass(described)()
        known = self._json.known(described)
        if not known:
            self._json.message(described)(packed, content, path)
        elif content.keys() == {"value"}:
            known(packed, content["value"], (*path, "value"))
        else:
            raise bad(path, f"a {described.full_name} is given as value")
        try:
            return bytes(packed.SerializeToString(deterministic=True))
        except EncodeError as error:
            raise bad(path, "lacks required fields, or is nested too deeply") from error

    def _wrapped(self, message: Descriptor) -> Fill:
        check = self._style.check(message.fields_by_name["value"])

        def fill(message: Any, value: Any, path: Path) -> None:
            message.value = check(value, path)

        return fill

    def _fields(self, message: Descriptor) -> Fill:
        named = names(message)
        writers = {named[field.number]: self._field(field) for field in fields(message)}
        nulls = {named[each.number] for each in fields(message) if _takes_null(each)}
        groups = [[named[each.number] for each in choice.fields] for choice in choices(message)]

        def fill(message: Message, value: Any, path: Path) -> None:
            if not isinstance(value, Mapping):
                raise bad(path, "not an object")
            if len(path) > MAX_DEPTH:
                raise bad(path, f"nested deeper than {MAX_DEPTH} levels")
            given = {key for key, each in value.items() if each is not None or key in nulls}
            for key in value:
                if key not in writers:
                    raise bad((*path, key), "no such field")
                if key in given:
                    writers[key](message, value[key], (*path, key))
            _refuse_two(groups, given, path)

        return fill

    def _field(self, field: FieldDescriptor) -> Fill:
        """The writer of one field of a message."""
        if entry := map_entry(field):
            writers = self._json if self._forms.maps is Maps.JSON else self
            return writers.map(field, *entry)
        return self._repeated(field) if field.is_repeated else self._single(field)

    def _single(self, field: FieldDescriptor) -> Fill:
        if field.message_type:
            get, fill = _attribute(field), self._later(field.message_type)

            def set_message(message: Any, value: Any, path: Path) -> None:
                held = get(message)
                held.SetInParent()
                fill(held, value, path)

            return set_message
        put, check = _setter(field), self._style.check(field)
        return lambda message, value, path: put(message, check(value, path))

    def _repeated(self, field: FieldDescriptor) -> Fill:
        get = _attribute(field)
        if field.message_type:
            fill = self._later(field.message_type)

            def add_messages(message: Any, values: Any, path: Path) -> None:
                held = get(message)
                for index, value in enumerate(listed(values, path)):
                    fill(held.add(), value, (*path, index))

            return add_messages
        check = self._style.check(field)

        def add_values(message: Any, values: Any, path: Path) -> None:
            checked = (check(each, (*path, at)) for at, each in enumerate(listed(values, path)))
            get(message).extend(checked)

        return add_values


def _attribute(field: FieldDescriptor) -> Callable[[Any], Any]:
    if field.is_extension:
        return lambda message: message.Extensions[field]
    return attrgetter(field.name)


def _setter(field: FieldDescriptor) -> Callable[[Any, Any], None]:
    if field.is_extension:
        return lambda message, value: message.Extensions.__setitem__(field, value)
    name = field.name
    return lambda message, value: setattr(message, name, value)


def _takes_null(field: FieldDescriptor) -> bool:
    """Whether null is a value of the field, and not its absence."""
    message = field.message_type
    return message is not None and message.full_name == JSON_VALUE and not field.is_repeated


def _refuse_two(groups: Sequence[Sequence[str]], given: Collection[str], path: Path) -> None:
    for group in groups:
        chosen = [key for key in group if key in given]
        if len(chosen) > 1:
            raise bad(path, f"only one of {', '.join(chosen)} can be given")
