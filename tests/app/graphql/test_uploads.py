"""Files sent by the GraphQL multipart request specification, from a client to the backend."""

import asyncio
import gc
import json
import os
import re
import resource
import shlex
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from itertools import pairwise
from pathlib import Path
from tempfile import gettempdir
from typing import Any, TypeAlias

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests import corpora
from tests.app.served import Asking, gateway
from tests.backends.openapi import prism
from tests.backends.process import NODE_HOME, node
from tests.backends.rest import TEXT, document, rest, success

README = (Path(__file__).parents[3] / "README.md").read_text()
ASKING = {"graphql-require-preflight": "yes"}
FILE = {"type": "string", "format": "binary"}
MIB = 1024 * 1024

SEND = "mutation ($photo: Upload) { uploadPhoto(input: {photo: $photo}) }"
SEND_MANY = "mutation ($more: [Upload!]) { uploadPhoto(input: {more: $more}) }"
SEND_INPUT = "mutation ($input: UploadPhotoInput!) { uploadPhoto(input: $input) }"
SEND_RAW = "mutation ($image: Upload!) { raw(input: $image) }"

File: TypeAlias = tuple[str | None, bytes, str]
"""What httpx makes a part of: a file's name, its content, its media type."""


class Kept:
    """A backend's function that keeps what it is sent."""

    def __init__(self) -> None:
        self.body = b""
        self.headers: Mapping[str, str] = {}

    async def __call__(self, request: Request) -> Response:
        self.body, self.headers = await request.body(), request.headers
        return JSONResponse("kept")

    def parts(self) -> list[tuple[str, str | None, str | None, bytes]]:
        """Of each part: its name, file name, media type and content."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        whole = BytesParser(policy=HTTP).parsebytes(head + self.body)
        return [_read(part) for part in whole.iter_parts() if isinstance(part, EmailMessage)]


def _read(part: EmailMessage) -> tuple[str, str | None, str | None, bytes]:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    name = str(part.get_param("name", header="content-disposition"))
    return name, part.get_filename(), part["content-type"], content


def posting(name: str, media_type: str, schema: Any, **more: Any) -> dict[str, Any]:
    content = {media_type: {"schema": schema, **more}}
    operation = {
        "operationId": name,
        "requestBody": {"content": content},
        "responses": success(TEXT),
    }
    return {f"/{name}": {"post": operation}}


FORM = {
    "type": "object",
    "properties": {"photo": FILE, "title": TEXT, "more": {"type": "array", "items": FILE}},
}
PATHS = {
    **posting("uploadPhoto", "multipart/form-data", FORM),
    **posting("raw", "image/*", FILE),
}


class Uploading:
    """A gateway, a backend behind it, and a client that sends files."""

    def __init__(self, asking: Asking, photo: Kept, raw: Kept) -> None:
        self.http = asking.http
        self.asking = asking
        self.photo = photo
        self.raw = raw

    async def send(
        self,
        query: str,
        variables: Any,
        places: Any,
        files: Mapping[str, File],
        headers: Mapping[str, str] = ASKING,
    ) -> httpx.Response:
        """The answer to one multipart request; `places` is its `map`."""
        operations = {"query": query, "variables": variables}
        fields = [("operations", operations), ("map", places)]
        parts = {name: (None, json.dumps(value).encode(), "") for name, value in fields}
        return await self.post([*parts.items(), *files.items()], headers)

    async def post(
        self, parts: Sequence[tuple[str, File]], headers: Mapping[str, str] = ASKING
    ) -> httpx.Response:
        """The answer to a multipart request of these parts, in this order."""
        return await self.http.post("/graphql", files=parts, headers=headers)


@asynccontextmanager
async def uploading(folder: Path, server: str = "") -> AsyncIterator[Uploading]:
    """A gateway before a backend that takes files."""
    photo, raw = Kept(), Kept()
    async with (
        rest(document(PATHS), uploadPhoto=photo, raw=raw) as backend,
        gateway(
            f"upstreams: {{a: {{openapi: '{backend.description}'}}}}\nserver: {{{server}}}", folder
        ) as asking,
    ):
        yield Uploading(asking, photo, raw)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Uploading]:
    """A gateway with usual settings."""
    async with uploading(tmp_path) as client:
        yield client


def messages(answer: httpx.Response) -> str:
    """What the errors of an answer say."""
    return "\n".join(error["message"] for error in answer.json()["errors"])


async def test_a_file_arrives_with_its_name_and_media_type(client: Uploading) -> None:
    """Byte for byte, beside the other fields of the form."""
    content = bytes(range(256)) * 40

    answer = await client.send(
        SEND_INPUT,
        {"input": {"title": "Ann", "photo": None}},
        {"0": ["variables.input.photo"]},
        {"0": ("ann.png", content, "image/png")},
    )

    assert answer.json() == {"data": {"uploadPhoto": "kept"}}
    assert client.photo.parts() == [
        ("photo", "ann.png", "image/png", content),
        ("title", None, None, b"Ann"),
    ]


async def test_a_list_of_files(client: Uploading) -> None:
    """Each is a part of its own, in the list's order."""
    files = {
        "b": ("2.txt", b"two", "text/plain"),
        "a": ("1.txt", b"one", "text/csv"),
    }

    answer = await client.send(
        SEND_MANY,
        {"more": [None, None]},
        {"a": ["variables.more.0"], "b": ["variables.more.1"]},
        files,
    )

    assert answer.status_code == 200
    assert client.photo.parts() == [
        ("more", "1.txt", "text/csv", b"one"),
        ("more", "2.txt", "text/plain", b"two"),
    ]


