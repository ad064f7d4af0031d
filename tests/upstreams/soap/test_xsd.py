"""XSD types become types of the catalog, without loss."""

from pathlib import Path

import pytest

from tests.upstreams.soap.documents import discovered, document_literal, element, sequence
from upstreams.model import (
    EnumType,
    EnumValue,
    Field,
    InputType,
    ListOf,
    Named,
    ObjectType,
    Remark,
    Required,
    Scalar,
    ScalarKind,
    TypeDef,
    TypeRef,
)
from upstreams.soap.model import SoapCatalog
from upstreams.soap.xsd import scope

NS = "{urn:bank}"
STRING = Scalar(ScalarKind.STRING)


async def answering(folder: Path, account: str, more: str = "") -> SoapCatalog:
    """The catalog of an operation that gives an `Account` with this content."""
    return await discovered(
        folder,
        document_literal(
            element("GetAccount", sequence("like b:Account"))
            + element("GetAccountResponse", sequence("account b:Account"))
            + f'<xs:complexType name="Account">{account}</xs:complexType>{more}'
        ),
    )


def found(catalog: SoapCatalog, key: str) -> TypeDef:
    return next(each for each in catalog.types if each.key == key)


def fields(catalog: SoapCatalog, key: str = f"{NS}Account") -> dict[str, TypeRef]:
    made = found(catalog, key)
    assert isinstance(made, ObjectType | InputType)
    return {field.name: field.type for field in made.fields}


@pytest.mark.parametrize(
    ("xsd", "kind"),
    [
        ("string", ScalarKind.STRING),
        ("token", ScalarKind.STRING),
        ("QName", ScalarKind.STRING),
        ("gYearMonth", ScalarKind.STRING),
        ("boolean", ScalarKind.BOOLEAN),
        ("byte", ScalarKind.INT),
        ("unsignedShort", ScalarKind.INT),
        ("int", ScalarKind.INT),
        ("unsignedInt", ScalarKind.LONG),
        ("long", ScalarKind.LONG),
        ("unsignedLong", ScalarKind.UNSIGNED_LONG),
        ("integer", ScalarKind.BIG_INT),
        ("positiveInteger", ScalarKind.BIG_INT),
        ("decimal", ScalarKind.DECIMAL),
        ("float", ScalarKind.FLOAT),
        ("double", ScalarKind.FLOAT),
        ("date", ScalarKind.DATE),
        ("time", ScalarKind.TIME),
        ("dateTime", ScalarKind.LOCAL_DATE_TIME),
        ("duration", ScalarKind.DURATION),
        ("base64Binary", ScalarKind.BYTES),
        ("hexBinary", ScalarKind.BYTES),
        ("anyURI", ScalarKind.URI),
        ("anyType", ScalarKind.JSON),
    ],
)
async def test_builtin_types(tmp_path: Path, xsd: str, kind: ScalarKind) -> None:
    """Every built-in type has the scalar that loses nothing of it."""
    catalog = await answering(tmp_path, sequence(f'it xs:{xsd} minOccurs="0"'))

    assert fields(catalog) == {"it": Scalar(kind)}


async def test_presence(tmp_path: Path) -> None:
    """Out, a field is certain when it is there once and cannot be nil, and a list always is."""
    account = sequence(
        "id xs:string",
        'maybe xs:string minOccurs="0"',
        'nil xs:string nillable="true"',
        'many xs:string minOccurs="0" maxOccurs="unbounded"',
        'gaps xs:string nillable="true" maxOccurs="3"',
    )

    catalog = await answering(tmp_path, account)

    assert fields(catalog) == {
        "id": Required(STRING),
        "maybe": STRING,
        "nil": STRING,
        "many": Required(ListOf(Required(STRING))),
        "gaps": Required(ListOf(STRING)),
    }


async def test_presence_in(tmp_path: Path) -> None:
    """In, an optional list may be left out."""
    account = sequence(
        "id xs:string",
        'many xs:string minOccurs="0" maxOccurs="unbounded"',
        'some xs:string maxOccurs="unbounded"',
    )

    catalog = await answering(tmp_path, account)

    assert fields(catalog, f"{NS}Account#input") == {
        "id": Required(STRING),
        "many": ListOf(Required(STRING)),
        "some": Required(ListOf(Required(STRING))),
    }


