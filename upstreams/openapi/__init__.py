"""Backends that speak HTTP and describe themselves in OpenAPI (2.0, 3.0, 3.1).

Read in this order: `model` (settings and binding), `discover` (documents from files and URLs),
`translate` (documents as a catalog), `styles` (values as text in URLs and headers), `call`.
"""

from upstreams.kind import Client, Kind
from upstreams.openapi.model import Binding, OpenApiCatalog, Settings, Wire

# Reading and calling bring an HTTP client and a YAML parser along, so they are imported when first
# used: knowing which kinds there are stays cheap.


async def _discover(settings: Settings) -> OpenApiCatalog:
    from upstreams.openapi.discover import discover

    return await discover(settings)


def _connect(name: str, settings: Settings, catalog: OpenApiCatalog) -> Client:
    from upstreams.openapi.call import OpenApiClient

    return OpenApiClient(name, settings, catalog)


KIND = Kind[Settings, Binding, Wire](
    name="openapi",
    settings=Settings,
    catalog=OpenApiCatalog,
    discover=_discover,
    connect=_connect,
)
