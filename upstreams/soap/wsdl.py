"""What a WSDL 1.1 document offers: its operations, and how each port has them called.

Read directly, because zeep forgets what decides whether a call can work: `use`, `parts`, ports it
cannot resolve, operations it overwrites, and everything said in words.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from upstreams.soap.model import Version
from upstreams.soap.xml import Element, local_name, namespace

_XML = "http://www.w3.org/XML/1998/namespace"
WSDL = "http://schemas.xmlsoap.org/wsdl/"
_SOAP: Mapping[str, Version] = {
    "http://schemas.xmlsoap.org/wsdl/soap/": Version.SOAP_11,
    "http://schemas.xmlsoap.org/wsdl/soap12/": Version.SOAP_12,
}
_HTTP = (
    "http://schemas.xmlsoap.org/soap/http",
    "http://schemas.xmlsoap.org/soap/http/",
    "http://www.w3.org/2003/05/soap/bindings/HTTP/",
    "http://www.w3.org/2003/05/soap/bindings/HTTP",
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message: an element, or a value of a type."""

    name: str
    element: str = ""
    """The element's Clark name."""
    type: str = ""
    """The type's Clark name."""


@dataclass(frozen=True, slots=True)
class Body:
    """What goes into the Body of an envelope one way."""

    parts: tuple[Part, ...]
    encoded: bool = False
    namespace: str = ""
    """The namespace of the element around the parts of an rpc operation."""
    missing: str = ""
    """The message, where it is named but declared nowhere."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An operation as one port offers it."""

    service: str
    port: str
    version: Version
    address: str
    action: str
    rpc: bool
    request: Body
    response: Body | None
    """None when the operation is one-way."""
    headers: tuple[str, ...] = ()
    """The parts of the request that belong into the envelope's Header."""
    refused: str = ""
    """Why it cannot be called this way; empty when it can."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of a port type, and every way to call it."""

    port_type: str
    """The port type's Clark name."""
    name: str
    description: str = ""
    offers: tuple[Offer, ...] = ()
    refused: str = ""
    """Why nobody can call it; empty when a port offers it."""


def documentation(element: Element) -> str:
    """The words said about a WSDL or XSD element, white space tidied; empty when there are none."""
    texts = (
        "".join(map(str, child.itertext()))
        for holder in (element, *(each for each in element if is_tag(each, "annotation")))
        for child in holder
        if is_tag(child, "documentation")
    )
    return "\n".join(" ".join(text.split()) for text in texts if text.strip())


def qname(element: Element, text: str | None) -> str:
    """The Clark name a prefixed name stands for at this element; empty when there is none.

    An undeclared prefix gives the name without a namespace, which the caller looks up by itself.
    """
    prefix, _, local = (text or "").strip().rpartition(":")
    if not local:
        return ""
    found = _XML if prefix == "xml" else element.nsmap.get(prefix or None)
    return f"{{{found}}}{local}" if found else local


