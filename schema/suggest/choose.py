"""The best of what the rules found, as far as it can be joined as it stands."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import replace

from graphql import GraphQLSchema

from schema.build import Extensions, build, extended_of
from schema.extend.parse import parsed
from schema.extend.world import World
from schema.links import link_fields
from schema.lock.model import NO_LOCK, Lock
from schema.merge import Merged
from schema.suggest.declared import declared
from schema.suggest.getters import Getters
from schema.suggest.holders import holders
from schema.suggest.model import Candidate
from schema.suggest.offers import offers
from schema.suggest.sdl import alone, field
from schema.suggest.to_many import Keyed, to_many
from schema.suggest.to_one import to_one
from upstreams.model import Catalog

LEAST = 0.8
"""How sure a suggestion is at least, unless asked for otherwise."""
_NEAR = 0.03
"""Targets that differ by no more are equally good."""
_NONE = Extensions()


def suggest(
    catalogs: Mapping[str, Catalog],
    own: GraphQLSchema | None = None,
    extensions: Extensions = _NONE,
    lock: Lock = NO_LOCK,
    least: float = LEAST,
) -> tuple[Candidate, ...]:
    """Joins that may be added to those there are, by type, the surest first; as `build` reads it.

    Raises `SchemaError`.
    """
    _, merged = build(catalogs, own, extensions, lock)
    found = _best(_found(merged, extensions), lambda one: (one.on, one.field, one.name))
    sure = (one for one in found if one.confidence >= least)
    chosen = dict(enumerate(_best(sure, lambda one: (one.on, one.name))))
    added = parsed((str(place), alone(one)) for place, one in chosen.items())
    more = replace(extensions, written=(*extensions.written, *added))
    extended = extended_of(build(catalogs, own, more, lock)[0])
    problems = (*(one.at for one in extended.problems), *extended.waiting)
    wrong = {at.partition(":")[0] for at in problems}
    kept = (one for place, one in chosen.items() if str(place) not in wrong)
    return tuple(sorted(kept, key=_by_type))


def _found(merged: Merged, extensions: Extensions) -> Iterator[Candidate]:
    calls = extensions.calls
    links = {upstream: link_fields(upstream, one) for upstream, one in merged.catalogs.items()}
    world = World(merged, links, tuple(merged.catalogs), calls)
    held = tuple(holders(world, merged, links, calls))
    offered = tuple(offers(world, merged))
    getters = Getters(offered)
    yield from declared(merged.catalogs, held, offered)
    yield from to_one(held, getters)
    yield from to_many(offered, Keyed(held), getters)


def _best(found: Iterable[Candidate], of: Callable[[Candidate], Hashable]) -> Iterator[Candidate]:
    """The surest for each place; none where several lead elsewhere and are equally sure."""
    places: defaultdict[Hashable, list[Candidate]] = defaultdict(list)
    for one in found:
        places[of(one)].append(one)
    for several in places.values():
        first, *others = sorted(several, key=_surest)
        if not any(_rivals(first, one) for one in others):
            yield first


def _rivals(one: Candidate, other: Candidate) -> bool:
    """Whether two that lead elsewhere are equally good."""
    if one.calls == other.calls or one.confidence - other.confidence > _NEAR:
        return False
    return _is_far(one) == _is_far(other) and one.many_keys == other.many_keys


def _surest(found: Candidate) -> tuple[float, bool, bool, str]:
    """Of equally sure ones, its own upstream's and those for one object first."""
    sure = round(found.confidence / _NEAR)
    return -sure, _is_far(found), found.many_keys, field(found)


def _is_far(found: Candidate) -> bool:
    return found.on.upstream != found.calls.partition(".")[0]


def _by_type(found: Candidate) -> tuple[str, float, str]:
    return found.on.name, -found.confidence, found.name
