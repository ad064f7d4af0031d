"""A types file as types of a catalog."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import TypeAlias

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FieldDefinitionNode,
    FloatValueNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLType,
    GraphQLUnionType,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    Source,
    StringValueNode,
    ValueNode,
    get_named_type,
)

from upstreams.aws_lambda.model import TypesFile
from upstreams.aws_lambda.sdl.checked import KNOWN, checked
from upstreams.aws_lambda.sdl.said import Typed, Types
from upstreams.model import (
    ByShape,
    ByTag,
    Effect,
    EnumType,
    EnumValue,
    Field,
    InputType,
    InterfaceType,
    ListOf,
    Named,
    ObjectType,
    Remark,
    Required,
    Resolution,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    UnionType,
)

_TAG = "__typename"

Fields: TypeAlias = tuple[Field, ...]


def read(file: TypesFile) -> Types:
    """What the file says. Raises `DiscoveryError` with its mistakes, each with line and column."""
    source = Source(file.text, file.location)
    schema = checked(file, source)
    roots = (schema.query_type, schema.mutation_type)
    types = [type_ for type_ in schema.type_map.values() if _said_in(source, type_)]
    values = [type_ for type_ in types if type_ not in roots]
    return Types(
        fields=tuple(_fields(schema, source)),
        types=tuple(found for type_ in values if (found := _type(schema, type_))),
        degraded=tuple(_degraded(values)),
        assumed=tuple(_assumed(schema, values)),
    )


def _said_in(source: Source, element: GraphQLNamedType | GraphQLField) -> bool:
    """Whether the author wrote it: not the prelude, not the specification."""
    nodes = (element.ast_node, *getattr(element, "extension_ast_nodes", ()))
    return any(node and node.loc and node.loc.source is source for node in nodes)


def _fields(schema: GraphQLSchema, source: Source) -> Iterator[Typed]:
    roots = ((schema.query_type, Effect.READ), (schema.mutation_type, Effect.WRITE))
    for root, effect in roots:
        for name, field in root.fields.items() if root else ():
            if _said_in(source, field):
                yield _typed(f"{root}.{name}", field, effect)


def _typed(source: str, field: GraphQLField, effect: Effect) -> Typed:
    node = field.ast_node
    if node is None or node.name.loc is None:
        raise AssertionError("a field the author wrote has a place in the file")
    start = node.name.loc.start_token
    return Typed(
        field=node.name.value,
        function=_named_by(node),
        effect=effect,
        arguments=_inputs(field.args),
        returns=_ref(field.type),
        description=field.description or "",
        deprecated=field.deprecation_reason,
        source=source,
        line=start.line,
        column=start.column,
    )


def _named_by(field: FieldDefinitionNode) -> str:
    """`quote: Quote @lambda(name: "price-quote")` -> `price-quote`."""
    given = (
        argument.value
        for directive in field.directives or ()
        for argument in directive.arguments or ()
        if (directive.name.value, argument.name.value) == ("lambda", "name")
    )
    return next((value.value for value in given if isinstance(value, StringValueNode)), "")


def _inputs(fields: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField]) -> Fields:
    return tuple(
        Field(
            name,
            _ref(field.type),
            description=field.description or "",
            deprecated=field.deprecation_reason,
            default=_default(field),
        )
        for name, field in fields.items()
    )


def _outputs(fields: Mapping[str, GraphQLField]) -> Fields:
    return tuple(
        Field(
            name,
            _ref(field.type),
            description=field.description or "",
            deprecated=field.deprecation_reason,
        )
        for name, field in fields.items()
    )


def _default(field: GraphQLArgument | GraphQLInputField) -> str | None:
    written = field.ast_node.default_value if field.ast_node else None
    return None if written is None else _json(written)


def _json(value: ValueNode) -> str:
    """A literal as JSON text, every digit kept: `1.10` -> `1.10`, `RED` -> `"RED"`."""
    match value:
        case IntValueNode() | FloatValueNode():
            return value.value
        case StringValueNode() | EnumValueNode() | BooleanValueNode():
            return json.dumps(value.value, ensure_ascii=False)
        case ListValueNode():
            return f"[{', '.join(_json(item) for item in value.values)}]"
        case ObjectValueNode():
            pairs = (f"{json.dumps(at.name.value)}: {_json(at.value)}" for at in value.fields)
            return f"{{{', '.join(pairs)}}}"
        case _:
            return "null"


def _ref(type_: GraphQLType) -> TypeRef:
    if isinstance(type_, GraphQLNonNull):
        return Required(_ref(type_.of_type))
    if isinstance(type_, GraphQLList):
        return ListOf(_ref(type_.of_type))
    if isinstance(type_, GraphQLScalarType):
        return Scalar(ScalarKind(type_.name) if type_.name in KNOWN else ScalarKind.JSON)
    return Named(get_named_type(type_).name)


def _type(schema: GraphQLSchema, type_: GraphQLNamedType) -> TypeDef | None:
    """The catalog's type of that name; None for scalars, which need none."""
    about = (type_.name, type_.name, type_.description or "", (), type_.name)
    match type_:
        case GraphQLObjectType():
            return ObjectType(*about, fields=_outputs(type_.fields), implements=_up(type_))
        case GraphQLInterfaceType():
            return InterfaceType(
                *about,
                fields=_outputs(type_.fields),
                implements=_up(type_),
                resolution=_resolution(schema.get_possible_types(type_)),
            )
        case GraphQLUnionType():
            members = tuple(member.name for member in type_.types)
            return UnionType(*about, members=members, resolution=_resolution(type_.types))
        case GraphQLInputObjectType():
            return InputType(*about, fields=_inputs(type_.fields), one_of=type_.is_one_of)
        case GraphQLEnumType():
            return EnumType(*about, values=tuple(_values(type_)))
        case _:
            return None


def _up(type_: GraphQLObjectType | GraphQLInterfaceType) -> tuple[str, ...]:
    return tuple(interface.name for interface in type_.interfaces)


def _values(type_: GraphQLEnumType) -> Iterator[EnumValue]:
    for name, value in type_.values.items():
        yield EnumValue(name, name, value.description or "", value.deprecation_reason)


def _resolution(members: Sequence[GraphQLObjectType]) -> Resolution:
    """By the fields a value always has, if those tell the members apart, else by `__typename`."""
    ordered = sorted(members, key=lambda member: len(_always(member)), reverse=True)
    sets = [(frozenset(_always(member)), frozenset(member.fields)) for member in ordered]
    if any(always <= fields for (always, _), (_, fields) in combinations(sets, 2)):
        return ByTag(_TAG, tuple((member.name, member.name) for member in members))
    return ByShape(tuple((member.name, _always(member)) for member in ordered))


def _always(type_: GraphQLObjectType) -> tuple[str, ...]:
    return tuple(
        name for name, field in type_.fields.items() if isinstance(field.type, GraphQLNonNull)
    )


def _degraded(types: Iterable[GraphQLNamedType]) -> Iterator[Remark]:
    for type_ in types:
        if isinstance(type_, GraphQLScalarType) and type_.name not in KNOWN:
            yield Remark(type_.name, "a scalar of the file's own; its values are passed on as JSON")


def _assumed(schema: GraphQLSchema, types: Iterable[GraphQLNamedType]) -> Iterator[Remark]:
    told = (
        "its members cannot be told apart by the fields they always have; "
        f"values are taken to name theirs in `{_TAG}`"
    )
    for type_ in types:
        if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType) and isinstance(
            _resolution(schema.get_possible_types(type_)), ByTag
        ):
            yield Remark(type_.name, told)
