"""Types of several upstreams that mean the same, shown as one.

What users say are one must be equal as clients see them: the same fields, values or members, of the
same types, which may be merged themselves. What a rule says of a type under its own name comes
first, so that a field can be renamed or hidden to make it equal; after that it has the other's
name, and rules, joins and computed fields of that name are for all of it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar

from graphql import NamedTypeNode, NameNode, StringValueNode

from schema.extend.model import Problem, Wrong, place
from schema.extend.world import Waiting, World
from schema.merge import Merged, as_one
from schema.names import pascal
from schema.shaping.outlines import Outline, Outlines, difference
from schema.shaping.rules import Rule
from schema.shaping.shapes import AS_IT_IS, PLAIN, MemberShape, Shapes, TypeKey, TypeShape
from upstreams.model import InputType, TypeDef

T = TypeVar("T")

Group: TypeAlias = tuple[TypeKey, ...]
"""Types that are shown as one, under the name of the first."""
Known: TypeAlias = Callable[[Merged, Mapping[TypeKey, TypeShape]], World]
"""Everything that is offered, with some types as one whose fields are called as the shapes say."""
Shaped: TypeAlias = Callable[[Iterable[Rule], World], Shapes]
"""What rules come to."""


@dataclass(frozen=True, slots=True)
class Merging:
    """What came of it."""

    merged: Merged
    aligned: Shapes = field(default_factory=Shapes)
    """How what is merged into another type is called there."""
    problems: tuple[Problem, ...] = ()
    waiting: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What is one although no rule says so."""

    @property
    def parts(self) -> Mapping[TypeKey, TypeShape]:
        """How each type that is merged into another is called there."""
        return _parts(self.aligned.types, self.merged)

    def rules(self, rules: Iterable[Rule]) -> Iterator[Rule]:
        """Those that are not used up."""
        return (one for one in rules if one.on.name.value not in self.merged.parts)

    def shapes(self, shapes: Shapes) -> Shapes:
        """What the other rules come to, with what is called otherwise in its own upstream."""
        types = dict(shapes.types)
        for key, shape in self.aligned.types.items():
            types[key] = _after(shape, types.get(key, PLAIN))
        return replace(
            shapes,
            types=types,
            problems=_each_once(self.problems, self.aligned.problems, shapes.problems),
            waiting=_each_once(self.waiting, self.aligned.waiting, shapes.waiting),
            notes=(*self.notes, *self.aligned.notes, *shapes.notes),
        )


def merging(
    merged: Merged, rules: Sequence[Rule], known: Known, shaped: Shaped, *, equal: bool
) -> Merging:
    """The types that rules merge, and with `equal` all that are equal and of the same name."""
    said = [one for one in rules if one.merge]
    if not said and not equal:
        return Merging(merged)
    reading = _Reading(known(merged, {}))
    for rule in said:
        reading.add(rule)
    named = {one.on.name.value for one in rules}
    alike = _alike(merged, reading.world, reading.taken, named) if equal else ()
    groups = (*reading.groups, *alike)
    aligning = [one for one in rules if one.on.name.value in as_one(merged, groups).parts]
    aligned = shaped(aligning, reading.world)
    outlines = Outlines(known(merged, aligned.types))
    one = _settled(merged, groups, outlines)
    problems = [*reading.problems, *_unequal(reading, one, outlines, merged)]
    still = [rule for rule in aligning if rule.on.name.value in one.parts]
    problems += _not_its_own(still, one)
    return Merging(
        one,
        shaped(still, reading.world),
        tuple(problems),
        tuple(reading.waiting),
        tuple(_notes(one, reading.taken)),
    )


class _Reading:
    """The rules that merge, looked up."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.problems: list[Problem] = []
        self.waiting: list[str] = []
        self.taken: set[TypeKey] = set()
        """All that is merged, or was to be."""
        self.said: list[tuple[StringValueNode, TypeKey, TypeKey]] = []
        """Where it is written, the first type and the other."""
        self.groups: list[Group] = []

    def add(self, rule: Rule) -> None:
        """Keep what the rule merges; what of it is wrong is a problem."""
        group: list[TypeKey] = []
        for node, name in ((rule.on, rule.on.name), *((one, _name(one)) for one in rule.merge)):
            try:
                key = self._key(name)
                self._check(name, key, group)
            except Wrong as wrong:
                self.problems.append(Problem(wrong.at, wrong.message))
            except Waiting:
                self.waiting.append(place(name))
            else:
                self.taken.add(key)
                group.append(key)
                if isinstance(node, StringValueNode):
                    self.said.append((node, group[0], key))
                continue
            if not group:
                return
        self.groups.append(tuple(group))

    def _key(self, name: NameNode) -> TypeKey:
        found = self.world.known(NamedTypeNode(name=name, loc=name.loc))
        if len(found) > 1:
            raise Wrong(name, f"{name.value} is one type for all upstreams already")
        definition = self.world.definition(found[0])
        assert definition is not None  # noqa: S101 - what has a name is a type of a catalog
        return found[0].upstream, definition.key

    def _check(self, name: NameNode, key: TypeKey, group: Sequence[TypeKey]) -> None:
        if key in self.taken:
            raise Wrong(name, f"{name.value} is merged already")
        if key[0] in (upstream for upstream, _ in group):
            raise Wrong(name, f"{name.value} is {key[0]}'s, too: types of several upstreams merge")


def _each_once(*several: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(one for each in several for one in each))


def _name(node: StringValueNode) -> NameNode:
    return NameNode(value=node.value, loc=node.loc)


def _alike(merged: Merged, world: World, taken: set[TypeKey], named: set[str]) -> Iterator[Group]:
    """Types that different upstreams call the same, of which no rule speaks but by the first's."""
    found: defaultdict[tuple[str, type[TypeDef]], list[TypeKey]] = defaultdict(list)
    for upstream, definition in world.definitions():
        if (upstream, definition.key) not in taken and not definition.shared:
            found[_called(definition), type(definition)].append((upstream, definition.key))
    for keys in found.values():
        several = Counter(upstream for upstream, _ in keys)
        alone = [one for one in keys if several[one[0]] == 1]
        free = [one for one in alone[1:] if merged.type_names[one[0]][one[1]] not in named]
        if free:
            yield (alone[0], *free)


