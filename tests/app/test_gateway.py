"""The gateway: discovery, failure, memory and refresh, over real servers."""

import asyncio
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.config.read import loads
from app.scouting.here import discover
from tests.app.kinds import SECRET, STEPS, install
from tests.app.served import Asking, gateway
from tests.backends.process import LOOPBACK, free_port
from tests.backends.rest import NUMBER, TEXT, answering, json, rest


async def until(asking: Asking, name: str, status: str) -> None:
    """Wait until the upstream has that status; the test's own time limit bounds it."""
    while (await asking.statuses())[name] != status:  # noqa: ASYNC110 - another process's state
        await asyncio.sleep(0.05)


async def test_independent_root_fields_are_fetched_together(tmp_path: Path) -> None:
    """Two root fields are both in flight before either is answered."""
    barrier = asyncio.Barrier(2)

    async def meet(_: Request) -> Response:
        async with asyncio.timeout(5):
            await barrier.wait()
        return JSONResponse("met")

    async with (
        rest(answering(one=TEXT, two=TEXT), one=meet, two=meet) as backend,
        gateway(f"upstreams: {{a: {{openapi: '{backend.description}'}}}}", tmp_path) as asking,
    ):
        body = await asking.query("{ one two }")

    assert body == {"data": {"one": "met", "two": "met"}}


async def test_an_upstream_that_is_down_does_not_stop_the_others(tmp_path: Path) -> None:
    """It is reported in `_gateway` and `/readyz`; what is there is served."""
    config = "upstreams: {{down: {{openapi: 'http://{}:{}/x'}}, up: {{openapi: '{}'}}}}"

    async with (
        rest(answering(hello=TEXT), hello=json("hi")) as backend,
        gateway(config.format(LOOPBACK, free_port(), backend.description), tmp_path) as asking,
    ):
        body = await asking.query(
            "{ hello _gateway { upstreams { name kind status functions refreshedAt problem } } }"
        )
        ready = await asking.http.get("/readyz")
        alive = await asking.http.get("/healthz")

    assert body["data"]["hello"] == "hi"
    down, up = body["data"]["_gateway"]["upstreams"]
    assert (down["status"], down["functions"], down["refreshedAt"]) == ("UNAVAILABLE", 0, None)
    assert "cannot be fetched" in down["problem"]
    assert (up["status"], up["kind"], up["functions"]) == ("READY", "openapi", 1)
    assert up["refreshedAt"] is not None
    assert ready.status_code == 503
    assert ready.json()["upstreams"]["down"]["problem"] == down["problem"]
    assert alive.status_code == 200


async def test_an_upstream_that_comes_back_is_discovered_without_a_restart(
    tmp_path: Path,
) -> None:
    """A failed discovery is tried again with back-off."""
    async with rest(answering(hello=TEXT), hello=json("hi")) as backend:
        whole, backend.document = backend.document, {"not": "a description"}
        async with gateway(
            f"upstreams: {{a: {{openapi: '{backend.description}'}}}}", tmp_path
        ) as asking:
            before = await asking.statuses()
            backend.document = whole
            await until(asking, "a", "READY")
            body = await asking.query("{ hello }")

    assert before == {"a": "UNAVAILABLE"}
    assert body == {"data": {"hello": "hi"}}


async def test_a_restart_needs_no_upstream_to_be_alive(tmp_path: Path) -> None:
    """The last good catalog is served; calls fail with a clear error until the backend is back."""
    async with rest(answering(hello=TEXT), hello=json("hi")) as backend:
        config = f"upstreams: {{a: {{openapi: '{backend.description}'}}}}"
        async with gateway(config, tmp_path) as asking:
            assert await asking.statuses() == {"a": "READY"}

    async with gateway(config, tmp_path) as asking:
        statuses = await asking.statuses()
        ready = await asking.http.get("/readyz")
        body = await asking.query("{ hello }")

    assert statuses == {"a": "STORED"}
    assert ready.status_code == 200
    assert body["data"] == {"hello": None}
    (error,) = body["errors"]
    assert error["extensions"]["code"] == "UPSTREAM_UNREACHABLE"
    assert error["extensions"]["retryable"] is True


