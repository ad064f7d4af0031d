"""The differences of two schemas that clients can tell, each with its place and both its values.

graphql-core compares schemas, too, but tells of changes in sentences, without places and values;
the tests hold this comparison against that one.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeAlias, TypeVar

from graphql import (
    GraphQLArgument,
    GraphQLDirective,
    GraphQLEnumType,
    GraphQLEnumValue,
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
    GraphQLUnionType,
    is_introspection_type,
    print_ast,
)
from graphql.utilities import get_default_value_ast

from schema.diff.model import Change, Severity

BREAKING, DANGEROUS, SAFE = Severity

_T = TypeVar("_T")
_Fields: TypeAlias = GraphQLObjectType | GraphQLInterfaceType
_Input: TypeAlias = GraphQLArgument | GraphQLInputField
_Described: TypeAlias = (
    GraphQLNamedType | GraphQLField | _Input | GraphQLEnumValue | GraphQLDirective
)

_KINDS = {
    GraphQLScalarType: "scalar",
    GraphQLObjectType: "type",
    GraphQLInterfaceType: "interface",
    GraphQLUnionType: "union",
    GraphQLEnumType: "enum",
    GraphQLInputObjectType: "input",
}


def compared(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Change]:
    """Every difference of two schemas."""
    before, after = _types(old), _types(new)
    for name in before.keys() - after.keys():
        yield _lost_type(before[name])
    for name in after.keys() - before.keys():
        yield Change(SAFE, name, "the type is new", now=_kind(after[name]))
    for was, now in _both(before, after):
        yield from _type(was, now)
    yield from _directives(old, new)


def _types(schema: GraphQLSchema) -> dict[str, GraphQLNamedType]:
    return {name: one for name, one in schema.type_map.items() if not is_introspection_type(one)}


def _both(old: Mapping[str, _T], new: Mapping[str, _T]) -> Iterator[tuple[_T, _T]]:
    return ((old[name], new[name]) for name in old if name in new)


def _kind(named: GraphQLNamedType) -> str:
    return next(word for cls, word in _KINDS.items() if isinstance(named, cls))


def _lost_type(named: GraphQLNamedType) -> Change:
    if isinstance(named, GraphQLScalarType):
        # Whatever took or gave it is a change of its own.
        return Change(SAFE, named.name, "nothing uses the scalar any more", was="scalar")
    return Change(BREAKING, named.name, "the type is gone", was=_kind(named))


def _type(old: GraphQLNamedType, new: GraphQLNamedType) -> Iterator[Change]:
    if _kind(old) != _kind(new):
        yield Change(BREAKING, old.name, "it is another kind of type", _kind(old), _kind(new))
        return
    if not isinstance(old, GraphQLScalarType):
        yield from _described(old.name, old, new)
    match old, new:
        case GraphQLEnumType(), GraphQLEnumType():
            yield from _values(old, new)
        case GraphQLUnionType(), GraphQLUnionType():
            yield from _members(old, new)
        case GraphQLInputObjectType(), GraphQLInputObjectType():
            yield from _input_fields(old, new)
        case (
            (GraphQLObjectType() | GraphQLInterfaceType()),
            (GraphQLObjectType() | GraphQLInterfaceType()),
        ):
            yield from _fields(old, new)
            yield from _interfaces(old, new)
        case _:
            # A scalar is its name.
            return


def _described(at: str, old: _Described, new: _Described) -> Iterator[Change]:
    if (old.description or "") != (new.description or ""):
        yield Change(SAFE, at, "it is described anew")
    was, now = _deprecation(old), _deprecation(new)
    if was is None and now is not None:
        yield Change(SAFE, at, "it is deprecated", now=now)
    elif was is not None and now is None:
        yield Change(SAFE, at, "it is not deprecated any more", was=was)


def _deprecation(one: _Described) -> str | None:
    return getattr(one, "deprecation_reason", None)


def _fields(old: _Fields, new: _Fields) -> Iterator[Change]:
    for name in old.fields.keys() - new.fields.keys():
        was = str(old.fields[name].type)
        yield Change(BREAKING, f"{old.name}.{name}", "the field is gone", was=was)
    for name in new.fields.keys() - old.fields.keys():
        now = str(new.fields[name].type)
        yield Change(SAFE, f"{old.name}.{name}", "the field is new", now=now)
    for name in old.fields.keys() & new.fields.keys():
        yield from _field(f"{old.name}.{name}", old.fields[name], new.fields[name])


def _field(at: str, old: GraphQLField, new: GraphQLField) -> Iterator[Change]:
    yield from _described(at, old, new)
    yield from _typed(at, old.type, new.type, _reads_as)
    yield from _arguments(at, old.args, new.args)


def _typed(
    at: str,
    old: object,
    new: object,
    fits: Callable[[object, object], bool],
    touches: str = "",
) -> Iterator[Change]:
    was, now = str(old), str(new)
    if was == now:
        return
    if fits(old, new):
        yield Change(SAFE, at, "its type allows what it did", was, now, touches)
    else:
        yield Change(BREAKING, at, "its type is another", was, now, touches)


def _reads_as(old: object, new: object) -> bool:
    """Whether who reads values of the old type can read those of the new one."""
    if isinstance(new, GraphQLNonNull):
        return _reads_as(old.of_type if isinstance(old, GraphQLNonNull) else old, new.of_type)
    if isinstance(old, GraphQLList) and isinstance(new, GraphQLList):
        return _reads_as(old.of_type, new.of_type)
    return not isinstance(old, GraphQLNonNull | GraphQLList) and str(old) == str(new)


def _takes(old: object, new: object) -> bool:
    """Whether the new type takes every value that the old one took."""
    return _reads_as(new, old)


def _arguments(
    at: str, old: Mapping[str, GraphQLArgument], new: Mapping[str, GraphQLArgument]
) -> Iterator[Change]:
    for name in old.keys() - new.keys():
        yield Change(BREAKING, f"{at}({name}:)", "the argument is gone", was=str(old[name].type))
    for name in new.keys() - old.keys():
        yield _added(f"{at}({name}:)", "argument", new[name], at)
    for name in old.keys() & new.keys():
        yield from _input(f"{at}({name}:)", old[name], new[name])


def _added(at: str, what: str, one: _Input, touches: str) -> Change:
    must = isinstance(one.type, GraphQLNonNull) and _default(one) is None
    if must:
        return Change(
            BREAKING, at, f"the {what} is new and must be given", "", str(one.type), touches
        )
    return Change(DANGEROUS, at, f"the {what} is new", "", str(one.type), touches)


def _input(at: str, old: _Input, new: _Input, touches: str = "") -> Iterator[Change]:
    yield from _described(at, old, new)
    yield from _typed(at, old.type, new.type, _takes, touches)
    was, now = _default(old), _default(new)
    if was == now or not _takes(old.type, new.type):
        return
    severity = SAFE if was is None else DANGEROUS
    yield Change(severity, at, "its default is another", was or "", now or "", touches)


def _default(one: _Input) -> str | None:
    node = get_default_value_ast(one)
    return print_ast(node) if node else None


def _input_fields(old: GraphQLInputObjectType, new: GraphQLInputObjectType) -> Iterator[Change]:
    name = old.name
    for field in old.fields.keys() - new.fields.keys():
        was = str(old.fields[field].type)
        yield Change(BREAKING, f"{name}.{field}", "the field is gone", was, touches=name)
    for field in new.fields.keys() - old.fields.keys():
        yield _added(f"{name}.{field}", "field", new.fields[field], name)
    for field in old.fields.keys() & new.fields.keys():
        yield from _input(f"{name}.{field}", old.fields[field], new.fields[field], name)
    if old.is_one_of != new.is_one_of:
        severity = BREAKING if new.is_one_of else SAFE
        was, now = ("@oneOf" if one.is_one_of else "" for one in (old, new))
        yield Change(severity, name, "how many fields must be given is another", was, now)


def _values(old: GraphQLEnumType, new: GraphQLEnumType) -> Iterator[Change]:
    for name in old.values.keys() - new.values.keys():
        yield Change(BREAKING, f"{old.name}.{name}", "the value is gone", touches=old.name)
    for name in new.values.keys() - old.values.keys():
        yield Change(DANGEROUS, f"{old.name}.{name}", "the value is new", touches=old.name)
    for name in old.values.keys() & new.values.keys():
        yield from _described(f"{old.name}.{name}", old.values[name], new.values[name])


def _members(old: GraphQLUnionType, new: GraphQLUnionType) -> Iterator[Change]:
    lost, gained = _differing(old.types, new.types)
    for name in lost:
        yield Change(BREAKING, old.name, "one of its types is gone", was=name)
    for name in gained:
        yield Change(DANGEROUS, old.name, "one of its types is new", now=name)


def _interfaces(old: _Fields, new: _Fields) -> Iterator[Change]:
    lost, gained = _differing(old.interfaces, new.interfaces)
    for name in lost:
        yield Change(BREAKING, old.name, "it has an interface no more", was=name)
    for name in gained:
        yield Change(DANGEROUS, old.name, "it has a new interface", now=name)


def _differing(
    old: Collection[GraphQLNamedType], new: Collection[GraphQLNamedType]
) -> tuple[list[str], list[str]]:
    """The names that are in one of them only."""
    was, now = {one.name for one in old}, {one.name for one in new}
    return sorted(was - now), sorted(now - was)


def _directives(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Change]:
    before = {f"@{one.name}": one for one in old.directives}
    after = {f"@{one.name}": one for one in new.directives}
    for name in before.keys() - after.keys():
        yield Change(BREAKING, name, "the directive is gone")
    for name in after.keys() - before.keys():
        yield Change(SAFE, name, "the directive is new")
    for was, now in _both(before, after):
        yield from _directive(was, now)


def _directive(old: GraphQLDirective, new: GraphQLDirective) -> Iterator[Change]:
    at = f"@{old.name}"
    yield from _described(at, old, new)
    yield from _arguments(at, old.args, new.args)
    if old.is_repeatable and not new.is_repeatable:
        yield Change(BREAKING, at, "it may be given once only")
    for place in old.locations:
        if place not in new.locations:
            yield Change(BREAKING, at, "it may not be given there any more", was=place.name)
