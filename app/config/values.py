"""YAML nodes as values of annotated types, which say what is allowed, so it is written down once.

One mistake does not hide the next: what cannot be used is noted and left out.
"""

import dataclasses
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Annotated, Any, TypeVar, get_args, get_origin

import yaml
from graphql import NameNode, Source, StringValueNode, ValueNode

from app.config.keys import keys, needed
from app.config.nodes import Nodes
from app.config.problems import Problems, Unusable
from app.config.scalars import Scalars
from app.config.written import is_null
from schema.shaping.showing import Showing
from upstreams.kind import Settings, Unit

T = TypeVar("T")


class Values:
    """Reads the nodes of one file."""

    def __init__(
        self,
        source: Source,
        scalars: Scalars,
        problems: Problems,
        entries: Mapping[type, Callable[[str, yaml.Node, yaml.Node], Any]],
    ) -> None:
        """`entries` read what needs more than its type: the name and its node go with each."""
        self._nodes = Nodes(source, scalars.text)
        self._scalars = scalars
        self._problems = problems
        self._entries = entries

    def value(self, node: yaml.Node, wanted: Any) -> Any:
        """The node as a value of the type, or `Unusable` with a problem noted."""
        if get_origin(wanted) is Annotated:
            base, *marks = get_args(wanted)
            unit = next((mark for mark in marks if isinstance(mark, Unit)), None)
            return self._scalars.unit(node, unit) if unit else self.value(node, base)
        if get_origin(wanted) in (typing.Union, types.UnionType):
            return self._optional(node, wanted)
        if get_origin(wanted) is tuple:
            return self._tuple(node, get_args(wanted)[0])
        if isinstance(wanted, type) and get_origin(wanted) is None:
            return self._plain(node, wanted)
        return self._mapping(node, *get_args(wanted))

    def _plain(self, node: yaml.Node, wanted: type) -> Any:
        if issubclass(wanted, ValueNode):
            read_node = self._nodes.string if wanted is StringValueNode else self._nodes.value
            return read_node(node)
        if dataclasses.is_dataclass(wanted):
            return self.dataclass(node, wanted)
        return self._scalars.plain(node, wanted)

    def _optional(self, node: yaml.Node, wanted: Any) -> Any:
        if is_null(node):
            return None
        inner = next(one for one in get_args(wanted) if one is not type(None))
        return self.value(node, inner)

    def _tuple(self, node: yaml.Node, item: Any) -> tuple[Any, ...]:
        """The items of a list; a lone one needs none around it."""
        if isinstance(node, yaml.SequenceNode):
            return tuple(self._all(node.value, lambda one: self.value(one, item)))
        if isinstance(node, yaml.MappingNode) and _is_scalar(item):
            self._problems.refuse(node, "a list is wanted here")
        return (self.value(node, item),)

    def _mapping(self, node: yaml.Node, name: type, item: Any) -> dict[Any, Any]:
        if not isinstance(node, yaml.MappingNode):
            self._problems.refuse(node, "names and values are wanted here")
        pairs = list(self._pairs(node))
        if entry := self._entries.get(item):
            return dict(self._all(pairs, lambda pair: (pair[0], entry(*pair))))
        named = self._nodes.name if issubclass(name, NameNode) else attrgetter("value")
        return dict(self._all(pairs, lambda pair: (named(pair[1]), self.value(pair[2], item))))

    def _all(self, nodes: Iterable[Any], read: Callable[[Any], T]) -> Iterator[T]:
        """Every value that can be read."""
        for node in nodes:
            try:
                yield read(node)
            except Unusable:
                continue

    def dataclass(self, node: yaml.Node, wanted: type[T]) -> T:
        """The settings that a mapping gives, or `Unusable` with a problem noted."""
        if not isinstance(node, yaml.MappingNode):
            self._problems.refuse(node, f"settings are wanted here: {', '.join(keys(wanted))}")
        before = len(self._problems)
        values = dict(self._attributes(node, wanted))
        known = keys(wanted)
        missing = [key for key in needed(wanted) if known[key][0] not in values]
        if missing and len(self._problems) > before:
            raise Unusable
        if missing:
            self._problems.refuse(node, f"{', '.join(missing)} must be given")
        try:
            return wanted(**values)
        except ValueError as error:
            self._problems.refuse(node, str(error))

    def _attributes(self, node: yaml.MappingNode, wanted: type) -> Iterator[tuple[str, Any]]:
        known = keys(wanted)
        for name, key_node, value_node in self._pairs(node):
            if name not in known:
                shown = keys(Showing) if issubclass(wanted, Settings) else {}
                choices = {**known, **shown}
                self._problems.note(key_node, f"unknown key {name!r}", choices, name)
                continue
            attribute, annotation = known[name]
            try:
                yield attribute, self.value(value_node, annotation)
            except Unusable:
                continue

    def _pairs(self, node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        """The names of a mapping, each once, with its node and its value's."""
        seen = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._problems.note(key, "a name is wanted here")
            elif key.value in seen:
                self._problems.note(key, f"{key.value!r} is written twice")
            else:
                seen.add(key.value)
                yield key.value, key, value


def _is_scalar(wanted: Any) -> bool:
    """Whether values of the type are written as texts alone."""
    base = get_args(wanted)[0] if get_origin(wanted) is Annotated else wanted
    if not isinstance(base, type) or dataclasses.is_dataclass(base):
        return False
    return base is StringValueNode or not issubclass(base, ValueNode)
