"""Reading `splice.yaml`: YAML nodes into the frozen values of `model`, every problem collected.

The values' own type annotations say what is allowed, so a setting is written down once. `${VAR}`
and `${VAR:-default}` are replaced in every text; `$${` stands for a plain `${`.
"""

import dataclasses
import difflib
import enum
import os
import re
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast, get_args, get_origin

import yaml

from app.config.model import Config, ConfigError, Problem, Upstream
from schema.shaping.showing import Showing
from upstreams.kind import Key, Settings, Unit
from upstreams.registry import KINDS

T = TypeVar("T")

_VARIABLE = re.compile(r"\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^${}]*))?\})?")
_TAG = "tag:yaml.org,2002:"
_NEAR = 0.5
"""How much of two names must agree for one to be suggested for the other."""
_UPSTREAM_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SIZE = re.compile(r"(\d+)(B|KiB|MiB|GiB|kB|MB|GB)?")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_BYTES = {
    None: 1,
    "B": 1,
    "kB": 10**3,
    "KiB": 2**10,
    "MB": 10**6,
    "MiB": 2**20,
    "GB": 10**9,
    "GiB": 2**30,
}


class _Missing(Exception):  # noqa: N818 - control flow inside this file: the value is unusable
    """A value could not be read; its problem is noted already."""


