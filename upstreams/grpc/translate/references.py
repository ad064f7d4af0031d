"""Pure: the joins that a description proposes by saying which fields name which resources."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor

from upstreams.grpc.messages import Way, offered
from upstreams.grpc.options import referenced, resource
from upstreams.grpc.translate.effects import effect
from upstreams.model import Effect, Remark

_Getters: TypeAlias = Mapping[str, tuple[str, str]]
"""By type of resource: the method that gets one by its name, and the field that takes the name."""


def references(
    methods: Iterable[MethodDescriptor], messages: Iterable[Descriptor]
) -> Iterator[Remark]:
    """The fields of answers that hold the name of a resource which a method gets (AIP-122, 131).

    A resource's own name, and the types of which there are several or no such methods, are left
    out.
    """
    getters = _getters(methods)
    for message in messages:
        for field in offered(message, Way.OUT):
            of_type = referenced(field)
            if of_type in getters and of_type != resource(message):
                method, argument = getters[of_type]
                reason = f"holds the name of a {of_type}, which {method} gets as its {argument}"
                yield Remark(field.full_name, reason)


def _getters(methods: Iterable[MethodDescriptor]) -> _Getters:
    found: dict[str, tuple[str, str]] = {}
    several = set()
    for method in methods:
        of_type = resource(method.output_type)
        field = _name_taken(method, of_type)
        if field is not None:
            several.update({of_type} & found.keys())
            service = method.containing_service.full_name
            found[of_type] = (f"{service}/{method.name}", field.name)
    return {of_type: getter for of_type, getter in found.items() if of_type not in several}


def _name_taken(method: MethodDescriptor, of_type: str) -> FieldDescriptor | None:
    """The field by which a method takes the name of the resource that it gives."""
    if not of_type or method.server_streaming or effect(method) is not Effect.READ:
        return None
    taken = offered(method.input_type, Way.IN)
    return next((field for field in taken if referenced(field) == of_type), None)
