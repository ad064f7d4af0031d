"""Rules, looked up: what each speaks of, and whether it can be so."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from graphql import (
    EnumTypeExtensionNode,
    InputObjectTypeExtensionNode,
    InputValueDefinitionNode,
    InterfaceTypeExtensionNode,
    NamedTypeNode,
    Node,
    ObjectTypeExtensionNode,
    TypeNode,
    UnionTypeExtensionNode,
    print_ast,
)

from schema.extend.model import Problem, Wrong, near, place
from schema.extend.world import Typed, Waiting, World
from schema.merge import Merged
from schema.shaping.hidden import spread, unseen
from schema.shaping.members import Known, of_root, of_type, root_types
from schema.shaping.rules import Extension, Rule
from schema.shaping.shapes import (
    AS_IT_IS,
    PLAIN,
    ArgumentShape,
    MemberShape,
    Shapes,
    TypeKey,
    TypeShape,
)
from upstreams.model import (
    EnumType,
    InputType,
    InterfaceType,
    Named,
    ObjectType,
    Required,
    TypeDef,
    UnionType,
)

Where: TypeAlias = TypeKey | str
"""A type of a catalog, or the name of one whose fields call functions."""

_KEYWORDS: Mapping[type, tuple[type, str]] = {
    ObjectType: (ObjectTypeExtensionNode, "type"),
    InterfaceType: (InterfaceTypeExtensionNode, "interface"),
    InputType: (InputObjectTypeExtensionNode, "input"),
    EnumType: (EnumTypeExtensionNode, "enum"),
    UnionType: (UnionTypeExtensionNode, "union"),
}


def found(
    rules: Iterable[Rule], world: World, merged: Merged, taken: Mapping[str, Iterable[str]]
) -> Shapes:
    """How everything is shown; a rule that cannot be followed is a problem, and nothing else.

    `taken` are names that nothing may get, by the type whose fields they are; of types: by "".
    """
    finding = _Finding(world, merged, taken)
    for rule in rules:
        try:
            finding.add(rule)
        except Wrong as wrong:
            finding.problems.append(Problem(wrong.at, wrong.message))
        except Waiting:
            finding.waiting.append(place(rule.place))
    return finding.shapes()


@dataclass(slots=True)
class _Said:
    """What rules say of one type."""

    itself: list[Rule] = field(default_factory=list)
    members: dict[str, Rule] = field(default_factory=dict)


class _Finding:
    """One reading of all rules."""

    def __init__(self, world: World, merged: Merged, taken: Mapping[str, Iterable[str]]) -> None:
        self._world = world
        self._merged = merged
        self._taken = taken
        self._roots = root_types(merged)
        self._members: dict[Where, dict[str, Known]] = {}
        self._said: defaultdict[Where, _Said] = defaultdict(_Said)
        self.problems: list[Problem] = []
        self.waiting: list[str] = []

    def add(self, rule: Rule) -> None:
        """Keep the rule with what it speaks of. Raises `Wrong` and `Waiting`."""
        wheres = tuple(self._wheres(rule))
        for where in wheres:
            if rule.member is None:
                self._check_type(rule, where)
            else:
                self._check_member(rule, where, rule.member.value)
        for where in wheres:
            if rule.member is None:
                self._said[where].itself.append(rule)
            else:
                self._said[where].members[rule.member.value] = rule

    def _wheres(self, rule: Rule) -> Iterator[Where]:
        """The type that is meant; of an interface's field, also those that have it, too."""
        name = rule.on.name.value
        if name in self._roots:
            yield name
            return
        known = self._world.known(NamedTypeNode(name=rule.on.name, loc=rule.on.name.loc))
        for typed in known:
            definition = self._world.definition(typed)
            assert definition is not None  # noqa: S101 - what has a name is a type of a catalog
            _check_keyword(rule.on, definition)
            yield typed.upstream, definition.key
            if isinstance(definition, InterfaceType) and rule.member is not None:
                for one in self._world.implementing(typed.upstream, definition.key):
                    yield typed.upstream, one.key

    def _check_type(self, rule: Rule, where: Where) -> None:
        if isinstance(where, str):
            raise Wrong(rule.on.name, f"{where} stays as it is; its fields may change")
        said = self._said[where].itself
        if any((one.rename and rule.rename) or (one.hide and rule.hide) for one in said):
            raise Wrong(rule.on.name, f"{rule.on.name.value} is spoken of twice")
        if rule.rename and (owner := self._owner(rule.rename.value, where)):
            raise Wrong(rule.rename, f"there is a type {owner} already")

    def _owner(self, name: str, where: TypeKey) -> str | None:
        """The name, where another type has it or gets it."""
        taken = {*self._taken.get("", ()), *self._merged.entry_names.values(), *self._roots}
        for names in self._merged.type_names.values():
            taken.update(names.values())
        for other, said in self._said.items():
            if self._shown(other) != self._shown(where):
                taken |= {rule.rename.value for rule in said.itself if rule.rename}
        return name if name in taken else None

    def _check_member(self, rule: Rule, where: Where, name: str) -> None:
        members = self._of(where)
        shown = self._shown(where)
        if name not in members:
            if isinstance(where, str) and not self._world.complete:
                raise Waiting
            raise Wrong(rule.place, self._no_member(shown, name, members))
        if name in self._said[where].members:
            raise Wrong(rule.place, f"{shown}.{name} is spoken of twice")
        self._check_inherited(rule, where, name)
        self._check_restated(rule, members[name])
        if rule.rename:
            self._check_free(rule.rename, rule.rename.value, where)

    def _no_member(self, shown: str, name: str, members: Mapping[str, Known]) -> str:
        if (shown, name) in self._world.joins:
            return f"{name} is a join: say it where its @call is"
        what = "value" if any(one.typed is None for one in members.values()) else "field"
        return (
            f"{shown} has no {what} {name!r}{near(name, members)}; a new field needs a @call that"
            " says where its value is from"
        )

    def _check_inherited(self, rule: Rule, where: Where, name: str) -> None:
        """What an interface has its objects have, too, under the same name."""
        if isinstance(where, str) or not (rule.rename or rule.hide):
            return
        definition = self._world.types(where[0])[where[1]]
        if not isinstance(definition, ObjectType | InterfaceType):
            return
        for key in definition.implements:
            spoken = self._world.spelled(Typed(where[0], Named(key)))
            if name in self._of((where[0], key)) and rule.on.name.value != spoken:
                raise Wrong(rule.place, f"{name} is the interface {spoken}'s: say it there")

    def _check_restated(self, rule: Rule, known: Known) -> None:
        if rule.type is None or known.typed is None:
            return
        self._check_same(rule.type, known.typed)
        is_input = isinstance(rule.on, InputObjectTypeExtensionNode)
        if is_input and rule.hide and isinstance(known.typed.ref, Required):
            raise Wrong(rule.hide, f"{print_ast(rule.place)} must be given, so it must be seen")
        for node in rule.arguments:
            argument = known.arguments.get(node.name.value)
            if argument is None:
                hint = near(node.name.value, known.arguments)
                raise Wrong(node, f"there is no argument {node.name.value!r}{hint}")
            self._check_same(node.type, Typed(known.typed.upstream, argument.type))

    def _check_same(self, node: TypeNode, typed: Typed) -> None:
        given = self._world.spelled(typed)
        if self._world.written(node) != given:
            raise Wrong(node, f"the type is {given}, and stays so")

    def _check_free(self, node: Node, name: str, where: Where) -> None:
        said = self._said[where].members
        kept = {one for one in self._of(where) if one not in said or not said[one].rename}
        given = {one.rename.value for one in said.values() if one.rename}
        joins = {field for on, field in self._world.joins if on == self._shown(where)}
        taken = self._taken.get(where, ()) if isinstance(where, str) else ()
        if name in {*kept, *given, *joins, *taken}:
            raise Wrong(node, f"{self._shown(where)} has a {name} already")

    def _of(self, where: Where) -> dict[str, Known]:
        """What a type has."""
        if where not in self._members:
            if isinstance(where, str):
                self._members[where] = of_root(self._roots[where])
            else:
                definition = self._world.types(where[0])[where[1]]
                self._members[where] = of_type(self._world, where[0], definition)
        return self._members[where]

    def _shown(self, where: Where) -> str:
        """The name of a type."""
        return where if isinstance(where, str) else self._merged.type_names[where[0]][where[1]]

    def shapes(self) -> Shapes:
        """What all of it comes to."""
        made: dict[Where, TypeShape] = {
            where: self._shape(where, said) for where, said in self._said.items()
        }
        notes: list[str] = []
        meant = {where for where, one in made.items() if one.hidden and isinstance(where, tuple)}
        hidden = spread(self._world, meant)
        for key in sorted(hidden - meant):
            made[key] = replace(made.get(key, PLAIN), hidden=True)
            notes.append(f"{self._shown(key)} is hidden: nothing of it is left")
        for where in self._all() if hidden else ():
            made[where] = self._without(where, made.get(where, PLAIN), hidden, notes)
        return Shapes(
            {where: one for where, one in made.items() if isinstance(where, tuple)},
            {where: one for where, one in made.items() if isinstance(where, str)},
            tuple(self.problems),
            tuple(self.waiting),
            tuple(notes),
        )

    def _all(self) -> Iterator[Where]:
        yield from self._roots
        yield from ((upstream, one.key) for upstream, one in self._world.definitions())

    def _without(
        self, where: Where, shape: TypeShape, hidden: set[TypeKey], notes: list[str]
    ) -> TypeShape:
        """The same without what leads to hidden types; what that is, is noted."""
        if shape.hidden:
            return shape
        members = dict(shape.members)
        for name, argument in unseen(self._of(where), hidden):
            told = members.get(name, AS_IT_IS)
            if told.hidden:
                continue
            at = f"{self._shown(where)}.{name}"
            if argument is None:
                members[name] = replace(told, hidden=True)
                notes.append(f"{at} is hidden: it leads to a hidden type")
            else:
                arguments = {**told.arguments, argument: ArgumentShape(hidden=True)}
                members[name] = replace(told, arguments=arguments)
                notes.append(f"{at}({argument}:) is hidden: it is of a hidden type")
        return replace(shape, members=members)

    def _shape(self, where: Where, said: _Said) -> TypeShape:
        members = {name: _member(rule) for name, rule in said.members.items()}
        of_values = any(one.typed is None for one in self._of(where).values())
        if of_values and all(members.get(name, AS_IT_IS).hidden for name in self._of(where)):
            rule = next(iter(said.members.values()))
            message = f"{self._shown(where)}: one value at least must be seen"
            self.problems.append(Problem(place(rule.on.name), message))
            members = {}
        return TypeShape(
            next((one.rename.value for one in said.itself if one.rename), None),
            any(one.hide for one in said.itself),
            next((one.description for one in said.itself if one.description), None),
            members,
        )


def _check_keyword(on: Extension, definition: TypeDef) -> None:
    extension, keyword = _KEYWORDS[type(definition)]
    if not isinstance(on, extension):
        raise Wrong(on.name, f"{on.name.value}: write `extend {keyword}`")


def _member(rule: Rule) -> MemberShape:
    return MemberShape(
        rule.rename.value if rule.rename else None,
        rule.hide is not None,
        rule.description,
        rule.deprecated,
        {one.name.value: _argument(one) for one in rule.arguments},
    )


def _argument(node: InputValueDefinitionNode) -> ArgumentShape:
    description = node.description.value if node.description else None
    return ArgumentShape(default=node.default_value, description=description)