def _called(definition: TypeDef) -> str:
    name = pascal(definition.label)
    return name.removesuffix("Input") if isinstance(definition, InputType) else name


def _settled(merged: Merged, groups: Iterable[Group], outlines: Outlines) -> Merged:
    """The types of each group that are equal as one, if all that they lead to is."""
    settling = _Settling(merged, groups, outlines)
    while settling.moved:
        settling.split()
    return as_one(merged, settling.groups)


class _Settling:
    """Groups that fall apart until the types of each are equal."""

    def __init__(self, merged: Merged, groups: Iterable[Group], outlines: Outlines) -> None:
        self._plain = merged.type_names
        self._names = {upstream: dict(names) for upstream, names in merged.type_names.items()}
        self._outlines = outlines
        self.groups = list(groups)
        for group in self.groups:
            self._name(group)
        self.moved = {key for group in self.groups for key in group}
        """What has another name since what leads to it was looked at."""

    def split(self) -> None:
        """One look at all that leads to what has another name now."""
        moved, self.moved = self.moved, set()
        kept: list[Group] = []
        for group in self.groups:
            touched = any(one in moved for key in group for one in self._seen(key))
            kept += self._equal(group) if touched else (group,)
        self.groups = [group for group in kept if len(group) > 1]
        for group in kept:
            self.moved.update(self._name(group))

    def _seen(self, key: TypeKey) -> Iterator[TypeKey]:
        yield key
        yield from self._outlines.leads(key)

    def _equal(self, group: Group) -> list[Group]:
        """The parts of a group that are equal now, those of one type included."""
        parts: list[tuple[Outline, list[TypeKey]]] = []
        for key in group:
            told = self._outlines.of(key, self._names)
            same = next((keys for seen, keys in parts if seen == told), None)
            if same is None:
                parts.append((told, [key]))
            else:
                same.append(key)
        return [tuple(keys) for _, keys in parts]

    def _name(self, group: Group) -> list[TypeKey]:
        """Give all of a group the name of its first; those that had another before."""
        upstream, key = group[0]
        name = self._plain[upstream][key]
        return [one for one in group if self._renamed(one, name)]

    def _renamed(self, key: TypeKey, name: str) -> bool:
        names = self._names[key[0]]
        had, names[key[1]] = names[key[1]], name
        return had != name


def _unequal(
    reading: _Reading, one: Merged, outlines: Outlines, merged: Merged
) -> Iterator[Problem]:
    """What was to be merged and is not, and the first thing that differs."""
    for node, *keys in reading.said:
        if keys[1] not in one.sources.get(keys[0], ()):
            names = [merged.type_names[upstream][key] for upstream, key in keys]
            told = [outlines.of(key, one.type_names) for key in keys]
            differs = difference(names[0], told[0], names[1], told[1])
            yield Problem(place(node), f"{names[1]} is not equal to {names[0]}: {differs}")


def _parts(shapes: Mapping[TypeKey, TypeShape], merged: Merged) -> dict[TypeKey, TypeShape]:
    """How what is merged into another is called there."""
    return {key: shapes.get(key, PLAIN) for key in merged.parts.values()}


def _notes(one: Merged, said: set[TypeKey]) -> Iterator[str]:
    """What is merged without a word."""
    for name, (upstream, key) in one.parts.items():
        if (upstream, key) not in said:
            yield f"{name} is merged into {one.type_names[upstream][key]}, which is equal"


def _not_its_own(rules: Iterable[Rule], merged: Merged) -> Iterator[Problem]:
    """What is said of a type as a whole that is another's part."""
    for rule in rules:
        told = (rule.rename, rule.hide, rule.description)
        if rule.member is None and any(one is not None for one in told):
            part = rule.on.name.value
            upstream, key = merged.parts[part]
            name = merged.type_names[upstream][key]
            yield Problem(place(rule.on.name), f"{part} is merged into {name}: say it there")


def _after(first: TypeShape, then: TypeShape) -> TypeShape:
    """One shape after another, by the names before both."""
    before = {one.name: name for name, one in first.members.items() if one.name}
    members = {before.get(name, name): one for name, one in then.members.items()}
    for name, one in first.members.items():
        members[name] = _member_after(one, members.get(name, AS_IT_IS))
    return replace(then, members=members)


def _member_after(first: MemberShape, then: MemberShape) -> MemberShape:
    return MemberShape(
        then.name or first.name,
        first.hidden or then.hidden,
        then.description or first.description,
        then.deprecated or first.deprecated,
        {**first.arguments, **then.arguments},
    )
