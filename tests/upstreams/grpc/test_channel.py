"""The way to a backend: addresses, TLS, retries, spreading, compression, limits, keep-alive."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest
from grpc import StatusCode

from tests.backends.dns import dns
from tests.backends.grpc_server import Context, serve
from tests.backends.process import LOOPBACK
from tests.backends.relay import Relay, relay
from tests.upstreams.grpc.asking import EVERYTHING, connected, upstream
from tests.upstreams.grpc.certificates import self_signed
from tests.upstreams.grpc.protos import descriptors, message
from upstreams.errors import BadInput, DiscoveryError, Malformed, Unreachable
from upstreams.grpc import KIND
from upstreams.grpc.channel import headers, metadata, target
from upstreams.grpc.model import Compression, LoadBalancing, Settings
from upstreams.grpc.translate import translate

All = message("splice.test.v1.All")
Nested = message("splice.test.v1.Nested")

OTHER_LOOPBACK = "127.0.0.2"
READ, WRITE = "GetThing", "Getaway"
CATALOG = translate(descriptors("everything"))
ZEROS = {"someBytes": bytes(100_000)}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"X-Key": "v"}, (("x-key", "v"),)),
        ({"trace.id_1": " v "}, (("trace.id_1", "v"),)),
        ({"t-bin": "AP8="}, (("t-bin", b"\x00\xff"),)),
        ({"t-bin": "AP8"}, (("t-bin", b"\x00\xff"),)),
        ({"t-bin": ""}, (("t-bin", b""),)),
        ({"grpc-timeout": "1S", "te": "trailers", "Content-Type": "x", ":path": "/"}, ()),
        ({"bad key": "v", "bad\r\nkey": "v", "": "v", "\u00e9": "v"}, ()),
    ],
)
def test_metadata(given: dict[str, str], sent: tuple[tuple[str, str | bytes], ...]) -> None:
    """Keys are lower-case, `-bin` values base64; names that are not a caller's are left out."""
    assert metadata(given) == sent


@pytest.mark.parametrize("given", [{"t-bin": "%%"}, {"t-bin": "A"}, {"k": "a\nb"}])
def test_values_that_cannot_be_sent(given: dict[str, str]) -> None:
    """A value that is no metadata is refused by its key."""
    with pytest.raises(BadInput, match=next(iter(given))):
        metadata(given)


def test_metadata_that_came() -> None:
    """It is text by key; what is binary is base64, what came twice is joined."""
    initial, trailing = (("a", "1"), ("b-bin", b"\x00\xff")), (("a", "2"),)

    assert headers(initial, None, trailing) == {"a": "1,2", "b-bin": "AP8="}


@pytest.mark.parametrize(
    ("address", "called"),
    [
        ("parcels:50051", "dns:///parcels:50051"),
        ("parcels.shop.svc.cluster.local:443", "dns:///parcels.shop.svc.cluster.local:443"),
        ("127.0.0.1:50051", "127.0.0.1:50051"),
        ("[::1]:50051", "[::1]:50051"),
        ("dns://8.8.8.8/parcels:50051", "dns://8.8.8.8/parcels:50051"),
        ("ipv4:10.0.0.1:1,10.0.0.2:1", "ipv4:10.0.0.1:1,10.0.0.2:1"),
        ("unix:/run/parcels.sock", "unix:/run/parcels.sock"),
    ],
)
def test_targets(address: str, called: str) -> None:
    """A name is looked up in DNS, with all its addresses; anything else says how itself."""
    assert target(address) == called


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"retries": 5}, "retries is between 0 and 4"),
        ({"retries": -1}, "retries is between 0 and 4"),
        ({"max_messages": 0}, "maxMessages is 1 or more"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, int], problem: str) -> None:
    """They are refused where they are written."""
    with pytest.raises(ValueError, match=problem):
        Settings(grpc="x:1", **settings)  # type: ignore[arg-type]  # all of them are numbers


async def test_a_name() -> None:
    """A backend is found by its name."""
    async with serve(descriptors("everything"), {f"{EVERYTHING}/Echo": echo}) as address:
        settings = Settings(grpc=address.replace(LOOPBACK, "localhost"))
        async with connected(settings, CATALOG) as line:
            answer = await line.ask("Echo", {"anInt32": 7})

    assert answer["anInt32"] == 7


