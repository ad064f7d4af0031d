"""The field `_entities`, as its resolver, plans and `splice explain` know it."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import FieldNode, GraphQLObjectType, get_argument_values

from schema.checked import FieldOf
from schema.federation.keys import Key
from schema.fields import Member

TYPENAME = "__typename"
REPRESENTATIONS = "representations"


class EntityMember(Member):
    """What gives an entity, as if it were a field of what is known of it: one of its keys."""

    of_type: GraphQLObjectType
    key: Key


class EntitiesMember(FieldOf):
    """`_entities`."""

    ways: Mapping[str, Sequence[EntityMember]]
    """By the entity's name, one for each key that it can be asked for by."""
    most: int
    """How many objects it may be asked for."""

    def said(self, node: FieldNode, variables: Any) -> Sequence[Any]:
        """The representations that a client's node gives. Raises `GraphQLError`."""
        given: Sequence[Any] = get_argument_values(self, node, variables)[REPRESENTATIONS]
        return given

    def way(self, representation: Any) -> EntityMember | None:
        """By the first key that is there whole; None for what cannot be asked for."""
        name = representation.get(TYPENAME) if isinstance(representation, dict) else None
        ways = self.ways.get(name, ()) if isinstance(name, str) else ()
        return next((one for one in ways if one.key.is_in(representation)), None)
