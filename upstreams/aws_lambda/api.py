"""The APIs of AWS for one upstream: requests addressed, signed and sent."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NoReturn
from urllib.parse import quote, urlencode

from upstreams.aws_lambda.identity import Signing
from upstreams.aws_lambda.model import Settings
from upstreams.aws_lambda.sign import Signer
from upstreams.errors import Unreachable
from upstreams.kind import Aside
from upstreams.transport import ByName, Request, Response, Streamed, Transport

VERSION = "/2015-03-31"
ANY_REGION = "us-east-1"
"""What requests to an endpoint of one's own are signed for where no region is known."""
UNSIGNED = "`sign: false` needs `url`: AWS itself answers no unsigned request"
LARGE = 256 * 1024
"""Bytes from which a body is hashed beside the event loop."""

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
        return _target(self.version, self.path, tuple(self.query.items()))


@lru_cache(maxsize=1024)
def _target(version: str, path: tuple[str, ...], query: tuple[tuple[str, str], ...]) -> str:
    """Functions are few, and each is asked for again and again."""
    segments = "".join(f"/{quote(segment, safe='')}" for segment in path)
    asked = f"?{urlencode(query, quote_via=quote, safe='')}" if query else ""
    return f"{version}{segments}{asked}"


class Api:
    """An open line to AWS, in any region, under one identity."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._endpoint = (settings.url or "").rstrip("/")
        self._headers = {name.lower(): value for name, value in settings.headers.items()}
        self._signing = Signing(settings)
        self._transport = Transport.to(settings)

    async def send(self, ask: Ask, deadline: float, aside: Aside | None = None) -> Response:
        """The answer, whatever its status; `aside` is told what came beside it.

        Raises as `Transport.send`, and `Unreachable` when there are no credentials or no region.
        """
        request = await self._request(ask, deadline)
        response = await self._transport.send(request, deadline)
        if aside is not None:
            _note(aside, request, response)
        return response

    @asynccontextmanager
    async def stream(self, ask: Ask, deadline: float, aside: Aside) -> AsyncIterator[Streamed]:
        """The answer as it comes; the deadline is for its head. Raises as `send`."""
        request = await self._request(ask, deadline)
        async with self._transport.stream(request, deadline) as answer:
            _note(aside, request, answer)
            yield answer

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    async def _request(self, ask: Ask, deadline: float) -> Request:
        if ask.url and not (ask.region and self._settings.sign):
            return self._addressed(ask, ask.url)
        if not self._settings.sign:
            return self._addressed(ask, self._endpoint or _no_endpoint())
        identity = await self._signing.identity(deadline)
        region = ask.region or self._settings.region or identity.region
        endpoint = ask.url or self._endpoint
        if endpoint:
            region = region or ANY_REGION
        else:
            region = _checked(region)
            endpoint = f"https://{identity.host(ask.service, region)}"
        signer = identity.signer(ask.service, region)
        return await _signed(self._addressed(ask, endpoint), signer)

    def _addressed(self, ask: Ask, endpoint: str) -> Request:
        headers = {**self._headers, **ask.headers}
        url = endpoint + ask.target
        return Request(ask.method, url, tuple(headers.items()), ask.body or None)


def _note(aside: Aside, request: Request, answer: Response | Streamed) -> None:
    aside.url, aside.method, aside.status = request.url, request.method, answer.status
    aside.headers = ByName(answer.headers)


async def _signed(request: Request, signer: Signer) -> Request:
    if isinstance(request.body, bytes) and len(request.body) >= LARGE:
        return await asyncio.to_thread(signer.sign, request, time.time())
    return signer.sign(request, time.time())


def _checked(region: str | None) -> str:
    """The region, which becomes part of a host name."""
    if region and _REGION.fullmatch(region):
        return region
    wrong = f"{region!r} is not an AWS region" if region else "no AWS region is known"
    raise Unreachable(f"{wrong}: set `region`, or AWS_REGION", retryable=False)


def _no_endpoint() -> NoReturn:
    raise Unreachable(UNSIGNED, retryable=False)
