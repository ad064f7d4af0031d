"""One client's connection: however its bytes come, each request is answered once, in its turn."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.app.passthrough.wire import client
from tests.app.wired import Answer, Wired, answer, get, head, post, said, wired

ONE, TWO = post(said('{ echo(text: "1") }')), post(said('{ echo(text: "2") }'))
WRITE = post(said('mutation { write(text: "3") }'))
DATA_1, DATA_2 = {"data": {"echo": "1"}}, {"data": {"echo": "2"}}
LARGE = 200_000
PAGE = get("/graphql", "Accept: text/html")


def chunked(body: bytes, *sizes: int) -> bytes:
    """The body in chunks of these sizes, the last one takes the rest."""
    pieces = [body[: sizes[0]], body[sizes[0] :]] if sizes else [body]
    return b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in pieces) + b"0\r\n\r\n"


HUGE = said("{ echo }" + " " * 500_000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Wired]:
    """A gateway that takes bodies of 400 KiB."""
    async with wired(tmp_path_factory.mktemp("wired"), "maxBody: 400KiB") as one:
        yield one


async def several(gateway: Wired, sent: bytes, count: int) -> list[Answer]:
    """The answers to requests that are sent at once."""
    async with client(gateway.port) as wire:
        await wire.send(sent)
        return [await answer(wire) for _ in range(count)]


@pytest.mark.asyncio(loop_scope="module")
async def test_pipelined_requests_are_answered_in_their_order(gateway: Wired) -> None:
    """GraphQL, pass-through, the explorer, a mutation: whichever way each of them goes."""
    gateway.backend.asked.clear()
    mixed = ONE + get("/a/echo?text=p") + PAGE + WRITE + TWO + get("/nowhere") + get("/a/echo")

    one, passed, page, write, two, nowhere, last = await several(gateway, mixed, 7)

    assert (one.data, two.data) == (DATA_1, DATA_2)
    assert write.data == {"data": {"write": "3"}}
    assert (passed.data, last.data) == ("p", "")
    assert page.of("content-type") == ["text/html; charset=utf-8"]
    assert nowhere.status == 404
    assert gateway.backend.asked == [
        *("GET /echo?text=1", "GET /echo?text=p", "POST /echo?text=3"),
        *("GET /echo?text=2", "GET /echo"),
    ]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_request_may_be_split_anywhere(gateway: Wired) -> None:
    """The second's first bytes may come with the first's last."""
    both = ONE + TWO
    for at in range(1, len(both)):
        async with client(gateway.port) as wire:
            await wire.send(both[:at])
            # What was sent has been read when another client is answered.
            await gateway.asked(get("/healthz"))
            await wire.send(both[at:])
            answers = [await answer(wire) for _ in range(2)]

        assert [one.data for one in answers] == [DATA_1, DATA_2]


@pytest.mark.asyncio(loop_scope="module")
async def test_bytes_may_come_one_by_one(gateway: Wired) -> None:
    """Head and body."""
    async with client(gateway.port) as wire:
        for byte in ONE:
            await wire.send(bytes([byte]))
            await asyncio.sleep(0)
        one = await answer(wire)

    assert one.data == DATA_1


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("sizes", [(), (1,), (20,)])
async def test_a_body_may_come_in_chunks(gateway: Wired, sizes: tuple[int, ...]) -> None:
    """Of whatever size."""
    sent = head("Transfer-Encoding: chunked") + chunked(said('{ echo(text: "1") }'), *sizes)

    one, two = await several(gateway, sent + TWO, 2)

    assert (one.data, two.data) == (DATA_1, DATA_2)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_trailer_is_no_header(gateway: Wired) -> None:
    """What was hidden behind the body from those in front of us does not reach a backend."""
    begun = head("X-Seen: 1", "Transfer-Encoding: chunked", path="/a/headers")

    (one,) = await several(gateway, begun + b"2\r\n{}\r\n0\r\nX-User: root\r\n\r\n", 1)

    names = [name for name, _ in one.data]
    assert "x-seen" in names
    assert "x-user" not in names


@pytest.mark.asyncio(loop_scope="module")
async def test_a_body_that_is_waited_for_is_called_for(gateway: Wired) -> None:
    """`Expect: 100-continue` is heeded."""
    body = said('{ echo(text: "1") }')
    async with client(gateway.port) as wire:
        await wire.send(head("Expect: 100-continue", f"Content-Length: {len(body)}"))
        interim = await wire.head()
        await wire.send(body)
        one = await answer(wire)

    assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert (one.status, one.data) == (200, DATA_1)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("piece", [1_000, 70_000, LARGE * 2])
async def test_a_large_body_arrives(gateway: Wired, piece: int) -> None:
    """It is larger than what uvicorn reads ahead; another request follows."""
    sent = post(said('{ echo(text: "1") }' + " " * LARGE))
    async with client(gateway.port) as wire:
        for at in range(0, len(sent), piece):
            await wire.send(sent[at : at + piece])
        one = await answer(wire)
        await wire.send(TWO)
        two = await answer(wire)

    assert (one.data, two.data) == (DATA_1, DATA_2)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "sent", [post(HUGE), head("Transfer-Encoding: chunked") + chunked(HUGE)], ids=["said", "chunks"]
)
async def test_a_body_that_is_too_large_is_refused(gateway: Wired, sent: bytes) -> None:
    """With 413, whether it says how large it is or not."""
    async with client(gateway.port) as wire:
        await wire.send(sent)
        one = await answer(wire)

    assert one.status == 413


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "sent",
    [
        post(said('{ echo(text: "1") }'), version="1.0"),
        post(said('{ echo(text: "1") }'), "Connection: close"),
    ],
)
async def test_a_client_that_wants_one_answer_gets_one(gateway: Wired, sent: bytes) -> None:
    """Then the connection is closed, which the answer says."""
    async with client(gateway.port) as wire:
        await wire.send(sent)
        one = await answer(wire)
        rest = await wire.rest()

    assert (one.data, rest) == (DATA_1, b"")
    assert one.of("connection") == ["close"]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("path", ["/graphql?query=%7Becho%7D", "/a/echo", "/healthz"])
async def test_the_answer_to_head_has_no_body(gateway: Wired, path: str) -> None:
    """So that the next answer begins where it ends."""
    async with client(gateway.port) as wire:
        await wire.send(get(path).replace(b"GET", b"HEAD", 1))
        await wire.head()
        await wire.send(TWO)
        two = await answer(wire)

    assert two.data == DATA_2


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("sent", [ONE, WRITE, PAGE, get("/a/echo"), post(said("{")), post(b"")])
async def test_an_answer_says_each_thing_once(gateway: Wired, sent: bytes) -> None:
    """Its length, its type, and its date."""
    (one,) = await several(gateway, sent, 1)

    for name in ("content-length", "content-type", "date"):
        assert len(one.of(name)) == 1


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 3", "Transfer-Encoding: chunked"),
        ("Content-Length: 3", "Content-Length: 4"),
        ("Content-Length: -1",),
        ("Content-Length: +3",),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding : chunked",),
        ("X-A: a\x00b", "Content-Length: 0"),
    ],
)
async def test_a_body_of_doubtful_length_is_refused(gateway: Wired, lines: tuple[str]) -> None:
    """Nothing of it is taken for another request, or asked of a backend."""
    gateway.backend.asked.clear()
    async with client(gateway.port) as wire:
        await wire.send(head(*lines) + b"0\r\n\r\n" + get("/a/echo?text=smuggled"))
        answered = await wire.rest()

    assert answered.startswith(b"HTTP/1.1 400 ")
    assert answered.count(b"HTTP/1.1 ") == 1
    assert gateway.backend.asked == []


@pytest.mark.asyncio(loop_scope="module")
async def test_a_chunk_that_is_none_ends_the_connection(gateway: Wired) -> None:
    """With 400, and others are served on."""
    async with client(gateway.port) as wire:
        await wire.send(head("Transfer-Encoding: chunked") + b'5\r\n{"que\r\nzz\r\n')
        answered = await wire.rest()

    assert answered.startswith(b"HTTP/1.1 400 ")
    assert (await gateway.asked(ONE)).data == DATA_1


@pytest.mark.asyncio(loop_scope="module")
async def test_a_mutation_with_rubbish_behind_it_is_not_made(gateway: Wired) -> None:
    """A client that hears 400 may send it again."""
    gateway.backend.asked.clear()
    async with client(gateway.port) as wire:
        await wire.send(WRITE + b"\x00\x01\r\n\r\n")
        answered = await wire.rest()

    assert answered.startswith(b"HTTP/1.1 400 ")
    assert (await gateway.asked(ONE)).data == DATA_1
    assert gateway.backend.asked == ["GET /echo?text=1"]


@pytest.mark.parametrize("many", [1, 3])
@pytest.mark.parametrize("query", ["{ slow }", "{ slow }" + " " * LARGE])
async def test_a_client_that_leaves_takes_its_calls_along(
    tmp_path: Path, query: str, many: int
) -> None:
    """However large its request was, and whatever else it has asked for."""
    async with wired(tmp_path) as gateway:
        async with client(gateway.port) as wire:
            await wire.send(post(said(query)) + ONE * (many - 1))
            await gateway.slow.asked.wait()
        async with asyncio.timeout(1):
            await gateway.slow.left.wait()

    assert gateway.backend.asked == ["GET /slow"]


async def test_a_client_that_has_said_all_has_left(tmp_path: Path) -> None:
    """Uvicorn takes the end of what a client sends for its leaving."""
    async with wired(tmp_path) as gateway, client(gateway.port) as wire:
        await wire.send(post(said("{ slow }")))
        await gateway.slow.asked.wait()
        wire.writer.write_eof()
        async with asyncio.timeout(1):
            await gateway.slow.left.wait()
        rest = await wire.rest()

    assert rest == b""


async def test_a_mutation_is_made_without_its_client(tmp_path: Path) -> None:
    """Its second write is made after the client has gone during the first."""
    mutation = 'mutation { change write(text: "3") }'
    async with wired(tmp_path) as gateway:
        async with client(gateway.port) as wire:
            await wire.send(post(said(mutation)) + ONE)
            await gateway.slow.asked.wait()
        await gateway.asked(TWO)
        gateway.slow.opened.set()
        async with asyncio.timeout(5):
            while "POST /echo?text=3" not in gateway.backend.asked:
                await gateway.asked(TWO)

    assert not gateway.slow.left.is_set()
    assert "GET /echo?text=1" not in gateway.backend.asked
