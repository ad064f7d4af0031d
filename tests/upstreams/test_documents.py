"""Reading descriptions from files and URLs, under limits."""

import asyncio
import gzip
import os
import socket
import ssl
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.backends.authority import Authority, Pair
from tests.backends.openapi import Asked, answering, fixed
from tests.backends.process import LOOPBACK, free_port
from upstreams import documents, tls
from upstreams.errors import DiscoveryError


async def test_a_file(tmp_path: Path) -> None:
    """A path gives the file's bytes."""
    file = tmp_path / "a b.json"
    file.write_bytes(b"{}")

    found = await documents.read(str(file))

    assert (found.body, found.location) == (b"{}", str(file))


async def test_a_file_url(tmp_path: Path) -> None:
    """A `file:` URL is a path, percent-encoding undone."""
    file = tmp_path / "a b.json"
    file.write_bytes(b"{}")

    found = await documents.read(file.as_uri())

    assert found.body == b"{}"


async def test_a_missing_file(tmp_path: Path) -> None:
    """A file that is not there is named in the error."""
    with pytest.raises(DiscoveryError, match=r"absent\.json: No such file"):
        await documents.read(str(tmp_path / "absent.json"))


async def test_a_file_over_the_limit(tmp_path: Path) -> None:
    """A file larger than allowed is refused."""
    file = tmp_path / "large.json"
    file.write_bytes(bytes(11))

    with pytest.raises(DiscoveryError, match="limit of 10 bytes"):
        await documents.read(str(file), max_bytes=10)


async def test_a_url() -> None:
    """A URL gives the body and its media type, and the given headers are sent."""
    reply = fixed(b"{}", 200, ("content-type", "Application/JSON; charset=utf-8"))
    async with answering(reply) as backend:
        found = await documents.read(f"{backend.url}/doc", headers={"x-key": "k"})

        assert (found.body, found.media_type) == (b"{}", "application/json")
        assert backend.asked[0].header("x-key") == "k"


async def test_a_redirect_within_the_host() -> None:
    """A redirect is followed, with the headers, and the location is where it ended."""

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        moved = fixed(b"", 302, ("location", "/new"))
        await (moved if asked.target == "/old" else fixed(b"{}"))(asked, writer)

    async with answering(reply) as backend:
        found = await documents.read(f"{backend.url}/old", headers={"x-key": "k"})

        assert found.location == f"{backend.url}/new"
        assert backend.asked[1].header("x-key") == "k"


async def test_headers_stay_with_their_host() -> None:
    """A redirect to another host does not carry the upstream's headers."""
    async with answering(fixed(b"{}")) as other:
        away = fixed(b"", 307, ("location", f"{other.url}/x"))
        async with answering(away) as backend:
            await documents.read(backend.url, headers={"x-key": "k"})

        assert other.asked[0].header("x-key") is None


async def test_redirects_without_end() -> None:
    """A circle of redirects is given up."""
    async with answering(fixed(b"", 302, ("location", "/again"))) as backend:
        with pytest.raises(DiscoveryError, match="more than 5 redirects"):
            await documents.read(backend.url)


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest", "http://[fe80::1]/", "file:///etc/passwd"]
)
async def test_a_redirect_to_where_it_must_not_go(target: str) -> None:
    """Neither cloud metadata nor a file is reached through a redirect."""
    async with answering(fixed(b"", 302, ("location", target))) as backend:
        with pytest.raises(DiscoveryError, match=r"link-local|not http"):
            await documents.read(backend.url)


async def test_a_status_that_is_no_success() -> None:
    """An error status is named, the URL without credentials and query."""
    async with answering(fixed(b"secret", 503)) as backend:
        url = backend.url.replace("//", "//me:pass@") + "/doc?token=t"
        with pytest.raises(DiscoveryError) as caught:
            await documents.read(url)

    assert str(caught.value) == f"{backend.url}/doc: answered 503"


async def test_a_body_over_the_limit() -> None:
    """A body larger than allowed is not read to its end."""
    async with answering(fixed(bytes(11))) as backend:
        with pytest.raises(DiscoveryError, match="limit of 10 bytes"):
            await documents.read(backend.url, max_bytes=10)


async def test_a_server_that_says_nothing() -> None:
    """A server that never answers is given up after the time limit."""
    forever = asyncio.Event()

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await forever.wait()

    async with answering(reply) as backend:
        with pytest.raises(DiscoveryError, match=r"no answer within 0\.2 s"):
            await documents.read(backend.url, timeout=0.2)
        forever.set()


async def test_nobody_listens() -> None:
    """A refused connection is an error with the URL."""
    url = f"http://{LOOPBACK}:{free_port()}/doc"

    with pytest.raises(DiscoveryError) as caught:
        await documents.read(url)

    assert caught.value.at == url


async def test_an_unknown_host() -> None:
    """A host that does not exist is an error with the URL."""
    with pytest.raises(DiscoveryError, match=r"http://nowhere\.invalid/doc: the host"):
        await documents.read("http://nowhere.invalid/doc")


