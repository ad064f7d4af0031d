"""What a lock says of the names there are, and the lock that would keep all of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from schema.lock.members import members
from schema.lock.model import SHARED, Lock, Place, Space
from schema.maps import maps, spelled
from schema.merge import Merged


@dataclass(frozen=True, slots=True)
class Change:
    """A name that is another one."""

    place: Place
    old: str
    new: str


def given(merged: Merged) -> Mapping[Place, str]:
    """Every name that may depend on what else there is."""
    return dict(_given(merged))


def kept(names: Mapping[Place, str], lock: Lock, configured: Iterable[str], merged: Merged) -> Lock:
    """The lock that keeps those names, and of upstreams that are not merged the names so far.

    What is no longer there, or no longer configured, loses its name.
    """
    absent = set(configured) - set(merged.catalogs)
    spared = {*absent, SHARED} if absent else set()
    older = {place: name for place, name in lock.names.items() if place.upstream in spared}
    return Lock({**older, **names})


def changes(old: Mapping[Place, str], new: Mapping[Place, str]) -> Iterator[Change]:
    """What is in both, under another name."""
    for place in _sorted(old):
        if place in new and old[place] != new[place]:
            yield Change(place, old[place], new[place])


def missing(names: Mapping[Place, str], elsewhere: Mapping[Place, str]) -> list[Place]:
    """What is named here and not there."""
    return [place for place in _sorted(names) if place not in elsewhere]


def _given(merged: Merged) -> Iterator[tuple[Place, str]]:
    for root in merged.root_fields:
        space = Space(root.root.value.lower())
        yield Place(root.upstream, space, root.function.name), root.name
    for upstream, catalog in merged.catalogs.items():
        names = merged.type_names[upstream]
        for definition in catalog.types:
            identity = definition.label if definition.shared else definition.key
            owner = SHARED if definition.shared else upstream
            yield Place(owner, Space.TYPES, identity), names[definition.key]
        for held, going_in in maps(catalog):
            space = Space.ENTRY_INPUTS if going_in else Space.ENTRIES
            name = merged.entry_name(upstream, held, going_in=going_in)
            yield Place(upstream, space, spelled(held, names)), name
        yield from members(upstream, catalog)


def _sorted(names: Iterable[Place]) -> list[Place]:
    return sorted(names, key=lambda one: (one.upstream, one.space.value, one.identity))