async def test_one_file_in_two_places(client: Uploading) -> None:
    """The specification sends it once and names both places."""
    answer = await client.send(
        SEND_MANY,
        {"more": [None, None]},
        {"0": ["variables.more.0", "variables.more.1"]},
        {"0": ("a", b"same", "")},
    )

    assert answer.status_code == 200
    assert [content for *_, content in client.photo.parts()] == [b"same", b"same"]


async def test_a_whole_body(client: Uploading) -> None:
    """A body that is a file has the file's own media type, where the description has a range."""
    answer = await client.send(
        SEND_RAW,
        {"image": None},
        {"0": ["variables.image"]},
        {"0": ("a.gif", b"GIF89a", "image/gif")},
    )

    assert answer.json() == {"data": {"raw": "kept"}}
    assert (client.raw.body, client.raw.headers["content-type"]) == (b"GIF89a", "image/gif")


async def test_a_file_of_another_media_type_is_refused(client: Uploading) -> None:
    """Nothing is sent where the description wants an image and a text was given."""
    answer = await client.send(
        SEND_RAW,
        {"image": None},
        {"0": ["variables.image"]},
        {"0": ("a.txt", b"text", "text/plain")},
    )

    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "image/*" in error["message"]
    assert client.raw.headers == {}


async def test_base64_stands_for_a_file(client: Uploading) -> None:
    """Also in a request that is JSON."""
    body = await client.asking.query(SEND, {"photo": "AP8="})

    assert body == {"data": {"uploadPhoto": "kept"}}
    assert client.photo.parts() == [
        ("photo", "photo", "application/octet-stream", b"\x00\xff"),
    ]


