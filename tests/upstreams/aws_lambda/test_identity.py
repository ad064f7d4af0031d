"""Finding and renewing an identity beside the event loop."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from tests.upstreams.aws_lambda.asking import call, client
from tests.upstreams.aws_lambda.listening import answering, listening
from tests.upstreams.aws_lambda.test_credentials import ROBOT, credential_process, expire, token
from upstreams.aws_lambda import credentials
from upstreams.aws_lambda.identity import Proof, Signing
from upstreams.aws_lambda.model import Settings
from upstreams.errors import TimedOut, Unreachable

SETTINGS = Settings(functions=("f",))


def soon(seconds: float = 10.0) -> float:
    """A deadline."""
    return asyncio.get_running_loop().time() + seconds


async def test_a_failed_search_is_not_repeated_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls that follow closely share the failure instead of searching one after the other."""
    signing = Signing(SETTINGS)
    with pytest.raises(Unreachable):
        await signing.identity(soon())
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "late")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "late")

    with pytest.raises(Unreachable):
        await signing.identity(soon())


@pytest.mark.usefixtures("keys")
async def test_searching_keeps_to_the_deadline() -> None:
    """Credentials that take too long cost no more than the call's own time."""
    with pytest.raises(TimedOut):
        await Signing(SETTINGS).identity(soon(0.0))


@pytest.mark.usefixtures("keys")
async def test_all_calls_share_one_search() -> None:
    """Many first calls at once find the same identity."""
    signing = Signing(SETTINGS)

    found = await asyncio.gather(*(signing.identity(soon()) for _ in range(20)))

    assert len({id(identity) for identity in found}) == 1


async def test_old_keys_serve_while_new_ones_are_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that finds its keys about to expire is not kept waiting; later ones get the new."""
    monkeypatch.setattr(credentials, "LOOK_SECONDS", 0.0)
    credential_process(tmp_path, lasting=timedelta(minutes=5))
    signing = Signing(ROBOT)
    before = token(await signing.identity(soon()))

    meanwhile = token(await signing.identity(soon(0.0)))
    renewal = signing._renewal
    assert renewal is not None
    after = token(await renewal)

    assert (meanwhile, after != before) == (before, True)


async def test_calls_renew_their_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes no more than a call to find that keys are due, and the next has new ones."""
    monkeypatch.setattr(credentials, "LOOK_SECONDS", 0.0)
    credential_process(tmp_path, lasting=timedelta(minutes=5))

    async with (
        listening(answering({})) as api,
        client(api.url, sign=True, profile="robot", region="eu-west-1") as connected,
    ):
        await connected.call(call())
        await connected.call(call())
        renewal = connected._api.signing._renewal
        assert renewal is not None
        await renewal
        await connected.call(call())

    first, second, third = (one.headers["x-amz-security-token"] for one in api.received)
    assert (second, third != first) == (first, True)


async def test_a_failed_search_takes_no_valid_keys_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys that AWS refused somewhere are used on where they are accepted."""
    monkeypatch.setattr(credentials, "LOOK_SECONDS", 0.0)
    credential_process(tmp_path, lasting=timedelta(minutes=5))
    signing = Signing(ROBOT)
    identity = await signing.identity(soon())
    keys = identity.keys
    assert keys is not None
    (tmp_path / "keys.py").unlink()

    refused = Proof(keys, signing.now())
    mended = await signing.mended(refused, "ExpiredTokenException", "", soon())

    assert not mended
    assert await signing.identity(soon()) is identity


async def test_expired_keys_are_waited_for(tmp_path: Path) -> None:
    """Without valid keys a call waits for new ones."""
    credential_process(tmp_path, lasting=timedelta(seconds=2))
    signing = Signing(ROBOT)
    identity = await signing.identity(soon())
    before = token(identity)
    credential_process(tmp_path, lasting=timedelta(hours=1))
    await asyncio.to_thread(expire, identity)

    after = token(await signing.identity(soon()))

    assert after != before


async def test_a_waiting_call_may_be_cancelled(tmp_path: Path) -> None:
    """Who gives up leaves the search to the others."""
    credential_process(tmp_path, lasting=timedelta(hours=1))
    signing = Signing(ROBOT)
    impatient = asyncio.ensure_future(signing.identity(soon()))
    patient = asyncio.ensure_future(signing.identity(soon()))
    await asyncio.sleep(0)

    impatient.cancel()

    assert token(await patient) == "run 1"
