"""Fields between their two names: the backend's, which keys values, and the one clients see."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from graphql import GraphQLError

from schema.checked import FieldOf
from schema.join import Join
from schema.names import Names, graphql_name, is_name, kept_first
from schema.request import Origin
from schema.taking import Taking
from schema.values import Change, kind_of
from upstreams.kind import Partial
from upstreams.model import Field, Required, TypeRef


class RootMember(FieldOf):
    """A field of a root type: its value is a function's."""

    origin: Origin
    ref: TypeRef
    """The type of its value, in the words of the function's catalog."""
    taking: Taking


class Member(FieldOf):
    """A field of an object that came from a backend."""

    name: str = ""
    """The backend's; empty for what has its value from elsewhere."""
    ref: TypeRef | None = None
    """The type of its value, in the words of the catalog."""
    boxed = False
    """Whether its value is the object's, which has nothing around it."""
    reads: tuple[str, ...] = ()
    """The parts of the object's value that it is made of, by the backend's names."""
    join: Join | None = None
    """How its own value comes from elsewhere."""
    taking: Taking | None = None
    """What clients may say to the join; without one, to the backend about this field."""


def named_fields(fields: Iterable[Field]) -> dict[str, Field]:
    """The fields under GraphQL names; where two want one name, a name that was valid keeps it.

    What clients know already stays what it is.
    """
    named = {field.name: field for field in fields}
    locked = {name: field.known_as for name, field in named.items() if field.known_as}
    if not locked and all(map(is_name, named)):
        return named
    names = Names(locked=locked.values())
    given: dict[str, str] = {}
    for name in sorted(named, key=kept_first):
        given[name] = names.give((graphql_name(name),), name, locked.get(name))
    return {given[name]: field for name, field in named.items()}


def groups(
    exclusive: Iterable[Iterable[str]], fields: Mapping[str, Field]
) -> Sequence[Mapping[str, str]]:
    """Each group of names as the names clients see, by the backend's."""
    seen = {field.name: name for name, field in fields.items()}
    return [{name: seen[name] for name in group if name in seen} for group in exclusive]


def deprecation(field: Field) -> str | None:
    """GraphQL lets only what may be left out be deprecated (specification §3.13.3)."""
    return None if isinstance(field.type, Required) else field.deprecated


def with_default(field: Field) -> str:
    """The description and the default, which is the backend's to apply, not ours to send."""
    if field.default is None:
        return field.description
    return f"{field.description}\n\nDefault: `{field.default}`.".strip()


def member(name: str, change: Change | None) -> Callable[..., Any]:
    """The resolver of an object's field."""

    def resolve(source: Any, _info: Any) -> Any:
        if not isinstance(source, dict):
            raise GraphQLError(f"an object was promised, {kind_of(source)} came")
        value = source.get(name)
        if value is None and source.__class__ is Partial and name in source.failures:
            raise source.failures[name]
        return value if change is None or value is None else change(value)

    return resolve


def unboxed(_name: str, change: Change | None) -> Callable[..., Any]:
    """The resolver of a box's one field, whose value has no object around it."""
    return lambda source, _info: source if change is None else change(source)
