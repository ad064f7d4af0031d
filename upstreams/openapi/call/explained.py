"""Calls as `curl` commands."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import Any, Protocol, Self

import msgspec

from upstreams import shell
from upstreams.kind import Call, Explanation, Reader
from upstreams.model import Flow, Function
from upstreams.openapi.model import Binding, Credential, Settings
from upstreams.shell import HIDDEN, curl, noted
from upstreams.transport import Line

_TOLD = "https://gateway.invalid/events/***"
"""What a backend is told in the place of a signed address."""
_STANDING = "nothing is sent: the backend is told by hand where to call"


class Client(Protocol):
    """What is asked how it would call; see `OpenApiClient`."""

    def over(self, line: Line) -> Self:
        """The same, whose requests are sent by another line."""

    async def call(self, call: Call) -> Any:
        """The function's value."""

    def stream(self, call: Call) -> AsyncGenerator[Any, None]:
        """The function's messages."""


def concealed(settings: Settings) -> Settings:
    """The same settings, with nothing in them that is secret."""
    auth = {name: _concealed(one) for name, one in settings.auth.items()}
    return replace(shell.concealed(settings), auth=auth)


def _concealed(credential: Credential) -> Credential:
    """A credential of the same sort; for one that is exchanged, what it is exchanged for."""
    if credential.client_id is not None:
        return Credential(token=HIDDEN)
    return replace(
        credential,
        value=credential.value and HIDDEN,
        username=credential.username and HIDDEN,
        password=credential.password and HIDDEN,
        token=credential.token and HIDDEN,
    )


async def explained(client: Client, settings: Settings, call: Call) -> Explanation:
    """The first request of a call; `client` and `settings` have no secrets. Raises `CallError`."""
    function: Function[Binding] = call.function
    if function.flow is Flow.EVENTS:
        return await _subscribing(client, settings, call)
    request = await noted(lambda line: client.over(line).call(call))
    told = await curl(request, settings)
    paging = function.binding.paging
    if paging is None:
        return Explanation(told)
    first = call.arguments.get("first")
    if first is None:
        return Explanation(told, most=paging.max_items)
    return Explanation(told, most=first, times=paging.max_pages)


async def _subscribing(client: Client, settings: Settings, call: Call) -> Explanation:
    incoming = call.function.binding.incoming
    if not incoming.origin:
        return Explanation((), _STANDING, times=0)
    told = msgspec.structs.replace(call, mailbox=_Nobody())

    async def first(line: Line) -> None:
        async with aclosing(client.over(line).stream(told)) as messages:
            await anext(messages, None)

    return Explanation(await curl(await noted(first), settings))


class _Nobody:
    """A mailbox where nothing arrives."""

    url = _TOLD

    @contextmanager
    def open(self, read: Reader) -> Iterator[AsyncIterator[Any]]:  # noqa: ARG002 - as `Mailbox`
        """No messages."""
        yield _nothing()


async def _nothing() -> AsyncGenerator[Any, None]:
    return
    yield
