"""Values are written and read by layouts."""

from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from upstreams.errors import BadInput, Malformed
from upstreams.soap.model import Codec, Layout, Leaf, Member, Message, Nested, Place, Wire
from upstreams.soap.xml import Values, parse

MESSAGE = Message("{urn:b}m", Nested("T"))
STRING = Leaf(Codec.STRING)


def values(*members: Member, exclusive: tuple[tuple[str, ...], ...] = ()) -> Values:
    return Values(Wire({"T": Layout(members, exclusive)}))


def element(name: str, codec: Codec = Codec.STRING, **more: Any) -> Member:
    return Member(name, Leaf(codec), name, **more)


def written(by: Values, value: object) -> str:
    body = etree.Element("body")
    by.write(body, MESSAGE, value)
    return etree.tostring(body[0], encoding="unicode").replace(' xmlns:ns0="urn:b"', "")


def read(by: Values, inside: str) -> Any:
    return by.read(parse(f'<body><m xmlns:i="{XSI}">{inside}</m></body>'.encode()), MESSAGE)


XSI = "http://www.w3.org/2001/XMLSchema-instance"


@pytest.mark.parametrize(
    ("codec", "value", "text"),
    [
        (Codec.STRING, " a < b ", " a &lt; b "),
        (Codec.BOOLEAN, False, "false"),
        (Codec.INTEGER, 10**30, "1" + "0" * 30),
        (Codec.DECIMAL, Decimal("1.10"), "1.10"),
        (Codec.DOUBLE, 1e100, "1e+100"),
        (Codec.DOUBLE, float("-inf"), "-INF"),
        (Codec.DATE_TIME, "2020-01-01T00:00:00", "2020-01-01T00:00:00"),
        (Codec.BASE64, b"\x00\xff", "AP8="),
        (Codec.HEX, b"\x00\xff", "00FF"),
    ],
)
def test_leaf(codec: Codec, value: object, text: str) -> None:
    """Each leaf is written as XSD says, and read back as what it was."""
    by = values(element("it", codec))

    assert written(by, {"it": value}) == f"<ns0:m><it>{text}</it></ns0:m>"
    assert read(by, f"<it>{text}</it>") == {"it": value}


def test_order_and_namespaces() -> None:
    """Elements are written in the order of the layout, whatever that of the value."""
    by = values(element("a"), Member("b", STRING, "{urn:b}b"))

    assert written(by, {"b": "2", "a": "1"}) == "<ns0:m><a>1</a><ns0:b>2</ns0:b></ns0:m>"


def test_nil() -> None:
    """Null is nil where it may be, is otherwise left out, and nil is null."""
    by = values(
        element("must", required=True, nillable=True),
        element("may", nillable=True),
        element("not"),
    )

    nil = f'<{{}} xmlns:xsi="{XSI}" xsi:nil="true"/>'
    assert written(by, {"not": None}) == f"<ns0:m>{nil.format('must')}</ns0:m>"
    assert written(by, {"may": None, "must": "x"}) == (
        f"<ns0:m><must>x</must>{nil.format('may')}</ns0:m>"
    )
    assert read(by, '<may i:nil="1"/><not>x</not>') == {"may": None, "not": "x"}


def test_lists() -> None:
    """What repeats is a list, also when there is one or none."""
    by = values(element("n", Codec.INT, repeated=True), Member("w", Leaf(Codec.INT, True), "w"))

    assert written(by, {"n": [1, 2], "w": [3, 4]}) == "<ns0:m><n>1</n><n>2</n><w>3 4</w></ns0:m>"
    assert read(by, "<n> 1 </n><w>3\n4</w>") == {"n": [1], "w": [3, 4]}
    assert read(by, "") == {"n": []}


def test_turns() -> None:
    """Members of one turn alternate."""
    by = values(element("a", repeated=True, turn=1), element("b", repeated=True, turn=1))

    assert written(by, {"a": ["1", "2"], "b": ["3"]}) == "<ns0:m><a>1</a><b>3</b><a>2</a></ns0:m>"


