"""The types of an API as documents speak of them."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from upstreams.graphql_api.model import GraphqlCatalog
from upstreams.model import (
    ByTag,
    EnumType,
    Field,
    InputType,
    InterfaceType,
    ListOf,
    Named,
    ObjectType,
    Required,
    Scalar,
    TypeDef,
    TypeRef,
    UnionType,
    innermost,
)
from upstreams.steps import Step

Composite: TypeAlias = ObjectType | InterfaceType | UnionType


class Types:
    """What may be selected of the values of one catalog."""

    def __init__(self, catalog: GraphqlCatalog) -> None:
        self._types: Mapping[str, TypeDef] = {one.key: one for one in catalog.types}
        self._spelled = dict(catalog.wire.spelled)
        self._fields: dict[str, Mapping[str, Field]] = {}

    def composite(self, ref: TypeRef) -> Composite | None:
        """The type of which fields are selected; None of a leaf."""
        leaf = innermost(ref)
        found = self._types[leaf.key] if isinstance(leaf, Named) else None
        return None if isinstance(found, EnumType | InputType) else found

    def fields(self, of: Composite) -> Mapping[str, Field]:
        """The fields that every value of the type has, by name."""
        known = self._fields.get(of.key)
        if known is None:
            own = () if isinstance(of, UnionType) else of.fields
            known = self._fields[of.key] = {one.name: one for one in own}
        return known

    def possible(self, of: Composite) -> Iterator[ObjectType]:
        """The objects that a value of an abstract type may be."""
        if not isinstance(of, ObjectType) and isinstance(of.resolution, ByTag):
            for _, key in of.resolution.members:
                found = self._types[key]
                if isinstance(found, ObjectType):
                    yield found

    def accepted(self, of: Composite, step: Step) -> Field | None:
        """The field that a step leads to, if values of the type have it and it takes what is said.

        Paths below an abstract type do not say of which of its objects they are.
        """
        found = self.fields(of).get(step.name)
        if found is None:
            return None
        taken = {one.name for one in found.arguments}
        lacking = needed(found) - step.arguments.keys()
        return found if step.arguments.keys() <= taken and not lacking else None

    def output(self, of: Composite, field: Field) -> str:
        """The type of a field, in the words of the API."""
        return self._spelled.get(f"{of.key}.{field.name}") or spelled(field.type)

    def argument(self, of: Composite, field: Field, one: Field) -> str:
        """The type of an argument of a field, in the words of the API."""
        return self._spelled.get(f"{of.key}.{field.name}({one.name})") or spelled(one.type)


def needed(field: Field) -> set[str]:
    """The arguments without which a field cannot be selected."""
    return {
        one.name
        for one in field.arguments
        if isinstance(one.type, Required) and one.default is None
    }


def spelled(ref: TypeRef) -> str:
    """`[Order!]!`"""
    match ref:
        case Scalar(kind):
            return kind.value
        case Named(key):
            return key
        case ListOf(of):
            return f"[{spelled(of)}]"
        case Required(of):
            return f"{spelled(of)}!"
        case _:
            raise TypeError("GraphQL has no maps")
