"""Request bodies as they come in at the backend, and answers in XML."""

import email.parser
import email.policy
from decimal import Decimal
from email.message import EmailMessage
from typing import Any

import pytest
from lxml import etree

from tests.backends.openapi import Asked, fixed, told
from tests.upstreams.openapi.lines import Line, catalog, line, lined
from upstreams.errors import BadInput, Malformed
from upstreams.kind import File

TEXT = {"type": "string"}
FILE = {"type": "string", "format": "binary"}


def sending(schema: Any, media_type: str = "application/json", **more: Any) -> Any:
    return {"requestBody": {"content": {media_type: {"schema": schema, **more}}}}


def an_object(**properties: Any) -> Any:
    return {"type": "object", "properties": properties}


def parts(asked: Asked) -> list[EmailMessage]:
    """The parts of a multipart body, by Python's own reader of MIME."""
    head = f"Content-Type: {asked.header('content-type')}\r\n\r\n".encode()
    whole = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + asked.body)
    return list(whole.iter_parts())  # type: ignore[arg-type]  # the policy makes EmailMessages


def seen(one: Line) -> list[tuple[str | None, str | None, str | None, bytes]]:
    """Of each part: its name, file name, media type and content."""
    return [
        (
            part.get_param("name", header="content-disposition"),  # type: ignore[misc]
            part.get_filename(),
            part["content-type"],
            part.get_payload(decode=True),
        )
        for part in parts(one.backend.asked[0])
    ]


async def test_a_form() -> None:
    """A form's lists are repeated, its objects are JSON or what their encoding says."""
    form = sending(
        {"type": "object"},
        "application/x-www-form-urlencoded",
        encoding={"deep": {"style": "deepObject"}, "j": {"contentType": "application/json"}},
    )
    async with line(told({}), form, method="post") as one:
        deep = {"deep": {"k": "v"}, "j": ["x"]}
        await one.ask(input={"a": "x y", "l": [1, 2], "o": {"k": True}, **deep})

        asked = one.backend.asked[0]
        assert asked.body == (
            b"a=x%20y&l=1&l=2&o=%7B%22k%22%3Atrue%7D&deep%5Bk%5D=v&j=%5B%22x%22%5D"
        )
        assert asked.header("content-type") == "application/x-www-form-urlencoded"


async def test_a_multipart_form() -> None:
    """Text, files, objects and lists are written as their values suggest."""
    schema = an_object(t=TEXT, f=FILE, o={"type": "object"}, l={"type": "array", "items": TEXT})
    async with line(told({}), sending(schema, "multipart/form-data"), method="post") as one:
        f = File(b"\x00\r\n\xff")
        value = {"t": "ü\r\n--", "f": f, "o": {"k": 1}, "l": ["a", "b"], "n": None}
        await one.ask(input=value)

        assert seen(one) == [
            ("t", None, None, "ü\r\n--".encode()),
            ("f", "f", "application/octet-stream", b"\x00\r\n\xff"),
            ("o", None, "application/json", b'{"k":1}'),
            ("l", None, None, b"a"),
            ("l", None, None, b"b"),
        ]


async def test_a_multipart_form_with_encoding() -> None:
    """Encoding objects give parts their media type, style and headers."""
    schema = an_object(f=FILE, j=TEXT, d={"type": "object"}, b={**TEXT, "format": "byte"})
    encoding = {
        "f": {"contentType": "image/*, image/png", "headers": {"X-A": {"schema": {"const": "1"}}}},
        "j": {"contentType": "application/json"},
        "d": {"style": "deepObject"},
    }
    form = sending(schema, "multipart/form-data", encoding=encoding)
    async with line(told({}), form, method="post") as one:
        await one.ask(input={"f": File(b"\x89PNG"), "j": "x", "d": {"k": "a&b"}, "b": b"\x00"})

        assert seen(one) == [
            ("f", "f", "image/png", b"\x89PNG"),
            ("j", None, "application/json", b'"x"'),
            ("d[k]", None, None, b"a&b"),
            ("b", None, None, b"AA=="),
        ]
        assert parts(one.backend.asked[0])[0]["x-a"] == "1"


async def test_a_multipart_form_of_swagger_2() -> None:
    """Where a form has a file, its parameters are the parts of a multipart body."""
    fields = [
        {"name": "name", "in": "formData", "type": "string"},
        {"name": "file", "in": "formData", "type": "file"},
        {"name": "tags", "in": "formData", "type": "array", "items": TEXT},
    ]
    found = catalog({"parameters": fields}, method="post", swagger="2.0")
    async with lined(told({}), found) as one:
        await one.ask(name="n", file=File(b"\x00"), tags=["a", "b"])

        assert seen(one) == [
            ("name", None, None, b"n"),
            ("file", "file", "application/octet-stream", b"\x00"),
            ("tags", None, None, b"a,b"),
        ]


