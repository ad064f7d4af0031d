"""References to types: from graphql-core's to the catalog's."""

from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLType,
    get_named_type,
)

from upstreams.graphql_api.translate.literals import default
from upstreams.graphql_api.translate.scalars import BUILT_IN, UPLOAD, meaning
from upstreams.model import Field, ListOf, Named, Remark, Required, Scalar, ScalarKind, TypeRef


class Refs:
    """What the types of one API are in its catalog."""

    def __init__(self, schema: GraphQLSchema, told: Mapping[str, ScalarKind]) -> None:
        """`told` is what the settings say of scalars."""
        self._told = told
        self._own = [
            one
            for one in schema.type_map.values()
            if isinstance(one, GraphQLScalarType) and one.name not in BUILT_IN
        ]
        found = {one.name: self._meaning(one) for one in self._own}
        self._kinds = {
            **BUILT_IN,
            **{name: kind or ScalarKind.JSON for name, kind in found.items()},
        }
        self._unknown = frozenset(name for name, kind in found.items() if kind is None)

    def _meaning(self, one: GraphQLScalarType) -> ScalarKind | None:
        return self._told.get(one.name) or meaning(one.name, one.specified_by_url)

    def ref(self, of_type: GraphQLType) -> TypeRef:
        """The reference."""
        if isinstance(of_type, GraphQLNonNull):
            return Required(self.ref(of_type.of_type))
        if isinstance(of_type, GraphQLList):
            return ListOf(self.ref(of_type.of_type))
        named = get_named_type(of_type)
        if isinstance(named, GraphQLScalarType):
            return Scalar(self._kinds[named.name])
        return Named(named.name)

    def argument(self, name: str, one: GraphQLArgument) -> Field:
        """An argument."""
        return self._taken(name, one, self.ref(one.type))

    def input_field(self, name: str, one: GraphQLInputField) -> Field:
        """A field of an input; one that has a default need not be given."""
        ref = self.ref(one.type)
        if isinstance(ref, Required) and default(one) is not None:
            ref = ref.of
        return self._taken(name, one, ref)

    def _taken(self, name: str, one: GraphQLArgument | GraphQLInputField, ref: TypeRef) -> Field:
        return Field(
            name,
            ref,
            description=one.description or "",
            deprecated=one.deprecation_reason,
            default=default(one),
        )

    def is_spelled(self, of_type: GraphQLType) -> bool:
        """Whether the catalog's reference says what the API calls the type."""
        named = get_named_type(of_type)
        return not isinstance(named, GraphQLScalarType) or named.name in BUILT_IN

    def is_file(self, of_type: GraphQLType) -> bool:
        """Whether values of the type are files, which only multipart requests carry."""
        return get_named_type(of_type).name == UPLOAD and UPLOAD in self._unknown

    def degraded(self) -> Iterator[Remark]:
        """Scalars that became JSON because nobody knows what they are."""
        for one in self._own:
            if one.name in self._unknown and one.name != UPLOAD:
                reason = (
                    "a scalar of the API's own, whose values are passed on as JSON;"
                    f" `scalars: {{{one.name}: String}}` would say what it is"
                )
                yield Remark(f"scalar {one.name}", reason)

    def assumed(self) -> Iterator[Remark]:
        """Scalars that are taken for what their names say."""
        for one in self._own:
            kind = self._kinds[one.name]
            if one.name not in {*self._unknown, *self._told, kind.value}:
                yield Remark(
                    f"scalar {one.name}", f"taken for {kind.value}; `scalars:` can say else"
                )
