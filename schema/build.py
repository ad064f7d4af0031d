"""Root fields and types as one executable schema."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLDeferDirective,
    GraphQLDirective,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLStreamDirective,
    print_ast,
    specified_directives,
    validate_schema,
)

from schema.checked import Object
from schema.execute import event_resolver, list_resolver, root_resolver, subscriber
from schema.extend.check import Extended, extend
from schema.extend.model import Call, Problem, place
from schema.extend.parse import Written
from schema.extend.world import Having, World
from schema.federation.check import Subgraph, subgraph
from schema.federation.model import Federation
from schema.federation.resolve import fields as router_fields
from schema.federation.sdl import keep
from schema.fields import RootMember, named_fields
from schema.join import MAX_CALLS
from schema.links import LinkFields, link_fields
from schema.lock.model import NO_LOCK, Lock
from schema.merge import (
    RESERVED_TYPES,
    Merged,
    Root,
    RootField,
    Showings,
    merge,
    namespace_type,
)
from schema.reach import reached
from schema.scalars import SCALARS
from schema.shaping.adopted import Fields, adopted, concrete
from schema.shaping.apply import applied, shown_links
from schema.shaping.coded.fields import coded
from schema.shaping.coded.model import OwnSchema
from schema.shaping.computed import Computed, computed
from schema.shaping.found import found
from schema.shaping.merging import Merging, merging
from schema.shaping.namespaces import Namespace, NamespaceMember
from schema.shaping.rules import Rule
from schema.shaping.shapes import MemberShape
from schema.shaping.showing import Merge
from schema.shaping.unmatched import unmatched
from schema.taking import Taking
from schema.types import Types
from upstreams.bulk import bulk
from upstreams.model import Catalog, Flow, ScalarKind, message, nullable


class SchemaError(Exception):
    """The catalogs do not make a valid GraphQL schema; each problem is a sentence."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Extensions:
    """What users add and change."""

    written: tuple[Written, ...] = ()
    """In SDL."""
    upstreams: tuple[str, ...] = ()
    """All that may be spoken of, discovered or not; none: those that are."""
    showings: Showings = field(default_factory=dict)
    """In the settings of upstreams."""
    federation: Federation | None = None
    """How the schema is a subgraph, where it is to be one."""
    merge: Merge = Merge.SAID
    """Which types of several upstreams are one."""
    max_calls: int = MAX_CALLS
    """How many calls a join makes for one answer where each object has a call of its own."""

    @property
    def may_be_wrong(self) -> bool:
        """Whether there is anything that upstreams may prove wrong."""
        return bool(self.written) or self.federation is not None

    @property
    def calls(self) -> tuple[Call, ...]:
        """The joins."""
        return tuple(one for one in self.written if isinstance(one, Call))

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What is said of what there is."""
        return tuple(one for one in self.written if isinstance(one, Rule))


_NONE = Extensions()
_EXTENDED = "extended"
"""Where a schema keeps what the extensions made of it."""


@bulk()
def build(
    catalogs: Mapping[str, Catalog],
    own: GraphQLSchema | None = None,
    extensions: Extensions = _NONE,
    lock: Lock = NO_LOCK,
) -> tuple[GraphQLSchema, Merged]:
    """The schema over all catalogs, and what everything in it is called.

    `own` is the gateway's own schema: its root fields and types are added, and their names are
    not given to anything else. What of the extensions cannot work, `extended_of` tells. Raises
    `SchemaError`.
    """
    fields = adopted(own) if own else {}
    try:
        named = merge(
            catalogs,
            fields_taken=own_fields(own) if own else (),
            types_taken=_own_types(own),
            lock=lock,
            showings=extensions.showings,
        )
        links = {name: link_fields(name, catalog) for name, catalog in named.catalogs.items()}
        links = shown_links(links, extensions.showings)
        merges = _merging(named, links, extensions, own)
        merged = merges.merged
        types = Types(merged, links)
        types.known.max_calls = extensions.max_calls
        extended = _extended(merges, types, extensions, own)
        part = _subgraph(merges, types, extensions)
        schema = _schema(merged, types, _with(part, fields), concrete(own) if own else [])
        extended = _with_unfit(extended, types)
        if part and extensions.federation:
            part = keep(schema, part, extensions.federation, _ours(merged))
            extended = replace(
                extended,
                problems=(*extended.problems, *part.problems),
                waiting=(*extended.waiting, *part.waiting),
            )
        schema.extensions[_EXTENDED] = extended
    except (LookupError, AttributeError, TypeError) as error:
        raise SchemaError([f"a type is missing or used in the wrong place: {error}"]) from error
    if problems := validate_schema(schema):
        raise SchemaError(problem.message for problem in problems)
    return schema, merged


def extended_of(schema: GraphQLSchema) -> Extended:
    """What the extensions made of a schema that was built here."""
    extended: Extended = schema.extensions[_EXTENDED]
    return extended


def _merging(
    named: Merged,
    links: Mapping[str, LinkFields],
    extensions: Extensions,
    own: GraphQLSchema | None,
) -> Merging:
    """The types of several upstreams that are one."""
    upstreams = extensions.upstreams or tuple(named.catalogs)
    taken = _taken(extensions, own)
    return merging(
        named,
        extensions.rules,
        lambda merged, aligned: World(merged, links, upstreams, extensions.calls, aligned),
        lambda rules, world: found(rules, world, named, taken),
        equal=extensions.merge is Merge.EQUAL,
    )


def _extended(
    merges: Merging, types: Types, extensions: Extensions, own: GraphQLSchema | None
) -> Extended:
    """What the extensions add and change, which the types then have."""
    merged = merges.merged
    vain = tuple(unmatched(extensions.showings, merged))
    written = own.coded if isinstance(own, OwnSchema) else ()
    if not extensions.written and not written:
        return Extended(vain=vain, notes=merges.notes)
    upstreams = extensions.upstreams or tuple(merged.catalogs)
    world = World(merged, types.known.links, upstreams, extensions.calls, merges.parts)
    rules = merges.rules(extensions.rules)
    shapes = merges.shapes(found(rules, world, merged, _taken(extensions, own)))
    types.known.shapes = shapes
    formulas = computed((one for one in extensions.written if isinstance(one, Computed)), world)
    extended = extend(extensions.calls, world, types)
    types.known.joins, types.known.computed = extended.fields, formulas.fields
    coding = coded(written, world, partial(_field_names, types, world), types.enum)
    types.known.coded = coding.fields
    return replace(
        extended,
        problems=(*shapes.problems, *formulas.problems, *extended.problems, *coding.problems),
        waiting=(*shapes.waiting, *formulas.waiting, *extended.waiting, *coding.waiting),
        vain=vain,
        notes=shapes.notes,
    )


def _field_names(types: Types, world: World, upstream: str, having: Having) -> Iterator[str]:
    """The names of all fields that a type has."""
    key = upstream, having.key
    own = [*named_fields(having.fields), *(one.name for one in world.links(*key))]
    yield from (shown for _, shown, _ in types.known.shapes.of(*key).shown(own))
    yield from world.taken(upstream, having)
    yield from (one.name for one in types.known.joins.get(key, ()))
    yield from (one.name for one in types.known.computed.get(key, ()))


def _subgraph(merges: Merging, types: Types, extensions: Extensions) -> Subgraph | None:
    """The entities, where the schema is to be a subgraph."""
    if extensions.federation is None:
        return None
    merged = merges.merged
    upstreams = extensions.upstreams or tuple(merged.catalogs)
    world = World(merged, types.known.links, upstreams, (), merges.parts)
    return subgraph(extensions.federation, world, types, merged)


def _with(part: Subgraph | None, own: Mapping[Root, Fields]) -> Mapping[Root, Fields]:
    """The gateway's own root fields with those that a router asks."""
    if part is None:
        return own
    return {**own, Root.QUERY: {**own.get(Root.QUERY, {}), **router_fields(part)}}


