"""Discovery: an API tells its schema, or a document does, and it is translated.

Read in this order: `asking` (introspection), `reading` (documents).
"""

import asyncio

from graphql import GraphQLSchema

from upstreams.bulk import bulk
from upstreams.documents import TIMEOUT_SECONDS, shown
from upstreams.errors import DiscoveryError
from upstreams.graphql_api.discover.asking import ask
from upstreams.graphql_api.discover.reading import Described, read
from upstreams.graphql_api.model import GraphqlCatalog, Settings
from upstreams.graphql_api.translate import introspected, translate, written


async def discover(settings: Settings) -> GraphqlCatalog:
    """What the API offers. Raises `DiscoveryError`."""
    at = shown(settings.graphql)
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            described = await (ask(settings) if settings.is_endpoint else read(settings))
    except TimeoutError as error:
        raise DiscoveryError(f"no answer within {TIMEOUT_SECONDS:g} s", at=at) from error
    return await asyncio.to_thread(_catalog, described, settings, at)


@bulk()
def _catalog(described: Described, settings: Settings, at: str) -> GraphqlCatalog:
    return translate(_schema(described, at), settings.scalars)


def _schema(described: Described, at: str) -> GraphQLSchema:
    if isinstance(described, str):
        return written(described, at)
    return introspected(described, at)
