"""The Lambda API of one upstream: requests addressed, signed and sent, its refusals understood."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import quote, urlencode

import msgspec

from upstreams.aws_lambda.model import Settings
from upstreams.errors import Refused, TimedOut, Unreachable
from upstreams.transport import Limits, Request, Response, Transport

if TYPE_CHECKING:
    from upstreams.aws_lambda.sign import Identity

VERSION = "/2015-03-31"
AGAIN_SECONDS = 5.0
"""How long a failed search for credentials is taken as the answer."""
ANY_REGION = "us-east-1"
"""What requests to an endpoint of one's own are signed for where no region is known."""
UNSIGNED = "`sign: false` needs `url`: AWS itself answers no unsigned request"
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises for a body that is not the JSON it should be."""

_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9.]{0,99}")
_SECONDS = re.compile(r"[0-9]{1,6}")
_PASSING_STATUS = (429, 500, 503, 504)
_PASSING = {
    "EC2ThrottledException",
    "ResourceConflictException",
    "ResourceNotReadyException",
    "SnapStartNotReadyException",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to the Lambda API, wherever that is."""

    method: str
    path: tuple[str, ...]
    """Segments below the version, not encoded."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name; they go before the upstream's own."""
    body: bytes = b""
    region: str = ""
    """Where to ask; empty for the upstream's own region."""

    @property
    def target(self) -> str:
        """Path and query, percent-encoded."""
        path = "".join(f"/{quote(segment, safe='')}" for segment in self.path)
        query = f"?{urlencode(self.query, quote_via=quote, safe='')}" if self.query else ""
        return f"{VERSION}{path}{query}"


class Api:
    """An open line to the Lambda API, in any region, under one identity."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._endpoint = (settings.url or "").rstrip("/")
        self._headers = {name.lower(): value for name, value in settings.headers.items()}
        self._signing = Signing(settings.profile)
        self._transport = Transport(Limits(max_response=settings.max_response))

    async def send(self, ask: Ask, deadline: float) -> Response:
        """The answer, whatever its status.

        Raises as `Transport.send`, and `Unreachable` when there are no credentials or no region.
        """
        request = await self._request(ask, deadline)
        return await self._transport.send(request, deadline)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    async def _request(self, ask: Ask, deadline: float) -> Request:
        if not self._settings.sign:
            return self._addressed(ask, self._endpoint or _no_endpoint())
        identity = await self._signing.identity(deadline)
        region = ask.region or self._settings.region or identity.region
        if self._endpoint:
            return identity.sign(self._addressed(ask, self._endpoint), region or ANY_REGION)
        region = _checked(region)
        return identity.sign(self._addressed(ask, f"https://{identity.host(region)}"), region)

    def _addressed(self, ask: Ask, endpoint: str) -> Request:
        headers = {**self._headers, **ask.headers}
        url = endpoint + ask.target
        return Request(ask.method, url, tuple(headers.items()), ask.body or None)


class Signing:
    """The identity requests are signed with: found when first needed, renewed when due."""

    def __init__(self, profile: str | None) -> None:
        self._profile = profile
        self._found: Identity | None = None
        self._turn = asyncio.Lock()
        self._failure = ""
        self._again = 0.0

    async def identity(self, deadline: float) -> "Identity":
        """An identity with valid keys. Finding them never blocks the event loop."""
        if self._found is not None and not self._found.stale():
            return self._found
        try:
            async with asyncio.timeout_at(deadline), self._turn:
                return await self._renewed()
        except TimeoutError as error:
            raise TimedOut("the AWS credentials were not found in time") from error

    async def _renewed(self) -> "Identity":
        now = asyncio.get_running_loop().time
        if self._failure and now() < self._again:
            raise Unreachable(self._failure, retryable=False)
        try:
            self._found = await asyncio.to_thread(_renew, self._found, self._profile)
        except Unreachable as error:
            self._failure, self._again = error.message, now() + AGAIN_SECONDS
            raise
        self._failure = ""
        return self._found


def _renew(identity: "Identity | None", profile: str | None) -> "Identity":
    if identity is None:
        # Imported here, in its thread, because botocore takes long and not everyone signs.
        from upstreams.aws_lambda.sign import look_up

        return look_up(profile)
    if identity.stale():
        identity.refresh()
    return identity


def refusal(response: Response) -> Refused:
    """What an answer without a 2xx status means. AWS's own sentences are kept out of it.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
    """
    error_type = _error_type(response)
    return Refused(
        f"the Lambda API answered {response.status} {error_type}".rstrip(),
        status=error_type or response.status,
        retryable=response.status in _PASSING_STATUS or error_type in _PASSING,
        details=dict(_details(response, error_type)),
    )


def _error_type(response: Response) -> str:
    """`x-amzn-errortype: ResourceNotFoundException:http://…` -> `ResourceNotFoundException`."""
    named = _WORD.match(response.header("x-amzn-errortype") or "")
    return named.group() if named else ""


def _details(response: Response, error_type: str) -> Iterator[tuple[str, str | int]]:
    yield "httpStatus", response.status
    if error_type:
        yield "errorType", error_type
    if response.status == 429 and (reason := _reason(response)):
        yield "reason", reason
    if _SECONDS.fullmatch(after := response.header("retry-after") or ""):
        yield "retryAfter", int(after)


class _Throttled(msgspec.Struct):
    reason: str = msgspec.field(name="Reason", default="")


def _reason(response: Response) -> str:
    """Why AWS throttles, e.g. `ReservedFunctionConcurrentInvocationLimitExceeded`."""
    try:
        told = msgspec.json.decode(response.body, type=_Throttled).reason
    except UNREADABLE:
        return ""
    return told if _WORD.fullmatch(told) else ""


def _checked(region: str | None) -> str:
    """The region, which becomes part of a host name."""
    if region and _REGION.fullmatch(region):
        return region
    wrong = f"{region!r} is not an AWS region" if region else "no AWS region is known"
    raise Unreachable(f"{wrong}: set `region`, or AWS_REGION", retryable=False)


def _no_endpoint() -> NoReturn:
    raise Unreachable(UNSIGNED, retryable=False)
