"""Encoded messages: what is written, and every way an answer may have values (SOAP 1.1 §5)."""

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.upstreams.soap.conftest import ask, connected, fixed, function, serving
from tests.upstreams.soap.documents import TARGET, discovered, rpc_literal, sequence
from upstreams.errors import BadInput, Malformed
from upstreams.model import ListOf, Named, Scalar, ScalarKind
from upstreams.soap.model import SoapCatalog

XSI = "http://www.w3.org/2001/XMLSchema-instance"
ENC = "http://schemas.xmlsoap.org/soap/encoding/"
ENC_12 = "http://www.w3.org/2003/05/soap-encoding"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


def array(name: str, items: str) -> str:
    """An encoded array type, its items by `wsdl:arrayType`."""
    return (
        f'<xs:complexType name="{name}"><xs:complexContent>'
        f'<xs:restriction xmlns:enc="{ENC}" base="enc:Array">'
        f'<xs:attribute ref="enc:arrayType" xmlns:w="http://schemas.xmlsoap.org/wsdl/"'
        f' w:arrayType="{items}"/></xs:restriction></xs:complexContent></xs:complexType>'
    )


TYPES = (
    array("Numbers", "xs:int[]")
    + array("Table", "xs:int[,]")
    + array("Rows", "xs:int[][]")
    + array("Owners", "b:Owner[]")
    + array("Odd", "nobody:Thing[]")
    + array("Endless", "b:Endless[]")
    + f'<xs:complexType name="Owner">{sequence("name xs:string", "age xs:int")}</xs:complexType>'
    + f'<xs:complexType name="Friend"><xs:complexContent><xs:extension base="b:Owner">'
    f"{sequence('since xs:date')}</xs:extension></xs:complexContent></xs:complexType>"
    + f'<xs:complexType name="Pair">{sequence("left b:Friend", "right b:Friend")}</xs:complexType>'
)


async def encoded(folder: Path, type_: str, *, version: str = "soap") -> SoapCatalog:
    """An operation that takes and gives a value of a type."""
    text = rpc_literal(
        f'<part name="it" type="{type_}"/>', f'<part name="it" type="{type_}"/>', TYPES
    )
    return await discovered(
        folder, text.replace('"literal"', '"encoded"').replace("soap:", f"{version}:")
    )


def answered(inside: str, beside: str = "") -> str:
    """An answer with that inside its wrapper, and that beside it in the Body."""
    return (
        f'<e:Envelope xmlns:e="{SOAP}" xmlns:enc="{ENC}" xmlns:xsi="{XSI}" xmlns:b="{TARGET}"'
        f' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:e2="{ENC_12}"><e:Body>'
        f"<GetAccountResponse>{inside}</GetAccountResponse>{beside}</e:Body></e:Envelope>"
    )


async def exchange(catalog: SoapCatalog, given: object, answer: str) -> tuple[Any, object]:
    """The Body that was sent, and what was made of the answer."""
    async with serving(fixed(answer)) as backend, connected(catalog, backend.url) as client:
        value = await ask(client, function(catalog, "GetAccount"), given)
    return etree.fromstring(backend.bodies[0])[0], value


async def read(catalog: SoapCatalog, answer: str) -> object:
    """What is made of an answer."""
    return (await exchange(catalog, {}, answer))[1]


def said(sent: Any) -> list[tuple[str, str, str | None]]:
    """Each element below the wrapper: its name, its type and its text."""
    return [(each.tag, type_of(each), each.text) for each in list(sent[0].iter())[1:]]


def type_of(element: Any) -> str:
    """The type an element says it has, `xs:` before those of XSD and `b:` before the bank's."""
    prefix, _, local = element.get(f"{{{XSI}}}type").partition(":")
    known = {"http://www.w3.org/2001/XMLSchema": "xs", TARGET: "b"}
    return f"{known[element.nsmap[prefix]]}:{local}"


async def test_types_are_said(tmp_path: Path) -> None:
    """Each value says its type, names of members are of no namespace (SOAP 1.1 §5.1)."""
    catalog = await encoded(tmp_path, "b:Pair")
    friend = {"name": "ann", "age": 7, "since": "2020-01-01"}

    sent, _ = await exchange(catalog, {"it": {"left": friend}}, answered(""))

    assert sent[0].tag == "{urn:bank:calls}GetAccount"
    assert sent[0].get(f"{{{SOAP}}}encodingStyle") == ENC
    assert said(sent) == [
        ("it", "b:Pair", None),
        ("left", "b:Friend", None),
        ("name", "xs:string", "ann"),
        ("age", "xs:int", "7"),
        ("since", "xs:date", "2020-01-01"),
    ]


