"""Who calls: security schemes of a description, with credentials of the settings."""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.backends.authority import Authority
from tests.backends.openapi import Answering, Asked, Reply, answering, fixed, told
from tests.backends.process import LOOPBACK, free_port
from tests.upstreams.openapi.lines import Line, catalog, described, lined
from upstreams.errors import CallError, DiscoveryError, Malformed, Refused, TimedOut, Unreachable
from upstreams.kind import Call
from upstreams.openapi import KIND
from upstreams.openapi.model import Credential, OpenApiCatalog, Settings
from upstreams.openapi.translate.security import check, remarks

SECRET = "s3cr3t-never-shown"

SCHEMES = {
    "header": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "basic": {"type": "http", "scheme": "Basic"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://id.invalid"},
    "tls": {"type": "mutualTLS"},
    "digest": {"type": "http", "scheme": "digest"},
}
KEY = Credential(value="k y")
BEARER = Credential(token="t")


def secured(*security: Any, scheme: Any = None, **operation: Any) -> OpenApiCatalog:
    """The catalog of one function with these requirements."""
    schemes = SCHEMES | ({"oauth": scheme} if scheme else {})
    return catalog(
        {"security": list(security), **operation}, components={"securitySchemes": schemes}
    )


@pytest.mark.parametrize(
    ("scheme", "credential", "target", "header", "sent"),
    [
        ("header", KEY, "/v1/it", "x-key", "k y"),
        ("query", KEY, "/v1/it?key=k%20y", "x-key", None),
        ("cookie", KEY, "/v1/it", "cookie", "sid=k%20y"),
        (
            "basic",
            Credential(username="ann", password="pä:ss"),
            "/v1/it",
            "authorization",
            "Basic " + base64.b64encode("ann:pä:ss".encode()).decode(),
        ),
        ("bearer", BEARER, "/v1/it", "authorization", "Bearer t"),
        ("oidc", BEARER, "/v1/it", "authorization", "Bearer t"),
    ],
)
async def test_a_credential_is_sent(
    scheme: str, credential: Credential, target: str, header: str, sent: str | None
) -> None:
    """Each sort of credential goes where its scheme says."""
    async with lined(told(1), secured({scheme: []}), auth={scheme: credential}) as one:
        await one.ask()

        asked = one.backend.asked[0]
        assert (asked.target, asked.header(header)) == (target, sent)


async def test_schemes_of_swagger_2() -> None:
    """What Swagger 2.0 calls definitions, and requires of the whole document, is the same."""
    document = {
        "swagger": "2.0",
        "securityDefinitions": {"b": {"type": "basic"}},
        "security": [{"b": []}],
        "paths": {"/it": {"get": {"responses": {"200": {"schema": {"type": "integer"}}}}}},
    }
    credential = Credential(username="u", password="p")
    async with lined(told(1), described(document), auth={"b": credential}) as one:
        await one.ask()

        assert one.backend.asked[0].header("authorization") == "Basic dTpw"


async def test_an_operation_without_security() -> None:
    """An operation that requires nothing, though the document does, is sent nothing."""
    components = {"securitySchemes": SCHEMES}
    found = catalog({"security": []}, security=[{"header": []}], components=components)
    async with lined(told(1), found, auth={"header": KEY}) as one:
        await one.ask()

        assert one.backend.asked[0].header("x-key") is None


async def test_the_first_complete_alternative() -> None:
    """Of several alternatives the first is taken for which every credential is there."""
    found = secured({}, {"basic": []}, {"header": [], "query": []}, {"bearer": []})
    auth = {"header": KEY, "query": KEY, "bearer": BEARER}
    async with lined(told(1), found, auth=auth) as one:
        await one.ask()

        asked = one.backend.asked[0]
        assert (asked.header("x-key"), asked.target) == ("k y", "/v1/it?key=k%20y")
        assert asked.header("authorization") is None


@pytest.mark.parametrize("carried", ["settings", "client"])
async def test_a_header_that_is_carried_already(carried: str) -> None:
    """Where the user's own headers say who calls, nothing is added."""
    own = {"X-Key": "mine"} if carried == "settings" else {}
    passed = {"x-key": "mine"} if carried == "client" else {}
    found = secured({"header": []})
    async with lined(told(1), found, auth={"header": KEY}, headers=own) as one:
        await one.ask(headers=passed)

        assert [value for name, value in one.backend.asked[0].headers if name == "x-key"] == [
            "mine"
        ]


async def test_an_argument_is_no_credential() -> None:
    """An argument of the same name does not replace the operator's key."""
    given = [
        {"name": name, "in": where, "schema": {"type": "string"}}
        for name, where in (("key", "query"), ("X-Key", "header"))
    ]
    found = secured({"header": [], "query": []}, parameters=given)
    async with lined(told(1), found, auth={"header": KEY, "query": KEY}) as one:
        arguments: Any = {"key": "other", "X-Key": "other"}
        await one.ask(**arguments)

        asked = one.backend.asked[0]
        assert (asked.target, asked.header("x-key")) == ("/v1/it?key=k%20y", "k y")


@pytest.mark.parametrize(
    ("passed", "sent"), [("a=1", "a=1; sid=k%20y"), ("a=1; sid=mine", "a=1; sid=mine")]
)
async def test_a_cookie_beside_others(passed: str, sent: str) -> None:
    """A key in a cookie joins the cookies that are passed on, unless it is one of them."""
    async with lined(told(1), secured({"cookie": []}), auth={"cookie": KEY}) as one:
        await one.ask(headers={"cookie": passed})

        assert one.backend.asked[0].header("cookie") == sent


async def test_no_credential() -> None:
    """A function whose scheme has no credential can still be called."""
    async with lined(told(1), secured({"header": []})) as one:
        assert await one.ask() == 1


def issuing(*answers: Any) -> Callable[[], Reply]:
    """A token endpoint that gives each of the answers in turn, and the last one again."""

    def make() -> Reply:
        ahead = list(answers)

        async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
            answer = ahead.pop(0) if len(ahead) > 1 else ahead[0]
            await (answer if callable(answer) else told(answer))(asked, writer)

        return reply

    return make


def issued(text: str, **more: Any) -> Any:
    return {"access_token": text, "token_type": "Bearer", **more}


CLIENT: Any = {"client_id": "id:1", "client_secret": SECRET}
OAUTH_CLIENT = {"oauth": Credential(**CLIENT)}
SERVED: Any = {"openapi": "", "url": "https://api.test/v1"}
OAUTH = {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://id.invalid/t"}}}


@asynccontextmanager
async def issuer(
    *answers: Any, reply: Reply | None = None, **credential: Any
) -> AsyncIterator[tuple[Line, Answering]]:
    """A line whose function wants OAuth2, and the endpoint that issues its tokens."""
    found = secured({"oauth": ["write", "read"]}, scheme=OAUTH)
    async with answering(issuing(*answers)()) as endpoint:
        told_ = Credential(**CLIENT, token_url=f"{endpoint.url}/token", **credential)
        async with lined(reply or told(1), found, auth={"oauth": told_}) as one:
            yield one, endpoint


def bearers(one: Line) -> list[str | None]:
    return [asked.header("authorization") for asked in one.backend.asked]


async def test_a_token_is_asked_for() -> None:
    """The client's credentials are exchanged as RFC 6749 says, for the operation's scopes."""
    async with issuer(issued("t1", expires_in=3600)) as (one, endpoint):
        await one.ask()

        asked = endpoint.asked[0]
        assert bearers(one) == ["Bearer t1"]
        assert (asked.method, asked.target) == ("POST", "/token")
        assert asked.body == b"grant_type=client_credentials&scope=read+write"
        both = base64.b64encode(f"id%3A1:{SECRET}".encode()).decode()
        assert asked.header("authorization") == f"Basic {both}"


async def test_configured_scopes() -> None:
    """Scopes of the settings are asked for in place of the operation's."""
    async with issuer(issued("t1"), scopes=("all",)) as (one, endpoint):
        await one.ask()

        assert endpoint.asked[0].body == b"grant_type=client_credentials&scope=all"


async def test_a_token_is_kept() -> None:
    """However many calls are made, at once or later, one token is asked for."""
    async with issuer(issued("t1", expires_in="3600")) as (one, endpoint):
        await asyncio.gather(*(one.ask() for _ in range(20)))
        await one.ask()

        assert len(endpoint.asked) == 1
        assert set(bearers(one)) == {"Bearer t1"}


async def test_a_token_at_its_end() -> None:
    """A token that has ended is replaced before it is used."""
    async with issuer(issued("t1", expires_in=0), issued("t2", expires_in=3600)) as (one, _):
        for _unused in range(3):
            await one.ask()

        assert bearers(one) == ["Bearer t1", "Bearer t2", "Bearer t2"]


async def test_a_token_that_is_not_accepted() -> None:
    """After a 401 the next call asks for a new token; the call itself is not made again."""
    async with issuer(issued("t1"), issued("t2"), reply=told({}, 401)) as (one, _):
        for _unused in range(2):
            with pytest.raises(Refused):
                await one.ask()

        assert bearers(one) == ["Bearer t1", "Bearer t2"]


async def test_a_call_that_is_given_up_while_a_token_is_fetched() -> None:
    """The first caller's leaving does not fail those who wait for the same token."""
    asked_for = asyncio.Event()

    async def never(asked: Asked, writer: asyncio.StreamWriter) -> None:
        asked_for.set()
        await asked.gone()

    async with issuer(never, issued("t1")) as (one, _):
        first = asyncio.ensure_future(one.ask())
        await asked_for.wait()
        second = asyncio.ensure_future(one.ask())
        first.cancel()

        assert await second == 1
        assert bearers(one) == ["Bearer t1"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (told({"error": "invalid_client", "hint": SECRET}, 401), Refused),
        (told({}, 503), Refused),
        (told({"token": SECRET}), Malformed),
        (fixed(b"<html>"), Malformed),
        (fixed(b"x" * 100_000), Malformed),
        (fixed(json.dumps(issued("a\r\nb: c")).encode()), CallError),
    ],
)
async def test_a_token_that_is_not_issued(answer: Reply, error: type[CallError]) -> None:
    """Without a token the call fails, and the error holds no secret."""
    async with issuer(answer) as (one, _):
        with pytest.raises(error) as caught:
            await one.ask()

        assert one.backend.asked == []
    assert SECRET not in f"{caught.value!r} {caught.value.message} {caught.value.told}"


async def test_a_token_endpoint_that_is_late() -> None:
    """The call's deadline holds for its token too."""

    async def never(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asked.gone()

    async with issuer(never) as (one, _):
        with pytest.raises(TimedOut):
            await one.ask(within=0.2)


async def test_a_token_endpoint_that_is_not_there() -> None:
    """An endpoint that cannot be reached makes the call unreachable."""
    url = f"http://{LOOPBACK}:{free_port()}/token"
    auth = {"oauth": Credential(**CLIENT, token_url=url)}
    async with lined(told(1), secured({"oauth": []}, scheme=OAUTH), auth=auth) as one:
        with pytest.raises(Unreachable):
            await one.ask()


def described_at(url: str) -> OpenApiCatalog:
    """A function that wants OAuth2, its tokens issued where only the description says."""
    flows = {"clientCredentials": {"tokenUrl": url}}
    return secured({"oauth": []}, scheme={"type": "oauth2", "flows": flows})


async def test_a_described_endpoint_without_tls() -> None:
    """A secret is never sent in the clear because a description says so."""
    async with answering(told(issued("t"))) as endpoint:
        found = described_at(f"{endpoint.url}/token")
        async with lined(told(1), found, auth={"oauth": Credential(**CLIENT)}) as one:
            with pytest.raises(Unreachable, match="tokenUrl"):
                await one.ask()

        assert endpoint.asked == []


def test_a_described_endpoint_on_another_host() -> None:
    """A description cannot have a secret sent to whom it likes; the settings can."""
    with pytest.raises(
        DiscoveryError, match=r"another host .* set `auth\.oauth\.tokenUrl`"
    ) as caught:
        check(described_at("https://id.invalid/t"), Settings(**SERVED, auth=OAUTH_CLIENT))

    assert caught.value.at == "auth.oauth"
    confirmed = Credential(**CLIENT, token_url="https://id.invalid/t")
    check(described_at("https://id.invalid/t"), Settings(**SERVED, auth={"oauth": confirmed}))


async def test_a_call_to_an_endpoint_on_another_host() -> None:
    """A catalog that was stored before is no way around it: the call is refused, too."""
    found = described_at("https://id.invalid/t")
    async with lined(told(1), found, auth=OAUTH_CLIENT) as one:
        with pytest.raises(Unreachable, match="on another host"):
            await one.ask()

        assert one.backend.asked == []


@pytest.mark.parametrize(
    "url", ["https://API.test/token", "https://api.test:8443/t", "/token", "//api.test/token"]
)
def test_a_described_endpoint_on_the_same_host(url: str) -> None:
    """The backend's own host may have the secret, whatever the port and however it is written."""
    check(described_at(url), Settings(**SERVED, auth=OAUTH_CLIENT))


@pytest.mark.parametrize(
    "url",
    ["", "http://api.test/t", "https://api.test.evil/t", "https://api.test@evil/t", "https://[/t"],
)
def test_a_described_endpoint_that_is_not_believed(url: str) -> None:
    """Nothing that is merely like the backend's own host will do."""
    with pytest.raises(DiscoveryError, match="tokenUrl"):
        check(described_at(url), Settings(**SERVED, auth=OAUTH_CLIENT))


async def test_a_token_under_the_upstreams_own_tls(tmp_path: Path) -> None:
    """On the backend's own host, the token is asked for under the upstream's `ca`."""
    authority = Authority(tmp_path)
    pair = authority.issue()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)
    async with answering(told(issued("t1")), context) as endpoint:
        found = described_at(f"{endpoint.url}/token")
        async with lined(told(1), found, auth=OAUTH_CLIENT, ca=authority.ca) as one:
            await one.ask()

        assert bearers(one) == ["Bearer t1"]


async def test_a_token_endpoint_that_nobody_vouches_for(tmp_path: Path) -> None:
    """An endpoint whose certificate is not trusted is not told the secret, and it says why."""
    pair = Authority(tmp_path).issue()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)
    async with answering(told(issued("t1")), context) as endpoint:
        found = described_at(f"{endpoint.url}/token")
        async with lined(told(1), found, auth=OAUTH_CLIENT) as one:
            with pytest.raises(Unreachable, match=r"token endpoint .* no authority") as caught:
                await one.ask()

        assert (endpoint.asked, caught.value.retryable) == ([], False)