def _ours(merged: Merged) -> Iterator[str]:
    """The names of types that every gateway makes alike."""
    yield from merged.entry_names.values()
    for upstream, catalog in merged.catalogs.items():
        yield from (merged.type_names[upstream][one.key] for one in catalog.types if one.shared)


def _taken(extensions: Extensions, own: GraphQLSchema | None) -> dict[str, list[str]]:
    """The names that no rule may give, as `found` wants them."""
    namespaces = [one.namespace for one in extensions.showings.values() if one.namespace]
    taken = {root.value: list(namespaces) for root in (Root.QUERY, Root.MUTATION)}
    if own is not None:
        for fields in taken.values():
            fields += own_fields(own)
    return {**taken, "": [*RESERVED_TYPES, *_own_types(own)]}


def _with_unfit(extended: Extended, types: Types) -> Extended:
    """The same with the problems that show when types are made."""
    unfit = (
        Problem(place(node), f"{print_ast(node)} is none of the argument's type")
        for node in types.unfit
    )
    return replace(extended, problems=(*extended.problems, *unfit))


def _schema(
    merged: Merged, types: Types, own: Mapping[Root, Fields], more: Iterable[GraphQLNamedType]
) -> GraphQLSchema:
    roots = {
        root: _root(root, merged, types, own.get(root, {}))
        for root in (Root.QUERY, Root.MUTATION, Root.SUBSCRIPTION)
    }
    beside = [*_reached(merged, types), *more]
    try:
        return _assembled(roots, beside)
    except RecursionError:
        # graphql-core goes from type to type by calling itself, but not to those it is given.
        return _assembled(roots, reached([*filter(None, roots.values()), *beside]))


