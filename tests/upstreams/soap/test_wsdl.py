"""What a WSDL says about its operations is all there: headers, patterns, parts, loose names."""

from pathlib import Path

from tests.upstreams.soap.documents import discovered, document_literal, element, sequence
from upstreams.model import Remark, Skipped

OPERATION = '<operation name="GetAccount">'
PLAIN = document_literal(
    element("GetAccount", sequence("id xs:string"))
    + element("GetAccountResponse", sequence("owner xs:string"))
    + element("Session", sequence("key xs:string"))
)


async def test_one_way(tmp_path: Path) -> None:
    """An operation without an output promises no answer."""
    catalog = await discovered(
        tmp_path, PLAIN.replace('<output message="b:GetAccountResponse"/>', "")
    )

    (made,) = catalog.functions
    assert made.binding.response is None


async def test_notification(tmp_path: Path) -> None:
    """An operation the backend starts is skipped."""
    text = PLAIN.replace('<input message="b:GetAccount"/>', "")

    catalog = await discovered(tmp_path, text)

    reason = "the backend sends the first message (a notification or solicit-response)"
    assert catalog.skipped == (Skipped("GetAccount", reason),)


async def test_overloaded(tmp_path: Path) -> None:
    """Operations of one name in one port type are skipped, each of them."""
    end = "</operation></portType>"
    second = f'</operation>{OPERATION}<input message="b:GetAccount"/>{end}'

    catalog = await discovered(tmp_path, PLAIN.replace(end, second, 1))

    reason = "declared more than once in its port type (overloaded)"
    assert [each.reason for each in catalog.skipped] == [reason, reason]


async def test_header_part(tmp_path: Path) -> None:
    """A part that belongs into the header is not in the body, but an argument of its own."""
    part = '<part name="in" element="b:GetAccount"/>'
    header = '<input><soap:header message="b:GetAccount" part="session" use="literal"/>'
    text = PLAIN.replace(part, f'{part}<part name="session" element="b:Session"/>')

    catalog = await discovered(tmp_path, text.replace("<input><", f"{header}<"))

    (made,) = catalog.functions
    assert made.binding.request.element == "{urn:bank}GetAccount"
    assert [each.message.element for each in made.binding.sent] == ["{urn:bank}Session"]
    assert "SessionHeader" in [each.name for each in made.arguments]


async def test_undeclared_header_and_fault(tmp_path: Path) -> None:
    """What nobody declares is left out, and told."""
    place = "{urn:bank}Bank/GetAccount"
    header = '<input><soap:header message="b:Gone" part="session" use="literal"/>'
    text = PLAIN.replace("<input><", f"{header}<").replace(
        '<output message="b:GetAccountResponse"/>',
        '<output message="b:GetAccountResponse"/><fault name="Lost" message="b:Lost"/>',
    )

    catalog = await discovered(tmp_path, text)

    assert [each.name for each in catalog.functions] == ["GetAccount"]
    assert catalog.assumed == (
        Remark(place, "the header b:Gone/session is declared nowhere; it is left out"),
        Remark(place, "the fault b:Lost is declared nowhere; it is left out"),
    )


async def test_loose_names(tmp_path: Path) -> None:
    """Names without their prefix, or with one nobody declared, are found where they are clear."""
    text = PLAIN.replace('binding="b:Soap"', 'binding="Soap"')

    catalog = await discovered(tmp_path, text.replace('type="b:Bank"', 'type="nobody:Bank"'))

    assert [each.name for each in catalog.functions] == ["GetAccount"]


async def test_unbound_operation(tmp_path: Path) -> None:
    """An operation no port offers is skipped."""
    catalog = await discovered(tmp_path, PLAIN.replace('name="SoapPort" binding="b:Soap"', ""))

    assert catalog.skipped == (Skipped("GetAccount", "no port of any service offers it"),)
