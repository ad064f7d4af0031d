"""From a plan to what is told of it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from graphql import (
    GraphQLError,
    GraphQLSchema,
    get_variable_values,
    type_from_ast,
)
from msgspec import structs

from schema.explain.model import Calls, Explained, Step
from schema.explain.places import Owner, Place, keys, owners, type_at
from schema.explain.standing import StandIns
from schema.federation.members import EntitiesMember, EntityMember
from schema.join import Given, Join, Steps
from schema.joins.called import Called
from schema.plan.model import Entities, Fetch, Group, Joined, Plan, Root, Unplannable
from schema.plan.plans import Operation
from schema.request import Asked, Caller, Request
from schema.taking import Arguments
from upstreams.errors import CallError
from upstreams.kind import Aside, Explanation
from upstreams.model import Effect
from upstreams.shape import Many

Ask: TypeAlias = Callable[[Asked], Awaitable[Explanation]]
"""How a call would be made. Raises `CallError`."""


async def explain(
    schema: GraphQLSchema,
    operation: Operation,
    variables: Mapping[str, Any],
    caller: Caller,
    ask: Ask,
    *,
    exact: bool = False,
) -> Explained:
    """What an operation would ask, and in which order; `exact`: where no plan is to be taken.

    Raises `GraphQLError` for variables that are wrong.
    """
    node = operation.node
    source = node.loc.source.body if node.loc else ""
    standing = StandIns(f"{source}{variables!r}")
    given = _given(schema, operation, variables, standing)
    reason, plan, coerced = _planned(operation, given, exact=exact)
    if plan is None:
        return Explained(node.operation.value, reason, (), ())
    request = Request(caller, "", 0.0, headers=_Headers(standing))
    told = _Telling(schema, standing, request, ask, coerced, plan.in_series, bool(reason))
    steps = await told.roots(plan)
    return Explained(node.operation.value, reason, steps, tuple(standing.assumed()))


def _given(
    schema: GraphQLSchema, operation: Operation, said: Mapping[str, Any], standing: StandIns
) -> Mapping[str, Any]:
    """The variables, those that are missing stood in for. Raises `GraphQLError`."""
    definitions = operation.node.variable_definitions or ()
    given = dict(said)
    for one in definitions:
        name, of_type = one.variable.name.value, type_from_ast(schema, one.type)
        if name not in given and one.default_value is None and of_type is not None:
            given[name] = standing.said(of_type, f"${name}")
    coerced = get_variable_values(schema, definitions, given, max_errors=1)
    if isinstance(coerced, list):
        raise coerced[0]
    return given


def _planned(
    operation: Operation, given: Mapping[str, Any], *, exact: bool
) -> tuple[str, Plan | None, Any]:
    """Why the exact path serves an operation, if it does; and its calls, if they can be told."""
    reason = "asked for" if exact else ""
    try:
        if not exact:
            return "", *operation.plan(given)
    except Unplannable as error:
        reason = error.reason
    try:
        return reason, *operation.outline(given)
    except (Unplannable, RecursionError):
        return reason, None, None


@dataclass(slots=True)
class _Telling:
    """One operation being explained."""

    schema: GraphQLSchema
    standing: StandIns
    request: Request
    ask: Ask
    variables: Any
    in_series: bool
    exact: bool
    _known: dict[tuple[object, ...], str] = field(default_factory=dict)
    """Where what is read is asked for first."""
    _labels: dict[str, str] = field(default_factory=dict)
    """By the part of an answer, what stands for it."""
    _since: str = ""
    """The root field of a mutation that is being told."""

    async def roots(self, plan: Plan) -> tuple[Step, ...]:
        """The calls of the root fields, and all that depends on them."""
        steps: list[Step] = []
        for path, root in _rooted(plan.roots):
            if isinstance(root, Entities):
                steps += [step async for step in self._entities(path, root)]
                continue
            after = steps[-1].at if steps and plan.in_series else ""
            self._since = path if plan.in_series else ""
            step = await self._root(root, Place(path))
            steps.append(replace(step, after=after))
        return tuple(steps)

    async def _entities(self, key: str, entities: Entities) -> AsyncIterator[Step]:
        """The calls for objects that another subgraph refers to, for each of their keys."""
        said = entities.member.said(entities.node, self.variables)
        for way, joined in entities.ways:
            size = _many(entities.member, way, said)
            if size != 0:
                path = f"{key}[]"
                place = Place(path, (size,), whole=False, asked=path)
                owner, above = Owner(place, way.of_type.name), Step("", joined.join, Calls(), None)
                named = replace(joined, key=f"{way.of_type.name} by {way.key}")
                yield await self._joined(named, owner, None, above)

    async def _root(self, fetch: Fetch, place: Place) -> Step:
        try:
            arguments = fetch.bind(self.variables)
        except Unplannable as error:
            return _impossible(fetch, place.path, str(error.__cause__ or error.reason))
        step = Step(place.path, fetch.origin, Calls(), None)
        return await self._step(step, fetch, arguments, place)

    async def _step(self, step: Step, fetch: Fetch, arguments: Arguments, place: Place) -> Step:
        """The step with its call, and those below it."""
        try:
            selection = fetch.selected(self.variables)
        except Unplannable as error:
            return _impossible(fetch, place.path, str(error.__cause__ or error.reason))
        asked = Asked(fetch.origin, arguments, selection=selection)
        step = await self._asking(step, asked)
        place = place.of(step.at, step.same or step.at)
        asked = structs.replace(asked, aside=self._aside(place))
        most = step.explanation.most if step.explanation else None
        wanted = fetch.wanted
        if step.batch is not None and isinstance(wanted, Many):
            # The list is the batch's; what stands in the response is handed back to each object.
            wanted, most = wanted.of, None
        found: dict[int, Owner] = {}
        for index, owner in owners(wanted, place, most):
            found.setdefault(index, owner)
        below = [
            await self._joined(slot, found[index], asked if not fetch.inside else None, step)
            for index, slot in enumerate(fetch.slots)
            if isinstance(slot, Joined) and index in found
        ]
        return replace(step, steps=tuple(below))

    async def _asking(self, step: Step, asked: Asked) -> Step:
        origin = asked.origin
        known = (origin.upstream, origin.function.name, repr(asked.arguments), asked.selection)
        # What was read before something is written is asked for again after it.
        writes = origin.function.effect is not Effect.READ or step.at == self._since
        same = step.at if writes else self._known.setdefault((*known, self._since), step.at)
        try:
            told = await self.ask(asked)
        except CallError as error:
            return replace(step, problem=error.message)
        words = tuple(map(self.standing.replaced, told.words))
        return replace(
            step,
            explanation=replace(told, words=words),
            calls=replace(step.calls, times=told.times),
            same="" if same == step.at else same,
        )

    async def _joined(self, slot: Joined, owner: Owner, above: Asked | None, parent: Step) -> Step:
        """What fills a slot."""
        join, at = slot.join, owner.place.below(slot.key)
        place = Place(at.path, at.sizes).each() if join.batched and join.many else at
        place = replace(place, whole=not join.result and join.batched is None)
        named = join.named.name if isinstance(join, Called) and join.named else ""
        step = Step(
            at.path,
            join,
            self._calls(join, owner, parent),
            None,
            after=parent.at,
            batch=join.batched.most if join.batched else None,
            named=named,
        )
        try:
            arguments = self._arguments(slot, owner, above)
        except (GraphQLError, CallError) as error:
            return replace(step, problem=error.message)
        except Unplannable as error:
            return replace(step, problem=str(error.__cause__ or error.reason))
        if arguments is None:
            return replace(step, problem="nothing is asked without what it needs")
        return await self._step(step, slot.fetch, arguments, place)

    def _calls(self, join: Join, owner: Owner, parent: Step) -> Calls:
        """How often a join calls at most: once for all objects that tell it the same."""
        place = owner.place
        if not place.sizes or (not join.needs and isinstance(join, Called)):
            return Calls()
        batch = join.batched.most if join.batched else 1
        if self.exact and parent.calls.keys:
            # The exact path asks for the keys of each answer as it comes.
            batch = min(batch, parent.calls.batch) if place.sizes == parent.calls.sizes else 1
        shared = join.function.effect is Effect.READ
        limit = None if join.batched else join.max_calls
        return Calls(keys(place.path, join.needs), shared, place.sizes, batch, limit=limit)

    def _arguments(self, slot: Joined, owner: Owner, above: Asked | None) -> Arguments | None:
        """The arguments of a join's call, with stand-ins. Raises as `Join.arguments`."""
        join, place = slot.join, owner.place
        parts = tuple(
            self.standing.value(
                type_at(self.schema, owner.type_name, steps), self._label(place, [steps])
            )
            for steps in join.needs
        )
        said = slot.fetch.bind(self.variables)
        told = {name: value for name, value in said.items() if value is not None}
        given = Given(self.request, told, above if place.whole else None)
        if join.batched is None:
            return join.arguments(parts, given)
        key = join.batched.key(parts)
        return None if key is None else join.batched.arguments([key], given)

    def _label(self, place: Place, needs: Sequence[Steps]) -> str:
        """What stands for a part of the object there; what is the same has one label."""
        return self._labels.setdefault(keys(place.asked, needs), keys(place.path, needs))

    def _aside(self, place: Place) -> Aside:
        """What comes beside the answer there."""
        label = self._label(place, ())
        return Aside(
            self.standing.beside(f"{label}:url"),
            self.standing.beside(f"{label}:method"),
            self.standing.beside(f"{label}:status"),
            _Headers(self.standing, f"{label}:"),
        )


class _Headers(Mapping[str, str]):
    """Headers that nobody knows: of the client's request, or of the answer at a place."""

    def __init__(self, standing: StandIns, of: str = "") -> None:
        self._standing = standing
        self._of = of

    def __getitem__(self, name: str) -> str:
        return self._standing.beside(f"{self._of}headers.{name}")

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _many(member: EntitiesMember, way: EntityMember, said: Sequence[Any]) -> int | None:
    """How many objects are asked for in one way; None where nobody knows."""
    if not all(isinstance(one, dict) for one in said):
        return None
    return sum(member.way(one) is way for one in said)


def _impossible(fetch: Fetch, at: str, problem: str) -> Step:
    return Step(at, fetch.origin, Calls(), None, problem)


def _rooted(roots: Mapping[str, Root], above: str = "") -> Iterator[tuple[str, Fetch | Entities]]:
    """What waits for nothing else, with its path: `getOrder`, `shop.getOrder`."""
    for key, root in roots.items():
        if isinstance(root, Fetch | Entities):
            yield f"{above}{key}", root
        elif isinstance(root, Group):
            yield from _rooted(root.roots, f"{above}{key}.")