async def test_a_part_with_a_hostile_name() -> None:
    """A field's name cannot end its header."""
    async with line(told({}), sending({}, "multipart/form-data"), method="post") as one:
        await one.ask(input={'a"\r\nX-B: c': "v"})

        assert seen(one) == [("a%22%0D%0AX-B: c", None, None, b"v")]


async def test_a_form_that_is_no_object() -> None:
    """What has no names cannot be a form."""
    async with line(told({}), sending({}, "multipart/form-data"), method="post") as one:
        with pytest.raises(BadInput, match="an object is wanted"):
            await one.ask(input=[1])


@pytest.mark.parametrize(
    ("media_type", "schema", "value", "body"),
    [
        ("text/plain", TEXT, "ü", "ü".encode()),
        ("application/octet-stream", FILE, File(b"\x00\xff"), b"\x00\xff"),
        ("image/png", FILE, File(b"\x89PNG"), b"\x89PNG"),
        ("image/png", FILE, File(b"GIF89a", "a.gif", "image/gif"), b"GIF89a"),
        ("text/csv", FILE, File(b"\xff,1\n"), b"\xff,1\n"),
        ("application/xml", FILE, File(b"\xff\xfe<\x00"), b"\xff\xfe<\x00"),
        ("application/zip", TEXT, File(b"PK"), b"PK"),
        ("application/json", FILE, File(b"\xff"), b'"/w=="'),
        (
            "application/x-www-form-urlencoded",
            an_object(f=FILE),
            {"f": File(b"\xff")},
            b"f=%2Fw%3D%3D",
        ),
        ("application/merge-patch+json", {}, {"a": None}, b'{"a":null}'),
        ("application/xml", TEXT, "<a/>", b"<a/>"),
        ("application/x-www-form-urlencoded", TEXT, "a=1&b=2", b"a=1&b=2"),
        ("application/yaml", TEXT, "a: 1", b"a: 1"),
    ],
)
async def test_other_bodies(media_type: str, schema: Any, value: Any, body: bytes) -> None:
    """Text and bytes are sent as they are, under the media type of the description."""
    async with line(told({}), sending(schema, media_type), method="post") as one:
        await one.ask(input=value)

        assert one.backend.asked[0].body == body
        assert one.backend.asked[0].header("content-type") == media_type


SEVERAL = "image/png, image/gif, application/*"


@pytest.mark.parametrize(
    ("content_type", "own", "sent"),
    [
        ("image/png", "", "image/png"),
        ("image/png", "image/gif", "image/png"),
        (SEVERAL, "", "image/png"),
        (SEVERAL, "image/gif", "image/gif"),
        (SEVERAL, 'Application/PDF; v="1"', 'Application/PDF; v="1"'),
        ("image/*", "", "application/octet-stream"),
        ("image/*", "image/webp", "image/webp"),
        ("", 'text/csv; charset="utf-8"', 'text/csv; charset="utf-8"'),
    ],
)
async def test_the_media_type_of_a_part(content_type: str, own: str, sent: str) -> None:
    """The description's where it is one; of several, or of a range, the file's own."""
    encoding = {"f": {"contentType": content_type}, "l": {"contentType": content_type}}
    schema = an_object(f=FILE, l={"type": "array", "items": FILE})
    form = sending(schema, "multipart/form-data", encoding=encoding)
    async with line(told({}), form, method="post") as one:
        file = File(b"x", "a.bin", own)
        await one.ask(input={"f": file, "l": [file, file]})

        assert seen(one) == [
            ("f", "a.bin", sent, b"x"),
            ("l", "a.bin", sent, b"x"),
            ("l", "a.bin", sent, b"x"),
        ]


@pytest.mark.parametrize("content_type", ["image/*", "image/png, image/gif", "*/png"])
async def test_a_part_of_another_media_type(content_type: str) -> None:
    """A file that is none of those described is refused, and nothing is sent."""
    encoding = {"f": {"contentType": content_type}}
    form = sending(an_object(f=FILE), "multipart/form-data", encoding=encoding)
    async with line(told({}), form, method="post") as one:
        with pytest.raises(BadInput, match="of text/html"):
            await one.ask(input={"f": File(b"x", "", "text/html")})

        assert one.backend.asked == []


