"""Finding the description behind a URL that names only the backend."""

import asyncio
import json
from collections.abc import Mapping

import pytest

from tests.backends.openapi import Asked, Reply, answering, fixed
from tests.backends.process import LOOPBACK, free_port
from tests.upstreams.openapi.test_discover import document
from upstreams.errors import DiscoveryError
from upstreams.openapi import KIND
from upstreams.openapi.discover import probe
from upstreams.openapi.model import Settings

DOCUMENT = document({"type": "string"})
HTML = ("content-type", "text/html")


def site(pages: Mapping[str, str | Reply]) -> Reply:
    """A server of these pages; anything else is 404."""

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        page = pages.get(asked.target.partition("?")[0], fixed(b"nothing here", 404))
        await (fixed(page.encode()) if isinstance(page, str) else page)(asked, writer)

    return reply


@pytest.mark.parametrize("place", probe.USUAL)
async def test_a_usual_place(place: str) -> None:
    """A description at any of the usual places below the URL is found, and the place remarked."""
    async with answering(site({f"/shop/{place}": DOCUMENT})) as backend:
        found = await KIND.discover(Settings(openapi=f"{backend.url}/shop/"))

    assert found.title == "Pets"
    assert found.assumed[0].reason == (
        f"no description at {backend.url}/shop/; the one at {backend.url}/shop/{place} is used"
    )


@pytest.mark.parametrize("given", ["", "/", "/shop", "/shop/", "/shop/index.html"])
async def test_the_root_of_the_host(given: str) -> None:
    """The usual places are looked for at the root of the host, too."""
    async with answering(site({"/openapi.json": DOCUMENT})) as backend:
        found = await KIND.discover(Settings(openapi=f"{backend.url}{given}"))

    assert found.title == "Pets"


async def test_nearer_places_first() -> None:
    """A description below the URL comes before that of the host, in the order of the places."""
    near = document({"type": "string"}, info={"title": "Near"})
    pages = {"/openapi.json": DOCUMENT, "/shop/openapi.json": near, "/shop/api-docs": DOCUMENT}
    async with answering(site(pages)) as backend:
        found = await KIND.discover(Settings(openapi=f"{backend.url}/shop"))

    assert found.title == "Near"


async def test_a_description_at_the_root() -> None:
    """Where a URL that ends in a slash is the description itself, nothing else is asked."""
    async with answering(fixed(DOCUMENT.encode())) as backend:
        found = await KIND.discover(Settings(openapi=f"{backend.url}/"))

        assert [one.target for one in backend.asked] == ["/"]
        assert not any("no description" in one.reason for one in found.assumed)


@pytest.mark.parametrize("status", [200, 404])
async def test_a_link_header(status: int) -> None:
    """A `Link` with the relation service-desc names the description (RFC 8631), whatever status."""
    link = ("link", '</style.css>; rel=preload, <v7/api.json>; rel="service-desc"; type="x"')
    pages: dict[str, str | Reply] = {"/": fixed(b"welcome", status, link), "/v7/api.json": DOCUMENT}
    async with answering(site(pages)) as backend:
        found = await KIND.discover(Settings(openapi=backend.url))

        assert found.title == "Pets"
        assert len(backend.asked) == 2


async def test_an_api_catalog() -> None:
    """An API catalog at its well-known place (RFC 9727) leads to the description."""
    linked = {"linkset": [{"anchor": "/x", "service-desc": [{"href": "/x/spec"}]}]}
    pages = {"/.well-known/api-catalog": json.dumps(linked), "/x/spec": DOCUMENT}
    async with answering(site(pages)) as backend:
        found = await KIND.discover(Settings(openapi=backend.url))

    assert found.title == "Pets"


@pytest.mark.parametrize(
    "page",
    [
        "<html><script>SwaggerUIBundle({ url: '/x/spec', dom_id: '#ui' })</script></html>",
        '<!DOCTYPE html><redoc spec-url="x/spec"></redoc>',
        "<html><script>Redoc.init('/x/spec', {})</script></html>",
        '<html><script id="api-reference" data-url="/x/spec"></script></html>',
        '<html><elements-api apiDescriptionUrl="/x/spec" /></html>',
        '<html><a href="../x/spec.json">OpenAPI</a></html>',
        '<html><script src="./swagger-initializer.js"></script></html>',
        '<html><script>SwaggerUIBundle({configUrl: "/config"})</script></html>',
    ],
)
async def test_a_page_that_names_it(page: str) -> None:
    """Pages of the usual explorers lead to the description they show, by their script or config."""
    pages: dict[str, str | Reply] = {
        "/": fixed(page.encode(), 200, HTML),
        "/swagger-initializer.js": 'window.onload = () => { ui({ "url": "/x/spec" }) }',
        "/config": json.dumps({"urls": [{"name": "v1", "url": "/x/spec"}]}),
        "/x/spec": DOCUMENT,
        "/x/spec.json": DOCUMENT,
    }
    async with answering(site(pages)) as backend:
        found = await KIND.discover(Settings(openapi=f"{backend.url}/"))

        assert found.title == "Pets"
        assert len(backend.asked) <= 3


