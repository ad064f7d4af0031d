"""Where keys come from: programs, roles, tokens and containers; and how long they serve."""

import asyncio
import hashlib
import json
import shlex
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import botocore.session
import pytest
from botocore.credentials import SSOProvider

from tests.backends import aws_lambda
from tests.backends.process import Server
from tests.upstreams.aws_lambda.listening import Listening, Received, answering, listening
from upstreams.aws_lambda import credentials
from upstreams.aws_lambda.api import Api, Ask
from upstreams.aws_lambda.credentials import Identity, look_up
from upstreams.aws_lambda.model import Settings
from upstreams.errors import Unreachable
from upstreams.transport import Request

REQUEST = Request("GET", "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/")
NOW = datetime(2026, 11, 22, tzinfo=UTC).timestamp()
ROBOT = Settings(functions=("f",), profile="robot", region="eu-west-1")
ROLE = "arn:aws:iam::123456789012:role/caller"


def credential_process(folder: Path, *, lasting: timedelta) -> Path:
    """A profile whose keys a program prints; the file it returns has one line per run."""
    runs = folder / "runs"
    printed = {
        "Version": 1,
        "AccessKeyId": "AKIDEXAMPLE",
        "SecretAccessKey": "example",
        "Expiration": (datetime.now(UTC) + lasting).isoformat(),
    }
    script = folder / "keys.py"
    script.write_text(
        f"runs = open({str(runs)!r}, 'a+')\nruns.write('run\\n')\nruns.seek(0)\n"
        f'print({json.dumps(printed)!r}[:-1] + \', "SessionToken": "run \' '
        "+ str(len(runs.readlines())) + '\"}')\n"
    )
    command = shlex.join([sys.executable, str(script)])
    (folder / "config").write_text(f"[profile robot]\ncredential_process = {command}\n")
    return runs


def token(identity: Identity) -> str:
    """The token that an identity's requests go out with."""
    signed = identity.signer("lambda", "eu-west-1").sign(REQUEST, NOW)
    return dict(signed.headers).get("X-Amz-Security-Token", "")


def expire(identity: Identity) -> None:
    """Wait until its keys are of no use any more."""
    while identity.valid():
        time.sleep(0.05)


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("service", "region", "host"),
    [
        ("lambda", "eu-west-1", "lambda.eu-west-1.amazonaws.com"),
        ("apigateway", "us-gov-west-1", "apigateway.us-gov-west-1.amazonaws.com"),
        ("lambda", "cn-north-1", "lambda.cn-north-1.amazonaws.com.cn"),
        ("lambda", "mars-north-1", "lambda.mars-north-1.amazonaws.com"),
    ],
)
def test_every_partition_has_its_host_names(service: str, region: str, host: str) -> None:
    """China's regions are served under another name; unknown ones under the usual."""
    assert look_up(Settings(functions=("f",))).host(service, region) == host


@pytest.mark.usefixtures("keys")
def test_lasting_keys_are_never_due() -> None:
    """Keys from the environment are read once."""
    assert not look_up(Settings(functions=("f",))).due()


def test_long_lived_temporary_keys_are_not_due(tmp_path: Path) -> None:
    """Temporary keys serve until they are about to expire."""
    runs = credential_process(tmp_path, lasting=timedelta(hours=1))

    identity = look_up(ROBOT)

    assert not identity.due()
    assert runs.read_text() == "run\n"


def test_expiring_keys_are_due_and_valid(tmp_path: Path) -> None:
    """Minutes before they expire keys are to be renewed, and can be used."""
    credential_process(tmp_path, lasting=timedelta(minutes=5))

    identity = look_up(ROBOT)

    assert (identity.due(), identity.valid()) == (True, True)


def test_renewed_keys_sign(tmp_path: Path) -> None:
    """After a renewal requests are signed with the new keys."""
    credential_process(tmp_path, lasting=timedelta(minutes=5))
    identity = look_up(ROBOT)
    before = token(identity)

    identity.renew()

    assert (before, token(identity)) != (before, before)


def test_keys_that_cannot_be_renewed_serve_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed renewal does not take away keys that still have minutes to go, nor is it hurried."""
    monkeypatch.setattr(credentials, "LOOK_SECONDS", 0.0)
    credential_process(tmp_path, lasting=timedelta(minutes=5))
    identity = look_up(ROBOT)
    before = token(identity)
    (tmp_path / "keys.py").unlink()

    identity.renew()

    assert (token(identity), identity.due()) == (before, False)


def test_expired_keys_are_no_keys(tmp_path: Path) -> None:
    """Once they have expired, a failed renewal is a failure."""
    credential_process(tmp_path, lasting=timedelta(seconds=3))
    identity = look_up(ROBOT)
    (tmp_path / "keys.py").unlink()
    expire(identity)

    with pytest.raises(Unreachable, match="could not be obtained"):
        identity.renew()


def test_signing_never_refreshes(tmp_path: Path) -> None:
    """Only `renew` may block: a signature is made with the keys at hand."""
    runs = credential_process(tmp_path, lasting=timedelta(minutes=5))
    identity = look_up(ROBOT)
    before = runs.read_text()

    token(identity)

    assert runs.read_text() == before


def test_keys_born_expired_are_none_at_all(tmp_path: Path) -> None:
    """A program that prints expired keys is a failure to obtain any."""
    credential_process(tmp_path, lasting=timedelta(days=-1))

    with pytest.raises(Unreachable, match="could not be obtained"):
        look_up(ROBOT)


def test_a_program_that_prints_no_keys_is_told(tmp_path: Path) -> None:
    """Anything but the keys' JSON is a failure to obtain them."""
    credential_process(tmp_path, lasting=timedelta(hours=1))
    (tmp_path / "keys.py").write_text("print('hello')\n")

    with pytest.raises(Unreachable, match="could not be obtained"):
        look_up(ROBOT)


