"""The schema as composition is told of it: clients' own SDL with keys and the other directives.

What is about this gateway alone (`_gateway`, and what a router asks) is left out, so that several
gateways may be subgraphs of one supergraph.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOneOfDirective,
    GraphQLSchema,
    GraphQLUnionType,
    is_specified_scalar_type,
    print_directive,
    print_type,
)
from graphql.utilities.print_schema import (
    print_args,
    print_block,
    print_deprecated,
    print_description,
    print_implemented_interfaces,
)

from schema.checked import Object
from schema.extend.model import Problem
from schema.federation.check import Entity, Subgraph
from schema.federation.marks import Marks, fields_of_objects, found, types_and_fields
from schema.federation.model import Federation
from schema.fields import RootMember
from schema.reach import reached

SERVICE = "_service"
VERSION = "https://specs.apollo.dev/federation/v2.3"
_SUBGRAPH = "subgraph"
"""Where a schema keeps what it is to composition."""
_SDL = "subgraph SDL"
"""And where what it tells of that."""


def keep(
    schema: GraphQLSchema, subgraph: Subgraph, settings: Federation, ours: Iterable[str]
) -> Subgraph:
    """What a schema is to composition, which it then knows, with all that is said of its types.

    `ours` are the types that every gateway makes alike, which are shareable by themselves.
    """
    types = composed(schema, subgraph)
    problems: list[Problem] = []
    always = {one.name for one in types} & set(ours)
    shareable = found("shareable", settings.shareable, fields_of_objects(types), problems)
    hidden = found("inaccessible", settings.inaccessible, types_and_fields(types), problems)
    told = replace(
        subgraph,
        marks=Marks(shareable | always, hidden),
        # What is not found yet may be known once every upstream is discovered.
        problems=(*subgraph.problems, *(problems if subgraph.complete else ())),
    )
    schema.extensions[_SUBGRAPH] = told
    return told


def subgraph_of(schema: GraphQLSchema) -> Subgraph | None:
    """What a schema is to composition, where it is a subgraph."""
    found: Subgraph | None = schema.extensions.get(_SUBGRAPH)
    return found


def subgraph_sdl(schema: GraphQLSchema) -> str:
    """The SDL of a schema that is a subgraph, made once."""
    known: str | None = schema.extensions.get(_SDL)
    if known is None:
        subgraph = subgraph_of(schema)
        assert subgraph is not None  # noqa: S101 - only such a schema is asked for it
        known = schema.extensions[_SDL] = _sdl(schema, subgraph)
    return known


def _sdl(schema: GraphQLSchema, subgraph: Subgraph) -> str:
    types = composed(schema, subgraph)
    parts = [_link(subgraph), *(_type(one, subgraph) for one in types)]
    if any(isinstance(one, GraphQLInputObjectType) and one.is_one_of for one in types):
        # Younger than the GraphQL that composition knows, which takes what is defined.
        parts.append(print_directive(GraphQLOneOfDirective))
    return "\n\n".join(parts) + "\n"


def _link(subgraph: Subgraph) -> str:
    used = {
        "@key": subgraph.entities,
        "@shareable": subgraph.marks.shareable,
        "@inaccessible": subgraph.marks.inaccessible,
    }
    imports = ", ".join(f'"{name}"' for name, there in used.items() if there)
    return f'extend schema @link(url: "{VERSION}", import: [{imports}])'


def composed(schema: GraphQLSchema, subgraph: Subgraph) -> list[GraphQLNamedType]:
    """The types that composition is told of, in the order they are reached."""
    entities = subgraph.entities.values()
    roots = [_query(schema), schema.mutation_type, schema.subscription_type]
    types = dict.fromkeys(reached([*filter(None, roots), *(one.type for one in entities)]))
    while more := [one for one in _implementing(schema, types) if one not in types]:
        types = dict.fromkeys(reached([*types, *more]))
    return [one for one in types if not is_specified_scalar_type(one)]


def _query(schema: GraphQLSchema) -> GraphQLNamedType | None:
    """Query without what is about this gateway alone; None where nothing else is there."""
    query = schema.query_type
    fields = query.fields if query else {}
    kept = {
        name: one
        for name, one in fields.items()
        if isinstance(one, RootMember) or not name.startswith("_")
    }
    return Object(query.name, kept, description=query.description) if query and kept else None


def _implementing(
    schema: GraphQLSchema, types: Iterable[GraphQLNamedType]
) -> Iterator[GraphQLNamedType]:
    for one in types:
        if isinstance(one, GraphQLInterfaceType):
            found = schema.get_implementations(one)
            yield from (*found.objects, *found.interfaces)


def _type(named: GraphQLNamedType, subgraph: Subgraph) -> str:
    marks = subgraph.marks
    if isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
        keyword = "type" if isinstance(named, GraphQLObjectType) else "interface"
        head = f"{keyword} {named.name}{print_implemented_interfaces(named)}"
        entity = subgraph.entities.get(named.name)
        keys = "".join(_keys(entity)) if entity else ""
        fields = [
            _field(name, one, marks.of(f"{named.name}.{name}"), first=not place)
            for place, (name, one) in enumerate(named.fields.items())
        ]
        own = f"{head}{keys}{marks.of(named.name)}{print_block(fields)}"
        return print_description(named) + own
    return _marked(named, marks.of(named.name))


def _keys(entity: Entity) -> Iterator[str]:
    for one in entity.keys:
        resolvable = "" if one.join else ", resolvable: false"
        yield f' @key(fields: "{one.key}"{resolvable})'


def _field(name: str, field: GraphQLField, marks: str, *, first: bool) -> str:
    described = print_description(field, "  ", first)  # type: ignore[arg-type]  # as its own do
    arguments = print_args(field.args, "  ")
    deprecated = print_deprecated(field.deprecation_reason)
    return f"{described}  {name}{arguments}: {field.type}{deprecated}{marks}"


def _marked(named: GraphQLNamedType, marks: str) -> str:
    """A type without fields that give values, with directives behind its name."""
    printed, described = print_type(named), print_description(named)
    body = " = " if isinstance(named, GraphQLUnionType) else " {"
    head, between, rest = printed[len(described) :].partition(body)
    return f"{described}{head}{marks}{between}{rest}"