def test_attributes_and_text() -> None:
    """Attributes and text are fields like elements; an absent attribute has its default."""
    by = values(
        Member("value", Leaf(Codec.DECIMAL), place=Place.TEXT),
        Member("unit", STRING, "unit", Place.ATTRIBUTE, default="EUR"),
        Member("anyAttributes", Leaf(Codec.JSON), place=Place.ANY_ATTRIBUTE),
    )

    assert written(by, {"value": Decimal(1), "unit": "USD", "anyAttributes": {"x": "y"}}) == (
        '<ns0:m unit="USD" x="y">1</ns0:m>'
    )
    assert read(by, "2") == {"value": Decimal(2), "unit": "EUR", "anyAttributes": None}


def test_presence() -> None:
    """An element without content is written when it is true, and true when it is there."""
    by = values(element("done", Codec.PRESENCE))

    assert written(by, {"done": True}) == "<ns0:m><done/></ns0:m>"
    assert written(by, {"done": False}) == "<ns0:m/>"
    assert read(by, "<done/>") == {"done": True}


JSON = {"@id": "1", "a": ["1", "2"], "b": {"c": None}, "d": "x"}


def test_json() -> None:
    """What has no type is JSON both ways."""
    by = values(element("free", Codec.JSON))

    text = written(by, {"free": JSON})

    assert by.read(parse(f"<body>{text}</body>".replace("ns0:", "").encode()), MESSAGE) == {
        "free": JSON
    }


def test_attributes_of_one_local_name() -> None:
    """None is lost: of two, the second has its namespace with it."""
    by = values(
        element("free", Codec.JSON),
        Member("more", Leaf(Codec.JSON), place=Place.ANY_ATTRIBUTE),
    )

    answer = '<body xmlns:y="urn:y"><m k="1" y:k="2"><free k="3" y:k="4"/></m></body>'

    assert by.read(parse(answer.encode()), MESSAGE) == {
        "free": {"@k": "3", "@{urn:y}k": "4"},
        "more": {"k": "1", "{urn:y}k": "2"},
    }


def test_json_of_a_type() -> None:
    """What may be anything may say which type it is, by a prefix that is declared."""
    by = values(element("free", Codec.JSON))
    typed = {"@xsi:type": "{urn:z}Amount", "#text": "5"}

    text = written(by, {"free": typed})

    (free,) = etree.fromstring(text.replace("ns0:", ""))
    prefix, _, name = (free.get(f"{{{XSI}}}type") or "").partition(":")
    assert (free.nsmap[prefix], name, free.text) == ("urn:z", "Amount", "5")
    with pytest.raises(BadInput, match=r"free\.@xsi:type: not a name of a type"):
        written(by, {"free": {"@xsi:type": "xs:int"}})


def test_any() -> None:
    """Elements nobody claims are in the field for any."""
    by = values(element("a"), Member("any", Leaf(Codec.JSON), place=Place.ANY, repeated=True))

    assert read(by, "<a>1</a><x>2</x><y z='3'/>") == {
        "a": "1",
        "any": [{"x": "2"}, {"y": {"@z": "3"}}],
    }
    assert written(by, {"any": [{"x": 2}, {"y": {"@z": True}}]}) == (
        '<ns0:m><x>2</x><y z="true"/></ns0:m>'
    )


INTERLEAVED = {"a": {"#content": ["x ", {"b": "1"}, " y ", {"c": {"@d": "2"}}, {"b": "3"}]}}


def test_json_in_order() -> None:
    """Text among children, and children of other names between, keep their order."""
    by = values(element("free", Codec.JSON))

    text = written(by, {"free": INTERLEAVED})

    assert '<a>x <b>1</b> y <c d="2"/><b>3</b></a>' in text
    assert by.read(parse(f"<body>{text}</body>".replace("ns0:", "").encode()), MESSAGE) == {
        "free": INTERLEAVED
    }


