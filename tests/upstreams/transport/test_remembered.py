"""Answers over one connection whose heads are alike: each is exactly what was sent."""

import gzip
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import pytest

from tests.upstreams.transport.backend import Line, Wire, line
from upstreams.errors import CallError, Malformed, Unreachable
from upstreams.transport import Limits

HEAD = b"HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: %d\r\n\r\n"
OK = HEAD % 2 + b"ok"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"


class Heard(NamedTuple):
    """An answer as its caller has it."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Said(NamedTuple):
    """An answer as its backend sends it, and the method it is for."""

    pieces: tuple[bytes, ...]
    method: str = "GET"


def saying(*answers: Said) -> "Conversation":
    """Each answer once, whatever connection it is asked for over."""
    return Conversation(iter(answers))


class Conversation:
    """A backend's side."""

    def __init__(self, answers: Iterator[Said]) -> None:
        self._answers = answers

    async def __call__(self, wire: Wire) -> None:
        """Answer until the client closes."""
        while True:
            await wire.head()
            said = next(self._answers)
            await wire.say(*said.pieces)


async def sent(to: Line, method: str = "GET") -> Heard:
    """The whole answer at once."""
    answer = await to.send(method)
    return Heard(answer.status, list(answer.headers), answer.body)


async def streamed(to: Line, method: str = "GET") -> Heard:
    """The same, as it comes."""
    async with to.stream(method) as answer:
        body = b"".join([piece async for piece in answer.body])
    return Heard(answer.status, list(answer.headers), body)


Ask: TypeAlias = Callable[[Line, str], Awaitable[Heard]]

WAYS = pytest.mark.parametrize("ask", [sent, streamed])


async def _asked(ask: Ask, to: Line, method: str) -> Heard | str:
    """The answer, or why there is none."""
    try:
        return await ask(to, method)
    except CallError as error:
        return str(error)


async def over_one(ask: Ask, answers: Sequence[Said]) -> tuple[list[Heard | str], int]:
    """What is heard, and how many connections it took."""
    async with line(saying(*answers)) as to:
        heard = [await _asked(ask, to, one.method) for one in answers]
    return heard, len(to.wires)


async def each_over_its_own(ask: Ask, answers: Sequence[Said]) -> list[Heard | str]:
    """The same answers, each over a connection that has served nothing before."""
    heard = []
    for one in answers:
        async with line(saying(one)) as to:
            heard.append(await _asked(ask, to, one.method))
    return heard


GZIPPED = gzip.compress(b"a" * 100, mtime=0)
CODED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(GZIPPED)
CHUNKED = b"HTTP/1.1 200 OK\r\nDate: now\r\nTransfer-Encoding: chunked\r\n\r\n"

