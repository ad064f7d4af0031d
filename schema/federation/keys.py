"""Keys: the fields by which other subgraphs know an object, and how what they say of it is read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError

from schema.failures import BAD_INPUT
from schema.values import kind_of
from upstreams.errors import BadInput
from upstreams.model import TypeRef

_MAY_FAIL = (GraphQLError, BadInput, TypeError, ValueError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class KeyField:
    """One field of a key."""

    shown: str
    """As clients see it."""
    name: str
    """The backend's."""
    ref: TypeRef
    read: Callable[[Any], Any] | None
    """What another subgraph says -> as the backend says it; None: an object, whose fields follow.

    Raises `GraphQLError`, `BadInput` and what else coercion does.
    """
    fields: tuple["KeyField", ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """The fields that tell one object from another."""

    fields: tuple[KeyField, ...]

    def __str__(self) -> str:
        return " ".join(map(_written, self.fields))

    def is_in(self, representation: Mapping[str, Any]) -> bool:
        """Whether another subgraph says all of it."""
        return _are_in(self.fields, representation)

    def parent(self, representation: Mapping[str, Any]) -> dict[str, Any]:
        """The object as far as it is known, as its backend would say it. Raises `GraphQLError`."""
        return dict(_values(self.fields, representation, ""))


def _written(field: KeyField) -> str:
    below = " ".join(map(_written, field.fields))
    return f"{field.shown} {{ {below} }}" if below else field.shown


def _are_in(fields: tuple[KeyField, ...], said: Any) -> bool:
    return isinstance(said, dict) and all(
        said.get(one.shown) is not None and (not one.fields or _are_in(one.fields, said[one.shown]))
        for one in fields
    )


def _values(
    fields: tuple[KeyField, ...], said: Mapping[str, Any], above: str
) -> Iterator[tuple[str, Any]]:
    for one in fields:
        value, name = said[one.shown], f"{above}{one.shown}"
        if one.read is None:
            yield one.name, dict(_values(one.fields, value, f"{name}."))
        elif isinstance(value, dict | list):
            raise _unfit(f"{name}: {kind_of(value)} is no key")
        else:
            yield one.name, _leaf_value(one.read, value, name)


def _leaf_value(read: Callable[[Any], Any], value: Any, name: str) -> Any:
    try:
        return read(value)
    except _MAY_FAIL as error:
        raise _unfit(f"{name}: {error}") from error


def _unfit(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": BAD_INPUT})
