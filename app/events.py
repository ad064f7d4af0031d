"""Events: the addresses where backends call the gateway, and the way from there to subscriptions.

An address is signed, so only who was told one can use it. That of a callback is made for one
subscription and gone with it; that of a webhook is always the same, and every subscription that
listens there gets what arrives. Bodies and addresses are secrets of backends: neither is logged.
"""

import asyncio
import base64
import hashlib
import hmac
import logging
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.config.model import Events
from upstreams.encoding import decoded
from upstreams.errors import Malformed, Unreachable
from upstreams.kind import Event, Mailbox, Reader
from upstreams.model import Flow, Function

log = logging.getLogger(__name__)

_STANDING = "standing"
"""What an address has in place of a token when it is always the same."""
_TOKEN_BYTES = 24
_SIGNATURE = 43
"""How many characters a signature has: 32 bytes in base64."""
_PARTS = 4
"""Of an address: upstream, name, token, signature."""
_ACCEPTED, _LEAST_ERROR, _NOT_FOUND, _FULL = 204, 400, 404, 503
_SOON = {"retry-after": "1"}


class Refusal(Exception):  # noqa: N818 - a state of one request, answered and forgotten
    """A request is answered with a status, and is no event."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Hub:
    """The addresses of one process: an ASGI application under `/events/`."""

    def __init__(self, settings: Events) -> None:
        self._settings = settings
        self._places: dict[str, _Place] = {}

    def mailbox(self, upstream: str, function: Function) -> Mailbox | None:
        """A mailbox for one subscription; None for a function that is not fed by events."""
        if function.flow is not Flow.EVENTS:
            return None
        if function.standing:
            return _Mailbox(self, _named(upstream, function.standing, _STANDING))
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        return _Mailbox(self, _named(upstream, function.label, token))

    def standing(self, upstream: str, function: Function) -> str:
        """The address to register with a backend by hand; empty where there is none."""
        name = function.standing
        return self.address(_named(upstream, name, _STANDING)) if name else ""

    def address(self, place: str) -> str:
        """The whole URL of a place."""
        return f"{self._settings.url.rstrip('/')}/events/{place}/{self._signature(place)}"

    @contextmanager
    def listening(self, name: str, read: Reader) -> Iterator["_Box"]:
        """What arrives at a place until the block ends. Raises `Unreachable` without room."""
        if sum(len(place.boxes) for place in self._places.values()) >= self._settings.subscriptions:
            raise Unreachable("too many subscriptions wait for events")
        place = self._places.setdefault(name, _Place(name, self._settings.queue))
        box = _Box(read, self._settings.queue)
        place.boxes.append(box)
        try:
            yield box
        finally:
            place.boxes.remove(box)
            if not place.boxes:
                del self._places[name]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of a backend."""
        request = Request(scope, receive)
        name, path = self._signed(request.path_params["rest"])
        status = await self._status(request, name, path) if name else _NOT_FOUND
        headers = _SOON if status == _FULL else None
        await Response(status_code=status, headers=headers)(scope, receive, send)

    async def _status(self, request: Request, name: str, path: str) -> int:
        """What a signed request is answered with."""
        try:
            status = await self._taken(request, name, path)
        except Refusal as refusal:
            status = refusal.status
        if status >= _LEAST_ERROR:
            upstream = name.partition("/")[0]
            log.info("refused event", extra={"upstream": upstream, "status": status})
        return status

    async def _taken(self, request: Request, name: str, path: str) -> int:
        """What an event is answered with. Raises `Refusal`."""
        place = self._places.get(name)
        if place is None:
            return _unheard(name)
        if not place.has_room:
            raise Refusal(_FULL)
        place.reading += 1
        try:
            body = await self._body(request)
        finally:
            place.reading -= 1
        return place.take(_event(request, path, body))

    def _signed(self, rest: str) -> tuple[str, str]:
        """The place that an address names, and what was added to it; none if it is not ours."""
        *place, end = rest.split("/", _PARTS - 1)
        name, given = "/".join(place), end[:_SIGNATURE]
        if not hmac.compare_digest(self._signature(name).encode(), given.encode()):
            return "", ""
        return name, end[_SIGNATURE:]

    def _signature(self, name: str) -> str:
        digest = hmac.digest(self._settings.secret.encode(), name.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    async def _body(self, request: Request) -> bytes:
        """The whole body, decoded, in time and within its limit. Raises `Refusal`."""
        limit = self._settings.max_body
        try:
            async with asyncio.timeout(self._settings.timeout):
                body = await _read(request, limit)
        except TimeoutError as error:
            raise Refusal(408) from error
        except ClientDisconnect as error:
            raise Refusal(400) from error
        try:
            return decoded(body, request.headers.get("content-encoding", ""), limit)
        except Malformed as error:
            raise Refusal(415) from error


@dataclass(frozen=True, slots=True)
class _Mailbox:
    """The mailbox of one subscription."""

    hub: Hub
    place: str

    @property
    def url(self) -> str:
        """As `Mailbox` says."""
        return self.hub.address(self.place)

    @contextmanager
    def open(self, read: Reader) -> Iterator[AsyncIterator[Any]]:
        """As `Mailbox` says."""
        with self.hub.listening(self.place, read) as box:
            yield box


@dataclass(slots=True)
class _Place:
    """Where requests to one address go while somebody listens."""

    name: str
    most: int
    boxes: list["_Box"] = field(default_factory=list)
    reading: int = 0
    """How many requests have not arrived in full."""

    @property
    def has_room(self) -> bool:
        """Whether another request may come; one of many listeners does not hold up the others."""
        waiting = 0 if _is_standing(self.name) else max(map(len, self.boxes), default=0)
        return self.reading + waiting < self.most

    def take(self, event: Event) -> int:
        """The status for an event, once everybody who listens has it."""
        # Whoever reads in the same way shares what was read: there may be many.
        receipts = {read: read(event) for read in {box.read for box in self.boxes}}
        for box in self.boxes:
            box.keep(receipts[box.read].messages)
        return min((one.status for one in receipts.values()), default=_unheard(self.name))


class _Box:
    """The messages that wait for one subscription."""

    def __init__(self, read: Reader, most: int) -> None:
        self.read = read
        self._waiting: asyncio.Queue[Any] = asyncio.Queue(most)
        self._overflown = False

    def __len__(self) -> int:
        return self._waiting.qsize()

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        """The next message. Raises `Unreachable` where some that came after could not wait."""
        if self._overflown and self._waiting.empty():
            raise Unreachable("events came faster than they were taken; some are lost")
        return await self._waiting.get()

    def keep(self, messages: Iterable[Any]) -> None:
        """Keep messages until there is no room: then nothing more."""
        for message in messages:
            if self._waiting.full():
                self._overflown = True
            if not self._overflown:
                self._waiting.put_nowait(message)


def _named(upstream: str, name: str, token: str) -> str:
    """The place of an address, each of its parts one segment of a path that nothing rewrites."""
    return f"{upstream}/{_segment(name)}/{token}"


def _segment(text: str) -> str:
    """`new.pet/1` -> `new~2Epet~2F1`"""
    quoted = quote(text, safe="").replace("~", "%7E").replace(".", "%2E")
    return quoted.replace("%", "~") or "~"


def _is_standing(name: str) -> bool:
    return name.endswith(f"/{_STANDING}")


def _unheard(name: str) -> int:
    """The status where nobody listens: a callback's subscription has ended, a webhook has none."""
    return _ACCEPTED if _is_standing(name) else _NOT_FOUND


async def _read(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit:
            raise Refusal(413)
    return bytes(body)


def _event(request: Request, path: str, body: bytes) -> Event:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Event(request.method, path, body, headers, request.url.query)