@pytest.mark.parametrize("value", ["***", 7, {"name": "a"}])
async def test_what_is_no_file(client: Uploading, value: Any) -> None:
    """The scalar takes files and base64, and says so by its own name."""
    body = await client.asking.query(SEND, {"photo": value})

    (error,) = body["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "Upload cannot represent" in error["message"]


async def test_a_large_file_is_streamed(tmp_path: Path) -> None:
    """It arrives whole and announced by its length, and leaves no file behind."""
    content = os.urandom(12 * MIB)

    async with uploading(tmp_path) as client:
        before = _open_files()
        answer = await client.send(
            SEND,
            {"photo": None},
            {"0": ["variables.photo"]},
            {"0": ("large", content, "application/x-thing")},
        )
        gc.collect()
        after = _open_files()

    assert answer.json() == {"data": {"uploadPhoto": "kept"}}
    assert client.photo.parts() == [("photo", "large", "application/x-thing", content)]
    assert client.photo.headers["content-length"] == str(len(client.photo.body))
    assert after == before


def _open_files() -> set[str]:
    """The files without a name that are open in this process."""
    found = {os.path.realpath(one) for one in Path("/proc/self/fd").iterdir()}
    return {one for one in found if one.startswith(gettempdir()) and one.endswith("(deleted)")}


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\fake\\a.txt", "a.txt"),
        ("..", "photo"),
        ("été 日本.txt", "été 日本.txt"),
        ('a"; filename="b', "a%22; filename=%22b"),
        ("a\r\nX-Evil: 1", "a%0D%0AX-Evil: 1"),
    ],
)
async def test_hostile_names(client: Uploading, name: str, sent: str) -> None:
    """Folders are left out, and what would end a header is percent-encoded (RFC 7578 §4.2)."""
    await client.send(
        SEND, {"photo": None}, {"0": ["variables.photo"]}, {"0": (name, b"x", "text/plain")}
    )

    head = client.photo.body.split(b"\r\n\r\n")[0].decode().split("\r\n")
    assert f'Content-Disposition: form-data; name="photo"; filename="{sent}"' in head
    assert head[2:] == ["Content-Type: text/plain"]


