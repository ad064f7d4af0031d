"""Calls as commands of a shell, in which nothing stands that may be secret."""

import dataclasses
import re
from collections.abc import Awaitable, Callable, Iterator

from upstreams.kind import Settings, SettingsT
from upstreams.transport import Line, Request, Response

HIDDEN = "***"
"""What stands in the place of a secret."""

_PUBLIC = frozenset(
    ("accept", "accept-encoding", "accept-language", "content-type", "prefer", "user-agent")
)
"""Headers of the settings whose values are no secrets; of any other, nobody knows."""
_ENCODED = "%2A" * len(HIDDEN)
_USER = re.compile(r"(?<=://)[^/?#@]*@")
_GLOB = re.compile(r"[\[\]{}]")


def concealed(settings: SettingsT) -> SettingsT:
    """The same settings, the values of headers hidden; what a kind adds is its own to hide."""
    return dataclasses.replace(settings, headers=shown(settings))


def shown(settings: Settings) -> dict[str, str]:
    """The headers of the settings as they may be shown."""
    return {
        name: value if name.lower() in _PUBLIC else HIDDEN
        for name, value in settings.headers.items()
    }


async def curl(request: Request, settings: Settings) -> tuple[str, ...]:
    """The command that sends a request, as words.

    It has no secrets where the request was made over `concealed` settings.
    """
    body = await _whole(request)
    url = without_user(request.url).replace(_ENCODED, HIDDEN)
    return ("curl", *_options(request, url), *_files(settings), url, *_data(body))


def without_user(url: str) -> str:
    """A URL in which it is hidden who calls."""
    return _USER.sub(f"{HIDDEN}@", url)


async def noted(asking: Callable[[Line], Awaitable[object]]) -> Request:
    """The first request that whoever asks would send by a line. Raises `CallError`."""
    try:
        await asking(_Noting())
    except _Noted as told:
        return told.request
    raise LookupError("nothing would be sent")


class _Noted(Exception):  # noqa: N818 - nothing went wrong: it is how a request is handed out
    def __init__(self, request: Request) -> None:
        super().__init__()
        self.request = request


class _Noting:
    """A line that sends nothing, and hands out what was to be sent."""

    async def send(self, request: Request, deadline: float) -> Response:  # noqa: ARG002 - as `Line`
        raise _Noted(request)

    async def aclose(self) -> None:
        """Nothing is open."""


def _options(request: Request, url: str) -> Iterator[str]:
    if _GLOB.search(url):
        yield "--globoff"
    if request.method != ("GET" if request.body is None else "POST"):
        yield from ("-X", request.method)
    for name, value in request.headers:
        if name.lower() not in ("accept-encoding", "content-length"):
            said = _proof(value) if name.lower() == "authorization" else value
            yield from ("-H", f"{name}: {said}" if said else f"{name};")


def _proof(value: str) -> str:
    """`Basic KioqOioqKg==` -> `Basic ***`"""
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {HIDDEN}" if space else HIDDEN


def _files(settings: Settings) -> Iterator[str]:
    """What proves who is who, where files do."""
    for option, file in (
        ("--cacert", settings.ca),
        ("--cert", settings.certificate),
        ("--key", settings.key),
    ):
        if file:
            yield from (option, file)


def _data(body: bytes | None) -> Iterator[str]:
    if body is not None:
        try:
            text = body.decode()
        except UnicodeDecodeError:
            text = "\0"
        # No argument can have a NUL in it.
        yield from ("--data-binary", "@BODY") if "\0" in text else ("--data-raw", text)


async def _whole(request: Request) -> bytes | None:
    if request.body is None or isinstance(request.body, bytes):
        return request.body
    return b"".join([piece async for piece in request.body])