async def test_attributes_and_text(tmp_path: Path) -> None:
    """Simple content is the field `value` beside its attributes."""
    catalog = await answering(
        tmp_path,
        """<xs:simpleContent><xs:extension base="xs:decimal">
        <xs:attribute name="currency" type="xs:string" use="required"/>
        <xs:attribute name="value" type="xs:int"/>
        <xs:attribute ref="xml:lang"/></xs:extension></xs:simpleContent>""",
    )

    assert fields(catalog) == {
        "value": Scalar(ScalarKind.DECIMAL),
        "currency": Required(STRING),
        "valueAttribute": Scalar(ScalarKind.INT),
        "lang": STRING,
    }


async def test_extension_and_groups(tmp_path: Path) -> None:
    """Bases, groups, attribute groups and references are merged into the type that has them."""
    catalog = await answering(
        tmp_path,
        """<xs:complexContent><xs:extension base="b:Base"><xs:sequence>
        <xs:group ref="b:Names"/><xs:element ref="b:note"/></xs:sequence>
        <xs:attributeGroup ref="b:Marks"/></xs:extension></xs:complexContent>""",
        f"""<xs:complexType name="Base">{sequence("id xs:int")}</xs:complexType>
        <xs:group name="Names">{sequence("first xs:string", "last xs:string")}</xs:group>
        <xs:attributeGroup name="Marks"><xs:attribute name="mark" type="xs:int"/>
        </xs:attributeGroup><xs:element name="note" type="xs:string"/>""",
    )

    assert list(fields(catalog)) == ["mark", "id", "first", "last", "note"]


async def test_choice(tmp_path: Path) -> None:
    """Members of a choice are nullable, and going in exclude each other."""
    catalog = await answering(
        tmp_path,
        f"""<xs:choice><xs:element name="iban" type="xs:string"/>
        {sequence("bank xs:string", "number xs:string")}</xs:choice>""",
    )

    made = found(catalog, f"{NS}Account#input")
    assert isinstance(made, InputType)
    assert made.exclusive == (("iban", "bank"), ("iban", "number"))
    assert set(fields(catalog).values()) == {STRING}


async def test_repeated_choice(tmp_path: Path) -> None:
    """What may be chosen again and again is a list each, and excludes nothing."""
    catalog = await answering(
        tmp_path,
        """<xs:choice maxOccurs="unbounded"><xs:element name="a" type="xs:int"/>
        <xs:element name="b" type="xs:int"/></xs:choice>""",
    )

    made = found(catalog, f"{NS}Account#input")
    assert isinstance(made, InputType)
    assert made.exclusive == ()
    assert [type(ref) for ref in fields(catalog, f"{NS}Account#input").values()] == [ListOf, ListOf]


async def test_enumeration(tmp_path: Path) -> None:
    """Enumerations are enums, named ones by their name and others by their place."""
    values = '<xs:enumeration value="open"/><xs:enumeration value="on hold"/>'
    catalog = await answering(
        tmp_path,
        f"""<xs:sequence><xs:element name="state" minOccurs="0"><xs:simpleType>
        <xs:restriction base="xs:string">{values}</xs:restriction></xs:simpleType></xs:element>
        <xs:element name="kind" type="b:Kind" minOccurs="0"/></xs:sequence>""",
        '<xs:simpleType name="Kind"><xs:restriction base="xs:token"><xs:enumeration value="X">'
        "<xs:annotation><xs:documentation>Unknown.</xs:documentation></xs:annotation>"
        "</xs:enumeration></xs:restriction></xs:simpleType>",
    )

    state, kind = found(catalog, f"{NS}Account/state"), found(catalog, f"{NS}Kind")
    assert isinstance(state, EnumType)
    assert (state.label, [each.value for each in state.values]) == (
        "AccountState",
        ["open", "on hold"],
    )
    assert isinstance(kind, EnumType)
    assert kind.values == (EnumValue("X", "X", "Unknown."),)