@pytest.mark.real
async def test_nodes_own_form_data(client: Uploading) -> None:
    """`fetch` and `FormData`, as in browsers, with a name that needs escaping."""
    names = ['a"b.png', "日本.png"]
    process = await asyncio.create_subprocess_exec(
        *node(NODE_HOME / "upload.mjs", f"{client.http.base_url}/graphql"),
        json.dumps({"query": SEND_MANY, "variables": {"more": [None, None]}}),
        json.dumps({"0": ["variables.more.0"], "1": ["variables.more.1"]}),
        *(f"{name}=content" for name in names),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()

    assert json.loads(output) == {"data": {"uploadPhoto": "kept"}}
    assert client.photo.parts() == [
        ("more", "a%22b.png", "image/png", b"content"),
        ("more", "日本.png", "image/png", b"content"),
    ]


async def test_the_command_in_the_readme(client: Uploading) -> None:
    """The parts and headers of the `curl` shown, sent as they stand there."""
    (command,) = re.findall(r"```sh\n(curl .*? -F .*?)```", README, re.DOTALL)
    words = shlex.split(command)
    given = [word for flag, word in pairwise(words) if flag == "-F"]
    fields = dict(word.split("=", 1) for word in given)
    header = words[words.index("-H") + 1].split(": ")

    parts: list[tuple[str, File]] = [
        (
            name,
            (value[1:], b"\x89PNG", "image/png") if value[0] == "@" else (None, value.encode(), ""),
        )
        for name, value in fields.items()
    ]
    answer = await client.post(parts, {header[0]: header[1]})

    assert answer.json() == {"data": {"uploadPhoto": "kept"}}
    assert client.photo.parts() == [("photo", "photo.png", "image/png", b"\x89PNG")]


@pytest.mark.parametrize(
    "name", ["graphql-require-preflight", "apollo-require-preflight", "x-apollo-operation-name"]
)
async def test_any_of_the_headers_that_make_browsers_ask(client: Uploading, name: str) -> None:
    """One is enough, whatever its value."""
    answer = await client.send(
        SEND, {"photo": None}, {"0": ["variables.photo"]}, {"0": ("a", b"x", "")}, {name: "1"}
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("headers", [{}, {"graphql-require-preflight": ""}])
async def test_a_page_of_somebody_else_cannot_send_files(
    client: Uploading, headers: dict[str, str]
) -> None:
    """Without such a header nothing is read, and the message says what to send."""
    answer = await client.send(
        SEND, {"photo": None}, {"0": ["variables.photo"]}, {"0": ("a", b"x", "")}, headers
    )

    assert answer.status_code == 400
    assert "graphql-require-preflight" in messages(answer)
    assert client.photo.headers == {}


MAP = {"0": ["variables.photo"]}


def operation(variables: Any = None, query: str = SEND) -> File:
    variables = {"photo": None} if variables is None else variables
    return None, json.dumps({"query": query, "variables": variables}).encode(), ""


def places(value: Any) -> File:
    return None, json.dumps(value).encode(), ""


A = ("0", ("a", b"x", ""))


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([("map", places(MAP)), A], "part called operations"),
        ([("operations", operation()), A], "part called map"),
        ([("operations", operation()), ("map", places(MAP))], "'0' of `map` was not sent"),
        ([("operations", operation()), ("map", places({})), A], "where the file '0' goes"),
        ([("operations", operation()), ("map", places({"0": []})), A], "where the file '0' goes"),
        ([("operations", operation()), ("map", places(MAP)), A, A], "'0' came twice"),
        ([("operations", operation()), ("map", places(MAP)), ("map", places(MAP)), A], "twice"),
        ([("operations", (None, b"{", "")), ("map", places(MAP)), A], "operations is not JSON"),
        ([("operations", operation()), ("map", (None, b"\xff", "")), A], "map is not JSON"),
        ([("operations", operation()), ("map", places([])), A], "object of lists of paths"),
        ([("operations", operation()), ("map", places({"0": "x"})), A], "object of lists of paths"),
        ([("operations", places([{}])), ("map", places(MAP)), A], "must be one operation"),
        ([("operations", places({})), ("map", places(MAP)), A], "there is no 'variables.photo'"),
        (
            [("operations", operation({"photo": "x"})), ("map", places(MAP)), A],
            "already at 'variables.photo'",
        ),
        (
            [("operations", operation()), ("map", places({"0": MAP["0"] * 2})), A],
            "already at 'variables.photo'",
        ),
        (
            [("operations", operation()), ("map", places({"0": ["query"]})), A],
            "'query' is not a path below `variables`",
        ),
    ],
)
async def test_what_is_no_multipart_request(
    client: Uploading, parts: list[tuple[str, File]], said: str
) -> None:
    """400 and a GraphQL error that says what is missing, wrong, or too much."""
    answer = await client.post(parts)

    assert answer.status_code == 400
    assert said in messages(answer)
    assert answer.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_BAD_REQUEST"
    assert client.photo.headers == {}


@pytest.mark.parametrize(
    "path",
    [
        "variables",
        "variables.",
        "variables.other",
        "variables.more",
        "variables.more.1",
        "variables.more.-1",
        "variables.more.x",
        "variables.more.\u0660",
        "variables.more.0.x",
        "variables.more." + "9" * 5000,
        "variables.__class__",
        "",
    ],
)
async def test_paths_that_lead_nowhere(client: Uploading, path: str) -> None:
    """A file goes only where the operation has null for it."""
    answer = await client.send(SEND_MANY, {"more": [None]}, {"0": [path]}, {"0": ("a", b"x", "")})

    assert answer.status_code == 400
    assert "`map`" in messages(answer)


async def test_parts_may_come_in_any_order(client: Uploading) -> None:
    """The specification wants the files last; nothing depends on it here."""
    answer = await client.post([A, ("map", places(MAP)), ("operations", operation())])

    assert answer.json() == {"data": {"uploadPhoto": "kept"}}


BOUNDARY = "multipart/form-data; boundary=xyz"


