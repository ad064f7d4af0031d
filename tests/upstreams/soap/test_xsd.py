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


@pytest.mark.parametrize(
    "inside",
    [
        '<xs:choice><xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:int"/>'
        "</xs:choice>",
        '<xs:sequence><xs:choice><xs:element name="a" type="xs:int"/>'
        '<xs:element name="b" type="xs:int" maxOccurs="9"/></xs:choice></xs:sequence>',
    ],
)
async def test_choice_alone(tmp_path: Path, inside: str) -> None:
    """A type that is one choice and no more is an input of which exactly one field is given."""
    catalog = await answering(tmp_path, inside)

    made = found(catalog, f"{NS}Account#input")
    assert isinstance(made, InputType)
    assert made.one_of
    assert [field.name for field in made.fields] == ["a", "b"]


@pytest.mark.parametrize(
    "inside",
    [
        '<xs:choice minOccurs="0"><xs:element name="a" type="xs:int"/>'
        '<xs:element name="b" type="xs:int"/></xs:choice>',
        '<xs:choice><xs:element name="a" type="xs:int" minOccurs="0"/>'
        '<xs:element name="b" type="xs:int"/></xs:choice>',
        '<xs:choice><xs:element name="a" type="xs:int" nillable="true"/>'
        '<xs:element name="b" type="xs:int"/></xs:choice>',
        '<xs:choice><xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:int"/>'
        '</xs:choice><xs:attribute name="c"/>',
    ],
)
async def test_choice_with_more(tmp_path: Path, inside: str) -> None:
    """Where none may be given, or null, or something beside it, fields only exclude each other."""
    catalog = await answering(tmp_path, inside)

    made = found(catalog, f"{NS}Account#input")
    assert isinstance(made, InputType)
    assert not made.one_of
    assert made.exclusive == (("a", "b"),)


async def test_extension_of_a_choice(tmp_path: Path) -> None:
    """What an extension adds comes after a choice of its base, and is no branch of it."""
    branches = '<xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:int"/>'
    catalog = await answering(
        tmp_path,
        '<xs:complexContent><xs:extension base="b:Base"><xs:choice>'
        '<xs:element name="c" type="xs:int"/><xs:element name="d" type="xs:int"/></xs:choice>'
        "</xs:extension></xs:complexContent>",
        f'<xs:complexType name="Base"><xs:choice>{branches}</xs:choice></xs:complexType>',
    )

    made = found(catalog, f"{NS}Account#input")
    assert isinstance(made, InputType)
    assert made.exclusive == (("a", "b"), ("c", "d"))


async def test_extension_of_a_repeated_sequence(tmp_path: Path) -> None:
    """What repeats in a base repeats in what extends it."""
    catalog = await answering(
        tmp_path,
        f'<xs:complexContent><xs:extension base="b:Base">{sequence("c xs:int")}'
        "</xs:extension></xs:complexContent>",
        '<xs:complexType name="Base"><xs:sequence maxOccurs="unbounded">'
        '<xs:element name="a" type="xs:int"/></xs:sequence></xs:complexType>',
    )

    many = Required(ListOf(Required(Scalar(ScalarKind.INT))))
    assert fields(catalog) == {"a": many, "c": Required(Scalar(ScalarKind.INT))}


async def test_extension_of_nothing(tmp_path: Path) -> None:
    """An empty base adds nothing to what extends it."""
    catalog = await answering(
        tmp_path,
        '<xs:complexContent><xs:extension base="b:Base"><xs:attribute name="a" type="xs:int"/>'
        "</xs:extension></xs:complexContent>",
        '<xs:complexType name="Base"/>',
    )

    assert fields(catalog) == {"a": Scalar(ScalarKind.INT)}


async def test_mixed_content(tmp_path: Path) -> None:
    """Text among elements is a list in order, beside the attributes."""
    catalog = await answering(
        tmp_path,
        '<xs:sequence><xs:element name="it" type="b:Text"/></xs:sequence>',
        '<xs:complexType name="Text" mixed="true"><xs:sequence><xs:any/></xs:sequence>'
        '<xs:attribute name="lang" type="xs:string"/></xs:complexType>',
    )

    assert fields(catalog, f"{NS}Text") == {
        "lang": STRING,
        "content": Required(ListOf(Required(Scalar(ScalarKind.JSON)))),
    }


