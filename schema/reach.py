"""Which types lead to which, without recursion: chains of types may be long."""

from collections.abc import Iterable, Iterator

from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
)


def reached(types: Iterable[GraphQLNamedType]) -> list[GraphQLNamedType]:
    """The types and all that they lead to, each once, in the order they are met."""
    found: dict[GraphQLNamedType, None] = {}
    ahead = [iter(types)]
    while ahead:
        named = next(ahead[-1], None)
        if named is None:
            ahead.pop()
        elif named not in found:
            found[named] = None
            ahead.append(_next(named))
    return list(found)


def _next(named: GraphQLNamedType) -> Iterator[GraphQLNamedType]:
    match named:
        case GraphQLUnionType():
            yield from named.types
        case GraphQLObjectType() | GraphQLInterfaceType():
            yield from named.interfaces
            for field in named.fields.values():
                yield get_named_type(field.type)
                yield from (get_named_type(one.type) for one in field.args.values())
        case GraphQLInputObjectType():
            yield from (get_named_type(one.type) for one in named.fields.values())
        case _:
            pass
