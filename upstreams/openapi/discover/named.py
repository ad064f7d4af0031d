"""Where a page, a script or a list that is no description says that one is."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from upstreams.documents import Document, in_utf8, is_url

MAX_NAMED = 8
"""How many places one document may name."""

_SEARCHED = 1024 * 1024
"""How many bytes of a page are searched."""
_IN_TEXT = re.compile(
    r"""["']?\b(?:url|configUrl|specUrl|spec-url|data-url|apiDescriptionUrl)["']?"""
    r"""\s{0,9}[:=]\s{0,9}["']([^"'\s<>{}]{1,2000})["']"""
    r"""|Redoc\.init\(\s{0,9}["']([^"'\s<>{}]{1,2000})["']"""
    r"""|\bhref=["']([^"'\s<>{}]{1,2000}\.(?:json|ya?ml))["']"""
    r"""|\bsrc=["']([^"'\s<>{}]{0,2000}\b(?:swagger-initializer|swagger-ui-init|index)\.js)["']"""
)
"""As Swagger UI, Redoc, RapiDoc, Scalar and Elements are told, on their page or in its script."""

_RELATIONS = ("service-desc", "item", "api-catalog")
"""Of an API catalog (RFC 9727) that lead to a description, or to further places."""


def named(document: Document, tree: object = None) -> tuple[str, ...]:
    """The URLs that a document names, the most telling first; `tree` is what it says if parsed."""
    found = [*document.links, *_in_catalog(tree), *_in_text(document)]
    places = dict.fromkeys(_joined(document.location, place) for place in found)
    return tuple(place for place in places if is_url(place))[:MAX_NAMED]


def _joined(base: str, place: str) -> str:
    try:
        return urljoin(base, place)
    except ValueError:
        return ""


def _in_text(document: Document) -> Iterator[str]:
    text = in_utf8(document)[:_SEARCHED].decode(errors="replace")
    for match in _IN_TEXT.finditer(text):
        yield from (place for place in match.groups() if place)


def _in_catalog(tree: object) -> Iterator[str]:
    """The targets of an API catalog, which is a linkset (RFC 9264 section 4.2)."""
    contexts = tree.get("linkset") if isinstance(tree, dict) else None
    for context in contexts if isinstance(contexts, list) else []:
        for relation in _RELATIONS:
            for target in _targets(context, relation):
                yield str(target.get("href"))


def _targets(context: object, relation: str) -> list[dict[str, object]]:
    targets = context.get(relation) if isinstance(context, dict) else None
    return [one for one in targets if isinstance(one, dict)] if isinstance(targets, list) else []
