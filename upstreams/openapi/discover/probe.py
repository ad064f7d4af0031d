"""Finding the description when the settings name only where the backend is.

What stands at the URL itself comes first, then what it names (a `Link` header, a page of Swagger UI
or its kin, an API catalog), then the places where frameworks put descriptions.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from upstreams import documents
from upstreams.errors import DiscoveryError
from upstreams.json_schema import Documents
from upstreams.model import Remark
from upstreams.openapi.discover.named import named
from upstreams.openapi.discover.source import Source, fetch, parsed
from upstreams.openapi.model import Settings
from upstreams.openapi.translate import document as frame

MAX_TRIED = 64
MAX_AT_ONCE = 4
SECONDS = 30.0
SECONDS_EACH = 10.0

USUAL = (
    "openapi.json",
    "openapi.yaml",
    "openapi",
    "v3/api-docs",
    "swagger.json",
    "swagger.yaml",
    "swagger/v1/swagger.json",
    "openapi/v1.json",
    "openapi/v2",
    "swagger/docs/v1",
    "v2/api-docs",
    "api-docs",
    "api/openapi.json",
    ".well-known/openapi.json",
    ".well-known/openapi.yaml",
    ".well-known/api-catalog",
    ".well-known/service-desc",
    "swagger-ui/index.html",
    "swagger/index.html",
    "docs",
)
"""Relative to the URL given, and to its host."""

_ABSENT = (404, 405, 406, 410)


@dataclass(frozen=True, slots=True)
class _Miss:
    """A place where no description is."""

    error: DiscoveryError
    location: str
    named: tuple[str, ...] = ()
    """URLs that what is there names instead."""
    stranger: bool = True
    """Whether it is something else, rather than a description that cannot be had or read."""


async def find(settings: Settings) -> tuple[Source, tuple[Remark, ...]]:
    """The first document of the description, with a remark if it was not where the settings say.

    Raises `DiscoveryError`, saying what was tried.
    """
    given = settings.openapi
    found = await _look(given, settings, documents.TIMEOUT_SECONDS)
    if isinstance(found, Source):
        return found, ()
    if not documents.is_url(given) or not (found.stranger or _is_folder(given)):
        raise found.error
    search = _Search(settings)
    source = await search.run(found)
    if source is None:
        wrong = f"{found.error.message}; nor is one at {search.told()}"
        raise DiscoveryError(wrong, at=found.error.at) from found.error
    place = documents.shown(source.location)
    return source, (Remark("#", f"no description at {found.error.at}; the one at {place} is used"),)


async def _look(url: str, settings: Settings, timeout: float) -> Source | _Miss:
    """The description at a place, or what is there instead. Raises `DiscoveryError`."""
    try:
        document = await fetch(url, settings, timeout=timeout)
    except documents.AnsweredError as error:
        return _Miss(error, error.location, error.links, error.status in _ABSENT)
    try:
        source = await parsed(document)
    except DiscoveryError as error:
        return await asyncio.to_thread(_unread, document, error)
    return await asyncio.to_thread(_stranger, source) or source


def _unread(document: documents.Document, error: DiscoveryError) -> _Miss:
    markup = documents.in_utf8(document)[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    return _Miss(error, document.location, named(document), markup)


def _stranger(source: Source) -> _Miss | None:
    """What a document is that is no description, not even one without its version."""
    if isinstance(source.tree, dict) and isinstance(source.tree.get("paths"), dict):
        return None
    try:
        frame.dialect(Documents({"": source.tree}), documents.shown(source.location))
    except DiscoveryError as error:
        if "#" not in error.at:  # it names no version at all, rather than one that is not known
            return _Miss(error, source.location, named(source.document, source.tree))
    return None


def _is_folder(url: str) -> bool:
    return urlsplit(url).path.endswith("/") or not urlsplit(url).path


class _Search:
    """One search: what was tried, and what it answered."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._answers: dict[str, str] = {}
        self._ahead: list[str] = []
        self._slots = asyncio.Semaphore(MAX_AT_ONCE)

    async def run(self, base: _Miss) -> Source | None:
        """The first description, in the order of the module's docstring."""
        self._answers[self._settings.openapi] = base.error.message
        self._note(base)
        with contextlib.suppress(TimeoutError):  # what was not asked by then says so
            async with asyncio.timeout(SECONDS):
                for places in self._waves():
                    if source := await self._first(places):
                        return source
        return None

    def told(self) -> str:
        """`/openapi.json, /openapi (answered 404), /docs (an HTML page)`"""
        by_answer: dict[str, list[str]] = {}
        for place, answer in list(self._answers.items())[1:]:
            by_answer.setdefault(answer, []).append(urlsplit(place).path or place)
        return ", ".join(f"{', '.join(places)} ({told})" for told, places in by_answer.items())

    def _waves(self) -> Iterator[list[str]]:
        """Places to try together: usual ones, and before and after them what was named by then."""
        yield self._named()
        yield self._named()
        yield list(_usual(self._settings.openapi))
        yield self._named()
        yield self._named()

    def _named(self) -> list[str]:
        places, self._ahead = self._ahead, []
        return places

    async def _first(self, places: Iterable[str]) -> Source | None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._try(place)) for place in self._fresh(places)]
            found = None
            for task in tasks:
                if found := await task:
                    break
            for task in tasks:
                task.cancel()
        return found

    def _fresh(self, places: Iterable[str]) -> list[str]:
        """Those not asked before, as many as may be; until they answer, they have not."""
        fresh = [place for place in dict.fromkeys(places) if place not in self._answers]
        room = max(0, MAX_TRIED - len(self._answers))
        if len(fresh) > room:
            self._answers["further places"] = f"not tried, being more than {MAX_TRIED}"
        self._answers |= dict.fromkeys(fresh[:room], f"no answer within {SECONDS:g} s")
        return fresh[:room]

    async def _try(self, place: str) -> Source | None:
        try:
            async with self._slots:
                found = await _look(place, self._settings, SECONDS_EACH)
        except DiscoveryError as error:
            self._answers[place] = error.message
            return None
        if isinstance(found, Source):
            return found
        self._answers[place] = found.error.message.partition(";")[0]
        self._note(found)
        return None

    def _note(self, miss: _Miss) -> None:
        """Keep what a place names for the next wave, on its own host and those that are allowed."""
        near = documents.Reach(miss.location, self._settings.refs)
        for place in miss.named:
            if near.allows(place):
                self._ahead.append(place)
            else:
                self._answers.setdefault(place, "on another host, which `refs` does not name")


def _usual(base: str) -> Iterator[str]:
    """The usual places below a URL, then those of its host."""
    parts = urlsplit(base)
    folder, _, last = parts.path.rpartition("/")
    for root in dict.fromkeys((folder if "." in last or not last else parts.path, "")):
        for place in USUAL:
            yield urlunsplit((parts.scheme, parts.netloc, f"{root}/{place}", "", ""))
