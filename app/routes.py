"""Pass-through over the upstreams of the moment: the one place where both halves meet."""

from collections.abc import Mapping

from starlette.types import Receive, Scope, Send

from app.config import Config
from app.passthrough.direct import Direct
from app.passthrough.forward import PassThrough, Target
from app.passthrough.table import RouteTable
from app.snapshot import Snapshot
from app.turn import Turn
from upstreams.transport import Transport


class Routes:
    """An ASGI application over the configured routes; where they lead follows the catalogs."""

    def __init__(self, config: Config) -> None:
        self._table = RouteTable(config.routes)
        self._upstreams = {route.to: config.upstreams[route.to] for route in config.routes}
        self._transports = {
            name: Transport.to(upstream.settings) for name, upstream in self._upstreams.items()
        }
        self._snapshot: Snapshot | None = None
        self._addresses: Mapping[str, str] = {}
        self._forward = self._over({})

    async def __call__(
        self, snapshot: Snapshot, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer one request with the addresses that snapshot knows."""
        if snapshot is not self._snapshot:
            self._follow(snapshot)
        await self._forward(scope, receive, send)

    def directly(self, snapshot: Snapshot, turn: Turn) -> Direct | None:
        """As `PassThrough.directly`, where that snapshot has been served before."""
        return self._forward.directly(turn) if snapshot is self._snapshot else None

    async def aclose(self) -> None:
        """Close every connection."""
        for transport in self._transports.values():
            await transport.aclose()

    def _follow(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        addresses = {name: self._address(name, snapshot) for name in self._upstreams}
        if addresses != self._addresses:
            self._addresses = addresses
            self._forward = self._over(addresses)

    def _address(self, name: str, snapshot: Snapshot) -> str:
        finding = snapshot.findings.get(name)
        described = finding.catalog.url if finding and finding.catalog else ""
        # Where nobody said yet where the backend is, it cannot be reached (RFC 6761 §6.4).
        return self._upstreams[name].settings.url or described or f"http://{name}.invalid"

    def _over(self, addresses: Mapping[str, str]) -> PassThrough:
        targets = {
            name: Target(
                name=name,
                base_url=addresses.get(name, f"http://{name}.invalid"),
                transport=self._transports[name],
                timeout=upstream.settings.timeout,
                headers=upstream.settings.headers,
            )
            for name, upstream in self._upstreams.items()
        }
        return PassThrough(self._table, targets)
