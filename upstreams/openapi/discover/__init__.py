"""Discovery: the documents of an OpenAPI description are found, read, overlaid and translated.

Read in this order: `source` (one document as values), `probe` (where the first one is), `overlay`
(what the configuration changes in it), `reading` (it and those it refers to).
"""

import asyncio

import msgspec

from upstreams.documents import shown
from upstreams.errors import DiscoveryError
from upstreams.openapi.discover.reading import Description, read
from upstreams.openapi.model import OpenApiCatalog, Settings
from upstreams.openapi.translate import translate
from upstreams.openapi.translate.security import remarks


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


def _catalog(described: Description, settings: Settings) -> OpenApiCatalog:
    supplied = frozenset(name.lower() for name in settings.headers)
    catalog = translate(described.documents, described.location, supplied)
    lacking = tuple(remarks(catalog, settings))
    return msgspec.structs.replace(catalog, assumed=described.assumed + catalog.assumed + lacking)
