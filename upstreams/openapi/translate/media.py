"""Media types: which of those offered is used, and how its content is written."""

from collections.abc import Sequence

from upstreams.openapi.model import Form

_SUBTYPES = ("json", "javascript", "json5")
_STREAMS = (
    "application/json-seq",
    "application/jsonl",
    "application/x-ndjson",
    "application/x-jsonlines",
)

OCTETS = "application/octet-stream"
"""Content of which nothing is known."""
MISNAMED = "application/form-data"
"""What some write for `multipart/form-data`."""


def essence(media_type: str) -> str:
    """`Application/JSON; charset=utf-8` -> `application/json`"""
    return media_type.partition(";")[0].strip().lower()


def form(media_type: str) -> Form:
    """How content of that media type is written; as it is, where nothing else is known."""
    plain = essence(media_type)
    kind, _, subtype = plain.partition("/")
    if plain in ("*/*", "application/*"):
        return Form.JSON
    if plain in _STREAMS:
        return Form.TEXT
    if subtype in _SUBTYPES or subtype.endswith("+json"):
        return Form.JSON
    if plain == "application/x-www-form-urlencoded":
        return Form.URLENCODED
    if kind == "multipart" or plain == MISNAMED:
        return Form.MULTIPART
    if subtype == "xml" or subtype.endswith("+xml"):
        return Form.XML
    if kind == "text" or subtype in ("yaml", "x-yaml") or subtype.endswith("+yaml"):
        return Form.TEXT
    return Form.BYTES


def accepted(described: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """What is sent of a file that does not say what it is, and what a file may be.

    Nothing may be chosen where there is one media type: `["image/png"]` -> `("image/png", ())`
    """
    single = next((one for one in described if "*" not in one), "")
    return single, () if [single] == list(described) else tuple(described)


def best(offered: Sequence[str], order: Sequence[Form]) -> str | None:
    """The offered media type whose form comes first in the order; None when none is in it."""
    ranked = [one for one in offered if form(one) in order]
    return min(ranked, key=lambda one: order.index(form(one)), default=None)
