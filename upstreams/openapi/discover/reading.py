"""Reading a description: its first document, overlaid, and those it refers to, under limits."""

import asyncio
import posixpath
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from upstreams import documents
from upstreams.errors import DiscoveryError
from upstreams.json_schema import Documents
from upstreams.model import Remark
from upstreams.openapi.discover.probe import find
from upstreams.openapi.discover.source import Source, fetch, parsed
from upstreams.openapi.model import Settings
from upstreams.openapi.translate import references

MAX_DOCUMENTS = 500


@dataclass(frozen=True, slots=True)
class Description:
    """Every document of a description."""

    documents: Documents
    location: str
    """Where the first one was, fit for messages."""
    assumed: tuple[Remark, ...]


async def read(settings: Settings) -> Description:
    """The description the settings name. Raises `DiscoveryError`."""
    first, probed = await find(settings)
    tree, unmatched = await _overlaid(first.tree, settings)
    reading = _Reading(first.location, settings)
    await reading.take("", Source(first.document, tree))
    await reading.follow()
    found = Documents(reading.trees, reading.absent, _file_name(first.location))
    assumed = (*probed, *first.assumed, *unmatched, *reading.assumed)
    return Description(found, documents.shown(first.location), assumed)


async def _overlaid(tree: object, settings: Settings) -> tuple[object, Sequence[Remark]]:
    """The tree as the settings' overlays change it, and what in them matched nothing."""
    if not settings.overlay:
        return tree, ()
    # Imported when used: JSONPath is slow to import, and overlays are rare.
    from upstreams.openapi.discover.overlay import apply, overlay

    overlays = []
    for location in settings.overlay:
        source = await parsed(await fetch(location, settings))
        overlays.append(overlay(source.tree, documents.shown(location)))
    return await asyncio.to_thread(apply, tree, overlays)


class _Reading:
    """The documents of one description while they are read, under limits for all together."""

    def __init__(self, root: str, settings: Settings) -> None:
        self.trees: dict[str, object] = {}
        self.absent: dict[str, str] = {}
        self.assumed: list[Remark] = []
        self._root = root
        self._settings = settings
        self._left = settings.max_description
        self._ahead: deque[tuple[str, str]] = deque()
        """Documents to read: the location of one that refers to it, and its own name."""

    async def take(self, name: str, source: Source) -> None:
        """Keep a document, and note which others it refers to."""
        self._left -= len(source.document.body)
        self.trees[name] = source.tree
        self.assumed += (Remark(f"{name}{one.at}", one.reason) for one in source.assumed)
        naming = Documents(self.trees, file=_file_name(self._root))
        files = await asyncio.to_thread(lambda: list(references(source.tree)))
        names = dict.fromkeys(naming.name(name, file) for file in files)
        self._ahead += ((source.location, one) for one in names)

    async def follow(self) -> None:
        """Read what is referred to; what cannot be read is noted with its reason."""
        while self._ahead:
            asking, name = self._ahead.popleft()
            if name in self.trees or name in self.absent:
                continue
            try:
                await self.take(name, await self._read(asking, name))
            except DiscoveryError as error:
                self.absent[name] = f"cannot be read: {error.message}"

    async def _read(self, asking: str, name: str) -> Source:
        if len(self.trees) == MAX_DOCUMENTS or self._left <= 0:
            raise DiscoveryError(f"more than {MAX_DOCUMENTS} documents, or too large together")
        settings = self._settings
        place = _location(self._root, name)
        near = documents.Reach(asking, settings.refs, settings.link_local)
        if documents.is_url(place) and not near.allows(place):
            raise DiscoveryError("on another host; refused, unless `refs` names it")
        return await parsed(await fetch(place, settings, reach=near, max_bytes=self._left))


def _file_name(location: str) -> str:
    return posixpath.basename(urlsplit(location).path)


def _location(root: str, name: str) -> str:
    """Where a document is, by its name in `Documents`.

    A file may refer to files by their way from it, and anything to URLs; a URL never to a file.
    """
    if documents.is_url(root):
        place = _joined(root, name)
    elif documents.is_url(name):
        place = name
    else:
        place = posixpath.normpath(posixpath.join(posixpath.dirname(root), name))
    if documents.is_url(place) or (not documents.is_url(root) and _relative(name)):
        return place
    raise DiscoveryError("neither a URL nor a file beside the description; refused")


def _joined(root: str, name: str) -> str:
    try:
        return urljoin(root, name)
    except ValueError as error:
        raise DiscoveryError(f"no URL: {error}") from error


def _relative(name: str) -> bool:
    return not name.startswith("/") and "://" not in name and not name.startswith("file:")
