"""TLS towards backends: whom we trust, what we show, and what is said when it does not work."""

import asyncio
import dataclasses
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.demo import bank, pricing, records, shop
from tests.backends.asgi import served
from tests.backends.authority import Authority, Pair
from tests.backends.graphql_api import Api
from tests.backends.openapi import answering, fixed
from tests.backends.process import LOOPBACK
from tests.backends.talk import hanging, talking
from upstreams import documents, tls
from upstreams.aws_lambda.model import Settings as LambdaSettings
from upstreams.errors import DiscoveryError, Unreachable
from upstreams.graphql_api.model import Settings as GraphqlSettings
from upstreams.kind import Call, Settings
from upstreams.model import Catalog
from upstreams.openapi.model import Settings as OpenApiSettings
from upstreams.registry import KINDS
from upstreams.soap.model import Settings as SoapSettings
from upstreams.transport import Request, Transport


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """One that only this test knows."""
    return Authority(tmp_path)


@asynccontextmanager
async def hello(pair: Pair) -> AsyncIterator[str]:
    """The URL of a backend with that certificate, which says hello."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)
    async with answering(fixed(b"hello"), context) as backend:
        yield backend.url


class Demanding(socketserver.ThreadingTCPServer):
    """A backend that says hello to whom its authority knows, and tells others that it does not."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__((LOOPBACK, 0), Hello)
        self.context = context

    @property
    def url(self) -> str:
        return f"https://{LOOPBACK}:{self.server_address[1]}/"


class Hello(socketserver.BaseRequestHandler):
    """One connection."""

    server: Demanding

    def handle(self) -> None:
        self.request.settimeout(10)
        with self.server.context.wrap_socket(
            self.request, server_side=True, do_handshake_on_connect=False
        ) as line:
            try:
                line.do_handshake()
                line.recv(64 * 1024)
                line.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")
            except ssl.SSLError:
                # To close before all was taken would take back the alert that tells why.
                while socket.socket.recv(line, 64 * 1024):
                    pass


@contextmanager
def demanding(
    authority: Authority, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
) -> Iterator[str]:
    """The URL of a backend that wants to see a certificate of the authority."""
    pair = authority.issue()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.ca)
    context.load_cert_chain(pair.certificate, pair.key)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = version
    with Demanding(context) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield server.url
        finally:
            server.shutdown()
            serving.join()


async def called(url: str, files: tls.Files) -> bytes:
    """What a call is answered with."""
    transport = Transport(files=files)
    deadline = asyncio.get_running_loop().time() + 10
    try:
        return (await transport.send(Request("GET", url), deadline)).body
    finally:
        await transport.aclose()


async def read(url: str, files: tls.Files) -> bytes:
    """What a description's place is answered with."""
    return (await documents.read(url, files=files)).body


WAYS = pytest.mark.parametrize(
    ("ask", "error"), [(called, Unreachable), (read, DiscoveryError)], ids=["call", "discovery"]
)
"""Calls go through one library and descriptions through another; both are to behave alike."""


@WAYS
async def test_an_authority_of_ones_own(ask: Any, error: Any, authority: Authority) -> None:
    """With `ca`, a backend whose certificate that authority signed is spoken to."""
    async with hello(authority.issue()) as url:
        assert await ask(url, tls.Files(authority.ca)) == b"hello"


@WAYS
@pytest.mark.parametrize("trusted", ["the system's", "another"])
async def test_an_authority_that_is_not_known(
    ask: Any, error: Any, trusted: str, authority: Authority, tmp_path: Path
) -> None:
    """A certificate that none of the trusted authorities signed is refused: `ca` may mend it."""
    files = tls.NONE if trusted == "the system's" else tls.Files(Authority(tmp_path, "other").ca)
    async with hello(authority.issue()) as url:
        with pytest.raises(error, match="signed by no authority that is trusted; see `ca`"):
            await ask(url, files)


@WAYS
@pytest.mark.parametrize("name", ["127.0.0.2", "backend.test"])
async def test_another_hosts_certificate(
    ask: Any, error: Any, name: str, authority: Authority
) -> None:
    """A certificate for another name or address is refused, without saying which."""
    async with hello(authority.issue(name)) as url:
        with pytest.raises(error, match="is for another host") as caught:
            await ask(url, tls.Files(authority.ca))

    assert LOOPBACK not in caught.value.message


@WAYS
async def test_a_certificate_that_has_ended(ask: Any, error: Any, authority: Authority) -> None:
    """An expired certificate is refused, and said to be that."""
    async with hello(authority.issue(ended=True)) as url:
        with pytest.raises(error, match="the backend's certificate has expired"):
            await ask(url, tls.Files(authority.ca))