@pytest.mark.parametrize("plain", [False, True], ids=["alone", "beside the upstream's own"])
async def test_mutual_tls(plain: bool, tmp_path: Path) -> None:  # noqa: FBT001 - parametrised
    """The certificate of the scheme is shown to a backend that the upstream's `ca` vouches for."""
    authority = Authority(tmp_path)
    pair, mine = authority.issue(), authority.issue("gateway")
    other = Authority(tmp_path, "other").issue("stranger")
    wanting = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.ca)
    wanting.load_cert_chain(pair.certificate, pair.key)
    wanting.verify_mode = ssl.CERT_REQUIRED
    found = secured({"tls": []})
    own: Any = {"certificate": other.certificate, "key": other.key} if plain else {}
    auth = {"tls": Credential(certificate=mine.certificate, key=mine.key)}
    async with answering(told(1), wanting) as backend:
        settings = Settings(openapi="", url=backend.url, ca=authority.ca, auth=auth, **own)
        async with aclosing(KIND.connect("up", settings, found)) as client:
            deadline = asyncio.get_running_loop().time() + 5
            value = await client.call(Call(found.functions[0], {}, deadline))

    assert value == 1


async def test_a_certificate_that_is_not_there() -> None:
    """A certificate that cannot be read is an error that says which."""
    auth = {"tls": Credential(certificate="/no/such/file.pem")}
    async with lined(told(1), secured({"tls": []}), auth=auth) as one:
        with pytest.raises(Unreachable, match=r"`certificate` \(file\.pem\) cannot be used"):
            await one.ask()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"value": "a", "token": "b"},
        {"password": "a"},
        {"client_id": "a"},
        {"client_secret": "a", "token": "b"},
        {"token": "a", "scopes": ("b",)},
        {"token": "a", "token_url": "b"},
        {"value": "a", "key": "b"},
    ],
)
def test_a_credential_that_is_none(given: Any) -> None:
    """A credential is of one sort, and complete."""
    with pytest.raises(ValueError, match=r"\w+"):
        Credential(**given)


