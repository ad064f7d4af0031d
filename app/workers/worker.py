"""One process that serves: uvicorn's server over a snapshot that its parent assembled."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import Message, Receive, Scope, Send

from app.gateway import Gateway
from app.server import Application
from app.turn import Begun, Turn
from app.workers.channel import Channel
from app.workers.messages import Ready, Retire, Told, findings
from schema.build import SchemaError

_TICK = 0.05


class Parting:
    """An ASGI application whose last answers tell clients to connect anew."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self.begun = False
        """Whether every answer is the last one on its connection (RFC 9112 §9.6)."""

    def directly(self, turn: Turn) -> Begun | None:
        """As the application; the last answers are not begun so."""
        return None if self.begun else self._app.directly(turn)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def parting(message: Message) -> None:
            if self.begun and message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        await self._app(scope, receive, parting if scope["type"] == "http" else send)


class Worker(uvicorn.Server):
    """A server that does what its parent says, and ends with it."""

    def __init__(
        self,
        config: uvicorn.Config,
        gateway: Gateway,
        parting: Parting,
        channel: Channel,
        patience: float,
    ) -> None:
        """`patience`: how many seconds requests have to end once the worker is retired."""
        super().__init__(config)
        self._gateway = gateway
        self._parting = parting
        self._channel = channel
        self._patience = patience
        self._listening = asyncio.Event()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until the parent says otherwise, or is gone."""
        async with asyncio.TaskGroup() as tasks:
            obeying = tasks.create_task(self._obey())
            await super().serve(sockets)
            obeying.cancel()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take requests, and say so."""
        await super().startup(sockets)
        self._listening.set()
        await self._channel.tell(Ready())

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM ends this worker alone; what else there is, the parent gets."""
        signal.signal(signal.SIGTERM, self.handle_exit)
        yield

    async def _obey(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            async for message in self._channel.told():
                if isinstance(message, Told):
                    tasks.create_task(self._take(message))
                elif isinstance(message, Retire):
                    tasks.create_task(self._retire())
                else:
                    break
            # Told to stop, or nobody is left to tell.
            self.should_exit = True

    async def _take(self, message: Told) -> None:
        gateway = self._gateway
        known = {name: one.catalog for name, one in gateway.snapshot.findings.items()}
        # The parent came upon it, too, and says so.
        with contextlib.suppress(SchemaError):
            await gateway.take(findings(message, gateway.config.upstreams, known))

    async def _retire(self) -> None:
        """Take no connection any more, and end once those there are have ended."""
        await self._listening.wait()
        self._parting.begun = True
        for server in self.servers:
            server.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                await self._let_go()
        self.should_exit = True

    async def _let_go(self) -> None:
        # First a pause: what was accepted just now is not among the connections yet.
        await asyncio.sleep(_TICK)
        while self.server_state.connections:  # noqa: ASYNC110 - uvicorn has a set, and no event
            await asyncio.sleep(_TICK)
