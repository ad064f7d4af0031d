"""The arguments that a field which joins has of its own."""

import re
from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLArgument,
    GraphQLInputType,
    InputValueDefinitionNode,
    NonNullTypeNode,
    print_ast,
)
from graphql.type import GraphQLDefaultInput

from schema.extend.model import Call, Wrong
from schema.extend.world import Typed, World
from schema.shaping.apply import fits_default
from schema.taking import Taking
from schema.types import Types


def arguments(world: World, types: Types, call: Call, prefer: str) -> dict[str, Typed]:
    """What each takes; `prefer` as `World.input` says. Raises `Wrong` and `Waiting`."""
    found: dict[str, Typed] = {}
    for node in call.field.arguments or ():
        if node.name.value in found:
            raise Wrong(node, f"{node.name.value!r} is there twice")
        _check_passed_on(call, node)
        typed = found[node.name.value] = world.input(node.type, prefer)
        if node.default_value is not None and not _fits_default(types, node, typed):
            shown = f"{print_ast(node.default_value)} does not fit {world.shown(typed)}"
            raise Wrong(node.default_value, shown)
    return found


def _check_passed_on(call: Call, node: InputValueDefinitionNode) -> None:
    """Raises `Wrong` for what a client would say in vain."""
    name = node.name.value
    if not re.search(rf"\$args\.{name}\b", print_ast(call.arguments)):
        raise Wrong(node, f"{name} is not passed on: nothing in args is $args.{name}")


def _fits_default(types: Types, node: InputValueDefinitionNode, typed: Typed) -> bool:
    of_type = types.input(typed.upstream, typed.ref)
    return node.default_value is None or fits_default(node.default_value, of_type)


def always(call: Call) -> Iterator[str]:
    """Those that are there unless a client says null."""
    for one in call.field.arguments or ():
        if isinstance(one.type, NonNullTypeNode) or one.default_value is not None:
            yield one.name.value


def taking(types: Types, call: Call, said: Mapping[str, Typed]) -> Taking:
    """How they become what the join is told."""
    nodes = {one.name.value: one for one in call.field.arguments or ()}
    changes = {
        name: change
        for name, typed in said.items()
        if (change := types.taken(typed.upstream, typed.ref, name))
    }
    taken = {
        name: _argument(nodes[name], types.input(typed.upstream, typed.ref))
        for name, typed in said.items()
    }
    return Taking(taken, changes, ours=True)


def _argument(node: InputValueDefinitionNode, of_type: GraphQLInputType) -> GraphQLArgument:
    return GraphQLArgument(
        of_type,
        default=GraphQLDefaultInput(literal=node.default_value) if node.default_value else None,
        description=node.description.value if node.description else None,
        out_name=node.name.value,
    )
