"""The demo's backends alone: `python -m app.demo > splice.yaml` runs them until Ctrl-C."""

import asyncio
import signal
import sys

from app.demo.run import Demo


async def _serve() -> None:
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    async with Demo() as demo:
        sys.stdout.write(demo.config)
        sys.stdout.flush()
        sys.stderr.write("Four backends are running as above; Ctrl-C stops them.\n")
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
