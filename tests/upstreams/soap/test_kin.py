"""Derived types and substitution groups: which of several a value is, out and in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from schema.build import build
from tests.upstreams.soap.documents import discovered, document_literal, element, sequence
from upstreams.errors import BadInput, DiscoveryError
from upstreams.model import (
    ByTag,
    Field,
    InputType,
    InterfaceType,
    ListOf,
    Named,
    ObjectType,
    Required,
    Scalar,
    ScalarKind,
    TypeDef,
    UnionType,
)
from upstreams.soap.model import TYPE_KEY, SoapCatalog
from upstreams.soap.xml import Values, parse

NS = "{urn:bank}"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
INT = Scalar(ScalarKind.INT)


def derived(name: str, base: str, inside: str = "", way: str = "extension", more: str = "") -> str:
    """A type derived from another."""
    return (
        f'<xs:complexType name="{name}" {more}><xs:complexContent><xs:{way} base="b:{base}">'
        f"{inside}</xs:{way}></xs:complexContent></xs:complexType>"
    )


def base(inside: str, more: str = "") -> str:
    """The type that `holding` has members of."""
    return f'<xs:complexType name="Vehicle" {more}>{inside}</xs:complexType>'


FLEET = (
    base(sequence("wheels xs:int"))
    + derived("Car", "Vehicle", sequence("doors xs:int"))
    + derived("Van", "Car", sequence("load xs:int"))
)


async def holding(folder: Path, declarations: str, member: str = "it b:Vehicle") -> SoapCatalog:
    """The catalog of an operation that takes and gives one member, beside these declarations."""
    inside = member if member.startswith("<") else sequence(member)
    return await discovered(
        folder,
        document_literal(
            element("GetAccount", inside) + element("GetAccountResponse", inside) + declarations
        ),
    )


def found(catalog: SoapCatalog, key: str) -> TypeDef:
    return next(each for each in catalog.types if each.key == key)


def read(catalog: SoapCatalog, inside: str) -> Any:
    """The value of an answer with this inside."""
    response = catalog.functions[0].binding.response
    assert response is not None
    body = (
        f'<body xmlns:i="{XSI}" xmlns:z="urn:bank" xmlns="urn:bank">'
        f"<GetAccountResponse>{inside}</GetAccountResponse></body>"
    )
    return Values(catalog.wire).read(parse(body.encode()), response)


def written(catalog: SoapCatalog, value: Mapping[str, Any]) -> str:
    """The inside of a request with this value, the schema's own prefix left out."""
    body = etree.Element("body")
    Values(catalog.wire).write(body, catalog.functions[0].binding.request, value)
    text = etree.tostring(body[0], encoding="unicode").replace("ns0:", "")
    return text.partition(">")[2].rpartition("</")[0].replace(f' xmlns:xsi="{XSI}"', "")


async def test_interface(tmp_path: Path) -> None:
    """A type that others are derived from is an interface of what they share."""
    catalog = await holding(tmp_path, FLEET)

    made = found(catalog, f"{NS}Vehicle#any")
    assert isinstance(made, InterfaceType)
    assert (made.label, made.fields) == ("Vehicle", (Field("wheels", Required(INT)),))
    names = (f"{NS}Vehicle", f"{NS}Car", f"{NS}Van")
    assert made.resolution == ByTag(TYPE_KEY, tuple((name, name) for name in names))
    assert catalog.functions[0].returns == Named(f"{NS}Vehicle#any")
    plain, van = found(catalog, f"{NS}Vehicle"), found(catalog, f"{NS}Van")
    assert isinstance(plain, ObjectType)
    assert isinstance(van, ObjectType)
    assert plain.label == "PlainVehicle"
    assert plain.implements == van.implements == (made.key,)


async def test_interfaces_of_interfaces(tmp_path: Path) -> None:
    """Where a derived type is itself declared for a member, its interface implements the base's."""
    members = sequence("it b:Vehicle", "car b:Car")

    catalog = await holding(tmp_path, FLEET, members)

    car, van = found(catalog, f"{NS}Car#any"), found(catalog, f"{NS}Van")
    assert isinstance(car, InterfaceType)
    assert isinstance(van, ObjectType)
    assert car.implements == (f"{NS}Vehicle#any",)
    assert set(van.implements) == {f"{NS}Vehicle#any", f"{NS}Car#any"}
    build({"bank": catalog})


