"""What a type has that rules may speak of, by the names it has without them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from schema.enums import Enum
from schema.extend.world import Typed, World
from schema.fields import named_fields
from schema.merge import Merged, Root, RootField, namespace_type
from upstreams.model import EnumType, Field, TypeDef, TypeRef, UnionType, message


@dataclass(frozen=True, slots=True)
class Known:
    """A field, with or without arguments, or a value."""

    typed: Typed | None
    """None: a value."""
    arguments: Mapping[str, Field] = field(default_factory=dict)


def root_types(merged: Merged) -> dict[str, list[RootField]]:
    """The root fields by the name of the type that has them."""
    found: dict[str, list[RootField]] = {root.value: [] for root in Root}
    for one in merged.root_fields:
        name = namespace_type(one.namespace, one.root) if one.namespace else one.root.value
        found.setdefault(name, []).append(one)
    return found


def of_root(fields: list[RootField]) -> dict[str, Known]:
    """The fields of a root type or of a namespace."""
    return {
        one.name: Known(Typed(one.upstream, given(one)), named_fields(one.function.arguments))
        for one in fields
    }


def given(root: RootField) -> TypeRef:
    """What a root field gives: of a subscription, each event."""
    return message(root.function) if root.root is Root.SUBSCRIPTION else root.function.returns


def of_type(world: World, upstream: str, definition: TypeDef) -> dict[str, Known]:
    """The fields or values of a type of a catalog, those of its links included."""
    known = dict(_of_type(world, upstream, definition))
    aligned = world.aligned(upstream, definition.key, known)
    return {shown: known[name] for shown, name in aligned.items()}


def _of_type(world: World, upstream: str, definition: TypeDef) -> Iterator[tuple[str, Known]]:
    match definition:
        case UnionType():
            return
        case EnumType():
            yield from ((name, Known(None)) for name in Enum("_", definition).values)
        case _:
            for name, one in named_fields(definition.fields).items():
                yield name, Known(Typed(upstream, one.type), named_fields(one.arguments))
            for link in world.links(upstream, definition.key):
                returns = Typed(link.upstream, link.function.returns)
                yield link.name, Known(returns, named_fields(link.arguments))
