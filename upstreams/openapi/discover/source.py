"""One document of a description: fetched with what its host may be told, its text as values."""

import asyncio
from dataclasses import dataclass

from upstreams import documents, tls
from upstreams.bulk import bulk
from upstreams.model import Remark
from upstreams.openapi.model import Settings
from upstreams.openapi.translate import read
from upstreams.openapi.translate.text import Text


@dataclass(frozen=True, slots=True)
class Source:
    """A document, and what it says."""

    document: documents.Document
    tree: object
    assumed: tuple[Remark, ...] = ()
    """What was made of the oddities of its text."""

    @property
    def location(self) -> str:
        """The absolute path, or the URL after redirects, with credentials if it has any."""
        return self.document.location


async def fetch(
    location: str,
    settings: Settings,
    *,
    reach: documents.Reach | None = None,
    max_bytes: int | None = None,
    timeout: float = documents.TIMEOUT_SECONDS,
) -> documents.Document:
    """The document there, by default on any host and as large as the whole description may be.

    The upstream's headers and its client certificate are only for the host that the settings name.
    Raises `DiscoveryError`.
    """
    given = settings.openapi
    both = documents.is_url(location) and documents.is_url(given)
    near = both and documents.same_origin(location, given)
    files = tls.files(settings)
    return await documents.read(
        location,
        headers=settings.headers if near else None,
        files=files if near else files.unnamed(),
        max_bytes=settings.max_description if max_bytes is None else max_bytes,
        timeout=timeout,
        reach=reach or documents.Reach(link_local=settings.link_local),
    )


async def parsed(document: documents.Document) -> Source:
    """The document with its values. Raises `DiscoveryError` with the line of a mistake."""
    text = await asyncio.to_thread(_text, document)
    return Source(document, text.tree, text.assumed)


@bulk()
def _text(document: documents.Document) -> Text:
    return read(documents.in_utf8(document), documents.shown(document.location))