async def test_a_stored_catalog_of_other_settings_is_not_used(tmp_path: Path) -> None:
    """A name that now means another backend does not get the old one's catalog."""
    async with rest(answering(hello=TEXT), hello=json("hi")) as backend:
        config = f"upstreams: {{a: {{openapi: '{backend.description}'}}}}"
        async with gateway(config, tmp_path) as asking:
            assert await asking.statuses() == {"a": "READY"}

    async with gateway(config.replace("openapi.json", "other.json"), tmp_path) as asking:
        assert await asking.statuses() == {"a": "UNAVAILABLE"}


@pytest.mark.parametrize("broken", [b"", b"{", b'{"format":1}', b"\x00" * 100])
async def test_a_broken_store_is_no_store(tmp_path: Path, broken: bytes) -> None:
    """A half-written or foreign file is passed over."""
    (tmp_path / ".splice").mkdir()
    (tmp_path / ".splice" / "a.json").write_bytes(broken)

    config = f"upstreams: {{a: {{openapi: 'http://{LOOPBACK}:{free_port()}/x'}}}}"
    async with gateway(config, tmp_path) as asking:
        assert await asking.statuses() == {"a": "UNAVAILABLE"}


async def test_a_changed_description_changes_the_schema(tmp_path: Path) -> None:
    """The next discovery replaces the schema; a request in flight ends with the one it began."""
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(_: Request) -> Response:
        entered.set()
        await leave.wait()
        return JSONResponse("old")

    async with rest(answering(old=TEXT), old=slow, new=json(7)) as backend:
        config = (
            f"upstreams: {{a: {{openapi: '{backend.description}'}}}}\ndiscovery: {{every: 100ms}}"
        )
        async with gateway(config, tmp_path) as asking, asyncio.TaskGroup() as tasks:
            flying = tasks.create_task(asking.query("{ old }"))
            await entered.wait()
            backend.document = answering(new=NUMBER)
            while "errors" in (renewed := await asking.query("{ new }")):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
            gone = await asking.query("{ old }")
            leave.set()

    assert renewed == {"data": {"new": 7}}
    assert gone["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert flying.result() == {"data": {"old": "old"}}


async def test_a_request_can_still_call_what_was_replaced_meanwhile(tmp_path: Path) -> None:
    """While its first write takes its time, the upstream of its second one changes."""
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(_: Request) -> Response:
        entered.set()
        await leave.wait()
        return JSONResponse("first")

    async with (
        rest(answering(first=TEXT), first=slow) as one,
        rest(answering(second=TEXT), second=json("second"), new=json(7)) as other,
    ):
        config = (
            f"upstreams:\n  a: {{openapi: '{one.description}', mutations: '*'}}\n"
            f"  b: {{openapi: '{other.description}', mutations: second}}\n"
            "discovery: {every: 100ms}"
        )
        async with gateway(config, tmp_path) as asking, asyncio.TaskGroup() as tasks:
            flying = tasks.create_task(asking.query("mutation { first second }"))
            await entered.wait()
            other.document = answering(new=NUMBER)
            while "errors" in await asking.query("{ new }"):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
            leave.set()

    assert flying.result() == {"data": {"first": "first", "second": "second"}}


async def test_a_description_that_breaks_keeps_what_was_there(tmp_path: Path) -> None:
    """A failed refresh is reported and changes nothing for clients."""
    async with rest(answering(hello=TEXT), hello=json("hi")) as backend:
        config = (
            f"upstreams: {{a: {{openapi: '{backend.description}'}}}}\ndiscovery: {{every: 100ms}}"
        )
        async with gateway(config, tmp_path) as asking:
            await until(asking, "a", "READY")
            backend.document = {"swagger": "nonsense"}
            await until(asking, "a", "STORED")
            body = await asking.query("{ hello _gateway { upstreams { problem } } }")

    assert body["data"]["hello"] == "hi"
    assert body["data"]["_gateway"]["upstreams"][0]["problem"]


async def test_a_discovery_that_hangs_ends(tmp_path: Path) -> None:
    """It is given up after its time limit, and the gateway serves meanwhile."""

    async def never(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stopped.wait()
        writer.close()

    stopped = asyncio.Event()
    silent = await asyncio.start_server(never, LOOPBACK, 0)
    port = silent.sockets[0].getsockname()[1]
    config = f"""
upstreams:
  rest: {{openapi: 'http://{LOOPBACK}:{port}/openapi.json'}}
  grpc: {{grpc: '{LOOPBACK}:{port}'}}
  soap: {{soap: 'http://{LOOPBACK}:{port}/?wsdl'}}
discovery: {{timeout: 500ms}}
"""

    async with gateway(config, tmp_path) as asking:
        body = await asking.query("{ _gateway { upstreams { name status problem } } }")
    stopped.set()
    silent.close()
    await silent.wait_closed()

    assert [
        (one["name"], one["status"], one["problem"])
        for one in body["data"]["_gateway"]["upstreams"]
    ] == [(name, "UNAVAILABLE", "not discovered within 0.5 s") for name in ("rest", "grpc", "soap")]


async def test_effects_can_be_overridden_by_glob(tmp_path: Path) -> None:
    """`mutations:` moves a function to Mutation, `queries:` to Query."""
    async with (
        rest(answering(sendMail=TEXT, readMail=TEXT), sendMail=json("sent")) as backend,
        gateway(
            f"upstreams: {{a: {{openapi: '{backend.description}', mutations: 'send*'}}}}", tmp_path
        ) as asking,
    ):
        wrong = await asking.query("{ sendMail }")
        right = await asking.query("mutation { sendMail }")

    assert "errors" in wrong
    assert right == {"data": {"sendMail": "sent"}}


async def test_a_link_never_writes(tmp_path: Path) -> None:
    """Nor where it is the settings that say its function writes; what became of it is said."""
    described = answering(user=TEXT, befriend=TEXT)
    responses = described["paths"]["/user"]["get"]["responses"]
    responses["200"]["content"]["application/json"]["schema"] = {
        "type": "object",
        "properties": {"name": TEXT},
    }
    responses["200"]["links"] = {"befriend": {"operationId": "befriend"}}

    async with rest(described, user=json({"name": "Ada"}), befriend=json("done")) as backend:
        upstream = f"upstreams: {{a: {{openapi: '{backend.description}', mutations: befriend}}}}"
        (one,) = loads(upstream, tmp_path / "splice.yaml", {}).upstreams.values()
        catalog = await discover(one, 10)
        async with gateway(upstream, tmp_path) as asking:
            body = await asking.query("{ user { name befriend } }")

    assert body["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert "the link befriend is no field: by the settings, befriend writes" in [
        one.reason for one in catalog.assumed
    ]


async def test_what_a_backend_says_is_hidden_unless_it_is_shown(tmp_path: Path) -> None:
    """The same refusal by two upstreams: one keeps the message, one may show it."""
    refusal = json({"title": "No funds", "detail": "12 EUR missing"}, 409)
    async with (
        rest(answering(a=TEXT), a=refusal) as first,
        rest(answering(b=TEXT), b=refusal) as second,
        gateway(
            f"""
upstreams:
  a: {{openapi: '{first.description}'}}
  b: {{openapi: '{second.description}', showMessages: true}}
""",
            tmp_path,
        ) as asking,
    ):
        body = await asking.query("{ a b }")

    hidden, shown = sorted(body["errors"], key=lambda error: error["path"])
    assert "12 EUR" not in str(hidden)
    assert "12 EUR missing" in shown["message"]
    assert hidden["extensions"]["status"] == shown["extensions"]["status"] == 409


async def test_client_headers_are_forwarded_only_where_they_may(tmp_path: Path) -> None:
    """`forward:` names them; everything else stays here. Configured headers always go."""
    seen: dict[str, str] = {}

    async def note(request: Request) -> Response:
        seen.update(request.headers)
        return JSONResponse("ok")

    async with (
        rest(answering(a=TEXT), a=note) as backend,
        gateway(
            f"""
upstreams:
  a: {{openapi: '{backend.description}', forward: [Authorization], headers: {{x-key: k}}}}
""",
            tmp_path,
        ) as asking,
    ):
        await asking.query("{ a }", headers={"authorization": "Bearer t", "cookie": "secret=1"})

    assert (seen["authorization"], seen["x-key"]) == ("Bearer t", "k")
    assert "cookie" not in seen


async def test_clients_are_not_told_where_a_backend_is(tmp_path: Path) -> None:
    """`_gateway` and `/readyz` say what went wrong; the place is for the log and the commands."""
    port = free_port()
    config = f"upstreams: {{a: {{openapi: 'http://{LOOPBACK}:{port}/secret/path.json'}}}}"

    async with gateway(config, tmp_path) as asking:
        body = await asking.query("{ _gateway { upstreams { problem } } }")
        ready = await asking.http.get("/readyz")

    assert "cannot be fetched" in body["data"]["_gateway"]["upstreams"][0]["problem"]
    for text in (str(body), ready.text):
        assert "secret" not in text
        assert str(port) not in text


@pytest.mark.parametrize("step", STEPS)
async def test_a_mistake_in_one_kind_is_one_upstreams(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Whatever a kind raises, the others are served, and nothing of it is shown to clients."""
    install(monkeypatch)
    config = "upstreams: {{bad: {{breaking: {}}}, good: {{openapi: '{}'}}}}"

    async with (
        rest(answering(hello=TEXT), hello=json("hi")) as backend,
        gateway(config.format(step, backend.description), tmp_path) as asking,
    ):
        hello = await asking.query("{ hello }")
        broken = await asking.query("{ f _gateway { upstreams { problem } } }")
        ready = await asking.http.get("/readyz")

    assert hello == {"data": {"hello": "hi"}}
    assert SECRET not in str(broken) + ready.text
    assert ready.status_code == (503 if step in ("discover", "schema") else 200)


async def test_a_call_that_breaks_is_an_error_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It has a code, its function, and one log line with the trace."""
    install(monkeypatch)

    async with gateway("upstreams: {bad: {breaking: call}}", tmp_path) as asking:
        body = await asking.query("{ f }")

    (error,) = body["errors"]
    assert (error["message"], error["path"]) == ("internal error", ["f"])
    assert error["extensions"]["code"] == "GRAPHQL_INTERNAL_ERROR"
    assert error["extensions"]["upstream"] == "bad"
    (logged,) = [record for record in caplog.records if record.name == "schema.failures"]
    assert logged.exc_info is not None


async def test_a_catalog_that_cannot_be_served_is_not_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would take the place of the last good one."""
    install(monkeypatch)

    async with gateway("upstreams: {bad: {breaking: schema}}", tmp_path) as asking:
        statuses = await asking.statuses()

    assert statuses == {"bad": "UNAVAILABLE"}
    assert not (tmp_path / ".splice").exists()


async def test_a_store_that_cannot_be_written_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The catalog is served; the log says that it is not kept."""
    (tmp_path / ".splice").write_text("in the way")

    async with (
        rest(answering(hello=TEXT), hello=json("hi")) as backend,
        gateway(f"upstreams: {{a: {{openapi: '{backend.description}'}}}}", tmp_path) as asking,
    ):
        body = await asking.query("{ hello }")

    assert body == {"data": {"hello": "hi"}}
    assert "catalog not stored" in caplog.messages


async def test_two_gateways_may_share_a_store(tmp_path: Path) -> None:
    """A file is replaced as a whole, so both always find one that is whole."""
    async with rest(answering(hello=TEXT), hello=json("hi")) as backend:
        config = (
            f"upstreams: {{a: {{openapi: '{backend.description}'}}}}\ndiscovery: {{every: 1ms}}"
        )
        async with gateway(config, tmp_path) as one, gateway(config, tmp_path) as two:
            for _ in range(20):
                assert await one.statuses() == await two.statuses() == {"a": "READY"}

    async with gateway(config, tmp_path) as asking:
        assert await asking.statuses() == {"a": "STORED"}


async def test_headers_that_come_twice_are_forwarded_as_one(tmp_path: Path) -> None:
    """None of their values is lost (RFC 9110 §5.3)."""
    seen: dict[str, str] = {}

    async def note(request: Request) -> Response:
        seen.update(request.headers)
        return JSONResponse("ok")

    async with (
        rest(answering(a=TEXT), a=note) as backend,
        gateway(
            f"upstreams: {{a: {{openapi: '{backend.description}', forward: [x-tag]}}}}", tmp_path
        ) as asking,
    ):
        await asking.http.post(
            "/graphql", json={"query": "{ a }"}, headers=[("x-tag", "one"), ("X-Tag", "two")]
        )

    assert seen["x-tag"] == "one, two"