async def test_simple_list(tmp_path: Path) -> None:
    """A list of simple values is a list of scalars."""
    catalog = await answering(
        tmp_path,
        sequence('sizes b:Sizes minOccurs="0"'),
        '<xs:simpleType name="Sizes"><xs:list itemType="xs:int"/></xs:simpleType>',
    )

    assert fields(catalog) == {"sizes": ListOf(Required(Scalar(ScalarKind.INT)))}


async def test_recursive_type(tmp_path: Path) -> None:
    """A type may hold itself."""
    catalog = await answering(tmp_path, sequence('child b:Account minOccurs="0"'))

    assert fields(catalog) == {"child": Named(f"{NS}Account")}


async def test_same_name_in_two_namespaces(tmp_path: Path) -> None:
    """Types of one name in two namespaces have two keys, and scopes that tell them apart."""
    (tmp_path / "other.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:other">'
        f'<xs:complexType name="Account">{sequence("id xs:int")}</xs:complexType></xs:schema>'
    )
    catalog = await discovered(
        tmp_path,
        document_literal(
            '<xs:import namespace="urn:other" schemaLocation="other.xsd"/>'
            + element("GetAccount", "")
            + element(
                "GetAccountResponse",
                '<xs:sequence xmlns:o="urn:other"><xs:element name="mine" type="b:Account"/>'
                '<xs:element name="theirs" type="o:Account"/></xs:sequence>',
            )
            + f'<xs:complexType name="Account">{sequence("iban xs:string")}</xs:complexType>'
        ),
    )

    made = [each for each in catalog.types if each.label == "Account"]
    assert {(each.key, each.scope) for each in made} == {
        ("{urn:bank}Account", ("bank",)),
        ("{urn:other}Account", ("other",)),
    }


async def test_what_cannot_be_typed_is_listed(tmp_path: Path) -> None:
    """What becomes JSON is listed with its place and reason."""
    catalog = await answering(
        tmp_path,
        '<xs:sequence><xs:element name="free" type="xs:anyType"/><xs:element name="text" '
        'type="b:Mixed"/><xs:any minOccurs="0"/></xs:sequence><xs:anyAttribute/>',
        '<xs:complexType name="Mixed" mixed="true"><xs:sequence/></xs:complexType>',
    )

    assert set(catalog.degraded) == {
        Remark(f"{NS}Account/free", "any content is allowed (xs:anyType)"),
        Remark(f"{NS}Mixed", "text and elements are mixed (mixed content)"),
        Remark(f"{NS}Account/*", "any element is allowed (xs:any)"),
        Remark(f"{NS}Account/@*", "any attribute is allowed (xs:anyAttribute)"),
    }


async def test_documentation(tmp_path: Path) -> None:
    """What a schema says about types and members is their description."""
    said = "<xs:annotation><xs:documentation>{}</xs:documentation></xs:annotation>"
    catalog = await answering(
        tmp_path,
        said.format("An account.")
        + '<xs:sequence><xs:element name="id" type="xs:int">'
        + said.format("Its\n   number.")
        + "</xs:element></xs:sequence>",
    )

    made = found(catalog, f"{NS}Account")
    assert isinstance(made, ObjectType)
    assert made.description == "An account."
    assert made.fields == (Field("id", Required(Scalar(ScalarKind.INT)), "Its number."),)


async def test_element_without_content(tmp_path: Path) -> None:
    """An element that can only be there or not is a Boolean."""
    catalog = await answering(
        tmp_path, sequence('closed b:Closed minOccurs="0"'), '<xs:complexType name="Closed"/>'
    )

    assert fields(catalog) == {"closed": Scalar(ScalarKind.BOOLEAN)}


@pytest.mark.parametrize(
    ("namespace", "words"),
    [
        ("http://www.example.com/stock/types.xsd", ("types", "stock", "example")),
        ("urn:a:b", ("b", "a")),
        ("", ()),
    ],
)
def test_scope(namespace: str, words: tuple[str, ...]) -> None:
    """A namespace is told from another by its words, innermost first."""
    assert scope(namespace) == words
