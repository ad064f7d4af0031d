"""Members under the names that clients know: fields, arguments, values of enums and links.

What a member is called depends on its siblings only where GraphQL does not allow its own name, or
where it is a link: every such name may be kept.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeVar

from msgspec.structs import replace

from schema.enums import Enum
from schema.fields import named_fields
from schema.links import link_fields
from schema.lock.model import MEMBERS, Lock, Place, Space
from schema.names import Names, graphql_name
from upstreams.model import (
    Catalog,
    EnumType,
    EnumValue,
    Field,
    InputType,
    Link,
    TypeDef,
    UnionType,
)

_Member = TypeVar("_Member", Field, EnumValue, Link)
_Kept = Mapping[str, str]
"""Names by the coordinates of what they are kept for."""


def members(upstream: str, catalog: Catalog) -> Iterator[tuple[Place, str]]:
    """The names of members that may depend on what else there is."""
    for function in catalog.functions:
        for at, name in _of_arguments(function.name, function.arguments):
            yield Place(upstream, Space.ARGUMENTS, at), name
    for definition in catalog.types:
        for at, name in _of_type(definition):
            yield Place(upstream, Space.FIELDS, at), name
    for fields in link_fields(upstream, catalog).values():
        for one in fields:
            yield Place(upstream, Space.LINKS, _link(one.link)), one.name


def known(upstream: str, catalog: Catalog, lock: Lock) -> Catalog:
    """The catalog, in which every member is noted under the name that is kept for it."""
    kept: dict[Space, dict[str, str]] = {space: {} for space in MEMBERS}
    for place, name in lock.names.items():
        if place.upstream == upstream and place.space in MEMBERS:
            kept[place.space][place.identity] = name
    if not any(kept.values()):
        return catalog
    links = tuple(_noted(one, kept[Space.LINKS].get(_link(one))) for one in catalog.links)
    taken: defaultdict[str, set[str]] = defaultdict(set)
    for link in links:
        taken[link.on].add(link.known_as)
    return replace(
        catalog,
        functions=tuple(
            replace(one, arguments=_noted_arguments(one.name, one.arguments, kept[Space.ARGUMENTS]))
            for one in catalog.functions
        ),
        types=tuple(_noted_type(one, kept[Space.FIELDS], taken) for one in catalog.types),
        links=links,
    )


def _of_type(definition: TypeDef) -> Iterator[tuple[str, str]]:
    match definition:
        case UnionType():
            return
        case EnumType():
            named = zip(Enum("_", definition).values, definition.values, strict=True)
            for name, value in named:
                if name != value.name:
                    yield f"{definition.key}.{value.name}", name
        case _:
            for name, field in named_fields(definition.fields).items():
                at = f"{definition.key}.{field.name}"
                if name != field.name:
                    yield at, name
                yield from _of_arguments(at, field.arguments)


def _of_arguments(at: str, arguments: Iterable[Field]) -> Iterator[tuple[str, str]]:
    for name, field in named_fields(arguments).items():
        if name != field.name:
            yield _argument(at, field), name


def _noted_type(definition: TypeDef, kept: _Kept, links: Mapping[str, Collection[str]]) -> TypeDef:
    """`links` are the names of those that are kept, by what they stand on."""
    key = definition.key
    match definition:
        case UnionType():
            return definition
        case EnumType(values=values):
            noted = tuple(_noted(one, kept.get(f"{key}.{one.name}")) for one in values)
            return replace(definition, values=noted)
        case InputType():
            on: tuple[str, ...] = ()
        case _:
            on = (key, *definition.implements)
    taken = {name for one in on for name in links.get(one, ())}
    fields = (_noted_field(one, f"{key}.{one.name}", kept, taken) for one in definition.fields)
    return replace(definition, fields=tuple(fields))


def _noted_field(field: Field, at: str, kept: _Kept, taken: Collection[str]) -> Field:
    """A field that wants the name of a link that was there before it is called otherwise."""
    name, plain = kept.get(at), graphql_name(field.name)
    if not name and plain in taken:
        name = Names(taken).give((plain,), field.name)
    noted = _noted(field, name)
    if not field.arguments:
        return noted
    return replace(noted, arguments=_noted_arguments(at, field.arguments, kept))


def _noted_arguments(at: str, arguments: Iterable[Field], kept: _Kept) -> tuple[Field, ...]:
    return tuple(_noted(one, kept.get(_argument(at, one))) for one in arguments)


def _noted(member: _Member, name: str | None) -> _Member:
    return replace(member, known_as=name) if name else member


def _argument(at: str, argument: Field) -> str:
    return f"{at}({argument.name}:)"


def _link(link: Link) -> str:
    """`Order.customer`, or of an answer's own link `Order.customer of getOrder`."""
    origin = f" of {link.origin}" if link.origin else ""
    return f"{link.on}.{link.name}{origin}"
