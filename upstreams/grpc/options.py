"""Protobuf's and Google's annotations on methods, messages and fields, read from any pool."""

# Typed, but published without the marker that says so.
from google.api import (  # type: ignore[import-untyped]
    annotations_pb2,
    field_behavior_pb2,
    resource_pb2,
)
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import FieldOptions, MessageOptions, MethodOptions

from upstreams.model import Effect

_HTTP_EFFECTS = {
    "get": Effect.READ,
    **dict.fromkeys(("put", "patch", "delete"), Effect.WRITE),
}
"""What a method's HTTP verb says; POST says nothing, since long queries use it too."""


def told_effect(method: MethodDescriptor) -> Effect | None:
    """Whether the description says that a method reads or that it writes; None: it does not say."""
    if not method.has_options:
        return None
    # Read anew, here and below: a foreign pool does not know the extensions we know.
    options = MethodOptions.FromString(method.GetOptions().SerializeToString())
    if options.idempotency_level == MethodOptions.NO_SIDE_EFFECTS:
        return Effect.READ
    if options.idempotency_level == MethodOptions.IDEMPOTENT:
        return Effect.WRITE
    return _HTTP_EFFECTS.get(options.Extensions[annotations_pb2.http].WhichOneof("pattern"))


def behaves_required(field: FieldDescriptor) -> bool:
    """Whether a field is annotated as REQUIRED (AIP-203)."""
    return _behaves(field, field_behavior_pb2.REQUIRED)


def only_comes_out(field: FieldDescriptor) -> bool:
    """Whether a field is annotated as OUTPUT_ONLY: what is given for it is ignored."""
    return _behaves(field, field_behavior_pb2.OUTPUT_ONLY)


def only_goes_in(field: FieldDescriptor) -> bool:
    """Whether a field is annotated as INPUT_ONLY: it is never in an answer."""
    return _behaves(field, field_behavior_pb2.INPUT_ONLY)


def _behaves(field: FieldDescriptor, behavior: int) -> bool:
    options = _options(field)
    return behavior in options.Extensions[field_behavior_pb2.field_behavior] if options else False


def referenced(field: FieldDescriptor) -> str:
    """The type of resource whose name a field holds (AIP-122); empty for other fields."""
    options = _options(field)
    return options.Extensions[resource_pb2.resource_reference].type if options else ""


def resource(message: Descriptor) -> str:
    """The type of resource that a message is (AIP-123); empty for other messages."""
    if not message.has_options:
        return ""
    options = MessageOptions.FromString(message.GetOptions().SerializeToString())
    of_type: str = options.Extensions[resource_pb2.resource].type
    return of_type


def _options(field: FieldDescriptor) -> FieldOptions | None:
    if not field.has_options:
        return None
    return FieldOptions.FromString(field.GetOptions().SerializeToString())
