"""Random worlds for the comparison of both paths: catalogs, operations on them, and answers."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from tests.schema.catalogs import catalog, reading
from upstreams.model import (
    Bound,
    ByShape,
    ByTag,
    Catalog,
    EnumType,
    EnumValue,
    Field,
    FromArguments,
    FromParent,
    InterfaceType,
    Link,
    ListOf,
    MapOf,
    Named,
    ObjectType,
    Required,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    UnionType,
)

_KINDS = [kind for kind in ScalarKind if kind not in (ScalarKind.UPLOAD, ScalarKind.VOID)]
_NAMES = (
    "id",
    "name",
    "a-b",
    "class",
    "__x",
    "Größe",
    "of",
    "key",
    "value",
    "f0",
    "",
    "x.y",
    "self",
)
"""Backend names, of which some are no GraphQL names and some mean something elsewhere."""
_TAG = "kind"
_SHARED = Field("shared", Scalar(ScalarKind.LONG))
_DIRT: tuple[Callable[[], Any], ...] = (
    lambda: None,
    lambda: True,
    lambda: 1.0,
    lambda: -2.5,
    lambda: 2**40,
    lambda: 2**70,
    lambda: "5",
    lambda: "x",
    list,
    lambda: [None, 1],
    dict,
    lambda: {"id": None},
)


@dataclass(frozen=True)
class World:
    """A catalog, and the dice that made it."""

    catalog: Catalog
    dice: Random


def world(seed: int) -> World:
    """The world of a seed."""
    dice = Random(seed)  # noqa: S311 - dice
    enums = tuple(_enums())
    keys = [f"T{n}" for n in range(dice.randint(1, 4))]
    objects = tuple(_object(dice, key, keys) for key in keys)
    varied = tuple(_varied(dice, objects))
    box = ObjectType("Box", "Box", fields=(Field("value", Scalar(ScalarKind.STRING)),), box=True)
    types: tuple[TypeDef, ...] = (*enums, *objects, *varied, box)
    argument = Field("id", Scalar(ScalarKind.ID))
    functions = tuple(
        reading(f"get{n}", _ref(dice, [one.key for one in types], depth=2), argument)
        for n in range(dice.randint(1, 3))
    ) + tuple(reading(f"one{key}", Named(key), argument) for key in keys)
    links = tuple(_link(dice, key, keys) for key in keys if dice.random() < 0.6)
    made = catalog(*functions, types=types)
    return World(
        type(made)(made.kind, made.functions, made.types, None, links=links),
        dice,
    )


def _enums() -> Iterator[EnumType]:
    same = ("A", "B", "C")
    yield EnumType("Same", "Same", values=tuple(EnumValue(one, one) for one in same))
    odd: tuple[tuple[str, Any], ...] = (("x-y", "x-y"), ("true", "true"), ("One", 1), ("Two", 2.5))
    yield EnumType("Odd", "Odd", values=tuple(EnumValue(name, value) for name, value in odd))


def _object(dice: Random, key: str, keys: list[str]) -> ObjectType:
    names = dice.sample(_NAMES, dice.randint(1, 6))
    known = [*keys, "Same", "Odd", "Either", "Box"]
    fields = tuple(Field(name, _ref(dice, known, depth=2)) for name in names)
    always = Field(f"only{key}", Scalar(ScalarKind.STRING))
    return ObjectType(key, key, fields=(*fields, always, _SHARED), implements=("Base",))


def _varied(dice: Random, objects: tuple[ObjectType, ...]) -> Iterator[TypeDef]:
    tagged = ByTag(_TAG, tuple((one.key, one.key) for one in objects))
    shaped = ByShape((*((one.key, (f"only{one.key}",)) for one in objects), ("Box", ())))
    members = (*(one.key for one in objects), "Box")
    yield UnionType("Either", "Either", members=members, resolution=shaped)
    yield InterfaceType("Base", "Base", fields=(_SHARED,), resolution=tagged)


def _link(dice: Random, on: str, keys: list[str]) -> Link:
    origin = f"one{on}"
    expression = dice.choice((FromParent((f"only{on}",)), FromArguments(("id",))))
    to = dice.choice(keys)
    return Link(on, f"linked{to}", f"one{to}", (Bound(("id",), expression),), origin=origin)


def _ref(dice: Random, keys: list[str], depth: int) -> TypeRef:
    chance = dice.random()
    if chance < 0.15 and depth:
        ref: TypeRef = ListOf(_ref(dice, keys, depth - 1))
    elif chance < 0.22 and depth:
        ref = MapOf(_ref(dice, keys, depth - 1))
    elif chance < 0.5:
        ref = Named(dice.choice(keys))
    else:
        ref = Scalar(dice.choice(_KINDS))
    return Required(ref) if dice.random() < 0.3 else ref


def value(made: World, ref: TypeRef, *, dirt: float, depth: int = 0) -> Any:
    """A value of that type; each part of it is wrong with the probability `dirt`."""
    dice = made.dice
    if dice.random() < dirt:
        return dice.choice(_DIRT)()
    match ref:
        case Required(of):
            return _present(made, of, dirt, depth)
        case _ if dice.random() < 0.1:
            return None
        case _:
            return _present(made, ref, dirt, depth)


def _present(made: World, ref: TypeRef, dirt: float, depth: int) -> Any:
    dice = made.dice
    match ref:
        case ListOf(of):
            most = 3 if depth < 4 else 0
            return [
                value(made, of, dirt=dirt, depth=depth + 1) for _ in range(dice.randint(0, most))
            ]
        case MapOf(of):
            most = 2 if depth < 4 else 0
            return {
                f"k{n}": value(made, of, dirt=dirt, depth=depth + 1)
                for n in range(dice.randint(0, most))
            }
        case Named(key):
            return _named(made, key, dirt, depth)
        case Scalar(kind):
            return _scalar(dice, kind)
        case Required(of):
            return _present(made, of, dirt, depth)


def _named(made: World, key: str, dirt: float, depth: int) -> Any:
    definition = next(one for one in made.catalog.types if one.key == key)
    dice = made.dice
    match definition:
        case EnumType():
            return dice.choice(definition.values).value
        case UnionType():
            return _named(made, dice.choice(definition.members), dirt, depth)
        case InterfaceType():
            objects = [one.key for one in made.catalog.types if isinstance(one, ObjectType)]
            return _named(made, dice.choice(objects), dirt, depth)
        case ObjectType(box=True):
            return "boxed"
        case ObjectType():
            return _filled(made, definition, dirt, depth)
        case _:
            return {}


def _filled(made: World, definition: ObjectType, dirt: float, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {_TAG: definition.key}
    for field in definition.fields:
        deep = depth > 5 and not isinstance(field.type, Required)
        if deep or (made.dice.random() < 0.1 and not isinstance(field.type, Required)):
            continue
        if depth > 12:
            continue
        found[field.name] = value(made, field.type, dirt=dirt, depth=depth + 1)
    return found


def _scalar(dice: Random, kind: ScalarKind) -> Any:
    match kind:
        case ScalarKind.INT:
            return dice.randint(-(2**31), 2**31 - 1)
        case ScalarKind.FLOAT:
            return dice.choice((1.5, -0.1, 1e22, 3, 1e-7))
        case ScalarKind.BOOLEAN:
            return dice.random() < 0.5
        case ScalarKind.UNSIGNED_INT:
            return dice.randint(0, 2**32 - 1)
        case ScalarKind.LONG | ScalarKind.UNSIGNED_LONG | ScalarKind.BIG_INT:
            return dice.choice((7, 2**53 + 1, "12", "007"))
        case ScalarKind.DECIMAL:
            return dice.choice((1, 1.25, "1.10", "1e3"))
        case ScalarKind.BYTES:
            return base64.b64encode(dice.randbytes(3)).decode()
        case ScalarKind.JSON:
            return dice.choice((1, "x", None, [1, {"a": 1.5}], {"k": [True]}))
        case ScalarKind.ID:
            return dice.choice(("i1", 7))
        case _:
            return dice.choice(("text", "Größe", "", '\u2028"\\/', "😀"))


_STYLES = {"x": '(id: "i1")', "y": '(id: "i2")', "v": "(id: $i)"}
"""What is put before a response key, and the arguments it stands for, where the field has any."""


@dataclass
class _Writing:
    dice: Random
    schema: GraphQLSchema
    variables: dict[str, str]
    fragments: list[str]


def operation(made: World, schema: GraphQLSchema) -> tuple[str, dict[str, Any]]:
    """A random query, and values for its variables."""
    writing = _Writing(made.dice, schema, {}, [])
    assert schema.query_type is not None
    body = _selections(writing, schema.query_type, depth=0)
    said = ", ".join(f"${name}: {of_type}" for name, of_type in writing.variables.items())
    head = f"query({said})" if said else "query"
    flags = ("f0", "f1")
    given = {
        name: made.dice.random() < 0.5 if name in flags else made.dice.choice(("i1", "7", "12"))
        for name in writing.variables
    }
    return "\n".join((f"{head} {body}", *writing.fragments)), given


def _selections(writing: _Writing, of_type: GraphQLNamedType, depth: int) -> str:
    dice = writing.dice
    chosen = [_selection(writing, of_type, depth) for _ in range(dice.randint(1, 4))]
    return "{ " + " ".join(chosen) + " }"


def _selection(writing: _Writing, of_type: GraphQLNamedType, depth: int) -> str:
    dice = writing.dice
    chance = dice.random()
    if chance < 0.1:
        return f"{dice.choice(('', 't: '))}__typename {_directive(writing)}"
    if isinstance(of_type, GraphQLUnionType | GraphQLInterfaceType):
        possible = dice.choice(writing.schema.get_possible_types(of_type))
        return f"... on {possible.name} {_selections(writing, possible, depth)}"
    if chance < 0.2 and depth < 4:
        return f"... {_directive(writing)} {_selections(writing, of_type, depth + 1)}"
    if chance < 0.3 and depth < 3:
        name = f"F{len(writing.fragments)}"
        writing.fragments.append("")
        place = len(writing.fragments) - 1
        inner = _selections(writing, of_type, depth + 1)
        writing.fragments[place] = f"fragment {name} on {of_type.name} {inner}"
        return f"...{name} {_directive(writing)}"
    assert isinstance(of_type, GraphQLObjectType)
    return _field(writing, of_type, depth)


def _field(writing: _Writing, of_type: GraphQLObjectType, depth: int) -> str:
    dice = writing.dice
    shallow = [
        name for name, one in of_type.fields.items() if is_leaf_type(get_named_type(one.type))
    ]
    names = shallow if depth > 4 and shallow else list(of_type.fields)
    if not names or depth > 8:
        return "__typename"
    name = dice.choice(names)
    field = of_type.fields[name]
    below = get_named_type(field.type)
    style = dice.choice(("", "", "", *_STYLES))
    alias = f"{style}_{name}: " if style else ""
    if dice.random() < 0.03:
        alias = dice.choice(("id: ", "name: ", "only: "))
    given = _STYLES.get(style, "") if "id" in field.args else ""
    if "$i" in given:
        writing.variables["i"] = "ID"
    text = f"{alias}{name}{given} {_directive(writing)}"
    return text if is_leaf_type(below) else f"{text} {_selections(writing, below, depth + 1)}"


def _directive(writing: _Writing) -> str:
    dice = writing.dice
    if dice.random() < 0.85:
        return ""
    name = dice.choice(("skip", "include"))
    if dice.random() < 0.5:
        return f"@{name}(if: {dice.choice(('true', 'false'))})"
    flag = dice.choice(("f0", "f1"))
    writing.variables[flag] = "Boolean!"
    return f"@{name}(if: ${flag})"
