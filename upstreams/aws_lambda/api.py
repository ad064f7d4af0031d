"""The APIs of AWS for one upstream: requests addressed, signed and sent."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn
from urllib.parse import quote, urlencode

from upstreams.aws_lambda.identity import Proof, Signing
from upstreams.aws_lambda.model import Settings
from upstreams.aws_lambda.refusals import error_type
from upstreams.aws_lambda.sign import Signer
from upstreams.errors import Unreachable
from upstreams.kind import Aside
from upstreams.transport import ByName, Headers, Request, Response, Streamed, Transport

if TYPE_CHECKING:
    from upstreams.aws_lambda.credentials import Identity

VERSION = "/2015-03-31"
ANY_REGION = "us-east-1"
"""What requests to an endpoint of one's own are signed for where no region is known."""
UNSIGNED = "`sign: false` needs `url`: AWS itself answers no unsigned request"
LARGE = 256 * 1024
"""Bytes from which a body is hashed beside the event loop."""
UNPROVEN = (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN)
"""Statuses under which AWS refuses requests for how they are signed."""

_NONE: Final[Mapping[str, str]] = {}
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to the Lambda API or another of AWS's, wherever that is."""

    method: str
    path: tuple[str, ...]
    """Segments below the version, not encoded."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name; they go before the upstream's own."""
    body: bytes = b""
    region: str = ""
    """Where to ask; empty for the upstream's own region."""
    service: str = "lambda"
    """As host names and signatures call it: `apigateway`, `schemas`, `s3`, `ssm`."""
    version: str = VERSION
    """What the path begins with; empty for nothing."""
    url: str = ""
    """Where to ask instead of AWS's own hosts; signed only where `region` is given, too."""

    @property
    def target(self) -> str:
        """Path and query, percent-encoded; nothing for a URL of its own."""
        if self.url:
            return ""
        segments = "".join(f"/{quote(segment, safe='')}" for segment in self.path)
        asked = f"?{urlencode(self.query, quote_via=quote, safe='')}" if self.query else ""
        return f"{self.version}{segments}{asked}"