async def test_derived_type(tmp_path: Path) -> None:
    """A value of a derived type says that one, and comes back as it."""
    catalog = await encoded(tmp_path, "b:Owner")
    friend = {"name": "ann", "age": 7, "since": "2020-01-01"}
    answer = '<it xsi:type="b:Friend"><name>bob</name></it>'

    sent, value = await exchange(catalog, {"it": {"Friend": friend}}, answered(answer))

    assert said(sent)[0] == ("it", "b:Friend", None)
    assert value == {"xsi:type": "{urn:bank}Friend", "name": "bob"}


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("b:Numbers", ListOf(Scalar(ScalarKind.INT))),
        ("b:Table", ListOf(ListOf(Scalar(ScalarKind.INT)))),
        ("b:Rows", ListOf(ListOf(Scalar(ScalarKind.INT)))),
        ("b:Owners", ListOf(Named("{urn:bank}Owner#any"))),
        ("b:Odd", ListOf(Scalar(ScalarKind.JSON))),
        ("b:Endless", ListOf(Scalar(ScalarKind.JSON))),
    ],
)
async def test_array_types(tmp_path: Path, type_: str, expected: object) -> None:
    """An array is a list, of lists where it has more dimensions or holds arrays."""
    catalog = await encoded(tmp_path, type_)

    assert function(catalog, "GetAccount").returns == expected


@pytest.mark.parametrize(
    ("type_", "given", "array_type", "items"),
    [
        ("b:Numbers", [1, None, 3], "xsd:int[3]", ["1", None, "3"]),
        ("b:Numbers", [], "xsd:int[0]", []),
        ("b:Table", [[1, 2], [3, 4]], "xsd:int[2,2]", ["1", "2", "3", "4"]),
    ],
)
async def test_arrays_are_sized(
    tmp_path: Path, type_: str, given: object, array_type: str, items: list[str | None]
) -> None:
    """An array says what it holds and how much in each dimension (SOAP 1.1 §5.4.2)."""
    catalog = await encoded(tmp_path, type_)

    sent, _ = await exchange(catalog, {"it": given}, answered(""))

    it = sent[0][0]
    assert (it.get(f"{{{XSI}}}type"), it.get(f"{{{ENC}}}arrayType")) == ("enc:Array", array_type)
    assert [each.text for each in it] == items


async def test_arrays_of_arrays(tmp_path: Path) -> None:
    """Arrays in arrays say their own size each."""
    catalog = await encoded(tmp_path, "b:Rows")

    sent, _ = await exchange(catalog, {"it": [[1], [2, 3]]}, answered(""))

    sizes = [each.get(f"{{{ENC}}}arrayType") for each in sent[0].iter() if len(each)][1:]
    assert sizes == ["xsd:int[][2]", "xsd:int[1]", "xsd:int[2]"]


async def test_soap_12(tmp_path: Path) -> None:
    """SOAP 1.2 says type and size of an array each by itself (part 2 §3.1.6)."""
    catalog = await encoded(tmp_path, "b:Table", version="soap12")

    sent, _ = await exchange(catalog, {"it": [[1, 2]]}, answered(""))

    it = sent[0][0]
    assert (it.get(f"{{{ENC_12}}}itemType"), it.get(f"{{{ENC_12}}}arraySize")) == ("xsd:int", "1 2")


async def test_rows_of_one_length(tmp_path: Path) -> None:
    """What is no table is not sent as one."""
    catalog = await encoded(tmp_path, "b:Table")

    with pytest.raises(BadInput, match=r"input\.it: lists of one length"):
        await exchange(catalog, {"it": [[1, 2], [3]]}, answered(""))


async def test_any_value(tmp_path: Path) -> None:
    """A value of any type says the type it seems to have; a list is an array."""
    catalog = await encoded(tmp_path, "b:Odd")
    given = ["a", 1, True, 1.5, {"k": ["x"]}, None]

    sent, _ = await exchange(catalog, {"it": given}, answered(""))

    types = [each.get(f"{{{XSI}}}type") for each in sent[0][0]]
    assert types == ["xsd:string", "xsd:int", "xsd:boolean", "xsd:double", None, None]
    assert sent[0][0][4][0].get(f"{{{ENC}}}arrayType") == "xsd:anyType[1]"


async def test_any_array(tmp_path: Path) -> None:
    """An array nobody declared is a list in JSON."""
    catalog = await encoded(tmp_path, "xs:anyType")
    inside = '<it enc:arrayType="xsd:anyType[2]"><i xsi:type="xsd:int">1</i><i><k>v</k></i></it>'

    assert await read(catalog, answered(inside)) == ["1", {"k": "v"}]