async def test_derived_out(tmp_path: Path) -> None:
    """`xsi:type` says of which type a value is; without it, it is of the declared one."""
    catalog = await holding(tmp_path, FLEET)

    van = '<it i:type="z:Van"><wheels>4</wheels><doors>3</doors><load>9</load></it>'
    assert read(catalog, van) == {TYPE_KEY: f"{NS}Van", "wheels": 4, "doors": 3, "load": 9}
    assert read(catalog, "<it><wheels>4</wheels></it>") == {TYPE_KEY: f"{NS}Vehicle", "wheels": 4}
    assert read(catalog, '<it i:nil="true"/>') is None


@pytest.mark.parametrize("name", ["z:Boat", "other:Boat"])
async def test_unknown_type(tmp_path: Path, name: str) -> None:
    """A type no schema declares must be derived from the declared one, and is read as that."""
    catalog = await holding(tmp_path, FLEET)

    value = read(catalog, f'<it i:type="{name}"><wheels>0</wheels><sails>2</sails></it>')

    assert value == {TYPE_KEY: f"{NS}Vehicle", "wheels": 0}


async def test_type_of_another_namespace(tmp_path: Path) -> None:
    """A type of the right name is understood although its namespace is wrong or undeclared."""
    catalog = await holding(tmp_path, FLEET)

    value = read(catalog, '<it i:type="any:Car"><wheels>4</wheels><doors>2</doors></it>')

    assert value[TYPE_KEY] == f"{NS}Car"


async def test_derived_in(tmp_path: Path) -> None:
    """The one field given says which type is meant; the declared one needs no `xsi:type`."""
    catalog = await holding(tmp_path, FLEET)

    made = found(catalog, f"{NS}Vehicle#any#input")
    assert isinstance(made, InputType)
    assert made.one_of
    assert [field.name for field in made.fields] == ["Vehicle", "Car", "Van"]
    assert written(catalog, {"it": {"Vehicle": {"wheels": 2}}}) == "<it><wheels>2</wheels></it>"
    assert written(catalog, {"it": {"Car": {"wheels": 4, "doors": 2}}}) == (
        '<it xsi:type="Car"><wheels>4</wheels><doors>2</doors></it>'
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Vehicle": {"wheels": 1}, "Car": {"wheels": 1}}, "input.it: exactly one field"),
        ({}, "input.it: exactly one field"),
        ({"Boat": {}}, "input.it.Boat: no such type"),
    ],
)
async def test_bad_choice(tmp_path: Path, value: object, message: str) -> None:
    """A value that names no type, or two, is refused with its path."""
    catalog = await holding(tmp_path, FLEET)

    with pytest.raises(BadInput, match=message):
        written(catalog, {"it": value})


async def test_abstract_type(tmp_path: Path) -> None:
    """No value is of an abstract type; one that names no type is of none we know."""
    catalog = await holding(
        tmp_path, FLEET.replace('name="Vehicle"', 'name="Vehicle" abstract="1"')
    )

    made = found(catalog, f"{NS}Vehicle#any#input")
    assert isinstance(made, InputType)
    assert [field.name for field in made.fields] == ["Car", "Van"]
    assert read(catalog, "<it><wheels>4</wheels></it>") == {TYPE_KEY: None}


async def test_base_without_content(tmp_path: Path) -> None:
    """Types that share no field are a union, as GraphQL has no interface without fields."""
    empty = base("", 'abstract="true"')
    catalog = await holding(
        tmp_path,
        empty + derived("Car", "Vehicle", sequence("doors xs:int")) + derived("Raft", "Vehicle"),
    )

    made = found(catalog, f"{NS}Vehicle#any")
    assert isinstance(made, UnionType)
    assert made.members == (f"{NS}Car", f"{NS}Raft")
    assert read(catalog, '<it i:type="z:Raft"/>') == {TYPE_KEY: f"{NS}Raft"}
    build({"bank": catalog})


