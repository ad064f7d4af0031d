"""Keywords whose values are of the wrong type, and what is made of them."""

from collections.abc import Iterator

from upstreams.json_schema.place import Place
from upstreams.model import Remark

_FLAGS = frozenset(
    {"allowReserved", "deprecated", "nullable", "readOnly", "required", "writeOnly", "x-nullable"}
)
_TEXTS = frozenset({"description", "name", "operationId", "summary", "title"})
_KEYWORDS = _FLAGS | _TEXTS
_SELDOM = _KEYWORDS - {"description"}


def slips(place: Place) -> list[Remark]:
    """What at a place is no text though it should be, or a text though it is true or false."""
    if _SELDOM.isdisjoint(place.members) and isinstance(place.members.get("description", ""), str):
        return []  # asked of every schema, so most are let pass at a glance
    found = []
    for key in _KEYWORDS.intersection(place.members):
        value = place.members[key]
        is_text = isinstance(value, str)
        if is_text is (key in _TEXTS) or value is None:
            continue
        if not is_text:
            found.append(_untold(place, key))
        elif isinstance(value, str):
            found.append(_misspelt(place, key, value))
    return found


def _untold(place: Place, key: str) -> Remark:
    taken = "read as one" if place.text(key) else "left out"
    return Remark(place.child(key).at, f"not a text; {taken}")


def _misspelt(place: Place, key: str, value: str) -> Remark:
    taken = "true" if place.flag(key) else "false"
    return Remark(place.child(key).at, f"the text {value[:20]!r} is taken for {taken}")


def own_requirement(place: Place) -> Iterator[Remark]:
    """What a schema requires of itself, as JSON Schema did before draft 4."""
    if place.flag("required") and "in" not in place.members:
        owner = place.pointer.rpartition("/")[0]
        taken = "the property is" if owner.endswith("/properties") else "nothing here is"
        yield Remark(place.child("required").at, f"true, and no list of names; {taken} required")
