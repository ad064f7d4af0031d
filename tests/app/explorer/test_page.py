"""What the explorer serves, over real HTTP."""

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from app.explorer.page import Explorer, wants_html
from tests.app.explorer.conftest import BUILD_TIMEOUT, DEFAULT_QUERY
from tests.backends.asgi import served

pytestmark = pytest.mark.timeout(BUILD_TIMEOUT)

CHROMIUM_ACCEPTS = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,"
    "image/avif,image/webp,image/apng,*/*;q=0.8"
)


@pytest.fixture
async def http(gateway: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=gateway, trust_env=False) as http:
        yield http


async def script(http: httpx.AsyncClient) -> str:
    """The path of the page's own script, as the page says it."""
    page = await http.get("/")
    found = re.search(r'src="\.(/explorer/assets/[^"]+\.js)"', page.text)
    assert found
    return found.group(1)


async def test_the_page_may_load_only_from_its_own_server(http: httpx.AsyncClient) -> None:
    """The page's policy admits no other host, no inline script and no frame around it."""
    page = await http.get("/")

    policy = page.headers["content-security-policy"]
    assert page.status_code == 200
    assert "default-src 'none'; script-src 'self'; worker-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"


async def test_settings_cannot_end_their_script_element(http: httpx.AsyncClient) -> None:
    """A default query with markup in it adds no element to the page."""
    page = await http.get("/")

    assert "</script>" in DEFAULT_QUERY
    assert page.text.count("</script>") == 2
    assert "alert" in page.text


async def test_the_page_is_sent_once(http: httpx.AsyncClient) -> None:
    """A browser that holds the page is told that it has not changed."""
    first = await http.get("/")

    again = await http.get("/", headers={"if-none-match": f'"other", W/{first.headers["etag"]}'})

    assert (again.status_code, again.content) == (304, b"")


async def test_an_asset_is_kept_for_ever(http: httpx.AsyncClient) -> None:
    """An asset says its media type and that it never changes."""
    asset = await http.get(await script(http))

    assert asset.status_code == 200
    assert asset.headers["content-type"].startswith("text/javascript")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_an_asset_is_compressed_for_who_takes_it(http: httpx.AsyncClient) -> None:
    """The same asset is gzip or plain, as the request accepts, under different tags."""
    path = await script(http)

    plain = await http.get(path, headers={"accept-encoding": "gzip;q=0"})
    async with http.stream("GET", path, headers={"accept-encoding": "br, gzip"}) as zipped:
        body = b"".join([piece async for piece in zipped.aiter_raw()])

    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == plain.content
    assert zipped.headers["etag"] != plain.headers["etag"]


async def test_an_asset_that_is_held_is_not_sent(http: httpx.AsyncClient) -> None:
    """A browser that holds an asset is told that it has not changed."""
    path = await script(http)
    first = await http.head(path)

    again = await http.get(path, headers={"if-none-match": first.headers["etag"]})

    assert int(first.headers["content-length"]) > 0
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/explorer/assets/",
        "/explorer/assets/none.js",
        "/explorer/assets/..%2f..%2findex.html",
        "/explorer/assets/%2e%2e/%2e%2e/sources.sha256",
        "/explorer/assets/..%5c..%5cindex.html",
    ],
)
async def test_nothing_but_assets_is_served(http: httpx.AsyncClient, path: str) -> None:
    """A path that names no asset is not found, however it is spelled."""
    answer = await http.get(httpx.URL(f"{http.base_url}").copy_with(raw_path=path.encode()))

    assert answer.status_code == 404


async def test_without_assets_the_page_says_how_to_build_them(tmp_path: Path) -> None:
    """A source checkout that was not built answers with what to run."""
    explorer = Explorer("graphql", DEFAULT_QUERY, static=tmp_path)

    async with (
        served(Starlette(routes=explorer.routes())) as address,
        httpx.AsyncClient(base_url=address, trust_env=False) as http,
    ):
        page = await http.get("/")
        asset = await http.get("/explorer/assets/index.js")

    assert page.status_code == 503
    assert page.headers["content-type"].startswith("text/html")
    assert "python -m app.explorer.build" in page.text
    assert asset.status_code == 404


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (CHROMIUM_ACCEPTS, True),
        ("text/html", True),
        ("TEXT/HTML; q=0.5, application/json;q=0.4", True),
        ("*/*", False),
        ("", False),
        ("application/json", False),
        ("text/html;q=0.5, application/json", False),
        ("text/html, application/graphql-response+json", False),
        ("text/*, application/*;q=0.9", True),
        ("text/html;q=high", False),
    ],
)
def test_only_a_browser_wants_html(accept: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """HTML is wanted where the header prefers it to every JSON answer."""
    assert wants_html({"accept": accept}) is expected
