"""Google's annotations on methods and fields, read from the options of any pool."""

# Typed, but published without the marker that says so.
from google.api import annotations_pb2, field_behavior_pb2  # type: ignore[import-untyped]
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import FieldOptions, MethodOptions


def reads(method: MethodDescriptor) -> bool:
    """Whether the description says that a method changes nothing."""
    if not method.has_options:
        return False
    # Read anew, here and below: a foreign pool does not know the extensions we know.
    options = MethodOptions.FromString(method.GetOptions().SerializeToString())
    if options.idempotency_level == MethodOptions.NO_SIDE_EFFECTS:
        return True
    return bool(options.Extensions[annotations_pb2.http].WhichOneof("pattern") == "get")


def behaves_required(field: FieldDescriptor) -> bool:
    """Whether a field is annotated as REQUIRED (AIP-203)."""
    if not field.has_options:
        return False
    options = FieldOptions.FromString(field.GetOptions().SerializeToString())
    return field_behavior_pb2.REQUIRED in options.Extensions[field_behavior_pb2.field_behavior]
