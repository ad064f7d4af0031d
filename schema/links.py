"""Where the links of catalogs become fields: which objects have them, and under which names."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from schema.expressions import about_call, parents
from schema.fields import named_fields
from schema.names import graphql_name, pascal
from upstreams.model import (
    Catalog,
    Field,
    Function,
    InterfaceType,
    Link,
    ObjectType,
    nullable,
)


@dataclass(frozen=True, slots=True)
class LinkField:
    """A link under the name that clients see, and the function that it calls."""

    name: str
    upstream: str
    function: Function
    link: Link

    @property
    def arguments(self) -> Iterator[Field]:
        """What clients may say: all that the link does not know from the object alone.

        What it takes from the call that gave the object may be said where that call is not known.
        """
        bound = {one.argument[0]: one.value for one in self.link.arguments}
        for field in self.function.arguments:
            if field.name not in bound:
                yield field
            elif about_call(bound[field.name]):
                yield Field(field.name, nullable(field.type), field.description, field.deprecated)

    @property
    def reads(self) -> Iterator[str]:
        """The paths of its object's value that it passes on, their names apart by dots."""
        for bound in self.link.arguments:
            for path in parents(bound.value):
                yield ".".join(step for step in path if isinstance(step, str))


LinkFields: TypeAlias = Mapping[str, tuple[LinkField, ...]]
"""By the key of the type that they stand on."""

_Having: TypeAlias = ObjectType | InterfaceType


def link_fields(upstream: str, catalog: Catalog) -> LinkFields:
    """The links of one catalog. Raises `KeyError` where one leads to nothing."""
    if not catalog.links:
        return {}
    functions = {one.name: one for one in catalog.functions}
    types = {one.key: one for one in catalog.types if isinstance(one, _Having)}
    taken = {key: set(named_fields(one.fields)) for key, one in types.items()}
    found: defaultdict[str, list[LinkField]] = defaultdict(list)
    for link in sorted(catalog.links, key=_known_first):
        places = [link.on, *_implementing(types.values(), link.on)]
        names = set().union(*(taken[place] for place in places))
        name = next((one for one in _names(link) if one not in names), None)
        if name is None:
            raise KeyError(f"{link.source}: every name for the link {link.name} is taken")
        field = LinkField(name, upstream, functions[link.function], link)
        for place in places:
            taken[place].add(name)
            found[place].append(field)
    return {key: tuple(fields) for key, fields in found.items()}


def _known_first(link: Link) -> tuple[bool, str, str, str]:
    return not link.known_as, link.on, link.name, link.origin


def _implementing(types: Iterable[_Having], key: str) -> Iterator[str]:
    return (one.key for one in types if key in one.implements)


def _names(link: Link) -> Iterator[str]:
    name = graphql_name(link.name)
    if link.known_as:
        yield link.known_as
    yield name
    yield f"{name}Link"
    yield f"{name}LinkOf{pascal(link.origin)}"
    yield f"{name}LinkTo{pascal(link.function)}"
    yield f"{name}LinkOf{pascal(link.origin)}To{pascal(link.function)}"