async def test_calls_go_to_the_url() -> None:
    """`url` says where to call, and `grpc` where the description is."""
    async with serve(descriptors("everything"), {f"{EVERYTHING}/Echo": echo}) as address:
        settings = Settings(grpc="everything.binpb", url=address)
        async with connected(settings, CATALOG) as line:
            answer = await line.ask("Echo", {"anInt32": 7})

    assert answer["anInt32"] == 7


BALANCED = [(LoadBalancing.ROUND_ROBIN, 2), (LoadBalancing.PICK_FIRST, 1)]


@pytest.mark.parametrize(("balancing", "backends"), BALANCED)
async def test_several_addresses(balancing: LoadBalancing, backends: int) -> None:
    """Calls go to all of them in turn, or to the first that is there."""
    async with noting() as (one, asked), noting(asked) as (other, _):
        settings = Settings(grpc=f"ipv4:{one},{other}", load_balancing=balancing)
        await ask_until(settings, lambda: len(asked) == backends)

    assert len(asked) == backends


@pytest.mark.parametrize(("balancing", "backends"), BALANCED)
async def test_a_name_with_several_addresses(balancing: LoadBalancing, backends: int) -> None:
    """A DNS server that gives several addresses for a name gives as many backends."""
    async with noting() as (one, asked), dns(LOOPBACK, OTHER_LOOPBACK) as names:
        port = one.rpartition(":")[2]
        async with noting(asked, f"{OTHER_LOOPBACK}:{port}"):
            target = f"dns://{names}/parcels.test:{port}"
            settings = Settings(grpc=target, load_balancing=balancing)
            await ask_until(settings, lambda: len(asked) == backends)

    assert len(asked) == backends


@asynccontextmanager
async def noting(
    asked: set[str] | None = None, listen: str = f"{LOOPBACK}:0"
) -> AsyncIterator[tuple[str, set[str]]]:
    """A server's address, and a set in which it notes by a name of its own that it was asked."""
    seen = set() if asked is None else asked
    name = str(uuid4())

    async def note(_: Any, __: Context) -> Any:
        seen.add(name)
        return All()

    methods = {f"{EVERYTHING}/Echo": note}
    async with serve(descriptors("everything"), methods, listen=listen) as address:
        yield address, seen


async def ask_until(settings: Settings, enough: Callable[[], bool]) -> None:
    """Ask until that is so, and ten times more."""
    async with connected(settings, CATALOG) as line:

        async def asked() -> bool:
            await line.ask("Echo")
            return enough()

        await happens(asked)
        for _ in range(10):
            await line.ask("Echo")


@pytest.mark.parametrize(("away", "retries"), [(2, 2), (1, 1), (4, 4)])
async def test_a_read_is_tried_again(away: int, retries: int) -> None:
    """While the backend is unavailable, as often as the settings say."""
    attempts: list[int] = []

    async with upstream({READ: returning(away, attempts)}, retries=retries) as line:
        answer = await line.ask(READ, {"name": "x"})

    assert answer["from"] == "there"
    assert len(attempts) == away + 1


async def test_a_read_is_not_tried_forever() -> None:
    """After that it is unreachable."""
    attempts: list[int] = []

    async with upstream({READ: returning(100, attempts)}) as line:
        with pytest.raises(Unreachable):
            await line.ask(READ, {"name": "x"})

    assert len(attempts) == 3


async def test_a_write_is_never_tried_again() -> None:
    """It may have been done."""
    attempts: list[int] = []

    async with upstream({WRITE: returning(1, attempts)}) as line:
        with pytest.raises(Unreachable):
            await line.ask(WRITE, {"name": "x"})

    assert len(attempts) == 1