@pytest.mark.parametrize(
    ("type_", "inside", "expected"),
    [
        ("b:Numbers", "<it><x>1</x><y>2</y></it>", [1, 2]),
        ("b:Numbers", '<it xsi:nil="true"/>', None),
        (
            "b:Numbers",
            '<it enc:arrayType="xsd:int[5]" enc:offset="[2]"><i>7</i></it>',
            [None, None, 7],
        ),
        (
            "b:Numbers",
            '<it><i enc:position="[3]">9</i><i enc:position="[1]">8</i></it>',
            [None, 8, None, 9],
        ),
        (
            "b:Table",
            '<it enc:arrayType="xsd:int[2,2]"><i>1</i><i>2</i><i>3</i><i>4</i></it>',
            [[1, 2], [3, 4]],
        ),
        (
            "b:Table",
            '<it enc:arrayType="xsd:int[2,2]"><i enc:position="[1,0]">3</i></it>',
            [[None, None], [3]],
        ),
        (
            "b:Table",
            '<it e2:arraySize="* 2"><i>1</i><i>2</i><i>3</i><i>4</i></it>',
            [[1, 2], [3, 4]],
        ),
        ("b:Rows", "<it><i><x>1</x></i><i/></it>", [[1], []]),
    ],
)
async def test_arrays_are_read(tmp_path: Path, type_: str, inside: str, expected: object) -> None:
    """Items of any name, in their places, whatever is left out (SOAP 1.1 §5.4.2)."""
    assert await read(await encoded(tmp_path, type_), answered(inside)) == expected


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ('<it><i enc:position="[999999999]">9</i></it>', "more than 100000 items"),
        ('<it enc:offset="[100000]"><i>9</i></it>', "more than 100000 items"),
        ('<it enc:offset="[1,1]"><i>9</i></it>', "not a position"),
        ('<it><i enc:position="x">9</i></it>', "not a position"),
    ],
)
async def test_arrays_are_bounded(tmp_path: Path, inside: str, reason: str) -> None:
    """A few bytes make no huge list."""
    catalog = await encoded(tmp_path, "b:Numbers")

    with pytest.raises(Malformed, match=reason):
        await read(catalog, answered(inside))


async def test_dimensions_must_fit(tmp_path: Path) -> None:
    """What has fewer dimensions than promised is wrong."""
    catalog = await encoded(tmp_path, "b:Table")

    with pytest.raises(Malformed, match="not an array of 2 dimensions"):
        await read(catalog, answered('<it enc:arrayType="xsd:int[4]"><i>1</i></it>'))


@pytest.mark.parametrize(
    ("reference", "identity"), [('href="#one"', 'id="one"'), ('e2:ref="one"', 'e2:id="one"')]
)
async def test_references(tmp_path: Path, reference: str, identity: str) -> None:
    """What is referred to twice is there twice, with its type; what it refers to as well."""
    catalog = await encoded(tmp_path, "b:Pair")
    beside = (
        f'<m {identity} enc:root="0" xsi:type="o:Friend" xmlns:o="{TARGET}">'
        '<name href="#two"/></m><m id="two">ann</m>'
    )

    value = await read(
        catalog, answered(f"<it><left {reference}/><right {reference}/></it>", beside)
    )

    assert value == {"left": {"name": "ann"}, "right": {"name": "ann"}}


async def test_values_before_the_message(tmp_path: Path) -> None:
    """What says that it is no root of the answer is none, though it stands first."""
    catalog = await encoded(tmp_path, "b:Numbers")
    answer = answered('<it href="#a"/>').replace(
        "<e:Body>", '<e:Body><m id="a" enc:root="0"><i>1</i></m>'
    )

    assert await read(catalog, answer) == [1]


def circle(length: int) -> str:
    """Values of which each refers to the next, the last to the first."""
    return "".join(
        f'<m id="a{number}"><left href="#a{(number + 1) % length}"/></m>'
        for number in range(length)
    )


def bomb(times: int) -> str:
    """Values of which each refers ten times to the next."""
    held = "".join(
        f'<m id="a{number}">{f"""<i href="#a{number + 1}"/>""" * 10}</m>' for number in range(times)
    )
    return f'{held}<m id="a{times}">1</m>'


@pytest.mark.parametrize(
    ("beside", "reason"),
    [
        (circle(1), "in a circle"),
        (circle(3), "in a circle"),
        (circle(10_000), "nested too deeply"),
        (bomb(12), "more than 100000 elements"),
        ("", "not in it"),
    ],
)
async def test_references_are_bounded(tmp_path: Path, beside: str, reason: str) -> None:
    """Circles and bombs of references are refused in no time."""
    catalog = await encoded(tmp_path, "b:Pair")

    with pytest.raises(Malformed, match=reason):
        await read(catalog, answered('<it href="#a0"/>', beside))


async def test_undeclared_items_are_listed(tmp_path: Path) -> None:
    """What became JSON, and what was mended, is said."""
    catalog = await encoded(tmp_path, "b:Odd")

    assert any("nobody:Thing" in each.reason for each in catalog.assumed)
    assert catalog.degraded
