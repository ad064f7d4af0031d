"""Fields of which a description says itself what they name (`google.api.resource_reference`)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from schema.suggest.holders import Held, Holder
from schema.suggest.model import Candidate, Evidence
from schema.suggest.offers import Offer
from schema.suggest.to_one import joined
from upstreams.model import Catalog, Remark

_NAMES = re.compile(r"[\w./]+")
_Named: TypeAlias = Mapping[tuple[str, str], list[Offer]]
"""By upstream and the function's name."""


def declared(
    catalogs: Mapping[str, Catalog], holders: Iterable[Holder], offers: Iterable[Offer]
) -> Iterator[Candidate]:
    """A join for every field that a catalog proposes one for."""
    said = {
        (upstream, one.at): one
        for upstream, catalog in catalogs.items()
        for one in catalog.proposals
    }
    if not said:
        return
    getters = _getters(offers)
    for holder in holders:
        for held in holder.held:
            if remark := said.get((holder.on.upstream, _place(held))):
                yield from _joins(held, remark, getters)


def _joins(held: Held, remark: Remark, getters: _Named) -> Iterator[Candidate]:
    evidence = Evidence(f"its description says that it {remark.reason}", 0.97)
    noun = held.key.noun or (held.key.part,)
    for offer in _meant(held.holder.on.upstream, remark, getters):
        yield from joined(held, offer, noun, (evidence,))


def _getters(offers: Iterable[Offer]) -> _Named:
    """Those that give one object."""
    found: defaultdict[tuple[str, str], list[Offer]] = defaultdict(list)
    for one in offers:
        if not one.answer.many and not one.taken.listed:
            found[one.upstream, one.function.name].append(one)
    return found


def _place(held: Held) -> str:
    """Where the field stands in its description."""
    return held.field.source or f"{held.holder.type.source}.{held.field.name}"


def _meant(upstream: str, remark: Remark, getters: _Named) -> Iterator[Offer]:
    """The function that a remark names, with the argument that it names last."""
    names = _NAMES.findall(remark.reason)
    for name in names:
        for offer in getters.get((upstream, name), ()):
            field = offer.taken.field
            if names[-1] in (field.name, field.source.rpartition(".")[2]):
                yield offer
