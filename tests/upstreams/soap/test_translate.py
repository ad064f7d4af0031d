"""Operations become functions: their names, effects, arguments, and what they give."""

from pathlib import Path

import pytest

from tests.upstreams.soap.conftest import function
from tests.upstreams.soap.documents import (
    ADDRESS,
    DEFINITIONS,
    binding,
    discovered,
    document_literal,
    element,
    port_type,
    rpc_literal,
    schema,
    sequence,
    service,
)
from upstreams.errors import DiscoveryError
from upstreams.model import (
    Effect,
    Field,
    InputType,
    Named,
    Remark,
    Required,
    Scalar,
    ScalarKind,
    Skipped,
    restore,
    store,
)
from upstreams.soap import KIND
from upstreams.soap.model import Attached, Message, Nested, Settings, Version

STRING = Scalar(ScalarKind.STRING)
WRAPPERS = element("GetAccount", sequence("id xs:string")) + element(
    "GetAccountResponse", sequence('account xs:string minOccurs="0"')
)
TWO_PORTS = DEFINITIONS.format(
    inside=f"""<types>{schema(WRAPPERS)}</types>
    <message name="GetAccount"><part name="in" element="b:GetAccount"/></message>
    <message name="GetAccountResponse"><part name="out" element="b:GetAccountResponse"/>
    </message>{port_type("GetAccount")}{binding("GetAccount")}
    {binding("GetAccount", name="Soap12", version="soap12")}
    {service(ADDRESS, "Soap12 soap12 http://127.0.0.1:9/bank12")}"""
)


async def test_document_literal(tmp_path: Path) -> None:
    """The request is one argument; an answer with one element is the value of that element."""
    catalog = await discovered(tmp_path, document_literal(WRAPPERS))

    (made,) = catalog.functions
    assert (made.name, made.label, made.effect) == ("GetAccount", "GetAccount", Effect.READ)
    assert made.arguments == (Field("input", Required(Named("<{urn:bank}GetAccount>#input"))),)
    assert made.returns == STRING
    assert made.scope == ("Bank", "BankService")
    assert made.description == "What GetAccount does."
    assert (made.binding.version, made.binding.action) == (Version.SOAP_11, "urn:do")
    assert made.binding.response == Message(
        "{urn:bank}GetAccountResponse", Nested("<{urn:bank}GetAccountResponse>"), alone="account"
    )
    assert (catalog.title, catalog.url) == ("BankService", "http://127.0.0.1:9/bank")


async def test_nothing_in_nothing_out(tmp_path: Path) -> None:
    """Empty wrappers are no argument, and Void."""
    text = document_literal(element("GetAccount", "") + element("GetAccountResponse", ""))

    catalog = await discovered(tmp_path, text)

    (made,) = catalog.functions
    assert (made.arguments, made.returns) == ((), Scalar(ScalarKind.VOID))


async def test_optional_input(tmp_path: Path) -> None:
    """The argument may be left out when everything in it may."""
    request = element("GetAccount", sequence('id xs:string minOccurs="0"'))
    text = document_literal(request + element("GetAccountResponse", ""))

    catalog = await discovered(tmp_path, text)

    (made,) = catalog.functions
    assert made.arguments == (Field("input", Named("<{urn:bank}GetAccount>#input")),)


async def test_rpc_literal(tmp_path: Path) -> None:
    """The parts of an rpc message are the fields of a type of the operation's own."""
    text = rpc_literal(
        '<part name="id" type="xs:int"/><part name="full" type="xs:boolean"/>',
        '<part name="account" type="xs:string"/><part name="owner" type="xs:string"/>',
    )

    catalog = await discovered(tmp_path, text)

    (made,) = catalog.functions
    assert made.binding.request.element == "{urn:bank:calls}GetAccount"
    assert made.returns == Named("{urn:bank}Bank/GetAccountResponse")
    layout = catalog.wire.layouts["{urn:bank}Bank/GetAccount"]
    assert [(member.field, member.name) for member in layout.members] == [
        ("id", "id"),
        ("full", "full"),
    ]


