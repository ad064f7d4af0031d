"""Subscriptions as commands: `curl` where their results come as events, else `websocat`."""

from collections.abc import Iterator

from upstreams import shell
from upstreams.graphql_api.call import socket
from upstreams.graphql_api.call.asking import Asking
from upstreams.graphql_api.model import Settings, Subscriptions
from upstreams.kind import Call, Explanation
from upstreams.shell import HIDDEN


async def subscription(asking: Asking, settings: Settings, call: Call) -> Explanation:
    """How it is asked for; neither has secrets. Raises `CallError`."""
    by_socket = settings.subscriptions is Subscriptions.WEBSOCKET
    question = asking.question(call)
    if by_socket or asking.events.startswith("ws"):
        init = f',"payload":{{{HIDDEN}}}' if settings.connection_init else ""
        note = (
            f'after `{{"type":"connection_init"{init}}}` and its answer, what is sent is'
            f' `{{"id":"1","type":"subscribe","payload":{question.payload.decode()}}}`'
        )
        return Explanation(tuple(_websocat(asking, call)), note)
    request = asking.events_request(asking.events, question, call)
    note = "as server-sent events"
    if settings.subscriptions is Subscriptions.AUTO:
        note += "; tried first over a WebSocket, by graphql-transport-ws"
    return Explanation(await shell.curl(request, settings), note)


def _websocat(asking: Asking, call: Call) -> Iterator[str]:
    yield from ("websocat", "--protocol", socket.PROTOCOL)
    for name, value in asking.handshake(call):
        yield from ("-H", f"{name}: {value}")
    yield shell.without_user(socket.address(asking.events))
