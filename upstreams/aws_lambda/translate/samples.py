"""Recorded inputs and answers of a function as a proposal of its types, for a person to approve.

What was never seen is not known: a field that every sample has is said to be always there.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from upstreams.aws_lambda.sdl import Typed, Types
from upstreams.aws_lambda.translate.typed import effect
from upstreams.errors import DiscoveryError
from upstreams.json_schema import pascal
from upstreams.model import (
    Field,
    InputType,
    ListOf,
    Named,
    ObjectType,
    Required,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    Value,
)

MAX_DEPTH = 32
MAX_FIELDS = 100
"""How many names objects at one place may have together, before they are taken for a map."""

_OTHER = re.compile(r"[^A-Za-z0-9]+")
_NAME = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*")
_TEXTS = {
    ScalarKind.UUID: re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    ScalarKind.DATE: re.compile(r"\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])"),
    ScalarKind.DATE_TIME: re.compile(
        r"\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?"
        r"(Z|[+-]([01]\d|2[0-3]):[0-5]\d)"
    ),
}
_WHOLE = (ScalarKind.INT, ScalarKind.LONG, ScalarKind.BIG_INT)
_RESERVED = frozenset({*(one.value for one in ScalarKind), "Query", "Mutation", "Subscription"})
_JSON = Scalar(ScalarKind.JSON)


class Sample(Value, frozen=True):
    """One invocation: what a function was given, and what it gave."""

    given: object
    gave: object


def infer(name: str, samples: Sequence[Sample]) -> Types:
    """The types of a function of that name. Raises `DiscoveryError`."""
    given = _seen(one.given for one in samples)
    if given.kinds - {"object"} or not _fit(given.members):
        raise DiscoveryError(
            "its events are not all objects with names for keys; describe it in JSON Schema",
            at=name,
        )
    label = pascal(_OTHER.sub(" ", name))
    if not _NAME.fullmatch(label):
        label = f"Function{label}"
    making = _Making()
    arguments = tuple(making.members(label, given, going_in=True))
    answer = making.ref(label, _seen(one.gave for one in samples), going_in=False)
    typed = Typed(
        field=label[0].lower() + label[1:],
        function=name,
        effect=effect(name),
        arguments=arguments,
        returns=answer.type,
        description=answer.description,
        deprecated=None,
        source="",
        line=1,
        column=1,
    )
    return Types((typed,), tuple(making.types), (), ())


@dataclass(slots=True)
class _Seen:
    """Everything seen at one place."""

    count: int = 0
    """How many values, nulls included."""
    nulls: int = 0
    kinds: set[str] = field(default_factory=set)
    """`object`, `list`, and the scalars there were."""
    members: "dict[str, _Seen]" = field(default_factory=dict)
    items: "_Seen | None" = None
    deep: bool = False
    """Whether values go deeper than is followed."""

    def add(self, value: object, depth: int) -> None:
        """Take another value into account."""
        self.count += 1
        if depth == MAX_DEPTH:
            self.deep = True
        elif value is None:
            self.nulls += 1
        elif isinstance(value, dict):
            self.kinds.add("object")
            for key, one in value.items():
                self.members.setdefault(key, _Seen()).add(one, depth + 1)
        elif isinstance(value, list):
            self.kinds.add("list")
            self.items = self.items or _Seen()
            for one in value:
                self.items.add(one, depth + 1)
        else:
            self.kinds.add(_scalar(value).value)


def _seen(values: Iterable[object]) -> _Seen:
    found = _Seen()
    for value in values:
        found.add(value, 0)
    return found


def _scalar(value: object) -> ScalarKind:
    match value:
        case bool():
            return ScalarKind.BOOLEAN
        case int():
            return next((one for one, bits in zip(_WHOLE, (31, 63), strict=False)
                         if -(2**bits) <= value < 2**bits), ScalarKind.BIG_INT)  # fmt: skip
        case float() | Decimal():
            return ScalarKind.FLOAT
        case _:
            text = str(value)
            named = (one for one, pattern in _TEXTS.items() if pattern.fullmatch(text))
            return next(named, ScalarKind.STRING)


def _common(kinds: set[str]) -> Scalar | None:
    """The scalar that values of all those are: whole numbers the widest, texts plain ones."""
    found = {ScalarKind(one) for one in kinds}
    if len(found) == 1:
        return Scalar(found.pop())
    if found <= set(_WHOLE):
        return Scalar(max(found, key=_WHOLE.index))
    if found <= {*_WHOLE, ScalarKind.FLOAT}:
        return Scalar(ScalarKind.FLOAT)
    return Scalar(ScalarKind.STRING) if found <= {*_TEXTS, ScalarKind.STRING} else None


def _fit(members: Mapping[str, _Seen]) -> bool:
    """Whether keys can be fields of a type."""
    return 0 < len(members) <= MAX_FIELDS and all(map(_NAME.fullmatch, members))


@dataclass(frozen=True, slots=True)
class _Meant:
    """What is made of a place."""

    type: TypeRef
    description: str = ""


class _Making:
    """The types of one function while they are made."""

    def __init__(self) -> None:
        self.types: list[TypeDef] = []
        self._names = set(_RESERVED)

    def ref(self, label: str, seen: _Seen, *, going_in: bool) -> _Meant:
        """The type of a place, `Required` where no sample has null there."""
        found = self._meant(label, seen, going_in=going_in)
        exact = found.type if seen.nulls or not seen.count else Required(found.type)
        return _Meant(exact, found.description)

    def members(self, label: str, seen: _Seen, *, going_in: bool) -> Iterator[Field]:
        """A field for each key; never required where an object lacks it."""
        objects = seen.count - seen.nulls
        for name, one in seen.members.items():
            found = self.ref(f"{label}{pascal(name)}", one, going_in=going_in)
            exact = found.type
            if one.count < objects and isinstance(exact, Required):
                exact = exact.of
            yield Field(name, exact, description=found.description)

    def _meant(self, label: str, seen: _Seen, *, going_in: bool) -> _Meant:
        if not seen.kinds or seen.deep:
            return _Meant(_JSON, "No sample tells more.")
        if seen.kinds == {"list"} and seen.items is not None:
            found = self.ref(label, seen.items, going_in=going_in)
            return _Meant(ListOf(found.type), found.description)
        if seen.kinds == {"object"}:
            if not _fit(seen.members):
                return _Meant(_JSON, "Its keys are no names of fields.")
            return _Meant(Named(self._object(label, seen, going_in=going_in)))
        common = None if seen.kinds & {"object", "list"} else _common(seen.kinds)
        return _Meant(common) if common else _Meant(_JSON, "Samples differ in kind.")

    def _object(self, label: str, seen: _Seen, *, going_in: bool) -> str:
        name = self._free(f"{label}Input" if going_in else label)
        place = len(self.types)
        fields = tuple(self.members(label, seen, going_in=going_in))
        made = InputType if going_in else ObjectType
        self.types.insert(place, made(name, name, source=name, fields=fields))
        return name

    def _free(self, name: str) -> str:
        """The name, marked where it is taken; a person will find a better one."""
        while name in self._names:
            name = f"{name}_"
        self._names.add(name)
        return name