def test_secrets_are_not_shown() -> None:
    """Neither credentials nor the settings around them show a secret."""
    every = {
        "a": Credential(value=SECRET),
        "b": Credential(username=SECRET, password=SECRET),
        "c": Credential(token=SECRET),
        "d": Credential(client_id="id", client_secret=SECRET),
    }

    assert SECRET not in f"{every} {Settings(openapi='', auth=every)!r}"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, ["no credential for 'header', which 1 function requires"]),
        ({"auth": {"header": KEY}}, []),
        ({"headers": {"x-key": "a"}}, []),
        ({"forward": ("x-KEY",)}, []),
        (
            {"auth": {"header": BEARER}},
            [
                "'header' is a scheme of another sort; it is never sent",
                "no credential for 'header', which 1 function requires",
            ],
        ),
        (
            {"auth": {"header": KEY, "nobody": KEY}},
            ["no security scheme is called 'nobody'; it is never sent"],
        ),
    ],
)
def test_what_the_settings_lack(settings: Any, said: list[str]) -> None:
    """A scheme that nothing satisfies is remarked upon, and a credential without a scheme."""
    found = remarks(secured({"header": []}), Settings(openapi="", **settings))

    assert [one.reason for one in found] == said


def test_what_may_be_left_out() -> None:
    """Where one alternative is satisfied, or nothing is an alternative, nothing is lacking."""
    free = secured({"basic": []}, {})
    other = secured({"basic": []}, {"header": []})

    assert list(remarks(free, Settings(openapi=""))) == []
    assert list(remarks(other, Settings(openapi="", auth={"header": KEY}))) == []
