"""A WSDL document and its schemas as a catalog."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from zeep.xsd import Schema

from upstreams.model import (
    Catalog,
    Effect,
    Field,
    Function,
    InputType,
    ListOf,
    Named,
    ObjectType,
    Remark,
    Required,
    Scalar,
    ScalarKind,
    Skipped,
    TypeDef,
    TypeRef,
    innermost,
    nullable,
)
from upstreams.soap.mend import Declared
from upstreams.soap.model import (
    ARGUMENT,
    Binding,
    Codec,
    Content,
    Layout,
    Leaf,
    Member,
    Message,
    Nested,
    Place,
    SoapCatalog,
    Version,
    Wire,
)
from upstreams.soap.wsdl import Body, Definitions, Offer, Operation, Part
from upstreams.soap.xml import local_name, namespace
from upstreams.soap.xsd import Shape, Spot, Types, UndeclaredError, scope

_READING = frozenset(
    {
        "check",
        "count",
        "describe",
        "download",
        "exists",
        "fetch",
        "find",
        "get",
        "has",
        "is",
        "list",
        "load",
        "lookup",
        "query",
        "read",
        "retrieve",
        "search",
        "select",
        "show",
        "view",
    }
)
"""First words of operations that change nothing."""

_KINDS: Mapping[Codec, ScalarKind] = {
    Codec.STRING: ScalarKind.STRING,
    Codec.URI: ScalarKind.URI,
    Codec.BOOLEAN: ScalarKind.BOOLEAN,
    Codec.INT: ScalarKind.INT,
    Codec.LONG: ScalarKind.LONG,
    Codec.UNSIGNED_LONG: ScalarKind.UNSIGNED_LONG,
    Codec.INTEGER: ScalarKind.BIG_INT,
    Codec.DECIMAL: ScalarKind.DECIMAL,
    Codec.DOUBLE: ScalarKind.FLOAT,
    Codec.DATE: ScalarKind.DATE,
    Codec.TIME: ScalarKind.TIME,
    Codec.DATE_TIME: ScalarKind.LOCAL_DATE_TIME,
    Codec.DURATION: ScalarKind.DURATION,
    Codec.BASE64: ScalarKind.BYTES,
    Codec.HEX: ScalarKind.BYTES,
    Codec.JSON: ScalarKind.JSON,
    Codec.PRESENCE: ScalarKind.BOOLEAN,
}
_VOID = Scalar(ScalarKind.VOID)
_INPUT = "#input"
"""What the key of a type that goes in ends with: one XSD type is two types of a catalog."""


@dataclass(frozen=True)
class Description:
    """A WSDL document with everything it imports, read and mended."""

    definitions: Definitions
    schema: Schema
    declared: Declared
    assumed: tuple[Remark, ...] = ()


class _CannotMapError(Exception):
    """An operation that cannot be offered, and why."""


def translate(description: Description) -> SoapCatalog:
    """Everything the document offers."""
    types = Types(description.schema, description.declared)
    operations = list(description.definitions.operations())
    functions: list[Function[Binding]] = []
    skipped: list[Skipped] = []
    for name, operation in zip(_names(operations), operations, strict=True):
        try:
            functions.append(_function(name, operation, types))
        except _CannotMapError as reason:
            skipped.append(Skipped(name, str(reason)))
    services = description.definitions.services
    return Catalog(
        kind="soap",
        functions=tuple(functions),
        types=tuple(_types(functions, types)),
        wire=Wire({key: types.shapes[key].layout for key in sorted(types.shapes)}),
        title=services[0] if services else "",
        description=description.definitions.description,
        url=next((each.binding.address for each in functions), ""),
        skipped=tuple(skipped),
        degraded=tuple(Remark(at, reason) for at, reason in sorted(types.degraded.items())),
        assumed=tuple(dict.fromkeys((*description.assumed, *_assumed(operations)))),
    )


def _names(operations: Sequence[Operation]) -> list[str]:
    """The operation's own name; where several have it, the port type's before it.

    Operations that cannot be called, such as the same ones again for HTTP GET, give way.
    """
    able = [not (each.refused or all(map(_refusal, each.offers))) for each in operations]
    names = [each.name for each in operations]
    for longer in (_with_port_type, _with_namespace, _with_position):
        times = Counter(names)
        best = Counter(name for name, can in zip(names, able, strict=True) if can)
        names = [
            name if times[name] == 1 or (can and best[name] == 1) else longer(each, number)
            for number, (name, each, can) in enumerate(zip(names, operations, able, strict=True))
        ]
    return names


def _with_port_type(operation: Operation, _number: int) -> str:
    return f"{local_name(operation.port_type)}/{operation.name}"


def _with_namespace(operation: Operation, _number: int) -> str:
    return f"{operation.port_type}/{operation.name}"


def _with_position(operation: Operation, number: int) -> str:
    """Only overloaded operations, which are refused, are still alike here."""
    return f"{operation.port_type}/{operation.name}/{number}"


def _function(name: str, operation: Operation, types: Types) -> Function[Binding]:
    offer = _best(operation)
    try:
        request = _message(operation, offer, offer.request, types, "")
        response = (
            None
            if offer.response is None
            else _unwrapped(_message(operation, offer, offer.response, types, "Response"), types)
        )
    except UndeclaredError as error:
        raise _CannotMapError(f"its message has {error}, which no schema declares") from error
    return Function(
        name=name,
        label=operation.name,
        effect=_effect(operation.name),
        returns=_returned(response, types),
        binding=Binding(offer.version, offer.action, offer.address, request, response),
        arguments=tuple(_arguments(request, types)),
        scope=(local_name(operation.port_type), offer.service),
        description=operation.description,
        source=f"{operation.port_type}/{operation.name}",
    )


def _best(operation: Operation) -> Offer:
    """How an operation is called: with SOAP 1.2 where it can be, else by the first port."""
    if operation.refused:
        raise _CannotMapError(operation.refused)
    refusals = {offer: _refusal(offer) for offer in operation.offers}
    callable_ones = [offer for offer, refusal in refusals.items() if not refusal]
    if not callable_ones:
        raise _CannotMapError("; ".join(dict.fromkeys(refusals.values())))
    return min(callable_ones, key=lambda offer: offer.version is not Version.SOAP_12)


def _refusal(offer: Offer) -> str:
    """Why an operation cannot be called by a port; empty when it can."""
    bodies = [offer.request, *filter(None, [offer.response])]
    if offer.refused:
        return offer.refused
    if any(body.encoded for body in bodies):
        return f"port {offer.port} wants rpc/encoded messages (SOAP 1.1 §5), which are not written"
    if missing := [body.missing for body in bodies if body.missing]:
        return f"the message {missing[0]} is declared nowhere"
    return ""


def _assumed(operations: Iterable[Operation]) -> Iterator[Remark]:
    for operation in operations:
        for offer in operation.offers:
            if offer.headers:
                at = f"{operation.port_type}/{operation.name}"
                parts = ", ".join(offer.headers)
                yield Remark(at, f"it has headers ({parts}); calls are made without them")
        able = [offer for offer in operation.offers if not _refusal(offer)]
        if len({offer.address for offer in able}) > 1:
            reason = (
                f"served at several addresses; the one of port {_best(operation).port} is taken"
            )
            yield Remark(operation.port_type, reason)


def _message(operation: Operation, offer: Offer, body: Body, types: Types, suffix: str) -> Message:
    """What goes into the Body one way (WSDL 1.1 §3.5)."""
    key = f"{operation.port_type}/{operation.name}{suffix}"
    label = f"{operation.name}{suffix}"
    spot = Spot(key, label, (local_name(operation.port_type), *scope(namespace(key))))
    if offer.rpc:
        target = body.namespace
        element = f"{{{target}}}{label}" if target else label
        return Message(element, _together(body.parts, spot, types))
    match body.parts:
        case []:
            return Message()
        case [Part(element=element) as part] if element:
            content = types.element(element)
            return Message(element, None if _is_empty(content) else content)
        case [part]:
            return Message(part.name, types.type(part.type, spot.inner(part.name)))
        case _:
            return Message("", _together(body.parts, spot, types))


def _is_empty(content: Content) -> bool:
    return content == Leaf(Codec.PRESENCE)


def _together(parts: Sequence[Part], spot: Spot, types: Types) -> Content | None:
    """Several parts as one type of the operation's own."""
    members = tuple(_part(part, spot, types) for part in parts)
    return types.add(Shape(spot.key, spot.label, Layout(members), spot.scope)) if members else None