def _assembled(
    roots: Mapping[Root, GraphQLObjectType | None], types: Sequence[GraphQLNamedType]
) -> GraphQLSchema:
    return GraphQLSchema(
        query=roots[Root.QUERY],
        mutation=roots[Root.MUTATION],
        subscription=roots[Root.SUBSCRIPTION],
        types=types,
        directives=(*specified_directives, GraphQLDeferDirective, _stream_directive()),
        description="One graph over every upstream of this gateway.",
    )


def _stream_directive() -> GraphQLDirective:
    """`@stream` as graphql-core has it, but for our scalar of the name `Int`."""
    known = GraphQLStreamDirective
    count = known.args["initialCount"]
    ours = GraphQLArgument(
        SCALARS[ScalarKind.INT], default_value=count.default_value, description=count.description
    )
    args = {**known.args, "initialCount": ours}
    return GraphQLDirective(known.name, known.locations, args, description=known.description)


def own_fields(own: GraphQLSchema) -> list[str]:
    """The names of root fields that are not an upstream's."""
    roots = (own.query_type, own.mutation_type, own.subscription_type)
    return [name for one in roots if one is not None for name in one.fields]


def _own_types(own: GraphQLSchema | None) -> list[str]:
    return [] if own is None else list(own.type_map)


def _root(root: Root, merged: Merged, types: Types, own: Fields) -> GraphQLObjectType | None:
    """The root type with the functions that belong to it; without any there is only a Query."""
    chosen: dict[str, list[RootField]] = {"": []}
    for one in merged.root_fields:
        if one.root is root:
            chosen.setdefault(one.namespace, []).append(one)
    shown = _Shown(types, root.value, chosen.pop(""))
    below = {name: _namespace(root, name, types, fields) for name, fields in chosen.items()}
    spaces = {name: one for name, one in below.items() if one is not None}
    if not shown and not spaces and not own and root is not Root.QUERY:
        return None
    return Object(root.value, lambda: {**shown.fields(), **spaces, **own})


def _namespace(
    root: Root, name: str, types: Types, chosen: list[RootField]
) -> NamespaceMember | None:
    """The field that leads to those of a namespace; None where nothing of it is shown."""
    type_name = namespace_type(name, root)
    shown = _Shown(types, type_name, chosen)
    if not shown:
        return None
    namespace = Namespace(type_name, shown.fields)
    namespace.root = root
    upstreams = dict.fromkeys(one.upstream for one in chosen)
    return NamespaceMember(namespace, f"The fields of {', '.join(upstreams)}.")


class _Shown:
    """The root fields of one type that clients see."""

    def __init__(self, types: Types, type_name: str, chosen: Iterable[RootField]) -> None:
        self._types = types
        self._chosen = {one.name: one for one in chosen}
        self._shown = tuple(types.known.shapes.root(type_name).shown(self._chosen))

    def __bool__(self) -> bool:
        return bool(self._shown)

    def fields(self) -> dict[str, GraphQLField]:
        """By the names clients use."""
        return {
            shown: applied(_field(self._chosen[name], self._types, one), one)
            for name, shown, one in self._shown
        }


def _field(root: RootField, types: Types, shape: MemberShape) -> GraphQLField:
    function = root.function
    taking = types.taking(root.upstream, function.arguments, shape)
    streamed = root.root is Root.SUBSCRIPTION
    returns = message(function) if streamed else function.returns
    made = RootMember(
        # A root field is nullable whatever was promised, so that one failure spares the others.
        types.output(root.upstream, nullable(returns)),
        args=taking.arguments,
        resolve=_resolver(root, taking, types),
        subscribe=subscriber(root, taking) if streamed else None,
        description=function.description or None,
        deprecation_reason=function.deprecated,
        extensions={"upstream": root.upstream, "function": function.name},
    )
    made.origin, made.ref, made.taking = root, returns, taking
    return made


def _resolver(root: RootField, taking: Taking, types: Types) -> Callable[..., Any]:
    each = types.shows(root.upstream, message(root.function))
    if root.root is Root.SUBSCRIPTION:
        return event_resolver(each)
    shows = types.shows(root.upstream, root.function.returns)
    if root.function.flow is Flow.SERVER_STREAM:
        return list_resolver(root, taking, shows, each)
    return root_resolver(root, taking, shows)


def _reached(merged: Merged, types: Types) -> list[GraphQLNamedType]:
    """Objects that are reached through an interface alone."""
    return [named for upstream in merged.catalogs for named in types.concrete(upstream)]
