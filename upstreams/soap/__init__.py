"""SOAP: backends that a WSDL 1.1 document describes, called with SOAP 1.1 or 1.2 envelopes.

Read in this order: `model` (settings, bindings, how types are written), `discover` (the WSDL and
what it imports), `mend` (what such documents get wrong), `wsdl` (operations), `xsd` (types),
`translate` (both as a catalog), `xml` (values as XML and back), `call` (one exchange).
"""

from upstreams.kind import Client, Kind
from upstreams.soap.model import Binding, Settings, SoapCatalog, Wire

__all__ = ["KIND"]


async def _discover(settings: Settings) -> SoapCatalog:
    # Imported when used: what is behind it (lxml, zeep) is slow to import.
    from upstreams.soap.discover import discover

    return await discover(settings)


def _connect(_name: str, settings: Settings, catalog: SoapCatalog) -> Client:
    # As above.
    from upstreams.soap.call import SoapClient

    return SoapClient(settings, catalog)


KIND: Kind[Settings, Binding, Wire] = Kind(
    name="soap",
    settings=Settings,
    catalog=SoapCatalog,
    discover=_discover,
    connect=_connect,
)