class Api:
    """An open line to AWS, in any region, under one identity."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.signing = Signing(settings)
        self.transport = Transport.to(settings)

    async def send(self, ask: Ask, deadline: float) -> Response:
        """The answer, whatever its status.

        Raises as `Transport.send`, and `Unreachable` when there are no credentials or no region.
        """
        return await Door(self, ask).send(Said(ask.body), deadline)

    async def aclose(self) -> None:
        """Close every connection."""
        await self.transport.aclose()


class Said(NamedTuple):
    """What one of many requests says of its own."""

    body: bytes = b""
    headers: Mapping[str, str] = _NONE
    """By lower-case name; they give way to those of the `Ask`."""
    repeatable: bool = False
    """As of `Request`."""


class _Going(NamedTuple):
    """A request on its way."""

    request: Request
    proof: Proof | None = None


class _Place(NamedTuple):
    """Where requests go, under one identity."""

    identity: "Identity"
    url: str
    region: str


class Door:
    """What is asked again and again, each time with another body: the rest is found out once.

    A request that AWS did not even begin to work on, because of keys or a time that could be put
    right, is sent once more.
    """

    def __init__(self, api: Api, ask: Ask) -> None:
        """The body of `ask` has no meaning."""
        self._api = api
        self._ask = ask
        self._endpoint = ask.url or (api.settings.url or "").rstrip("/")
        self._headers = self._with({})
        self._signs = api.settings.sign and not (ask.url and not ask.region)
        self._place: _Place | None = None

    async def send(self, said: Said, deadline: float, aside: Aside | None = None) -> Response:
        """The answer, whatever its status; `aside` is told what came beside it.

        Raises as `Api.send`.
        """
        going = self._ready(said) or await self._going(said, deadline)
        answer = await self._api.transport.send(going.request, deadline)
        if answer.status in UNPROVEN and await self._mended(going, answer, deadline):
            going = self._ready(said) or await self._going(said, deadline)
            answer = await self._api.transport.send(going.request, deadline)
        if aside is not None:
            _note(aside, going.request, answer)
        return answer

    @asynccontextmanager
    async def stream(self, said: Said, deadline: float, aside: Aside) -> AsyncIterator[Streamed]:
        """The answer as it comes; the deadline is for its head. Otherwise as `send`."""
        stream = self._api.transport.stream
        going = self._ready(said) or await self._going(said, deadline)
        async with stream(going.request, deadline) as answer:
            head = Response(answer.status, answer.headers, b"")
            if head.status not in UNPROVEN or not await self._mended(going, head, deadline):
                _note(aside, going.request, answer)
                yield answer
                return
        going = self._ready(said) or await self._going(said, deadline)
        async with stream(going.request, deadline) as answer:
            _note(aside, going.request, answer)
            yield answer

    def _ready(self, said: Said) -> _Going | None:
        """The request, where nothing is to be waited for."""
        if not self._signs:
            url = (self._endpoint or _no_endpoint()) + self._ask.target
            return _Going(self._request(url, said))
        identity = self._api.signing.at_hand()
        if identity is None or len(said.body) >= LARGE:
            return None
        signer, request = self._unsigned(identity, said)
        now = self._api.signing.now()
        return _Going(signer.sign(request, now), Proof(signer.keys, now))

    async def _going(self, said: Said, deadline: float) -> _Going:
        signing = self._api.signing
        signer, request = self._unsigned(await signing.identity(deadline), said)
        now = signing.now()
        signed = await asyncio.to_thread(signer.sign, request, now)
        return _Going(signed, Proof(signer.keys, now))

    def _unsigned(self, identity: "Identity", said: Said) -> tuple[Signer, Request]:
        place = self._place
        if place is None or place.identity is not identity:
            place = self._place = self._placed(identity)
        signer = identity.signer(self._ask.service, place.region)
        return signer, self._request(place.url, said)

    def _request(self, url: str, said: Said) -> Request:
        headers = self._with(said.headers) if said.headers else self._headers
        return Request(self._ask.method, url, headers, said.body or None, said.repeatable)

    def _with(self, own: Mapping[str, str]) -> Headers:
        """Every header of a request; its own give way to those of the `Ask`."""
        always = {name.lower(): value for name, value in self._api.settings.headers.items()}
        return tuple({**always, **own, **self._ask.headers}.items())

    def _placed(self, identity: "Identity") -> _Place:
        """Raises `Unreachable`."""
        region = self._ask.region or self._api.settings.region or identity.region
        if self._endpoint:
            region, host = region or ANY_REGION, self._endpoint
        else:
            region = _checked(region)
            host = f"https://{identity.host(self._ask.service, region)}"
        return _Place(identity, host + self._ask.target, region)

    async def _mended(self, going: _Going, answer: Response, deadline: float) -> bool:
        """Whether a request that was refused may be sent again, proven better."""
        if going.proof is None:
            return False
        date = answer.header("date") or ""
        mended = await self._api.signing.mended(going.proof, error_type(answer), date, deadline)
        # Behind a URL of its own it may be the function that answers so, after it ran.
        return mended and not self._ask.url


def _note(aside: Aside, request: Request, answer: Response | Streamed) -> None:
    aside.url, aside.method, aside.status = request.url, request.method, answer.status
    aside.headers = ByName(answer.headers)


def _checked(region: str | None) -> str:
    """The region, which becomes part of a host name."""
    if region and _REGION.fullmatch(region):
        return region
    wrong = f"{region!r} is not an AWS region" if region else "no AWS region is known"
    raise Unreachable(f"{wrong}: set `region`, or AWS_REGION", retryable=False)


def _no_endpoint() -> NoReturn:
    raise Unreachable(UNSIGNED, retryable=False)