def _part(part: Part, spot: Spot, types: Types) -> Member:
    if part.element:
        content = types.element(part.element)
        return Member(part.name or local_name(part.element), content, part.element)
    content = types.type(part.type, spot.inner(part.name))
    return Member(part.name, content, part.name)


def _unwrapped(message: Message, types: Types) -> Message:
    """The same, giving the value of the one element in it where there is only one."""
    if not isinstance(message.content, Nested):
        return message
    match types.shapes[message.content.key].layout.members:
        case [Member(place=Place.ELEMENT) as only]:
            return msgspec.structs.replace(message, alone=only.field)
        case _:
            return message


def _returned(response: Message | None, types: Types) -> TypeRef:
    if response is None or response.content is None:
        return _VOID
    if response.alone and isinstance(response.content, Nested):
        members = types.shapes[response.content.key].layout.members
        return nullable(_output(next(each for each in members if each.field == response.alone)))
    return nullable(_ref(response.content, ""))


def _arguments(request: Message, types: Types) -> Iterator[Field]:
    """The one argument there is, unless nothing goes in."""
    if request.content is None:
        return
    ref = _ref(request.content, _INPUT)
    if isinstance(request.content, Nested):
        members = types.shapes[request.content.key].layout.members
        if not any(isinstance(_input(member), Required) for member in members):
            yield Field(ARGUMENT, ref)
            return
    yield Field(ARGUMENT, Required(ref))


