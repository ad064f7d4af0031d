"""What is said of a value beside its type: descriptions, limits and examples."""

from collections.abc import Iterator

import msgspec

from upstreams.json_schema.place import Place
from upstreams.json_schema.reading import Schema
from upstreams.json_schema.scalars import STRING_FORMATS
from upstreams.model import Named, TypeRef

_LIMITS = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "not",
)
_EXAMPLES = ("example", "examples")
_TELLING = frozenset((*_LIMITS, *_EXAMPLES, "format"))
_LONGEST = 80
"""How much of a value a description quotes, in characters; what is longer is left out."""

_JSON = msgspec.json.Encoder(decimal_format="number")


def described(place: Place) -> str:
    """What a schema says it is for."""
    return place.text("description") or place.text("title")


def note(schema: Schema, ref: TypeRef, *, limits: bool) -> str:
    """What is said of a value where it is used, beyond what its own type says.

    `limits` are worth telling where a client makes the value.
    """
    found = next(filter(None, (place.text("description") for place in schema.notes)), "")
    if isinstance(ref, Named):
        return found
    core = schema.core[0]
    found = found or described(core)
    if _TELLING.isdisjoint(core.members):
        return found
    facts = ", ".join(_facts(core, limits=limits))
    return f"{found}\n\n{facts}".strip() if facts else found


def _facts(core: Place, *, limits: bool) -> Iterator[str]:
    """`minimum: 1`, `pattern: ^a`, `example: abc`"""
    said = core.text("format")
    if said and core.members.get("type") == "string" and said not in STRING_FORMATS:
        yield f"`format: {said}`"
    for keyword in _LIMITS if limits else ():
        if core.members.get(keyword) not in (None, False):
            yield from _fact(keyword, core.members[keyword])
    for keyword in _EXAMPLES:
        value = core.members.get(keyword)
        value = value[0] if keyword == "examples" and isinstance(value, list) and value else value
        if value is not None:
            yield from _fact("example", value)
            return


def _fact(name: str, value: object) -> Iterator[str]:
    text = value if isinstance(value, str) else _JSON.encode(value).decode()
    if text and len(text) <= _LONGEST and "`" not in text and "\n" not in text:
        yield f"`{name}: {text}`"
