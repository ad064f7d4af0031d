"""What is wanted of messages, each object as an expression or, where that is long, a function."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from upstreams.grpc.messages import fields, map_entry, names
from upstreams.grpc.model import CHOSEN
from upstreams.grpc.read import Readers
from upstreams.grpc.shape.fields import NULL, Expression, Fields, UnsuitedError
from upstreams.grpc.shape.leaves import Leaves
from upstreams.grpc.shape.needs import Needs
from upstreams.grpc.shape.source import Source
from upstreams.shape import (
    Constant,
    Entries,
    Hole,
    Leaf,
    Many,
    Object,
    Part,
    Slot,
    Steps,
    Surprise,
    Varied,
    Wanted,
)

_MESSAGE = "m"
"""What a function calls its message."""
_ITEM = "x"
"""What a comprehension calls each of the values that it goes through."""
_KEY = "k"
"""What it calls the key, where these are those of a map."""


class Objects:
    """Spells what is wanted of messages. Everything raises `UnsuitedError` where it cannot."""

    def __init__(self, source: Source, readers: Readers) -> None:
        self.slots = 0
        """How many there are in an answer."""
        self._source = source
        self._readers = readers
        self._fields = Fields(source)
        self._leaves = Leaves(source, readers)
        self._needs = Needs(source, readers, self._fields)
        self._there = source.name(_there)
        self._hole = source.name(Hole)

    def answer(self, response: Descriptor, wanted: Wanted, inside: Steps) -> str:
        """The function that reads one message."""
        body = []
        message = response
        for step in inside[:-1]:
            field = self._fields.found(self._plain(message), step)
            if field is None or field.is_repeated or field.message_type is None:
                raise UnsuitedError
            message = field.message_type
            if condition := self._fields.is_set(field, _MESSAGE):
                body.append(f"if not {condition}: return None")
            body.append(f"{_MESSAGE} = {self._fields.attribute(field, _MESSAGE)}")
        if inside:
            value = self._member(self._plain(message), inside[-1], wanted, _MESSAGE)
        else:
            value = self._whole(message, wanted, _MESSAGE)
        return self._source.function(*body, f"return {value.text}")

    def answers(self, response: Descriptor, wanted: Wanted, inside: Steps) -> str:
        """The function that reads a list of messages."""
        if inside or not isinstance(wanted, Many):
            raise UnsuitedError
        item = self._whole(response, wanted.of, _ITEM)
        return self._source.function(f"return {self._each(wanted, item, _MESSAGE)}")

    def _whole(self, response: Descriptor, wanted: Wanted, value: str) -> Expression:
        """A message that is an answer: without fields, it is nothing."""
        return self._message(response, wanted, value) if fields(response) else NULL

    def _message(self, message: Descriptor, wanted: Wanted, value: str) -> Expression:
        match wanted:
            case Leaf():
                return self._leaves.of_message(message, wanted, value)
            case Object():
                return Expression(self._object(self._plain(message), wanted, value))
            case Varied():
                return Expression(self._union(message, wanted, value), nullable=True)
            case Many() | Entries():
                raise UnsuitedError

    def _plain(self, message: Descriptor | None) -> Descriptor:
        """The message, if its value is an object of its fields."""
        if message is None or not self._readers.plain(message):
            raise UnsuitedError
        return message

    def _member(self, message: Descriptor, name: str, wanted: Wanted, of: str) -> Expression:
        """What a message has under a name."""
        field = self._fields.found(message, name)
        if field is None:
            return NULL
        value = self._field(field, wanted, self._fields.attribute(field, of))
        return self._fields.where_set(field, of, value)

    def _field(self, field: FieldDescriptor, wanted: Wanted, value: str) -> Expression:
        match wanted:
            case Leaf() if field.is_repeated:
                return self._leaves.of_many(field, wanted, value)
            case Many() if field.is_repeated and not map_entry(field):
                return Expression(self._each(wanted, self._one(field, wanted.of, _ITEM), value))
            case Entries() if entry := map_entry(field):
                return Expression(self._entries(entry, wanted.of, value))
            case _ if field.is_repeated:
                raise UnsuitedError
            case _:
                return self._one(field, wanted, value)

    def _one(self, field: FieldDescriptor, wanted: Wanted, value: str) -> Expression:
        """One value of a field."""
        if field.message_type:
            return self._message(field.message_type, wanted, value)
        if isinstance(wanted, Leaf):
            return self._leaves.of_field(field, wanted, value)
        raise UnsuitedError

    def _each(self, wanted: Many, item: Expression, values: str) -> str:
        text = self._never_null(item) if wanted.required else item.text
        return f"[*{values}]" if text == _ITEM else f"[{text} for {_ITEM} in {values}]"

    def _never_null(self, value: Expression) -> str:
        return f"{self._there}({value.text})" if value.nullable else value.text

    def _entries(
        self, entry: tuple[FieldDescriptor, FieldDescriptor], wanted: Object, value: str
    ) -> str:
        key, held = entry
        texts = {part.key: self._entry_part(part, key, held) for part in wanted.parts}
        return f"[{self._made(texts)} for {_KEY}, {_ITEM} in {value}.items()]"

    def _entry_part(self, part: Part, key: FieldDescriptor, held: FieldDescriptor) -> str:
        match part.name, part.of:
            case _, Constant(text):
                found = _constant(text)
            case "key", Leaf() as leaf:
                found = self._leaves.of_key(key, leaf, _KEY)
            case "value", (Leaf() | Many() | Entries() | Object() | Varied()) as wanted:
                found = self._one(held, wanted, _ITEM)
            case _:
                raise UnsuitedError
        return self._never_null(found) if part.required else found.text

    def _union(self, message: Descriptor, wanted: Varied, value: str) -> str:
        """What is wanted of the one field that is set."""
        parts = self._readers.union(message)
        if not parts or wanted.tag != CHOSEN:
            raise UnsuitedError
        named = names(message)
        lines = [f"c = {_MESSAGE}.WhichOneof({self._source.name(_oneof(parts[0]))})"]
        for part in parts:
            held = self._fields.attribute(part, _MESSAGE)
            chosen = _chosen(wanted, named[part.number])
            read = self._object(self._plain(part.message_type), chosen, held)
            lines.append(f"if c == {self._source.name(part.name)}: return {read}")
        return f"{self._source.function(*lines)}({value}, h)"

    def _object(self, message: Descriptor, wanted: Object, value: str) -> str:
        if wanted.boxed:
            raise UnsuitedError
        flat = value == _ITEM and all(isinstance(part.of, Leaf | Constant) for part in wanted.parts)
        of = _ITEM if flat else _MESSAGE
        shown = [part for part in wanted.parts if part.key]
        made = self._made({part.key: self._part(message, part, of) for part in shown})
        if flat:
            return made
        holes = list(self._holes(message, wanted))
        body = (f"o = {made}", *holes, "return o") if holes else (f"return {made}",)
        return f"{self._source.function(*body)}({value}, h)"

    def _part(self, message: Descriptor, part: Part, of: str) -> str:
        match part.of:
            case Constant(text):
                found = _constant(text)
            case Slot():
                return NULL.text
            case wanted:
                found = self._member(message, part.name, wanted, of)
        return self._never_null(found) if part.required else found.text

    def _made(self, texts: Mapping[str, str]) -> str:
        """An object of these parts, by their response keys."""
        keys = {_place(index): key for index, key in enumerate(texts)}
        # Nothing in an answer refers back to it, so the garbage collector need not look.
        made = msgspec.defstruct("Selected", [(each, Any) for each in keys], rename=keys, gc=False)
        return f"{self._source.name(made)}({', '.join(texts.values())})"

    def _holes(self, message: Descriptor, wanted: Object) -> Iterator[str]:
        """The lines that note the slots of an object, `o`."""
        index = 0
        for part in wanted.parts:
            if isinstance(part.of, Slot):
                place = _place(index) if part.key else ""
                texts = (self._needs.of(message, steps, _MESSAGE) for steps in part.of.needs)
                parts = "".join(f"{text}, " for text in texts)
                self.slots = max(self.slots, part.of.index + 1)
                yield f"h[{part.of.index:d}].append({self._hole}(o, {place!r}, ({parts})))"
            index += bool(part.key)


def _oneof(field: FieldDescriptor) -> str:
    """The name of the oneof that a field is in."""
    oneof = field.containing_oneof
    return oneof.name if oneof else ""


def _place(index: int) -> str:
    """What an object calls its part of that index."""
    return f"p{index}"


def _constant(value: str | None) -> Expression:
    return Expression(repr(value), nullable=value is None)


def _chosen(wanted: Varied, name: str) -> Object:
    """What is wanted of the field of that name, where it is the one that is set."""
    chosen = wanted.objects.get((wanted.tags or {}).get(name, ""))
    slots = (part.of for part in chosen.parts if isinstance(part.of, Slot)) if chosen else ()
    if chosen is None or any(
        steps[:1] in {(), (CHOSEN,)} for slot in slots for steps in slot.needs
    ):
        # The value of a union is more than the one of its field.
        raise UnsuitedError
    return chosen


def _there(value: Any) -> Any:
    if value is None:
        raise Surprise("null, where something was promised")
    return value
