"""Backends that speak HTTP and describe themselves in OpenAPI (2.0, 3.0, 3.1).

Read in this order: `model` (settings and binding), `discover` (documents from files and URLs),
`translate` (documents as a catalog), `styles` (values as text in URLs and headers), `call`.
"""

from dataclasses import fields
from typing import TYPE_CHECKING

from upstreams import kind
from upstreams.kind import Client, Kind
from upstreams.openapi.model import Binding, OpenApiCatalog, Settings, Wire

if TYPE_CHECKING:
    from upstreams.openapi.call import OpenApiClient

__all__ = ["KIND", "carried", "parsed", "translated"]

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


def parsed(body: bytes, location: str) -> object:
    """The values a JSON or YAML text stands for. Raises `DiscoveryError` with line and column."""
    from upstreams.openapi.translate import parse

    return parse(body, location)


def translated(document: object, location: str) -> OpenApiCatalog:
    """What one document offers that refers to no others. Raises `DiscoveryError`."""
    from upstreams.json_schema import Documents
    from upstreams.openapi.translate import translate

    return translate(Documents({"": document}), location)


def carried(name: str, settings: kind.Settings, catalog: OpenApiCatalog) -> "OpenApiClient":
    """A client for an API that another kind came upon; of the settings, what all kinds share."""
    from upstreams.openapi.call import OpenApiClient

    shared = {one.name: getattr(settings, one.name) for one in fields(kind.Settings)}
    return OpenApiClient(name, Settings(openapi="", **shared), catalog)
