"""Namespaces: fields of Query and Mutation that have the root fields of some upstreams below them.

The fields of a namespace of Mutation run one after the other, as those of Mutation itself do
(specification §6.2.2).
"""

from typing import Any

from graphql import GraphQLNonNull, GraphQLObjectType, GraphQLResolveInfo
from graphql.pyutils import Path

from schema.checked import FieldOf, Object
from schema.merge import Root


class Namespace(Object):
    """The type of a namespace."""

    root: Root


class NamespaceMember(FieldOf):
    """The field that leads to it."""

    def __init__(self, namespace: Namespace, description: str) -> None:
        super().__init__(
            GraphQLNonNull(namespace),
            # The fields below have their values from elsewhere; this must only not be null.
            resolve=lambda _source, _info: {},
            description=description,
        )
        self.namespace = namespace


def in_series(of_type: GraphQLObjectType) -> bool:
    """Whether the fields of a type run one after the other although it is no root."""
    return isinstance(of_type, Namespace) and of_type.root is Root.MUTATION


def top(info: GraphQLResolveInfo[Any]) -> tuple[str | int, ...]:
    """The path of the field that a function's answer is at the top of: it may be in a namespace."""
    path: Path | None = info.path
    keys: list[str | int] = []
    above: list[str | None] = []
    while path is not None:
        keys.append(path.key)
        above.append(path.typename)
        path = path.prev
    name = above[-2] if len(above) > 1 else None
    inside = name is not None and isinstance(info.schema.type_map.get(name), Namespace)
    return tuple(keys[: -3 if inside else -2 : -1])
