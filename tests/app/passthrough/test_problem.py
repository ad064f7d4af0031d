"""How the gateway's own answers look, in HTTP and to a WebSocket handshake."""

import orjson
import pytest
from starlette.types import Message, Scope

from app.passthrough.forward import PassThrough
from app.passthrough.problem import Problem, from_error
from app.passthrough.table import RouteTable
from upstreams.errors import BadInput, CallError, Malformed, TimedOut, Unreachable


class Sent(list[Message]):
    """What an application has sent."""

    async def __call__(self, message: Message) -> None:
        self.append(message)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Unreachable("gone"), 502, "UPSTREAM_UNREACHABLE"),
        (Malformed("gone"), 502, "UPSTREAM_INVALID_RESPONSE"),
        (TimedOut("gone"), 504, "UPSTREAM_TIMEOUT"),
        (BadInput("gone"), 400, "BAD_USER_INPUT"),
    ],
)
def test_every_failure_has_its_status(error: CallError, status: int, code: str) -> None:
    """Pass-through shows failures under the codes GraphQL has for them."""
    assert from_error(error) == Problem(status, code, "gone")


async def test_a_problem_is_a_problem_document() -> None:
    """Status, media type, length and further headers fit the document."""
    sent = Sent()

    await Problem(405, "METHOD_NOT_ALLOWED", "no", ((b"allow", b"GET"),)).send(sent)

    start, body = sent
    assert start["headers"] == [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body["body"])).encode()),
        (b"allow", b"GET"),
    ]
    assert orjson.loads(body["body"])["title"] == "Method Not Allowed"


async def test_a_websocket_is_closed_where_the_server_cannot_say_more() -> None:
    """Without the denial extension a handshake is closed with the reason in the frame."""
    scope: Scope = {
        "type": "websocket",
        "scheme": "ws",
        "http_version": "1.1",
        "raw_path": b"/chat",
        "query_string": b"",
        "headers": [(b"host", b"gateway.test")],
        "client": None,
    }
    sent = Sent()

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    await PassThrough(RouteTable([]), {})(scope, receive, sent)

    reason = "no route matches this request"
    assert sent == [{"type": "websocket.close", "code": 1008, "reason": reason}]