async def test_soap_12_is_preferred(tmp_path: Path) -> None:
    """Several ports of one port type are one function, called with SOAP 1.2."""
    catalog = await discovered(tmp_path, TWO_PORTS)

    (made,) = catalog.functions
    assert (made.binding.version, made.binding.address) == (
        Version.SOAP_12,
        "http://127.0.0.1:9/bank12",
    )
    assert catalog.assumed == (
        Remark(
            "{urn:bank}Bank", "served at several addresses; the one of port Soap12Port is taken"
        ),
    )


def attaching(*attached: str) -> str:
    """An operation that takes a number, and those attachments."""
    mime = 'xmlns:m="http://schemas.xmlsoap.org/wsdl/mime/"'
    part = '<part name="id" type="xs:int"/><part name="input" type="xs:base64Binary"/>'
    text = rpc_literal(part, '<part name="it" type="xs:string"/>')
    contents = "".join(f"<m:content {mime} {each}/>" for each in attached)
    return text.replace("<input><", f"<input>{contents}<")


async def test_attachments(tmp_path: Path) -> None:
    """What goes beside the envelope is an argument of its own, of the first type it may have."""
    text = attaching('part="input" type="image/png"', 'part="input" type="image/gif"')

    (found,) = (await discovered(tmp_path, text)).functions

    assert found.arguments[1:] == (
        Field(
            "inputAttachment",
            Required(Scalar(ScalarKind.UPLOAD)),
            "The attachment `input`, image/png.",
        ),
    )
    assert found.effect is Effect.WRITE
    assert found.binding.attached == (Attached("inputAttachment", "input", "image/png"),)


async def test_an_attachment_of_no_part_is_skipped(tmp_path: Path) -> None:
    """What cannot be called is listed with the reason."""
    catalog = await discovered(tmp_path, attaching('type="image/png"'))

    assert catalog.functions == ()
    assert catalog.skipped == (
        Skipped(
            "GetAccount",
            "port SoapPort wants an attachment, but does not say which part it is",
        ),
    )


async def test_same_operation_in_two_port_types(tmp_path: Path) -> None:
    """Where two port types have an operation of one name, the port type tells them apart."""
    text = document_literal(WRAPPERS)
    other = (
        port_type("GetAccount", name="Vault")
        + binding("GetAccount", name="Other").replace('type="b:Bank"', 'type="b:Vault"')
        + service("Other soap http://127.0.0.1:9/vault").replace("BankService", "VaultService")
    )

    catalog = await discovered(tmp_path, text.replace("</definitions>", f"{other}</definitions>"))

    assert [each.name for each in catalog.functions] == ["Bank/GetAccount", "Vault/GetAccount"]


async def test_what_cannot_be_called_gives_way(tmp_path: Path) -> None:
    """The same operation again over plain HTTP is skipped, and leaves the short name alone."""
    http = "http://schemas.xmlsoap.org/wsdl/http/"
    other = f"""{port_type("GetAccount", name="Plain")}
        <binding name="Plain" type="b:Plain"><h:binding xmlns:h="{http}" verb="GET"/>
        <operation name="GetAccount"/></binding>
        <service name="Other"><port name="PlainPort" binding="b:Plain"/></service>"""
    text = document_literal(WRAPPERS).replace("</definitions>", f"{other}</definitions>")

    catalog = await discovered(tmp_path, text)

    assert [each.name for each in catalog.functions] == ["GetAccount"]
    assert catalog.skipped == (
        Skipped("Plain/GetAccount", "the binding of port PlainPort is not SOAP"),
    )


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("getAccount", Effect.READ),
        ("Find_Accounts", Effect.READ),
        ("isOpen", Effect.READ),
        ("IssueCard", Effect.WRITE),
        ("Getaway", Effect.WRITE),
        ("transfer", Effect.WRITE),
    ],
)
async def test_effects(tmp_path: Path, name: str, effect: Effect) -> None:
    """The first word of an operation's name says whether it reads."""
    text = document_literal(element(name, "") + element(f"{name}Response", ""), name)

    catalog = await discovered(tmp_path, text)

    assert function(catalog, name).effect is effect


