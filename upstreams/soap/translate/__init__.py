"""A WSDL document and its schemas as a catalog.

Read in this order: this file (operations), `messages` (what goes in and out), `types`, `batches`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from zeep.xsd import Schema

from upstreams.errors import DiscoveryError
from upstreams.model import Catalog, Effect, Function, Remark, Skipped, TypeRef
from upstreams.soap.mend import Declared
from upstreams.soap.model import Binding, SoapCatalog, Version, Wire
from upstreams.soap.translate.batches import batched
from upstreams.soap.translate.messages import Messages, arguments, returned
from upstreams.soap.translate.types import catalog_types
from upstreams.soap.wsdl import Definitions, Offer, Operation
from upstreams.soap.xml import local_name
from upstreams.soap.xsd import Types, UndeclaredError

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


@dataclass(frozen=True)
class Description:
    """A WSDL document with everything it imports, read and mended."""

    definitions: Definitions
    schema: Schema
    declared: Declared
    port: str | None = None
    """The port that is preferred to all others."""
    carried: frozenset[str] = frozenset()
    """What calls carry of what policies may ask for, as `wsdl.Offer.demands`."""
    assumed: tuple[Remark, ...] = ()


class _CannotMapError(Exception):
    """An operation that cannot be offered, and why."""


def translate(description: Description) -> SoapCatalog:
    """Everything the document offers. Raises `DiscoveryError` when the preferred port is none."""
    operations = list(description.definitions.operations())
    types = Types(
        description.schema, description.declared, encoded=any(map(_is_encoded, operations))
    )
    if description.port is not None:
        operations = _preferring(description.port, operations)
    functions: list[Function[Binding]] = []
    skipped: list[Skipped] = []
    for name, operation in zip(_names(operations), operations, strict=True):
        try:
            functions.append(_function(name, operation, types))
        except _CannotMapError as reason:
            skipped.append(Skipped(name, str(reason)))
    services = description.definitions.services
    declared = catalog_types((ref for each in functions for ref in _refs(each)), types)
    return Catalog(
        kind="soap",
        functions=tuple(batched(functions, declared)),
        types=declared,
        wire=Wire(
            {key: types.shapes[key].layout for key in sorted(types.shapes)},
            {key: types.kinships[key].family for key in sorted(types.kinships)},
        ),
        title=services[0] if services else "",
        description=description.definitions.description,
        url=next((each.binding.address for each in functions), ""),
        skipped=tuple(skipped),
        degraded=tuple(_remarks(types.degraded)),
        assumed=tuple(
            dict.fromkeys(
                (
                    *description.assumed,
                    *_assumed(operations),
                    *_unmet(operations, description.carried),
                    *_remarks(types.assumed),
                )
            )
        ),
    )


def _preferring(port: str, operations: Sequence[Operation]) -> list[Operation]:
    """The operations, those that the port offers without any other way to call them."""
    names = {offer.port: None for each in operations for offer in each.offers}
    if port not in names:
        raise DiscoveryError(f"no port is called {port}; there are {', '.join(names)}")
    return [
        replace(each, offers=chosen) if chosen else each
        for each in operations
        for chosen in [tuple(offer for offer in each.offers if offer.port == port)]
    ]


def _remarks(reasons: Mapping[str, str]) -> Iterator[Remark]:
    return (Remark(at, reason) for at, reason in sorted(reasons.items()))


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
    messages = Messages(operation, offer, types)
    try:
        binding = Binding(
            offer.version,
            offer.action,
            offer.address,
            messages.request,
            messages.response,
            sent=tuple(messages.blocks(offer.sent)),
            received=tuple(messages.blocks(offer.received)),
            faults=tuple(messages.faults()),
            addressing=offer.addressing,
            attached=tuple(messages.attached()),
        )
    except UndeclaredError as error:
        raise _CannotMapError(f"its message has {error}, which no schema declares") from error
    return Function(
        name=name,
        label=operation.name,
        # Equal reads are made once; files are equal to nothing.
        effect=Effect.WRITE if binding.attached else _effect(operation.name),
        returns=returned(binding.response, types),
        binding=binding,
        arguments=tuple(arguments(binding, types)),
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
    if offer.refused:
        return offer.refused
    if offer.request.missing:
        return f"the message {offer.request.missing} is declared nowhere"
    if not all(attachment.part for attachment in offer.request.attached):
        return f"port {offer.port} wants an attachment, but does not say which part it is"
    return ""


def _is_encoded(operation: Operation) -> bool:
    """Whether a message of it says of which types its values are (SOAP 1.1 §5)."""
    return any(
        each.encoded
        for offer in operation.offers
        for each in (offer.request, offer.response, *offer.sent, *offer.received, *offer.faults)
        if each is not None
    )


def _assumed(operations: Iterable[Operation]) -> Iterator[Remark]:
    for operation in operations:
        able = [offer for offer in operation.offers if not _refusal(offer)]
        if len({offer.address for offer in able}) > 1:
            reason = (
                f"served at several addresses; the one of port {_best(operation).port} is taken"
            )
            yield Remark(operation.port_type, reason)
        for lacking in _best(operation).lacking if able else ():
            reason = f"{lacking} is declared nowhere; it is left out"
            yield Remark(f"{operation.port_type}/{operation.name}", reason)


def _unmet(operations: Iterable[Operation], carried: frozenset[str]) -> Iterator[Remark]:
    """What callable operations ask for that calls do not carry."""
    for operation in operations:
        if all(map(_refusal, operation.offers)):
            continue
        offer = _best(operation)
        if unmet := [name for name in offer.demands if name not in carried]:
            reason = f"it asks for {', '.join(unmet)} (WS-SecurityPolicy), which calls do not carry"
            yield Remark(operation.port_type, f"{reason}; see `auth`")


def _effect(name: str) -> Effect:
    """`getAccount` -> READ, `Get_Account` -> READ, `gettyUpload` -> WRITE."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return Effect.READ if words and words[0].lower() in _READING else Effect.WRITE


def _refs(function: Function[Binding]) -> Iterator[TypeRef]:
    yield function.returns
    yield from (argument.type for argument in function.arguments)
