"""Functions ready to be called: arguments as serialised messages, serialised answers as values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, EncodeError, Message
from google.protobuf.message_factory import GetMessageClass
from grpc import aio

from upstreams.errors import BadInput, Malformed
from upstreams.grpc.call.details import Asked
from upstreams.grpc.call.masks import Mask, mask_of
from upstreams.grpc.call.write import Fill, Path, Writers, place
from upstreams.grpc.channel import Metadata
from upstreams.grpc.messages import fields, may_lack
from upstreams.grpc.model import ARGUMENT, Binding, Settings, Wire
from upstreams.grpc.read import Readers
from upstreams.grpc.read.leaves import Read
from upstreams.grpc.shape import MessageShape, shape
from upstreams.kind import Call
from upstreams.model import Catalog, Flow, Function
from upstreams.shape import Steps, Wanted

Single: TypeAlias = aio.StreamUnaryCall[bytes, bytes]
"""An RPC of many messages with one answer."""
Stream: TypeAlias = aio.UnaryStreamCall[bytes, bytes] | aio.StreamStreamCall[bytes, bytes]
"""An RPC with many."""

_Into: TypeAlias = aio.StreamUnaryMultiCallable[bytes, bytes]
_Out: TypeAlias = aio.UnaryStreamMultiCallable[bytes, bytes]
_Both: TypeAlias = aio.StreamStreamMultiCallable[bytes, bytes]

_MANY_IN = frozenset({Flow.CLIENT_STREAM, Flow.BIDIRECTIONAL})
_MANY_OUT = frozenset({Flow.SERVER_STREAM, Flow.BIDIRECTIONAL})


@dataclass(frozen=True, slots=True)
class Sent:
    """What goes out with an RPC."""

    requests: Sequence[bytes]
    metadata: Metadata
    seconds: float | None
    """How long it may take; None for a stream without an end."""


@dataclass(frozen=True, slots=True)
class Method:
    """One function, ready to be called."""

    path: str
    takes: Descriptor
    many_in: bool
    many_out: bool
    request: type[Message]
    fill: Fill
    mask: Mask | None
    response: type[Message]
    may_lack: bool
    """Whether there are messages of the answer's type that lack what is required."""
    read: Read
    max_request: int

    def requests(self, call: Call) -> Iterator[bytes]:
        """The messages that go out, serialised: one, or as many as the argument lists.

        Raises `BadInput`.
        """
        given = call.arguments.get(ARGUMENT)
        if not self.many_in:
            yield self._request(given, (ARGUMENT,), call.selection)
            return
        if not isinstance(given, list | tuple):
            raise BadInput(f"{ARGUMENT}: not a list")
        for index, each in enumerate(given):
            yield self._request(each, (ARGUMENT, index), call.selection)

    def asked(self, sent: Sent) -> Asked:
        """What goes out, as far as a refusal may name it."""
        return Asked(self.takes, len(sent.requests) if self.many_in else None)

    def single(self, channel: aio.Channel, sent: Sent) -> Single:
        """The RPC, begun, of a method that takes many messages and has one answer."""
        into: _Into = channel.stream_unary(self.path)
        return into(iter(sent.requests), timeout=sent.seconds, metadata=sent.metadata)

    def stream(self, channel: aio.Channel, sent: Sent) -> Stream:
        """The RPC, begun, of a method with many answers."""
        if self.many_in:
            both: _Both = channel.stream_stream(self.path)
            return both(iter(sent.requests), timeout=sent.seconds, metadata=sent.metadata)
        out: _Out = channel.unary_stream(self.path)
        return out(sent.requests[0], timeout=sent.seconds, metadata=sent.metadata)

    def parsed(self, answer: bytes) -> Message:
        """The message that is a serialised answer. Raises `Malformed`."""
        try:
            message = self.response.FromString(answer)
        except DecodeError as error:
            raise self._invalid() from error
        if self.may_lack and not message.IsInitialized():
            name = self.response.DESCRIPTOR.full_name
            raise Malformed(f"the answer lacks required fields of {name}")
        return message

    def value(self, message: Message) -> Any:
        """What an answer says. Raises `Malformed`."""
        try:
            return self.read(message)
        except ValueError as error:
            raise self._invalid() from error

    def _invalid(self) -> Malformed:
        return Malformed(f"the answer is not a valid {self.response.DESCRIPTOR.full_name}")

    def _request(self, given: Any, path: Path, selection: Sequence[str]) -> bytes:
        message: Any = self.request()
        if given is not None:
            self.fill(message, given, path)
        if self.mask is not None:
            self.mask.fill(message, selection)
        if not message.IsInitialized():
            missing = message.FindInitializationErrors()[0]
            raise BadInput(f"{place(path)}.{missing}: missing, and required")
        try:
            serialised = bytes(message.SerializeToString())
        except EncodeError as error:
            raise BadInput(f"{place(path)}: nested too deeply") from error
        if len(serialised) > self.max_request:
            raise BadInput(f"{place(path)}: larger than the limit of {self.max_request} bytes")
        return serialised


class Methods:
    """The functions of one catalog, each made ready when first called."""

    def __init__(self, settings: Settings, catalog: Catalog[Binding, Wire]) -> None:
        self._settings = settings
        self._pool = _pool(catalog.wire)
        self._readers = Readers(self._pool, catalog.wire.forms)
        self._writers = Writers(self._pool, catalog.wire.forms)
        self._made: dict[str, Method] = {}

    def of(self, function: Function[Binding]) -> Method:
        """The method that a function is."""
        method = self._made.get(function.name)
        if method is None:
            method = self._made[function.name] = self._method(function)
        return method

    def shape(
        self, function: Function[Binding], wanted: Wanted, inside: Steps
    ) -> MessageShape | None:
        """A reader of a function's answers; None where there is none for what is wanted."""
        response = self._pool.FindMessageTypeByName(function.binding.response)
        many = function.flow in _MANY_OUT
        return shape(self._readers, response, wanted, inside, many=many)

    def _method(self, function: Function[Binding]) -> Method:
        binding = function.binding
        request = self._pool.FindMessageTypeByName(binding.request)
        response = self._pool.FindMessageTypeByName(binding.response)
        return Method(
            path=binding.path,
            takes=request,
            many_in=function.flow in _MANY_IN,
            many_out=function.flow in _MANY_OUT,
            request=GetMessageClass(request),
            fill=self._writers.message(request),
            mask=mask_of(function, request, response, self._settings.field_masks),
            response=GetMessageClass(response),
            may_lack=may_lack(response),
            read=self._readers.message(response) if fields(response) else _nothing,
            max_request=self._settings.max_request,
        )


def _pool(wire: Wire) -> DescriptorPool:
    pool = DescriptorPool()
    for file in FileDescriptorSet.FromString(wire.descriptors).file:
        pool.AddSerializedFile(file.SerializeToString())
    return pool


def _nothing(_: Message) -> None:
    return None