async def test_a_service_config_of_ones_own(tmp_path: Path) -> None:
    """It stands in place of ours, also for what writes."""
    attempts: list[int] = []
    policy = {
        "maxAttempts": 2,
        "initialBackoff": "0.01s",
        "maxBackoff": "0.01s",
        "backoffMultiplier": 1,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    file = tmp_path / "service.json"
    file.write_text(json.dumps({"methodConfig": [{"name": [{}], "retryPolicy": policy}]}))

    async with upstream({WRITE: returning(1, attempts)}, service_config=str(file)) as line:
        answer = await line.ask(WRITE, {"name": "x"})

    assert answer["from"] == "there"
    assert len(attempts) == 2


@pytest.mark.parametrize("text", [None, "no JSON", "[]"])
async def test_a_service_config_that_cannot_be_used(tmp_path: Path, text: str | None) -> None:
    """Discovery says which file it is; clients learn that there is no connection, and not why."""
    file = tmp_path / "service.json"
    if text is not None:
        file.write_text(text)
    settings = Settings(grpc=f"{LOOPBACK}:1", service_config=str(file))

    with pytest.raises(DiscoveryError) as discovering:
        await KIND.discover(settings)
    async with connected(settings, CATALOG) as line:
        with pytest.raises(Unreachable) as calling:
            await line.ask("Echo")

    assert str(file) in str(discovering.value)
    assert str(file) not in discovering.value.message + calling.value.message


async def test_a_service_config_that_grpc_refuses(tmp_path: Path) -> None:
    """Discovery says why; clients learn that there is no connection, and not to try again."""
    file = tmp_path / "service.json"
    file.write_text('{"methodConfig": [{"name": 5}]}')
    settings = Settings(grpc=f"{LOOPBACK}:1", service_config=str(file))

    with pytest.raises(DiscoveryError) as discovering:
        await KIND.discover(settings)
    async with connected(settings, CATALOG) as line:
        with pytest.raises(Unreachable) as calling:
            await line.ask("Echo")

    assert "methodConfig" in str(discovering.value)
    assert not calling.value.retryable


@pytest.fixture
def identity(tmp_path: Path) -> tuple[bytes, bytes, str, str]:
    """A key and a certificate for loopback, and the files they are in."""
    key, certificate = self_signed()
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "certificate.pem").write_bytes(certificate)
    return key, certificate, str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")


async def test_an_authority_of_ones_own(identity: tuple[bytes, bytes, str, str]) -> None:
    """A certificate by an authority in `ca` is trusted; naming one is enough to speak TLS."""
    key, certificate, _, ca = identity
    credentials = grpc.ssl_server_credentials([(key, certificate)])

    answer = await answered_over(credentials, ca=ca)

    assert answer["anInt32"] == 7


async def test_a_client_certificate(
    tmp_path: Path, identity: tuple[bytes, bytes, str, str]
) -> None:
    """A backend that wants to know who calls is shown `certificate`."""
    key, certificate, _, ca = identity
    client_key, client_certificate = self_signed()
    both = tmp_path / "client.pem"
    both.write_bytes(client_key + client_certificate)
    credentials = grpc.ssl_server_credentials(
        [(key, certificate)], root_certificates=client_certificate, require_client_auth=True
    )

    answer = await answered_over(credentials, ca=ca, certificate=str(both))

    assert answer["anInt32"] == 7


async def test_no_client_certificate(identity: tuple[bytes, bytes, str, str]) -> None:
    """A backend that wants one does not talk to us without."""
    key, certificate, _, ca = identity
    credentials = grpc.ssl_server_credentials(
        [(key, certificate)], root_certificates=certificate, require_client_auth=True
    )

    with pytest.raises(Unreachable):
        await answered_over(credentials, ca=ca)


async def test_another_name(tmp_path: Path) -> None:
    """`serverName` says which name a certificate bears that is not the one called."""
    key, certificate = self_signed("backend.test")
    ca = tmp_path / "ca.pem"
    ca.write_bytes(certificate)
    credentials = grpc.ssl_server_credentials([(key, certificate)])

    with pytest.raises(Unreachable):
        await answered_over(credentials, ca=str(ca))
    answer = await answered_over(credentials, ca=str(ca), server_name="backend.test")

    assert answer["anInt32"] == 7


@pytest.mark.parametrize("setting", ["ca", "certificate"])
async def test_tls_files_that_cannot_be_used(tmp_path: Path, setting: str) -> None:
    """Discovery says which file it is; clients learn that there is no connection, and not why."""
    settings = Settings(grpc=f"{LOOPBACK}:1", **{setting: str(tmp_path / "none.pem")})  # type: ignore[arg-type]  # both are locations

    with pytest.raises(DiscoveryError) as discovering:
        await KIND.discover(settings)
    async with connected(settings, CATALOG) as line:
        with pytest.raises(Unreachable) as calling:
            await line.ask("Echo")

    assert "none.pem" in str(discovering.value)
    assert "none.pem" not in discovering.value.message + calling.value.message
    assert not calling.value.retryable


