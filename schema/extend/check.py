"""Calls as they are written into fields that join, checked against what the upstreams offer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from graphql import DEFAULT_DEPRECATION_REASON, ListTypeNode, StringValueNode

from schema.extend.answers import answered, declared, item
from schema.extend.arguments import always, arguments, taking
from schema.extend.batches import check_single, keyed
from schema.extend.model import Call, Problem, Wrong, place
from schema.extend.references import References
from schema.extend.twin import twin
from schema.extend.values import Reader
from schema.extend.wiring import Wiring
from schema.extend.world import Having, Typed, Waiting, World
from schema.join import Join
from schema.joins.called import Called, Impossible
from schema.joins.field import JoinField
from schema.types import Types
from upstreams.model import Effect, Function, ListOf, Named, TypeRef

Fields = Mapping[tuple[str, str], tuple[JoinField, ...]]
"""By the upstream and the key of the type that they stand on."""


@dataclass(frozen=True, slots=True)
class Extended:
    """What extensions make of what is known."""

    fields: Fields = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    waiting: tuple[str, ...] = ()
    """Where something is written that an upstream which is not discovered yet may make possible."""
    vain: tuple[Problem, ...] = ()
    """Settings of upstreams that find nothing, or give names that something else has."""
    notes: tuple[str, ...] = ()
    """What is not shown because of something else that is not."""


def extend(calls: Iterable[Call], world: World, types: Types) -> Extended:
    """The fields that the calls make.

    A mistake is said of each that has one; where it is in the join alone, the field is there all
    the same, and answers with an error.
    """
    extending = _Extending(world, types)
    for call in calls:
        try:
            extending.add(call)
        except Wrong as wrong:
            extending.problems.append(Problem(wrong.at, wrong.message, _upstream(call)))
        except Waiting:
            extending.waiting.append(place(call.field))
    fields = {key: tuple(named.values()) for key, named in extending.fields.items()}
    problems = dict.fromkeys(extending.problems)
    return Extended(fields, tuple(problems), tuple(extending.waiting))


class _Extending:
    """One reading of all calls."""

    def __init__(self, world: World, types: Types) -> None:
        self._world = world
        self._types = types
        self.fields: defaultdict[tuple[str, str], dict[str, JoinField]] = defaultdict(dict)
        self.problems: list[Problem] = []
        self.waiting: list[str] = []

    def add(self, call: Call) -> None:
        """Add the field to its types. Raises `Wrong` and `Waiting`."""
        places = tuple(self._world.having(call.on, interface=call.interface))
        self._check_free(call, places)
        made: dict[str, JoinField] = {}
        for upstream, having in places:
            if upstream not in made:
                # Of an interface comes before what implements it; each upstream has its own names.
                made[upstream] = self._field(call, Typed(upstream, Named(having.key)))
            self.fields[upstream, having.key][made[upstream].name] = made[upstream]
        self._check_calls(call, places, made)

    def _check_free(self, call: Call, places: Iterable[tuple[str, Having]]) -> None:
        name = call.field.name.value
        for upstream, having in places:
            if name in {*self._world.taken(upstream, having), *self.fields[upstream, having.key]}:
                shown = self._world.spelled(Typed(upstream, Named(having.key)))
                raise Wrong(call.field.name, f"{shown} has a field {name} already")

    def _check_calls(
        self, call: Call, places: Iterable[tuple[str, Having]], made: Mapping[str, JoinField]
    ) -> None:
        """Raises `Wrong` where a list is known to need more calls than are made for one answer."""
        for upstream, having in places:
            join = made[upstream].join
            longest = self._world.longest(upstream, having.key)
            if longest is None or join.batched is not None or not join.needs:
                continue
            function, most = longest
            if most > join.max_calls:
                shown = self._world.spelled(Typed(upstream, Named(having.key)))
                raise Wrong(
                    call.function,
                    f"{upstream}.{function.label} may give {most} times {shown}, each of which"
                    f" is a call, and no more than {join.max_calls} are made for one answer:"
                    " ask for all at once ($parents), or raise `schema: maxCalls:`",
                )

    def _field(self, call: Call, parent: Typed) -> JoinField:
        called = _upstream(call)
        prefer = called if self._world.discovered(called) else parent.upstream
        said = arguments(self._world, self._types, call, prefer)
        self._world.check_known(call.field.type)
        try:
            join, ref = self._join(call, parent, said)
        except Wrong as wrong:
            upstream = _upstream(call)
            self.problems.append(Problem(wrong.at, wrong.message, upstream))
            typed = self._world.output(call.field.type, parent.upstream)
            return self._made(call, said, impossible(call, typed, wrong.message), typed)
        return self._made(call, said, join, Typed(join.upstream, ref))

    def _made(self, call: Call, said: Mapping[str, Typed], join: Join, typed: Typed) -> JoinField:
        return JoinField(
            call.field.name.value,
            join,
            typed.upstream,
            typed.ref,
            taking(self._types, call, said),
            call.field.description.value if call.field.description else None,
            _deprecated(call),
        )

    def _join(self, call: Call, parent: Typed, said: Mapping[str, Typed]) -> tuple[Join, TypeRef]:
        """The join, and the type of what it gives. Raises `Wrong` and `Waiting`."""
        upstream, function = self._world.function(call.function)
        known = References(self._world, upstream, parent, said, frozenset(always(call)))
        return wired(self._world, self._types, call, function, known)


def wired(
    world: World, types: Types, call: Call, function: Function, known: References
) -> tuple[Called, TypeRef]:
    """The join that calls the function, and the type of what it gives. Raises `Wrong`."""
    values = Reader(world, types, function, known).read(call.arguments)
    wiring = Wiring(world, call, known.upstream, function, known, values)
    join, ref = _for_many(wiring) if known.keys else _for_one(wiring)
    return replace(join, max_calls=types.known.max_calls), ref


def _for_one(wiring: Wiring) -> tuple[Called, TypeRef]:
    """The join that calls for each object, or the function's twin for all of them."""
    check_single(wiring.call)
    found = answered(wiring, listed=False)
    ref = declared(wiring.call.field.type, found.ref, wiring.name)
    join = replace(_called(wiring), result=found.steps)
    if other := twin(wiring, found):
        join = replace(join, function=other.function, batched=other.keyed, named=wiring.function)
    return join, ref


