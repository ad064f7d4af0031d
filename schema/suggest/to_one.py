"""Fields that name another object: `customerId` leads to who gets a customer by its id."""

from collections.abc import Iterable, Iterator

from schema.suggest.getters import Getters, is_deprecated
from schema.suggest.holders import Held, Holder
from schema.suggest.likeness import alike, differences, same_example, speaks_of
from schema.suggest.model import Candidate, Evidence
from schema.suggest.offers import Offer
from schema.suggest.words import (
    GENERIC,
    Key,
    Words,
    camel,
    ends_in,
    follows,
    is_plural,
    owner,
    plural,
    words,
)

_FOREIGN = frozenset(
    {
        *("external", "remote", "legacy", "client", "foreign", "third", "stripe", "ext", "old"),
        *("provider", "vendor", "native", "global", "local", "unique", "custom", "temp"),
    }
)
"""Words before a noun that make a key another one: `externalOrderId` is no order's id."""
_READABLE = frozenset({"name", "code", "number", "key", "slug"})
"""Keys that may as well be there for people to read."""


def to_one(holders: Iterable[Holder], getters: Getters) -> Iterator[Candidate]:
    """A join for every field that names what some function gets."""
    for holder in holders:
        for held in holder.held:
            yield from _by_noun(held, getters)
            if home := getters.home(held.key):
                yield from _at_home(held, home)


def joined(
    held: Held, offer: Offer, noun: Words, evidence: Iterable[Evidence]
) -> Iterator[Candidate]:
    """The join of one key, called `noun`, unless its object has or is what is given."""
    holder, listed = held.holder, offer.taken.listed
    batched = listed and not held.several
    match = _match(offer) if batched else None
    if held.several > listed or match == "" or holder.is_led(offer):
        return
    name = camel((*noun[:-1], plural(noun[-1]))) if held.several else camel(noun)
    yield Candidate(
        holder.on,
        f"{name}Details" if name in holder.type_fields else name,
        offer.spelled(many=held.several, whole=batched),
        offer.calls,
        offer.taken.named,
        held.named,
        tuple(evidence),
        many_keys=batched,
        match=match,
    )


def _match(offer: Offer) -> str | None:
    """Which field of an item says which key it answers; None where discovery knows, "": none."""
    if offer.function.batch is not None:
        return None
    found = offer.own_key(offer.asked.part or "id")
    return found.name if found else ""


def _by_noun(held: Held, getters: Getters) -> Iterator[Candidate]:
    """What has the field's noun in its name: `customerId`, `getCustomer(id)`."""
    noun = held.key.noun
    if not noun or noun == held.holder.noun:
        return
    for offer in getters.called(noun):
        called = tuple(_called(held, offer))
        same = _is_same(held.key, offer) and alike(held.field.type, offer.taken.field.type)
        if called and same:
            more = (*_supporting(held, offer), *_doubts(held, offer))
            yield from joined(held, offer, noun, (*called, *more))


def _is_same(held: Key, offer: Offer) -> bool:
    """Whether the argument takes that key of that thing, as far as its name says."""
    if offer.asked.noun not in ((), held.noun, offer.type_noun, offer.noun):
        return False
    part = offer.asked.part
    return held.part == part or not held.part or (not part and held.part == "id")


def _called(held: Held, offer: Offer) -> Iterator[Evidence]:
    """What the names say; nothing where they have nothing to do with each other."""
    noun, name = held.key.noun, held.field.name
    if noun == offer.type_noun:
        yield Evidence(f"{name} is named after {offer.name}, which {offer.calls} gives", 0.6)
    elif follows(noun, offer.type_noun):
        yield Evidence(f"{name} ends like {offer.name}, which {offer.calls} gives", 0.35)
    if noun == offer.noun:
        yield Evidence(f"{name} is named after what {offer.calls} says it gives", 0.45)
    elif follows(noun, offer.noun):
        yield Evidence(f"{name} ends like what {offer.calls} says it gives", 0.2)


def _supporting(held: Held, offer: Offer) -> Iterator[Evidence]:
    asked, argument, source = held.key, offer.taken.field.name, offer.function.source
    if ends_in(source, argument) and owner(source, argument)[-1:] == asked.noun[-1:]:
        yield Evidence(f"its path ends in what {held.field.name} is named after, and the key", 0.4)
    own = offer.own_key(asked.part or "id")
    if own and alike(own.type, held.field.type):
        yield Evidence(f"{offer.name}.{own.name} is of the same type", 0.3)
    if offer.asked == asked:
        yield Evidence("argument and field have one name", 0.3)
    if speaks_of(held.field.description, asked.noun):
        yield Evidence("the field's description speaks of it", 0.2)
    if same_example(held.field, offer.taken.field):
        yield Evidence("both have the same example", 0.2)
    yield from differences(held.field.type, offer.taken.field.type)


def _doubts(held: Held, offer: Offer) -> Iterator[Evidence]:
    noun, part = held.key.noun, held.key.part
    if part in _READABLE:
        yield Evidence(f"a {part} may be for people to read", -0.25)
    if not part:
        described = speaks_of(held.field.description, noun)
        yield Evidence("its name does not say that it is a key", -0.1 if described else -0.3)
    elif not offer.asked.part:
        yield Evidence("the argument's name does not say that it is a key", -0.1)
    if is_plural(words(held.field.name)[-1]) and not held.several:
        yield Evidence("its name is of many, and it is one", -0.5)
    if _FOREIGN.intersection(noun[:-1]):
        yield Evidence("it may be a key of somebody else's", -0.6)
    if not offer.taken.required:
        yield Evidence("the argument may be left out", -0.05)
    yield from _own(held, offer, noun)
    if is_deprecated(held, offer):
        yield Evidence("it is deprecated", -0.5)
    if noun[-1] in GENERIC:
        yield Evidence("its name is of nothing in particular", -0.4)


def _own(held: Held, offer: Offer, noun: Words) -> Iterator[Evidence]:
    """Whether the field rather means something of its own upstream."""
    upstream = held.holder.on.upstream
    if offer.upstream != upstream and noun in held.holder.beside:
        yield Evidence(f"{upstream} has things of its own that are called so", -0.5)


def _at_home(held: Held, home: Offer) -> Iterator[Candidate]:
    """What has a key of the field's very name, and alone: `sku`, `getProduct(sku)`."""
    if held.holder.noun == home.type_noun or not alike(held.field.type, home.taken.field.type):
        return
    evidence = (
        Evidence(f"{home.calls} gets {home.name} by a key of the name {held.field.name}", 0.7),
        Evidence(f"only {home.name} is got by such a key", 0.4),
        *differences(held.field.type, home.taken.field.type),
        *_own(held, home, home.type_noun),
    )
    yield from joined(held, home, home.type_noun, evidence)
