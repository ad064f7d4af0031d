"""The application: what is served, in which order, around what."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing, asynccontextmanager
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.config import Config
from app.dates import date
from app.explorer.page import Explorer
from app.gateway import Gateway
from app.graphql.documents import Documents
from app.graphql.documents.judge import judging
from app.graphql.uploads import Uploads
from app.graphql.view import View
from app.health import healthz, readyz
from app.passthrough.direct import Direct
from app.routes import Routes
from app.turn import Begun, Turn

GRAPHQL = "/graphql"
WELCOME = """\
# Every upstream's functions are fields here: complete a name to see them.
{
  _gateway {
    version
    upstreams { name kind status functions }
  }
}
"""


def create_app(
    config: Config, *, default_query: str = WELCOME, gateway: Gateway | None = None
) -> "Front":
    """The gateway as one ASGI application; its lifespan discovers, refreshes and closes.

    `gateway`: one over the same configuration, where its owner has more to say to it. Raises
    `ConfigError` for manifests of trusted documents that cannot be used.
    """
    documents = Documents.of(config.documents)
    gateway = gateway or Gateway(config)
    gateway.trusted = frozenset(one.text for one in documents.trusted)
    routes = Routes(config)
    explorer = Explorer("graphql", default_query) if config.server.explorer else None
    graphql = View(
        gateway,
        gateway.finishing,
        timeout=config.server.timeout,
        uploads=Uploads(config.server.max_upload, config.server.max_files, config.server.max_body),
        documents=documents,
        page=explorer.page if explorer else None,
    )

    async def passthrough(scope: Scope, receive: Receive, send: Send) -> None:
        await routes(await gateway.current(), scope, receive, send)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with aclosing(routes), gateway.running(), judging(documents.trusted, gateway):
            yield

    own = [
        Route(GRAPHQL, graphql),
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz(lambda: gateway.snapshot), methods=["GET"]),
        *_metrics(gateway, config),
        *(explorer.routes() if explorer else ()),
        *([Route("/events/{rest:path}", gateway.hub)] if gateway.hub else ()),
    ]
    app = Starlette(
        routes=[*own, WebSocketRoute(GRAPHQL, graphql), Mount("/", passthrough)],
        lifespan=lifespan,
    )
    app.add_middleware(Dated)

    def directly(turn: Turn) -> Direct | None:
        return routes.directly(gateway.snapshot, turn)

    return Front(app, graphql, own, Dated(passthrough), directly)


def _metrics(gateway: Gateway, config: Config) -> Iterator[Route]:
    """`/metrics`, where it is wanted: only then what writes them is imported."""
    if config.server.metrics:
        from app.metrics import metrics

        yield Route("/metrics", metrics(lambda: gateway.snapshot), methods=["GET"])


class Front:
    """Plain GraphQL requests, and what is passed through, go short ways; Starlette has the rest."""

    def __init__(
        self,
        app: Starlette,
        graphql: View,
        own: Iterable[Route],
        passthrough: ASGIApp,
        directly: Callable[[Turn], Direct | None],
    ) -> None:
        """`own`: the gateway's routes; HTTP for no path of theirs is passed through."""
        self._app = app
        self._graphql = graphql
        self._passthrough = passthrough
        self._directly = directly
        # A path with parameters is the gateway's from their first on.
        self._below = tuple(one.path.partition("{")[0] for one in own if one.param_convertors)
        self._exactly = frozenset(one.path for one in own if not one.param_convertors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or one connection's."""
        if scope["type"] == "http":
            if scope["path"] == GRAPHQL:
                if (long := await self._graphql.shortly(scope, receive, send)) is None:
                    return
                receive = long
            elif not self._is_own(scope["path"]):
                await self._passthrough(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def directly(self, turn: Turn) -> Begun | None:
        """Begin to answer a request in one step, for a server that can; None where it is called."""
        path = turn.path if "%" not in turn.path else unquote(turn.path)
        if path == GRAPHQL:
            return self._graphql.directly(turn)
        return None if self._is_own(path) else self._directly(turn)

    def _is_own(self, path: str) -> bool:
        return path in self._exactly or path.startswith(self._below)


class Dated:
    """Every answer has one `Date`: the backend's where it is passed through (RFC 9110 §6.6.1)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                if not any(name.lower() == b"date" for name, _ in headers):
                    message["headers"] = [*headers, (b"date", date())]
            await send(message)

        await self._app(scope, receive, dated if scope["type"] == "http" else send)
