"""Random operations on the schemas of random worlds, valid but for fields that do not merge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from schema.federation.check import ENTITIES
from schema.federation.sdl import SERVICE

_DEEPEST = 4
_ARGUMENTS: Mapping[str, Mapping[str, str]] = {
    "": {},
    "x": {"id": '"k1"'},
    "y": {"id": '"k2"', "n": "1"},
    "v": {"id": "$i", "n": "$n", "representations": "$r"},
    "w": {
        "id": "7",
        "ids": '["k1", $k]',
        "input": "{a: $i, b: [1, $n]}",
        "representations": '[{__typename: "T0", id: $k, fk: $i}, {__typename: "T0", fk: "k2"}]',
    },
    "z": {"id": "null", "ids": '["k1", "k2"]', "input": '{a: "k1", b: 3}', "representations": "[]"},
}
"""What is put before a response key, and the arguments it stands for, of those the field has."""
_KNOWN = '{__typename: "%s", id: "%s", fk: "%s"}'
_REQUIRED = {
    "ids": '["k2", "k3", 1]',
    "representations": f"[{_KNOWN % ('T0', 'k1', 'k2')}, {_KNOWN % ('T0', 'k2', 'k2')}]",
}
_TYPES = {
    "i": "ID",
    "n": "Int",
    "k": 'ID! = "k4"',
    "f0": "Boolean!",
    "f1": "Boolean! = true",
    "f2": "Boolean = false",
    "r": "[_Any!]!",
}
_REPRESENTATIONS = [
    {"__typename": one, "id": key, "fk": fk}
    for key, fk in (("k1", "k2"), ("k2", "k1"), ("k3", "k2"), ("k1", 2))
    for one in ("T0", "T1")
]


@dataclass
class _Writing:
    """An operation being written."""

    dice: Random
    schema: GraphQLSchema
    used: set[str] = field(default_factory=set)
    fragments: list[str] = field(default_factory=list)


def operation(dice: Random, schema: GraphQLSchema) -> str:
    """A query or a mutation."""
    writing = _Writing(dice, schema)
    writes = dice.random() < 0.2
    root = schema.mutation_type if writes else schema.query_type
    assert root is not None
    body = _selections(writing, root, depth=0)
    said = ", ".join(f"${name}: {_TYPES[name]}" for name in sorted(writing.used))
    head = f"{'mutation' if writes else 'query'}{f'({said})' if said else ''}"
    return "\n".join((f"{head} {body}", *writing.fragments))


def variables(dice: Random) -> dict[str, Any]:
    """Values for the variables that operations have, or most of them."""
    given: dict[str, Any] = {"f0": dice.random() < 0.5, "r": _REPRESENTATIONS}
    if dice.random() < 0.5:
        given["f1"] = dice.random() < 0.5
    if dice.random() < 0.2:
        given["f2"] = dice.choice((True, False, None))
    if dice.random() < 0.8:
        given["i"] = dice.choice(("k1", "k2", 3, None))
    if dice.random() < 0.8:
        given["n"] = dice.choice((1, 2, None))
    if dice.random() < 0.3:
        given["k"] = "k3"
    if dice.random() < 0.02:
        given[dice.choice(tuple(_TYPES))] = {}
    return given


def _selections(writing: _Writing, of_type: GraphQLNamedType, depth: int) -> str:
    count = writing.dice.choice((1, 2, 2, 3))
    return f"{{ {' '.join(_selection(writing, of_type, depth) for _ in range(count))} }}"


def _selection(writing: _Writing, of_type: GraphQLNamedType, depth: int) -> str:
    dice = writing.dice
    chance = dice.random()
    if chance < 0.08:
        return f"{dice.choice(('', 't: '))}__typename{_directive(writing)}"
    if chance < 0.14 and depth < _DEEPEST:
        return f"...{_directive(writing)} {_selections(writing, of_type, depth + 1)}"
    if chance < 0.22 and depth < _DEEPEST:
        return f"...{_fragment(writing, of_type, depth)}{_directive(writing)}"
    if isinstance(of_type, GraphQLUnionType | GraphQLInterfaceType) and (
        chance < 0.8 or isinstance(of_type, GraphQLUnionType)
    ):
        possible = dice.choice(writing.schema.get_possible_types(of_type))
        below = _selections(writing, possible, depth + 1)
        return f"... on {possible.name}{_directive(writing)} {below}"
    assert isinstance(of_type, GraphQLObjectType | GraphQLInterfaceType)
    return _field(writing, of_type, depth)


def _fragment(writing: _Writing, of_type: GraphQLNamedType, depth: int) -> str:
    """The name of a fragment on the type: a new one, seldom one that is there already."""
    known = [one for one in writing.fragments if f" on {of_type.name} {{" in one]
    if known and writing.dice.random() < 0.5:
        return writing.dice.choice(known).split()[1]
    place = len(writing.fragments)
    writing.fragments.append("")
    below = _selections(writing, of_type, depth + 1)
    writing.fragments[place] = f"fragment F{place} on {of_type.name} {below}"
    return f"F{place}"


def _field(writing: _Writing, of_type: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
    dice = writing.dice
    names = [
        name
        for name, one in of_type.fields.items()
        if name != SERVICE and (depth < _DEEPEST or _is_leaf(one))
    ]
    joins = [name for name in names if name.startswith(("j", "linked", ENTITIES))]
    if not names:
        return "__typename"
    name = dice.choice(joins if joins and dice.random() < 0.5 else names)
    found = of_type.fields[name]
    style = dice.choice(("", "", *_ARGUMENTS)) if found.args else dice.choice(("", "", "x", "y"))
    alias = f"{style}_{name}: " if style else ""
    if dice.random() < 0.03:
        alias = dice.choice(("id: ", "name: ", "only: "))
    text = f"{alias}{name}{_arguments(writing, found, style)}{_directive(writing)}"
    below = get_named_type(found.type)
    return text if is_leaf_type(below) else f"{text} {_selections(writing, below, depth + 1)}"


def _is_leaf(found: GraphQLField) -> bool:
    return is_leaf_type(get_named_type(found.type))


def _arguments(writing: _Writing, found: GraphQLField, style: str) -> str:
    given = {**_REQUIRED, **_ARGUMENTS[style]}
    said = {name: text for name, text in given.items() if name in found.args}
    writing.used.update(name for name in _TYPES if f"${name}" in " ".join(said.values()))
    return f"({', '.join(f'{name}: {text}' for name, text in said.items())})" if said else ""


def _directive(writing: _Writing) -> str:
    dice = writing.dice
    if dice.random() < 0.88:
        return ""
    name = dice.choice(("skip", "include"))
    if dice.random() < 0.5:
        return f" @{name}(if: {dice.choice(('true', 'false'))})"
    flag = dice.choice(("f0", "f1", "f2"))
    writing.used.add(flag)
    return f" @{name}(if: ${flag})"
