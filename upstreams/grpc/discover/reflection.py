"""Server reflection: what a running backend says of itself, asked for in v1, else in v1alpha.

The answers are a stranger's, so their number, their size and the whole conversation's time have
limits. See https://github.com/grpc/grpc/blob/master/doc/server-reflection.md.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.message import DecodeError
from grpc import StatusCode, aio

# Typed, but published without the marker that says so. The messages of v1 are the same on the wire.
from grpc_reflection.v1alpha.reflection_pb2 import (  # type: ignore[import-untyped]
    ServerReflectionRequest,
    ServerReflectionResponse,
)

from upstreams.errors import BadInput, DiscoveryError
from upstreams.grpc.channel import Metadata, metadata, open_channel
from upstreams.grpc.descriptors import services, undefined
from upstreams.grpc.model import Settings
from upstreams.model import Skipped

MAX_BYTES = 64 * 1024 * 1024
MAX_FILES = 10_000

_Conversation: TypeAlias = aio.StreamStreamCall[ServerReflectionRequest, ServerReflectionResponse]


@dataclass(frozen=True, slots=True)
class Reflected:
    """What a backend said of itself."""

    services: frozenset[str]
    """The full names of all services it lists."""
    descriptors: FileDescriptorSet
    undescribed: tuple[Skipped, ...]
    """The services it lists and cannot describe."""


async def reflect(settings: Settings) -> Reflected:
    """All the backend's services and the files that describe them.

    Raises `DiscoveryError` naming the backend.
    """
    at = settings.grpc
    try:
        async with asyncio.timeout(settings.discovery_timeout):
            return await _reflect(settings)
    except TimeoutError as error:
        waited = f"{settings.discovery_timeout:g} s"
        raise DiscoveryError(f"reflection did not finish within {waited}", at=at) from error
    except BadInput as error:
        raise DiscoveryError(error.message, at=at) from error
    except aio.AioRpcError as error:
        raise DiscoveryError(_problem(error), at=at) from error
    except DecodeError as error:
        raise DiscoveryError("reflection gave a file that cannot be read", at=at) from error


def _problem(error: aio.AioRpcError) -> str:
    if error.code() is StatusCode.UNIMPLEMENTED:
        return (
            "it has no server reflection; turn it on there, or name the `descriptors` "
            "(what `protoc --include_imports --descriptor_set_out=FILE.binpb` makes)"
        )
    if error.code() is StatusCode.UNAVAILABLE:
        return f"no connection, or no gRPC there: {(error.details() or '')[:400]}"
    return f"reflection failed: {error.code().name}"


async def _reflect(settings: Settings) -> Reflected:
    sent = metadata(settings.headers)
    async with open_channel(settings, max_message=MAX_BYTES) as channel:
        try:
            return await _Reflection(channel, "v1", sent, settings.grpc).everything()
        except aio.AioRpcError as error:
            if error.code() is not StatusCode.UNIMPLEMENTED:
                raise
        return await _Reflection(channel, "v1alpha", sent, settings.grpc).everything()


class _Reflection:
    """One conversation with a backend's reflection."""

    def __init__(self, channel: aio.Channel, version: str, sent: Metadata, at: str) -> None:
        self._stream: _Conversation = channel.stream_stream(
            f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
            request_serializer=ServerReflectionRequest.SerializeToString,
            response_deserializer=ServerReflectionResponse.FromString,
        )(metadata=sent)
        self._at = at
        self._files: dict[str, FileDescriptorProto] = {}
        self._described: set[str] = set()
        self._size = 0

    async def everything(self) -> Reflected:
        """Every service, its file, and whatever that needs, by file name and then by symbol."""
        try:
            listed = await self._services()
            undescribed = [each async for each in self._undescribed(listed)]
            await self._complete()
        finally:
            self._stream.cancel()
        return Reflected(
            frozenset(listed), FileDescriptorSet(file=self._files.values()), tuple(undescribed)
        )

    async def _services(self) -> list[str]:
        answer = await self._ask(ServerReflectionRequest(list_services="*"))
        return [service.name for service in answer.list_services_response.service]

    async def _undescribed(self, listed: list[str]) -> AsyncIterator[Skipped]:
        """Fetch every service's file; those that cannot be had come back, with the reason."""
        for service in listed:
            request = ServerReflectionRequest(file_containing_symbol=service)
            if problem := await self._fetch(request):
                yield Skipped(service, f"the server lists it and cannot describe it: {problem}")
            elif service not in self._described:
                yield Skipped(service, "the server lists it and describes another in its stead")

    async def _complete(self) -> None:
        """Fetch what the files import and use, until nothing more is known to be missing.

        What the server does not have is left to `descriptors.link`, which may not need it.
        """
        asked: set[str] = set()
        while True:
            imported, used = await asyncio.to_thread(undefined, tuple(self._files.values()))
            files, symbols = imported - asked, used - asked
            for name in sorted(files):
                await self._fetch(ServerReflectionRequest(file_by_filename=name))
            # Only when all imports are here: most types are in one of them.
            for name in () if files else sorted(symbols):
                await self._fetch(ServerReflectionRequest(file_containing_symbol=name))
            if not files and not symbols:
                return
            asked |= files if files else symbols

    async def _fetch(self, request: ServerReflectionRequest) -> str:
        """Take in the files that answer a request; the problem when the server has none."""
        answer = await self._ask(request)
        if answer.HasField("error_response"):
            return _status_name(answer.error_response.error_code)
        for serialised in answer.file_descriptor_response.file_descriptor_proto:
            self._size += len(serialised)
            file = FileDescriptorProto.FromString(serialised)
            self._files.setdefault(file.name, file)
            self._described.update(services(file))
        if self._size > MAX_BYTES or len(self._files) > MAX_FILES:
            raise DiscoveryError("reflection describes more than can be taken in", at=self._at)
        return ""

    async def _ask(self, request: ServerReflectionRequest) -> ServerReflectionResponse:
        with suppress(asyncio.InvalidStateError):  # the conversation is over; reading says why
            await self._stream.write(request)
        answer = await self._stream.read()
        if answer is aio.EOF:
            raise DiscoveryError("reflection ended in the middle", at=self._at)
        return answer


def _status_name(code: int) -> str:
    return next((each.name for each in StatusCode if each.value[0] == code), f"status {code}")
