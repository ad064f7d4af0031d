"""How many items the lists of an answer may have, as far as the description says so."""

from collections.abc import Iterator
from contextlib import suppress

from upstreams.json_schema import Documents, Place, Unresolved
from upstreams.model import Function, Listing, ListOf, Named, ObjectType, TypeRef, nullable
from upstreams.openapi.model import Binding, Paging
from upstreams.openapi.translate.paging.seen import Seen, TypesByKey, at


def lengths(
    documents: Documents,
    function: Function[Binding],
    one: Seen | None,
    paging: Paging | None,
    types: TypesByKey,
) -> Iterator[Listing]:
    """The lists of objects in one answer whose length is said: of pages, by their size."""
    if one and paging and paging.most and (key := _item(ListOf(one.listing.item))):
        yield Listing(key, paging.most)
        return
    for ref, place in _lists(documents, function, types):
        key, most = _item(ref), _limit(documents, place)
        if key and most:
            yield Listing(key, most)


def _lists(
    documents: Documents, function: Function[Binding], types: TypesByKey
) -> Iterator[tuple[TypeRef, Place]]:
    """What may be a list in an answer: itself, and the fields of the object it is."""
    returns = nullable(function.returns)
    if isinstance(returns, ListOf):
        yield from ((returns, place) for place in _answers(documents, function))
    elif isinstance(returns, Named) and isinstance(found := types.get(returns.key), ObjectType):
        yield from ((field.type, at(documents, field.source)) for field in found.fields)


def _answers(documents: Documents, function: Function[Binding]) -> Iterator[Place]:
    """The schemas of the answers of a call that succeeds."""
    responses = at(documents, function.source).child("responses")
    for status in responses.members:
        if status.startswith("2"):
            with suppress(Unresolved):
                answer = documents.resolve(responses.child(status))
                yield answer.child("schema")
                yield from (one.child("schema") for _, one in answer.child("content").children())


def _limit(documents: Documents, place: Place) -> int | None:
    """The `maxItems` of a schema."""
    try:
        found = documents.resolve(place).members.get("maxItems")
    except Unresolved:
        return None
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else None


def _item(ref: TypeRef) -> str | None:
    """The key of the objects that a list has."""
    bare = nullable(ref)
    item = nullable(bare.of) if isinstance(bare, ListOf) else None
    return item.key if isinstance(item, Named) else None
