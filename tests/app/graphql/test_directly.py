"""Requests that a server has answered in its own step."""

import json
from pathlib import Path

from starlette.types import Message

from app.config.read import loads
from app.demo.run import Demo
from app.gateway import Gateway
from app.heads import Head, Plain
from app.main import create_app
from app.server import PlainTurn, Work


class LateTurn(PlainTurn):
    """A turn at a server that begins its work when it is told to."""

    def __init__(self, said: bytes) -> None:
        lines = b"\r\nHost: x\r\nContent-Type: application/json\r\n\r\n"
        head = Head.of(lines)
        assert head is not None
        super().__init__(Plain("POST", "/graphql", "", head, b"", said), NotImplemented)
        self.answer = b""
        self.work: Work | None = None

    def finish(self, status: int, lines: bytes, body: bytes) -> bool:
        """Keep the answer."""
        self.answer = body
        return True

    def run(self, work: Work) -> None:
        """Keep the work."""
        self.work = work

    async def come(self) -> None:
        """Begin it."""

        async def nothing(_: Message) -> None:
            raise AssertionError("it has its turn")

        assert self.work is not None
        await self.work(nothing)


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

            begun = app.directly(turn)
            await gateway.snapshot.lines.retire()
            await turn.come()

    assert begun is not None
    assert json.loads(turn.answer) == {"data": {"getParcel": {"id": "PX-303"}}}