async def test_form_of_each_schema(tmp_path: Path) -> None:
    """Whether local elements are in the namespace is for each schema, and each element, to say."""
    (tmp_path / "other.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:other">'
        '<xs:complexType name="Other"><xs:sequence><xs:element name="a" type="xs:int"/>'
        '<xs:element name="b" type="xs:int" form="qualified"/></xs:sequence></xs:complexType>'
        "</xs:schema>"
    )
    catalog = await answering(
        tmp_path,
        '<xs:sequence xmlns:o="urn:other"><xs:element name="it" type="o:Other"/></xs:sequence>',
        more='<xs:import namespace="urn:other" schemaLocation="other.xsd"/>',
    )

    other = catalog.wire.layouts["{urn:other}Other"]
    assert [member.name for member in other.members] == ["a", "{urn:other}b"]
    assert catalog.wire.layouts[f"{NS}Account"].members[0].name == f"{NS}it"


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


async def test_union_of_enumerations(tmp_path: Path) -> None:
    """A union of enumerations has all their values; with anything else in it, it is text."""
    kinds = "".join(
        f'<xs:simpleType name="{name}"><xs:restriction base="xs:token">'
        f'<xs:enumeration value="{value}"/></xs:restriction></xs:simpleType>'
        for name, value in (("A", "a"), ("B", "b"))
    )
    unions = (
        '<xs:simpleType name="Both"><xs:union memberTypes="b:A b:B"/></xs:simpleType>'
        '<xs:simpleType name="More"><xs:union memberTypes="b:A xs:int"/></xs:simpleType>'
    )
    members = sequence('both b:Both minOccurs="0"', 'more b:More minOccurs="0"')

    catalog = await answering(tmp_path, members, kinds + unions)

    assert fields(catalog) == {"both": Named(f"{NS}Both"), "more": STRING}
    both = found(catalog, f"{NS}Both")
    assert isinstance(both, EnumType)
    assert [each.value for each in both.values] == ["a", "b"]


async def test_limits(tmp_path: Path) -> None:
    """What a simple type asks beside its scalar is said in words."""
    catalog = await answering(
        tmp_path,
        sequence("code b:Code"),
        '<xs:simpleType name="Code"><xs:restriction base="xs:string">'
        '<xs:pattern value="[A-Z]+"/><xs:maxLength value="3"/></xs:restriction></xs:simpleType>',
    )

    made = found(catalog, f"{NS}Account")
    assert isinstance(made, ObjectType)
    assert made.fields[0].description == "Limits: pattern `[A-Z]+`, maxLength `3`."


async def test_defaults(tmp_path: Path) -> None:
    """A default is shown where something is taken for an absent value, and frees from giving it."""
    catalog = await answering(
        tmp_path,
        '<xs:sequence><xs:element name="size" type="xs:int" default="7"/>'
        '<xs:element name="kind" type="xs:string" fixed="x"/>'
        '<xs:element name="later" type="xs:int" default="1" minOccurs="0"/></xs:sequence>'
        '<xs:attribute name="on" type="xs:boolean" default="1"/>',
    )

    made = found(catalog, f"{NS}Account#input")
    assert isinstance(made, InputType)
    assert {each.name: each.default for each in made.fields} == {
        "on": "true",
        "size": "7",
        "kind": '"x"',
        "later": None,
    }
    assert not any(isinstance(each.type, Required) for each in made.fields)


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


async def test_same_member_of_two_namespaces(tmp_path: Path) -> None:
    """Elements of one local name in two namespaces are two fields, each of its own type."""
    (tmp_path / "other.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:other">'
        '<xs:element name="id" type="xs:decimal"/></xs:schema>'
    )
    catalog = await answering(
        tmp_path,
        '<xs:sequence xmlns:o="urn:other"><xs:element ref="b:id"/><xs:element ref="o:id"/>'
        "</xs:sequence>",
        '<xs:import namespace="urn:other" schemaLocation="other.xsd"/>'
        '<xs:element name="id" type="xs:int"/>',
    )

    assert fields(catalog) == {
        "id": Required(Scalar(ScalarKind.INT)),
        "id_other": Required(Scalar(ScalarKind.DECIMAL)),
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
