"""What cannot be shown because what it leads to is not."""

from collections.abc import Iterator, Mapping

from schema.extend.world import World
from schema.shaping.members import Known
from schema.shaping.shapes import TypeKey
from upstreams.model import InputType, Named, Required, TypeDef, TypeRef, UnionType, innermost


def spread(world: World, hidden: set[TypeKey]) -> set[TypeKey]:
    """The types that are hidden, and those that are nothing without them."""
    if not hidden:
        return hidden
    while more := {one for one in _nothing_without(world, hidden) if one not in hidden}:
        hidden = hidden | more
    return hidden


def _nothing_without(world: World, hidden: set[TypeKey]) -> Iterator[TypeKey]:
    for upstream, definition in world.definitions():
        if _needs(upstream, definition, hidden):
            yield upstream, definition.key


def _needs(upstream: str, definition: TypeDef, hidden: set[TypeKey]) -> bool:
    match definition:
        case UnionType(members=members):
            return all((upstream, key) in hidden for key in members)
        case InputType(fields=fields):
            return any(
                isinstance(one.type, Required) and leads(upstream, one.type, hidden)
                for one in fields
            )
        case _:
            return False


def leads(upstream: str, ref: TypeRef, hidden: set[TypeKey]) -> bool:
    """Whether a reference is one to a hidden type."""
    leaf = innermost(ref)
    return isinstance(leaf, Named) and (upstream, leaf.key) in hidden


def unseen(members: Mapping[str, Known], hidden: set[TypeKey]) -> Iterator[tuple[str, str | None]]:
    """The members that lead to what is hidden, or need it: a field, or an argument of one."""
    for name, known in members.items():
        if known.typed is None:
            continue
        upstream = known.typed.upstream
        lost = [
            argument
            for argument, one in known.arguments.items()
            if leads(upstream, one.type, hidden)
        ]
        needed = any(isinstance(known.arguments[one].type, Required) for one in lost)
        if needed or leads(upstream, known.typed.ref, hidden):
            yield name, None
        else:
            yield from ((name, argument) for argument in lost)
