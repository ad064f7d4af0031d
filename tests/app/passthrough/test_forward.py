"""What crosses the gateway byte by byte, and what it refuses."""

import ipaddress
from typing import Any

import orjson
import pytest

from app.passthrough.forward import PassThrough
from app.passthrough.table import MAX_PATH, Match, Rewrite, Route, RouteTable
from tests.app.passthrough.wire import HEAD_END, answering, ask, gateway, get

SHOP = (Route(match=Match(path="/shop/**"), to="backend", rewrite=Rewrite(strip="/shop")),)

DOTS = ["/../admin", "/%2e%2e/admin", "/..%2Fadmin", "/a%2f..%5Cb", "/..;x=1/admin", "/./", "/.."]

HANDSHAKE = get(
    "/chat",
    "upgrade: websocket",
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-version: 13",
).replace(b"connection: close", b"connection: upgrade")


def problem(answer: bytes) -> Any:
    """The problem document that a whole answer carries."""
    return orjson.loads(answer.partition(HEAD_END)[2])


@pytest.mark.parametrize(
    "target",
    [
        "/a%2Fb/%7e?x=1&x=2&empty=&%20=+",
        "//double//slash/",
        "/p;v=1/a:b@c!$&'()*+,=~",
        '/odd|{}"^`<>?q={"a":[1]}|`',
        "/caf%C3%A9/%zz/%",
        "/.../..a/a../.well-known/x",
        "/a?b?c=/../d",
    ],
)
async def test_the_target_arrives_as_it_was_written(target: str) -> None:
    """No escape, slash, sub-delimiter or query key of the target changes on the way."""
    async with answering() as backend, gateway(backend.url) as port:
        await ask(port, get(target))

    assert backend.request_line == f"GET {target} HTTP/1.1".encode()


async def test_a_prefix_is_stripped_and_the_rest_is_kept() -> None:
    """The stripped segments go, the bytes after them stay."""
    async with answering() as backend, gateway(backend.url + "/v1/", routes=SHOP) as port:
        await ask(port, get("/sh%6Fp//a%2Fb?x=/shop"))

    assert backend.request_line == b"GET /v1//a%2Fb?x=/shop HTTP/1.1"


async def test_only_end_to_end_headers_cross() -> None:
    """Hop-by-hop headers and those that Connection names stay on their connection."""
    async with answering() as backend, gateway(backend.url) as port:
        await ask(
            port,
            b"GET / HTTP/1.1\r\nHost: gateway.test\r\nX-First: 1\r\nConnection: close, X-Hop\r\n"
            b"X-Hop: a\r\nKeep-Alive: timeout=5\r\nProxy-Authorization: Basic eA==\r\nProxy: x\r\n"
            b"TE: trailers\r\nUpgrade: h2c\r\nExpect: 100-continue\r\nX-Last: 2\r\n\r\n",
        )

    assert backend.heads[-1] == (
        b"GET / HTTP/1.1\r\nHost: " + backend.address + b"\r\nx-first: 1\r\nx-last: 2\r\n"
        b"x-forwarded-for: 127.0.0.1\r\nx-forwarded-proto: http\r\n"
        b"x-forwarded-host: gateway.test\r\nvia: 1.1 splice\r\n\r\n"
    )


async def test_where_a_request_came_from_is_appended_and_claims_are_replaced() -> None:
    """A stranger's X-Forwarded-For grows; what it says of host, scheme and address is not told."""
    request = get(
        "/",
        "X-Forwarded-For: 203.0.113.7",
        "X-Forwarded-For: 198.51.100.2",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: evil.test",
        "X-Real-IP: 10.0.0.1",
        "Forwarded: for=10.0.0.1;proto=https",
    )
    async with answering() as backend, gateway(backend.url) as port:
        await ask(port, request)

    assert backend.header("x-forwarded-for") == [b"203.0.113.7, 198.51.100.2, 127.0.0.1"]
    assert backend.header("x-forwarded-proto") == [b"http"]
    assert backend.header("x-forwarded-host") == [b"gateway.test"]
    assert backend.header("x-real-ip") == backend.header("forwarded") == []


async def test_a_trusted_proxy_is_believed() -> None:
    """What a trusted peer says of host and scheme is told on."""
    loopback = ipaddress.ip_network("127.0.0.0/8")
    request = get("/", "X-Forwarded-Proto: https", "X-Forwarded-Host: shop.example.com")
    async with answering() as backend, gateway(backend.url, trusted=(loopback,)) as port:
        await ask(port, request)

    assert backend.header("x-forwarded-proto") == [b"https"]
    assert backend.header("x-forwarded-host") == [b"shop.example.com"]
    assert backend.header("x-forwarded-for") == [b"127.0.0.1"]


