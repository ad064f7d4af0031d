"""Pure: a descriptor set as a catalog. What becomes of types is in `types`."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from google.protobuf.descriptor import Descriptor, EnumDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from upstreams.errors import DiscoveryError
from upstreams.grpc.descriptors import Linked, closure, link
from upstreams.grpc.descriptors.symbols import services as services_of
from upstreams.grpc.messages import Way, fields, offered
from upstreams.grpc.model import ARGUMENT, FIELD_MASK, Binding, Forms, Wire
from upstreams.grpc.translate.batches import batch
from upstreams.grpc.translate.comments import comments
from upstreams.grpc.translate.effects import effect
from upstreams.grpc.translate.masks import check_masks, selective
from upstreams.grpc.translate.references import references
from upstreams.grpc.translate.refs import Refs, message_type
from upstreams.grpc.translate.types import DEPRECATED, Node, Types, degradation, scope
from upstreams.kind import Maps
from upstreams.model import (
    Catalog,
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

_FLOWS = {
    (False, False): Flow.UNARY,
    (False, True): Flow.SERVER_STREAM,
    (True, False): Flow.CLIENT_STREAM,
    (True, True): Flow.BIDIRECTIONAL,
}


def translate(
    descriptors: FileDescriptorSet,
    services: Collection[str] | None = None,
    forms: Forms | None = None,
    masks: Mapping[str, str] | None = None,
) -> Catalog[Binding, Wire]:
    """Every method of the named services, by default of all in the set, as a function.

    `masks` are those of the settings. Raises `DiscoveryError` when one of them is not there, or
    when there are no services.
    """
    linked = link(descriptors)
    skipped: list[Skipped] = []
    methods = list(_methods(linked, services, skipped))
    if not methods and not skipped:
        raise DiscoveryError("the description names no services")
    shown = forms or Forms()
    types = Types(comments(descriptors.file), Refs(shown, _updated(methods)))
    nodes = list(types.reached(_roots(methods)))
    places = masks or {}
    check_masks({_name(method): method for method in methods}, places)
    return Catalog(
        kind="grpc",
        functions=tuple(_function(method, types, places) for method in methods),
        types=tuple(types.type(node) for node in nodes),
        proposals=tuple(references(methods, _answers(nodes))),
        wire=Wire(_described(linked, methods, nodes, shown), shown),
        skipped=tuple(skipped),
        degraded=_once(remark for node in nodes for remark in types.degraded(node))
        + tuple(_degraded_methods(methods)),
        assumed=linked.repaired + _once(remark for node in nodes for remark in types.remarks(node)),
    )


def _answers(nodes: Iterable[Node]) -> Iterator[Descriptor]:
    """The messages that come out."""
    return (node[0] for node in nodes if isinstance(node, tuple) and node[1] is Way.OUT)


def _updated(methods: Iterable[MethodDescriptor]) -> set[str]:
    """The full names of the messages that requests with a FieldMask lead to."""
    masked = [method.input_type for method in methods if FIELD_MASK in _held(method.input_type)]
    return set(_below(message for request in masked for message in _held(request).values()))


def _below(messages: Iterable[Descriptor]) -> dict[str, Descriptor]:
    """The messages and all that they lead to, by their full names."""
    found: dict[str, Descriptor] = {}
    waiting = list(messages)
    while waiting:
        message = waiting.pop()
        if message.full_name not in found:
            found[message.full_name] = message
            waiting.extend(_held(message).values())
    return found


def _held(message: Descriptor) -> dict[str, Descriptor]:
    """The messages that are fields of a message, by their full names."""
    held = (field.message_type for field in offered(message, Way.IN))
    return {each.full_name: each for each in held if each is not None}


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
            yield from linked.pool.FindServiceByName(name).methods


def _unusable(file: FileDescriptorProto, linked: Linked) -> str:
    """Why no method of a file becomes a function; empty when they do."""
    if file.package in INFRASTRUCTURE:
        return "infrastructure: it tells of the backend, and is not what the backend is for"
    if file.name in linked.broken:
        return f"its description cannot be used: {linked.broken[file.name]}"
    return ""


def _function(
    method: MethodDescriptor, types: Types, masks: Mapping[str, str]
) -> Function[Binding]:
    service = method.containing_service
    deprecated = method.GetOptions().deprecated or service.GetOptions().deprecated
    return Function(
        name=_name(method),
        label=method.name,
        effect=effect(method),
        returns=_returns(method, types.refs),
        binding=Binding(
            f"/{_name(method)}", method.input_type.full_name, method.output_type.full_name
        ),
        arguments=tuple(_arguments(method, types.refs)),
        flow=_flow(method),
        scope=(service.name, *scope(service.file.package)),
        description=types.comments.get(method.full_name, ""),
        deprecated=DEPRECATED if deprecated else None,
        source=method.full_name,
        selective=selective(_name(method), method, masks),
        batch=batch(method, types.refs),
    )


def _name(method: MethodDescriptor) -> str:
    return f"{method.containing_service.full_name}/{method.name}"


def _flow(method: MethodDescriptor) -> Flow:
    return _FLOWS[method.client_streaming, method.server_streaming]


def _arguments(method: MethodDescriptor, refs: Refs) -> Iterator[Field]:
    message = method.input_type
    if not method.client_streaming and not offered(message, Way.IN):
        return
    ref = message_type(message, Way.IN)
    if method.client_streaming:
        ref = Required(ListOf(Required(ref) if refs.always_set(message, Way.IN) else ref))
    elif refs.any_required(message):
        ref = Required(ref)
    yield Field(ARGUMENT, ref, source=message.full_name)


def _returns(method: MethodDescriptor, refs: Refs) -> TypeRef:
    message = method.output_type
    if not fields(message):
        one: TypeRef = Scalar(ScalarKind.VOID)
    else:
        one = message_type(message, Way.OUT)
    if not method.server_streaming:
        return one
    never_null = fields(message) and refs.always_set(message, Way.OUT)
    return ListOf(Required(one) if never_null else one)


def _roots(methods: Iterable[MethodDescriptor]) -> Iterator[Node]:
    """The messages that are a whole answer or argument."""
    for method in methods:
        if fields(method.output_type):
            yield method.output_type, Way.OUT
        if method.client_streaming or offered(method.input_type, Way.IN):
            yield method.input_type, Way.IN


def _degraded_methods(methods: Iterable[MethodDescriptor]) -> Iterator[Remark]:
    """The methods whose whole answer or argument became JSON."""
    for method in methods:
        for message in (method.input_type, method.output_type):
            if reason := degradation(message):
                yield Remark(_name(method), reason)


def _described(
    linked: Linked, methods: Iterable[MethodDescriptor], nodes: Iterable[Node], forms: Forms
) -> bytes:
    """The files that calls need, as a serialised `FileDescriptorSet`.

    What is in an Any, or extends a message, may be of any file: then all are kept.
    """
    if forms.maps is Maps.JSON or any(map(_open, nodes)):
        kept = iter(linked.files.values())
    else:
        wanted = {method.containing_service.file.name for method in methods}
        kept = closure(linked.files, wanted)
    return FileDescriptorSet(file=kept).SerializeToString(deterministic=True)


def _open(node: Node) -> bool:
    """Whether a message may hold what its own file does not tell."""
    if isinstance(node, EnumDescriptor):
        return False
    message, _ = node
    return message.is_extendable or any(degradation(each) for each in _held(message).values())


def _once(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    return tuple(dict.fromkeys(remarks))