@asynccontextmanager
async def called(settings: Settings) -> AsyncIterator[Received]:
    """The request an API call becomes under those settings."""
    async with listening(answering({})) as backend:
        api = Api(_at(settings, backend))
        try:
            await api.send(Ask("GET", ("functions", "")), asyncio.get_running_loop().time() + 20)
        finally:
            await api.aclose()
        yield backend.received[0]


def _at(settings: Settings, backend: Listening) -> Settings:
    named = ("role", "external_id", "region", "profile")
    told = {name: getattr(settings, name) for name in named}
    return Settings(functions=("f",), url=backend.url, **told)


CONTAINER = {
    "AccessKeyId": "ASIACONTAINER",
    "SecretAccessKey": "of the pod",
    "Token": "pod token",
    "Expiration": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
}


async def test_pod_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under EKS Pod Identity the agent is asked, with the token of the pod's file."""
    (tmp_path / "token").write_text("of the service account")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(tmp_path / "token"))

    async with listening(answering(CONTAINER)) as agent:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{agent.url}/v1/credentials")
        async with called(Settings(functions=("f",), region="eu-west-1")) as received:
            pass

    assert agent.received[0].headers["authorization"] == "of the service account"
    assert received.headers["x-amz-security-token"] == "pod token"
    assert received.is_signed_with("of the pod")


async def test_a_profile_of_single_sign_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has signed in has a token, for which the portal gives the keys of a role."""
    (tmp_path / "config").write_text(
        "[profile robot]\nsso_start_url = https://acme.example/start\nsso_region = eu-west-1\n"
        "sso_account_id = 123456789012\nsso_role_name = caller\n"
    )
    token = {
        "accessToken": "signed in",
        "expiresAt": (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    kept = hashlib.sha1(b"https://acme.example/start", usedforsecurity=False).hexdigest()
    (tmp_path / f"{kept}.json").write_text(json.dumps(token))
    # It is below the home of whoever imported botocore.
    monkeypatch.setattr(SSOProvider, "_SSO_TOKEN_CACHE_DIR", str(tmp_path))
    keys = {
        "accessKeyId": "ASIASSO",
        "secretAccessKey": "of the person",
        "sessionToken": "sso token",
        "expiration": int((datetime.now(UTC) + timedelta(hours=1)).timestamp() * 1000),
    }

    async with listening(answering({"roleCredentials": keys})) as portal:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", portal.url)
        async with called(ROBOT) as received:
            pass

    assert portal.received[0].headers["x-amz-sso_bearer_token"] == "signed in"
    assert portal.received[0].target == (
        "/federation/credentials?role_name=caller&account_id=123456789012"
    )
    assert received.headers["x-amz-security-token"] == "sso token"
    assert received.is_signed_with("of the person")


async def test_an_agent_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the agent says stays inside; the kind of failure is told."""
    async with listening(answering(b"secret reason", status=400)) as agent:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{agent.url}/v1/credentials")

        with pytest.raises(Unreachable, match="CredentialRetrievalError") as caught:
            await asyncio.to_thread(look_up, Settings(functions=("f",)))

    assert "secret" not in caught.value.message


@pytest.fixture(scope="module")
def moto() -> Iterator[Server]:
    """AWS's STS and IAM, as moto has them."""
    with aws_lambda.moto() as server:
        yield server


@pytest.mark.real
class TestSts:
    """Roles that are taken on, through moto's STS."""

    @pytest.mark.usefixtures("keys")
    async def test_a_role_is_assumed(self, moto: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        """Requests go out under the upstream's role, with temporary keys."""
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", moto.url)
        settings = Settings(functions=("f",), region="eu-west-1", role=ROLE, external_id="acme")

        async with called(settings) as received:
            pass

        assert "Credential=ASIA" in received.headers["authorization"]
        assert received.headers["x-amz-security-token"]

    @pytest.mark.usefixtures("keys")
    async def test_the_role_is_who_we_are(
        self, moto: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """STS itself says that the keys belong to the role and the session's name."""
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", moto.url)
        settings = Settings(functions=("f",), region="eu-west-1", role=ROLE, session_name="till")

        identity = await asyncio.to_thread(look_up, settings)

        assert _who(moto, identity) == "arn:aws:sts::123456789012:assumed-role/caller/till"

    async def test_a_web_identity(
        self, moto: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Under IRSA the token of the service account is changed for the keys of a role."""
        (tmp_path / "token").write_text("header.claims.signature")
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", moto.url)
        monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
        monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
        monkeypatch.setenv("AWS_ROLE_SESSION_NAME", "pod")
        monkeypatch.setenv("AWS_REGION", "eu-west-1")

        identity = await asyncio.to_thread(look_up, Settings(functions=("f",)))

        assert _who(moto, identity) == "arn:aws:sts::123456789012:assumed-role/caller/pod"

    @pytest.mark.usefixtures("keys")
    async def test_no_sts_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A role that cannot be asked for is unreachable, and may be later."""
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
        settings = Settings(functions=("f",), role=ROLE, region="eu-west-1")

        with pytest.raises(Unreachable, match="EndpointConnectionError") as caught:
            await asyncio.to_thread(look_up, settings)

        assert caught.value.retryable


def _who(moto: Server, identity: Identity) -> str:
    """Whose keys they are, by STS."""
    keys = identity.signer("sts", "eu-west-1").keys
    session = botocore.session.Session()
    session.set_credentials(keys.access, keys.secret, keys.token)
    sts = session.create_client("sts", region_name="eu-west-1", endpoint_url=moto.url)
    try:
        return str(sts.get_caller_identity()["Arn"])
    finally:
        sts.close()
