"""Broken descriptions and lying backends: one clear error each, and everything else goes on.

Every case stands beside a healthy upstream, which must be served whatever the other one does.
"""

import asyncio
import gzip
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app.served import gateway
from tests.app.test_cli import first_answer, serving
from tests.backends.process import LOOPBACK, free_port
from tests.backends.rest import TEXT, answering, json, rest
from tests.backends.talk import Talk, hanging, saying, talking
from tests.memory import peak

ENTITY = b"""<?xml version="1.0"?>
<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"><documentation>&x;</documentation></definitions>
"""
MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("kind", "file", "content", "problem"),
    [
        ("openapi", "a.json", None, "No such file"),
        ("openapi", "a.html", b"<html><body>Log in</body></html>", "HTML"),
        ("openapi", "a.json", b'{"openapi": "3.1.0", "paths": {"/a', "line 1"),
        ("openapi", "a.yaml", b"openapi: 3.1.0\npaths: [", "line 3"),
        ("openapi", "a.json", b"[]", "OpenAPI"),
        ("soap", "a.wsdl", None, "No such file"),
        ("soap", "a.wsdl", ENTITY, "DTD"),
        ("soap", "a.wsdl", b"<definitions xmlns='http://schemas.xmlsoap.org/wsdl/'>", "not XML"),
        ("soap", "a.wsdl", b"<html><body>Log in</body></html>", "HTML"),
    ],
)
async def test_a_broken_description_takes_only_its_upstream(
    tmp_path: Path, kind: str, file: str, content: bytes | None, problem: str
) -> None:
    """Missing, foreign, truncated or hostile: the problem is named, the other upstream serves."""
    if content is not None:
        (tmp_path / file).write_bytes(content)
    async with (
        rest(answering(hello=TEXT), hello=json("hi")) as healthy,
        gateway(
            f"upstreams: {{bad: {{{kind}: {file}}}, good: {{openapi: '{healthy.description}'}}}}",
            tmp_path,
        ) as asking,
    ):
        body = await asking.query("{ hello _gateway { upstreams { name status problem } } }")

    bad, good = body["data"]["_gateway"]["upstreams"]
    assert body["data"]["hello"] == "hi"
    assert (bad["status"], good["status"]) == ("UNAVAILABLE", "READY")
    assert problem in bad["problem"]
    assert "root:" not in bad["problem"]


@pytest.mark.parametrize("kind", ["openapi", "soap"])
@pytest.mark.parametrize(
    ("talk", "problem"),
    [
        (saying("500 Oops", b"stack trace"), "answered 500"),
        (saying("200 OK\r\ncontent-type: text/html", b"<html></html>"), "HTML"),
        (saying("200 OK"), ""),
        (hanging, "not discovered within 0.5 s"),
    ],
    ids=["500", "html", "nothing", "late"],
)
async def test_a_url_that_does_not_describe(
    tmp_path: Path, kind: str, talk: Talk, problem: str
) -> None:
    """An error status, a page, nothing, or no answer at all."""
    async with (
        talking(talk) as address,
        rest(answering(hello=TEXT), hello=json("hi")) as healthy,
        gateway(
            f"""
upstreams:
  bad: {{ {kind}: 'http://{address}/description' }}
  good: {{ openapi: '{healthy.description}' }}
discovery: {{ timeout: 500ms }}
""",
            tmp_path,
        ) as asking,
    ):
        body = await asking.query("{ hello _gateway { upstreams { status problem } } }")

    bad, _ = body["data"]["_gateway"]["upstreams"]
    assert body["data"]["hello"] == "hi"
    assert bad["status"] == "UNAVAILABLE"
    assert problem in bad["problem"]
    assert "stack trace" not in bad["problem"]


async def test_a_reflection_service_that_hangs(tmp_path: Path) -> None:
    """It accepts the connection and never speaks HTTP/2; discovery ends all the same."""
    async with (
        talking(hanging) as address,
        gateway(
            f"upstreams: {{bad: {{grpc: '{address}'}}}}\ndiscovery: {{timeout: 500ms}}", tmp_path
        ) as asking,
    ):
        body = await asking.query("{ _gateway { upstreams { status problem } } }")

    assert body["data"]["_gateway"]["upstreams"] == [
        {"status": "UNAVAILABLE", "problem": "not discovered within 0.5 s"}
    ]


