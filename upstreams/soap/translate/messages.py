"""What goes into an envelope and what comes out of it, operation by operation."""

from collections.abc import Iterator, Sequence

import msgspec

from upstreams.model import Field, Required, Scalar, ScalarKind, TypeRef, nullable
from upstreams.soap.model import (
    ARGUMENT,
    ENCODINGS,
    Attached,
    Binding,
    Block,
    Codec,
    Content,
    Fault,
    Layout,
    Leaf,
    Member,
    Message,
    Nested,
    Place,
)
from upstreams.soap.translate.types import input_ref, output, output_ref, taken
from upstreams.soap.wsdl import Body, Header, Offer, Operation, Part
from upstreams.soap.xml import local_name, namespace
from upstreams.soap.xsd import Naming, Shape, Spot, Types, UndeclaredError, scope

_VOID = Scalar(ScalarKind.VOID)
_HEADER = "Header"
"""What the argument of a header ends with, so that it is none of the Body's."""
_ATTACHMENT = "Attachment"
"""What the argument of an attachment ends with where another argument has its name."""


class Messages:
    """What one port's offer of an operation has go each way."""

    def __init__(self, operation: Operation, offer: Offer, types: Types) -> None:
        self._operation = operation
        self._offer = offer
        self._types = types

    @property
    def request(self) -> Message:
        """What goes into the Body. Raises `UndeclaredError`."""
        return self._message(self._offer.request, "")

    @property
    def response(self) -> Message | None:
        """What comes out of the Body, a single value by itself. Raises `UndeclaredError`."""
        response = self._offer.response
        if response is None:
            return None
        return unwrapped(self._message(response, "Response"), self._types)

    def blocks(self, headers: Sequence[Header]) -> Iterator[Block]:
        """What goes into a Header, each block by a name of its own."""
        naming = Naming()
        for header in headers:
            message = self._alone(header.part, header.namespace, encoded=header.encoded)
            name = local_name(message.element)
            ending = "" if name.lower().endswith(_HEADER.lower()) else _HEADER
            yield Block(naming.clark(message.element + ending), message, header.understood)

    def attached(self) -> Iterator[Attached]:
        """What goes beside the envelope of a request, each by a name of its own."""
        taken = {ARGUMENT, *(block.field for block in self.blocks(self._offer.sent))}
        for each in self._offer.request.attached:
            field = f"{each.part}{_ATTACHMENT}" if each.part in taken else each.part
            media_type = "" if "*" in each.media_type else each.media_type
            yield Attached(field, each.part, media_type)

    def faults(self) -> Iterator[Fault]:
        """What a Fault's detail may hold."""
        for fault in self._offer.faults:
            message = self._alone(fault.part, "", encoded=fault.encoded)
            yield Fault(local_name(message.element), message)

    def _message(self, body: Body, suffix: str) -> Message:
        """What goes into the Body one way (WSDL 1.1 §3.5)."""
        operation, types = self._operation, self._types
        key = f"{operation.port_type}/{operation.name}{suffix}"
        label = f"{operation.name}{suffix}"
        spot = Spot(key, label, (local_name(operation.port_type), *scope(namespace(key))))
        encoding = self._encoding(encoded=body.encoded)
        if body.missing:
            return Message(label, types.undeclared(key))
        if self._offer.rpc:
            element = _clark(body.namespace, label)
            return Message(element, _together(body.parts, spot, types), encoding=encoding)
        match body.parts:
            case []:
                return Message()
            case [Part(element=element) as part] if element:
                content = types.element(element)
                inside = None if _is_empty(content) else content
                return Message(types.meant(element), inside, encoding=encoding)
            case [part]:
                content = types.type(part.type, spot.inner(part.name))
                return Message(part.name, content, encoding=encoding)
            case _:
                return Message("", _together(body.parts, spot, types), encoding=encoding)

    def _alone(self, part: Part, target: str, *, encoded: bool) -> Message:
        """One part as an element of its own."""
        types, encoding = self._types, self._encoding(encoded=encoded)
        if part.element:
            content = types.element(part.element)
            return Message(types.meant(part.element), content, encoding=encoding)
        operation = self._operation
        spot = Spot(f"{operation.port_type}/{operation.name}/{part.name}", part.name)
        try:
            content = types.type(part.type, spot)
        except UndeclaredError:
            content = types.undeclared(spot.key)
        return Message(_clark(target, part.name), content, encoding=encoding)

    def _encoding(self, *, encoded: bool) -> str:
        return ENCODINGS[self._offer.version] if encoded else ""


def _clark(target: str, name: str) -> str:
    return f"{{{target}}}{name}" if target else name


def _is_empty(content: Content) -> bool:
    return content == Leaf(Codec.PRESENCE)


def _together(parts: Sequence[Part], spot: Spot, types: Types) -> Content | None:
    """Several parts as one type of the operation's own."""
    members = tuple(_part(part, spot, types) for part in parts)
    return types.add(Shape(spot.key, spot.label, Layout(members), spot.scope)) if members else None


def _part(part: Part, spot: Spot, types: Types) -> Member:
    if part.element:
        content = types.element(part.element)
        name = types.meant(part.element)
        return Member(part.name or local_name(name), content, name)
    content = types.type(part.type, spot.inner(part.name))
    return Member(part.name, content, part.name, type=types.named(part.type))


def unwrapped(message: Message, types: Types) -> Message:
    """The same, giving the value of the one element in it where there is only one."""
    if not isinstance(message.content, Nested):
        return message
    match types.shapes[message.content.key].layout.members:
        case [Member(place=Place.ELEMENT | Place.SUBSTITUTE) as only]:
            return msgspec.structs.replace(message, alone=only.field)
        case _:
            return message


def returned(response: Message | None, types: Types) -> TypeRef:
    """What a function gives: null where nothing is promised."""
    if response is None or response.content is None:
        return _VOID
    if response.alone and isinstance(response.content, Nested):
        members = types.shapes[response.content.key].layout.members
        return nullable(output(next(each for each in members if each.field == response.alone)))
    return nullable(output_ref(response.content))


def arguments(binding: Binding, types: Types) -> Iterator[Field]:
    """What goes into the Body, unless nothing does; each block of the Header; each attachment."""
    request = binding.request
    if request.content is not None:
        ref = input_ref(request.content)
        yield Field(ARGUMENT, Required(ref) if _is_needed(request.content, types) else ref)
    for block in binding.sent:
        if block.message.content is not None:
            words = f"The header `{local_name(block.message.element)}`."
            yield Field(block.field, input_ref(block.message.content), words)
    for each in binding.attached:
        words = f"The attachment `{each.part}`{each.media_type and f', {each.media_type}'}."
        yield Field(each.field, Required(Scalar(ScalarKind.UPLOAD)), words)


def _is_needed(content: Content, types: Types) -> bool:
    """Whether the argument cannot be left out, as something in it must be given."""
    if not isinstance(content, Nested):
        return True
    shape = types.shapes[content.key]
    return shape.one_of or any(
        isinstance(taken(member), Required) for member in shape.layout.members
    )
