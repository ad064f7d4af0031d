"""A field that joins, before it is one of GraphQL's."""

from dataclasses import dataclass

from schema.join import Join
from schema.taking import Taking
from upstreams.model import TypeRef


@dataclass(frozen=True, slots=True)
class JoinField:
    """A field that users add to a type."""

    name: str
    join: Join
    upstream: str
    """Whose words `ref` is in."""
    ref: TypeRef
    """The type of its value."""
    taking: Taking
    """What clients may say to it."""
    description: str | None = None
    deprecated: str | None = None
