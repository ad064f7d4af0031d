"""Pure: which methods answer for many keys at once.

Such a method takes one list of keys, names no other thing that must be given, and gives one list of
objects, each with the key it answers: AIP-231's `BatchGet…`, and what is shaped like it.
"""

from collections.abc import Iterator

from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor

from upstreams.grpc.messages import Way, map_entry, names, offered
from upstreams.grpc.model import ARGUMENT, MEANINGS
from upstreams.grpc.translate.effects import effect
from upstreams.grpc.translate.refs import Refs
from upstreams.model import Batch, Effect

_KEYS = frozenset(
    {
        *(FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_INT64),
        *(FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_UINT64),
        *(FieldDescriptor.TYPE_FIXED32, FieldDescriptor.TYPE_FIXED64),
        *(FieldDescriptor.TYPE_SINT32, FieldDescriptor.TYPE_SINT64),
        *(FieldDescriptor.TYPE_SFIXED32, FieldDescriptor.TYPE_SFIXED64),
    }
)
"""The types of fields by which one thing is told from another."""
_AIP = ("BatchGet", "batchGet")


def batch(method: MethodDescriptor, refs: Refs) -> Batch | None:
    """How a method that reads answers for many keys; None where it does not."""
    if method.client_streaming or method.server_streaming or effect(method) is not Effect.READ:
        return None
    keys, items = _keys(method, refs), _items(method.output_type, refs)
    if keys is None or items is None:
        return None
    listed, item = items
    key = _key(keys, item)
    if key is None:
        return None
    return Batch(
        argument=(ARGUMENT, names(method.input_type)[keys.number]),
        key=names(item)[key.number],
        items=(names(method.output_type)[listed.number],),
    )


def _keys(method: MethodDescriptor, refs: Refs) -> FieldDescriptor | None:
    """The one list of keys that a method takes, where it is all that must be given.

    Only `BatchGet…` may take more beside it: the name of another method says nothing of what the
    further fields do to the list.
    """
    given = offered(method.input_type, Way.IN)
    lists = [field for field in given if field.is_repeated]
    if len(lists) != 1 or lists[0].type not in _KEYS:
        return None
    others = [field for field in given if field is not lists[0]]
    if others and not method.name.startswith(_AIP):
        return None
    return None if any(map(refs.required, others)) else lists[0]


def _items(answer: Descriptor, refs: Refs) -> tuple[FieldDescriptor, Descriptor] | None:
    """The one list of objects in an answer, and what they are."""
    lists = [field for field in offered(answer, Way.OUT) if field.is_repeated]
    if len(lists) != 1 or map_entry(lists[0]):
        return None
    item = lists[0].message_type
    if item is None or item.full_name in MEANINGS or refs.union(item):
        return None
    return lists[0], item


def _key(keys: FieldDescriptor, item: Descriptor) -> FieldDescriptor | None:
    """The field of an item that says which key it answers."""
    candidates = {field.name: field for field in offered(item, Way.OUT)}
    for name in _singulars(keys.name, item):
        field = candidates.get(name)
        if field and field.type == keys.type and not field.is_repeated:
            return field
    return None


def _singulars(keys: str, item: Descriptor) -> Iterator[str]:
    """What an item may call its key: `user_ids` -> `user_id`, and `id` if it is a `User`."""
    singular = keys.removesuffix("s")
    if singular == keys:
        return
    yield singular
    noun, _, last = singular.rpartition("_")
    if noun.replace("_", "") == item.name.lower():
        yield last
