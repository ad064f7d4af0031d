"""From a validated operation to its plan."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
)

from schema.federation.members import EntitiesMember, EntityMember
from schema.federation.narrow import narrowed
from schema.fields import Member, RootMember
from schema.join import Join
from schema.joins.selected import with_join
from schema.plan.bind import bound
from schema.plan.collect import Collector, Flags
from schema.plan.model import Entities, Fetch, Group, Joined, Plan, Root, Selects, Unplannable
from schema.plan.wanted import IN_PYTHON, TYPENAME, Wanting
from schema.request import Origin
from schema.selection import Document, selected_of
from schema.shaping.namespaces import NamespaceMember
from schema.taking import Variables
from upstreams.errors import BadInput
from upstreams.model import Effect
from upstreams.shape import Constant, Many, Object, Part, Slot, Steps, Varied, Wanted

INTROSPECTION = "introspection"
"""Why there is no plan for an operation whose answer the schema alone tells."""
_OF_THE_SCHEMA = frozenset({"__schema", "__type"})
_MOST_FETCHES = 1000
"""How many fetches one plan may have; an operation with more is served by the exact path."""


def build(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    flags: Flags,
    *,
    runs: bool = True,
) -> Plan:
    """The plan of one operation, for one state of the variables that its directives look at.

    `runs`: false for one that only tells what the exact path calls. Raises `Unplannable`.
    """
    fragments = {
        one.name.value: one
        for one in document.definitions
        if isinstance(one, FragmentDefinitionNode)
    }
    return _Builder(schema, fragments, flags, runs=runs).plan(operation)


class _Builder:
    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: dict[str, FragmentDefinitionNode],
        flags: Flags,
        *,
        runs: bool,
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._flags = flags
        self._collector = Collector(schema, fragments, flags)
        self._runs = runs
        self._fetches = 0
        self._writes = False

    def plan(self, operation: OperationDefinitionNode) -> Plan:
        """The whole."""
        of_type = self._schema.get_root_type(operation.operation)
        subscribes = operation.operation is OperationType.SUBSCRIPTION
        if of_type is None or (subscribes and self._runs):
            raise Unplannable("subscription")
        self._writes = operation.operation is OperationType.MUTATION
        fields = self._collector.fields(of_type, [operation.selection_set])
        names = {nodes[0].name.value for nodes in fields.values()}
        if names & _OF_THE_SCHEMA and names <= {TYPENAME, *_OF_THE_SCHEMA} and self._runs:
            raise Unplannable(INTROSPECTION)
        roots = {key: self._root(of_type, nodes) for key, nodes in fields.items()}
        asked = list(fetches(roots))
        if not self._writes:
            _mark(roots, asked)
        sole = None if self._writes else _sole(roots)
        return Plan(roots, self._writes, _heard(asked), sole, self._collector.places)

    def _root(self, of_type: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Root:
        name = nodes[0].name.value
        if name == TYPENAME:
            return Constant(of_type.name)
        field = of_type.fields.get(name)
        if isinstance(field, NamespaceMember):
            return self._group(field, nodes)
        if isinstance(field, EntitiesMember):
            return self._entities(field, nodes)
        if not isinstance(field, RootMember):
            if not self._runs:
                return Constant(None)
            raise Unplannable(_why(name, field))
        wanting = self._wanting(field.origin)
        wanted = wanting.of(field.type, field.ref, nodes)
        return self._fetch(field, nodes, wanted, wanting)

    def _entities(self, member: EntitiesMember, nodes: Sequence[FieldNode]) -> Entities:
        ways = (one for each in member.ways.values() for one in each)
        return Entities(member, nodes[0], tuple((one, self._way(one, nodes)) for one in ways))

    def _way(self, way: EntityMember, nodes: Sequence[FieldNode]) -> Joined:
        own = [
            narrowed(one, way.of_type, self._schema, self._fragments, self._flags) for one in nodes
        ]
        return replace(self._joined(way, own), key="")

    def _group(self, field: NamespaceMember, nodes: Sequence[FieldNode]) -> Group:
        namespace = field.namespace
        fields = self._collector.fields(namespace, (node.selection_set for node in nodes))
        return Group({key: self._root(namespace, below) for key, below in fields.items()})

    def _wanting(self, origin: Origin) -> Wanting:
        self._fetches += 1
        if self._fetches > _MOST_FETCHES:
            raise Unplannable("too many fetches")
        return Wanting(
            self._schema, self._collector, self._joined, origin.upstream, runs=self._runs
        )

    def _fetch(
        self,
        field: RootMember,
        nodes: Sequence[FieldNode],
        wanted: Wanted,
        wanting: Wanting,
    ) -> Fetch:
        return Fetch(
            field.origin,
            bound(field, nodes[0], field.taking),
            tuple(nodes),
            wanted,
            (),
            wanting.slots,
            *self._selection(field, nodes, field.origin, by_variables=wanting.by_variables),
        )

    def _joined(self, member: Member, nodes: Sequence[FieldNode]) -> Joined:
        """The fetch that fills the slots of a join."""
        join, taking = member.join, member.taking
        assert join is not None and taking is not None  # noqa: S101, PT018 - a join has both
        if join.function.effect is not Effect.READ and self._runs:
            raise Unplannable("a join that writes")
        wanting = self._wanting(join)
        wanted = wanting.of(member.type, member.ref, nodes)
        inside: Steps = join.result
        slots = wanting.slots
        if join.batched is not None:
            inside = join.batched.items
            wanted = _items(wanted, join.batched.match, len(slots))
        fetch = Fetch(
            join,
            bound(member, nodes[0], taking),
            tuple(nodes),
            wanted,
            inside,
            slots,
            *self._selection(member, nodes, join, by_variables=wanting.by_variables),
        )
        return Joined(join, nodes[0].alias.value if nodes[0].alias else nodes[0].name.value, fetch)

    def _selection(
        self,
        field: RootMember | Member,
        nodes: Sequence[FieldNode],
        origin: Origin,
        *,
        by_variables: bool,
    ) -> tuple[tuple[str, ...], Selects | None]:
        """What is selected, and how it is where variables say with what."""
        if not origin.function.selective:
            return (), None
        join = origin if isinstance(origin, Join) else None

        def selected(variables: Variables | None) -> tuple[str, ...]:
            document = Document(
                self._schema, self._fragments, origin.upstream, variables, self._flags
            )
            paths = selected_of(field.type, nodes, document)
            return with_join(join, paths) if join else paths

        return ((), _by_variables(selected)) if by_variables else (selected(None), None)


def _by_variables(selected: Callable[[Variables], tuple[str, ...]]) -> Selects:
    def selects(variables: Any) -> tuple[str, ...]:
        try:
            return selected(variables.coerced)
        except (GraphQLError, BadInput) as error:
            raise Unplannable("arguments") from error

    return selects


def _why(name: str, field: GraphQLField | None) -> str:
    """Why no plan answers a root field that is no function."""
    if name in _OF_THE_SCHEMA:
        return "introspection and more"
    is_own = field is None or name.startswith("_")
    return "the gateway's own" if is_own else IN_PYTHON


def _items(wanted: Wanted, match: tuple[Steps, ...], slot: int) -> Wanted:
    """What is wanted of a batch: a list of items, with what tells whom each answers.

    `slot` is the first index that no join of the items has.
    """
    item = wanted.of if isinstance(wanted, Many) else wanted
    if match:
        item = _matched(item, Part("", "", Slot(slot, match), required=False))
    return Many(item, required=False)


def _matched(item: Wanted, part: Part) -> Wanted:
    match item:
        case Object():
            return replace(item, parts=(*item.parts, part))
        case Varied():
            objects = {
                name: replace(one, parts=(*one.parts, part)) for name, one in item.objects.items()
            }
            return replace(item, objects=objects)
        case _:
            raise Unplannable("a batch of what is no object")


def _mark(roots: Mapping[str, Root], asked: Iterable[Fetch]) -> None:
    """Note which roots ask of their functions what nothing else asks of them."""
    times = Counter((one.origin.upstream, one.origin.function.name) for one in asked)
    for root in rooted(roots.values()):
        root.alone = times[root.origin.upstream, root.origin.function.name] == 1


def _sole(roots: Mapping[str, Root]) -> tuple[str, Fetch] | None:
    """The only root, if it is a fetch."""
    for key, root in roots.items():
        if isinstance(root, Fetch) and len(roots) == 1:
            return key, root
    return None


def _heard(asked: Iterable[Fetch]) -> Mapping[str, frozenset[str]]:
    heard: defaultdict[str, set[str]] = defaultdict(set)
    for one in asked:
        names = one.origin.headers if isinstance(one.origin, Join) else ()
        heard[one.origin.upstream].update(name.lower() for name in names)
    return {upstream: frozenset(names) for upstream, names in heard.items()}


def fetches(roots: Mapping[str, Root]) -> Iterator[Fetch]:
    """Every fetch of a plan with those roots, parents first."""
    fields = roots.values()
    ways = [one for root in fields if isinstance(root, Entities) for one in root.ways]
    ahead = [*rooted(fields), *(joined.fetch for _, joined in ways)]
    while ahead:
        fetch = ahead.pop(0)
        yield fetch
        ahead += [one.fetch for one in fetch.slots if isinstance(one, Joined)]


def rooted(roots: Iterable[Root]) -> Iterator[Fetch]:
    """The fetches of fields at the root, each of which calls once."""
    for one in roots:
        if isinstance(one, Fetch):
            yield one
        elif isinstance(one, Group):
            yield from rooted(one.roots.values())