@pytest.mark.parametrize("url", ["http://", "http://[::1", "http://h:99999/"])
async def test_a_url_that_is_none(url: str) -> None:
    """A broken URL is an error, not a crash."""
    with pytest.raises(DiscoveryError):
        await documents.read(url)


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "2852039166",  # the same, as one number
        "0xa9.0xfe.0xa9.0xfe",
        "0251.0376.0251.0376",
        "169.254.43518",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::1]",
        "[::a9fe:a9fe]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "[fd20:ce::254]",
        "100.100.100.200",
        "168.63.129.16",
    ],
)
async def test_cloud_metadata(host: str) -> None:
    """Link-local and metadata addresses are refused, in every spelling."""
    with pytest.raises(DiscoveryError, match=r"link-local address, or one of|Invalid IPv4 address"):
        await documents.read(f"http://{host}/latest/meta-data")


async def test_link_local_addresses_that_are_allowed() -> None:
    """Where they are allowed, they are asked."""
    reach = documents.Reach(link_local=True)

    with pytest.raises(DiscoveryError) as caught:
        await documents.read("http://169.254.0.1:1/doc", reach=reach, timeout=0.2)

    assert "link-local" not in caught.value.message


async def test_a_name_that_changes_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address that was checked is the one connected to: the name is not looked up again."""
    answers = ["127.0.0.1", "169.254.169.254"]
    asked = []

    def resolve(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(host)
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, (answers[min(len(asked), 2) - 1], port))]

    async with answering(fixed(b"{}")) as backend:
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        found = await documents.read(f"http://rebinding.test:{backend.port}/doc")

        assert (found.body, asked) == (b"{}", ["rebinding.test"])
        assert backend.asked[0].header("host") == f"rebinding.test:{backend.port}"


async def test_one_bad_address_of_several(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads to a refused address beside others is refused whole."""

    def resolve(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, ("127.0.0.1", port)), (*kind, ("169.254.169.254", port))]

    async with answering(fixed(b"{}")) as backend:
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        with pytest.raises(DiscoveryError, match="link-local"):
            await documents.read(f"http://both.test:{backend.port}/doc")

        assert backend.asked == []


async def test_the_next_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody listens at a host's first address, its next one is asked."""

    def resolve(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, ("127.0.0.2", port)), (*kind, ("127.0.0.1", port))]

    async with answering(fixed(b"{}")) as backend:
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        found = await documents.read(f"http://two.test:{backend.port}/doc")

    assert found.body == b"{}"


@asynccontextmanager
async def secure(pair: Pair) -> AsyncIterator[tuple[int, list[str | None]]]:
    """A TLS server with that certificate: its port, and the names it is asked for."""
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    context.sni_callback = lambda _, asked, __: names.append(asked)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        writer.close()

    server = await asyncio.start_server(serve, LOOPBACK, 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1], names


async def test_tls_with_the_hosts_name(tmp_path: Path) -> None:
    """The certificate is asked for and verified by the URL's host, not by its address."""
    authority = Authority(tmp_path)
    async with secure(authority.issue("localhost")) as (port, names):
        files = tls.Files(authority.ca)
        found = await documents.read(f"https://localhost:{port}/doc", files=files)

    assert (found.body, names) == (b"{}", ["localhost"])


@pytest.mark.parametrize(
    "url",
    [
        "http://A.test/x",
        "https://a.test:443/x",
        "http://a.test:80/x",
        "http://me:pass@a.test/x",
        "http://schemas.c.test/x",
    ],
)
def test_within_reach(url: str) -> None:
    """A host may be asked that is the origin's, its port included, or that a glob names."""
    reach = documents.Reach("http://a.test/doc", ("*.C.test",))

    assert reach.allows(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://a.test:8080/x",
        "http://b.test/x",
        "http://a.test@b.test/x",
        "http://c.test/x",
        "http://[::1",
    ],
)
def test_out_of_reach(url: str) -> None:
    """Any other host may not be asked."""
    reach = documents.Reach("http://a.test/doc", ("*.C.test",))

    assert not reach.allows(url)


async def test_a_redirect_out_of_reach() -> None:
    """A redirect does not lead to a host that may not be asked."""
    async with answering(fixed(b"{}")) as other:
        away = fixed(b"", 302, ("location", other.url))
        async with answering(away) as backend:
            with pytest.raises(DiscoveryError, match="on another host"):
                await documents.read(backend.url, reach=documents.Reach(backend.url))

        assert other.asked == []


