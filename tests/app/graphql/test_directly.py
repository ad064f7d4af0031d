"""Requests that a server has answered in its own step."""

import json
from pathlib import Path

from starlette.types import ASGIApp, Message, Scope

from app.config.read import loads
from app.demo.run import Demo
from app.gateway import Gateway
from app.main import create_app


class LateTurn:
    """A turn at a server that calls what it is given when it is told to."""

    def __init__(self, said: bytes) -> None:
        headers = [(b"content-type", b"application/json")]
        self.scope: Scope = {
            "type": "http",
            "method": "POST",
            "path": "/graphql",
            "headers": headers,
            "query_string": b"",
        }
        self.body = said
        self.answer = b""
        self.app: ASGIApp | None = None

    def finish(self, status: int, lines: bytes, body: bytes) -> bool:
        """Keep the answer."""
        self.answer = body
        return True

    def go_on(self) -> None:
        """Never asked for."""

    def run(self, instead: ASGIApp) -> None:
        """Keep the application."""
        self.app = instead

    async def come(self) -> None:
        """Call it."""

        async def nothing(*_: object) -> Message:
            raise AssertionError("it has its turn")

        assert self.app is not None
        await self.app(self.scope, nothing, nothing)  # type: ignore[arg-type]  # never called


async def test_what_was_begun_is_answered_although_another_snapshot_is_served(
    tmp_path: Path,
) -> None:
    """Its connections are closed once its answer is there."""
    async with Demo() as demo:
        config = loads(f"upstreams: {{p: {{grpc: '{demo.parcels}'}}}}", tmp_path / "s.yaml", {})
        gateway = Gateway(config)
        async with gateway.running():
            await gateway.current()
            app = create_app(config, gateway=gateway)
            turn = LateTurn(b'{"query": "{ getParcel(input: {id: \\"PX-303\\"}) { id } }"}')

            begun = app.directly(turn.scope, turn)
            await gateway.snapshot.lines.retire()
            await turn.come()

    assert begun is not None
    assert json.loads(turn.answer) == {"data": {"getParcel": {"id": "PX-303"}}}
