"""Mistakes in descriptions are mended where it is clear what was meant, and listed."""

from pathlib import Path

import pytest

from tests.upstreams.soap.documents import discovered, document_literal, element, sequence
from upstreams.model import Field, Named, ObjectType, Remark, Required, Scalar, ScalarKind
from upstreams.soap.model import SoapCatalog
from upstreams.soap.xml import Values

ANSWER = "<{urn:bank}GetAccountResponse>"


def answer(catalog: SoapCatalog) -> ObjectType:
    made = next(each for each in catalog.types if each.key == ANSWER)
    assert isinstance(made, ObjectType)
    return made


async def mended(folder: Path, declarations: str) -> SoapCatalog:
    return await discovered(folder, document_literal(element("GetAccount", "") + declarations))


@pytest.mark.parametrize("type_", ["b:Nowhere", "nobody:Knows", "xs:strin"])
async def test_undeclared_type(tmp_path: Path, type_: str) -> None:
    """A type nobody declares is taken as anything, without losing the rest."""
    content = sequence(f'it {type_} minOccurs="0"', 'id xs:int minOccurs="0"')

    catalog = await mended(tmp_path, element("GetAccountResponse", content))

    assert answer(catalog).fields == (
        Field("it", Scalar(ScalarKind.JSON)),
        Field("id", Scalar(ScalarKind.INT)),
    )
    (remark,) = catalog.assumed
    assert remark.at.startswith("bank.wsdl line ")
    assert remark.reason == f"the type {type_} is declared nowhere; anything is taken"


async def test_missing_import(tmp_path: Path) -> None:
    """What an import that cannot be read was not needed for is still there."""
    catalog = await mended(
        tmp_path,
        '<xs:import namespace="urn:gone" schemaLocation="gone.xsd"/>'
        + element("GetAccountResponse", sequence("id xs:int")),
    )

    assert [each.name for each in catalog.functions] == ["GetAccount"]
    assert Remark("gone.xsd", "not imported: No such file or directory") in catalog.assumed


NOWHERE = """<{x}schema {default} elementFormDefault="{form}">
  <{x}element name="GetAccount"><{x}complexType><{x}sequence>
    <{x}element name="id" type="{x}string"/><{x}element name="kind" type="{kind}"/>
  </{x}sequence></{x}complexType></{x}element>
  <{x}element name="GetAccountResponse" type="{x}string"/>
  <{x}simpleType name="Kind"><{x}restriction base="{x}string"><{x}enumeration value="a"/>
  </{x}restriction></{x}simpleType></{x}schema>"""
OF_XSD = {"x": "", "default": 'xmlns="http://www.w3.org/2001/XMLSchema"', "kind": "token"}
OF_WSDL = {"x": "xs:", "default": "", "kind": "Kind"}


@pytest.mark.parametrize("form", ["qualified", "unqualified"])
@pytest.mark.parametrize("default", [OF_XSD, OF_WSDL], ids=["XSD", "WSDL"])
async def test_no_target_namespace(tmp_path: Path, form: str, default: dict[str, str]) -> None:
    """What is in no namespace stays so, whichever is the default where it is declared."""
    own = NOWHERE.format(form=form, **default)
    text = document_literal("").replace('element="b:', 'element="')

    catalog = await discovered(tmp_path, text.replace("</types>", f"{own}</types>"))

    assert (catalog.degraded, catalog.skipped) == ((), ())
    request = catalog.functions[0].binding.request
    written = Values(catalog.wire).text(request, {"id": "7", "kind": "a"})
    assert written == "<GetAccount><id>7</id><kind>a</kind></GetAccount>"


async def test_wrong_namespace_of_an_import(tmp_path: Path) -> None:
    """An import under a wrong namespace is taken for what it is."""
    (tmp_path / "types.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:types">'
        '<xs:simpleType name="Number"><xs:restriction base="xs:int"/></xs:simpleType></xs:schema>'
    )
    catalog = await mended(
        tmp_path,
        '<xs:import namespace="types.xsd" schemaLocation="types.xsd"/>'
        + element(
            "GetAccountResponse",
            '<xs:sequence xmlns:t="urn:types"><xs:element name="id" type="t:Number" minOccurs="0"/>'
            '<xs:element name="at" type="xs:date" minOccurs="0"/></xs:sequence>',
        ),
    )

    assert answer(catalog).fields == (
        Field("id", Scalar(ScalarKind.INT)),
        Field("at", Scalar(ScalarKind.DATE)),
    )
    assert [each.reason for each in catalog.assumed] == [
        "imported as 'types.xsd', taken as the 'urn:types' it is"
    ]


