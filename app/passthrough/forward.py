"""The ASGI application that forwards what a route matches, and answers the rest with problems.

The target is the client's, byte for byte, but for what the route rewrites; the headers are those
`headers` lets across. A path that a backend might resolve out of its route is refused.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from starlette.types import Receive, Scope, Send

from app.heads import Head
from app.passthrough.direct import BEGUN, Direct
from app.passthrough.exchange import Onward, exchange
from app.passthrough.headers import (
    CLAIMS,
    FORWARDED_FOR,
    HOP_BY_HOP,
    REPLACED,
    Header,
    Origin,
    end_to_end,
    has_body,
    lines_of,
    provenance,
)
from app.passthrough.problem import Problem
from app.passthrough.table import MAX_PATH, Route, RouteTable, has_dot_segment
from app.turn import Turn
from upstreams.errors import BadInput
from upstreams.transport import (
    RawBlock,
    RawRequest,
    Transport,
    raw_block,
    raw_lines,
    raw_outgoing,
)

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


_HOST, _WAY = ("host",), ("way",)
"""Keys that no upstream's name is."""

_DENIAL = "websocket.http.response"
"""The ASGI extension with which a WebSocket is refused by an HTTP answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An upstream as pass-through knows it."""

    name: str
    base_url: str
    """`http://host:port`, with or without a path that goes before every other."""
    transport: Transport
    """Closed by whoever opened it."""
    timeout: float = 15.0
    """Seconds the backend may take for each step it is awaited for, until its answer begins."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Headers sent with every request, in place of the client's of the same name."""


