"""Discovery: what a backend tells by reflection, or a file in its stead, becomes a catalog."""

import asyncio
from collections.abc import Collection

import msgspec
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from upstreams.errors import DiscoveryError
from upstreams.grpc.discover.files import read_descriptors
from upstreams.grpc.discover.reflection import reflect
from upstreams.grpc.model import Binding, Settings, Wire
from upstreams.grpc.translate import translate
from upstreams.model import Catalog


async def discover(settings: Settings) -> Catalog[Binding, Wire]:
    """What the descriptors say where some are named, else what the backend's reflection says.

    Raises `DiscoveryError` naming the file or the backend.
    """
    location = settings.descriptors or settings.file
    if location is not None:
        described = await read_descriptors(location, settings)
        return await asyncio.to_thread(_catalog, described, None, settings, location)
    if "://" in settings.grpc or not settings.grpc:
        raise DiscoveryError("give the backend as HOST:PORT", at=settings.grpc)
    reflected = await reflect(settings)
    if reflected.undescribed and not reflected.descriptors.file:
        first = reflected.undescribed[0]
        raise DiscoveryError(f"{first.function}: {first.reason}", at=settings.grpc)
    catalog = await asyncio.to_thread(
        _catalog, reflected.descriptors, reflected.services, settings, settings.grpc
    )
    return msgspec.structs.replace(catalog, skipped=catalog.skipped + reflected.undescribed)


def _catalog(
    descriptors: FileDescriptorSet, services: Collection[str] | None, settings: Settings, at: str
) -> Catalog[Binding, Wire]:
    try:
        return translate(descriptors, services, settings.forms, settings.field_masks)
    except DiscoveryError as error:
        raise DiscoveryError(error.message, at=error.at or at) from error
