"""Random worlds for the comparison of both paths: a catalog, and what users add to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from graphql import GraphQLSchema
from msgspec.structs import replace

from app.config.read import loads
from schema.build import Extensions, build, extended_of
from schema.extend.parse import parsed
from schema.federation.model import Federation
from tests.schema.catalogs import (
    INT,
    STRING,
    catalog,
    listed,
    named,
    reading,
    required,
    writing,
)
from upstreams.model import (
    Batch,
    Bound,
    ByShape,
    ByTag,
    Catalog,
    EnumType,
    EnumValue,
    Field,
    FromAnswer,
    FromArguments,
    FromParent,
    Function,
    InputType,
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

TAG = "kind"
"""The field that tells the type of a `Base`."""
ID = Scalar(ScalarKind.ID)
_KINDS = [kind for kind in ScalarKind if kind not in (ScalarKind.UPLOAD, ScalarKind.VOID)]
_NAMES = ("name", "a-b", "class", "__x", "Größe", "of", "key", "value", "f0", "", "x.y", "self")
"""Backend names, of which some are no GraphQL names and some mean something elsewhere."""
_SHARED = Field("shared", Scalar(ScalarKind.LONG))
_KEYS = (Field("id", ID), Field("fk", ID))
"""What objects are joined by."""
_ASKED = (Field("id", ID), Field("n", INT), Field("input", Named("In")))
"""What some fields of objects take."""
_INPUT = InputType("In", "In", fields=(Field("a", ID), Field("b", ListOf(INT))))
_BOX = ObjectType("Box", "Box", fields=(Field("value", STRING),), box=True)


@dataclass(frozen=True)
class World:
    """A catalog, the SDL that extends it, and the dice that made both."""

    catalog: Catalog
    sdl: str
    dice: Random
    entities: Federation | None = None
    """Which types other subgraphs may extend, where it is a subgraph."""

    def schema(self) -> GraphQLSchema:
        """The schema; every extension is right."""
        calls = parsed([("graph.graphql", self.sdl)])
        extensions = Extensions(calls, federation=self.entities)
        schema, _ = build({"x": self.catalog}, extensions=extensions)
        assert extended_of(schema).problems == ()
        return schema


def world(seed: int) -> World:
    """The world of a seed."""
    dice = Random(seed)  # noqa: S311 - dice
    keys = [f"T{n}" for n in range(dice.randint(1, 4))]
    objects = tuple(_taking(seed, _object(dice, key, keys)) for key in keys)
    types: tuple[TypeDef, ...] = (
        *(*_enums(), *objects, *_varied(objects), _BOX, _INPUT),
        *(ObjectType(f"Page{key}", f"Page{key}", fields=_page(key)) for key in keys),
    )
    known = [*keys, "Same", "Odd", "Either", "Base", "Box"]
    roots = tuple(
        reading(
            f"get{n}",
            _ref(dice, known, depth=2),
            *(Field("id", ID), Field("input", Named("In"))),
            selective=dice.random() < 0.2,
        )
        for n in range(dice.randint(1, 3))
    )
    functions = (*roots, *(one for key in keys for one in _functions(dice, key)))
    links = tuple(_link(dice, key, keys) for key in keys if dice.random() < 0.4)
    sdl = "\n".join(_joins(dice, keys))
    made = replace(catalog(*functions, types=types), links=links)
    return World(made, sdl, dice, _entities(seed, keys))


def _enums() -> Iterator[EnumType]:
    same = ("A", "B", "C")
    yield EnumType("Same", "Same", values=tuple(EnumValue(one, one) for one in same))
    odd: tuple[tuple[str, Any], ...] = (("x-y", "x-y"), ("true", "true"), ("One", 1), ("Two", 2.5))
    yield EnumType("Odd", "Odd", values=tuple(EnumValue(name, value) for name, value in odd))


def _object(dice: Random, key: str, keys: list[str]) -> ObjectType:
    names = dice.sample(_NAMES, dice.randint(1, 5))
    known = [*keys, "Same", "Odd", "Either", "Base", "Box"]
    later = keys[keys.index(key) + 1 :]
    fields = (Field(name, _without_end(_ref(dice, known, depth=2), later)) for name in names)
    always = Field(f"only{key}", STRING)
    own = (*_KEYS, always, _SHARED)
    return ObjectType(key, key, fields=(*fields, *own), implements=("Base",))


def _taking(seed: int, made: ObjectType) -> ObjectType:
    """The object, where some of its own fields take arguments in every third world."""
    dice = Random(f"{seed} {made.key}")  # noqa: S311 - dice of its own: others fall as without
    own = tuple(
        replace(one, arguments=_ASKED) if one.name in _NAMES and dice.random() < 0.4 else one
        for one in made.fields
    )
    return replace(made, fields=own) if seed % 3 == 1 else made


def _without_end(ref: TypeRef, later: list[str]) -> TypeRef:
    """The reference, but for one that would ask objects to hold each other for ever."""
    match ref:
        case Required(Named(key)) if key not in (*later, "Same", "Odd", "Box"):
            return Named(key)
        case _:
            return ref


def _varied(objects: tuple[ObjectType, ...]) -> Iterator[TypeDef]:
    tagged = ByTag(TAG, tuple((one.key, one.key) for one in objects))
    shaped = ByShape((*((one.key, (f"only{one.key}",)) for one in objects), ("Box", ())))
    members = (*(one.key for one in objects), "Box")
    yield UnionType("Either", "Either", members=members, resolution=shaped)
    yield InterfaceType("Base", "Base", fields=(*_KEYS, _SHARED), resolution=tagged)


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


def _page(key: str) -> tuple[Field, ...]:
    return (Field("items", listed(named(key))), Field("next", STRING))


def _functions(dice: Random, key: str) -> Iterator[Function]:
    """What there is to call for one type: by a key, by many, to write, and lists of it."""
    ids, of = Field("ids", listed(required(ID))), named(key)
    more = Field("n", INT)
    twin = Batch(("ids",), "id", most=dice.choice((None, 3))) if dice.random() < 0.3 else None
    yield reading(f"one{key}", of, Field("id", ID), more)
    yield reading(f"list{key}", listed(of), Field("id", ID))
    yield reading(f"many{key}", listed(of), ids, *(() if twin else (more,)), batch=twin)
    yield reading(f"by{key}", listed(of), ids)
    yield reading(f"page{key}", named(f"Page{key}"), ids, selective=dice.random() < 0.3)
    yield reading(f"row{key}", listed(of), ids, batch=Batch(("ids",), "", most=2))
    yield reading(f"pair{key}", listed(of), ids, Field("tags", listed(STRING)))
    yield writing(f"write{key}", of, Field("id", ID))


def _link(dice: Random, on: str, keys: list[str]) -> Link:
    expression = dice.choice(
        (FromParent(("fk",)), FromArguments(("id",)), FromAnswer("status"), FromAnswer("header.x"))
    )
    to = dice.choice(keys)
    bound = (Bound(("id",), expression),)
    return Link(on, f"linked{to}", f"one{to}", bound, origin=f"one{on}")


_JOINS = (
    ("{to}", "one{to}", 'args: {{id: "$parent.{key}"}}'),
    ("{to}", "one{to}", 'args: {{id: "$args.id", n: "$args.n"}}'),
    ("[{to}]", "list{to}", 'args: {{id: "$parent.{key}"}}'),
    ("String", "one{to}", 'args: {{id: "$parent.{key}"}}, result: "only{to}"'),
    ("{to}", "many{to}", 'args: {{ids: "$parents.{key}"}}, match: "id"{size}'),
    ("[{to}]", "by{to}", 'args: {{ids: "$parents.{key}"}}, match: "fk"{size}'),
    ("[{to}!]", "page{to}", 'args: {{ids: "$parents.{key}"}}, match: "fk"{size}'),
    ("{to}", "row{to}", 'args: {{ids: "$parents.{key}"}}'),
    (
        "{to}",
        "pair{to}",
        'args: {{ids: "$parents.id", tags: "$parents.fk"}}, match: "id, only{to}"{size}',
    ),
)
"""The types of joins, the functions they call, and how."""


def _joins(dice: Random, keys: list[str]) -> Iterator[str]:
    for on in keys:
        fields = [_join(dice, f"j{n}{on}", keys) for n in range(dice.choice((0, 1, 2, 2)))]
        if fields:
            yield f"extend type {on} {{ {' '.join(fields)} }}"
    if dice.random() < 0.3:
        yield f"extend interface Base {{ {_join(dice, 'jBase', keys)} }}"


def _join(dice: Random, name: str, keys: list[str]) -> str:
    of, function, call = dice.choice(_JOINS)
    said = '(id: ID = "k1", n: Int)' if "$args" in call else ""
    known = {
        "to": dice.choice(keys),
        "key": dice.choice(("id", "fk", "fk")),
        "size": dice.choice(("", ", batchSize: 1", ", batchSize: 2", ", batchSize: 3")),
    }
    of, function, call = (one.format(**known) for one in (of, function, call))
    return f'{name}{said}: {of} @call(function: "x.{function}", {call})'


_WAYS = (
    "{{ key: id, function: x.one{of}, args: {{ id: $parent.id }} }}",
    "{{ key: fk, function: x.one{of}, args: {{ id: $parent.fk, n: 1 }} }}",
    "{{ key: id, function: x.many{of}, args: {{ ids: $parents.id }}, match: id }}",
    "{{ key: fk, function: x.by{of}, args: {{ ids: $parents.fk }}, match: fk, batchSize: 2 }}",
    "{{ key: id, function: x.page{of}, args: {{ ids: $parents.id }}, match: fk }}",
    "{{ key: fk, function: x.row{of}, args: {{ ids: $parents.fk }} }}",
    "{{ key: fk id, function: x.pair{of}, args: {{ ids: $parents.id, tags: $parents.fk }},"
    " match: [id, only{of}] }}",
)
"""How entities are asked for."""


def _entities(seed: int, keys: list[str]) -> Federation | None:
    """In every fifth world all objects are entities, each with one key or several."""
    if seed % 5:
        return None
    dice = Random(f"{seed} entities")  # noqa: S311 - dice of its own: others fall as without
    written = (f"      {key}: [{', '.join(_ways(dice, key))}]" for key in keys)
    head = "upstreams: {x: {openapi: x.json}}\nschema:\n  federation:\n    entities:"
    return loads("\n".join((head, *written)), Path("splice.yaml"), {}).schema.federation


def _ways(dice: Random, key: str) -> Iterator[str]:
    """Ways to ask for one type, no two by the same key."""
    by_key = {way.split(",")[0]: way for way in dice.sample(_WAYS, dice.randint(1, 3))}
    return (way.format(of=key) for way in by_key.values())
