"""YAML as GraphQL's values, each with its place, for settings that are judged when all is known."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import yaml
from graphql import (
    BooleanValueNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    NameNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    Source,
    StringValueNode,
    ValueNode,
)
from graphql.language import Location, Token, TokenKind

from app.config.written import TAG, is_null


@dataclass(frozen=True, slots=True)
class Nodes:
    """Makes nodes of one file."""

    source: Source
    text: Callable[[yaml.Node], str]
    """What is written in a scalar, its variables replaced."""

    def value(self, node: yaml.Node) -> ValueNode:
        """Whatever is written."""
        match node:
            case yaml.MappingNode():
                return ObjectValueNode(fields=tuple(self._members(node)), loc=self._loc(node))
            case yaml.SequenceNode():
                items = tuple(map(self.value, node.value))
                return ListValueNode(values=items, loc=self._loc(node))
            case _:
                return self._scalar(node)

    def string(self, node: yaml.Node) -> StringValueNode:
        """What is written as a text."""
        return StringValueNode(value=self.text(node), loc=self._loc(node))

    def name(self, node: yaml.Node) -> NameNode:
        """What is written as a name."""
        return NameNode(value=self.text(node), loc=self._loc(node))

    def _members(self, node: yaml.MappingNode) -> Iterator[ObjectFieldNode]:
        for key, value in node.value:
            loc = self._loc(key)
            yield ObjectFieldNode(name=self.name(key), value=self.value(value), loc=loc)

    def _scalar(self, node: yaml.Node) -> ValueNode:
        if is_null(node):
            return NullValueNode(loc=self._loc(node))
        text = self.text(node)
        match node.tag.removeprefix(TAG):
            case "bool" if text in ("true", "false"):
                return BooleanValueNode(value=text == "true", loc=self._loc(node))
            case "int" if text.lstrip("-").isdecimal():
                return IntValueNode(value=text, loc=self._loc(node))
            case "float":
                return FloatValueNode(value=text, loc=self._loc(node))
            case _:
                return self.string(node)

    def _loc(self, node: yaml.Node) -> Location:
        mark = node.start_mark
        at, line, column = mark.index, mark.line + 1, mark.column + 1
        token = Token(TokenKind.STRING, at, node.end_mark.index, line, column)
        return Location(token, token, self.source)