@pytest.mark.parametrize(
    ("media_type", "body", "said"),
    [
        ("multipart/form-data", b"--xyz--\r\n", "needs a boundary"),
        (f"multipart/form-data; boundary={'x' * 300}", b"", "not multipart/form-data"),
        (BOUNDARY, b"", "has no end"),
        (BOUNDARY, b"{}", "not multipart/form-data"),
        (BOUNDARY, b'--xyz\r\nContent-Disposition: form-data; name="0"\r\n\r\nx', "has no end"),
        (BOUNDARY, b"--xyz\r\nA: b\r\n\r\nx\r\n--xyz--\r\n", "Content-Disposition"),
        (BOUNDARY, b"--xyz\r\nContent-Disposition: form-data; name=0\r\nContent-Type: a b\r\n\r\n"
            b"x\r\n--xyz--\r\n", "Content-Type"),
        (BOUNDARY, b"--xyz\r\nContent-Disposition: form-data; name=0\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\nx\r\n--xyz--\r\n", "Transfer-Encoding"),
        (BOUNDARY, b"--xyz\r\n" + b"A: b\r\n" * 9, "head is too large"),
        (BOUNDARY, b"--xyz\r\nA: " + b"b" * 5000, "head is too large"),
    ],
)  # fmt: skip
async def test_what_is_no_multipart(
    client: Uploading, media_type: str, body: bytes, said: str
) -> None:
    """Broken off, without a boundary, with heads that are wrong or without an end."""
    answer = await client.http.post(
        "/graphql", content=body, headers={**ASKING, "content-type": media_type}
    )

    assert answer.status_code == 400
    assert said in messages(answer)


async def test_a_media_type_in_capitals(client: Uploading) -> None:
    """It is case-insensitive (RFC 9110 §8.3.1)."""
    request = client.http.build_request(
        "POST", "/graphql", files=[("operations", operation()), ("map", places(MAP)), A]
    )
    media_type = request.headers["content-type"].replace("form-data", "Form-Data")
    request.headers.update({**ASKING, "content-type": media_type})

    answer = await client.http.send(request)

    assert answer.json() == {"data": {"uploadPhoto": "kept"}}


async def test_too_many_files(tmp_path: Path) -> None:
    """Neither more parts, nor one file in more places."""
    async with uploading(tmp_path, "maxFiles: 2") as client:
        nulls = {"more": [None] * 3}
        paths = [f"variables.more.{index}" for index in range(3)]
        many = await client.send(
            SEND_MANY,
            nulls,
            {str(index): [path] for index, path in enumerate(paths)},
            {str(index): ("a", b"x", "") for index in range(3)},
        )
        one = await client.send(SEND_MANY, nulls, {"0": paths}, {"0": ("a", b"x", "")})

    assert (many.status_code, one.status_code) == (400, 400)
    assert "more parts" in messages(many)
    assert "more than 2 places" in messages(one)


async def test_an_operation_may_be_as_large_as_in_json(tmp_path: Path) -> None:
    """`maxBody` holds for the part, `maxUpload` for all of them."""
    async with uploading(tmp_path, "maxBody: 1KiB") as client:
        query = SEND + " " * 2000
        answer = await client.send(query, {"photo": None}, MAP, {"0": ("a", b"x", "")})

    assert answer.status_code == 413
    assert "the part operations" in messages(answer)


async def test_uploads_may_be_turned_off(tmp_path: Path) -> None:
    """With `maxUpload: 0` base64 remains."""
    async with uploading(tmp_path, "maxUpload: 0") as client:
        refused = await client.send(SEND, {"photo": None}, MAP, {"0": ("a", b"x", "")})
        taken = await client.asking.query(SEND, {"photo": "AA=="})

    assert refused.status_code == 400
    assert "no multipart requests" in messages(refused)
    assert taken == {"data": {"uploadPhoto": "kept"}}


async def test_a_request_that_announces_too_much_is_refused_at_once(client: Uploading) -> None:
    """By its `Content-Length`, with nothing of the body read."""
    url = client.http.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: {100 * MIB}\r\n"
    writer.write(f"{head}Content-Type: {BOUNDARY}\r\nGraphQL-Require-Preflight: 1\r\n\r\n".encode())
    status = await reader.readline()
    writer.close()

    assert status.startswith(b"HTTP/1.1 413 ")