class PassThrough:
    """Pass-through over a table of routes, as one ASGI application.

    What a peer claims in `X-Forwarded-Proto`, `Forwarded` and their like is believed only of peers
    in `trusted`. A server that reads such headers itself has to be told not to: it hides the peer.
    """

    def __init__(
        self, table: RouteTable, upstreams: Mapping[str, Target], trusted: Iterable[Network] = ()
    ) -> None:
        """Raises `ValueError` when a route leads to an upstream that is not there."""
        if missing := {route.to for route in table.routes} - set(upstreams):
            raise ValueError(f"routes lead to unknown upstreams: {', '.join(sorted(missing))}")
        self._table = table
        self._lines = {name: _line(target) for name, target in upstreams.items()}
        self._trusted = tuple(trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises what `exchange` raises, for the server to drop the client."""
        if (begun := scope.get(BEGUN)) is not None:
            await begun.go_on(receive, send)
            return
        found = self._find(scope)
        if scope["type"] == "websocket":
            await _refuse_websocket(found, scope, receive, send)
        elif isinstance(found, Problem):
            await found.send(send)
        else:
            await exchange(found, receive, send)

    def directly(self, turn: Turn) -> Direct | None:
        """Begin to answer a request in one step; None where it is not plain."""
        method, path, query, body = turn.method, turn.path, turn.query, turn.body
        host = _host(turn.head)
        if host is None or body is None or method == "HEAD" or not _may_match(path):
            return None
        headers = turn.headers if self._table.reads_headers else ()
        route = self._table.find(host, method, path, headers, query)
        if route is None:
            return None
        line = self._lines[route.to]
        target = route.target(path)
        try:
            block = self._block(line, turn, host)
            asked = f"{target}?{query}" if query else target
            content = body if body or turn.head.says_length else None
            sent = raw_outgoing(RawRequest(method, line.base, asked, block, content))
        except BadInput:
            return None
        direct = Direct(line.target, sent, turn)
        return direct if direct.start() else None

    def _block(self, line: "_Line", turn: Turn, host: str) -> RawBlock:
        """The headers that a backend gets, made once for a head. Raises `BadInput`."""
        head, name = turn.head, line.target.name
        known = head.made.get(name)
        if known is not None and known[0] is line:
            block: RawBlock = known[1]
            return block
        if head.host is not None and line.dropped is not None and not self._trusted:
            lines = line.dropped.sub(b"", head.lines)[2:-2] + self._way(turn, host) + line.lines
            block = RawBlock(lines, line.names_host, None)
        else:
            origin = self._origin(turn.address, turn.scheme, host, turn.http_version)
            block = raw_block(line.headers(head.lasting, origin))
        head.made[name] = line, block
        return block

    def _way(self, turn: Turn, host: str) -> bytes:
        """As `provenance`: lines, of a head that was read here, from a client not trusted."""
        head = turn.head
        chain = [(b"x-forwarded-for", value) for value in FORWARDED_FOR.findall(head.lines)]
        kept = head.kept.get(_WAY)
        if kept is not None and kept[0] == host and not chain:
            lines: bytes = kept[1]
            return lines
        origin = self._origin(turn.address, turn.scheme, host, turn.http_version)
        lines = raw_lines(provenance(chain, origin))
        if not chain:
            head.kept[_WAY] = host, lines
        return lines

    def _origin(self, address: str | None, scheme: str, host: str, http_version: str) -> Origin:
        return Origin(
            None if address is None else address.encode(),
            scheme.encode(),
            host.encode(),
            http_version.encode(),
            self._trusts(address),
        )

    def _find(self, scope: Scope) -> Problem | Onward:
        try:
            asked = _asked(scope)
        except UnicodeDecodeError:
            return _bad_request("the target is not ASCII, or a header is not UTF-8")
        if refusal := _refusal(asked):
            return refusal
        if route := self._table.find(*asked):
            return self._onward(route, asked, scope)
        if allowed := self._table.allowed(asked.host, asked.path, asked.headers, asked.query):
            return _method_not_allowed(allowed)
        return Problem(404, "NO_ROUTE", "no route matches this request")

    def _onward(self, route: Route, asked: "_Asked", scope: Scope) -> Onward:
        line = self._lines[route.to]
        path = route.target(asked.path)
        client = scope.get("client")
        address = client[0] if client else None
        origin = self._origin(address, scope["scheme"], asked.host, scope["http_version"])
        return Onward(
            line.target.name,
            line.target.transport,
            line.target.timeout,
            asked.method,
            line.base,
            f"{path}?{asked.query}" if asked.query else path,
            line.headers(asked.headers, origin),
            has_body(asked.headers),
        )

    def _trusts(self, address: str | None) -> bool:
        if not self._trusted or address is None:
            return False
        peer = ipaddress.ip_address(address)
        return any(peer in network for network in self._trusted)


class _Asked(NamedTuple):
    """What a client asked for, in the order in which `RouteTable.find` takes it."""

    host: str
    method: str
    path: str
    headers: Sequence[Header]
    query: str


def _asked(scope: Scope) -> _Asked:
    """Raises `UnicodeDecodeError` when the request cannot be told onward as it came."""
    headers: Sequence[Header] = scope["headers"]
    values = b"".join([value for _, value in headers])
    if not values.isascii():
        for _, value in headers:
            value.decode()
    host = dict(headers).get(b"host", b"").decode()
    path, query = scope["raw_path"].decode("ascii"), scope["query_string"].decode("ascii")
    return _Asked(host, scope.get("method", "GET"), path, headers, query)


def _host(head: Head) -> str | None:
    """The host that is asked for; None where the headers need a closer look."""
    if head.host is not None:
        return head.host
    made = head.made
    if _HOST not in made:
        made[_HOST] = _plain_host(head.lasting)
    host: str | None = made[_HOST]
    return host


def _plain_host(headers: Sequence[Header]) -> str | None:
    hosts = [value for name, value in headers if name == b"host"]
    # Chunks stay chunks, which are for the long way.
    is_plain = all(value.isascii() and name != b"transfer-encoding" for name, value in headers)
    return hosts[0].decode() if is_plain and len(hosts) == 1 else None


def _may_match(path: str) -> bool:
    """Whether a path is not refused."""
    return len(path) <= MAX_PATH and path.startswith("/") and not has_dot_segment(path)


def _refusal(asked: _Asked) -> Problem | None:
    """Why a request is not even matched, if there is a reason."""
    if len(asked.path) > MAX_PATH:
        return Problem(414, "BAD_USER_INPUT", f"the path is longer than {MAX_PATH} bytes")
    if not asked.path.startswith("/"):
        return _bad_request("the target is not a path")
    if has_dot_segment(asked.path):
        return _bad_request("the path has a . or .. segment; send the path it leads to")
    if [name for name, _ in asked.headers].count(b"host") > 1:
        return _bad_request("more than one Host header (RFC 9112 section 3.2)")
    return None


def _bad_request(detail: str) -> Problem:
    return Problem(400, "BAD_USER_INPUT", detail)


def _method_not_allowed(allowed: tuple[str, ...]) -> Problem:
    listed = ", ".join(allowed)
    return Problem(
        405,
        "METHOD_NOT_ALLOWED",
        f"this path is routed for {listed} only",
        ((b"allow", listed.encode()),),
    )


async def _refuse_websocket(
    found: Problem | Onward, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer a handshake with the problem, or by closing where the server cannot say it."""
    await receive()
    if isinstance(found, Onward):
        found = Problem(501, "NOT_IMPLEMENTED", "WebSocket is not forwarded on this route")
    if _DENIAL in scope.get("extensions", {}):
        await found.send(send, _DENIAL)
    else:
        await send({"type": "websocket.close", "code": 1008, "reason": found.detail})


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """A target, and what is the same for all requests to it."""

    target: Target
    base: str
    added: tuple[Header, ...]
    without: frozenset[bytes]
    """The names of client headers that do not go to the backend, whoever the client is."""
    without_claims: frozenset[bytes]
    """The same for a client that is not trusted."""
    dropped: re.Pattern[bytes] | None
    """Finds their lines; None where the target's own have to be looked at with the client's."""
    lines: bytes
    """The target's own."""
    names_host: bool
    """Whether they do."""

    def headers(self, headers: Sequence[Header], origin: Origin) -> list[Header]:
        """The client's end-to-end headers, then where they came from, then the target's own."""
        without = self.without if origin.trusted else self.without_claims
        return [*end_to_end(headers, without), *provenance(headers, origin), *self.added]


def _line(target: Target) -> _Line:
    added = tuple((name.lower().encode(), value.encode()) for name, value in target.headers.items())
    without = HOP_BY_HOP | REPLACED | {name for name, _ in added}
    claims = without | CLAIMS
    own = _own(added)
    return _Line(
        target,
        target.base_url.rstrip("/"),
        added,
        without,
        claims,
        None if own is None else lines_of(claims),
        b"" if own is None else own.lines,
        own is not None and own.names_host,
    )


def _own(added: Sequence[Header]) -> RawBlock | None:
    """The target's own headers, where they can be told with any others."""
    if not added:
        return RawBlock(b"", names_host=False, length=None)
    try:
        block = raw_block(added)
    except BadInput:
        return None
    return block if block.length is None else None
