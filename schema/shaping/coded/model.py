"""Classes that add fields to types, as they are written and as they work."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import GraphQLField, GraphQLScalarType, GraphQLSchema

from schema.fields import Member
from schema.join import Steps

Make: TypeAlias = Callable[[Mapping[str, Any]], Any]
"""An instance of a user's class, of the values of its fields by their names in GraphQL."""
Read: TypeAlias = Callable[[Any], Any]
"""A backend's value as Python has it. Raises `GraphQLError`."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A class that adds fields to a type."""

    name: str
    """The type's."""
    at: str
    """Where the class begins: `fields.py:12`."""
    needs: Mapping[str, Mapping[str, GraphQLField]]
    """What it and the classes of what it reads declare, by the names of their types."""
    fields: Mapping[str, GraphQLField]
    """What it adds."""
    places: Mapping[str, str]
    """Where those are written, by name."""
    makes: Mapping[str, Make]
    """How instances of those are made, in the same way."""
    scalars: Mapping[str, GraphQLScalarType]
    """Python's own, by name."""


class OwnSchema(GraphQLSchema):
    """What is written in Python: root fields, and fields on types that are not its own."""

    coded: Sequence[Coded] = ()


class CodedMember(Member):
    """A field in Python, as one of a type."""


@dataclass(frozen=True, slots=True)
class CodedField:
    """One that works, on one type."""

    name: str
    written: GraphQLField
    needs: Sequence[Steps]
    """What is read of the object, by the backend's names."""
    make: Read
    """The object, as an instance of the user's class."""

    def member(self) -> CodedMember:
        """It, as a field of GraphQL's."""
        one, resolve = self.written, self.written.resolve
        assert resolve is not None  # noqa: S101 - that is what tells it from a need

        def resolved(source: Any, info: Any, /, **given: Any) -> Any:
            return resolve(self.make(source), info, **given)

        made = CodedMember(
            one.type,
            args=one.args,
            resolve=resolved,
            description=one.description,
            deprecation_reason=one.deprecation_reason,
            extensions=one.extensions,
        )
        made.reads = tuple(".".join(steps) for steps in self.needs)
        return made
