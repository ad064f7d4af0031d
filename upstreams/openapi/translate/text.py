"""The text of a description as plain values: JSON and YAML, with the place of every mistake.

YAML is read as version 1.2's core schema says (section 10.3), so that `no`, `on` and dates stay
text, and keys stay as they are written. Anchors may be used, but not to multiply (YAML bombs).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import msgspec
import yaml

from upstreams.errors import DiscoveryError
from upstreams.json_schema.place import Place
from upstreams.model import Remark

MAX_DEPTH = 512
MAX_REPEATED = 1_000_000
"""How many values the aliases of a YAML document may stand for, all together."""

_JSON = msgspec.json.Decoder(float_hook=Decimal)
_LAST = "written twice; the last one counts"
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_CORE = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, slots=True)
class Text:
    """What a text stands for."""

    tree: object
    assumed: tuple[Remark, ...] = ()
    """Keys that are written twice in one object, of which the last counts; what was not read."""


def parse(body: bytes, at: str) -> object:
    """The values a JSON or YAML text stands for. Raises `DiscoveryError` with line and column."""
    return read(body, at).tree


def read(body: bytes, at: str) -> Text:
    """The values of a JSON or YAML text, and what was made of its oddities. Raises as `parse`."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DiscoveryError(
            f"not UTF-8 text: byte {error.start} is no part of it", at=at
        ) from error
    start = text.lstrip()[:1]
    if not start:
        raise DiscoveryError("empty; an OpenAPI document in JSON or YAML is needed", at=at)
    if start == "<":
        raise DiscoveryError(_markup(text), at=at)
    if start in "{[" and not at.lower().endswith((".yaml", ".yml")):
        return _from_json(text, at)
    return _from_yaml(text, at)


def _markup(text: str) -> str:
    if "definitions" in text[:1000] and "wsdl" in text[:1000]:
        return "a WSDL, not an OpenAPI document; use the kind `soap`"
    what = "HTML page" if "<html" in text[:1000].lower() else "HTML or XML text"
    return f"an {what}, not an OpenAPI document; give the URL of the JSON or YAML itself"


def _from_json(text: str, at: str) -> Text:
    try:
        return Text(_JSON.decode(text), tuple(_repeated(text)))
    except RecursionError as error:
        raise DiscoveryError("its values are nested too deeply", at=at) from error
    except msgspec.DecodeError as error:
        raise DiscoveryError(f"not valid JSON: {_mistake(text, str(error))}", at=at) from error


def _repeated(text: str) -> Iterator[Remark]:
    """The keys that objects of a JSON text have twice."""
    found = False

    def noted(pairs: list[tuple[str, object]]) -> None:
        nonlocal found
        found = found or len(dict(pairs)) < len(pairs)

    json.loads(text, object_pairs_hook=noted)
    if found:  # the slower way, which knows where
        yield from _twice(Place(json.loads(text, object_pairs_hook=_Pairs)))


class _Pairs(dict[str, object]):
    """An object of a JSON text that knows which of its keys were written twice."""

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        keys = [key for key, _ in pairs]
        self.twice = [key for key in self if keys.count(key) > 1] if len(self) < len(keys) else []


def _twice(root: Place) -> Iterator[Remark]:
    ahead = [root]
    while ahead:
        place = ahead.pop()
        if isinstance(place.value, _Pairs):
            yield from (Remark(place.child(key).at, _LAST) for key in place.value.twice)
        ahead += place.elements()
        ahead += (below for _, below in place.children())


