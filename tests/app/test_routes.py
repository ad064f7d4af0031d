"""Pass-through beside GraphQL, in one process, over the same upstreams."""

import ssl
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from tests.app.served import gateway
from tests.backends.asgi import served
from tests.backends.authority import Authority
from tests.backends.process import LOOPBACK, free_port
from tests.backends.rest import TEXT, answering, json, rest


async def test_both_lead_to_the_same_upstream(tmp_path: Path) -> None:
    """`/graphql` calls the function, the route forwards the path; the target stays as written."""
    async with (
        rest(answering(hello=TEXT), hello=json("hi")) as backend,
        gateway(
            f"""
upstreams: {{a: {{openapi: '{backend.description}'}}}}
routes:
  - {{match: {{path: /a/**}}, to: a, rewrite: {{strip: /a}}}}
""",
            tmp_path,
        ) as asking,
    ):
        queried = await asking.query("{ hello }")
        forwarded = await asking.http.get("/a/hello?x=%2F&x=2")

    assert queried == {"data": {"hello": "hi"}}
    assert (forwarded.status_code, forwarded.json()) == (200, "hi")
    assert backend.asked == ["GET /hello", "GET /hello?x=%2F&x=2"]


async def test_the_gateways_own_paths_come_first(tmp_path: Path) -> None:
    """A route for everything takes neither `/graphql` nor the probes."""
    async with (
        rest(answering(hello=TEXT), hello=json("hi")) as backend,
        gateway(
            f"""
upstreams: {{a: {{openapi: '{backend.description}'}}}}
routes: [{{match: {{path: /**}}, to: a}}]
""",
            tmp_path,
        ) as asking,
    ):
        probe = await asking.http.get("/healthz")
        queried = await asking.query("{ hello }")
        forwarded = await asking.http.get("/hello")

    assert probe.json() == {"status": "ok"}
    assert queried == {"data": {"hello": "hi"}}
    assert forwarded.json() == "hi"


async def test_what_is_not_routed_is_a_problem(tmp_path: Path) -> None:
    """404 for no route, 502 for a backend that is not there, both as problem+json."""
    dead = f"http://{LOOPBACK}:{free_port()}"
    (tmp_path / "a.json").write_text('{"openapi": "3.1.0", "info": {}, "paths": {}}')
    async with gateway(
        f"""
upstreams: {{a: {{openapi: a.json, url: '{dead}'}}}}
routes: [{{match: {{path: /a/**}}, to: a}}]
""",
        tmp_path,
    ) as asking:
        lost = await asking.http.get("/nowhere")
        broken = await asking.http.get("/a/x")

    assert (lost.status_code, lost.json()["code"]) == (404, "NO_ROUTE")
    assert (broken.status_code, broken.json()["code"]) == (502, "UPSTREAM_UNREACHABLE")
    for answer in (lost, broken):
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.headers.get_list("date")) == 1


async def test_an_answer_crosses_unchanged(tmp_path: Path) -> None:
    """Several Set-Cookie, the backend's own date, a status nobody knows."""

    async def special(_: Request) -> Response:
        answer = Response(b"body", status_code=299, headers={"date": "yesterday"})
        answer.headers.append("set-cookie", "a=1")
        answer.headers.append("set-cookie", "b=2")
        return answer

    async with (
        rest(answering(special=TEXT), special=special) as backend,
        gateway(
            f"""
upstreams: {{a: {{openapi: '{backend.description}'}}}}
routes: [{{match: {{exact: /special}}, to: a}}]
""",
            tmp_path,
        ) as asking,
    ):
        answer = await asking.http.get("/special")

    assert (answer.status_code, answer.content) == (299, b"body")
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert "yesterday" in answer.headers.get_list("date")


async def test_an_upstream_whose_address_nobody_knows_is_unreachable(tmp_path: Path) -> None:
    """Neither settings nor a description say where it is, so a route to it is a 502."""
    config = f"""
upstreams: {{a: {{openapi: 'http://{LOOPBACK}:{free_port()}/x'}}}}
routes: [{{match: {{path: /a}}, to: a}}]
"""
    async with gateway(config, tmp_path) as asking:
        answer = await asking.http.get("/a")

    assert (answer.status_code, answer.json()["code"]) == (502, "UPSTREAM_UNREACHABLE")


async def test_a_route_speaks_tls_as_its_upstream_does(tmp_path: Path) -> None:
    """The upstream's authority and certificate hold for pass-through, too."""
    authority = Authority(tmp_path)
    pair, mine = authority.issue(), authority.issue("gateway")
    (tmp_path / "a.json").write_text('{"openapi": "3.1.0", "info": {}, "paths": {}}')

    async def hello(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("hi")(scope, receive, send)

    async with (
        served(
            hello,
            lifespan="off",
            ssl_certfile=pair.certificate,
            ssl_keyfile=pair.key,
            ssl_ca_certs=authority.ca,
            ssl_cert_reqs=ssl.CERT_REQUIRED,
        ) as url,
        gateway(
            f"""
upstreams:
  a:
    openapi: a.json
    url: {url}
    ca: ./authority.pem
    certificate: ./{Path(mine.certificate).name}
    key: ./{Path(mine.key).name}
routes: [{{match: {{path: /a}}, to: a}}]
""",
            tmp_path,
        ) as asking,
    ):
        answer = await asking.http.get("/a")

    assert (answer.status_code, answer.text) == (200, "hi")