@WAYS
async def test_showing_a_certificate(ask: Any, error: Any, authority: Authority) -> None:
    """A backend that wants to see who calls is shown `certificate`."""
    mine = authority.issue("gateway")
    with demanding(authority) as url:
        answer = await ask(url, tls.Files(authority.ca, mine.certificate, mine.key))

    assert answer == b"hello"


@WAYS
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_showing_none(
    ask: Any, error: Any, version: ssl.TLSVersion, authority: Authority
) -> None:
    """A backend that wants a certificate and gets none says so, and so do we."""
    with (
        demanding(authority, version) as url,
        pytest.raises(error, match="the backend wants a certificate of ours; see `certificate`"),
    ):
        await ask(url, tls.Files(authority.ca))


async def test_what_is_not_tried_again(authority: Authority) -> None:
    """What a certificate stands in the way of is not worth another try."""
    async with hello(authority.issue()) as url:
        with pytest.raises(Unreachable) as caught:
            await called(url, tls.NONE)

    assert not caught.value.retryable


@WAYS
async def test_showing_a_strangers(
    ask: Any, error: Any, authority: Authority, tmp_path: Path
) -> None:
    """A certificate of ours that the backend's authority did not sign is not accepted."""
    other = Authority(tmp_path, "other").issue("gateway")
    said = "does not accept our certificate; see `certificate`"
    with demanding(authority) as url, pytest.raises(error, match=said):
        await ask(url, tls.Files(authority.ca, other.certificate, other.key))


@WAYS
async def test_a_backend_without_tls(ask: Any, error: Any, authority: Authority) -> None:
    """An https URL of a backend that speaks plain HTTP is said to be that."""

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        await hanging(reader, writer)

    async with talking(plain) as address:
        with pytest.raises(error, match="does not speak TLS there"):
            await ask(f"https://{address}/", tls.Files(authority.ca))


def broken(authority: Authority, folder: Path) -> dict[str, tuple[tls.Files, str]]:
    """Files that cannot be used, each with the setting and the reason that is given."""
    mine, other = authority.issue("gateway"), authority.issue("other")
    text = folder / "text.pem"
    text.write_text("hello")
    absent = str(folder / "absent.pem")
    unfit = "there must be a certificate and its own key"
    return {
        "no ca": (tls.Files(absent), r"`ca` \(absent\.pem\) cannot be used: there is no such file"),
        "a folder": (tls.Files(str(folder)), "`ca`.*no such file"),
        "no PEM": (tls.Files(str(text)), r"`ca` \(text\.pem\).*no certificate in PEM"),
        "no certificate": (tls.Files(None, absent, mine.key), "`certificate`.*no such file"),
        "no key": (tls.Files(None, mine.certificate, absent), "`key`.*no such file"),
        "another's key": (tls.Files(None, mine.certificate, other.key), f"`key`.*{unfit}"),
        "a key in neither": (tls.Files(None, mine.certificate), f"`certificate`.*{unfit}"),
    }


@WAYS
@pytest.mark.parametrize(
    "case",
    [
        "no ca",
        "a folder",
        "no PEM",
        "no certificate",
        "no key",
        "another's key",
        "a key in neither",
    ],
)
async def test_files_that_cannot_be_used(
    ask: Any, error: Any, case: str, authority: Authority, tmp_path: Path
) -> None:
    """The error names the setting, the file and the reason; a client is not shown the folder."""
    files, said = broken(authority, tmp_path)[case]

    with pytest.raises(error, match=said) as caught:
        await ask("https://backend.invalid/", files)

    assert str(tmp_path.parent) not in caught.value.message


def test_a_key_in_the_certificates_file(authority: Authority, tmp_path: Path) -> None:
    """One file may have both."""
    mine, both = authority.issue("gateway"), tmp_path / "both.pem"
    both.write_bytes(Path(mine.certificate).read_bytes() + Path(mine.key).read_bytes())

    context = tls.context(None, str(both))

    assert context.verify_mode is ssl.CERT_REQUIRED


def test_a_machine_without_authorities(tmp_path: Path) -> None:
    """Where the system trusts nobody, those of certifi are trusted."""
    said = "from upstreams import tls; print(tls.context().cert_store_stats()['x509_ca'])"
    nowhere = {"SSL_CERT_FILE": str(tmp_path / "absent"), "SSL_CERT_DIR": str(tmp_path)}

    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", said], env=nowhere, capture_output=True, text=True, check=True
    )

    assert int(done.stdout) > 50


