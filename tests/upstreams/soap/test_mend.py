"""Mistakes in descriptions are mended where it is clear what was meant, and listed."""

from pathlib import Path

import pytest

from tests.upstreams.soap.documents import discovered, document_literal, element, sequence
from upstreams.model import Field, ObjectType, Remark, Scalar, ScalarKind
from upstreams.soap.model import SoapCatalog

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
