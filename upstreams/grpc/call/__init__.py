"""Calls: values become messages (`write`), messages values (`read`), failures `CallError`s."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, EncodeError, Message
from google.protobuf.message_factory import GetMessageClass
from grpc import aio

from upstreams.errors import BadInput, Malformed, TimedOut, Unreachable
from upstreams.grpc.call.failures import failure
from upstreams.grpc.call.read import Read, Readers
from upstreams.grpc.call.write import Fill, Path, Writers, place
from upstreams.grpc.channel import Metadata, metadata, open_channel
from upstreams.grpc.model import ARGUMENT, Binding, Settings, Wire
from upstreams.kind import Call
from upstreams.model import Catalog, Flow, Function

_One: TypeAlias = aio.UnaryUnaryMultiCallable[bytes, bytes]
_Into: TypeAlias = aio.StreamUnaryMultiCallable[bytes, bytes]
_Out: TypeAlias = aio.UnaryStreamMultiCallable[bytes, bytes]
_Both: TypeAlias = aio.StreamStreamMultiCallable[bytes, bytes]
_Stream: TypeAlias = aio.UnaryStreamCall[bytes, bytes] | aio.StreamStreamCall[bytes, bytes]

_MANY_IN = frozenset({Flow.CLIENT_STREAM, Flow.BIDIRECTIONAL})
_MANY_OUT = frozenset({Flow.SERVER_STREAM, Flow.BIDIRECTIONAL})


@dataclass(frozen=True, slots=True)
class _Method:
    """One function, ready to be called."""

    path: str
    flow: Flow
    request: type[Message]
    fill: Fill
    response: type[Message]
    read: Read


class GrpcClient:
    """A channel to one backend, opened in the loop of the first call."""

    def __init__(self, settings: Settings, catalog: Catalog[Binding, Wire]) -> None:
        self._settings = settings
        self._pool = _pool(catalog.wire)
        self._readers = Readers(self._pool)
        self._writers = Writers(self._pool)
        self._methods: dict[str, _Method] = {}
        self._channel: aio.Channel | None = None
        self._closed = False

    async def call(self, call: Call) -> Any:
        """The message that comes back, or the list of them; see `kind.Client`."""
        method = self._method(call.function)
        requests = list(_requests(method, call.arguments))
        sent = metadata({**call.headers, **_lower(self._settings.headers)})
        remaining = call.deadline - asyncio.get_running_loop().time()
        if remaining <= 0:
            raise TimedOut("no time was left to call")
        with self._our_errors():
            answers = await self._exchange(method, requests, remaining, sent)
        values = [_value(method, answer) for answer in answers]
        return values if method.flow in _MANY_OUT else values[0]

    async def aclose(self) -> None:
        """Close the channel; calls in flight fail."""
        self._closed = True
        if self._channel is not None:
            await self._channel.close()
            self._channel = None

    def _method(self, function: Function) -> _Method:
        method = self._methods.get(function.name)
        if method is None:
            method = self._methods[function.name] = self._compiled(function)
        return method

    def _compiled(self, function: Function[Binding]) -> _Method:
        binding = function.binding
        request = self._pool.FindMessageTypeByName(binding.request)
        response = self._pool.FindMessageTypeByName(binding.response)
        return _Method(
            path=binding.path,
            flow=function.flow,
            request=GetMessageClass(request),
            fill=self._writers.message(request),
            response=GetMessageClass(response),
            read=self._readers.message(response) if response.fields else _nothing,
        )

    async def _exchange(
        self, method: _Method, requests: Sequence[bytes], timeout: float, sent: Metadata
    ) -> Sequence[bytes]:
        """The messages that come back, serialised."""
        channel = self._opened()
        match method.flow:
            case Flow.UNARY:
                one: _One = channel.unary_unary(method.path)
                return [await one(requests[0], timeout=timeout, metadata=sent)]
            case Flow.CLIENT_STREAM:
                into: _Into = channel.stream_unary(method.path)
                return [await into(iter(requests), timeout=timeout, metadata=sent)]
            case Flow.SERVER_STREAM:
                out: _Out = channel.unary_stream(method.path)
                return await self._all(out(requests[0], timeout=timeout, metadata=sent))
            case Flow.BIDIRECTIONAL:
                both: _Both = channel.stream_stream(method.path)
                return await self._all(both(iter(requests), timeout=timeout, metadata=sent))

    async def _all(self, stream: _Stream) -> Sequence[bytes]:
        """The messages of a stream, up to the limits; the RPC is over when this is."""
        limit = self._settings.max_response
        messages: list[bytes] = []
        size = 0
        try:
            async for message in stream:
                size += len(message)
                if size > limit:
                    raise Malformed(f"the stream is larger than the limit of {limit} bytes")
                messages.append(message)
                if len(messages) >= self._settings.max_messages:
                    break
        finally:
            stream.cancel()
        return messages

    def _opened(self) -> aio.Channel:
        if self._settings.file is not None:
            raise Unreachable("only a description was given, and no backend", retryable=False)
        if self._closed:
            raise Unreachable("the upstream is being closed")
        if self._channel is None:
            self._channel = open_channel(self._settings, max_message=self._settings.max_response)
        return self._channel

    @contextmanager
    def _our_errors(self) -> Iterator[None]:
        try:
            yield
        except aio.AioRpcError as error:
            raise failure(error) from error
        except aio.UsageError as error:
            raise Unreachable("the upstream is being closed") from error
        except asyncio.CancelledError as error:
            # Closing a channel cancels its calls, which is not the same as being cancelled.
            task = asyncio.current_task()
            if self._closed and (task is None or not task.cancelling()):
                raise Unreachable("the upstream was closed before an answer") from error
            raise


def _pool(wire: Wire) -> DescriptorPool:
    pool = DescriptorPool()
    for file in FileDescriptorSet.FromString(wire.descriptors).file:
        pool.AddSerializedFile(file.SerializeToString())
    return pool


def _lower(headers: Mapping[str, str]) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _requests(method: _Method, arguments: Mapping[str, Any]) -> Iterator[bytes]:
    """The messages that go out, serialised: one, or as many as the argument lists."""
    given = arguments.get(ARGUMENT)
    if method.flow not in _MANY_IN:
        yield _request(method, given, (ARGUMENT,))
        return
    if not isinstance(given, list | tuple):
        raise BadInput(f"{ARGUMENT}: not a list")
    for index, each in enumerate(given):
        yield _request(method, each, (ARGUMENT, index))


def _request(method: _Method, given: Any, path: Path) -> bytes:
    message: Any = method.request()
    if given is not None:
        method.fill(message, given, path)
    if not message.IsInitialized():
        missing = message.FindInitializationErrors()[0]
        raise BadInput(f"{place(path)}.{missing}: missing, and required")
    try:
        return bytes(message.SerializeToString())
    except EncodeError as error:
        raise BadInput(f"{place(path)}: nested too deeply") from error


def _value(method: _Method, answer: bytes) -> Any:
    name = method.response.DESCRIPTOR.full_name
    try:
        message = method.response.FromString(answer)
        if message.IsInitialized():
            return method.read(message)
    except (DecodeError, ValueError) as error:
        raise Malformed(f"the answer is not a valid {name}") from error
    raise Malformed(f"the answer lacks required fields of {name}")


def _nothing(_: Message) -> None:
    return None
