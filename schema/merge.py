"""Many catalogs as one: every function and type under one GraphQL name, collisions settled by rule.

Upstreams are asked in the order of the configuration and, within one, functions and types in the
order of their stable identities; the first keeps the short name. So adding an upstream at the end,
or re-ordering a description, renames nothing. What is locked has its name whatever else there is.
"""

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

from schema.lock.members import known
from schema.lock.model import NO_LOCK, SHARED, Lock, Space
from schema.maps import TypeNames, entry_names, maps, spelled
from schema.names import Names, camel, graphql_name, pascal, qualified
from schema.shaping.showing import AS_IT_IS, Showing
from upstreams.model import (
    Catalog,
    Effect,
    Flow,
    Function,
    InputType,
    ScalarKind,
    TypeDef,
    TypeRef,
)


class Root(enum.Enum):
    """The types whose fields call functions; the value is the type's name."""

    QUERY = "Query"
    MUTATION = "Mutation"
    SUBSCRIPTION = "Subscription"


_NAMESPACED = (Root.QUERY, Root.MUTATION)
Showings: TypeAlias = Mapping[str, Showing]
"""By upstream; those that are not in it are shown as they are."""
RESERVED_TYPES = frozenset((*(root.value for root in Root), *(kind.value for kind in ScalarKind)))


@dataclass(frozen=True, slots=True)
class RootField:
    """One function under the gateway's name for it."""

    root: Root
    name: str
    upstream: str
    function: Function
    namespace: str = ""
    """The field of the root type that it is below; empty: it is one itself."""


@dataclass(frozen=True, slots=True)
class Merged:
    """All that is offered, named."""

    catalogs: Mapping[str, Catalog]
    """By upstream, in the order of the configuration."""
    root_fields: tuple[RootField, ...]
    type_names: Mapping[str, TypeNames]
    """By upstream, then by the type's key."""
    entry_names: Mapping[tuple[str, bool], str]
    """The types that stand for one key of a map, by what the map holds and whether it goes in."""
    sources: Mapping[tuple[str, str], Sequence[tuple[str, str]]] = field(default_factory=dict)
    """Of types that are shown as one, by the upstream and the key of each: all of them."""
    parts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Those that are shown under another's name, by the names that they would have."""

    def entry_name(self, upstream: str, held: TypeRef, *, going_in: bool) -> str:
        """The name of the entry of a map that holds such values."""
        return self.entry_names[spelled(held, self.type_names[upstream]), going_in]


def merge(
    catalogs: Mapping[str, Catalog],
    *,
    fields_taken: Iterable[str] = (),
    types_taken: Iterable[str] = (),
    lock: Lock = NO_LOCK,
    showings: Showings = MappingProxyType({}),
) -> Merged:
    """The catalogs under names of their own; `fields_taken` and `types_taken` are not given."""
    catalogs = {upstream: known(upstream, one, lock) for upstream, one in catalogs.items()}
    reserved = (*RESERVED_TYPES, *types_taken, *namespace_types(showings))
    naming = _Naming(Names(reserved, lock.types()), lock, showings)
    type_names: dict[str, TypeNames] = {}
    entries: dict[tuple[str, bool], str] = {}
    for upstream, catalog in catalogs.items():
        type_names[upstream] = dict(naming.types(upstream, catalog))
        for identity, candidates in _entry_names(upstream, catalog, type_names[upstream]):
            if identity not in entries:
                entries[identity] = naming.entry(identity, candidates)
    root_fields = tuple(_RootNaming(tuple(fields_taken), lock, showings).fields(catalogs))
    return Merged(catalogs, root_fields, type_names, entries)


def as_one(merged: Merged, groups: Iterable[Sequence[tuple[str, str]]]) -> Merged:
    """The same with the types of each group under the name of its first."""
    names = {upstream: dict(known) for upstream, known in merged.type_names.items()}
    sources: dict[tuple[str, str], Sequence[tuple[str, str]]] = {}
    parts: dict[str, tuple[str, str]] = {}
    for (first, key), *others in groups:
        for upstream, other in others:
            parts[names[upstream][other]] = upstream, other
            names[upstream][other] = names[first][key]
        sources |= dict.fromkeys(((first, key), *others), ((first, key), *others))
    entries: dict[tuple[str, bool], str] = {}
    for upstream, catalog in merged.catalogs.items():
        for ref, going_in in maps(catalog):
            known = merged.entry_name(upstream, ref, going_in=going_in)
            entries.setdefault((spelled(ref, names[upstream]), going_in), known)
    return replace(merged, type_names=names, entry_names=entries, sources=sources, parts=parts)


def roots(function: Function) -> tuple[Root, ...]:
    """The root types that the function is a field of."""
    called = Root.QUERY if function.effect is Effect.READ else Root.MUTATION
    match function.flow:
        case Flow.UNARY | Flow.CLIENT_STREAM:
            return (called,)
        case Flow.SERVER_STREAM:
            # All its messages at once, or each as it comes.
            return called, Root.SUBSCRIPTION
        case Flow.BIDIRECTIONAL | Flow.SUBSCRIPTION | Flow.EVENTS:
            return (Root.SUBSCRIPTION,)


def namespace_types(showings: Showings) -> Iterator[str]:
    """The names of the types that have the fields of namespaces."""
    for showing in showings.values():
        if showing.namespace:
            yield from (namespace_type(showing.namespace, root) for root in _NAMESPACED)


