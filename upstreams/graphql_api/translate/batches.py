"""Root fields that answer for many keys at once: `customers(ids: [ID!]!): [Customer]`."""

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLType,
)

from upstreams.model import Batch


def batch(field: GraphQLField) -> Batch | None:
    """How the field is asked for many keys; None where it is not.

    It takes a list of keys, named after the field of an item that has one, and needs nothing else.
    """
    item = _item(field.type)
    needed = [name for name, one in field.args.items() if _is_needed(one)]
    if len(needed) != 1 or not isinstance(item, GraphQLObjectType):
        return None
    name = needed[0]
    key = item.fields.get(name.removesuffix("s"))
    if key is None or key.args or not name.endswith("s"):
        return None
    if _item(field.args[name].type) is not _plain(key.type):
        return None
    return Batch((name,), name.removesuffix("s"))


def _is_needed(argument: GraphQLArgument) -> bool:
    return isinstance(argument.type, GraphQLNonNull) and argument.default is None


def _item(of_type: GraphQLType) -> GraphQLType | None:
    """What a list has, null aside; None where it is no list."""
    plain = _plain(of_type)
    return _plain(plain.of_type) if isinstance(plain, GraphQLList) else None


def _plain(of_type: GraphQLType) -> GraphQLType:
    inner: GraphQLType = of_type.of_type if isinstance(of_type, GraphQLNonNull) else of_type
    return inner
