"""Keys as they are written, checked against the fields that there are."""

from collections.abc import Callable, Iterator
from typing import Any

from graphql import (
    FieldNode,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    parse,
)

from schema.extend.fits import is_key
from schema.extend.model import Wrong, near
from schema.extend.world import Typed, World
from schema.federation.keys import Key, KeyField
from schema.fields import named_fields
from schema.types import Types
from upstreams.model import Field, Named, ObjectType, nullable

_MOST_TOKENS = 200


class KeyReader:
    """Reads the keys of one type."""

    def __init__(self, world: World, types: Types, typed: Typed) -> None:
        self._world = world
        self._types = types
        self._typed = typed

    def read(self, node: StringValueNode) -> Key:
        """The key that is written as a set of fields. Raises `Wrong`."""
        return Key(tuple(self._fields(node, _selected(node), self._typed)))

    def _fields(
        self, node: StringValueNode, selected: SelectionSetNode, typed: Typed
    ) -> Iterator[KeyField]:
        known = self._shown(typed)
        seen: set[str] = set()
        for one in selected.selections:
            if not isinstance(one, FieldNode) or one.alias or one.arguments or one.directives:
                raise Wrong(node, "key: only fields make a key, as they are")
            name = one.name.value
            if name in seen:
                raise Wrong(node, f"key: {name} is named twice")
            seen.add(name)
            if name not in known:
                shown = self._world.spelled(typed)
                raise Wrong(
                    node, f"key: {shown} has no field {name!r} of its backend{near(name, known)}"
                )
            yield self._field(node, one, known[name], typed.upstream)

    def _shown(self, typed: Typed) -> dict[str, Field]:
        """The fields that clients see, by the names that they see."""
        definition = self._world.definition(typed)
        if not isinstance(definition, ObjectType) or definition.box:
            return {}
        named = named_fields(definition.fields)
        shape = self._types.known.shapes.of(typed.upstream, definition.key)
        return {shown: named[name] for name, shown, _ in shape.shown(named)}

    def _field(
        self, node: StringValueNode, written: FieldNode, field: Field, upstream: str
    ) -> KeyField:
        name, typed = written.name.value, Typed(upstream, field.type)
        if field.arguments:
            raise Wrong(node, f"key: {name} takes arguments, which no key may")
        if is_key(self._world, typed):
            if written.selection_set:
                raise Wrong(node, f"key: {name} is {self._world.shown(typed)}, without fields")
            return KeyField(name, field.name, field.type, self._leaf(typed, name))
        if not self._shown(typed):
            raise Wrong(node, f"key: {name} is {self._world.shown(typed)}, which cannot be a key")
        if written.selection_set is None:
            raise Wrong(node, f"key: which fields of {name}? `{name} {{ … }}`")
        fields = self._fields(node, written.selection_set, typed)
        return KeyField(name, field.name, field.type, None, tuple(fields))

    def _leaf(self, typed: Typed, name: str) -> Callable[[Any], Any]:
        ref = nullable(typed.ref)
        coerce = self._types.input(typed.upstream, ref).coerce_input_value
        change = self._types.taken(typed.upstream, ref, name) if isinstance(ref, Named) else None
        if change is None:
            return lambda value: coerce(value)
        return lambda value: change(coerce(value))


def _selected(node: StringValueNode) -> SelectionSetNode:
    """Raises `Wrong` for what is no set of fields."""
    try:
        document = parse(f"{{ {node.value} }}", no_location=True, max_tokens=_MOST_TOKENS)
    except GraphQLSyntaxError as error:
        raise Wrong(node, "key: a set of fields is wanted: `id`, `sku shop { id }`") from error
    operation = document.definitions[0]
    if len(document.definitions) > 1 or not isinstance(operation, OperationDefinitionNode):
        raise Wrong(node, "key: a set of fields is wanted: `id`, `sku shop { id }`")
    return operation.selection_set