async def test_spelling(tmp_path: Path) -> None:
    """A tag that is right but for its case is taken as meant."""
    catalog = await mended(
        tmp_path,
        element("GetAccountResponse", sequence('n b:N minOccurs="0"', 'm b:N minOccurs="0"'))
        + '<xs:simpletype name="N"><xs:restriction base="xs:int"/></xs:simpletype>',
    )

    assert answer(catalog).fields[0].type == Scalar(ScalarKind.INT)
    assert [each.reason for each in catalog.assumed] == ["xs:simpletype is taken as xs:simpleType"]


@pytest.mark.parametrize("type_", ["int", "b:int", "nobody:int"])
async def test_builtin_type_in_no_namespace(tmp_path: Path, type_: str) -> None:
    """A built-in type under a prefix that is not XSD's is meant where nobody declares another."""
    content = sequence(f'it {type_} minOccurs="0"', 'id xs:int minOccurs="0"')

    catalog = await mended(tmp_path, element("GetAccountResponse", content))

    assert answer(catalog).fields[0] == Field("it", Scalar(ScalarKind.INT))
    (remark,) = catalog.assumed
    assert remark.reason == f"the type {type_} is declared nowhere; XSD's is taken"


async def test_element_in_place_of_a_type(tmp_path: Path) -> None:
    """Where no type has a name but an element has, the element's type is meant."""
    catalog = await mended(
        tmp_path,
        element("Money", sequence("amount xs:int"))
        + element("GetAccountResponse", sequence("it b:Money", "id xs:int")),
    )

    assert answer(catalog).fields[0].type == Required(Named("{urn:bank}Money"))
    assert [remark.reason for remark in catalog.assumed] == [
        "the type b:Money is declared nowhere; the element's is taken"
    ]


async def test_named_type_inside_an_element(tmp_path: Path) -> None:
    """A type with a name is a global one wherever it is declared."""
    inner = f'<xs:complexType name="Money">{sequence("amount xs:int")}</xs:complexType>'
    catalog = await mended(
        tmp_path,
        f'<xs:element name="GetAccountResponse"><xs:complexType>'
        f"{sequence('it b:Money', 'id xs:int')}</xs:complexType>{inner}</xs:element>",
    )

    assert answer(catalog).fields[0].type == Required(Named("{urn:bank}Money"))
    assert [remark.reason for remark in catalog.assumed] == [
        "the type Money is taken as a global one"
    ]


async def test_wsdl_in_another_namespace(tmp_path: Path) -> None:
    """A document whose elements are WSDL's by their names alone is taken as WSDL."""
    text = document_literal(
        element("GetAccount", "") + element("GetAccountResponse", sequence("id xs:int"))
    )
    lost = text.replace('http://schemas.xmlsoap.org/wsdl/"', 'urn:bank"')
    lost = lost.replace("<soap:", "<").replace("</soap:", "</")

    catalog = await discovered(tmp_path, lost)

    (made,) = catalog.functions
    assert made.binding.address == "http://127.0.0.1:9/bank"
    assert catalog.assumed[0].reason.startswith("its elements are in no namespace of WSDL")


async def test_bindings_without_a_service(tmp_path: Path) -> None:
    """Where there is no service, bindings are called at the address the settings give."""
    text = document_literal(
        element("GetAccount", "") + element("GetAccountResponse", sequence("id xs:int"))
    )
    start, end = text.index("<service"), text.index("</service>") + len("</service>")

    catalog = await discovered(tmp_path, text[:start] + text[end:])

    assert [made.binding.address for made in catalog.functions] == [""]
    assert catalog.assumed == (
        Remark("bank.wsdl", "it has no service; its bindings are called at the upstream's `url`"),
    )
