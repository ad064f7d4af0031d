"""Discovery: the documents of an OpenAPI description are found, read, overlaid and translated.

Read in this order: `source` (one document as values), `probe` (where the first one is), `overlay`
(what the configuration changes in it), `reading` (it and those it refers to).
"""

import asyncio
from collections.abc import Iterator

import msgspec

from upstreams.bulk import bulk
from upstreams.documents import shown
from upstreams.errors import DiscoveryError
from upstreams.model import Remark
from upstreams.openapi.discover.reading import Description, read
from upstreams.openapi.model import Choices, OpenApiCatalog, Settings
from upstreams.openapi.translate import translate
from upstreams.openapi.translate.security import check, remarks


async def discover(settings: Settings) -> OpenApiCatalog:
    """What the description offers. Raises `DiscoveryError`."""
    limit = settings.discovery_timeout
    try:
        async with asyncio.timeout(limit):
            described = await read(settings)
    except TimeoutError as error:
        wrong = f"its documents could not all be read within {limit:g} s"
        raise DiscoveryError(wrong, at=shown(settings.openapi)) from error
    return await asyncio.to_thread(_catalog, described, settings)


@bulk()
def _catalog(described: Description, settings: Settings) -> OpenApiCatalog:
    supplied = frozenset(name.lower() for name in settings.headers)
    choices = Choices(maps=settings.maps, pages=settings.pages, results=settings.results)
    catalog = translate(
        described.documents,
        described.location,
        supplied,
        events=settings.events,
        choices=choices,
    )
    check(catalog, settings)
    told = (*remarks(catalog, settings), *_unheeded(catalog, settings))
    return msgspec.structs.replace(catalog, assumed=described.assumed + catalog.assumed + told)


def _unheeded(catalog: OpenApiCatalog, settings: Settings) -> Iterator[Remark]:
    """What the description says of servers, where the settings say otherwise."""
    others = [one.name for one in catalog.functions if one.binding.server]
    if settings.url and others:
        some = ", ".join(map(repr, others[:3])) + (", …" if len(others) > 3 else "")
        yield Remark("url", f"is also for functions that have a server of their own: {some}")
