"""How what clients give, coerced by GraphQL, becomes what a backend takes."""

from collections.abc import Mapping
from typing import Any

from schema.fields import groups, named_fields
from schema.shaping.shapes import TypeKey
from schema.sources import MergedEnum
from schema.types.known import Known
from schema.types.table import Table
from schema.values import Change, each, mapping, members, renamed
from upstreams.model import InputType, ListOf, MapOf, Named, Required, Scalar, TypeRef


class Taken:
    """The changes of values that go in, one for each type."""

    def __init__(self, known: Known, table: Table) -> None:
        self._known = known
        self._table = table
        self._changes: dict[TypeKey, Change | None] = {}

    def change(self, upstream: str, ref: TypeRef, place: str) -> Change | None:
        """How a coerced argument becomes the backend's value; None: as it is.

        Entries become maps again, and of fields that exclude each other at most one may be given.
        `place` is what a client calls the argument.
        """
        match ref:
            case Required(of):
                return self.change(upstream, of, place)
            case ListOf(of):
                item = self.change(upstream, of, place)
                return item and each(item)
            case MapOf(of):
                return mapping(self.change(upstream, of, place), place)
            case Named(key):
                return self._named(upstream, key)
            case Scalar():
                return None

    def _named(self, upstream: str, key: str) -> Change | None:
        definition = self._known.definitions[upstream][key]
        if not isinstance(definition, InputType):
            named = self._table.named(upstream, key)
            return named.given(upstream) if isinstance(named, MergedEnum) else None
        if not definition.fields:
            return _nothing
        identity = (upstream, key)
        if identity not in self._changes:
            type_name = self._known.name(upstream, key)
            fields = named_fields(definition.fields)
            changes: dict[str, Change] = {}
            exclusive = groups(definition.exclusive, fields)
            own = self._own_names(upstream, definition)
            whole = members(changes, exclusive, type_name)
            # Noted before the changes of its fields, which may lead back to it.
            self._changes[identity] = renamed(own, whole) if own else whole
            for name, field in fields.items():
                if change := self.change(upstream, field.type, f"{type_name}.{name}"):
                    changes[field.name] = change
            if not changes and not exclusive and not own:
                self._changes[identity] = None
        return self._changes[identity]

    def _own_names(self, upstream: str, definition: InputType) -> Mapping[str, str]:
        """The backend's names of the fields of a merged input, by those that clients see."""
        if len(self._known.sources(upstream, definition.key)) == 1:
            return {}
        named = named_fields(definition.fields)
        shape = self._known.shapes.of(upstream, definition.key)
        return {shown: named[name].name for name, shown, _ in shape.shown(named)}


def _nothing(_: Any) -> dict[str, Any]:
    """An input without fields: what stands in for them is ours alone."""
    return {}
