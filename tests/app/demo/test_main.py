"""The demo's backends alone, as a process of their own."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
import yaml

SECONDS_TO_STOP = 2.0


@pytest.fixture
def command() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "app.demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_the_backends_alone(command: subprocess.Popen[str], signum: signal.Signals) -> None:
    """`python -m app.demo` prints a configuration, and ends soon and well when it is told to."""
    assert command.stderr is not None
    assert command.stdout is not None
    command.stderr.readline()

    command.send_signal(signum)

    assert command.wait(SECONDS_TO_STOP) == 0
    assert command.stderr.read() == ""
    assert list(yaml.safe_load(command.stdout.read())["upstreams"]) == [
        "shop",
        "parcels",
        "bank",
        "pricing",
    ]
