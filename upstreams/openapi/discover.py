"""Reading an OpenAPI description: its first document, and those it refers to."""

import asyncio
import posixpath
from collections import deque
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from upstreams import documents
from upstreams.errors import DiscoveryError
from upstreams.json_schema import Documents
from upstreams.openapi.model import OpenApiCatalog, Settings
from upstreams.openapi.translate import parse, references, translate

MAX_DOCUMENTS = 500
TIMEOUT_SECONDS = 120.0


async def discover(settings: Settings) -> OpenApiCatalog:
    """What the description offers. Raises `DiscoveryError`."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            found, location = await _read_all(settings)
    except TimeoutError as error:
        place = documents.shown(settings.openapi)
        wrong = f"its documents could not all be read within {TIMEOUT_SECONDS:g} s"
        raise DiscoveryError(wrong, at=place) from error
    supplied = frozenset(name.lower() for name in settings.headers)
    return await asyncio.to_thread(translate, found, location, supplied)


async def _read_all(settings: Settings) -> tuple[Documents, str]:
    """Every document of the description, and where the first one was, fit for messages."""
    first = await documents.read(settings.openapi, headers=settings.headers)
    reading = _Reading(first.location, settings.headers)
    await reading.take("", first)
    await reading.follow()
    file = posixpath.basename(urlsplit(first.location).path)
    found = Documents(reading.trees, reading.absent, file)
    return found, documents.shown(first.location)


class _Reading:
    """The documents of one description while they are read, under limits for all together."""

    def __init__(self, root: str, headers: Mapping[str, str]) -> None:
        self.trees: dict[str, object] = {}
        self.absent: dict[str, str] = {}
        self._root = root
        self._headers = headers
        self._left = documents.MAX_BYTES
        self._ahead: deque[str] = deque()

    async def take(self, name: str, document: documents.Document) -> None:
        """Parse a document, and note which others it refers to."""
        self._left -= len(document.body)
        at = documents.shown(document.location)
        tree, files = await asyncio.to_thread(_parsed, document.body, at)
        self.trees[name] = tree
        naming = Documents(self.trees, file=posixpath.basename(urlsplit(self._root).path))
        self._ahead += dict.fromkeys(naming.name(name, file) for file in files)

    async def follow(self) -> None:
        """Read what is referred to; what cannot be read is noted with its reason."""
        while self._ahead:
            name = self._ahead.popleft()
            if name in self.trees or name in self.absent:
                continue
            try:
                await self.take(name, await self._read(name))
            except DiscoveryError as error:
                self.absent[name] = f"cannot be read: {error.message}"

    async def _read(self, name: str) -> documents.Document:
        if len(self.trees) == MAX_DOCUMENTS or self._left <= 0:
            raise DiscoveryError(f"more than {MAX_DOCUMENTS} documents, or too large together")
        place = _location(self._root, name)
        own = documents.is_url(place) and urlsplit(place)[:2] == urlsplit(self._root)[:2]
        headers = self._headers if own else None
        return await documents.read(place, headers=headers, max_bytes=self._left)


def _parsed(body: bytes, at: str) -> tuple[object, list[str]]:
    tree = parse(body, at)
    return tree, list(references(tree))


def _location(root: str, name: str) -> str:
    """Where a document is, by its name in `Documents`.

    A file may refer to files by their way from it, and anything to URLs; a URL never to a file.
    """
    if documents.is_url(root):
        place = urljoin(root, name)
    elif documents.is_url(name):
        place = name
    else:
        place = posixpath.normpath(posixpath.join(posixpath.dirname(root), name))
    if documents.is_url(place) or (not documents.is_url(root) and _relative(name)):
        return place
    raise DiscoveryError("neither a URL nor a file beside the description; refused")


def _relative(name: str) -> bool:
    return not name.startswith("/") and "://" not in name and not name.startswith("file:")
