"""Pure: a descriptor set as a catalog. What becomes of types is in `types`."""

import re
from collections.abc import Collection, Iterable, Iterator

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from upstreams.errors import DiscoveryError
from upstreams.grpc.descriptors import Linked, closure, link
from upstreams.grpc.descriptors import services as services_of
from upstreams.grpc.model import ARGUMENT, Binding, Wire
from upstreams.grpc.options import reads
from upstreams.grpc.translate.comments import Comments, comments
from upstreams.grpc.translate.types import (
    DEPRECATED,
    Node,
    Types,
    Way,
    always_set,
    degradation,
    degraded,
    fields_required,
    message_type,
    remarks,
    scope,
)
from upstreams.model import (
    Catalog,
    Effect,
    Field,
    Flow,
    Function,
    ListOf,
    Remark,
    Required,
    Scalar,
    ScalarKind,
    Skipped,
    TypeRef,
)

INFRASTRUCTURE = ("grpc.reflection.v1", "grpc.reflection.v1alpha", "grpc.health.v1")
"""The packages whose services tell of a backend, and are not what it is for."""

_READS = re.compile(r"([Gg]et|[Ll]ist|[Ss]earch|[Bb]atchGet|[Ll]ookup)(?![a-z])")
"""The verbs of methods that read by AIP-131, 132, 231 and by custom."""
_WATCHES = re.compile(r"([Ss]ubscribe|[Ww]atch)(?![a-z])")
"""The verbs of streams that only tell what happens."""

_FLOWS = {
    (False, False): Flow.UNARY,
    (False, True): Flow.SERVER_STREAM,
    (True, False): Flow.CLIENT_STREAM,
    (True, True): Flow.BIDIRECTIONAL,
}


def translate(
    descriptors: FileDescriptorSet, services: Collection[str] | None = None
) -> Catalog[Binding, Wire]:
    """Every method of the named services, by default of all in the set, as a function.

    Raises `DiscoveryError` when there are no services.
    """
    linked = link(descriptors)
    texts = comments(descriptors.file)
    skipped: list[Skipped] = []
    methods = list(_methods(linked, services, skipped))
    if not methods and not skipped:
        raise DiscoveryError("the description names no services")
    types = Types(texts, {method.input_type.full_name for method in methods})
    nodes = list(types.reached(_roots(methods)))
    return Catalog(
        kind="grpc",
        functions=tuple(_function(method, texts) for method in methods),
        types=tuple(types.type(node) for node in nodes),
        wire=_wire(linked, methods),
        skipped=tuple(skipped),
        degraded=_once(remark for node in nodes for remark in degraded(node))
        + tuple(_degraded_methods(methods)),
        assumed=linked.repaired + _once(remark for node in nodes for remark in remarks(node)),
    )


def _methods(
    linked: Linked,
    services: Collection[str] | None,
    skipped: list[Skipped],
) -> Iterator[MethodDescriptor]:
    """The methods that become functions; the others are put into `skipped`, with the reason."""
    for file in linked.given.values():
        for name, service in zip(services_of(file), file.service, strict=True):
            if services is not None and name not in services:
                continue
            if reason := _unusable(file, linked):
                skipped.extend(Skipped(f"{name}/{each.name}", reason) for each in service.method)
                continue
            for method in linked.pool.FindServiceByName(name).methods:
                if reason := _inexpressible(method):
                    skipped.append(Skipped(_name(method), reason))
                else:
                    yield method


def _unusable(file: FileDescriptorProto, linked: Linked) -> str:
    """Why no method of a file becomes a function; empty when they do."""
    if file.package in INFRASTRUCTURE:
        return "infrastructure: it tells of the backend, and is not what the backend is for"
    if file.name in linked.broken:
        return f"its file {file.name} cannot be used: {linked.broken[file.name]}"
    return ""


def _inexpressible(method: MethodDescriptor) -> str:
    if method.client_streaming and not method.input_type.fields:
        return f"it takes a stream of {method.input_type.full_name}, which has no fields to give"
    return ""


def _function(method: MethodDescriptor, texts: Comments) -> Function[Binding]:
    service = method.containing_service
    return Function(
        name=_name(method),
        label=method.name,
        effect=_effect(method),
        returns=_returns(method),
        binding=Binding(
            f"/{_name(method)}", method.input_type.full_name, method.output_type.full_name
        ),
        arguments=tuple(_arguments(method)),
        flow=_flow(method),
        scope=(service.name, *scope(service.file.package)),
        description=texts.get(method.full_name, ""),
        deprecated=DEPRECATED if method.GetOptions().deprecated else None,
        source=method.full_name,
    )


def _name(method: MethodDescriptor) -> str:
    return f"{method.containing_service.full_name}/{method.name}"


def _flow(method: MethodDescriptor) -> Flow:
    return _FLOWS[method.client_streaming, method.server_streaming]


def _arguments(method: MethodDescriptor) -> Iterator[Field]:
    message = method.input_type
    if not message.fields:
        return
    ref = message_type(message, Way.IN)
    if method.client_streaming:
        ref = Required(ListOf(Required(ref) if always_set(message) else ref))
    elif fields_required(message):
        ref = Required(ref)
    yield Field(ARGUMENT, ref, source=message.full_name)


def _returns(method: MethodDescriptor) -> TypeRef:
    message = method.output_type
    if not message.fields:
        one: TypeRef = Scalar(ScalarKind.VOID)
    else:
        one = message_type(message, Way.OUT)
    if not method.server_streaming:
        return one
    return ListOf(Required(one) if message.fields and always_set(message) else one)


def _effect(method: MethodDescriptor) -> Effect:
    """What the description says, and where it says nothing, what the method's name does."""
    told = reads(method) or _READS.match(method.name)
    watched = method.server_streaming and _WATCHES.match(method.name)
    return Effect.READ if told or watched else Effect.WRITE


def _roots(methods: Iterable[MethodDescriptor]) -> Iterator[Node]:
    for method in methods:
        yield method.output_type, Way.OUT
        yield method.input_type, Way.IN


def _degraded_methods(methods: Iterable[MethodDescriptor]) -> Iterator[Remark]:
    """The methods whose whole answer or argument became JSON."""
    for method in methods:
        for message in (method.input_type, method.output_type):
            if message.fields and (reason := degradation(message)):
                yield Remark(_name(method), reason)


def _wire(linked: Linked, methods: Iterable[MethodDescriptor]) -> Wire:
    wanted = {method.containing_service.file.name for method in methods}
    needed = FileDescriptorSet(file=closure(linked.files, wanted))
    return Wire(needed.SerializeToString(deterministic=True))


def _once(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    return tuple(dict.fromkeys(remarks))
