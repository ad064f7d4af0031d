"""Backends that are GraphQL APIs themselves, described by introspection or in SDL.

Read in this order: `model` (settings and binding), `discover` (the schema, asked for or read),
`translate` (it as a catalog), `call` (documents, answers, subscriptions).
"""

from upstreams.graphql_api.model import Binding, GraphqlCatalog, Settings, Wire
from upstreams.kind import Client, Kind

__all__ = ["KIND"]

# Reading and calling bring graphql-core, an HTTP client and a WebSocket client along, so they are
# imported when first used: knowing which kinds there are stays cheap.


async def _discover(settings: Settings) -> GraphqlCatalog:
    from upstreams.graphql_api.discover import discover

    return await discover(settings)


def _connect(name: str, settings: Settings, catalog: GraphqlCatalog) -> Client:  # noqa: ARG001 - as `Kind`
    from upstreams.graphql_api.call import GraphqlClient

    return GraphqlClient(settings, catalog)


KIND = Kind[Settings, Binding, Wire](
    name="graphql",
    settings=Settings,
    catalog=GraphqlCatalog,
    discover=_discover,
    connect=_connect,
)