SORTS = {
    "whole": Said((OK,)),
    "another body": Said((HEAD % 2 + b"OK",)),
    "another length": Said((HEAD % 3 + b"okk",)),
    "another date": Said((OK.replace(b"now", b"new"),)),
    "another status": Said((OK.replace(b"200", b"201"),)),
    "an error": Said((OK.replace(b"200 OK", b"500 No"),)),
    "head before body": Said((HEAD % 2, b"ok")),
    "head and a half": Said((HEAD % 2 + b"o", b"k")),
    "head in two": Said((OK[:20], OK[20:])),
    "all in bytes": Said(tuple(OK[at : at + 1] for at in range(len(OK)))),
    "end of head later": Said(((HEAD % 2)[:-2], b"\r\nok")),
    "continued": Said((CONTINUE, OK)),
    "continued at once": Said((CONTINUE + OK,)),
    "hinted": Said((HINTS, CONTINUE, OK[:5], OK[5:])),
    "begin of hints later": Said((CONTINUE[:9], CONTINUE[9:], OK)),
    "nothing": Said((HEAD % 0,)),
    "for HEAD": Said((HEAD % 2,), "HEAD"),
    "for OPTIONS": Said((OK,), "OPTIONS"),
    "204": Said((b"HTTP/1.1 204 No Content\r\n\r\n",)),
    "204 with a length": Said((b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n",)),
    "304 with a length": Said((b"HTTP/1.1 304 Same\r\nDate: now\r\nContent-Length: 2\r\n\r\n",)),
    "chunked": Said((CHUNKED + b"2\r\nok\r\n0\r\n\r\n",)),
    "chunked, others": Said((CHUNKED + b"2\r\nOK\r\n0\r\n\r\n",)),
    "chunked elsewhere": Said((CHUNKED + b"1\r\no\r\n1\r\nk\r\n0\r\n\r\n",)),
    "coded": Said((CODED + GZIPPED,)),
    "coded otherwise": Said((CODED + gzip.compress(b"b" * 100, mtime=0),)),
    "a body like a head": Said((HEAD % len(OK) + OK,)),
    "a body that is an answer": Said((HEAD % len(OK), OK)),
    "a body of answers": Said((HEAD % (2 * len(OK)), OK, OK)),
    "a rest that is an answer": Said((b"HTTP/1.1 200 OK\r\nX-Begun: ", OK)),
    "padded": Said((b"HTTP/1.1 200 OK\r\ncontent-length: \t02 \r\n\r\nok",)),
    "kept by an old one": Said(
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",)
    ),
    "large": Said((HEAD % 100_000 + b"l" * 100_000,)),
    "a large head": Said((OK.replace(b"Date", b"X-Large: %b\r\nDate" % (b"l" * 9_000)),)),
}


@WAYS
@pytest.mark.parametrize("between", SORTS, ids=lambda name: name.replace(" ", "-"))
async def test_an_answer_is_what_it_is_by_itself(ask: Ask, between: str) -> None:
    """Whatever came before it over the connection, and whatever it makes of the ones after it."""
    answers = [SORTS[name] for name in ("whole", "whole", between, between, "whole", between)]

    heard, connections = await over_one(ask, answers)

    assert heard == await each_over_its_own(ask, answers)
    assert not [one for one in heard if isinstance(one, str)]
    assert connections == 1


@WAYS
@pytest.mark.parametrize("seed", range(6))
async def test_answers_of_all_sorts_in_any_order(ask: Ask, seed: int) -> None:
    """Each is what it is over a connection of its own."""
    rolled = random.Random(seed)  # noqa: S311 - the same answers each time
    answers = rolled.choices(list(SORTS.values()), k=60)
    alone = dict(zip(SORTS.values(), await each_over_its_own(ask, [*SORTS.values()]), strict=True))

    heard, connections = await over_one(ask, answers)

    assert heard == [alone[one] for one in answers]
    assert connections == 1


ENDS = {
    "one byte too many": Said((OK + b"!",)),
    "an answer nobody asked for": Said((OK + OK,)),
    "a head nobody asked for": Said((OK + HEAD % 2,)),
    "a last one": Said((OK.replace(b"Date", b"Connection: close\r\nDate"),)),
    "an old one": Said((b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",)),
    "a body for HEAD": Said((OK,), "HEAD"),
    "a body for 204": Said((OK.replace(b"200 OK", b"204 No"),)),
    "a body for 304": Said((OK.replace(b"200 OK", b"304 No"),)),
}


@WAYS
@pytest.mark.parametrize("end", ENDS, ids=lambda name: name.replace(" ", "-"))
async def test_a_connection_that_says_too_much_is_not_used_again(ask: Ask, end: str) -> None:
    """The answer is what was asked for; nothing of the rest is taken for the next one."""
    whole, last = SORTS["whole"], ENDS[end]
    answers = [whole, whole, last, whole, whole]

    heard, connections = await over_one(ask, answers)

    assert heard == await each_over_its_own(ask, answers)
    assert connections == 2


@WAYS
@pytest.mark.parametrize("name", ["204 with a length", "304 with a length", "for HEAD"])
async def test_a_length_that_is_of_no_body_is_not_one_the_next_time(ask: Ask, name: str) -> None:
    """What follows the same head is too much, and the connection is not used again."""
    said = SORTS[name]
    more = Said((said.pieces[0] + b"ok",), said.method)
    answers = [SORTS["whole"], said, said, more, SORTS["whole"]]

    heard, connections = await over_one(ask, answers)

    assert heard == await each_over_its_own(ask, answers)
    assert connections == 2


REFUSED = {
    "two lengths": OK.replace(b"Date", b"Content-Length: 2\r\nDate"),
    "other lengths": OK.replace(b"Date", b"Content-Length: 3\r\nDate"),
    "a length and chunks": OK.replace(b"Date", b"Transfer-Encoding: chunked\r\nDate"),
    "a folded line": OK.replace(b"now", b"now\r\n and then"),
    "a folded length": OK.replace(b": 2", b":\r\n 2"),
    "a length in two": HEAD.replace(b"%d", b"1\r\n 0") + b"0123456789",
    "a signed length": OK.replace(b": 2", b": +2"),
    "a length with an underscore": HEAD.replace(b"%d", b"1_0") + b"0123456789",
    "a listed length": OK.replace(b": 2", b": 2, 2"),
    "no length": OK.replace(b": 2", b":"),
    "a space before the colon": OK.replace(b": 2", b" : 2"),
    "a bare line feed": OK.replace(b"now\r\n", b"now\n"),
    "a bare return": OK.replace(b"now\r\n", b"now\r"),
    "another protocol": OK.replace(b"HTTP/1.1", b"HTTP/2.0"),
    "switching": OK.replace(b"200 OK", b"101 Switching"),
}


@WAYS
@pytest.mark.parametrize("refused", REFUSED, ids=lambda name: name.replace(" ", "-"))
async def test_what_could_be_read_in_two_ways_is_refused(ask: Ask, refused: str) -> None:
    """After answers that were remembered as at first; and those that follow are themselves."""
    whole = SORTS["whole"]
    answers = [whole, whole, Said((REFUSED[refused],)), whole]

    heard, connections = await over_one(ask, answers)

    assert heard == await each_over_its_own(ask, answers)
    assert isinstance(heard[2], str)
    assert connections == 2


@WAYS
@pytest.mark.parametrize("kept", [0, 1, 20, len(OK) - 1])
async def test_an_answer_that_ends_early_is_an_error(ask: Ask, kept: int) -> None:
    """However often the like of it came in full."""

    async def conversation(wire: Wire) -> None:
        for _ in range(2):
            await wire.head()
            await wire.say(OK)
        await wire.head()
        await wire.say(OK[:kept])

    async with line(conversation) as to:
        for _ in range(2):
            await _asked(ask, to, "GET")
        with pytest.raises(Unreachable):
            await ask(to, "POST")


async def test_a_remembered_answer_is_within_the_limit() -> None:
    """The limit is looked at each time; a head that was fine says nothing of another length."""
    fits, large = Said((HEAD % 10 + b"a" * 10,)), Said((HEAD % 11 + b"a" * 11,))
    answers = [fits, fits, large, fits, fits]
    heard = []
    async with line(saying(*answers), Limits(max_response=10)) as to:
        for one in answers:
            heard.append(await _asked(sent, to, one.method))  # noqa: PERF401 - one by one

    assert [isinstance(one, Heard) for one in heard] == [True, True, False, True, True]


async def test_what_is_decoded_is_within_the_limit() -> None:
    """Of two answers with one head, one may be larger than the other once it is decoded."""
    small, large = (gzip.compress(b"a" * size, mtime=0) for size in (9, 99))
    length = max(len(small), len(large)) + 1
    begun = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % length
    padded = [Said((begun + _named(one, length),)) for one in (small, large)]
    async with line(saying(padded[0], padded[0], padded[1]), Limits(max_response=50)) as to:
        bodies = [(await to.get()).body for _ in range(2)]
        with pytest.raises(Malformed):
            await to.get()

    assert bodies == [b"a" * 9] * 2


def _named(coded: bytes, length: int) -> bytes:
    """The same gzip file with a name in it that makes it so long (RFC 1952 §2.3)."""
    name = b"n" * (length - len(coded) - 1) + b"\0"
    return coded[:3] + b"\x08" + coded[4:10] + name + coded[10:]


async def test_an_answer_that_comes_before_its_request_has_gone_ends_the_connection() -> None:
    """However well the head is known: what is still being sent would be the next request."""

    async def body() -> AsyncIterator[bytes]:
        for _ in itertools.count():
            yield b"x" * 1000

    async with line(_early) as to:
        for _ in range(2):
            await to.get()
        answer = await to.send("POST", body=body())
        after = await to.get()

    assert (answer.body, after.body) == (b"ok", b"ok")
    assert len(to.wires) == 2


async def _early(wire: Wire) -> None:
    while True:
        begun = await wire.head()
        await wire.say(OK)
        if begun.startswith(b"POST"):
            await wire.gone()


async def test_who_left_a_stream_leaves_nothing_for_the_next() -> None:
    """The rest of an answer with the same head is not taken for another."""

    async def conversation(wire: Wire) -> None:
        for _ in range(2):
            await wire.head()
            await wire.say(OK)
        await wire.head()
        await wire.say(HEAD % 2 + b"o")
        await wire.gone()

    async with line(conversation) as to:
        for _ in range(2):
            await to.get()
        async with to.stream() as left:
            pass
        after = await to.get()

    assert left.status == 200
    assert (after.body, len(to.wires)) == (b"ok", 2)
