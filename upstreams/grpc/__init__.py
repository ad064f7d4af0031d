"""Backends that speak gRPC and describe themselves by reflection or by a descriptor set.

Read in this order: `model` (settings and bindings), `options` and `messages` (what annotations and
rules make of fields), `descriptors` (sets of files as linked types), `discover` (reflection,
files), `translate` (types and methods as a catalog), `read` (messages as values), `shape` (what is
wanted of messages), `channel` and `h2` (the ways to a backend), `call`.
"""

from upstreams.grpc.model import Binding, Settings, Wire
from upstreams.kind import Client, Kind
from upstreams.model import Catalog


async def _discover(settings: Settings) -> Catalog[Binding, Wire]:
    # Imported here, as in `_connect`: grpc and protobuf are loaded only by who uses this kind.
    from upstreams.grpc.discover import discover

    return await discover(settings)


def _connect(_upstream: str, settings: Settings, catalog: Catalog[Binding, Wire]) -> Client:
    from upstreams.grpc.call import GrpcClient

    return GrpcClient(settings, catalog)


KIND = Kind("grpc", Settings, Catalog[Binding, Wire], _discover, _connect)
