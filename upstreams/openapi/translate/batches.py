"""Functions that answer for many keys in one call, so that lists can be joined through them.

Recognised are list filters (`GET /users?ids=…`) and batch gets (`POST /users:batchGet`, as in
https://google.aip.dev/231), and only where nothing else can be meant.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from upstreams.json_schema import Place, Unresolved
from upstreams.model import (
    Batch,
    Effect,
    Field,
    Function,
    InputType,
    InterfaceType,
    ListOf,
    Named,
    ObjectType,
    Required,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    nullable,
)
from upstreams.openapi.model import Binding, Where
from upstreams.openapi.translate.operations import Scene

_GETTING = re.compile(r"(.*)[:/]_?(?:batch|bulk|multi|m)[-_/]?get/?", re.IGNORECASE)
"""The path of a batch get: `/users:batchGet`, `/users/batch_get`, `/users/_mget`."""
_LISTS = frozenset({"items", "data", "results", "result", "values", "value", "entries", "records"})
"""What the list in an answer is called where it is not called what the path is."""
_KEYS = frozenset(
    {
        *(ScalarKind.STRING, ScalarKind.ID, ScalarKind.UUID, ScalarKind.URI, ScalarKind.EMAIL),
        *(ScalarKind.INT, ScalarKind.LONG, ScalarKind.UNSIGNED_INT, ScalarKind.UNSIGNED_LONG),
        ScalarKind.BIG_INT,
    }
)
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")

_Words: TypeAlias = tuple[str, ...]
_Types: TypeAlias = Mapping[str, TypeDef]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A list of keys that a function takes."""

    argument: tuple[str, ...]
    kind: ScalarKind
    source: str
    words: _Words
    """Of its name, the last one in the singular: `userIds` -> `user`, `id`."""


@dataclass(frozen=True, slots=True)
class _Answered:
    """A list of objects that a function gives."""

    items: tuple[str, ...]
    """Where it is in the answer."""
    item: ObjectType | InterfaceType


def batched(
    scene: Scene, functions: Iterable[Function[Binding]], types: Sequence[TypeDef]
) -> Iterator[Function[Binding]]:
    """The functions, with a batch where they answer for many keys; a batch get is a read."""
    by_key = {one.key: one for one in types}
    for function in functions:
        batch = _batch(scene, function, by_key)
        if batch is None:
            yield function
            continue
        if function.effect is Effect.WRITE:
            scene.types.assume(function.source, "a batch get is taken to read, as in AIP-231")
        yield msgspec.structs.replace(function, batch=batch, effect=Effect.READ)


def _batch(scene: Scene, function: Function[Binding], types: _Types) -> Batch | None:
    """How a function answers for many keys; None where it does not, or not surely so."""
    getting = _GETTING.fullmatch(function.binding.path)
    wanted = list(_in_body(function, types) if getting else ()) or list(_in_query(function))
    if not wanted:
        return None
    resource = _resource(getting[1] if getting else function.binding.path)
    answered = _answered(function.returns, types, resource)
    if answered is None:
        return None
    if not getting:
        wanted = [one for one in wanted if one.words[-1:] == ("id",)]
    keyed = [(one, key) for one in wanted if (key := _key(one, answered.item, resource))]
    chosen = [(one, key) for one, key in keyed if one.words == ("id",)] or keyed
    if len(chosen) != 1:
        return None
    one, key = chosen[0]
    return Batch(one.argument, key, answered.items, _most(scene, one.source))


def _in_query(function: Function[Binding]) -> Iterator[_Wanted]:
    """The lists in the query of a function that reads."""
    if function.effect is Effect.WRITE:
        return
    arguments = {one.name: one for one in function.arguments}
    for parameter in function.binding.parameters:
        if parameter.where is Where.QUERY:
            yield from _list(arguments[parameter.argument], parameter.name)


def _in_body(function: Function[Binding], types: _Types) -> Iterator[_Wanted]:
    """The list that a posted body is, or that is all an object in it has, or has to have."""
    body = function.binding.body
    if function.binding.method != "POST" or body is None:
        return
    argument = next(one for one in function.arguments if one.name == body.argument)
    yield from _list(argument, "ids")
    definition = _named(argument.type, types)
    if isinstance(definition, InputType) and not definition.one_of:
        required = [one for one in definition.fields if isinstance(one.type, Required)]
        told = required or definition.fields
        if len(told) == 1:
            yield from _list(told[0], told[0].name, argument.name)


def _list(field: Field, name: str, *above: str) -> Iterator[_Wanted]:
    """The list of keys that a value is, if it is one."""
    match nullable(field.type):
        case ListOf(Required(Scalar(kind)) | Scalar(kind)) if kind in _KEYS:
            words = _singular(_words(name.removesuffix("[]")))
            yield _Wanted((*above, field.name), kind, field.source, words)


def _named(ref: TypeRef, types: _Types) -> TypeDef | None:
    plain = nullable(ref)
    return types[plain.key] if isinstance(plain, Named) else None


def _resource(path: str) -> _Words:
    """What a path is about: `/v1/user-groups/{id}` -> `user`, `group`"""
    literal = [one for one in path.split("/") if one and "{" not in one]
    return _singular(_words(literal[-1])) if literal else ()


def _words(name: str) -> _Words:
    """`userIDs`, `user_ids`, `user-ids` -> `user`, `ids`"""
    plain = name.replace("IDs", "Ids").replace("ID", "Id")
    return tuple(word.lower() for word in _WORD.findall(plain))


def _singular(words: _Words) -> _Words:
    """`company`, `categories` -> `company`, `category`"""
    *before, last = words or ("",)
    if last.endswith("ies"):
        return (*before, f"{last[:-3]}y")
    return (*before, last.removesuffix("s"))


def _answered(ref: TypeRef, types: _Types, resource: _Words) -> _Answered | None:
    """The list of objects that an answer is, or the only list it has."""
    if item := _item(ref, types):
        return _Answered((), item)
    definition = _named(ref, types)
    if not isinstance(definition, ObjectType):
        return None
    found = [(one.name, item) for one in definition.fields if (item := _item(one.type, types))]
    if len(found) != 1:
        return None
    name, item = found[0]
    fits = name.lower() in _LISTS or _singular(_words(name)) == resource
    return _Answered((name,), item) if fits else None


def _item(ref: TypeRef, types: _Types) -> ObjectType | InterfaceType | None:
    """What a list is of, where that is an object."""
    plain = nullable(ref)
    found = _named(plain.of, types) if isinstance(plain, ListOf) else None
    return found if isinstance(found, ObjectType | InterfaceType) else None


def _key(wanted: _Wanted, item: ObjectType | InterfaceType, resource: _Words) -> str:
    """The field that says which key an item answers; empty where none surely does."""
    fields = {
        _words(one.name): one.name
        for one in item.fields
        if nullable(one.type) == Scalar(wanted.kind)
    }
    *whose, what = wanted.words
    if tuple(whose) in ((), resource, _singular(_words(item.label))):
        own = fields.get((what,), "") or fields.get((*resource, what), "")
        return fields.get(wanted.words, own)
    return fields.get(wanted.words, "")


def _most(scene: Scene, source: str) -> int | None:
    """How many keys there may be at once, where the description of the list says so."""
    try:
        place = scene.documents.resolve(Place({"$ref": source.replace("%", "%25")}))
        schemas = [place, place.child("schema")]
        schemas += (one.child("schema") for _, one in place.child("content").children())
        limits = [scene.documents.resolve(one).members.get("maxItems") for one in schemas]
    except Unresolved:
        return None
    return next((one for one in limits if isinstance(one, int) and one > 0), None)