@pytest.mark.parametrize(
    ("compression", "small"),
    [(Compression.NONE, False), (Compression.GZIP, True), (Compression.DEFLATE, True)],
)
async def test_compression(compression: Compression, *, small: bool) -> None:
    """Requests are as small on the wire as the settings want; any answer is understood."""
    async with (
        serve(descriptors("everything"), {f"{EVERYTHING}/Echo": compressed}) as address,
        relay(address) as between,
        connected(Settings(grpc=between.address, compression=compression), CATALOG) as line,
    ):
        answer = await line.ask("Echo", ZEROS)

    assert answer["someBytes"] == ZEROS["someBytes"]
    assert (len(between.sent) < 10_000) is small


async def test_an_answer_that_swells() -> None:
    """The limit holds for what an answer becomes when it is decompressed."""
    async with upstream({"Echo": compressed}, max_response=50_000) as line:
        with pytest.raises(Malformed, match="larger than the limit"):
            await line.ask("Echo", ZEROS)


async def test_a_request_that_is_too_large() -> None:
    """It is refused by its place and not sent."""

    async def never(_: Any, context: Context) -> Any:
        await context.abort(StatusCode.INTERNAL, "asked")

    async with upstream({"Echo": never}, max_request=50_000) as line:
        with pytest.raises(BadInput, match="input: larger than the limit of 50000 bytes"):
            await line.ask("Echo", ZEROS)


async def test_keep_alive() -> None:
    """A connection on which a stream is silent is tested again and again."""

    async def silent(_: Any, __: Context) -> Any:
        yield message("splice.test.v1.Number")()
        await asyncio.Event().wait()

    async with (
        serve(descriptors("everything"), {f"{EVERYTHING}/Count": silent}) as address,
        relay(address) as between,
        connected(Settings(grpc=between.address, keep_alive=0.05), CATALOG) as line,
    ):
        stream = line.stream("Count")
        await anext(stream)
        before = pings(between)
        await happens(lambda: several_more(between, before))
        await stream.aclose()


async def test_a_connection_that_breaks() -> None:
    """A stream on it ends with an error; the next call opens another."""

    async def silent(_: Any, __: Context) -> Any:
        yield message("splice.test.v1.Number")()
        await asyncio.Event().wait()

    methods = {f"{EVERYTHING}/Count": silent, f"{EVERYTHING}/Echo": echo}
    async with (
        serve(descriptors("everything"), methods) as address,
        relay(address) as between,
        connected(Settings(grpc=between.address), CATALOG) as line,
    ):
        stream = line.stream("Count")
        await anext(stream)
        between.cut()
        with pytest.raises(Unreachable):
            await anext(stream)
        answer = await line.ask("Echo", {"anInt32": 7})

    assert answer["anInt32"] == 7


async def echo(request: Any, _: Context) -> Any:
    """The answer is the request."""
    return request


async def compressed(request: Any, context: Context) -> Any:
    """The answer is the request, made small."""
    context.set_compression(grpc.Compression.Gzip)
    return request


def returning(away: int, attempts: list[int]) -> Any:
    """A method that is unavailable that many times."""

    async def answer(_: Any, context: Context) -> Any:
        attempts.append(1)
        if len(attempts) <= away:
            await context.abort(StatusCode.UNAVAILABLE, "away")
        return Nested(**{"from": "there"})

    return answer


async def answered_over(credentials: grpc.ServerCredentials, **settings: Any) -> Any:
    """What a server behind TLS answers."""
    methods = {f"{EVERYTHING}/Echo": echo}
    served = serve(descriptors("everything"), methods, credentials=credentials)
    async with served as address, connected(Settings(grpc=address, **settings), CATALOG) as line:
        return await line.ask("Echo", {"anInt32": 7})


def pings(between: Relay) -> int:
    """How many PING frames a client has sent (RFC 9113 section 6.7)."""
    return bytes(between.sent).count(b"\x00\x00\x08\x06\x00\x00\x00\x00\x00")


async def several_more(between: Relay, before: int) -> bool:
    """Whether the connection was tested more often than grpc does without being asked."""
    return pings(between) >= before + 3


async def happens(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that goes on elsewhere."""
    while not await condition():  # noqa: ASYNC110 - in grpc's core, or on the wire
        await asyncio.sleep(0.01)
