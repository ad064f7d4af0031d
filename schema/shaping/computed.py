"""Fields that are worked out of what their object has."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from graphql import (
    FieldDefinitionNode,
    GraphQLError,
    InterfaceTypeExtensionNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeExtensionNode,
    StringValueNode,
)

from schema.expressions import MISSING, below
from schema.extend.model import Problem, Wrong, near, place
from schema.extend.world import Place, Typed, Waiting, World, found_by
from schema.fields import Member
from schema.join import Parts, Steps
from schema.shaping.formula import (
    Formula,
    FormulaError,
    Path,
    Template,
    divides,
    parsed,
    paths,
    whole,
    worked_out,
)
from schema.shaping.shapes import TypeKey
from schema.values import Change
from upstreams.model import EnumType, Named, Scalar, ScalarKind, nullable

_WHOLE = frozenset(
    (
        *(ScalarKind.INT, ScalarKind.UNSIGNED_INT, ScalarKind.LONG, ScalarKind.UNSIGNED_LONG),
        ScalarKind.BIG_INT,
    )
)
_FRACTIONS = frozenset((ScalarKind.FLOAT, ScalarKind.DECIMAL))
_TEXTS = frozenset((ScalarKind.STRING, ScalarKind.ID))
_KINDS = {kind.value: kind for kind in ScalarKind}


@dataclass(frozen=True, slots=True)
class Computed:
    """Such a field, as it is written."""

    on: ObjectTypeExtensionNode | InterfaceTypeExtensionNode
    field: FieldDefinitionNode
    value: StringValueNode
    deprecated: str | None


@dataclass(frozen=True, slots=True)
class ComputedField:
    """One that works, on one type."""

    written: Computed
    ref: Scalar | Named
    """The type of its value."""
    formula: Formula
    steps: Mapping[Path, Steps]
    """Where in the object's value the paths lead, by the backend's names."""

    @property
    def name(self) -> str:
        """As clients see it."""
        return self.written.field.name.value

    @property
    def needs(self) -> tuple[Steps, ...]:
        """The parts of the object that it is worked out of."""
        return tuple(self.steps.values())

    def work(self, parts: Parts) -> Any:
        """What comes of the parts that it needs. Raises `GraphQLError`."""
        known = dict(zip(self.steps, parts, strict=True))
        try:
            value = worked_out(self.formula, lambda path: _there(known[path]))
            is_whole = isinstance(self.ref, Scalar) and self.ref.kind in _WHOLE
            return whole(value) if is_whole and isinstance(value, Decimal) else value
        except FormulaError as error:
            raise GraphQLError(f"{self.name} cannot be worked out: {error}") from error


def _there(value: Any) -> Any:
    return None if value is MISSING else value


class ComputedMember(Member):
    """It, as a field of GraphQL's."""

    computed: ComputedField


@dataclass(slots=True)
class ComputedFields:
    """What came of all that are written."""

    fields: defaultdict[TypeKey, list[ComputedField]] = field(
        default_factory=lambda: defaultdict(list)
    )
    problems: list[Problem] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


def computed(written: Iterable[Computed], world: World) -> ComputedFields:
    """The fields by their types; one that cannot work is a problem, and is not there."""
    found = ComputedFields()
    for one in written:
        try:
            for where, made in tuple(_made(one, world, found)):
                found.fields[where].append(made)
        except Wrong as wrong:
            found.problems.append(Problem(wrong.at, wrong.message))
        except Waiting:
            found.waiting.append(place(one.field))
    return found


def _made(
    one: Computed, world: World, found: ComputedFields
) -> Iterator[tuple[TypeKey, ComputedField]]:
    name = one.field.name.value
    node = NamedTypeNode(name=one.on.name, loc=one.on.name.loc)
    interface = isinstance(one.on, InterfaceTypeExtensionNode)
    for upstream, having in world.having(node, interface=interface):
        parent = Typed(upstream, Named(having.key))
        others = (other.name for other in found.fields[upstream, having.key])
        joins = (join for on, join in world.joins if on == world.spelled(parent))
        if name in {*world.taken(upstream, having), *others, *joins}:
            raise Wrong(one.field.name, f"{world.spelled(parent)} has a field {name} already")
        yield (upstream, having.key), _checked(one, world, parent)


def _checked(one: Computed, world: World, parent: Typed) -> ComputedField:
    try:
        formula = parsed(one.value.value)
    except FormulaError as error:
        raise Wrong(one.value, f"value: {error}") from error
    places = {path: _looked_up(one, world, parent, path) for path in paths(formula)}
    if isinstance(one.field.type, NonNullTypeNode):
        raise Wrong(one.field.type, "what it looks at may be null: leave out the last `!`")
    steps = {path: found.steps for path, found in places.items()}
    return ComputedField(one, _type(one, world, parent, formula, places), formula, steps)


def _looked_up(one: Computed, world: World, parent: Typed, path: Path) -> Place:
    """What stands there, which must be a leaf."""
    steps: Steps = ()
    here = parent
    for name in path.names:
        fields = world.fields(here)
        found = found_by(name, fields)
        if found is None:
            hint = near(name, fields)
            raise Wrong(one.value, f"{world.spelled(here)} has no field {name!r}{hint}")
        step = world.step(here, found)
        steps, here = (*steps, *step.steps), Typed(parent.upstream, step.ref)
    ref = nullable(here.ref)
    if not isinstance(ref, Scalar) and not isinstance(world.definition(here), EnumType):
        written = ".".join(path.names)
        raise Wrong(one.value, f"$parent.{written}, {world.shown(here)}, is no leaf")
    return Place(steps, ref)


def _type(
    one: Computed, world: World, parent: Typed, formula: Formula, places: Mapping[Path, Place]
) -> Scalar | Named:
    """What the field gives, if that is what is declared. Raises `Wrong`."""
    wanted = world.written(one.field.type)
    if isinstance(formula, Path):
        ref = places[formula].ref
        given = world.spelled(Typed(parent.upstream, ref))
        if wanted != given or not isinstance(ref, Scalar | Named):
            raise Wrong(one.field.type, f"the value is {given}, not {wanted}")
        return ref
    kind = _KINDS.get(wanted)
    allowed = _TEXTS if isinstance(formula, Template) else _numbers(one, formula, places)
    if kind not in allowed or kind is None:
        names = ", ".join(sorted(other.value for other in allowed))
        raise Wrong(one.field.type, f"the value is one of {names}, not {wanted}")
    return Scalar(kind)


def _numbers(
    one: Computed, formula: Formula, places: Mapping[Path, Place]
) -> frozenset[ScalarKind]:
    """The kinds of numbers that it may give. Raises `Wrong` where it counts with others."""
    kinds = set()
    for path, found in places.items():
        ref = found.ref
        if not isinstance(ref, Scalar) or ref.kind not in _WHOLE | _FRACTIONS:
            raise Wrong(one.value, f"$parent.{'.'.join(path.names)} is no number")
        kinds.add(ref.kind)
    fraction = divides(formula) or not kinds <= _WHOLE
    return _FRACTIONS if fraction else _WHOLE | _FRACTIONS


def resolver(one: ComputedField, shows: Change | None) -> Callable[..., Any]:
    """The field's resolver; `shows` changes what came of it."""

    def resolve(source: Any, _info: Any) -> Any:
        value = one.work(tuple(below(source, steps) for steps in one.needs))
        return value if shows is None or value is None else shows(value)

    return resolve
