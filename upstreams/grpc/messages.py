"""What the parts of a message are called, which of them go in and come out, and how they group."""

import enum
from collections.abc import Iterator, Mapping, Sequence

from google.protobuf.descriptor import (
    Descriptor,
    EnumDescriptor,
    FieldDescriptor,
    OneofDescriptor,
)

from upstreams.grpc.model import ARGUMENT, FIELD_MASK, MEANINGS
from upstreams.grpc.options import only_comes_out, only_goes_in


class Way(enum.Enum):
    """Where a value goes: a message has a type for each."""

    IN = ":input"
    OUT = ""


def fields(message: Descriptor) -> Sequence[FieldDescriptor]:
    """The fields of a message, and after them those that extend it, by their numbers."""
    if not message.is_extendable:
        return tuple(message.fields)
    extensions = message.file.pool.FindAllExtensions(message)
    return (*message.fields, *sorted(extensions, key=lambda field: field.number))


def offered(message: Descriptor, way: Way) -> Sequence[FieldDescriptor]:
    """The fields that clients may give, or may see (AIP-203); what must be there is offered."""
    hidden = only_comes_out if way is Way.IN else only_goes_in
    return [field for field in fields(message) if field.is_required or not hidden(field)]


def names(message: Descriptor) -> Mapping[int, str]:
    """What clients call the fields of a message, by number: their JSON names.

    Where two fields share one, which proto2 allows, those after the first keep their own name. An
    extension is called `[its.full.name]`, as in protobuf's JSON.
    """
    given: dict[int, str] = {}
    taken: set[str] = set()
    for field in fields(message):
        if field.is_extension:
            given[field.number] = f"[{field.full_name}]"
            continue
        name = field.name if field.json_name in taken else field.json_name
        taken.add(name)
        given[field.number] = name
    return given


def field_of(message: Descriptor, name: str) -> FieldDescriptor | None:
    """The field that clients, or else its message, call by that name."""
    given = names(message)
    found = (field for field in fields(message) if given[field.number] == name)
    return next(found, None) or message.fields_by_name.get(name)


def mask_in(request: Descriptor, written: str) -> tuple[str, ...] | None:
    """Where a FieldMask is: `input.options.readMask` -> `("options", "read_mask")`; or None."""
    steps = []
    message: Descriptor | None = request
    for step in written.removeprefix(f"{ARGUMENT}.").split("."):
        field = field_of(message, step) if message else None
        if field is None or field.is_repeated:
            return None
        steps.append(field.name)
        message = field.message_type
    return tuple(steps) if message is not None and message.full_name == FIELD_MASK else None


def read_mask(request: Descriptor) -> tuple[str, ...] | None:
    """The FieldMask that by its name says what is to be read (AIP-157); None where none does."""
    return mask_in(request, "read_mask") or mask_in(request, "field_mask")


def choices(message: Descriptor) -> Iterator[OneofDescriptor]:
    """The oneofs that offer a choice; protoc makes one of a single field for each `optional`."""
    return (oneof for oneof in message.oneofs if len(oneof.fields) > 1)


def only_choice(message: Descriptor, way: Way) -> Sequence[FieldDescriptor]:
    """The fields of a message that is nothing but one oneof; none for any other message."""
    parts = offered(message, way)
    holders = {field.containing_oneof and field.containing_oneof.full_name for field in parts}
    return parts if len(parts) > 1 and len(holders) == 1 and None not in holders else ()


def alternatives(message: Descriptor) -> Sequence[FieldDescriptor]:
    """The fields of a message whose value is, coming out, the value of the one that is set.

    Such a message is nothing but one oneof, and its fields are messages of as many types, none of
    which is a leaf or a choice again: then the type alone says which was set.
    """
    parts = only_choice(message, Way.OUT)
    objects = (part.message_type for part in parts if _is_object(part.message_type))
    types = {held.full_name for held in objects if held}
    return parts if len(types) == len(parts) else ()


def _is_object(message: Descriptor | None) -> bool:
    if message is None or message.full_name in MEANINGS:
        return False
    return not only_choice(message, Way.OUT)


def may_lack(message: Descriptor) -> bool:
    """Whether a message of this type can lack a field that it, or one within it, must have."""
    seen = {message.full_name: message}
    waiting = [message]
    while waiting:
        held = waiting.pop()
        if held.is_extendable or any(field.is_required for field in held.fields):
            return True
        below = [field.message_type for field in held.fields if field.message_type]
        waiting += [each for each in below if each.full_name not in seen]
        seen.update((each.full_name, each) for each in below)
    return False


def map_entry(field: FieldDescriptor) -> tuple[FieldDescriptor, FieldDescriptor] | None:
    """The fields that hold a map's keys and its values; None for a field that is no map."""
    entry = field.message_type
    if entry is None or not entry.has_options or not entry.GetOptions().map_entry:
        return None
    return entry.fields_by_name["key"], entry.fields_by_name["value"]


def enum_names(enum: EnumDescriptor) -> Mapping[int, str]:
    """The name of each number; of several, the first, as in protobuf's JSON."""
    return {value.number: value.name for value in reversed(enum.values)}
