"""A deadline that is set again and again."""

import asyncio

from upstreams.transport.alarm import Alarm


async def test_it_rings_at_the_last_time_set() -> None:
    """Later than the time set before, and only once."""
    loop = asyncio.get_running_loop()
    rung: list[float] = []
    alarm = Alarm(loop, lambda: rung.append(loop.time()))

    alarm.set(loop.time() + 0.01)
    alarm.set(until := loop.time() + 0.1)
    await asyncio.sleep(0.2)

    assert len(rung) == 1
    assert rung[0] >= until - 0.002


async def test_it_rings_at_an_earlier_time() -> None:
    """A nearer deadline does not wait for a farther one."""
    rung = asyncio.Event()
    loop = asyncio.get_running_loop()
    alarm = Alarm(loop, rung.set)

    alarm.set(loop.time() + 60)
    alarm.set(loop.time() + 0.01)

    async with asyncio.timeout(5):
        await rung.wait()


async def test_it_does_not_ring_unset() -> None:
    """Neither where it was unset, nor where it was stopped."""
    loop = asyncio.get_running_loop()
    rung: list[int] = []
    unset, stopped = Alarm(loop, lambda: rung.append(1)), Alarm(loop, lambda: rung.append(2))

    for alarm in (unset, stopped):
        alarm.set(loop.time() + 0.01)
    unset.unset()
    stopped.stop()
    await asyncio.sleep(0.05)

    assert rung == []
