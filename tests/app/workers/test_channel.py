"""The line between two processes."""

import asyncio
import threading
from collections.abc import Iterator
from typing import TypeAlias

import pytest

from app.status import State
from app.workers.channel import Channel
from app.workers.messages import Message, Ready, Report, Retire, Stop, Told, nothing

Ends: TypeAlias = tuple[Channel, Channel]


def report(text: str) -> Told:
    """A message of about that length."""
    return Told((Report("a", State.READY, None, text, "", nothing()),))


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    """Both ends of a line."""
    one, other = Channel.pair()
    yield one, other
    one.close()
    other.close()


def test_messages_arrive_as_they_were_said(ends: Ends) -> None:
    """Several at once, in order."""
    one, other = ends
    said: list[Message] = [Ready(), report("gone"), Retire(), Stop()]

    for message in said:
        one.send(message)

    assert other.received() == said


def test_a_message_may_come_in_pieces(ends: Ends) -> None:
    """It is given once it is whole."""
    one, other = ends
    message = report("x" * 2**20)
    sending = threading.Thread(target=one.send, args=[message])

    sending.start()
    heard = [other.received()]
    while not heard[-1]:
        heard.append(other.received())
    sending.join()

    assert len(heard) > 1
    assert heard[-1] == [message]


def test_the_end_of_the_other_process_is_noticed(ends: Ends) -> None:
    """After what it said before."""
    one, other = ends
    one.send(Ready())
    one.close()

    assert other.received() == [Ready()]
    with pytest.raises(EOFError):
        other.received()


def test_one_that_takes_nothing_is_given_up(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not hold up who speaks to it."""
    monkeypatch.setattr("app.workers.channel.SEND_SECONDS", 0.05)
    one, other = ends

    with pytest.raises(OSError, match="timed out"):
        one.send(report("x" * 2**22))
    assert other.fileno() > 0


async def test_large_messages_are_said_and_heard_in_loops(ends: Ends) -> None:
    """More than the system holds between the two; when one ends, the other's reading does."""
    one, other = ends
    said: list[Message] = [report("x" * 2**22), Stop()]

    async def hear() -> list[Message]:
        return [message async for message in other.told()]

    async with asyncio.TaskGroup() as tasks:
        hearing = tasks.create_task(hear())
        for message in said:
            await one.tell(message)
        one.close()

    assert hearing.result() == said
