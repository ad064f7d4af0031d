"""The functions that get one object by its key."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from schema.suggest.holders import Held, Holder
from schema.suggest.offers import Offer
from schema.suggest.words import GENERIC, Key, Words, ends_in, key, owner, reads, segments


class Getters:
    """All of them, by what they may be asked for."""

    def __init__(self, offers: Iterable[Offer]) -> None:
        self._by_word: defaultdict[str, list[Offer]] = defaultdict(list)
        self._of: defaultdict[tuple[str, str], list[Offer]] = defaultdict(list)
        self._homes: defaultdict[Key, list[Offer]] = defaultdict(list)
        for one in filter(_gets, offers):
            self._of[one.gives].append(one)
            for word in {*one.type_noun[-1:], *one.noun[-1:]}:
                self._by_word[word].append(one)
            if _is_home(one):
                self._homes[one.asked].append(one)

    def called(self, noun: Words) -> Iterator[Offer]:
        """Those of which the noun ends like that one."""
        yield from self._by_word.get(noun[-1], ()) if noun else ()

    def of(self, held: Held) -> Offer | None:
        """One that gets the very objects that have the key, by that key."""
        whose = ((), held.key.noun, held.holder.noun)
        for one in self._of.get(held.holder.on[:2], ()):
            if one.asked == held.key or (
                one.asked.part == held.key.part != "" and one.asked.noun in whose
            ):
                return one
        return None

    def home(self, asked: Key) -> Offer | None:
        """Who gets the one type of which the key has a name of its own: a product by its sku.

        None where there are several such types: nobody knows which of them is meant.
        """
        found = self._homes.get(asked, [])
        return found[0] if len({one.gives for one in found}) == 1 else None

    def is_home(self, holder: Holder, asked: Key) -> bool:
        """Whether that is the one type."""
        home = self.home(asked)
        return home is not None and home.gives == holder.on[:2]


def _gets(offer: Offer) -> bool:
    """Whether it gives one object for each key; as many as there are keys, where it takes many."""
    if offer.taken.listed:
        return offer.answer.many and not offer.taken.pages
    return offer.taken.alone and not offer.answer.many


def _is_home(offer: Offer) -> bool:
    """Whether it gets what its argument is the key of, as far as names can say."""
    asked, argument = offer.asked, offer.taken.field.name
    if asked.part or not asked.noun or asked.noun[-1] in GENERIC or offer.taken.listed:
        return False
    if all(key(one.name) != asked for one in offer.answer.type.fields):
        return False
    source = offer.function.source
    if segments(source):
        return ends_in(source, argument) and owner(source, argument)[-1:] == offer.type_noun[-1:]
    return reads(offer.function.label) and offer.noun == offer.type_noun


def is_deprecated(held: Held, offer: Offer) -> bool:
    """Whether the key, the argument or the function is not to be used any more."""
    places = (held.field, offer.taken.field, offer.function)
    return any(
        one.deprecated is not None or one.description.lower().startswith("deprecated")
        for one in places
    )
