"""A REST backend of posts, whose answers are ready made and cost next to nothing.

`posts` are ten thousand, `latest` a hundred; `post` gives one.

`python -m tests.bench.posts PORT` serves until it is stopped.
"""

import asyncio
import sys
from typing import Final

import msgspec

from tests.backends.process import LOOPBACK
from tests.backends.rest import NUMBER, TEXT, document, success

MANY, FEW = 10_000, 100
_WORDS: Final = ("lorem", "ipsum", "dolor", "sit", "amet", "consectetur", "adipiscing", "elit")

_POST: Final = {
    "type": "object",
    "required": ["id", "userId", "title", "body"],
    "properties": {"id": NUMBER, "userId": NUMBER, "title": TEXT, "body": TEXT},
}
_REF: Final = {"$ref": "#/components/schemas/Post"}
_LIST: Final = success({"type": "array", "items": _REF})
_DOCUMENT: Final = document(
    {
        "/posts": {"get": {"operationId": "posts", "responses": _LIST}},
        "/latest": {"get": {"operationId": "latest", "responses": _LIST}},
        "/posts/{id}": {
            "get": {
                "operationId": "post",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": NUMBER}],
                "responses": success(_REF),
            }
        },
    },
    Post=_POST,
)


def _post(number: int) -> dict[str, object]:
    text = [_WORDS[(number + step) % len(_WORDS)] for step in range(22)]
    title, body = " ".join(text[:6]), " ".join(text)
    return {"userId": number // 10 + 1, "id": number, "title": title, "body": body}


def _answer(value: object) -> bytes:
    body = msgspec.json.encode(value)
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
    return head.format(len(body)).encode() + body


class Answering(asyncio.Protocol):
    """One connection; requests have no bodies and come one at a time."""

    answers: Final = {
        b"/openapi.json": _answer(_DOCUMENT),
        b"/posts": _answer([_post(number) for number in range(MANY)]),
        b"/latest": _answer([_post(number) for number in range(FEW)]),
    }
    one: Final = _answer(_post(1))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where answers go."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer: with the one post where nothing else is meant."""
        self._transport.write(self.answers.get(data.split(b" ", 2)[1], self.one))


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Answering, LOOPBACK, port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
