"""What goes each way in one operation: bodies, headers, faults."""

from collections.abc import Iterator, Sequence

from upstreams.soap.wsdl.nodes import SOAP, attribute, child, is_tag, qname
from upstreams.soap.wsdl.offers import Attachment, Body, Fault, Header, Part
from upstreams.soap.xml import Element, local_name, namespace

_MIME = "http://schemas.xmlsoap.org/wsdl/mime/"
_TRUE = ("true", "1")


class Named:
    """Messages, port types and bindings, by name."""

    def __init__(self, roots: Sequence[Element]) -> None:
        self._roots = roots
        self._by_name = {
            (tag, name): element
            for tag in ("message", "portType", "binding")
            for name, element in self.declared(tag)
        }

    def declared(self, tag: str) -> Iterator[tuple[str, Element]]:
        """Everything declared under that tag, by its Clark name."""
        for root in self._roots:
            target = root.get("targetNamespace", "")
            for each in root:
                if is_tag(each, tag):
                    name = each.get("name", "")
                    yield (f"{{{target}}}{name}" if target else name), each

    def find(self, tag: str, element: Element, attribute: str) -> Element | None:
        """What an attribute refers to."""
        return self._by_name.get((tag, self.name_of(tag, element, attribute)))

    def name_of(self, tag: str, element: Element, attribute: str) -> str:
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


class Messages:
    """What goes each way in an operation, as a binding has it."""

    def __init__(self, named: Named, bound: Element, declared: Element) -> None:
        self._named = named
        self._bound = bound
        self._declared = declared

    def body(self, way: str) -> Body | None:
        """What goes into the Body one way; None when nothing goes that way."""
        promised = child(self._declared, way)
        if promised is None:
            return None
        around = child(self._bound, way)
        inside = _inside(around, "body")
        message = self._named.find("message", promised, "message")
        parts = () if message is None else tuple(_parts(message))
        wanted = attribute(inside, "parts").split()
        attached = tuple(_attached(around))
        elsewhere = {
            *self._header_parts(around, promised),
            *(attachment.part for attachment in attached),
        }
        return Body(
            tuple(
                part
                for part in parts
                if (part.name in wanted if wanted else part.name not in elsewhere)
            ),
            encoded=_is_encoded(inside),
            namespace=attribute(inside, "namespace") or self._target,
            missing="" if message is not None else promised.get("message", ""),
            attached=attached,
        )

    def headers(self, way: str) -> Iterator[Header]:
        """What goes into the Header one way, whichever message's part it is (WSDL 1.1 §3.7)."""
        for header in _soap_headers(child(self._bound, way)):
            part = self._header_part(header)
            if part is not None:
                yield Header(
                    part,
                    encoded=_is_encoded(header),
                    understood=any(
                        local_name(str(name)) == "mustUnderstand" and text in _TRUE
                        for name, text in header.attrib.items()
                    ),
                    namespace=header.get("namespace", ""),
                )

    def lacking(self) -> Iterator[str]:
        """The headers and faults that no message says anything of, as the document names them."""
        for way in ("input", "output"):
            for header in _soap_headers(child(self._bound, way)):
                if self._header_part(header) is None:
                    yield f"the header {header.get('message', '')}/{header.get('part', '')}"
        for fault in (each for each in self._declared if is_tag(each, "fault")):
            if self._named.find("message", fault, "message") is None:
                yield f"the fault {fault.get('message', '')}"

    def faults(self) -> Iterator[Fault]:
        """What the operation may be refused with (WSDL 1.1 §3.6)."""
        encoded = {
            each.get("name", ""): _is_encoded(_inside(each, "fault"))
            for each in self._bound
            if is_tag(each, "fault")
        }
        for fault in (each for each in self._declared if is_tag(each, "fault")):
            message = self._named.find("message", fault, "message")
            name = fault.get("name", "")
            for part in () if message is None else _parts(message):
                yield Fault(name, part, encoded.get(name, False))

    def _header_part(self, header: Element) -> Part | None:
        """The part that a header is; None where it is declared nowhere."""
        message = self._named.find("message", header, "message")
        wanted = header.get("part")
        parts = () if message is None else _parts(message)
        return next((part for part in parts if part.name == wanted), None)

    @property
    def _target(self) -> str:
        return self._bound.getroottree().getroot().get("targetNamespace", "")

    def _header_parts(self, around: Element | None, promised: Element) -> frozenset[str]:
        """The parts of a message that go into headers rather than into the body."""
        own = self._named.name_of("message", promised, "message")
        return frozenset(
            header.get("part", "")
            for header in _soap_headers(around)
            if self._named.name_of("message", header, "message") == own
        )


def _inside(around: Element | None, tag: str) -> Element | None:
    """What says how a message is written; with attachments it stands deeper."""
    return None if around is None else around.find(f".//{{*}}{tag}")


def _is_encoded(inside: Element | None) -> bool:
    return attribute(inside, "use") == "encoded"


def _attached(around: Element | None) -> Iterator[Attachment]:
    """The parts of a message that are attachments, each once (WSDL 1.1 §5).

    Of one that may be of several types, the first counts.
    """
    contents = () if around is None else around.iter(f"{{{_MIME}}}content")
    types: dict[str, str] = {}
    for each in contents:
        types.setdefault(each.get("part", ""), each.get("type", ""))
    return (Attachment(*each) for each in types.items())


def _soap_headers(around: Element | None) -> Iterator[Element]:
    for header in () if around is None else around.iter("{*}header"):
        if namespace(header.tag) in SOAP:
            yield header


def _parts(message: Element) -> Iterator[Part]:
    for part in message:
        if is_tag(part, "part"):
            element, type_ = qname(part, part.get("element")), qname(part, part.get("type"))
            yield Part(part.get("name", ""), element, type_)