async def test_narrowed_field(tmp_path: Path) -> None:
    """A field that a restriction leaves out is none of the interface's."""
    account = sequence("id xs:int", 'note xs:string minOccurs="0"')
    less = derived("Mute", "Vehicle", sequence("id xs:int"), "restriction")

    catalog = await holding(tmp_path, base(account) + less)

    made = found(catalog, f"{NS}Vehicle#any")
    assert isinstance(made, InterfaceType)
    assert [field.name for field in made.fields] == ["id"]
    build({"bank": catalog})


async def test_derived_simple_content(tmp_path: Path) -> None:
    """Text with attributes derived from text without is a type with fields in both cases."""
    amount = base('<xs:simpleContent><xs:extension base="xs:int"/></xs:simpleContent>')
    more = (
        '<xs:complexType name="Price"><xs:simpleContent><xs:extension base="b:Vehicle">'
        '<xs:attribute name="unit" type="xs:string"/></xs:extension></xs:simpleContent>'
        "</xs:complexType>"
    )

    catalog = await holding(tmp_path, amount + more)

    assert read(catalog, '<it i:type="z:Price" unit="kg">5</it>') == {
        TYPE_KEY: f"{NS}Price",
        "unit": "kg",
        "value": 5,
    }


async def test_message_of_a_base_type(tmp_path: Path) -> None:
    """A message's own element is of its declared type: all messages may derive from one."""
    text = document_literal(
        '<xs:element name="GetAccount" type="b:Vehicle"/>'
        '<xs:element name="GetAccountResponse" type="b:Vehicle"/>' + FLEET
    )

    catalog = await discovered(tmp_path, text)

    (argument,) = catalog.functions[0].arguments
    assert argument.type == Required(Named(f"{NS}Vehicle#input"))


async def test_too_many_derived_types(tmp_path: Path) -> None:
    """Types derived from each other so often that telling them all would take forever."""
    chain = "".join(derived(f"T{number}", f"T{number - 1}") for number in range(1, 250))
    first = f'<xs:complexType name="T0">{sequence("id xs:int")}</xs:complexType>'
    members = sequence(*(f"m{number} b:T{number}" for number in range(250)))

    with pytest.raises(DiscoveryError, match="derived from others"):
        await holding(tmp_path, first + chain, members)


SHAPES = (
    '<xs:element name="shape" abstract="true"/>'
    + element("circle", sequence("radius xs:int")).replace(
        'name="circle"', 'name="circle" substitutionGroup="b:shape"'
    )
    + '<xs:element name="label" type="xs:string" nillable="1" substitutionGroup="b:shape"/>'
    '<xs:element name="dot" type="xs:int" substitutionGroup="b:label"/>'
)
SEVERAL = '<xs:sequence><xs:element ref="b:shape" maxOccurs="unbounded"/></xs:sequence>'


async def test_substitution_group(tmp_path: Path) -> None:
    """An element that others stand in for is an object with one field for each of them."""
    catalog = await holding(tmp_path, SHAPES, SEVERAL)

    out, into = found(catalog, f"<{NS}shape>|"), found(catalog, f"<{NS}shape>|#input")
    assert isinstance(out, ObjectType)
    assert isinstance(into, InputType)
    assert [field.name for field in out.fields] == ["circle", "dot", "label"]
    assert into.one_of
    request = found(catalog, f"<{NS}GetAccount>#input")
    assert isinstance(request, InputType)
    assert request.fields[0].type == Required(ListOf(Required(Named(into.key))))


async def test_substitutes_in_order(tmp_path: Path) -> None:
    """Elements of a substitution group keep their order and their names, both ways."""
    catalog = await holding(tmp_path, SHAPES, SEVERAL)
    value = [{"label": "a"}, {"circle": {"radius": 1}}, {"label": None}, {"dot": 2}]
    text = '<label>a</label><circle><radius>1</radius></circle><label{} nil="true"/><dot>2</dot>'

    answer = read(catalog, text.replace("{} nil", " i:nil"))

    assert answer == value
    assert written(catalog, {"shape": value[:2]}) == text.partition("<label{}")[0]


async def test_no_such_substitute(tmp_path: Path) -> None:
    """A name that no element of the group has is refused."""
    catalog = await holding(tmp_path, SHAPES, SEVERAL)

    with pytest.raises(BadInput, match=r"input\.shape\.0\.square: no such element"):
        written(catalog, {"shape": [{"square": 1}]})