def _for_many(wiring: Wiring) -> tuple[Called, TypeRef]:
    """The join that calls for all objects at once."""
    found = answered(wiring, listed=not wiring.many)
    join = replace(_called(wiring), batched=keyed(wiring, found))
    ref = declared(wiring.item, item(found.ref), wiring.name)
    return join, ListOf(ref) if wiring.many else ref


def _called(wiring: Wiring) -> Called:
    return Called(
        place(wiring.call.field),
        wiring.upstream,
        wiring.function,
        tuple(wiring.known.needs),
        wiring.values,
        wiring.world.types(wiring.upstream),
        wiring.many,
    )


def _upstream(call: Call) -> str:
    text = call.function.value if isinstance(call.function, StringValueNode) else ""
    return text.partition(".")[0]


def impossible(call: Call, typed: Typed, reason: str) -> Impossible:
    """What stands for a join that cannot work."""
    text = call.function.value if isinstance(call.function, StringValueNode) else ""
    upstream, _, name = text.partition(".")
    function = Function(name, name, Effect.READ, typed.ref, binding=None)
    many = isinstance(call.field.type, ListTypeNode)
    return Impossible(typed.upstream, function, upstream, reason, many)


def _deprecated(call: Call) -> str | None:
    """Why the field is deprecated; None when it is not."""
    for directive in call.field.directives or ():
        if directive.name.value == "deprecated":
            values = (one.value for one in directive.arguments or ())
            reasons = (one.value for one in values if isinstance(one, StringValueNode))
            return next(reasons, DEFAULT_DEPRECATION_REASON)
    return None