async def test_after_a_redirect_to_another_host(authority: Authority) -> None:
    """Our certificate is for the first host: one that it redirects to is not shown it."""
    mine = authority.issue("gateway")
    with demanding(authority) as there:
        async with answering(fixed(b"", 302, ("location", there))) as first:
            with pytest.raises(DiscoveryError):
                await read(first.url, tls.Files(authority.ca, mine.certificate, mine.key))

        assert await read(there, tls.Files(authority.ca, mine.certificate, mine.key)) == b"hello"


@dataclass(frozen=True, slots=True)
class Exam:
    """A kind over HTTP, its backend of the demo, and a call with a field of its answer."""

    app: Callable[[records.Records], Any]
    settings: Callable[[str], Settings]
    function: str
    arguments: dict[str, Any]
    answer: tuple[str, Any]


EXAMS = {
    "openapi": Exam(
        shop.app,
        lambda url: OpenApiSettings(openapi=f"{url}/openapi.json", url=url),
        "getOrder",
        {"id": 7000000003},
        ("status", "shipped"),
    ),
    "soap": Exam(
        bank.app,
        lambda url: SoapSettings(soap=f"{url}/bank?wsdl", url=f"{url}/bank"),
        "GetAccount",
        {"input": {"customerId": 101}},
        ("holder", "Ada Okafor"),
    ),
    "lambda": Exam(
        pricing.app,
        lambda url: LambdaSettings(functions=(f"{pricing.FUNCTION[:-1]}*",), url=url, sign=False),
        pricing.FUNCTION,
        {"input": {"sku": "sencha", "quantity": 12}},
        ("sku", "sencha"),
    ),
    "graphql": Exam(
        lambda _: Api(),
        lambda url: GraphqlSettings(graphql=f"{url}/"),
        "customer",
        {"id": "7"},
        ("name", "Customer 7"),
    ),
}


@asynccontextmanager
async def examined(kind: str, authority: Authority) -> AsyncIterator[Settings]:
    """The settings of an upstream that wants a certificate, with everything it takes."""
    pair, mine = authority.issue(), authority.issue("gateway")
    async with served(
        EXAMS[kind].app(records.load()),
        ssl_certfile=pair.certificate,
        ssl_keyfile=pair.key,
        ssl_ca_certs=authority.ca,
        ssl_cert_reqs=ssl.CERT_REQUIRED,
    ) as url:
        yield dataclasses.replace(
            EXAMS[kind].settings(url),
            ca=authority.ca,
            certificate=mine.certificate,
            key=mine.key,
        )


async def ask_kind(kind: str, settings: Settings, catalog: Catalog) -> Any:
    """What the exam's call answers."""
    exam = EXAMS[kind]
    function = next(one for one in catalog.functions if one.name == exam.function)
    deadline = asyncio.get_running_loop().time() + 10
    async with aclosing(KINDS[kind].connect("up", settings, catalog)) as client:
        return await client.call(Call(function, exam.arguments, deadline))


@pytest.mark.parametrize("kind", EXAMS)
async def test_a_kind_speaks_tls(kind: str, authority: Authority) -> None:
    """The description is read, and the function called, under the settings of the upstream."""
    async with examined(kind, authority) as settings:
        catalog = await KINDS[kind].discover(settings)
        value = await ask_kind(kind, settings, catalog)

    field, expected = EXAMS[kind].answer
    assert value[field] == expected


@pytest.mark.parametrize("kind", EXAMS)
async def test_a_kind_is_not_fooled(kind: str, authority: Authority) -> None:
    """Without the authority neither the description nor an answer is taken."""
    async with examined(kind, authority) as settings:
        fooled = dataclasses.replace(settings, ca=None)
        with pytest.raises(DiscoveryError, match="see `ca`"):
            await KINDS[kind].discover(fooled)

        catalog = await KINDS[kind].discover(settings)
        with pytest.raises(Unreachable, match="see `ca`"):
            await ask_kind(kind, fooled, catalog)


@pytest.mark.parametrize("kind", EXAMS)
async def test_a_kind_with_an_unusable_file(kind: str, authority: Authority) -> None:
    """Discovery names the setting and the whole path, for whoever runs the gateway."""
    async with examined(kind, authority) as settings:
        absent = dataclasses.replace(settings, ca="/absent/ca.pem")

        with pytest.raises(DiscoveryError, match=r"`ca` \(ca\.pem\) cannot be used"):
            await KINDS[kind].discover(absent)
