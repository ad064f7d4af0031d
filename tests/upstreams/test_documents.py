"""Reading descriptions from files and URLs, under limits."""

import asyncio
from pathlib import Path

import pytest

from tests.backends.openapi import Asked, answering, fixed
from tests.backends.process import LOOPBACK, free_port
from upstreams import documents
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
