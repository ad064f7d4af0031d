"""The kind `grpc`: backends that describe themselves by reflection or by a descriptor set."""

from upstreams.grpc.model import Binding, Settings, Wire
from upstreams.kind import Client, Kind
from upstreams.model import Catalog


async def _discover(settings: Settings) -> Catalog[Binding, Wire]:
    # Imported here, as in `_connect`: grpc and protobuf are loaded only by who uses this kind.
    from upstreams.grpc.discover import discover

    return await discover(settings)


def _connect(upstream: str, settings: Settings, catalog: Catalog[Binding, Wire]) -> Client:
    from upstreams.grpc.call import GrpcClient

    return GrpcClient(upstream, settings, catalog)


KIND = Kind("grpc", Settings, Catalog[Binding, Wire], _discover, _connect)