class Definitions:
    """All definitions of a document and those it imports."""

    def __init__(self, roots: Sequence[Element]) -> None:
        self._roots = roots
        self._by_name = {
            (tag, name): element
            for tag in ("message", "portType", "binding")
            for name, element in self._declared(tag)
        }

    def operations(self) -> Iterator[Operation]:
        """Every operation of every port type."""
        for port_type, element in self._declared("portType"):
            declared = [each for each in element if is_tag(each, "operation")]
            times = Counter(each.get("name", "") for each in declared)
            for operation in declared:
                yield self._operation(port_type, operation, times[operation.get("name", "")])

    @property
    def services(self) -> tuple[str, ...]:
        """The names of the services."""
        return tuple(service.get("name", "") for service in self._children("service"))

    @property
    def description(self) -> str:
        """What the document says about itself, or a service about itself."""
        said = map(documentation, (*self._roots, *self._children("service")))
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
        for service in self._children("service"):
            for port in service:
                binding = self._find("binding", port, "binding")
                if binding is None or self._name_of("portType", binding, "type") != port_type:
                    continue
                for bound in binding:
                    if is_tag(bound, "operation") and bound.get("name") == declared.get("name"):
                        yield self._offer(service, port, bound, declared)

    def _offer(self, service: Element, port: Element, bound: Element, declared: Element) -> Offer:
        soap, version = _soap(bound.getparent(), "binding")
        operation, _ = _soap(bound, "operation")
        address, _ = _soap(port, "address")
        style = _attribute(operation, "style") or _attribute(soap, "style")
        return Offer(
            service=service.get("name", ""),
            port=port.get("name", ""),
            version=version,
            address=_attribute(address, "location"),
            action=_attribute(operation, "soapAction"),
            rpc=style == "rpc",
            request=self._body(bound, declared, "input") or Body(()),
            response=self._body(bound, declared, "output"),
            headers=tuple(
                header.get("part", "") for header in _soap_headers(_child(bound, "input"))
            ),
            refused=_refusal(soap, port),
        )

    def _body(self, bound: Element, declared: Element, way: str) -> Body | None:
        """What goes one way; None when nothing does."""
        promised = _child(declared, way)
        if promised is None:
            return None
        around = _child(bound, way)
        inside = None if around is None else around.find(".//{*}body")
        message = self._find("message", promised, "message")
        parts = () if message is None else tuple(_parts(message))
        wanted = _attribute(inside, "parts").split()
        elsewhere = self._header_parts(around, self._name_of("message", promised, "message"))
        return Body(
            tuple(
                part
                for part in parts
                if (part.name in wanted if wanted else part.name not in elsewhere)
            ),
            encoded=_attribute(inside, "use") == "encoded",
            namespace=_attribute(inside, "namespace"),
            missing="" if message is not None else promised.get("message", ""),
        )

    def _header_parts(self, around: Element | None, message: str) -> frozenset[str]:
        """The parts of a message that go into headers rather than into the body."""
        return frozenset(
            header.get("part", "")
            for header in _soap_headers(around)
            if self._name_of("message", header, "message") == message
        )

    def _find(self, tag: str, element: Element, attribute: str) -> Element | None:
        return self._by_name.get((tag, self._name_of(tag, element, attribute)))

    def _name_of(self, tag: str, element: Element, attribute: str) -> str:
        """The Clark name an attribute refers to.

        Where nothing has it, the one thing of that local name is meant: prefixes are often left
        out or undeclared.
        """
        wanted = qname(element, element.get(attribute))
        if (tag, wanted) in self._by_name:
            return wanted
        same = [
            name
            for kind, name in self._by_name
            if kind == tag and local_name(name) == local_name(wanted)
        ]
        return same[0] if len(same) == 1 else wanted

    def _declared(self, tag: str) -> Iterator[tuple[str, Element]]:
        for root in self._roots:
            target = root.get("targetNamespace", "")
            for child in root:
                if is_tag(child, tag):
                    name = child.get("name", "")
                    yield (f"{{{target}}}{name}" if target else name), child

    def _children(self, tag: str) -> Iterator[Element]:
        for root in self._roots:
            yield from (child for child in root if is_tag(child, tag))


def is_tag(element: Element, name: str) -> bool:
    """Whether an element has that local name."""
    return local_name(element.tag) == name


def _pattern(declared: Element) -> str:
    """Why an operation's message pattern cannot be served; empty when it can (WSDL 1.1 §2.4)."""
    first = next((each for each in declared if local_name(each.tag) in ("input", "output")), None)
    if first is None:
        return "it has neither input nor output"
    if is_tag(first, "output"):
        return "the backend sends the first message (a notification or solicit-response)"
    return ""


def _child(element: Element, tag: str) -> Element | None:
    return next((child for child in element if is_tag(child, tag)), None)


def _soap(element: Element | None, tag: str) -> tuple[Element | None, Version]:
    """The SOAP extension element of that name, and the version whose it is."""
    for child in () if element is None else element:
        version = _SOAP.get(namespace(child.tag))
        if version is not None and is_tag(child, tag):
            return child, version
    return None, Version.SOAP_11


def _attribute(element: Element | None, name: str) -> str:
    return "" if element is None else element.get(name, "")


def _refusal(soap: Element | None, port: Element) -> str:
    """Why a port cannot be called; empty when it can."""
    if soap is None:
        return f"the binding of port {port.get('name')} is not SOAP"
    if (transport := soap.get("transport", _HTTP[0])) not in _HTTP:
        return f"port {port.get('name')} is not reached over HTTP but {transport}"
    return ""


def _soap_headers(around: Element | None) -> Iterator[Element]:
    for header in () if around is None else around.iter("{*}header"):
        if namespace(header.tag) in _SOAP:
            yield header


def _parts(message: Element) -> Iterator[Part]:
    for part in message:
        if is_tag(part, "part"):
            element, type_ = qname(part, part.get("element")), qname(part, part.get("type"))
            yield Part(part.get("name", ""), element, type_)
