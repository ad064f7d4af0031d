"""SOAP envelopes, opened and closed."""

import pytest
from lxml import etree

from app.demo import envelope
from app.demo.envelope import SOAP_11, SOAP_12, Fault, Version

VERSIONS = pytest.mark.parametrize("version", [SOAP_11, SOAP_12], ids=["1.1", "1.2"])


@VERSIONS
def test_what_was_closed_can_be_opened(version: Version) -> None:
    """The content comes out of an envelope as it went in."""
    text = envelope.closed(etree.fromstring("<tea><kind>green</kind></tea>"), version)

    root = envelope.parsed(text)

    assert envelope.version_of(root) is version
    assert envelope.opened(root, version).findtext("kind") == "green"


@VERSIONS
@pytest.mark.parametrize("inside", ["", "<a/><b/>"])
def test_exactly_one_element(version: Version, inside: str) -> None:
    """A body without an element, or with two, is refused."""
    root = etree.fromstring(
        f'<e:Envelope xmlns:e="{version.namespace}"><e:Body>{inside}</e:Body></e:Envelope>'
    )

    with pytest.raises(Fault, match="exactly one element"):
        envelope.opened(root, version)


def test_a_fault_of_soap_11() -> None:
    """Its children have no namespace, and the code is one word (section 4.4)."""
    fault = envelope.fault(Fault("no tea", etree.Element("cup")), SOAP_11)

    assert fault.findtext("faultcode") == "soap:Client"
    assert fault.findtext("faultstring") == "no tea"
    assert fault.find("detail/cup") is not None


def test_a_fault_of_soap_12() -> None:
    """Its children are in the envelope's namespace, and the reason has a language (5.4)."""
    names = {"soap": SOAP_12.namespace, "xml": "http://www.w3.org/XML/1998/namespace"}

    fault = envelope.fault(Fault("no tea", etree.Element("cup")), SOAP_12)

    assert fault.findtext("soap:Code/soap:Value", namespaces=names) == "soap:Sender"
    assert fault.findtext("soap:Reason/soap:Text[@xml:lang='en']", namespaces=names) == "no tea"
    assert fault.find("soap:Detail/cup", names) is not None


def test_a_fault_without_detail() -> None:
    """There is no empty detail."""
    fault = envelope.fault(Fault("no tea"), SOAP_11)

    assert fault.find("detail") is None


def test_entities_are_not_expanded() -> None:
    """Entities that multiply are refused before they do."""
    laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(12))

    with pytest.raises(Fault):
        envelope.parsed(f'<!DOCTYPE e [<!ENTITY l0 "ha">{laughs}]><e>&l12;</e>'.encode())