def namespace_type(namespace: str, root: Root) -> str:
    """`bank` below Query -> `BankQuery`."""
    return pascal(f"{namespace} {root.value}")


class _RootNaming:
    """The names of root fields given so far, in each namespace of each root."""

    def __init__(self, taken: tuple[str, ...], lock: Lock, showings: Showings) -> None:
        self._lock = lock
        self._showings = showings
        self._taken = (*taken, *(one.namespace for one in showings.values()))
        self._names: dict[tuple[Root, str], Names] = {}

    def fields(self, catalogs: Mapping[str, Catalog]) -> Iterator[RootField]:
        """Those of all catalogs, in the order of their functions."""
        for upstream, catalog in catalogs.items():
            showing = self._showings.get(upstream, AS_IT_IS)
            shown = [one for one in catalog.functions if showing.shows(one)]
            names = {
                (root, function.name): self._name(root, upstream, function)
                for function in sorted(shown, key=lambda one: _renamed_first(showing, one))
                for root in roots(function)
            }
            for function in shown:
                for root in roots(function):
                    name, below = names[root, function.name], self._below(root, upstream)
                    yield RootField(root, name, upstream, function, below)

    def _name(self, root: Root, upstream: str, function: Function) -> str:
        showing = self._showings.get(upstream, AS_IT_IS)
        below, identity = self._below(root, upstream), f"{upstream} {function.name}"
        renamed = showing.renamed(function)
        locked = self._lock.name(upstream, _space(root), function.name)
        plain = AS_IT_IS if below else showing
        candidates = map(plain.field_name, _field_names(upstream, function, root, self._lock))
        if renamed is not None:
            return self._given(root, below).give((renamed, *candidates), identity)
        if locked and not locked.startswith(plain.prefix):
            locked = None
        return self._given(root, below).give(candidates, identity, locked)

    def _below(self, root: Root, upstream: str) -> str:
        return namespace_of(self._showings, root, upstream)

    def _given(self, root: Root, namespace: str) -> Names:
        if (root, namespace) not in self._names:
            alike = {
                place.upstream
                for place in self._lock.names
                if namespace_of(self._showings, root, place.upstream) == namespace
            }
            taken = () if namespace else self._taken
            self._names[root, namespace] = Names(taken, self._lock.fields(_space(root), alike))
        return self._names[root, namespace]


def namespace_of(showings: Showings, root: Root, upstream: str) -> str:
    """The namespace of an upstream's fields of a root; a subscription has but one field."""
    showing = showings.get(upstream, AS_IT_IS)
    return showing.namespace if root in _NAMESPACED else ""


def _renamed_first(showing: Showing, function: Function) -> tuple[bool, str]:
    return showing.renamed(function) is None, function.name


def _space(root: Root) -> Space:
    return Space(root.value.lower())


def _field_names(upstream: str, function: Function, root: Root, lock: Lock) -> Iterator[str]:
    yield from lock.elsewhere(upstream, _space(root), function.name)
    yield from map(camel, qualified(function.label, function.scope, upstream))
    yield graphql_name(function.label)


class _Naming:
    """The names of types given so far, and those that are locked."""

    def __init__(self, names: Names, lock: Lock, showings: Showings) -> None:
        self._names = names
        self._lock = lock
        self._showings = showings
        self._entries = lock.entries()
        self._shared: dict[str, str] = {}
        """The names given to types that are one for all, by their labels."""

    def types(self, upstream: str, catalog: Catalog) -> Iterator[tuple[str, str]]:
        """The name of each type of a catalog, by its key."""
        for definition in sorted(catalog.types, key=_outputs_first):
            known = self._shared.get(definition.label) if definition.shared else None
            yield definition.key, known or self._type(upstream, definition)

    def entry(self, identity: tuple[str, bool], candidates: Iterator[str]) -> str:
        """The name of an entry that was not asked for before."""
        held, going_in = identity
        space = Space.ENTRY_INPUTS if going_in else Space.ENTRIES
        return self._names.give(candidates, str(identity), self._entries.get((space, held)))

    def _type(self, upstream: str, definition: TypeDef) -> str:
        candidates, identity = _names_for(upstream, definition), f"{upstream} {definition.key}"
        if not definition.shared:
            showing = self._showings.get(upstream, AS_IT_IS)
            locked = self._lock.name(upstream, Space.TYPES, definition.key)
            if locked and not locked.startswith(showing.type_name("")):
                locked = None
            return self._names.give(map(showing.type_name, candidates), identity, locked)
        locked = self._lock.name(SHARED, Space.TYPES, definition.label)
        given = self._shared[definition.label] = self._names.give(candidates, identity, locked)
        return given


def _entry_names(
    upstream: str, catalog: Catalog, type_names: TypeNames
) -> Iterator[tuple[tuple[str, bool], Iterator[str]]]:
    held = {(spelled(ref, type_names), going_in): ref for ref, going_in in maps(catalog)}
    for identity, ref in sorted(held.items(), key=lambda one: one[0]):
        yield identity, entry_names(upstream, ref, type_names, going_in=identity[1])


def _outputs_first(definition: TypeDef) -> tuple[bool, str]:
    return isinstance(definition, InputType), definition.key


def _names_for(upstream: str, definition: TypeDef) -> Iterator[str]:
    for text in qualified(definition.label, definition.scope, upstream):
        name = pascal(text)
        if not isinstance(definition, InputType):
            yield name
            continue
        if name.endswith("Input"):
            yield name
        yield f"{name}Input"
