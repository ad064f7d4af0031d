"""Server reflection: what a running backend says of itself, asked for in v1, else in v1alpha.

The answers are a stranger's, so their number, their size and the whole conversation's time have
limits. See https://github.com/grpc/grpc/blob/master/doc/server-reflection.md.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.message import DecodeError
from grpc import StatusCode, aio

# Typed, but published without the marker that says so. The messages of v1 are the same on the wire.
from grpc_reflection.v1alpha.reflection_pb2 import (  # type: ignore[import-untyped]
    ServerReflectionRequest,
    ServerReflectionResponse,
)

from upstreams.errors import BadInput, DiscoveryError
from upstreams.grpc.channel import (
    NO_CHANNEL,
    Metadata,
    UnusableError,
    metadata,
    open_channel,
    prepare,
)
from upstreams.grpc.descriptors.symbols import (
    MAX_NAME,
    extendable,
    extensions,
    overlong,
    services,
    undefined,
)
from upstreams.grpc.model import Settings
from upstreams.model import Skipped

MAX_BYTES = 64 * 1024 * 1024
MAX_FILES = 10_000
MAX_EXTENSIONS = 10_000

_NO_USE_ASKING_ON = frozenset(
    {
        *(StatusCode.UNAVAILABLE, StatusCode.UNIMPLEMENTED, StatusCode.UNAUTHENTICATED),
        *(StatusCode.PERMISSION_DENIED, StatusCode.CANCELLED, StatusCode.DEADLINE_EXCEEDED),
    }
)
"""How a conversation ends that would end again, whatever was asked."""

_Conversation: TypeAlias = aio.StreamStreamCall[ServerReflectionRequest, ServerReflectionResponse]
_Question: TypeAlias = aio.UnaryStreamMultiCallable[
    ServerReflectionRequest, ServerReflectionResponse
]
_MESSAGES: Mapping[str, Any] = {
    "request_serializer": ServerReflectionRequest.SerializeToString,
    "response_deserializer": ServerReflectionResponse.FromString,
}


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
    except UnusableError as error:
        # It names files of the gateway, which are not its clients' business.
        raise DiscoveryError("a file it needs cannot be used", at=str(error)) from error
    except aio.AioRpcError as error:
        raise DiscoveryError(_problem(error), at=at) from error


def _problem(error: aio.AioRpcError) -> str:
    if error.code() is StatusCode.UNIMPLEMENTED:
        return (
            "it has no server reflection; turn it on there, or name the `descriptors` "
            "(what `protoc --include_imports --descriptor_set_out=FILE.binpb` makes)"
        )
    if error.code() is StatusCode.UNAVAILABLE:
        return f"no connection, or no gRPC there: {(error.details() or '')[:400]}"
    if error.code() is StatusCode.INVALID_ARGUMENT and NO_CHANNEL in (error.details() or ""):
        return f"no channel can be made: {(error.details() or '').partition(':')[2][-400:]}"
    return f"reflection failed: {error.code().name}"


async def _reflect(settings: Settings) -> Reflected:
    sent = metadata(settings.headers)
    way = await asyncio.to_thread(prepare, settings)
    async with open_channel(settings.grpc, settings, way, max_message=MAX_BYTES) as channel:
        version, listed = await _services(channel, sent, settings.grpc)
        return await _Reflection(channel, version, sent, settings.grpc).everything(listed)


async def _services(channel: aio.Channel, sent: Metadata, at: str) -> tuple[str, list[str]]:
    """The version of reflection that the backend has, and the names of its services."""
    try:
        return "v1", await _listed(channel, "v1", sent, at)
    except aio.AioRpcError as error:
        if error.code() is not StatusCode.UNIMPLEMENTED:
            raise
    return "v1alpha", await _listed(channel, "v1alpha", sent, at)


async def _listed(channel: aio.Channel, version: str, sent: Metadata, at: str) -> list[str]:
    # The one question that may be refused is sent as a whole, not as a stream of questions:
    # grpcio can mistake how a stream ended that it was writing (see `call.ending`).
    ask: _Question = channel.unary_stream(_path(version), **_MESSAGES)
    conversation = ask(ServerReflectionRequest(list_services="*"), metadata=sent)
    try:
        answer: ServerReflectionResponse = await conversation.read()
    finally:
        conversation.cancel()
    if answer is aio.EOF:
        raise DiscoveryError("reflection ended without an answer", at=at)
    return [service.name for service in answer.list_services_response.service]


def _path(version: str) -> str:
    return f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo"


class _Reflection:
    """One conversation with a backend's reflection."""

    def __init__(self, channel: aio.Channel, version: str, sent: Metadata, at: str) -> None:
        self._begin = channel.stream_stream(_path(version), **_MESSAGES)
        self._sent = sent
        self._stream: _Conversation = self._begin(metadata=sent)
        self._at = at
        self._asked: set[str] = set()
        self._files: dict[str, FileDescriptorProto] = {}
        self._described: set[str] = set()
        self._size = 0

    async def everything(self, listed: list[str]) -> Reflected:
        """The file of every service listed, whatever that needs, and what extends its messages."""
        try:
            undescribed = [each async for each in self._undescribed(listed)]
            await self._complete()
            await self._extend()
        finally:
            self._stream.cancel()
        return Reflected(
            frozenset(listed), FileDescriptorSet(file=self._files.values()), tuple(undescribed)
        )

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
        while True:
            imported, used = await asyncio.to_thread(undefined, tuple(self._files.values()))
            files, symbols = imported - self._asked, used - self._asked
            for name in sorted(files):
                await self._fetch(ServerReflectionRequest(file_by_filename=name))
            # Only when all imports are here: most types are in one of them.
            for name in () if files else sorted(symbols):
                await self._fetch(ServerReflectionRequest(file_containing_symbol=name))
            if not files and not symbols:
                return
            self._asked |= files if files else symbols

    async def _extend(self) -> None:
        """Fetch the files with extensions, which the files of services need not import."""
        asked: set[str] = set()
        while names := extendable(self._files.values()) - asked:
            for name in sorted(names):
                await self._fetch_extensions(name)
            asked |= names
            await self._complete()

    async def _fetch_extensions(self, name: str) -> None:
        """Fetch the files with a message's extensions, if the server knows of any."""
        with suppress(_BrokenOffError):
            answer = await self._ask(ServerReflectionRequest(all_extension_numbers_of_type=name))
            numbers = answer.all_extension_numbers_response.extension_number[:MAX_EXTENSIONS]
            for number in numbers:
                if (name, number) not in extensions(self._files.values()):
                    request = ServerReflectionRequest()
                    request.file_containing_extension.containing_type = name
                    request.file_containing_extension.extension_number = number
                    await self._fetch(request)

    async def _fetch(self, request: ServerReflectionRequest) -> str:
        """Take in the files that answer a request; the problem when the server has none."""
        try:
            answer = await self._ask(request)
            if answer.HasField("error_response"):
                return _status_name(answer.error_response.error_code)
            for serialised in answer.file_descriptor_response.file_descriptor_proto:
                self._take(serialised)
        except _BrokenOffError as error:
            return str(error)
        except DecodeError:
            return "what it gives for it cannot be read"
        return ""

    def _take(self, serialised: bytes) -> None:
        self._size += len(serialised)
        file = FileDescriptorProto.FromString(serialised)
        if overlong(file):
            raise DiscoveryError(f"a name is longer than {MAX_NAME} characters", at=self._at)
        self._files.setdefault(file.name, file)
        self._described.update(services(file))
        if self._size > MAX_BYTES or len(self._files) > MAX_FILES:
            raise DiscoveryError("reflection describes more than can be taken in", at=self._at)

    async def _ask(self, request: ServerReflectionRequest) -> ServerReflectionResponse:
        """The answer. Raises `_BrokenOffError` where the server ends the conversation instead.

        Some do after each answer, and some at what they cannot describe; so a question is asked
        once more in another conversation.
        """
        reason = "the conversation ended"
        for _ in range(2):
            try:
                answer = await self._answer(request)
            except aio.AioRpcError as error:
                if error.code() in _NO_USE_ASKING_ON:
                    raise
                answer, reason = aio.EOF, error.code().name
            if answer is not aio.EOF:
                return answer
            self._stream = self._begin(metadata=self._sent)
        raise _BrokenOffError(reason)

    async def _answer(self, request: ServerReflectionRequest) -> ServerReflectionResponse:
        with suppress(asyncio.InvalidStateError):  # the conversation is over; reading says why
            await self._stream.write(request)
        return await self._stream.read()


class _BrokenOffError(Exception):
    """The server ended the conversation in place of an answer."""


def _status_name(code: int) -> str:
    return next((each.name for each in StatusCode if each.value[0] == code), f"status {code}")