async def test_the_targets_headers_replace_the_clients() -> None:
    """A header the upstream is configured with is sent once, with the configured value."""
    own = {"Authorization": "Bearer ours", "X-Tenant": "7"}
    async with answering() as backend, gateway(backend.url, headers=own) as port:
        await ask(port, get("/", "Authorization: Bearer theirs", "Cookie: a=1", "Cookie: b=2"))

    assert backend.header("authorization") == [b"Bearer ours"]
    assert backend.header("x-tenant") == [b"7"]
    assert backend.header("cookie") == [b"a=1", b"b=2"]


async def test_a_header_in_utf_8_keeps_its_bytes() -> None:
    """The bytes of a header value are the client's, also beyond ASCII."""
    async with answering() as backend, gateway(backend.url) as port:
        await ask(port, get("/", "x-name: Jürgen"))

    assert backend.header("x-name") == ["Jürgen".encode()]


async def test_a_header_that_is_not_utf_8_is_refused() -> None:
    """A value that could not be told on as it came is a 400, not a silent change."""
    request = get("/").replace(HEAD_END, b"\r\nx-name: J\xfcrgen" + HEAD_END)
    async with answering() as backend, gateway(backend.url) as port:
        answer = await ask(port, request)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert backend.heads == []


@pytest.mark.parametrize("dots", DOTS)
async def test_dot_segments_are_refused(dots: str) -> None:
    """A path that a backend might resolve out of its route is a 400 and reaches no backend."""
    async with answering() as backend, gateway(backend.url, routes=SHOP) as port:
        answer = await ask(port, get(f"/shop{dots}"))

    assert problem(answer)["code"] == "BAD_USER_INPUT"
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert backend.heads == []


async def test_no_route_is_a_404() -> None:
    """What no route matches is answered with a problem, in its media type."""
    async with answering() as backend, gateway(backend.url, routes=SHOP) as port:
        answer = await ask(port, get("/other"))

    assert b"\r\ncontent-type: application/problem+json\r\n" in answer
    assert problem(answer) == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "no route matches this request",
        "code": "NO_ROUTE",
    }


async def test_a_known_path_with_another_method_is_a_405() -> None:
    """The answer says which methods are routed."""
    routes = (Route(match=Match(path="/a", methods=("GET", "PUT")), to="backend"),)
    async with answering() as backend, gateway(backend.url, routes=routes) as port:
        answer = await ask(port, get("/a", method="DELETE"))

    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"\r\nallow: GET, HEAD, PUT\r\n" in answer
    assert problem(answer)["code"] == "METHOD_NOT_ALLOWED"


async def test_an_overlong_path_is_a_414() -> None:
    """A path past the limit is refused before any route sees it."""
    async with answering() as backend, gateway(backend.url) as port:
        answer = await ask(port, get("/" + MAX_PATH * "a"))

    assert answer.startswith(b"HTTP/1.1 414 ")


async def test_a_target_that_is_no_path_is_refused() -> None:
    """`OPTIONS *` asks the gateway's server, of which no route speaks."""
    async with answering() as backend, gateway(backend.url) as port:
        answer = await ask(port, get("*", method="OPTIONS"))

    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_two_hosts_are_refused() -> None:
    """A request whose host is ambiguous is a 400 (RFC 9112 §3.2)."""
    async with answering() as backend, gateway(backend.url) as port:
        answer = await ask(port, get("/", "host: other.test"))

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert backend.heads == []


async def test_a_websocket_is_refused_with_the_reason() -> None:
    """A handshake on a route gets a problem, not a broken connection."""
    async with answering() as backend, gateway(backend.url) as port:
        answer = await ask(port, HANDSHAKE)

    assert answer.startswith(b"HTTP/1.1 501 ")
    assert problem(answer)["detail"] == "WebSocket is not forwarded on this route"


def test_a_route_to_nowhere_is_refused_at_once() -> None:
    """A route whose upstream does not exist is a mistake of the configuration."""
    table = RouteTable([Route(match=Match(path="/a"), to="shop")])

    with pytest.raises(ValueError, match="routes lead to unknown upstreams: shop"):
        PassThrough(table, {})