def _effect(name: str) -> Effect:
    """`getAccount` -> READ, `Get_Account` -> READ, `gettyUpload` -> WRITE."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return Effect.READ if words and words[0].lower() in _READING else Effect.WRITE


def _ref(content: Content, direction: str) -> TypeRef:
    match content:
        case Nested(key):
            return Named(key + direction)
        case Leaf(enum=enum, codec=codec, listed=listed):
            leaf: TypeRef = Named(enum) if enum else Scalar(_KINDS[codec])
            return ListOf(Required(leaf)) if listed else leaf


def _output(member: Member) -> TypeRef:
    """A member of what comes out. A list is always there, if only empty."""
    item = _ref(member.content, "")
    if member.repeated:
        return Required(ListOf(item if member.nillable else Required(item)))
    certain = member.required and not member.nillable
    return Required(item) if certain else item


def _input(member: Member) -> TypeRef:
    item = _ref(member.content, _INPUT)
    if member.repeated:
        item = ListOf(item if member.nillable else Required(item))
    certain = member.required and not member.nillable and member.default is None
    return Required(item) if certain else item


def _types(functions: Iterable[Function[Binding]], types: Types) -> Iterator[TypeDef]:
    """Every type the functions use, each once."""
    seen: set[str] = set()
    waiting = [ref for each in functions for ref in _refs(each)]
    while waiting:
        leaf = innermost(waiting.pop())
        if not isinstance(leaf, Named) or leaf.key in seen:
            continue
        seen.add(leaf.key)
        made = _type(leaf.key, types)
        yield made
        if isinstance(made, ObjectType | InputType):
            waiting.extend(field.type for field in made.fields)


def _refs(function: Function[Binding]) -> Iterator[TypeRef]:
    yield function.returns
    yield from (argument.type for argument in function.arguments)


def _type(key: str, types: Types) -> TypeDef:
    if key in types.enums:
        return types.enums[key]
    if key.endswith(_INPUT):
        return _input_type(types.shapes[key.removesuffix(_INPUT)])
    return _object_type(types.shapes[key])


def _object_type(shape: Shape) -> ObjectType:
    return ObjectType(
        key=shape.key,
        label=shape.label,
        description=shape.description,
        scope=shape.scope,
        source=shape.key,
        fields=tuple(
            Field(member.field, _output(member), shape.said.get(member.field, ""))
            for member in shape.layout.members
        ),
    )


def _input_type(shape: Shape) -> InputType:
    return InputType(
        key=shape.key + _INPUT,
        label=shape.label,
        description=shape.description,
        scope=shape.scope,
        source=shape.key,
        fields=tuple(
            Field(member.field, _input(member), shape.said.get(member.field, ""))
            for member in shape.layout.members
        ),
        exclusive=shape.layout.exclusive,
    )
