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
from upstreams.model import (
    Effect,
    Field,
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
from upstreams.soap.model import Message, Nested, Version

STRING = Scalar(ScalarKind.STRING)
WRAPPERS = element("GetAccount", sequence("id xs:string")) + element(
    "GetAccountResponse", sequence('account xs:string minOccurs="0"')
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
    text = DEFINITIONS.format(
        inside=f"""<types>{schema(WRAPPERS)}</types>
        <message name="GetAccount"><part name="in" element="b:GetAccount"/></message>
        <message name="GetAccountResponse"><part name="out" element="b:GetAccountResponse"/>
        </message>{port_type("GetAccount")}{binding("GetAccount")}
        {binding("GetAccount", name="Soap12", version="soap12")}
        {service(ADDRESS, "Soap12 soap12 http://127.0.0.1:9/bank12")}"""
    )

    catalog = await discovered(tmp_path, text)

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


async def test_encoded_is_skipped(tmp_path: Path) -> None:
    """What cannot be called is listed with the reason."""
    text = rpc_literal('<part name="id" type="xs:int"/>', '<part name="it" type="xs:string"/>')

    catalog = await discovered(tmp_path, text.replace('"literal"', '"encoded"'))

    assert catalog.functions == ()
    assert catalog.skipped == (
        Skipped(
            "GetAccount",
            "port SoapPort wants rpc/encoded messages (SOAP 1.1 §5), which are not written",
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


async def test_undeclared_message(tmp_path: Path) -> None:
    """An operation whose message no schema declares is skipped; the others are not."""
    catalog = await discovered(tmp_path, document_literal(element("GetAccount", "")))

    assert catalog.skipped == (
        Skipped(
            "GetAccount",
            "its message has the element {urn:bank}GetAccountResponse, which no schema declares",
        ),
    )


async def test_stored_and_restored(tmp_path: Path) -> None:
    """A catalog is the same after having been stored."""
    catalog = await discovered(tmp_path, document_literal(WRAPPERS))

    assert restore(store(catalog), KIND.catalog) == catalog