def test_mixed() -> None:
    """Mixed content is a list of texts and elements in order, beside the attributes."""
    by = values(
        Member("lang", STRING, "lang", Place.ATTRIBUTE),
        Member("content", Leaf(Codec.JSON), place=Place.MIXED, repeated=True),
    )
    content = ["Hello ", {"b": "you"}, " and ", {"b": "me"}]

    text = written(by, {"lang": "en", "content": content})

    assert text == '<ns0:m lang="en">Hello <b>you</b> and <b>me</b></ns0:m>'
    read_back = by.read(parse(f"<body>{text}</body>".replace("ns0:", "").encode()), MESSAGE)
    assert read_back == {"lang": "en", "content": content}


def test_qname() -> None:
    """A name means the same without the prefixes of its document."""
    by = values(element("q", Codec.QNAME), Member("a", Leaf(Codec.QNAME), "a", Place.ATTRIBUTE))

    assert read(by, '<q xmlns:p="urn:p">p:x</q>') == {"q": "{urn:p}x", "a": None}
    assert read(by, "<q>nobody:x</q>") == {"q": "nobody:x", "a": None}
    assert written(by, {"q": "{urn:b}x", "a": "{urn:b}y"}) == (
        '<ns0:m a="ns0:y"><q>ns0:x</q></ns0:m>'
    )


def test_default_of_an_element() -> None:
    """An element that must be there is written with its default; empty, it stands for that."""
    by = values(
        element("n", Codec.INT, default="7", required=True),
        element("o", Codec.INT, default="8"),
    )

    assert written(by, {}) == "<ns0:m><n>7</n></ns0:m>"
    assert read(by, "<n/><o/>") == {"n": 7, "o": 8}
    assert read(by, "") == {}


def test_other_namespace() -> None:
    """An element of the right name in the wrong namespace is understood."""
    assert read(values(Member("a", STRING, "{urn:b}a")), "<a>1</a>") == {"a": "1"}


def test_derived_type() -> None:
    """Of a derived type the declared one's fields are read."""
    by = values(element("a"))

    assert read(by, "<a i:type='More'>1</a><more>2</more>") == {"a": "1"}


def test_empty_text() -> None:
    """Empty text is an empty string, and for anything else null."""
    by = values(element("s"), element("n", Codec.INT))

    assert read(by, "<s/><n/>") == {"s": "", "n": None}


def test_exclusive() -> None:
    """Two fields of which one is allowed are refused."""
    by = values(element("a"), element("b"), exclusive=(("a", "b"),))

    with pytest.raises(BadInput, match="input: only one of a, b can be given"):
        written(by, {"a": "1", "b": "2"})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"n": ["x"]}, r"input\.n\.0: not decimal"),
        ({"n": 1}, r"input\.n: a list is needed"),
        ({"t": "x"}, r"input\.t: an object is needed"),
        ({"j": {"1 2": 3}}, r"input\.j\.1 2: not a name"),
    ],
)
def test_bad_input(value: object, message: str) -> None:
    """What cannot be written is named by its path."""
    by = values(
        element("n", Codec.DECIMAL, repeated=True),
        Member("t", Nested("T"), "t"),
        element("j", Codec.JSON),
    )

    with pytest.raises(BadInput, match=message):
        written(by, value)


def test_deep_json() -> None:
    """JSON nested without end is refused."""
    deep: object = "x"
    for _ in range(500):
        deep = {"a": deep}

    with pytest.raises(BadInput, match="nested too deeply"):
        written(values(element("j", Codec.JSON)), {"j": deep})


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        (Codec.INT, "many"),
        (Codec.INT, "1_000"),
        (Codec.DECIMAL, "1,5"),
        (Codec.BOOLEAN, "yes"),
        (Codec.BASE64, "~~~~"),
        (Codec.HEX, "0x1"),
    ],
)
def test_malformed(codec: Codec, text: str) -> None:
    """A text that is not what was promised is named by its place."""
    with pytest.raises(Malformed, match=f"body/m/n: not {codec.value}"):
        read(values(element("n", codec)), f"<n>{text}</n>")