def _mistake(text: str, otherwise: str) -> str:
    """What is wrong with a JSON text, and where."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        if not text[error.pos :].strip():
            return f"it ends too early, at line {error.lineno}, column {error.colno}"
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    except RecursionError:
        return "its values are nested too deeply"
    byte = re.search(r"\(byte (\d+)\)", otherwise)
    line = text.encode()[: int(byte[1])].count(b"\n") + 1 if byte else 0
    return f"{otherwise} at line {line}" if line else otherwise


def _from_yaml(text: str, at: str) -> Text:
    composer = _Composer(at)
    try:
        tree = composer.compose(yaml.parse(text, Loader=yaml.CSafeLoader))
        return Text(tree, tuple(composer.assumed))
    except yaml.MarkedYAMLError as error:
        place = _mark(error.problem_mark or error.context_mark)
        wrong = f"not valid YAML: {error.problem or error.context}{place}"
        raise DiscoveryError(wrong, at=at) from error
    except yaml.YAMLError as error:
        raise DiscoveryError(f"not valid YAML: {error}", at=at) from error
    except RecursionError as error:
        raise DiscoveryError("its values are nested too deeply", at=at) from error


def _mark(mark: object) -> str:
    """Where it is, if it is known; libyaml's marks and Python's share no base."""
    line, column = getattr(mark, "line", None), getattr(mark, "column", None)
    return "" if line is None or column is None else f" at line {line + 1}, column {column + 1}"


class _Composer:
    """Builds values from YAML events, counting what aliases repeat."""

    def __init__(self, at: str) -> None:
        self.assumed: list[Remark] = []
        self._at = at
        self._count = 0
        self._repeated = 0
        self._anchors: dict[str, tuple[object, int]] = {}

    def compose(self, events: Iterator[yaml.Event]) -> object:
        """The value of the first document that is not empty; others are not read."""
        found = None
        for event in events:
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            first = next(events)
            if found is None:
                found = self._value(first, events, 0)
            elif not isinstance(first, yaml.ScalarEvent) or first.value:
                more = f"another document begins{_mark(event.start_mark)}; it is not read"
                self.assumed.append(Remark("#", more))
                break
        return found

    def _value(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> object:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if depth > MAX_DEPTH:
            raise self._wrong(event, f"values nested deeper than {MAX_DEPTH}")
        before = self._count
        self._count += 1
        value = self._new(event, events, depth)
        if anchor := getattr(event, "anchor", None):
            self._anchors[anchor] = (value, self._count - before)
        return value

    def _new(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> object:
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, depth)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        raise self._wrong(event, "a value was expected")

    def _sequence(self, events: Iterator[yaml.Event], depth: int) -> list[object]:
        found = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            found.append(self._value(event, events, depth + 1))
        return found

    def _mapping(self, events: Iterator[yaml.Event], depth: int) -> dict[str, object]:
        found: dict[str, object] = {}
        merged: list[object] = []
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._wrong(event, "a key must be text")
            value = self._value(next(events), events, depth + 1)
            if event.value == "<<" and event.implicit[0]:
                merged += value if isinstance(value, list) else [value]
            else:
                if event.value in found:
                    written = f"{event.value!r}{_mark(event.start_mark)}"
                    self.assumed.append(Remark("#", f"{written} is {_LAST}"))
                found[event.value] = value
        return _merged(found, merged) if merged else found

    def _alias(self, event: yaml.AliasEvent) -> object:
        if event.anchor not in self._anchors:
            raise self._wrong(event, f"the alias *{event.anchor} stands for nothing, or for itself")
        value, size = self._anchors[event.anchor]
        self._count += size
        self._repeated += size
        if self._repeated > MAX_REPEATED:
            raise self._wrong(event, f"aliases stand for more than {MAX_REPEATED} values")
        return value

    def _wrong(self, event: yaml.Event, message: str) -> DiscoveryError:
        return DiscoveryError(f"not usable YAML: {message}{_mark(event.start_mark)}", at=self._at)


def _merged(own: dict[str, object], others: list[object]) -> dict[str, object]:
    """The mapping with the members of its `<<` merge keys, which give way to its own."""
    found: dict[str, object] = {}
    for other in reversed(others):
        found.update(other if isinstance(other, dict) else {})
    return {**found, **own}


def _scalar(event: yaml.ScalarEvent) -> object:
    text: str = event.value
    if not event.implicit[0]:
        return _tagged(text, event.tag)
    if text in _CORE:
        return _CORE[text]
    if _INTEGER.fullmatch(text):
        return _integer(text)
    return Decimal(text) if _FLOAT.fullmatch(text) else text


def _tagged(text: str, tag: str | None) -> object:
    """A quoted scalar, or one with a tag of its own: text, unless the tag names a core type."""
    match tag:
        case "tag:yaml.org,2002:int" if _INTEGER.fullmatch(text):
            return _integer(text)
        case "tag:yaml.org,2002:float" if _FLOAT.fullmatch(text):
            return Decimal(text)
        case _:
            return text


def _integer(text: str) -> object:
    if len(text) > 64:
        return text
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    return int(text, base)