async def test_a_body_without_an_end_does_not_fill_the_memory(client: Uploading) -> None:
    """100 MiB in chunks are refused after 16; a file on its way to disk is not held."""

    async def endless() -> AsyncIterator[bytes]:
        yield b'--xyz\r\nContent-Disposition: form-data; name="0"; filename="a"\r\n\r\n'
        for _ in range(1600):
            yield bytes(64 * 1024)

    open_before = _open_files()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = await client.http.post(
        "/graphql", content=endless(), headers={**ASKING, "content-type": BOUNDARY}
    )
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    assert answer.status_code == 413
    assert grown < 12 * 1024
    assert _open_files() == open_before


async def test_a_client_that_leaves_midway(client: Uploading) -> None:
    """Nothing is called, and what had come of the file is gone."""
    before = _open_files()
    url = client.http.base_url
    _, writer = await asyncio.open_connection(url.host, url.port)
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: {8 * MIB}\r\n"
    begun = b'--xyz\r\nContent-Disposition: form-data; name="0"; filename="a"\r\n\r\n'
    writer.write(f"{head}Content-Type: {BOUNDARY}\r\nGraphQL-Require-Preflight: 1\r\n\r\n".encode())
    writer.write(begun + bytes(4 * MIB))
    await writer.drain()
    async with asyncio.timeout(10):
        while _open_files() == before:
            await client.asking.query("{ __typename }")
        writer.close()
        while _open_files() != before:
            await client.asking.query("{ __typename }")

    assert client.photo.headers == {}


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "text/plain; x=application/json",
        "text/plain;application/json",
        "multipart/form-data; boundary=application/json",
    ],
)
async def test_simple_requests_reach_nothing(client: Uploading, media_type: str) -> None:
    """A browser sends these to anywhere without asking; a mutation in one is not run."""
    body = json.dumps({"query": 'mutation { uploadPhoto(input: {photo: "AA=="}) }'})

    answer = await client.http.post("/graphql", content=body, headers={"content-type": media_type})

    assert answer.status_code == 400
    assert client.photo.headers == {}


PNG = ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "image/png")
PLAIN = ("a.txt", b"plain text", "text/plain")


MIXED = "postAnythingMultipartFormdata(input: {orderId: 7, documentFile: $a})"
LISTED = "putAnythingMultipartFormdata(input: {filename: [$a]})"


@pytest.mark.real
@pytest.mark.corpus
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("name", "file", "fields"),
    [
        (
            "ibm-oas-graphql/file_upload",
            ("a.txt", b"plain text", "text/plain"),
            {"postUpload(input: {file: $a}) { id url }": None},
        ),
        (
            "readme-file-uploads",
            ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "image/png"),
            {"postAnythingImagePng(input: $a)": None, MIXED: None, LISTED: 422},
        ),
    ],
)
async def test_prism_takes_uploads(
    name: str, file: File, fields: Mapping[str, int | None], tmp_path: Path
) -> None:
    """Prism checks them against the document; a list of files it refuses from anybody.

    Of several parts with one name it keeps the last, which is then no list.
    """
    description = corpora.spec(f"openapi/native30/{name}.json")
    with prism(description) as server:
        config = f"upstreams: {{a: {{openapi: '{description}', url: '{server.url}'}}}}"
        async with gateway(config, tmp_path) as asking:
            client = Uploading(asking, Kept(), Kept())
            places = {"0": ["variables.a"]}
            answers = [
                await client.send(
                    f"mutation ($a: Upload!) {{ a: {field} }}", {"a": None}, places, {"0": file}
                )
                for field in fields
            ]

    assert [_refused_with(answer) for answer in answers] == list(fields.values())


def _refused_with(answer: httpx.Response) -> int | None:
    """The status with which the backend refused; None where it did not."""
    errors = answer.json().get("errors")
    status: int | None = errors[0]["extensions"]["status"] if errors else None
    return status
