"""What extensions speak of, looked up: types, fields and functions by the names users know."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias, cast

from graphql import (
    ConstValueNode,
    ListTypeNode,
    NonNullTypeNode,
    StringValueNode,
    TypeNode,
    print_ast,
)
from graphql.language import NamedTypeNode

from schema.extend.model import Call, Wrong, near
from schema.fields import named_fields
from schema.join import Steps
from schema.links import LinkField, LinkFields
from schema.maps import spelled
from schema.merge import Merged, Root, roots
from schema.shaping.shapes import PLAIN, TypeShape
from upstreams.model import (
    EnumType,
    Field,
    Function,
    InputType,
    InterfaceType,
    ListOf,
    MapOf,
    Named,
    ObjectType,
    Required,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
    nullable,
)

Having: TypeAlias = ObjectType | InterfaceType
"""What has fields to extend."""


class Waiting(Exception):  # noqa: N818 - control flow inside this package, never seen outside
    """What is spoken of may be known once every upstream is discovered."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A type in the words of one upstream's catalog."""

    upstream: str
    ref: TypeRef


@dataclass(frozen=True, slots=True)
class Place:
    """What is at the end of a path of fields."""

    steps: Steps
    """By the backend's names."""
    ref: TypeRef


class World:
    """Everything that is offered, by the names that extensions use."""

    def __init__(
        self,
        merged: Merged,
        links: Mapping[str, LinkFields],
        upstreams: Collection[str],
        calls: Iterable[Call],
        aligned: Mapping[tuple[str, str], TypeShape] = MappingProxyType({}),
    ) -> None:
        """`upstreams` are all there are, discovered or not.

        `aligned` says of types that are merged into another how their fields are called there.
        """
        self._merged = merged
        self.joins = {
            (self.written(call.on), call.field.name.value): self.written(
                _innermost(call.field.type)
            )
            for call in calls
        }
        """What joins give, by their types and names."""
        self._links = links
        self._aligned = aligned
        self._upstreams = upstreams
        self._types = {
            upstream: {one.key: one for one in catalog.types}
            for upstream, catalog in merged.catalogs.items()
        }
        self._named: dict[str, list[Typed]] = {}
        for upstream, names in merged.type_names.items():
            for key, name in names.items():
                self._named.setdefault(name, []).append(Typed(upstream, Named(key)))
        for name, (upstream, key) in merged.parts.items():
            self._named[name] = self._named[merged.type_names[upstream][key]]
        self._scalars = {kind.value: Scalar(kind) for kind in ScalarKind}

    def types(self, upstream: str) -> Mapping[str, TypeDef]:
        """The types of one upstream, by key."""
        return self._types[upstream]

    def definition(self, typed: Typed) -> TypeDef | None:
        """The type itself, where it is one of the catalog."""
        ref = nullable(typed.ref)
        return self._types[typed.upstream][ref.key] if isinstance(ref, Named) else None

    def definitions(self) -> Iterator[tuple[str, TypeDef]]:
        """All types, with their upstreams."""
        for upstream, types in self._types.items():
            yield from ((upstream, one) for one in types.values())

    def links(self, upstream: str, key: str) -> tuple[LinkField, ...]:
        """The fields that the description itself adds to a type."""
        return self._links[upstream].get(key, ())

    @property
    def complete(self) -> bool:
        """Whether every upstream there is was discovered."""
        return all(map(self.discovered, self._upstreams))

    def discovered(self, upstream: str) -> bool:
        """Whether it is known what an upstream offers."""
        return upstream in self._types

    def functions(self, upstream: str) -> tuple[Function, ...]:
        """What one upstream offers."""
        return self._merged.catalogs[upstream].functions

    def longest(self, upstream: str, key: str) -> tuple[Function, int] | None:
        """The function that may give most objects of a type in one list, and how many those are.

        None where no description says so of what clients can ask for.
        """
        found = (
            (one.function, listing.most)
            for one in self._merged.root_fields
            if one.upstream == upstream
            for listing in one.function.lists
            if listing.of == key
        )
        return max(found, key=lambda one: one[1], default=None)

    def having(self, node: NamedTypeNode, *, interface: bool) -> Iterator[tuple[str, Having]]:
        """The type that is extended and all that have its fields, with their upstreams.

        Raises `Wrong` and `Waiting`.
        """
        found = [
            (one.upstream, definition)
            for one in self.known(node)
            if isinstance(definition := self.definition(one), Having)
        ]
        if not found:
            raise Wrong(node, f"{node.name.value} has no fields that could join")
        for upstream, having in found:
            if isinstance(having, InterfaceType) != interface:
                keyword = "type" if interface else "interface"
                raise Wrong(node, f"{node.name.value}: write `extend {keyword}`")
            yield upstream, having
            if interface:
                yield from ((upstream, one) for one in self.implementing(upstream, having.key))

    def implementing(self, upstream: str, key: str) -> Iterator[Having]:
        """The types that have the fields of an interface."""
        for one in self._types[upstream].values():
            if isinstance(one, Having) and key in one.implements:
                yield one

    def taken(self, upstream: str, having: Having) -> Iterator[str]:
        """The names of the fields that a type has already."""
        names = (one.name for one in self.links(upstream, having.key))
        yield from self.aligned(upstream, having.key, [*named_fields(having.fields), *names])

    def aligned(self, upstream: str, key: str, names: Iterable[str]) -> dict[str, str]:
        """What a type has, as the one calls it that it is merged into -> as it does itself."""
        shape = self._aligned.get((upstream, key), PLAIN)
        return {shown: name for name, shown, _ in shape.shown(names)}

    def input(self, node: TypeNode, prefer: str) -> Typed:
        """What an argument of that type takes. Raises `Wrong` and `Waiting`.

        `prefer` is the upstream whose type is meant where several have one of the name.
        """
        match node:
            case NonNullTypeNode():
                inner = self.input(node.type, prefer)
                return Typed(inner.upstream, Required(inner.ref))
            case ListTypeNode():
                inner = self.input(node.type, prefer)
                return Typed(inner.upstream, ListOf(inner.ref))
            case NamedTypeNode() if scalar := self._scalars.get(node.name.value):
                return Typed(prefer, scalar)
            case NamedTypeNode():
                return self._taken_in(node, prefer)
            case _:
                raise Wrong(node, "a type is wanted here")

    def output(self, node: TypeNode, prefer: str) -> Typed:
        """What a field of that type gives; as with `input`. Raises `Wrong` and `Waiting`."""
        match node:
            case NonNullTypeNode():
                inner = self.output(node.type, prefer)
                return Typed(inner.upstream, Required(inner.ref))
            case ListTypeNode():
                inner = self.output(node.type, prefer)
                return Typed(inner.upstream, ListOf(inner.ref))
            case NamedTypeNode() if scalar := self._scalars.get(node.name.value):
                return Typed(prefer, scalar)
            case NamedTypeNode():
                return next(iter(self.known(node)))
            case _:
                raise Wrong(node, "a type is wanted here")

    def _taken_in(self, node: NamedTypeNode, prefer: str) -> Typed:
        found = sorted(self.known(node), key=lambda one: one.upstream != prefer)
        for typed in found:
            if isinstance(self.definition(typed), InputType | EnumType):
                return typed
        raise Wrong(node, f"{node.name.value} is no type of arguments")

    def check_known(self, node: TypeNode) -> None:
        """Raises `Wrong` and `Waiting` where there is no type of the name."""
        inner = _innermost(node)
        name = inner.name.value
        if name not in self._scalars and name not in self._merged.entry_names.values():
            self.known(inner)

    def known(self, node: NamedTypeNode) -> list[Typed]:
        """The types of the name, several where they are one. Raises `Wrong` and `Waiting`."""
        name = node.name.value
        if found := self._named.get(name):
            return found
        if not self.complete:
            raise Waiting
        raise Wrong(node, f"no type is called {name}{near(name, self._named)}")

    def function(self, node: ConstValueNode) -> tuple[str, Function]:
        """The function that is meant, and its upstream. Raises `Wrong` and `Waiting`."""
        text = node.value if isinstance(node, StringValueNode) else ""
        upstream, dot, name = text.partition(".")
        if not dot or not name:
            raise Wrong(node, 'function: "upstream.function" is wanted')
        if upstream not in self._upstreams:
            raise Wrong(
                node, f"no upstream is called {upstream!r}{near(upstream, self._upstreams)}"
            )
        if upstream not in self._types:
            raise Waiting
        functions = self.functions(upstream)
        found = [one for one in functions if one.name == name] or [
            one for one in functions if one.label == name
        ]
        if not found:
            names = [*(one.name for one in functions), *(one.label for one in functions)]
            raise Wrong(node, f"{upstream} has no function called {name!r}{near(name, names)}")
        if len(found) > 1:
            names = sorted(one.name for one in found)
            raise Wrong(node, f"{upstream} has several called {name!r}: {', '.join(names)}")
        if Root.QUERY not in roots(found[0]):
            raise Wrong(
                node,
                f"{text} writes, or gives no single answer; a join reads"
                " (the upstream's `queries:` says what reads)",
            )
        return upstream, found[0]

    def written(self, node: TypeNode) -> str:
        """A type as `spelled` would spell it, whichever of its names is written."""
        return re.sub(r"\w+", self._name, spelled_plain(print_ast(node)))

    def _name(self, found: re.Match[str]) -> str:
        part = self._merged.parts.get(found[0])
        return self._merged.type_names[part[0]][part[1]] if part else found[0]

    def spelled(self, typed: Typed) -> str:
        """The type as clients see it, whether null or not: `[Pet]`."""
        return spelled_plain(self.shown(typed))

    def shown(self, typed: Typed) -> str:
        """The type as clients see it: `[Pet!]!`."""
        return self._shown(typed.upstream, typed.ref)

    def _shown(self, upstream: str, ref: TypeRef) -> str:
        match ref:
            case Required(of):
                return f"{self._shown(upstream, of)}!"
            case ListOf(of):
                return f"[{self._shown(upstream, of)}]"
            case MapOf(of):
                return f"[{self._entry(upstream, of)}!]"
            case Named() | Scalar():
                return spelled(ref, self._merged.type_names[upstream])

    def _entry(self, upstream: str, of: TypeRef) -> str:
        for going_in in (False, True):
            identity = (spelled(of, self._merged.type_names[upstream]), going_in)
            if identity in self._merged.entry_names:
                return self._merged.entry_names[identity]
        return f"{{{self._shown(upstream, of)}}}"

    def fields(self, typed: Typed) -> dict[str, Field]:
        """The fields of a value, by the names clients see; none where it has none.

        What must be asked with arguments is left out: a path has none.
        """
        definition = self.definition(typed)
        if definition is None or not hasattr(definition, "fields"):
            return {}
        named = named_fields(definition.fields)
        if (typed.upstream, definition.key) in self._aligned:
            aligned = self.aligned(typed.upstream, definition.key, named)
            named = {**named, **{shown: named[name] for shown, name in aligned.items()}}
        return {name: one for name, one in named.items() if not any(map(_is_needed, one.arguments))}

    def step(self, typed: Typed, field: Field) -> Place:
        """One field further."""
        definition = self.definition(typed)
        boxed = isinstance(definition, ObjectType) and definition.box
        return Place(() if boxed else (field.name,), field.type)


def _is_needed(argument: Field) -> bool:
    return isinstance(argument.type, Required) and argument.default is None


def _innermost(node: TypeNode) -> NamedTypeNode:
    """The name in a type, with lists and non-null taken off."""
    while not isinstance(node, NamedTypeNode):
        node = cast(ListTypeNode | NonNullTypeNode, node).type
    return node


def spelled_plain(shown: str) -> str:
    """The same without a word on null: `[Pet!]!` -> `[Pet]`."""
    return shown.replace("!", "")


def found_by(name: str, fields: Mapping[str, Field]) -> Field | None:
    """The field of that name: as clients see it, as the backend has it, or but for its spelling.

    `order_id` means `orderId` where nothing else could be meant.
    """
    if name in fields:
        return fields[name]
    for like in (lambda one: one, _plain):
        found = [one for one in fields.values() if like(one.name) == like(name)]
        if len(found) == 1:
            return found[0]
    return None


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.lower())
