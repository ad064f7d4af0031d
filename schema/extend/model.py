"""What was read of the extensions, before anything is known of the upstreams."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphql import (
    ConstArgumentNode,
    ConstObjectValueNode,
    ConstValueNode,
    FieldDefinitionNode,
    GraphQLError,
    NamedTypeNode,
    Node,
    get_location,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in an extension: where it is, and what it is."""

    at: str
    """`graph.graphql:2:3`: file, line and column."""
    message: str
    upstream: str = ""
    """The upstream that is called, where that is known."""

    def __str__(self) -> str:
        return f"{self.at}: {self.message}"


class ExtensionError(Exception):
    """The extensions cannot be used; every problem there is, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class Wrong(Exception):  # noqa: N818 - control flow inside this package, never seen outside
    """Something written does not work."""

    def __init__(self, node: Node, message: str) -> None:
        super().__init__(message)
        self.at = place(node)
        self.message = message


@dataclass(frozen=True, slots=True)
class Call:
    """A field that joins, as it is written."""

    on: NamedTypeNode
    """The type that is extended."""
    interface: bool
    field: FieldDefinitionNode
    function: ConstValueNode
    arguments: ConstObjectValueNode
    match: tuple[str, ...] | None
    most: int | None
    result: tuple[str, ...] | None
    written: Mapping[str, ConstArgumentNode]
    """What `@call` was given, by name: where to point when it is wrong."""


def near(name: str, known: Iterable[str], mark: str = "") -> str:
    """What may have been meant, as the end of a sentence; empty where nothing is like it."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {mark}{found[0]}?" if found else ""


def place(node: Node) -> str:
    """Where a node is written: `graph.graphql:2:3`."""
    loc = node.loc
    if loc is None:
        return ""
    found = get_location(loc.source, loc.start)
    return f"{loc.source.name}:{found.line}:{found.column}"


def place_of(error: GraphQLError, file: str) -> str:
    """Where a text stops being SDL."""
    return next((f"{file}:{one.line}:{one.column}" for one in error.locations or ()), file)
