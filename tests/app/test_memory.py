"""What is kept of freed memory."""

import asyncio
import platform
import sys

import pytest

PROGRAM = """
import resource, sys
from app import memory
if sys.argv[1] == "kept":
    memory.keep()
def faults():
    for _ in range(50):
        answers = [bytes(2_500_000) + b"." for _ in range(3)]
        del answers
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
begun = faults()
print(faults() - begun)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another library's allocator")
async def test_answers_of_some_megabytes_come_and_go_in_the_same_memory() -> None:
    """The system does not clear it for each of them anew."""
    async with asyncio.TaskGroup() as tasks:
        kept, left = (tasks.create_task(_faults(mode)) for mode in ("kept", "left"))

    assert kept.result() * 10 < left.result()


async def _faults(mode: str) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, mode, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    return int(printed)
