"""`_entities` and `_service`: how a router asks for objects, and for what it is to compose."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLString,
    GraphQLUnionType,
)

from schema.extend.model import near
from schema.failures import BAD_INPUT
from schema.federation.check import ENTITIES, Entity, Subgraph
from schema.federation.members import (
    REPRESENTATIONS,
    TYPENAME,
    EntitiesMember,
    EntityMember,
)
from schema.federation.narrow import narrowed
from schema.federation.sdl import SERVICE, subgraph_sdl
from schema.joins.resolve import join_resolver
from schema.request import Request
from schema.scalars import SCALARS
from schema.taking import Taking, variables_of
from schema.values import kind_of
from upstreams.model import ScalarKind

_NOTHING = Taking({}, {}, ours=True)


class _Told(dict[str, Any]):
    """An object with the type that it was asked for as."""

    type_name: str


def fields(subgraph: Subgraph) -> dict[str, GraphQLField]:
    """The root fields of Query that a subgraph has."""
    service = GraphQLObjectType(
        "_Service", {"sdl": GraphQLField(GraphQLString)}, description="This subgraph."
    )
    found = {
        SERVICE: GraphQLField(
            GraphQLNonNull(service), resolve=_service, description="What composition is to know."
        )
    }
    entities = [one for one in subgraph.entities.values() if one.resolvable]
    return {ENTITIES: _entities(subgraph, entities), **found} if entities else found


async def _service(_source: Any, info: GraphQLResolveInfo[Request]) -> dict[str, str]:
    # Of a large schema it takes a while, which other requests need not wait for.
    return {"sdl": await asyncio.to_thread(subgraph_sdl, info.schema)}


def _entities(subgraph: Subgraph, entities: list[Entity]) -> EntitiesMember:
    union = GraphQLUnionType(
        "_Entity",
        [one.type for one in entities],
        resolve_type=lambda value, _info, _type: value.type_name,
        description="Any type that other subgraphs may extend.",
    )
    given = GraphQLArgument(
        GraphQLNonNull(GraphQLList(GraphQLNonNull(_any()))),
        description="What other subgraphs know: `__typename`, and the fields of a key.",
    )
    made = EntitiesMember(
        GraphQLNonNull(GraphQLList(union)),
        args={REPRESENTATIONS: given},
        description="The objects that other subgraphs refer to, in the order of their keys.",
    )
    made.ways = {one.type.name: tuple(_ways(one)) for one in entities}
    made.most = subgraph.most
    made.resolve = _resolver(made)
    return made


def _ways(entity: Entity) -> Iterator[EntityMember]:
    for one in entity.keys:
        if one.join is not None:
            made = EntityMember(entity.type, resolve=join_resolver(one.join, _NOTHING, None))
            made.join, made.taking = one.join, _NOTHING
            made.of_type, made.key = entity.type, one.key
            yield made


def _any() -> GraphQLScalarType:
    json = SCALARS[ScalarKind.JSON]
    return GraphQLScalarType(
        "_Any",
        # What is in it is looked at where an error can say which of them is wrong.
        coerce_input_value=lambda value: value,
        coerce_input_literal=json.coerce_input_literal,
        description="What another subgraph knows of an object.",
    )


def _resolver(member: EntitiesMember) -> Callable[..., Any]:
    def resolve(
        _source: Any, info: GraphQLResolveInfo[Request], representations: list[Any]
    ) -> list[Awaitable[Any]]:
        if len(representations) > member.most:
            raise _wrong(f"{len(representations)} objects are asked for, {member.most} at most")
        asking = _Asking(member, info)
        return [asking.one(place, one) for place, one in enumerate(representations)]

    return resolve


class _Asking:
    """One such field of one request."""

    def __init__(self, member: EntitiesMember, info: GraphQLResolveInfo[Request]) -> None:
        self._member = member
        self._info = info
        self._infos: dict[str, GraphQLResolveInfo[Request]] = {}

    async def one(self, place: int, representation: Any) -> Any:
        """The object that is meant. Raises `GraphQLError`."""
        way = self._way(representation)
        parent = way.key.parent(representation)
        info = self._of_type(way.of_type)._replace(path=self._info.path.add_key(place))
        assert way.resolve is not None  # noqa: S101 - every way has one
        value = await way.resolve(parent, info)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise GraphQLError(f"an object was promised, {kind_of(value)} came")
        told = _Told(value)
        told.type_name = way.of_type.name
        return told

    def _way(self, representation: Any) -> EntityMember:
        """By which key it is asked for. Raises `GraphQLError`."""
        if (way := self._member.way(representation)) is not None:
            return way
        if not isinstance(representation, dict):
            raise _wrong(f"an object is wanted, {kind_of(representation)} came")
        name, known = representation.get(TYPENAME), self._member.ways
        if not isinstance(name, str):
            raise _wrong(f"{TYPENAME} must say which type is meant")
        if name not in known:
            raise _wrong(f"{name!r:.60} cannot be asked for here{near(name[:60], known)}")
        keys = " or ".join(repr(str(one.key)) for one in known[name])
        raise _wrong(f"{name} is asked for by {keys}, which is not there")

    def _of_type(self, of_type: GraphQLObjectType) -> GraphQLResolveInfo[Request]:
        """What there is to know where objects of one type are asked for."""
        known = self._infos.get(of_type.name)
        if known is None:
            info = self._info
            flags = variables_of(info)
            nodes = [
                narrowed(one, of_type, info.schema, info.fragments, flags)
                for one in info.field_nodes
            ]
            known = info._replace(return_type=of_type, field_nodes=nodes)
            self._infos[of_type.name] = known
        return known


def _wrong(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": BAD_INPUT})
