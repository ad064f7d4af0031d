"""All definitions of a document and those it imports."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from upstreams.soap.wsdl.messages import Messages, Named
from upstreams.soap.wsdl.nodes import attribute, documentation, is_tag, soap
from upstreams.soap.wsdl.offers import Body, Offer, Operation
from upstreams.soap.wsdl.policies import Policies, addressing, demands
from upstreams.soap.xml import Element, local_name

_HTTP = (
    "http://schemas.xmlsoap.org/soap/http",
    "http://schemas.xmlsoap.org/soap/http/",
    "http://www.w3.org/2003/05/soap/bindings/HTTP/",
    "http://www.w3.org/2003/05/soap/bindings/HTTP",
)


@dataclass(frozen=True, slots=True)
class _Port:
    """A binding at an address."""

    service: str
    name: str
    address: str
    binding: Element
    policed: tuple[Element, ...]
    """The elements that say what every call has to carry."""


class Definitions:
    """What the documents offer together."""

    def __init__(self, roots: Sequence[Element]) -> None:
        self._roots = roots
        self._named = Named(roots)
        self._policies = Policies(roots)

    def operations(self) -> Iterator[Operation]:
        """Every operation of every port type."""
        for port_type, element in self._named.declared("portType"):
            declared = [each for each in element if is_tag(each, "operation")]
            times = Counter(each.get("name", "") for each in declared)
            for operation in declared:
                yield self._operation(port_type, operation, times[operation.get("name", "")])

    @property
    def has_bindings(self) -> bool:
        """Whether anything in it could be called, at an address it may not give."""
        return any(True for _ in self._named.declared("binding"))

    @property
    def services(self) -> tuple[str, ...]:
        """The names of the services."""
        return tuple(service.get("name", "") for service in self._services())

    @property
    def description(self) -> str:
        """What the document says about itself, or a service about itself."""
        said = map(documentation, (*self._roots, *self._services()))
        return next(filter(None, said), "")

    def _operation(self, port_type: str, declared: Element, times: int) -> Operation:
        refused = _pattern(declared)
        if times > 1:
            refused = "declared more than once in its port type (overloaded)"
        offers = () if refused else tuple(self._offers(port_type, declared))
        return Operation(
            port_type,
            declared.get("name", ""),
            documentation(declared),
            offers,
            refused or ("" if offers else "no port of any service offers it"),
        )

    def _offers(self, port_type: str, declared: Element) -> Iterator[Offer]:
        for port in self._ports():
            if self._named.name_of("portType", port.binding, "type") != port_type:
                continue
            for bound in port.binding:
                if is_tag(bound, "operation") and bound.get("name") == declared.get("name"):
                    yield self._offer(port, port_type, bound, declared)

    def _ports(self) -> Iterator[_Port]:
        """Every port of every service; where there is no service, every binding as one."""
        for service in self._services():
            for port in service:
                binding = self._named.find("binding", port, "binding")
                address, _ = soap(port, "address")
                if binding is not None:
                    location = attribute(address, "location")
                    name = port.get("name", "")
                    yield _Port(service.get("name", ""), name, location, binding, (port, binding))
        if not self.services:
            for _, binding in self._named.declared("binding"):
                yield _Port("", binding.get("name", ""), "", binding, (binding,))

    def _offer(self, port: _Port, port_type: str, bound: Element, declared: Element) -> Offer:
        binding, version = soap(port.binding, "binding")
        operation, _ = soap(bound, "operation")
        style = attribute(operation, "style") or attribute(binding, "style")
        messages = Messages(self._named, bound, declared)
        action = attribute(operation, "soapAction")
        asserted = self._policies.asserted(*port.policed, bound, *bound)
        return Offer(
            service=port.service,
            port=port.name,
            version=version,
            address=port.address,
            action=action,
            rpc=style == "rpc",
            request=messages.body("input") or Body(()),
            response=messages.body("output"),
            sent=tuple(messages.headers("input")),
            received=tuple(messages.headers("output")),
            faults=tuple(messages.faults()),
            lacking=tuple(messages.lacking()),
            addressing=addressing(asserted, port_type, declared, action),
            demands=demands(asserted),
            refused=_refusal(binding, port.name),
        )

    def _services(self) -> Iterator[Element]:
        for root in self._roots:
            yield from (each for each in root if is_tag(each, "service"))


def _pattern(declared: Element) -> str:
    """Why an operation's message pattern cannot be served; empty when it can (WSDL 1.1 §2.4)."""
    first = next((each for each in declared if local_name(each.tag) in ("input", "output")), None)
    if first is None:
        return "it has neither input nor output"
    if is_tag(first, "output"):
        return "the backend sends the first message (a notification or solicit-response)"
    return ""


def _refusal(binding: Element | None, port: str) -> str:
    """Why a port cannot be called; empty when it can."""
    if binding is None:
        return f"the binding of port {port} is not SOAP"
    if (transport := binding.get("transport", _HTTP[0])) not in _HTTP:
        return f"port {port} is not reached over HTTP but {transport}"
    return ""