async def flooding(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """100 MiB without an end in sight."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"')
    for _ in range(100):
        writer.write(b"a" * MIB)
        await writer.drain()


async def breaking_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Closes in the middle of its answer."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(
        b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n"a'
    )
    await writer.drain()


async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Closes as soon as it was asked."""
    await reader.readuntil(b"\r\n\r\n")


JSON = "200 OK\r\ncontent-type: application/json"
GZIP = JSON + "\r\ncontent-encoding: gzip"
PROBLEM = b'{"title": "Out of stock", "detail": "stack trace", "status": 422}'


@pytest.mark.parametrize(
    ("talk", "code", "status"),
    [
        (saying("500 Oops", b"stack trace"), "UPSTREAM_ERROR", 500),
        (saying("401 No"), "UPSTREAM_ERROR", 401),
        (saying("502 Bad\r\ncontent-type: text/html", b"<html>"), "UPSTREAM_ERROR", 502),
        (saying("200 OK\r\ncontent-type: text/html", b"<html>"), "UPSTREAM_INVALID_RESPONSE", None),
        (saying(JSON, b'{"half": [1,'), "UPSTREAM_INVALID_RESPONSE", None),
        (
            saying("422 No\r\ncontent-type: application/problem+json", PROBLEM),
            "UPSTREAM_ERROR",
            422,
        ),
        (saying(GZIP, b"\x1f\x8b"), "UPSTREAM_INVALID_RESPONSE", None),
        (saying(GZIP, gzip.compress(b'"whole"')[:-9]), "UPSTREAM_INVALID_RESPONSE", None),
        (saying(GZIP, b'"plain"'), "UPSTREAM_INVALID_RESPONSE", None),
        (saying(JSON + "\r\ncontent-length: 9", b'"two"'), "UPSTREAM_INVALID_RESPONSE", None),
        (breaking_off, "UPSTREAM_UNREACHABLE", None),
        (flooding, "UPSTREAM_INVALID_RESPONSE", None),
        (nothing, "UPSTREAM_UNREACHABLE", None),
        (hanging, "UPSTREAM_TIMEOUT", None),
    ],
    ids=[
        *("500", "401", "502-html", "html", "half", "problem", "gzip-head", "gzip-cut", "no-gzip"),
        *("two-lengths", "cut", "100MiB", "nothing", "late"),
    ],
)
async def test_a_lying_backend_is_one_error_at_its_path(
    tmp_path: Path, talk: Talk, code: str, status: int | None
) -> None:
    """Its field is null with one error that names upstream and function; the other arrives."""
    async with (
        talking(talk) as address,
        rest(answering(bad=TEXT)) as description,
        rest(answering(hello=TEXT), hello=json("hi")) as healthy,
        gateway(
            f"""
upstreams:
  bad: {{ openapi: '{description.description}', url: 'http://{address}', timeout: 2s }}
  good: {{ openapi: '{healthy.description}' }}
""",
            tmp_path,
        ) as asking,
    ):
        body = await asking.query("{ bad hello }")

    assert body["data"] == {"bad": None, "hello": "hi"}
    (error,) = body["errors"]
    expected: dict[str, Any] = {"code": code, "upstream": "bad", "function": "bad"}
    assert error["path"] == ["bad"]
    assert error["extensions"].items() >= expected.items()
    assert error["extensions"].get("status") == status
    assert "stack trace" not in str(body)
    assert address not in str(body)


PET = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "integer"},
        "name": TEXT,
        "age": {"type": "integer"},
        "kind": {"type": "string", "enum": ["cat", "dog"]},
        "tags": {"type": "array", "items": TEXT},
        "owner": {"type": "object", "required": ["email"], "properties": {"email": TEXT}},
    },
}
FINE = {"id": 1, "name": "Tom", "age": 3, "kind": "cat", "tags": ["a"], "owner": {"email": "a@b"}}


