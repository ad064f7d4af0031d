"""What is said of every type before it is made: by its catalog, by other upstreams, by users."""

from collections.abc import Iterable, Mapping, Sequence

from schema.join import MAX_CALLS
from schema.joins.field import JoinField
from schema.links import LinkFields
from schema.merge import Merged
from schema.shaping.coded.model import CodedField
from schema.shaping.computed import ComputedField
from schema.shaping.shapes import Shapes, TypeKey
from upstreams.model import Named, ObjectType, TypeDef, TypeRef, innermost


class Known:
    """The definitions of everything merged, and what is added to them or shown otherwise."""

    def __init__(self, merged: Merged, links: Mapping[str, LinkFields]) -> None:
        """`links` are those that clients see, by upstream."""
        self.merged = merged
        self.links = links
        self.definitions: Mapping[str, Mapping[str, TypeDef]] = {
            upstream: {definition.key: definition for definition in catalog.types}
            for upstream, catalog in merged.catalogs.items()
        }
        """By upstream and key."""
        self.joins: Mapping[TypeKey, Iterable[JoinField]] = {}
        """Fields that users add, by the upstream and the key of their types."""
        self.computed: Mapping[TypeKey, Iterable[ComputedField]] = {}
        """Fields that users have worked out, in the same way."""
        self.coded: Mapping[TypeKey, Iterable[CodedField]] = {}
        """Fields that users write in Python, in the same way."""
        self.shapes = Shapes()
        """What is shown otherwise than the catalogs say; it must be known before a type is made."""
        self.max_calls = MAX_CALLS
        """How many calls a join makes for one answer where each object has a call of its own."""

    def sources(self, upstream: str, key: str) -> Sequence[TypeKey]:
        """All that the type is made of, the first of them first."""
        return self.merged.sources.get((upstream, key), ((upstream, key),))

    def name(self, upstream: str, key: str) -> str:
        """What clients call the type."""
        return self.shapes.of(upstream, key).name or self.merged.type_names[upstream][key]

    def description(self, upstream: str, definition: TypeDef) -> str | None:
        """What clients are told of the type, by users or else by the first who says anything."""
        shape = self.shapes.of(upstream, definition.key)
        told = (
            self.definitions[owner][key].description
            for owner, key in self.sources(upstream, definition.key)
        )
        return shape.description or next(filter(None, told), None)

    def is_hidden(self, upstream: str, ref: TypeRef) -> bool:
        """Whether clients do not see the type that values are of in the end."""
        leaf = innermost(ref)
        return isinstance(leaf, Named) and self.shapes.of(upstream, leaf.key).hidden

    def is_box(self, upstream: str, key: str) -> bool:
        """Whether the type stands for values that are no objects."""
        definition = self.definitions[upstream][key]
        return isinstance(definition, ObjectType) and definition.box