@pytest.mark.parametrize(
    ("offered", "own", "sent"),
    [
        (("image/*",), "image/webp", "image/webp"),
        (("image/*",), "", "application/octet-stream"),
        (("*/*",), "text/plain", "text/plain"),
        (("*/*",), "", "application/octet-stream"),
        (("image/png", "image/gif"), "image/gif", "image/gif"),
        (("image/png", "image/gif"), "", "image/png"),
        (("text/csv", "application/zip"), "application/zip", "application/zip"),
    ],
)
@pytest.mark.parametrize("old", [False, True])
async def test_the_media_type_of_a_file(
    offered: tuple[str, ...], own: str, sent: str, *, old: bool
) -> None:
    """A body of several media types, or of a range of them, is sent as what the file is."""
    content = {one: {"schema": FILE} for one in offered}
    parameters = [{"name": "f", "in": "body", "schema": FILE}]
    found = (
        catalog({"consumes": list(offered), "parameters": parameters}, method="post", swagger="2.0")
        if old
        else catalog({"requestBody": {"content": content}}, method="post")
    )
    async with lined(told({}), found) as one:
        await one.ask(input=File(b"x", "a", own))

        assert one.backend.asked[0].header("content-type") == sent


async def test_a_file_of_openapi_3_1() -> None:
    """What the schema says of its content is for a file that does not say it itself."""
    raw = {"contentMediaType": "image/png"}
    form = {
        "requestBody": {"content": {"multipart/form-data": {"schema": an_object(a=raw, b=raw)}}}
    }
    found = catalog(form, method="post", openapi="3.1.0")
    async with lined(told({}), found) as one:
        await one.ask(input={"a": File(b"x"), "b": File(b"x", "b", "image/gif")})

        assert seen(one) == [("a", "a", "image/png", b"x"), ("b", "b", "image/gif", b"x")]


async def test_a_list_of_files_with_a_style() -> None:
    """A style is for texts: files are parts of their own."""
    schema = an_object(l={"type": "array", "items": FILE})
    encoding = {"l": {"style": "form", "explode": False}}
    form = sending(schema, "multipart/form-data", encoding=encoding)
    async with line(told({}), form, method="post") as one:
        await one.ask(input={"l": [File(b"1"), File(b"2")]})

        assert [content for *_, content in seen(one)] == [b"1", b"2"]


async def test_a_file_with_a_hostile_name() -> None:
    """A name cannot end its header, nor hold what no header can."""
    async with line(
        told({}), sending(an_object(f=FILE), "multipart/form-data"), method="post"
    ) as one:
        await one.ask(input={"f": File(b"x", 'a"\r\nX-B: c', "text/plain")})
        with pytest.raises(BadInput, match="control characters"):
            await one.ask(input={"f": File(b"x", "a\x00", "text/plain")})

        assert seen(one) == [("f", "a%22%0D%0AX-B: c", "text/plain", b"x")]
        assert parts(one.backend.asked[0])[0]["x-b"] is None


async def test_a_file_within_json() -> None:
    """It is base64 there, as any bytes are, also in a part that is JSON."""
    inner = an_object(f=FILE)
    form = sending(an_object(o=inner), "multipart/form-data")
    async with line(told({}), form, method="post") as one:
        await one.ask(input={"o": {"f": File(b"\xff", "a", "image/png")}})

        assert seen(one) == [("o", None, "application/json", b'{"f":"/w=="}')]


@pytest.mark.parametrize(
    ("offered", "schema", "chosen"),
    [
        (("application/xml", "application/json"), an_object(a=TEXT), "application/json"),
        (("text/plain", "application/xml"), an_object(a=TEXT), "application/xml"),
        (
            ("multipart/form-data", "application/x-www-form-urlencoded"),
            an_object(a=TEXT),
            "application/x-www-form-urlencoded",
        ),
        (
            ("application/x-www-form-urlencoded", "multipart/form-data"),
            an_object(a=FILE),
            "multipart/form-data",
        ),
        (("application/octet-stream", "multipart/mixed"), an_object(a=TEXT), "multipart/mixed"),
    ],
)
def test_the_media_type_that_is_chosen(offered: tuple[str, ...], schema: Any, chosen: str) -> None:
    """JSON comes first, then forms, XML, text and bytes; multipart is for forms with files."""
    content = {one: {"schema": schema} for one in offered}

    found = catalog({"requestBody": {"content": content}}, method="post")

    body = found.functions[0].binding.body
    assert body is not None
    assert body.media_type == chosen