def load(path: Path, environment: Mapping[str, str] | None = None) -> Config:
    """The configuration in a file. Raises `ConfigError` with every problem and its place."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError([Problem(str(path), error.strerror or "cannot be read")]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([Problem(str(path), f"not UTF-8: {error.reason}")]) from error
    return loads(text, path, os.environ if environment is None else environment)


def loads(text: str, path: Path, environment: Mapping[str, str]) -> Config:
    """The configuration in a text that stands in the file `path`."""
    reader = _Reader(path, environment)
    config = reader.config(_composed(text, path))
    if reader.problems:
        raise ConfigError(sorted(reader.problems, key=_place))
    return cast(Config, config)


def _composed(text: str, path: Path) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise ConfigError([Problem(at, f"not YAML: {error.problem}")]) from error
    except yaml.YAMLError as error:
        # What is no character of YAML at all has an offset instead of a line.
        raise ConfigError([Problem(str(path), " ".join(f"not YAML: {error}".split()))]) from error


class _Reader:
    """One reading of one file."""

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self._path = path
        self._environment = environment
        self.problems: list[Problem] = []

    def config(self, root: yaml.Node | None) -> Config | None:
        if root is None:
            self.problems.append(Problem(str(self._path), "empty; name at least one of upstreams:"))
            return None
        try:
            config: Config = self._dataclass(root, Config)
        except _Missing:
            return None
        self._check_routes(root, config)
        self._check_events(root, config)
        path = self._path.resolve()
        return dataclasses.replace(config, folder=path.parent, lock=path.with_suffix(".lock"))

    def _check_routes(self, root: yaml.Node, config: Config) -> None:
        written = dict(_items(root))
        nodes = written.get("routes")
        names = [name for name, _ in _items(written["upstreams"])] if "upstreams" in written else []
        if not isinstance(nodes, yaml.SequenceNode) or len(nodes.value) != len(config.routes):
            return
        for node, route in zip(nodes.value, config.routes, strict=True):
            if route.to not in names:
                self._note(node, f"no upstream is called {route.to!r}", names, route.to)

    def _check_events(self, root: yaml.Node, config: Config) -> None:
        """Note every upstream whose events have nowhere to arrive."""
        upstreams = dict(_items(dict(_items(root)).get("upstreams", root)))
        for name, one in config.upstreams.items():
            if getattr(one.settings, "events", False) and config.server.events is None:
                at = dict(_items(upstreams[name]))["events"]
                self._note(at, "events arrive nowhere; `server: events:` must be given")

    def _note(
        self, node: yaml.Node, message: str, choices: Iterable[str] = (), written: str = ""
    ) -> None:
        near = difflib.get_close_matches(written, list(choices), n=1, cutoff=_NEAR)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        self.problems.append(Problem(self._at(node), f"{message}{hint}"))

    def _at(self, node: yaml.Node) -> str:
        """`splice.yaml:7:5`"""
        return f"{self._path}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"

    def _refuse(self, node: yaml.Node, message: str) -> typing.NoReturn:
        self._note(node, message)
        raise _Missing

    def _value(self, node: yaml.Node, wanted: Any) -> Any:
        """The node as a value of the type, or `_Missing` with a problem noted."""
        if get_origin(wanted) is Annotated:
            base, *marks = get_args(wanted)
            unit = next((mark for mark in marks if isinstance(mark, Unit)), None)
            return self._unit(node, unit) if unit else self._value(node, base)
        if get_origin(wanted) in (typing.Union, types.UnionType):
            return self._optional(node, wanted)
        if get_origin(wanted) is tuple:
            return self._tuple(node, get_args(wanted)[0])
        if isinstance(wanted, type) and get_origin(wanted) is None:
            return self._plain(node, wanted)
        return self._mapping(node, get_args(wanted)[1])

    def _plain(self, node: yaml.Node, wanted: type) -> Any:
        if dataclasses.is_dataclass(wanted):
            return self._dataclass(node, wanted)
        if issubclass(wanted, enum.Enum):
            return self._choice(node, wanted)
        read = {str: self._text, bool: self._bool, int: self._int, float: self._float}[wanted]
        return read(node)

    def _optional(self, node: yaml.Node, wanted: Any) -> Any:
        if _is_null(node):
            return None
        inner = next(one for one in get_args(wanted) if one is not type(None))
        return self._value(node, inner)

    def _text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self._refuse(node, "a text is wanted here")
        if _is_null(node):
            self._refuse(node, "a value is wanted here; leave the key out for its default")
        if not node.tag.startswith(_TAG):
            self._refuse(node, f"the tag {node.tag} is not known; only plain values are")
        return _VARIABLE.sub(lambda match: self._variable(node, match), node.value)

    def _variable(self, node: yaml.Node, match: re.Match[str]) -> str:
        name, default = match.groups()
        if match[0] == "$${":
            return "${"
        if name is None:
            self._refuse(
                node, "${ begins no variable: ${NAME}, ${NAME:-default}, or $${ for itself"
            )
        value = self._environment.get(name)
        if default is not None and not value:
            return default
        if value is None:
            self._refuse(node, f"the environment variable {name} is not set")
        return value

    def _choice(self, node: yaml.Node, wanted: type[enum.Enum]) -> enum.Enum:
        text = self._text(node)
        choices = [one.value for one in wanted]
        if text not in choices:
            self._note(node, f"one of {', '.join(choices)} is wanted here", choices, text)
            raise _Missing
        return wanted(text)

    def _bool(self, node: yaml.Node) -> bool:
        text = self._text(node)
        if text not in ("true", "false"):
            self._refuse(node, f"true or false is wanted here, not {text!r}")
        return text == "true"

    def _int(self, node: yaml.Node) -> int:
        text = self._text(node)
        if not re.fullmatch(r"-?[0-9]{1,18}", text):
            self._refuse(node, f"a whole number is wanted here, not {text!r}")
        return int(text)

    def _float(self, node: yaml.Node) -> float:
        text = self._text(node)
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
            self._refuse(node, f"a number is wanted here, not {text!r}")
        return float(text)

    def _unit(self, node: yaml.Node, unit: Unit) -> float | int | str:
        text = self._text(node)
        if unit is Unit.LOCATION:
            return self._location(node, text)
        match = (_DURATION if unit is Unit.DURATION else _SIZE).fullmatch(text)
        if match is None:
            self._refuse(node, f"{unit.value} is wanted here, not {text!r}")
        if unit is Unit.DURATION:
            return float(match[1]) * _SECONDS[match[2]]
        return int(match[1]) * _BYTES[match[2]]

    def _location(self, node: yaml.Node, text: str) -> str:
        if not text:
            self._refuse(node, f"{Unit.LOCATION.value} is wanted here")
        if text.startswith(("http://", "https://", "file:")):
            return text
        return str((self._path.resolve().parent / text).resolve())

    def _tuple(self, node: yaml.Node, item: Any) -> tuple[Any, ...]:
        if isinstance(node, yaml.ScalarNode):
            return (self._value(node, item),)
        if not isinstance(node, yaml.SequenceNode):
            self._refuse(node, "a list is wanted here")
        return tuple(self._all(node.value, lambda one: self._value(one, item)))

    def _mapping(self, node: yaml.Node, item: Any) -> dict[str, Any]:
        if not isinstance(node, yaml.MappingNode):
            self._refuse(node, "names and values are wanted here")
        if item is Upstream:
            return self._upstreams(node)
        pairs = list(self._pairs(node))
        return dict(self._all(pairs, lambda pair: (pair[0], self._value(pair[2], item))))

    def _all(self, nodes: Iterable[Any], read: Callable[[Any], T]) -> Iterator[T]:
        """Every value that can be read, so that one mistake does not hide the next."""
        for node in nodes:
            try:
                yield read(node)
            except _Missing:
                continue

    def _dataclass(self, node: yaml.Node, wanted: type[T]) -> T:
        if not isinstance(node, yaml.MappingNode):
            self._refuse(node, f"settings are wanted here: {', '.join(keys(wanted))}")
        before = len(self.problems)
        values = dict(self._attributes(node, wanted))
        missing = [
            key
            for key, (attribute, _) in keys(wanted).items()
            if attribute not in values and _needed(wanted, attribute)
        ]
        if missing and len(self.problems) > before:
            raise _Missing
        if missing:
            self._refuse(node, f"{', '.join(missing)} must be given")
        try:
            return wanted(**values)
        except ValueError as error:
            self._refuse(node, str(error))

    def _attributes(self, node: yaml.MappingNode, wanted: type) -> Iterator[tuple[str, Any]]:
        known = keys(wanted)
        for name, key_node, value_node in self._pairs(node):
            if name not in known:
                shown = keys(Showing) if issubclass(wanted, Settings) else {}
                self._note(key_node, f"unknown key {name!r}", {**known, **shown}, name)
                continue
            attribute, annotation = known[name]
            try:
                yield attribute, self._value(value_node, annotation)
            except _Missing:
                continue

    def _pairs(self, node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        seen = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._note(key, "a name is wanted here")
            elif key.value in seen:
                self._note(key, f"{key.value!r} is written twice")
            else:
                seen.add(key.value)
                yield key.value, key, value

    def _upstreams(self, node: yaml.MappingNode) -> dict[str, Upstream]:
        return dict(self._all(self._pairs(node), lambda pair: (pair[0], self._upstream(*pair))))

    def _upstream(self, name: str, key: yaml.Node, node: yaml.Node) -> Upstream:
        if not _UPSTREAM_NAME.fullmatch(name):
            self._refuse(key, f"{name!r} cannot name an upstream: letters, digits, _ and - only")
        if not isinstance(node, yaml.MappingNode):
            self._refuse(node, f"settings are wanted here, first the kind: {', '.join(KINDS)}")
        written = [one for one, _, _ in self._pairs(node)]
        kinds = [one for one in written if one in KINDS]
        if len(kinds) != 1:
            self._refuse_kind(node, written, kinds)
        kind = KINDS[kinds[0]]
        shown = keys(Showing)
        showing, settings = _parted(node, shown)
        read = self._dataclass(settings, kind.settings)
        return Upstream(name, kind.name, read, self._showing(showing))

    def _showing(self, node: yaml.MappingNode) -> Showing:
        """What the gateway makes of an upstream, with the places of all that finds functions."""
        places = {
            (key, one.value): self._at(one) for key, value in _items(node) for one in _texts(value)
        }
        return dataclasses.replace(self._dataclass(node, Showing), places=places)

    def _refuse_kind(
        self, node: yaml.Node, written: list[str], kinds: list[str]
    ) -> typing.NoReturn:
        if kinds:
            self._refuse(node, f"one kind is wanted, not {len(kinds)}: {', '.join(kinds)}")
        likely = (one for one in written if difflib.get_close_matches(one, KINDS, cutoff=_NEAR))
        self._note(node, f"no kind is named: {', '.join(KINDS)}", KINDS, next(likely, ""))
        raise _Missing


def _place(problem: Problem) -> list[int]:
    """ "splice.yaml:7:5" -> [7, 5]."""
    return [int(part) for part in problem.at.rsplit(":", 2)[1:] if part.isdigit()]


def keys(settings: type) -> dict[str, tuple[str, Any]]:
    """The names that may be written for a dataclass, each with its attribute and annotation."""
    hints = typing.get_type_hints(settings, include_extras=True)
    return {
        _key(one.name, hints[one.name]): (one.name, hints[one.name])
        for one in dataclasses.fields(settings)
        if get_origin(hints[one.name]) is Annotated
    }


def settings_of(kind: str, values: Mapping[str, Any]) -> Settings:
    """A kind's settings from values by their written names, for commands without a file."""
    known = keys(KINDS[kind].settings)
    return cast(
        Settings, KINDS[kind].settings(**{known[name][0]: value for name, value in values.items()})
    )


