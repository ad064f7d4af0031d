"""Names for the entries that stand for maps, as GraphQL has no maps.

An entry is named by what its value is: `{String}` is a list of `StringEntry`, `{[Pet]}` one of
`PetListEntry`; where both may be null and may not, the one asked for later says which it is.
"""

from collections.abc import Iterator, Mapping

from schema.names import pascal
from upstreams.model import (
    Catalog,
    EnumType,
    InputType,
    ListOf,
    MapOf,
    Named,
    Required,
    Scalar,
    TypeRef,
    UnionType,
)

TypeNames = Mapping[str, str]
"""The GraphQL names of one upstream's types, by key."""


def maps(catalog: Catalog) -> Iterator[tuple[TypeRef, bool]]:
    """What every map of the catalog holds, and whether it goes in; inner maps come first."""
    for ref, going_in in _references(catalog):
        for held in _held(ref):
            yield held, going_in


def spelled(ref: TypeRef, names: TypeNames) -> str:
    """The reference as text, the same for the same type in every upstream: `[Pet!]`, `{Int}`."""
    match ref:
        case Scalar(kind):
            return kind.value
        case Named(key):
            return names[key]
        case ListOf(of):
            return f"[{spelled(of, names)}]"
        case MapOf(of):
            return f"{{{spelled(of, names)}}}"
        case Required(of):
            return f"{spelled(of, names)}!"


def entry_names(upstream: str, held: TypeRef, names: TypeNames, *, going_in: bool) -> Iterator[str]:
    """What the entry of a map that holds such values may be called, best first."""
    suffix = "EntryInput" if going_in else "Entry"
    plain = f"{_titled(held, names, required='')}{suffix}"
    telling = f"{_titled(held, names, required='Required')}{suffix}"
    yield from (plain, telling)
    yield from (pascal(f"{upstream} {plain}"), pascal(f"{upstream} {telling}"))


def _references(catalog: Catalog) -> Iterator[tuple[TypeRef, bool]]:
    for function in catalog.functions:
        yield function.returns, False
        yield from ((argument.type, True) for argument in function.arguments)
    for definition in catalog.types:
        if not isinstance(definition, EnumType | UnionType):
            going_in = isinstance(definition, InputType)
            yield from ((field.type, going_in) for field in definition.fields)
            yield from ((one.type, True) for each in definition.fields for one in each.arguments)


def _held(ref: TypeRef) -> Iterator[TypeRef]:
    if isinstance(ref, Scalar | Named):
        return
    yield from _held(ref.of)
    if isinstance(ref, MapOf):
        yield ref.of


def _titled(ref: TypeRef, names: TypeNames, *, required: str) -> str:
    match ref:
        case Scalar(kind):
            return kind.value
        case Named(key):
            return names[key].removesuffix("Input")
        case ListOf(of):
            return f"{_titled(of, names, required=required)}List"
        case MapOf(of):
            return f"{_titled(of, names, required=required)}Map"
        case Required(of):
            return f"{required}{_titled(of, names, required=required)}"