async def test_undeclared_element(tmp_path: Path) -> None:
    """A message's element that no schema declares may have any content."""
    catalog = await discovered(tmp_path, document_literal(element("GetAccount", "")))

    (made,) = catalog.functions
    assert made.returns == Scalar(ScalarKind.JSON)
    assert catalog.degraded == (
        Remark("<{urn:bank}GetAccountResponse>", "it is declared nowhere; any content is allowed"),
    )


async def test_element_of_another_namespace(tmp_path: Path) -> None:
    """Where no element has a message's name but one has its local name, that is meant."""
    text = document_literal(WRAPPERS).replace('element="b:GetAccount', 'element="GetAccount')

    catalog = await discovered(tmp_path, text)

    (made,) = catalog.functions
    assert made.returns == STRING
    assert made.binding.request.element == "{urn:bank}GetAccount"
    assert [remark.reason for remark in catalog.assumed] == [
        "no schema declares it; {urn:bank}GetAccount is taken",
        "no schema declares it; {urn:bank}GetAccountResponse is taken",
    ]


async def test_type_in_place_of_an_element(tmp_path: Path) -> None:
    """Where no element has a message's name but a type has, an element of that type is meant."""
    text = document_literal(
        element("GetAccount", "")
        + f'<xs:complexType name="GetAccountResponse">{sequence("id xs:int")}</xs:complexType>'
    )

    catalog = await discovered(tmp_path, text)

    (made,) = catalog.functions
    assert made.returns == Scalar(ScalarKind.INT)
    assert [remark.reason for remark in catalog.assumed] == [
        "no schema declares it; it has the type of its name"
    ]


async def test_missing_output_message(tmp_path: Path) -> None:
    """An answer whose message is declared nowhere may be anything."""
    text = document_literal(WRAPPERS).replace(
        'output message="b:GetAccountResponse"', 'output message="b:Gone"'
    )

    catalog = await discovered(tmp_path, text)

    assert catalog.functions[0].returns == Scalar(ScalarKind.JSON)


async def test_port_of_choice(tmp_path: Path) -> None:
    """The port that the settings name is called by, and nothing is taken for granted."""
    path = tmp_path / "bank.wsdl"
    path.write_text(TWO_PORTS)

    catalog = await KIND.discover(Settings(soap=str(path), port="SoapPort"))

    assert catalog.functions[0].binding.version is Version.SOAP_11
    assert catalog.assumed == ()


async def test_no_such_port(tmp_path: Path) -> None:
    """A port that is not there is an error that names those that are."""
    path = tmp_path / "bank.wsdl"
    path.write_text(TWO_PORTS)

    with pytest.raises(DiscoveryError, match="no port is called Gone; there are SoapPort, Soap12"):
        await KIND.discover(Settings(soap=str(path), port="Gone"))


async def test_one_of(tmp_path: Path) -> None:
    """A request that is one choice must be given, and is one of its branches."""
    choice = (
        '<xs:choice><xs:element name="id" type="xs:int"/>'
        '<xs:element name="name" type="xs:string"/></xs:choice>'
    )
    text = document_literal(element("GetAccount", choice) + element("GetAccountResponse", ""))

    catalog = await discovered(tmp_path, text)

    (argument,) = catalog.functions[0].arguments
    made = next(each for each in catalog.types if isinstance(each, InputType))
    assert isinstance(argument.type, Required)
    assert (made.one_of, made.exclusive) == (True, ())


async def test_stored_and_restored(tmp_path: Path) -> None:
    """A catalog is the same after having been stored."""
    catalog = await discovered(tmp_path, document_literal(WRAPPERS))

    assert restore(store(catalog), KIND.catalog) == catalog
