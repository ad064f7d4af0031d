"""OAuth2 client credentials exchanged for access tokens, kept until they are about to expire."""

import asyncio
import ssl
from dataclasses import dataclass
from urllib.parse import quote_plus

import httpx
import msgspec

from upstreams import tls
from upstreams.errors import CallError, Malformed, Refused, TimedOut, Unreachable
from upstreams.openapi.model import Credential

MAX_BYTES = 64 * 1024
UNSAID_SECONDS = 300.0
"""How long a token is good for when its issuer does not say."""
EARLY_SECONDS = 30.0
"""How long before its end a token is replaced; a quarter of its life where that is less."""


class _Answer(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: float | str | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    stale: float
    """The event loop's time from which on it is replaced."""
    end: float
    """The event loop's time from which on it is not accepted."""


class Tokens:
    """The access tokens for one client and its scopes (RFC 6749 section 4.4).

    However many calls want one, one request asks for it; a token that is still good is used while
    its successor is fetched.
    """

    def __init__(
        self, url: str, credential: Credential, scopes: tuple[str, ...], files: tls.Files
    ) -> None:
        self._url = url
        self._credential = credential
        self._scopes = scopes
        self._files = files
        self._token: _Token | None = None
        self._asking = asyncio.Lock()

    async def token(self, deadline: float) -> str:
        """A token that is good now. Raises `CallError`."""
        now = asyncio.get_running_loop().time()
        known = self._token
        if known and (now < known.stale or (now < known.end and self._asking.locked())):
            return known.text
        try:
            async with asyncio.timeout_at(deadline), self._asking:
                return await self._current()
        except TimeoutError as error:
            raise TimedOut("no access token in time") from error

    def drop(self, text: str) -> None:
        """Forget a token that was not accepted."""
        if self._token and self._token.text == text:
            self._token = None

    async def _current(self) -> str:
        now = asyncio.get_running_loop().time()
        if self._token is None or now >= self._token.stale:
            try:
                self._token = await self._fetch()
            except CallError:
                if self._token is None or now >= self._token.end:
                    raise
        return self._token.text

    async def _fetch(self) -> _Token:
        response = await self._ask()
        if not response.is_success:
            raise Refused(
                f"the token endpoint answered with status {response.status_code}",
                status=response.status_code,
                retryable=response.is_server_error,
            )
        return _token(response.content)

    async def _ask(self) -> httpx.Response:
        form = {"grant_type": "client_credentials"}
        if self._scopes:
            form["scope"] = " ".join(self._scopes)
        try:
            context = await asyncio.to_thread(self._files.context)
            async with (
                httpx.AsyncClient(verify=context, timeout=None, trust_env=False) as http,  # noqa: S113 - `token` has the deadline
                http.stream("POST", self._url, data=form, auth=self._client()) as response,
            ):
                return await _whole(response)
        except tls.UnusableError as error:
            raise Unreachable(str(error), retryable=False) from error
        except (httpx.TransportError, ssl.SSLError) as error:
            wrong = tls.failure(error)
            said = f"the token endpoint cannot be reached{wrong and f': {wrong}'}"
            raise Unreachable(said, retryable=not wrong) from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise Malformed("the token endpoint's answer cannot be read") from error

    def _client(self) -> httpx.BasicAuth:
        """The client's name and secret, encoded as RFC 6749 section 2.3.1 wants them."""
        one = self._credential
        return httpx.BasicAuth(quote_plus(one.client_id or ""), quote_plus(one.client_secret or ""))


async def _whole(response: httpx.Response) -> httpx.Response:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > MAX_BYTES:
            raise Malformed("the token endpoint's answer is too large")
    return httpx.Response(response.status_code, content=bytes(body))


def _token(body: bytes) -> _Token:
    try:
        answer = msgspec.json.decode(body, type=_Answer)
        life = UNSAID_SECONDS if answer.expires_in is None else float(answer.expires_in)
    except (msgspec.DecodeError, ValueError) as error:
        raise Malformed("the token endpoint's answer has no access token") from error
    now = asyncio.get_running_loop().time()
    return _Token(answer.access_token, now + life - min(EARLY_SECONDS, life / 4), now + life)
