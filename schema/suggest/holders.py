"""The objects that joins may stand on, and the keys that they have."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

from graphql import StringValueNode

from schema.extend.model import Call
from schema.extend.world import Having, Typed, World
from schema.fields import named_fields
from schema.links import LinkFields
from schema.merge import Merged
from schema.suggest.likeness import is_key, item
from schema.suggest.model import On
from schema.suggest.offers import Offer, common, nouns
from schema.suggest.words import Key, Words, key, type_noun, without
from upstreams.model import Field, InterfaceType, ListOf, Named, innermost, nullable


@dataclass(frozen=True, slots=True)
class Holder:
    """A type that comes out."""

    on: On
    type: Having
    noun: Words
    """What it is called after."""
    taken: Set[str]
    """The names that its fields, links and joins have."""
    calls: Set[str]
    """The functions that its links and joins call, with their upstreams."""
    leaves: Mapping[str, Field]
    """Its own fields that could be keys, or lists of such, by the names clients see."""
    beside: Set[Words]
    """What its upstream has, all in all."""

    @property
    def type_fields(self) -> Iterator[str]:
        """The names that clients see its fields under."""
        return iter(named_fields(self.type.fields))

    @property
    def held(self) -> Iterator["Held"]:
        """Each of its keys."""
        return (Held(self, name, field) for name, field in self.leaves.items())

    def is_led(self, offer: Offer) -> bool:
        """Whether it is what the function gives, has it in it, or leads to it by the function."""
        if offer.gives == self.on[:2]:
            return True
        refs = (innermost(one.type) for one in self.type.fields)
        inside = offer.upstream == self.on.upstream and offer.answer.ref in refs
        names = (offer.function.name, offer.function.label)
        return inside or any(f"{offer.upstream}.{one}" in self.calls for one in names)


@dataclass(frozen=True, slots=True)
class Held:
    """A key, or a list of keys, that an object has."""

    holder: Holder
    named: str
    """As clients see it."""
    field: Field

    @property
    def key(self) -> Key:
        """Which key it is, of what."""
        return key(self.field.name)

    @property
    def several(self) -> bool:
        """Whether it is a list."""
        return isinstance(nullable(self.field.type), ListOf)


def holders(
    world: World, merged: Merged, links: Mapping[str, LinkFields], calls: Iterable[Call]
) -> Iterator[Holder]:
    """Every type with fields; `calls` are the joins that there are."""
    called = _called(calls)
    for upstream, catalog in merged.catalogs.items():
        leading, linked, beside = common(catalog), links[upstream], nouns(catalog)
        for one in catalog.types:
            if not isinstance(one, Having) or one.shared:
                continue
            name = world.spelled(Typed(upstream, Named(one.key)))
            there = {f"{upstream}.{each.function.name}" for each in linked.get(one.key, ())}
            yield Holder(
                On(upstream, one.key, name, isinstance(one, InterfaceType)),
                one,
                without(leading, type_noun(one.label)),
                {*world.taken(upstream, one), *(to for on, to in world.joins if on == name)},
                there | called.get(name, set()),
                dict(_leaves(world, upstream, one)),
                beside,
            )


def _leaves(world: World, upstream: str, having: Having) -> Iterator[tuple[str, Field]]:
    """What an interface has is left to the interface."""
    types = world.types(upstream)
    above = (types[one] for one in having.implements)
    inherited = {field.name for one in above if isinstance(one, Having) for field in one.fields}
    for name, field in named_fields(having.fields).items():
        if is_key(item(field.type)) and field.name not in inherited:
            yield name, field


def _called(calls: Iterable[Call]) -> Mapping[str, set[str]]:
    """By the name of a type, the functions that its joins call."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one in calls:
        if isinstance(one.function, StringValueNode):
            found[one.on.name.value].add(one.function.value)
    return found
