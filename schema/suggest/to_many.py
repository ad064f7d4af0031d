"""Functions that take an object's key: `listOrders(customerId)` gives a customer's orders."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from schema.suggest.getters import Getters, is_deprecated
from schema.suggest.holders import Held, Holder
from schema.suggest.likeness import alike, differences
from schema.suggest.model import Candidate, Evidence
from schema.suggest.offers import Offer
from schema.suggest.words import (
    GENERIC,
    Key,
    Words,
    camel,
    ends,
    follows,
    is_plural,
    key,
    noun,
    owner,
    plural,
    without,
    words,
)
from upstreams.model import Field

_ACTS = frozenset({"download", "export", "validate", "check", "test", "preview", "login", "stream"})
"""What functions do that are not there to be read from."""
_SEARCHES = frozenset({"query", "search", "all", "list", "find", "filter"})
"""What paths end in that does not say what is given."""


class Keyed:
    """The keys that objects have, by whose they may be."""

    def __init__(self, holders: Iterable[Holder]) -> None:
        self._of: defaultdict[tuple[Words, str], list[Held]] = defaultdict(list)
        self._named: defaultdict[Key, list[Held]] = defaultdict(list)
        for holder in holders:
            for held in holder.held:
                if held.several:
                    continue
                self._named[held.key].append(held)
                if held.key.noun in ((), holder.noun):
                    self._of[holder.noun, held.key.part].append(held)

    def of(self, noun: Words, part: str) -> list[Held]:
        """Those of the objects called that: `id` and `customerId` of Customer."""
        return self._of.get((noun, part), [])

    def named(self, asked: Key) -> list[Held]:
        """Those of that name, whoever has them."""
        return self._named.get(asked, [])


def to_many(offers: Iterable[Offer], keyed: Keyed, getters: Getters) -> Iterator[Candidate]:
    """A join for every object of which a function takes the key to give something else."""
    for offer in offers:
        asked = offer.asked
        for whose in _owners(offer) if asked.part else ():
            there = keyed.of(whose, asked.part)
            if not _is_anyones(there, offer):
                yield from (one for held in there for one in _candidate(held, offer, getters))
        for held in () if asked.part else keyed.named(asked):
            if getters.is_home(held.holder, asked) and _said(held, offer):
                yield from _candidate(held, offer, getters)


def _owners(offer: Offer) -> set[Words]:
    """Whose key the argument may be."""
    if offer.asked.noun:
        return {offer.asked.noun}
    if whose := owner(offer.function.source, offer.taken.field.name):
        return {whose}
    return {offer.noun, offer.noun[-1:]} if offer.noun else set()


def _is_anyones(there: Iterable[Held], offer: Offer) -> bool:
    """Whether several other upstreams have what the argument is named after."""
    upstreams = {one.holder.on.upstream for one in there}
    return offer.upstream not in upstreams and len(upstreams) > 1


def _said(held: Held, offer: Offer) -> Field | None:
    """The field of what is given that says whose it is."""
    asked = offer.asked
    whose = asked if asked.noun else Key(held.holder.noun, asked.part)
    return next((one for one in offer.answer.type.fields if key(one.name) == whose), None)


def _candidate(held: Held, offer: Offer, getters: Getters) -> Iterator[Candidate]:
    holder, said = held.holder, _said(held, offer)
    if holder.is_led(offer) or offer.type_noun == holder.noun:
        return
    if not alike(held.field.type, offer.taken.field.type):
        return
    batched = offer.taken.listed and said is not None and not offer.taken.pages
    yield Candidate(
        holder.on,
        _name(holder, offer),
        offer.spelled(many=offer.answer.many, whole=batched),
        offer.calls,
        offer.taken.named,
        held.named,
        (*_evidence(held, offer, said, getters), *_doubts(held, offer, said)),
        many_keys=batched,
        match=said.name if batched and said else None,
    )


def _name(holder: Holder, offer: Offer) -> str:
    """What the path ends in; else, of the function's noun or the type's, what is not its own."""
    last = ends(offer.function.source)
    if last and last[-1] not in _SEARCHES:
        found = noun(last)
    else:
        found = offer.noun if offer.noun[-1:] == offer.type_noun[-1:] else offer.type_noun
    found = without(holder.noun, found)
    return camel((*found[:-1], plural(found[-1])) if offer.answer.many else found)


def _evidence(held: Held, offer: Offer, said: Field | None, getters: Getters) -> Iterator[Evidence]:
    holder, argument, calls = held.holder, offer.taken.field.name, offer.calls
    if offer.asked.noun == holder.noun:
        yield Evidence(f"{calls} takes {argument}, named after {holder.on.name}", 0.6)
    if not offer.asked.part:
        yield Evidence(f"{calls} takes {argument}, which {holder.on.name} has", 0.5)
    if owner(offer.function.source, argument) == holder.noun:
        yield Evidence(f"its path has {argument} after what {holder.on.name} is", 0.5)
    if not offer.asked.noun and follows(offer.noun, holder.noun):
        yield Evidence(f"{calls} is named after {holder.on.name}", 0.3)
    if said is not None:
        yield Evidence(f"{offer.name}.{said.name} says whose it is", 0.6)
    if offer.taken.alone:
        yield Evidence(f"{calls} needs nothing else", 0.3)
    if getters.of(held):
        yield Evidence(f"{holder.on.name} is got by its {held.field.name}", 0.3)
    if offer.noun[-1:] == offer.type_noun[-1:]:
        yield Evidence(f"{calls} is named after {offer.name}", 0.2)


def _doubts(held: Held, offer: Offer, said: Field | None) -> Iterator[Evidence]:
    if not offer.taken.required and said is None:
        yield Evidence("the argument may be left out, and nothing given says whose it is", -0.3)
    if not offer.answer.many:
        yield from _doubts_of_one(offer, said)
    if offer.type_noun[-1:] and offer.type_noun[-1] in GENERIC:
        yield Evidence("what is given is nothing in particular", -0.5)
    if held.key.part in ("name", "code", "number"):
        yield Evidence("a name may be for people to read", -0.2)
    if _ACTS.intersection(words(offer.function.label)[:1]):
        yield Evidence("it may do more than read", -0.5)
    if _SEARCHES.intersection(ends(offer.function.source)):
        yield Evidence("it searches", -0.05)
    if offer.answer.many and offer.taken.pages:
        yield Evidence("it answers in pages, of which this is the first", 0)
    if offer.upstream != held.holder.on.upstream and held.holder.noun in offer.beside:
        yield Evidence(f"{offer.upstream} has things of its own that are called so", -0.5)
    if is_deprecated(held, offer):
        yield Evidence("it is deprecated", -0.5)
    yield from differences(held.field.type, offer.taken.field.type)


def _doubts_of_one(offer: Offer, said: Field | None) -> Iterator[Evidence]:
    if not offer.taken.alone:
        yield Evidence("other keys may have to be given", -0.4)
    if is_plural((ends(offer.function.source) or words(offer.function.label) or ("",))[-1]):
        yield Evidence("it speaks of many and gives one", -0.4)
    if said is None:
        yield Evidence("one thing is given, which does not say whose it is", -0.1)