@pytest.mark.parametrize(
    ("wrong", "path", "shown"),
    [
        ({"age": "old"}, ["age"], {"age": None}),
        ({"age": 2**40}, ["age"], {"age": None}),
        ({"kind": "cow"}, ["kind"], {"kind": None}),
        ({"tags": "a"}, ["tags"], {"tags": None}),
        ({"tags": ["a", {"b": 1}]}, ["tags", 1], {"tags": None}),
        ({"owner": {}}, ["owner", "email"], {"owner": None}),
        ({"owner": "me"}, ["owner", "email"], {"owner": None}),
        ({"id": None}, ["id"], None),
    ],
)
async def test_a_value_that_breaks_its_schema(
    tmp_path: Path, wrong: dict[str, Any], path: list[Any], shown: dict[str, Any] | None
) -> None:
    """What is wrong is null, or what cannot be without it; the rest of the answer arrives."""
    async with (
        rest(
            answering(pet=PET, hello=TEXT), pet=json({**FINE, **wrong}), hello=json("hi")
        ) as backend,
        gateway(f"upstreams: {{a: {{openapi: '{backend.description}'}}}}", tmp_path) as asking,
    ):
        body = await asking.query("{ pet { id name age kind tags owner { email } } hello }")

    (error,) = body["errors"]
    assert body["data"] == {"hello": "hi", "pet": shown if shown is None else {**FINE, **shown}}
    assert error["path"] == ["pet", *path]
    assert (
        error["extensions"].items()
        >= {
            "code": "UPSTREAM_INVALID_RESPONSE",
            "upstream": "a",
            "function": "pet",
            "retryable": False,
        }.items()
    )


async def test_what_several_fields_break(tmp_path: Path) -> None:
    """Each has an error of its own, and the fields beside them their values."""
    broken = {**FINE, "age": "old", "kind": "cow", "owner": None}
    async with (
        rest(answering(pet=PET), pet=json(broken)) as backend,
        gateway(f"upstreams: {{a: {{openapi: '{backend.description}'}}}}", tmp_path) as asking,
    ):
        body = await asking.query("{ pet { name age kind owner { email } } }")

    expected = {"name": "Tom", "age": None, "kind": None, "owner": None}
    assert body["data"] == {"pet": expected}
    assert [error["path"] for error in body["errors"]] == [["pet", "age"], ["pet", "kind"]]


@pytest.mark.parametrize("shows", [True, False])
async def test_what_a_problem_says(tmp_path: Path, shows: bool) -> None:  # noqa: FBT001 - a column
    """Of problem+json (RFC 9457) clients see status and code, its words only where that is set."""
    line = "422 No\r\ncontent-type: application/problem+json"
    async with (
        talking(saying(line, b'{"title": "No stock", "detail": "Two left"}')) as address,
        rest(answering(bad=TEXT)) as description,
        gateway(
            f"""
upstreams:
  bad:
    openapi: '{description.description}'
    url: 'http://{address}'
    showMessages: {str(shows).lower()}
""",
            tmp_path,
        ) as asking,
    ):
        body = await asking.query("{ bad }")

    (error,) = body["errors"]
    assert error["extensions"]["status"] == 422
    assert ("Two left" in str(body)) == shows


async def test_an_answer_beyond_the_limit_is_not_kept(tmp_path: Path) -> None:
    """Fifty answers of 100 MiB leave a gateway of 16 MiB a call no larger than five do."""
    port = free_port()
    async with talking(flooding) as address, rest(answering(bad=TEXT)) as description:
        (tmp_path / "splice.yaml").write_text(
            f"upstreams: {{a: {{openapi: '{description.description}', url: 'http://{address}'}}}}"
        )
        async with serving(tmp_path, port) as process, httpx.AsyncClient(timeout=20) as http:
            url, five = (
                f"http://{LOOPBACK}:{port}/graphql",
                "{ a: bad b: bad c: bad d: bad e: bad }",
            )
            body = await first_answer(http, url, five)
            before = peak(process.pid)
            for _ in range(9):
                await http.post(url, json={"query": five})
            after = peak(process.pid)

    assert [error["extensions"]["code"] for error in body["errors"]] == [
        "UPSTREAM_INVALID_RESPONSE"
    ] * 5
    assert after - before < 32 * MIB


async def test_a_dead_port_is_unreachable(tmp_path: Path) -> None:
    """Nobody listens: the error says so, without the address."""
    port = free_port()
    async with (
        rest(answering(bad=TEXT)) as description,
        gateway(
            f"""
upstreams: {{a: {{openapi: '{description.description}', url: 'http://{LOOPBACK}:{port}'}}}}
""",
            tmp_path,
        ) as asking,
    ):
        body = await asking.query("{ bad }")

    (error,) = body["errors"]
    assert error["message"] == "no connection: Connection refused"
    assert (error["extensions"]["code"], error["extensions"]["retryable"]) == (
        "UPSTREAM_UNREACHABLE",
        True,
    )
