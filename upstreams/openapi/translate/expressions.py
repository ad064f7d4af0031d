"""Runtime expressions (OpenAPI 3.1.1 section 4.8.20.4) as those of the model."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from upstreams.json_schema.place import unescaped
from upstreams.model import (
    Constant,
    Expression,
    Field,
    FromAnswer,
    FromArguments,
    FromParent,
    Function,
    InputType,
    InterfaceType,
    ListOf,
    MapOf,
    Named,
    ObjectType,
    Scalar,
    ScalarKind,
    Text,
    TypeDef,
    TypeRef,
    UnionType,
    nullable,
)
from upstreams.openapi.model import Binding, Parameter, Where

_ALONE = {"$url": "url", "$method": "method", "$statusCode": "status"}
_PLACES = {one.value: one for one in (Where.PATH, Where.QUERY, Where.HEADER)}
_EMBEDDED = re.compile(r"\{(\$[^{}]*)\}")
_JSON = msgspec.json.Encoder(decimal_format="number")


class Inexpressible(Exception):  # noqa: N818 - a reason to leave out a link, never seen by callers
    """Something that no runtime expression is, or that speaks of what is not there."""


class Shapes:
    """The types of a catalog, to find out where a JSON pointer leads in a value."""

    def __init__(self, types: Sequence[TypeDef]) -> None:
        self._types: Mapping[str, TypeDef] = {one.key: one for one in types}

    def objects(self, ref: TypeRef) -> Iterator[ObjectType | InterfaceType]:
        """The objects that a value may be; none where it is something else."""
        plain = nullable(ref)
        definition = self._types[plain.key] if isinstance(plain, Named) else None
        if isinstance(definition, UnionType):
            for key in definition.members:
                yield from self.objects(Named(key))
        elif isinstance(definition, InterfaceType) or (
            isinstance(definition, ObjectType) and not definition.box
        ):
            yield definition

    def path(self, ref: TypeRef, pointer: str) -> tuple[str | int, ...]:
        """The way that a JSON pointer leads in a value. Raises `Inexpressible`."""
        if pointer and not pointer.startswith("/"):
            raise Inexpressible(f"{pointer!r} is no JSON pointer: it does not begin with a slash")
        steps: list[str | int] = []
        for token in map(unescaped, pointer.split("/")[1:]):
            below = self._below(nullable(ref), token)
            if below is None:
                raise Inexpressible(f"there is nothing at {pointer!r}")
            step, ref = below
            steps.append(step)
        return tuple(steps)

    def _below(self, ref: TypeRef, token: str) -> tuple[str | int, TypeRef] | None:
        match ref:
            case ListOf(of) if token.isdecimal():
                return int(token), of
            case MapOf(of):
                return token, of
            case Scalar(ScalarKind.JSON):
                return token, ref
            case Named(key):
                found = (one for one in self._fields(key) if one.name == token)
                return next(((token, one.type) for one in found), None)
            case _:
                return None

    def _fields(self, key: str) -> Iterator[Field]:
        """The fields that a value of a type may have."""
        definition = self._types[key]
        if isinstance(definition, InputType) and not definition.one_of:
            yield from definition.fields
        for one in self.objects(Named(key)):
            yield from one.fields
        if isinstance(definition, InterfaceType):
            for heir in self._types.values():
                if isinstance(heir, ObjectType) and key in heir.implements:
                    yield from heir.fields


class Speaker:
    """Reads the expressions of one link: they speak of a call, and of an object it gave."""

    def __init__(
        self, origin: Function[Binding], shapes: Shapes, assume: Callable[[str], None]
    ) -> None:
        """`assume` is told what was taken for granted."""
        self._origin = origin
        self._shapes = shapes
        self._assume = assume

    def read(self, written: object, subject: TypeRef) -> Expression:
        """What a value in a link means; `subject` is the object. Raises `Inexpressible`."""
        if not isinstance(written, str):
            return _constant(written)
        if written.startswith("$"):
            return self._one(written, subject)
        parts = tuple(self._parts(written, subject))
        return parts[0] if len(parts) == 1 else Text(parts)

    def _parts(self, written: str, subject: TypeRef) -> Iterator[Expression]:
        """`a{$url}b` -> `"a"`, the URL, `"b"`"""
        end = 0
        for found in _EMBEDDED.finditer(written):
            if before := written[end : found.start()]:
                yield _constant(before)
            yield self._one(found[1], subject)
            end = found.end()
        if end < len(written) or not written:
            yield _constant(written[end:])

    def _one(self, written: str, subject: TypeRef) -> Expression:
        if written in _ALONE:
            return FromAnswer(_ALONE[written])
        whose, _, source = written.partition(".")
        what, _, name = source.partition(".")
        body, _, pointer = source.partition("#")
        if what == "body" and name:
            body, pointer = what, self._slashed(name)
        match whose:
            case "$response" if body == "body":
                return FromParent(self._shapes.path(subject, pointer))
            case "$response" if what == "header" and name:
                return FromAnswer(f"header.{name.lower()}")
            case "$request" if body == "body":
                return self._sent(pointer)
            case "$request" if what in _PLACES and name:
                return self._asked(_PLACES[what], name)
        raise Inexpressible(f"{written!r} is no runtime expression")

    def _slashed(self, dotted: str) -> str:
        """`owner.id`, which some write for a pointer -> `/owner/id`"""
        pointer = f"/{dotted.replace('.', '/')}"
        self._assume(f"body.{dotted} is taken to be body#{pointer}")
        return pointer

    def _sent(self, pointer: str) -> Expression:
        """A part of the request's body."""
        body = self._origin.binding.body
        name = body.argument if body else ""
        types = [one.type for one in self._origin.arguments if one.name == name]
        if not types:
            raise Inexpressible(f"{self._origin.name} has no request body")
        return FromArguments((name, *self._shapes.path(types[0], pointer)))

    def _asked(self, where: Where, name: str) -> Expression:
        """One of the request's parameters; those of another place are taken for it if need be."""
        if where is Where.HEADER and name.lower() == "accept":
            return _constant(self._origin.binding.accept)
        parameters = self._origin.binding.parameters
        named = [one for one in parameters if one.where in _PLACES.values() and called(one, name)]
        exact = [one for one in named if one.where is where]
        if not exact and len(named) == 1:
            self._assume(f"{name!r} is taken to be the {named[0].where.value} parameter")
            exact = named
        if not exact:
            raise Inexpressible(f"{self._origin.name} has no {where.value} parameter {name!r}")
        return FromArguments((exact[0].argument,))


def called(parameter: Parameter, name: str) -> bool:
    """Whether a parameter has that name, which for headers is so in any case of its letters."""
    if parameter.where is Where.HEADER:
        return parameter.name.lower() == name.lower()
    return parameter.name == name


def _constant(value: object) -> Constant:
    return Constant(_JSON.encode(value).decode())
