"""Failures as part of the answer: a union of what succeeds and of what is declared to fail."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import msgspec

from upstreams.errors import DiscoveryError
from upstreams.json_schema import Direction, Unresolved, own_name, pascal
from upstreams.model import (
    ByTag,
    Field,
    Function,
    Named,
    ObjectType,
    Required,
    Scalar,
    ScalarKind,
    Skipped,
    TypeDef,
    TypeRef,
    UnionType,
    nullable,
)
from upstreams.openapi.model import TAG, Binding, Form, Result
from upstreams.openapi.translate.operations import Operation, Scene, covered, unknown
from upstreams.openapi.translate.outlines import schema_of

_SHOWN = (Form.JSON, Form.NONE)
"""How answers are read that may have failures beside them."""
_SUCCESS = "2XX"
"""The tag of what succeeds, whichever status it came with."""
_STATUS = Field("status", Required(Scalar(ScalarKind.INT)), "The HTTP status of the answer.")


class Failure(NamedTuple):
    """A declared answer that is no success."""

    status: str
    type: TypeRef


Failures: TypeAlias = Mapping[str, Sequence[Failure]]
"""What functions are declared to fail with, by their names."""


def failures(
    scene: Scene,
    declared: Iterable[Operation | Skipped],
    found: Iterable[Function[Binding] | Skipped],
) -> Failures:
    """What the functions are declared to fail with that the settings want it of."""
    globs = scene.choices.results
    if not globs:
        return {}
    mapped = {one.name: one.binding.answer for one in found if isinstance(one, Function)}
    return {
        one.name: tuple(_failures(scene, one))
        for one in declared
        if isinstance(one, Operation) and covered(one, globs) and mapped.get(one.name) in _SHOWN
    }


def _failures(scene: Scene, operation: Operation) -> Iterator[Failure]:
    """The declared failures of an operation that are described as JSON."""
    for status, place in operation.place.child("responses").children():
        if status[:1] not in ("4", "5") and status != "default":
            continue
        try:
            found = scene.documents.resolve(place)
        except Unresolved:
            continue
        schema = schema_of(scene, found)
        if schema.value is not None:
            label = own_name(found) or f"{operation.label}{pascal(status)}"
            meaning = scene.types.meaning(schema, Direction.OUT, label)
            yield Failure(status if status == "default" else status.upper(), meaning.ref)


class United(NamedTuple):
    """Functions and types, those with unions for answers that are told to."""

    functions: tuple[Function[Binding], ...]
    types: tuple[TypeDef, ...]


def united(
    functions: Sequence[Function[Binding]],
    types: Sequence[TypeDef],
    found: Failures,
    globs: Sequence[str],
) -> United:
    """The functions that the globs name, with their failures as members of their answers.

    Raises `DiscoveryError` for a glob that covers no function which declares any.
    """
    _refuse_idle(functions, found, globs)
    known = {one.key: one for one in types}
    made: dict[str, TypeDef] = {}
    changed = [
        _with(one, found[one.name], known, made)
        if covered(one, globs) and found.get(one.name) and not one.binding.paging
        else one
        for one in functions
    ]
    return United(tuple(changed), (*types, *made.values()))


def _refuse_idle(
    functions: Sequence[Function[Binding]], found: Failures, globs: Sequence[str]
) -> None:
    problems = [problem for glob in globs for problem in _idle(functions, found, glob)]
    if problems:
        raise DiscoveryError("; ".join(problems), at="results")


def _idle(functions: Sequence[Function[Binding]], found: Failures, glob: str) -> Iterator[str]:
    meant = [one for one in functions if covered(one, (glob,))]
    if not meant:
        yield f"{glob}: {unknown(glob, [one.name for one in functions])}"
    elif not any(found.get(one.name) for one in meant):
        yield f"{glob}: no failure is declared as JSON"
    elif all(one.binding.paging for one in meant):
        yield f"{glob}: a function of `pages` has a connection for its answer"


def _with(
    function: Function[Binding],
    declared: Sequence[Failure],
    known: Mapping[str, TypeDef],
    made: dict[str, TypeDef],
) -> Function[Binding]:
    label = pascal(function.label)
    success = _member(function.returns, f"{label}Success", known, made, ())
    pairs, results = [(_SUCCESS, success.key)], [Result(_SUCCESS, success.boxed)]
    for status, ref in declared:
        one = _member(ref, f"{label}{pascal(status)}Failure", known, made, (success.key,))
        pairs.append((status, one.key))
        results.append(Result(status, one.boxed))
    union = UnionType(
        f"results: {function.name}",
        f"{label}Result",
        "What succeeds, or how it fails.",
        members=tuple(dict.fromkeys(key for _, key in pairs)),
        resolution=ByTag(TAG, tuple(pairs)),
    )
    made[union.key] = union
    binding = msgspec.structs.replace(function.binding, results=tuple(results))
    return msgspec.structs.replace(function, returns=Named(union.key), binding=binding, batch=None)


class _Member(NamedTuple):
    key: str
    boxed: bool


def _member(
    ref: TypeRef,
    label: str,
    known: Mapping[str, TypeDef],
    made: dict[str, TypeDef],
    taken: Sequence[str],
) -> _Member:
    """The object that stands for a value in a union: its own, or one around it."""
    bare = nullable(ref)
    if isinstance(bare, Named) and bare.key not in taken:
        found = known.get(bare.key)
        if isinstance(found, ObjectType) and not found.box:
            return _Member(bare.key, boxed=False)
    key = f"results: {label}"
    void = bare == Scalar(ScalarKind.VOID)
    value = () if void else (Field("value", bare, "What the answer says."),)
    made[key] = ObjectType(key, label, "An answer and its status.", fields=(_STATUS, *value))
    return _Member(key, boxed=True)
