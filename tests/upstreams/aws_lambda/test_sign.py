"""Credentials that expire, and the host names of AWS's partitions."""

import asyncio
import json
import shlex
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from upstreams.aws_lambda import sign
from upstreams.aws_lambda.api import Signing
from upstreams.aws_lambda.sign import look_up
from upstreams.errors import Unreachable
from upstreams.transport import Request

REQUEST = Request("GET", "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/")


def credential_process(folder: Path, *, lasting: timedelta) -> Path:
    """A profile whose keys a program prints; the file it returns has one line per run."""
    runs = folder / "runs"
    printed = {
        "Version": 1,
        "AccessKeyId": "AKIDEXAMPLE",
        "SecretAccessKey": "example",
        "SessionToken": "temporary",
        "Expiration": (datetime.now(UTC) + lasting).isoformat(),
    }
    script = folder / "keys.py"
    script.write_text(f"open({str(runs)!r}, 'a').write('run\\n')\nprint({json.dumps(printed)!r})\n")
    command = shlex.join([sys.executable, str(script)])
    (folder / "config").write_text(f"[profile robot]\ncredential_process = {command}\n")
    return runs


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "lambda.eu-west-1.amazonaws.com"),
        ("us-gov-west-1", "lambda.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "lambda.cn-north-1.amazonaws.com.cn"),
        ("mars-north-1", "lambda.mars-north-1.amazonaws.com"),
    ],
)
def test_every_partition_has_its_host_names(region: str, host: str) -> None:
    """China's regions are served under another name; unknown ones under the usual."""
    assert look_up(None).host(region) == host


@pytest.mark.usefixtures("keys")
def test_lasting_keys_are_never_stale() -> None:
    """Keys from the environment are read once."""
    assert not look_up(None).stale()


def test_long_lived_temporary_keys_are_not_stale(tmp_path: Path) -> None:
    """Temporary keys serve until they are about to expire."""
    runs = credential_process(tmp_path, lasting=timedelta(hours=1))

    identity = look_up("robot")

    assert not identity.stale()
    assert runs.read_text() == "run\n"


def test_expiring_keys_become_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Minutes before keys expire they are due, but not again right after an attempt."""
    credential_process(tmp_path, lasting=timedelta(minutes=5))
    identity = look_up("robot")
    just_tried = identity.stale()
    monkeypatch.setattr(sign, "RETRY_SECONDS", 0.0)

    later = identity.stale()

    assert (just_tried, later) == (False, True)


async def test_expiring_keys_are_renewed_for_the_next_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next call to find them stale obtains new ones first."""
    monkeypatch.setattr(sign, "RETRY_SECONDS", 0.0)
    runs = credential_process(tmp_path, lasting=timedelta(minutes=5))
    signing = Signing("robot")
    deadline = asyncio.get_running_loop().time() + 20
    await signing.identity(deadline)
    before = runs.read_text()

    await signing.identity(deadline)

    assert len(runs.read_text()) > len(before)


def test_keys_that_cannot_be_renewed_serve_on(tmp_path: Path) -> None:
    """A failed refresh does not take away keys that still have minutes to go."""
    credential_process(tmp_path, lasting=timedelta(minutes=5))
    identity = look_up("robot")
    (tmp_path / "keys.py").unlink()

    identity.refresh()

    assert dict(identity.sign(REQUEST, "eu-west-1").headers)["X-Amz-Security-Token"] == "temporary"


def test_signing_never_refreshes(tmp_path: Path) -> None:
    """Only `refresh` may block: a signature is made with the keys at hand."""
    runs = credential_process(tmp_path, lasting=timedelta(minutes=5))
    identity = look_up("robot")
    before = runs.read_text()

    identity.sign(REQUEST, "eu-west-1")

    assert runs.read_text() == before


def test_keys_born_expired_are_none_at_all(tmp_path: Path) -> None:
    """A program that prints expired keys is a failure to obtain any."""
    credential_process(tmp_path, lasting=timedelta(days=-1))

    with pytest.raises(Unreachable, match="could not be obtained"):
        look_up("robot")


def test_a_program_that_prints_no_keys_is_told(tmp_path: Path) -> None:
    """Anything but the keys' JSON is a failure to obtain them."""
    credential_process(tmp_path, lasting=timedelta(hours=1))
    (tmp_path / "keys.py").write_text("print('hello')\n")

    with pytest.raises(Unreachable, match="could not be obtained"):
        look_up("robot")