async def test_headers_do_not_come_back() -> None:
    """Once a redirect has led away, the headers stay off, even where the next one leads back."""

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        away = fixed(b"", 302, ("location", f"{other.url}/x"))
        await (away if asked.target == "/" else fixed(b"{}"))(asked, writer)

    async def back(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await fixed(b"", 302, ("location", f"{backend.url}/back"))(asked, writer)

    async with answering(back) as other, answering(reply) as backend:
        await documents.read(f"{backend.url}/", headers={"x-key": "k"})

        assert [one.header("x-key") for one in backend.asked] == ["k", None]


async def test_a_body_that_trickles() -> None:
    """A body that comes a byte at a time does not get more time for it."""
    over = asyncio.Event()

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        while not over.is_set():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with answering(reply) as backend:
        with pytest.raises(DiscoveryError, match=r"no answer within 0\.3 s"):
            await documents.read(backend.url, timeout=0.3)
        over.set()


@pytest.mark.parametrize("encoding", ["gzip", "X-GZIP"])
async def test_a_compressed_body(encoding: str) -> None:
    """A body in gzip, which is what is asked for, is unpacked."""
    packed = gzip.compress(b'{"a": 1}')
    async with answering(fixed(packed, 200, ("content-encoding", encoding))) as backend:
        found = await documents.read(backend.url, headers={"Accept-Encoding": "br"})

        assert found.body == b'{"a": 1}'
        assert backend.asked[0].header("accept-encoding") == "gzip"


async def test_a_gzip_bomb() -> None:
    """A small body that unpacks to a large one is given up at the limit, not after it."""
    packed = gzip.compress(bytes(200_000_000))
    async with answering(fixed(packed, 200, ("content-encoding", "gzip"))) as backend:
        tracemalloc.start()
        with pytest.raises(DiscoveryError, match="limit of 1000000 bytes"):
            await documents.read(backend.url, max_bytes=1_000_000)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert peak < 10_000_000


@pytest.mark.parametrize(
    ("body", "encoding", "message"),
    [
        (gzip.compress(b"{}", mtime=0)[:-6], "gzip", "does not end where"),
        (gzip.compress(b"{}", mtime=0) + b"more", "gzip", "does not end where"),
        (b"{}", "gzip", "incorrect header"),
        (b"{}", "br", "'br', and gzip was asked for"),
        (b"{}", "gzip, gzip", "and gzip was asked for"),
    ],
)
async def test_a_wrong_encoding(body: bytes, encoding: str, message: str) -> None:
    """A body that is not in the encoding it names, or in one not asked for, is an error."""
    async with answering(fixed(body, 200, ("content-encoding", encoding))) as backend:
        with pytest.raises(DiscoveryError, match=message):
            await documents.read(backend.url)


@pytest.mark.parametrize(
    ("announced", "body", "message"),
    [
        ("100", b"{}", "cannot be fetched"),
        ("99999999999", b"{}", "larger than the limit"),
        ("-1", b"{}", "cannot be fetched"),
        ("2, 3", b"{}", "cannot be fetched"),
    ],
)
async def test_a_length_that_is_not_so(announced: str, body: bytes, message: str) -> None:
    """A length that the body does not have, or that is too much to begin with, is an error."""

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %s\r\n\r\n" % announced.encode() + body)

    async with answering(reply) as backend:
        with pytest.raises(DiscoveryError, match=message):
            await documents.read(backend.url)


async def test_a_head_without_end() -> None:
    """Headers that do not end are given up."""

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(1000):
            writer.write(b"x-padding: %s\r\n" % (b"x" * 1000))
            await writer.drain()

    async with answering(reply) as backend:
        with pytest.raises(DiscoveryError, match="cannot be fetched"):
            await documents.read(backend.url)


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        ("é".encode(), ""),
        ("é".encode(), "iso-8859-1"),  # the charset is wrong, and UTF-8 says so
        ("é".encode("latin-1"), "iso-8859-1"),
        ("{é}".encode("utf-16"), ""),
        ("{é}".encode("utf-16-le"), ""),
        ("{é}".encode("utf-16-be"), "utf-8"),
        ("{é}".encode("utf-32"), ""),
        ("é".encode("utf-8-sig"), "utf-8"),
    ],
)
def test_text_in_utf_8(body: bytes, charset: str) -> None:
    """Text in another form is made UTF-8: by its byte order mark, its zeros, or its charset."""
    found = documents.in_utf8(documents.Document("/a", body, "", charset))

    assert found.decode("utf-8-sig").strip("{}") == "é"


@pytest.mark.parametrize("charset", ["", "utf-8", "no-such-charset"])
def test_bytes_that_are_no_text(charset: str) -> None:
    """What is no text in any form is left to whoever reads it."""
    assert documents.in_utf8(documents.Document("/a", b"\xe9{", "", charset)) == b"\xe9{"


async def test_an_error_status_with_links() -> None:
    """An error has the status, and what its `Link` headers say of a description."""
    named = ("link", '</a>; rel=next, </b>; rel="x service-desc", <c>; REL=service-desc')
    async with answering(fixed(b"", 404, named)) as backend:
        with pytest.raises(documents.AnsweredError) as caught:
            await documents.read(f"{backend.url}/x/")

    assert caught.value.status == 404
    assert caught.value.links == (f"{backend.url}/b", f"{backend.url}/x/c")


async def test_what_is_no_regular_file(tmp_path: Path) -> None:
    """A pipe that nobody writes to, a folder: refused at once rather than waited for."""
    os.mkfifo(tmp_path / "pipe")

    for name in ("pipe", "."):
        with pytest.raises(DiscoveryError, match="not a regular file"):
            await documents.read(str(tmp_path / name))
