"""SOAP envelopes, versions 1.1 and 1.2, opened and closed with lxml."""

from dataclasses import dataclass
from http import HTTPStatus

from lxml import etree
from lxml.etree import QName, _Element


@dataclass(frozen=True, slots=True)
class Version:
    """What differs between SOAP 1.1 and SOAP 1.2."""

    namespace: str
    media_type: str
    blame_sender: str
    """The local name of the code that says: your request is at fault."""
    fault_status: HTTPStatus


SOAP_11 = Version(
    "http://schemas.xmlsoap.org/soap/envelope/",
    "text/xml; charset=utf-8",
    "Client",
    HTTPStatus.INTERNAL_SERVER_ERROR,
)
SOAP_12 = Version(
    "http://www.w3.org/2003/05/soap-envelope",
    "application/soap+xml; charset=utf-8",
    "Sender",
    HTTPStatus.BAD_REQUEST,
)
_VERSIONS = {version.namespace: version for version in (SOAP_11, SOAP_12)}


class Fault(Exception):  # noqa: N818 - SOAP's own word
    """The request is answered with a fault, which blames the sender."""

    def __init__(self, reason: str, detail: _Element | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def parsed(text: bytes) -> _Element:
    """The root of a document from a stranger: no document type, no entities, no network."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        raise Fault(f"not XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Fault("a document type is not allowed")
    return root


def version_of(envelope: _Element) -> Version:
    """Raises `Fault` when it is an envelope of neither version."""
    name = QName(envelope)
    version = _VERSIONS.get(name.namespace or "")
    if version is None or name.localname != "Envelope":
        raise Fault("neither a SOAP 1.1 nor a SOAP 1.2 envelope")
    return version


def opened(envelope: _Element, version: Version) -> _Element:
    """The one element of the body."""
    inside = envelope.findall(f"{{{version.namespace}}}Body/*")
    if len(inside) != 1:
        raise Fault("the body has to have exactly one element")
    return inside[0]


def closed(content: _Element, version: Version) -> bytes:
    """The text of an envelope around the content."""
    envelope = etree.Element(_tag(version, "Envelope"), nsmap={"soap": version.namespace})
    etree.SubElement(envelope, _tag(version, "Body")).append(content)
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")


def fault(failure: Fault, version: Version) -> _Element:
    """The fault as this version writes it (SOAP 1.1 section 4.4, SOAP 1.2 part 1 section 5.4)."""
    code = f"soap:{version.blame_sender}"
    root = etree.Element(_tag(version, "Fault"), nsmap={"soap": version.namespace})
    if version is SOAP_11:
        etree.SubElement(root, "faultcode").text = code
        etree.SubElement(root, "faultstring").text = failure.reason
        detail = "detail"
    else:
        outer = etree.SubElement(root, _tag(version, "Code"))
        etree.SubElement(outer, _tag(version, "Value")).text = code
        reason = etree.SubElement(root, _tag(version, "Reason"))
        text = etree.SubElement(reason, _tag(version, "Text"))
        text.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
        text.text = failure.reason
        detail = _tag(version, "Detail")
    if failure.detail is not None:
        etree.SubElement(root, detail).append(failure.detail)
    return root


def _tag(version: Version, name: str) -> str:
    return f"{{{version.namespace}}}{name}"
