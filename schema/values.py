"""Between GraphQL's values and the backend's, where the two differ.

A map is a list of entries in GraphQL and a `dict` to a kind; fields that exclude each other are all
optional in GraphQL and at most one to a backend. Changes are made once per type, not per value.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from graphql import GraphQLError

from upstreams.errors import BadInput
from upstreams.model import ListOf, MapOf, Named, Required, Scalar, TypeRef

Change: TypeAlias = Callable[[Any], Any]
"""A value made into another; None in its place means: as it is."""


def entries(ref: TypeRef, leaf: Change | None = None) -> Change | None:
    """How a value that came out is shown: maps as lists of entries; None: as it is.

    `leaf` is how that is done with what is no list and no map.
    """
    match ref:
        case Required(of):
            return entries(of, leaf)
        case ListOf(of):
            item = entries(of, leaf)
            return item and each(item)
        case MapOf(of):
            return _entries(entries(of, leaf))
        case Named() | Scalar():
            return leaf


def _entries(item: Change | None) -> Change:
    def change(value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, dict):
            raise GraphQLError(f"a map was promised, {kind_of(value)} came")
        return [
            {"key": key, "value": item(one) if item and one is not None else one}
            for key, one in value.items()
        ]

    return change


def each(item: Change) -> Change:
    """Every item of a list changed."""

    def change(value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return [None if one is None else item(one) for one in value]

    return change


def mapping(item: Change | None, place: str) -> Change:
    """Entries that came in made a map; `place` is what a client calls the argument or field."""

    def change(value: Any) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for entry in value:
            key, one = entry["key"], entry.get("value")
            if key in result:
                raise BadInput(f"{place}: the key {key!r:.60} is given twice")
            result[key] = item(one) if item and one is not None else one
        return result

    return change


def members(
    changes: Mapping[str, Change], exclusive: Sequence[Mapping[str, str]], place: str
) -> Change:
    """The fields of an input changed, once no group gives more than one.

    A group maps the backend's names to those clients see.
    """

    def change(value: dict[str, Any]) -> dict[str, Any]:
        for group in exclusive:
            given = [seen for name, seen in group.items() if value.get(name) is not None]
            if len(given) > 1:
                raise BadInput(f"{place}: only one of {', '.join(given)} may be given")
        return {
            name: changes[name](one) if name in changes and one is not None else one
            for name, one in value.items()
        }

    return change


def renamed(names: Mapping[str, str], then: Change) -> Change:
    """The fields of an input under other names, by those that they have; no others are."""
    return lambda value: then({names[one]: value[one] for one in value if one in names})


def kind_of(value: object) -> str:
    """What a backend gave, for messages: "a string", "an object"."""
    match value:
        case bool():
            return "a boolean"
        case str():
            return "a string"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return "a number"
