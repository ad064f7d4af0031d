"""Documents: what is selected of a function, as an operation of the API."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from upstreams.errors import BadInput
from upstreams.graphql_api.call.types import Composite, Types, needed
from upstreams.graphql_api.model import Binding, Operation
from upstreams.model import Field, Function, ObjectType, TypeRef, message
from upstreams.steps import Step, read

MOST_FIELDS = 20_000
"""How many fields one document may select: what is asked of an interface may be of many types."""

_TYPENAME = "__typename"
_LEVELS = 2
"""How deep leaves are selected where nobody says what is wanted."""

Tree: TypeAlias = dict[str, "Tree"]
"""Steps, and what is selected below each."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A value that goes along with a document for a field below the root."""

    name: str
    type: TypeRef
    value: Any


@dataclass(frozen=True, slots=True)
class Document:
    """An operation of the API."""

    text: str
    variables: tuple[Variable, ...]
    """Beside the function's own arguments, which are variables by their names."""
    renamed: Mapping[str, str]
    """What keys of the answer stand for, where fields of one name have two types."""


def document(
    function: Function[Binding], given: Sequence[str], selection: Sequence[str], types: Types
) -> Document:
    """The operation that calls a function with those arguments. Raises `BadInput`."""
    binding = function.binding
    writer = _Writer(types)
    returns = function.returns if not _streams(binding) else message(function)
    below = writer.below(returns, _tree(selection) or _leaves(returns, types, _LEVELS))
    declared = dict(binding.arguments)
    variables = [f"${name}: {declared[name]}" for name in given] + writer.declared
    passed = ", ".join(f"{name}: ${name}" for name in given)
    head = f"{binding.operation.value} {binding.field}{_enclosed(', '.join(variables))}"
    text = f"{head} {{ {binding.field}{_enclosed(passed)}{below} }}"
    return Document(text, tuple(writer.variables), writer.renamed)


def _streams(binding: Binding) -> bool:
    return binding.operation is Operation.SUBSCRIPTION


def _enclosed(text: str) -> str:
    return f"({text})" if text else ""


def _tree(selection: Sequence[str]) -> Tree:
    tree: Tree = {}
    for path in selection:
        here = tree
        for step in path.split("."):
            here = here.setdefault(step, {})
    return tree


def _leaves(ref: TypeRef, types: Types, levels: int) -> Tree:
    """The leaves of a value that need no arguments, and those of its objects."""
    of = types.composite(ref)
    if of is None:
        return {}
    found: Tree = {}
    for each in (of, *types.possible(of)):
        for name, one in types.fields(each).items():
            is_leaf = types.composite(one.type) is None
            if not needed(one) and (is_leaf or levels > 1):
                below = {} if is_leaf else _leaves(one.type, types, levels - 1)
                found[name] = {**found.get(name, {}), **below}
    return found


@dataclass(slots=True)
class _Writer:
    """Writes the selections of one document."""

    types: Types
    declared: list[str] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)
    _size: int = 0

    def below(self, ref: TypeRef, tree: Tree) -> str:
        """What is selected of a value: ` { id name }`; nothing of a leaf."""
        of = self.types.composite(ref)
        return "" if of is None else f" {{ {' '.join(self._selected(of, tree))} }}"

    def _selected(self, of: Composite, tree: Tree) -> Iterator[str]:
        if not isinstance(of, ObjectType):
            yield _TYPENAME
            yield from self._of_abstract(of, tree)
            return
        found = [
            self._field(of, step, one, step.key, below)
            for step, below in _read(tree)
            if (one := self.types.accepted(of, step))
        ]
        yield from found or (_TYPENAME,)

    def _of_abstract(self, of: Composite, tree: Tree) -> Iterator[str]:
        """What all values have, then what some have, as fragments on their types."""
        shapes: dict[str, str] = {}
        rest: list[tuple[Step, Tree]] = []
        for step, below in _read(tree):
            one = self.types.accepted(of, step)
            if one is None:
                rest.append((step, below))
            else:
                shapes[step.key] = self.types.output(of, one)
                yield self._field(of, step, one, step.key, below)
        for member in self.types.possible(of) if rest else ():
            if found := list(self._of_member(member, rest, shapes)):
                yield f"... on {member.key} {{ {' '.join(found)} }}"

    def _of_member(
        self, of: ObjectType, steps: Sequence[tuple[Step, Tree]], shapes: dict[str, str]
    ) -> Iterator[str]:
        for step, below in steps:
            one = self.types.accepted(of, step)
            if one is not None:
                yield self._field(of, step, one, self._key(of, step, one, shapes), below)

    def _key(self, of: ObjectType, step: Step, one: Field, shapes: dict[str, str]) -> str:
        """Under which key the field's value comes.

        Fields of two types cannot share one, also of objects that exclude each other
        (specification §5.3.2).
        """
        shape = self.types.output(of, one)
        if shapes.setdefault(step.key, shape) == shape:
            return step.key
        key = f"{step.key}__{of.key}"
        self.renamed[key] = step.key
        return key

    def _field(self, of: Composite, step: Step, one: Field, key: str, below: Tree) -> str:
        self._size += 1
        if self._size > MOST_FIELDS:
            raise BadInput(f"that would ask for more than {MOST_FIELDS} fields at once")
        alias = "" if key == step.name else f"{key}: "
        passed = ", ".join(self._passed(of, step, one))
        return f"{alias}{step.name}{_enclosed(passed)}{self.below(one.type, below)}"

    def _passed(self, of: Composite, step: Step, one: Field) -> Iterator[str]:
        for argument in one.arguments:
            if argument.name in step.arguments:
                name = f"_{len(self.variables)}"
                self.declared.append(f"${name}: {self.types.argument(of, one, argument)}")
                value = step.arguments[argument.name]
                self.variables.append(Variable(name, argument.type, value))
                yield f"{argument.name}: ${name}"


def _read(tree: Tree) -> Iterator[tuple[Step, Tree]]:
    return ((read(step), below) for step, below in tree.items())
