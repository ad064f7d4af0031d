"""A gRPC server in this process, for any descriptor set, with the reflection a test asks for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc import aio

# Published without the marker that says it is typed.
from grpc_reflection.v1alpha import reflection_pb2  # type: ignore[import-untyped]
from grpc_reflection.v1alpha.reflection import (  # type: ignore[import-untyped]
    enable_server_reflection,
)

from tests.backends.process import LOOPBACK

Context = aio.ServicerContext[Any, Any]
Behavior = Callable[[Any, Context], Awaitable[Any] | AsyncIterator[Any]]
"""What a method does with its message (or the iterator of them) and its context."""


@dataclass(frozen=True, kw_only=True)
class Reflection:
    """How a server tells of itself."""

    versions: tuple[str, ...] = ("v1", "v1alpha")
    listed: tuple[str, ...] = ()
    """Services it lists beside those it has."""
    only: tuple[str, ...] | None = None
    """Services it lists in place of all it has."""
    without: frozenset[str] = frozenset()
    """Files it does not give."""
    breaks_off: frozenset[str] = frozenset()
    """Services at whose name it ends the conversation with an error."""
    garbles: frozenset[str] = frozenset()
    """Services for which it gives bytes that are no file."""
    curt: bool = False
    """Whether it answers one question in each conversation."""
    own: bool = True
    """Whether it is the one below; else it is grpcio's."""
    hangs: bool = False
    """Whether it takes requests and never answers."""
    metadata: list[tuple[str, Any]] = field(default_factory=list)
    """What came with the last conversation."""


@asynccontextmanager
async def serve(
    descriptors: FileDescriptorSet,
    methods: Mapping[str, Behavior],
    reflection: Reflection | None = None,
    credentials: grpc.ServerCredentials | None = None,
    listen: str = f"{LOOPBACK}:0",
) -> AsyncIterator[str]:
    """The address of a server of these methods, by `package.Service/Method`; TLS if credentials."""
    pool = DescriptorPool()
    for file in descriptors.file:
        pool.AddSerializedFile(file.SerializeToString())
    server = aio.server()
    server.add_generic_rpc_handlers(tuple(_handlers(pool, methods)))
    if reflection and reflection.own:
        server.add_generic_rpc_handlers(tuple(_reflection(descriptors, reflection)))
    elif reflection:
        names = [name for file in descriptors.file for name in _services(file)]
        enable_server_reflection(names, server, pool)
    if credentials:
        port = server.add_secure_port(listen, credentials)
    else:
        port = server.add_insecure_port(listen)
    await server.start()
    try:
        yield f"{listen.rpartition(':')[0]}:{port}"
    finally:
        await server.stop(None)


def _handlers(
    pool: DescriptorPool, methods: Mapping[str, Behavior]
) -> Iterable[grpc.GenericRpcHandler]:
    for path, behavior in methods.items():
        service, name = path.split("/")
        method = pool.FindMethodByName(f"{service}.{name}")
        yield grpc.method_handlers_generic_handler(service, {name: _handler(method, behavior)})


def _handler(method: MethodDescriptor, behavior: Behavior) -> Any:
    make = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }[method.client_streaming, method.server_streaming]
    return make(
        behavior,
        request_deserializer=GetMessageClass(method.input_type).FromString,
        response_serializer=_serialized,
    )


def _serialized(message: Any) -> bytes:
    """The message's bytes; bytes as they are, so that a test can answer what is no message."""
    return message if isinstance(message, bytes) else message.SerializePartialToString()


def _reflection(
    descriptors: FileDescriptorSet, reflection: Reflection
) -> Iterable[grpc.GenericRpcHandler]:
    async def info(requests: AsyncIterator[Any], context: Context) -> AsyncIterator[Any]:
        reflection.metadata[:] = context.invocation_metadata() or ()
        async for request in requests:
            if request.file_containing_symbol in reflection.breaks_off:
                await context.abort(grpc.StatusCode.INTERNAL, "there is no such thing")
            if reflection.hangs:
                await asyncio.Event().wait()
            yield _answer(request, descriptors, reflection)
            if reflection.curt:
                return

    handler = grpc.stream_stream_rpc_method_handler(
        info,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    for version in reflection.versions:
        service = f"grpc.reflection.{version}.ServerReflection"
        yield grpc.method_handlers_generic_handler(service, {"ServerReflectionInfo": handler})


def _answer(request: Any, descriptors: FileDescriptorSet, reflection: Reflection) -> Any:
    answer = reflection_pb2.ServerReflectionResponse(original_request=request)
    if request.HasField("list_services"):
        names = [name for file in descriptors.file for name in _services(file)]
        for name in (*(names if reflection.only is None else reflection.only), *reflection.listed):
            answer.list_services_response.service.add(name=name)
        return answer
    if request.file_containing_symbol in reflection.garbles:
        answer.file_descriptor_response.file_descriptor_proto.append(b"\xff")
        return answer
    for file in descriptors.file:
        if file.name not in reflection.without and _is_meant(file, request):
            answer.file_descriptor_response.file_descriptor_proto.append(file.SerializeToString())
            return answer
    answer.error_response.error_code = grpc.StatusCode.NOT_FOUND.value[0]
    answer.error_response.error_message = "there is no such thing"
    return answer


def _is_meant(file: FileDescriptorProto, request: Any) -> bool:
    if request.HasField("file_by_filename"):
        return bool(file.name == request.file_by_filename)
    messages = (f"{file.package}.{message.name}" for message in file.message_type)
    return request.file_containing_symbol in (*_services(file), *messages)


def _services(file: FileDescriptorProto) -> list[str]:
    return [f"{file.package}.{service.name}" for service in file.service]