NAMED = "http://pets.example/ns"
PET = {
    "type": "object",
    "xml": {"name": "pet", "prefix": "p", "namespace": NAMED},
    "properties": {
        "id": {"type": "integer", "format": "int64", "xml": {"attribute": True}},
        "name": {"type": "string", "xml": {"name": "Name"}},
        "weight": {"type": "number"},
        "wild": {"type": "boolean"},
        "tags": {
            "type": "array",
            "xml": {"wrapped": True},
            "items": {**TEXT, "xml": {"name": "tag"}},
        },
        "seen": {"type": "array", "items": {"type": "integer", "xml": {"name": "at"}}},
        "owner": {"$ref": "#/components/schemas/Owner"},
        "pets": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
    },
}
SCHEMAS = {"schemas": {"Pet": PET, "Owner": an_object(name=TEXT)}}
PET_REF = {"$ref": "#/components/schemas/Pet"}
REX = {
    "id": 2**40,
    "name": "Rex & <co>",
    "weight": Decimal("1.10"),
    "wild": False,
    "tags": ["a", "b"],
    "seen": [1, 2],
    "owner": {"name": "Ann"},
    "pets": [{"name": "Pup"}],
}
WRITTEN = (
    f'<p:pet xmlns:p="{NAMED}" id="1099511627776"><Name>Rex &amp; &lt;co&gt;</Name>'
    "<weight>1.10</weight><wild>false</wild><tags><tag>a</tag><tag>b</tag></tags>"
    "<at>1</at><at>2</at><owner><name>Ann</name></owner>"
    "<p:pet><Name>Pup</Name></p:pet></p:pet>"
)


def in_xml(schema: Any = PET_REF, **more: Any) -> Any:
    content = {"application/xml": {"schema": schema}}
    operation = {"requestBody": {"content": content}, "responses": {"200": {"content": content}}}
    return catalog(operation, method="post", components=SCHEMAS, **more)


async def test_a_body_in_xml() -> None:
    """Names, attributes, wrappers, prefixes and namespaces are as the description says."""
    async with lined(fixed(b""), in_xml()) as one:
        await one.ask(input=REX)

        asked = one.backend.asked[0]
        root = etree.fromstring(asked.body)
        assert etree.tostring(root).decode() == WRITTEN
        assert (asked.header("content-type"), asked.header("accept")) == (
            "application/xml",
            "application/xml",
        )


async def test_an_answer_in_xml() -> None:
    """What was written as XML is read back as it was."""
    async with lined(fixed(WRITTEN.encode()), in_xml()) as one:
        found = await one.ask()

    assert found == {**REX, "id": "1099511627776", "seen": ["1", "2"]}
    assert str(found["weight"]) == "1.10"


async def test_a_list_in_xml() -> None:
    """A list at the top has an element around it."""
    pets = {"type": "array", "xml": {"name": "pets"}, "items": an_object(name=TEXT)}
    pets["items"]["xml"] = {"name": "pet"}
    body = b"<pets><pet><name>a</name></pet><pet><name>b</name></pet></pets>"
    async with lined(fixed(body), in_xml(pets)) as one:
        value = await one.ask(input=[{"name": "a"}, {"name": "b"}])

        assert value == [{"name": "a"}, {"name": "b"}]
        assert one.backend.asked[0].body.endswith(body)


async def test_a_default_namespace() -> None:
    """Below an element with a namespace and no prefix, elements are in that namespace."""
    schema = {**an_object(name=TEXT), "xml": {"name": "a", "namespace": NAMED}}
    async with lined(fixed(b""), in_xml(schema)) as one:
        await one.ask(input={"name": "x"})

        written = f'<a xmlns="{NAMED}"><name>x</name></a>'.encode()
        assert one.backend.asked[0].body.endswith(written)


BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><pet><Name>&c;</Name></pet>'
FILES = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><pet><Name>&b;</Name></pet>'


@pytest.mark.parametrize(
    "body", [b"<pet>", b"{}", BOMB, FILES, b"<a>" * 100_000, b"<pet>\xff</pet>"]
)
async def test_xml_that_is_refused(body: bytes) -> None:
    """What is not XML, has a document type or no end of depth is malformed."""
    async with lined(fixed(body), in_xml()) as one:
        with pytest.raises(Malformed):
            await one.ask()


@pytest.mark.parametrize("value", ["\x00", "\ud800"])
async def test_text_that_xml_cannot_hold(value: str) -> None:
    """A text with a character that XML has no place for is refused, and nothing is sent."""
    async with lined(fixed(b""), in_xml()) as one:
        with pytest.raises(BadInput):
            await one.ask(input={"name": value})

        assert one.backend.asked == []


async def test_xml_without_a_schema_of_its_parts() -> None:
    """XML of which no element is described is text, both ways."""
    async with lined(fixed(b"<a>1</a>"), in_xml(TEXT)) as one:
        assert await one.ask(input="<b/>") == "<a>1</a>"
        assert one.backend.asked[0].body == b"<b/>"


async def test_an_optional_body() -> None:
    """A body that was not given is not sent, in no media type."""
    for media_type in ("multipart/form-data", "application/xml", "text/plain"):
        async with line(told({}), sending(an_object(a=TEXT), media_type), method="post") as one:
            await one.ask()

            asked = one.backend.asked[0]
            assert (asked.body, asked.header("content-type")) == (b"", None)