def _key(attribute: str, annotation: Any) -> str:
    marks = get_args(annotation)[1:]
    named = next((mark.name for mark in marks if isinstance(mark, Key)), None)
    first, *rest = attribute.split("_")
    return named or first + "".join(word.title() for word in rest)


def _needed(settings: type, attribute: str) -> bool:
    one = next(one for one in dataclasses.fields(settings) if one.name == attribute)
    return one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING


def _items(node: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield key.value, value


def _parted(
    node: yaml.MappingNode, known: Iterable[str]
) -> tuple[yaml.MappingNode, yaml.MappingNode]:
    """The pairs whose keys are known, and the others."""
    names = set(known)
    ours = [
        pair
        for pair in node.value
        if isinstance(pair[0], yaml.ScalarNode) and pair[0].value in names
    ]
    others = [pair for pair in node.value if pair not in ours]
    marks = (node.start_mark, node.end_mark)
    return yaml.MappingNode(node.tag, ours, *marks), yaml.MappingNode(node.tag, others, *marks)


def _texts(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """The texts of a setting: itself, its items, or its keys."""
    parts = [node]
    if isinstance(node, yaml.SequenceNode):
        parts = node.value
    elif isinstance(node, yaml.MappingNode):
        parts = [key for key, _ in node.value]
    yield from (one for one in parts if isinstance(one, yaml.ScalarNode))


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == f"{_TAG}null"