async def test_a_page_that_names_another_host() -> None:
    """What a page names on another host is only asked where `refs` names that host."""
    async with answering(fixed(DOCUMENT.encode())) as other:
        page = f'<html><script>ui({{url: "{other.url}/spec"}})</script></html>'
        async with answering(site({"/": page})) as backend:
            with pytest.raises(DiscoveryError, match=r"/spec \(on another host, which `refs`"):
                await KIND.discover(Settings(openapi=backend.url))
            unasked = list(other.asked)
            allowed = Settings(openapi=backend.url, refs=(f"{LOOPBACK}:*",), headers={"x-key": "k"})
            found = await KIND.discover(allowed)

        assert (found.title, unasked) == ("Pets", [])
        assert other.asked[0].header("x-key") is None


async def test_the_headers() -> None:
    """The upstream's headers go to every place on its own host."""
    async with answering(site({"/openapi.yaml": DOCUMENT})) as backend:
        await KIND.discover(Settings(openapi=backend.url, headers={"x-key": "k"}))

        assert {one.header("x-key") for one in backend.asked} == {"k"}


async def test_what_was_tried() -> None:
    """Where there is none, the error says what was tried, and what each place answered."""
    pages: dict[str, str | Reply] = {
        "/": "<html></html>",
        "/docs": "<html></html>",
        "/openapi": '{"info": {}, "item": []}',
        "/api-docs": fixed(b"", 401),
    }
    async with answering(site(pages)) as backend:
        with pytest.raises(DiscoveryError) as caught:
            await KIND.discover(Settings(openapi=f"{backend.url}/"))

    said = str(caught.value)
    assert said.startswith(f"{backend.url}/: an HTML page, not an OpenAPI document")
    assert "/openapi.json, /openapi.yaml, /v3/api-docs" in said
    assert "/api-docs (answered 401)" in said
    assert "/docs (an HTML page, not an OpenAPI document)" in said
    assert "/openapi (not an OpenAPI document: it is a Postman collection)" in said


@pytest.mark.parametrize(
    ("status", "body"), [(503, b""), (200, b'{"openapi": "3.0.3", "paths"'), (200, b"paths: {}")]
)
async def test_a_description_that_is_broken(status: int, body: bytes) -> None:
    """A URL of a document that cannot be had, or not be read, is an error and no reason to seek."""
    async with answering(fixed(body, status)) as backend:
        with pytest.raises(DiscoveryError):
            await KIND.discover(Settings(openapi=f"{backend.url}/spec"))

        assert len(backend.asked) == 1


async def test_nobody_listens() -> None:
    """A backend that is down is an error at once."""
    url = f"http://{LOOPBACK}:{free_port()}/"

    with pytest.raises(DiscoveryError, match="cannot be fetched"):
        await KIND.discover(Settings(openapi=url))


async def test_few_at_once() -> None:
    """No more places are asked at the same time than the limit."""
    now = most = 0

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        await fixed(b"", 404)(asked, writer)
        await writer.drain()
        now -= 1

    async with answering(reply) as backend:
        with pytest.raises(DiscoveryError):
            await KIND.discover(Settings(openapi=backend.url))

        assert most <= probe.MAX_AT_ONCE
        assert len(backend.asked) == len(probe.USUAL) + 1


async def test_pages_without_end() -> None:
    """Pages that each name further pages are not followed for ever."""
    count = 0

    async def reply(asked: Asked, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        named = " ".join(f"url: '/page-{count}-{n}'" for n in range(50))
        await fixed(f"<html>{named}</html>".encode())(asked, writer)

    async with answering(reply) as backend:
        with pytest.raises(DiscoveryError, match="further places"):
            await KIND.discover(Settings(openapi=backend.url))

        assert len(backend.asked) <= probe.MAX_TRIED


async def test_a_place_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A place that does not answer in its time is passed over."""
    monkeypatch.setattr(probe, "SECONDS_EACH", 0.2)
    forever = asyncio.Event()

    async def silent(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await forever.wait()

    async with answering(site({"/openapi.json": silent, "/swagger.json": DOCUMENT})) as backend:
        found = await KIND.discover(Settings(openapi=backend.url))
        forever.set()

    assert found.title == "Pets"


async def test_the_time_of_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that takes too long ends, and says what it was still waiting for."""
    monkeypatch.setattr(probe, "SECONDS", 0.3)
    forever = asyncio.Event()

    async def silent(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await forever.wait()

    async with answering(site({"/openapi": silent})) as backend:
        with pytest.raises(DiscoveryError, match=r"/openapi \(no answer within 0\.3 s\)"):
            await KIND.discover(Settings(openapi=backend.url))
        forever.set()
