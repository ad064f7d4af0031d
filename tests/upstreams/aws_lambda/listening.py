"""A small HTTP server in the place of the Lambda API, and a check of what it receives.

The check recomputes each signature from the request as it arrived, by AWS's own description
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html), so it
shares no code with what made the signature.
"""

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

from aiohttp import web

SECRET = "example"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<scope>[^,]+), "
    r"SignedHeaders=(?P<headers>[^,]+), Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it arrived."""

    method: str
    target: str
    """Path and query, not decoded."""
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    @property
    def region(self) -> str:
        """The region it is signed for."""
        return self._authorization()["scope"].split("/")[1]

    def is_signed_with(self, secret: str = SECRET) -> bool:
        """Whether the signature is the one that secret gives for exactly this request."""
        parts = self._authorization()
        text = "\n".join(
            (
                "AWS4-HMAC-SHA256",
                self.headers["x-amz-date"],
                parts["scope"],
                hashlib.sha256(self._canonical(parts["headers"]).encode()).hexdigest(),
            )
        )
        key = b"AWS4" + secret.encode()
        for part in parts["scope"].split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, text.encode(), "sha256").hex() == parts["signature"]

    def _authorization(self) -> Mapping[str, str]:
        found = _AUTHORIZATION.fullmatch(self.headers["authorization"])
        assert found, self.headers["authorization"]
        return found.groupdict()

    def _canonical(self, signed: str) -> str:
        path, _, query = self.target.partition("?")
        lines = (f"{name}:{self.headers[name].strip()}\n" for name in signed.split(";"))
        return "\n".join(
            (
                self.method,
                quote(path, safe="/~"),
                "&".join(sorted(query.split("&"))),
                "".join(lines),
                signed,
                hashlib.sha256(self.body).hexdigest(),
            )
        )


Answer = Callable[[Received], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the server is, and everything it has received."""

    url: str
    received: list[Received] = field(default_factory=list)


@asynccontextmanager
async def listening(answer: Answer) -> AsyncIterator[Listening]:
    """A server that answers each request as the function says."""
    received: list[Received] = []

    async def respond(request: web.BaseRequest) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read()
        received.append(Received(request.method, request.raw_path, headers, body))
        return await answer(received[-1])

    runner = web.ServerRunner(web.Server(respond), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield Listening(f"http://{host}:{port}", received)
    finally:
        await runner.cleanup()


def answering(body: object = b"", *, status: int = 200, **headers: str) -> Answer:
    """Always the same answer: bytes as they are, anything else as JSON.

    `x_amz_function_error="Handled"` is the header `x-amz-function-error`.
    """
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(_: Received) -> web.Response:
        return web.Response(body=content, status=status, headers=named)

    return answer


@dataclass(frozen=True, slots=True)
class Raw:
    """A server that answers with bytes of any kind, or not at all."""

    url: str
    came: asyncio.Event
    """Set when a request's head has arrived."""
    left: asyncio.Event
    """Set when a client has closed its connection."""


@asynccontextmanager
async def raw(answer: bytes | None) -> AsyncIterator[Raw]:
    """Answer every connection with those bytes and close it; with None, wait for its end."""
    came, left = asyncio.Event(), asyncio.Event()

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        came.set()
        if answer is None:
            while await reader.read(65536):
                pass
            left.set()
        else:
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(respond, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield Raw(f"http://127.0.0.1:{port}", came, left)
