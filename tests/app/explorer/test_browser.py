"""The explorer as a person uses it: in a real browser, against a real endpoint."""

from urllib.parse import quote, urlsplit

import pytest
from playwright.async_api import expect

from tests.app.explorer.conftest import BUILD_TIMEOUT
from tests.backends.browser import Scheme, Visit, browse

pytestmark = [pytest.mark.browser, pytest.mark.timeout(BUILD_TIMEOUT)]

PHONE = (390, 844)
DESK = (1280, 800)


async def opened(visit: Visit, address: str) -> None:
    """Go there, and wait until the editor is."""
    await visit.page.goto(address)
    await expect(visit.page.locator(".graphiql-query-editor .view-line").first).to_be_visible()


async def execute(visit: Visit, shown: str) -> None:
    """Click Execute and see the text in the response."""
    await visit.page.get_by_role("button", name="Execute query").click()
    await expect(visit.page.locator(".graphiql-response")).to_contain_text(shown)


@pytest.mark.parametrize(("width", "height"), [DESK, PHONE], ids=["desk", "phone"])
async def test_the_default_query_runs(gateway: str, width: int, height: int) -> None:
    """One click runs the default query, and its result is in view."""
    async with browse(width=width, height=height) as visit:
        await opened(visit, gateway)

        await execute(visit, "Hello, Splice!")

        result = visit.page.locator(".graphiql-response").get_by_text("Hello, Splice!").first
        await expect(result).to_be_in_viewport(ratio=1)
        await expect(visit.page).to_have_title("Splice")
        assert visit.complaints == []


async def test_it_works_under_a_prefix(gateway: str) -> None:
    """Where a proxy serves page and endpoint under a path of its own, both are found."""
    async with browse() as visit:
        await opened(visit, f"{gateway}/prefix/")

        await execute(visit, "Hello, Splice!")

        assert f"{gateway}/prefix/graphql" in visit.requests
        assert visit.complaints == []


async def test_it_asks_nobody_but_the_gateway(gateway: str) -> None:
    """Nothing reaches another host, not even a picture in a backend's own description."""
    async with browse() as visit:
        await opened(visit, gateway)
        await execute(visit, "Hello, Splice!")

        await visit.page.get_by_role("button", name="Show Documentation Explorer").click()
        await visit.page.get_by_role("link", name="Query", exact=True).click()
        await expect(visit.page.get_by_text("A greeting, with")).to_be_visible()

        assert visit.hosts == {urlsplit(gateway).netloc}
        assert "failed: https://example.com/spy.png (csp)" in visit.complaints


async def test_the_page_is_no_wider_than_a_phone(gateway: str) -> None:
    """At phone width nothing has to be scrolled sideways, and the documentation fills the page."""
    width, height = PHONE
    async with browse(width=width, height=height) as visit:
        await opened(visit, gateway)
        await visit.page.get_by_role("button", name="Show Documentation Explorer").click()

        documentation = visit.page.locator(".graphiql-plugin")
        await expect(documentation).to_be_in_viewport(ratio=1)
        box = await documentation.bounding_box()

        assert box is not None
        assert box["width"] == width
        assert await visit.page.evaluate("document.documentElement.scrollWidth") == width


async def test_the_keyboard_is_enough(gateway: str) -> None:
    """A query is typed and run without a pointer."""
    async with browse() as visit:
        await opened(visit, gateway)
        await visit.page.locator(".graphiql-query-editor textarea").first.focus()
        await visit.page.keyboard.press("Control+A")
        await visit.page.keyboard.press("Delete")
        await visit.page.keyboard.type('query Typed { hello(name: "keys") }')
        # The tab takes the operation's name once GraphiQL has read what was typed.
        await expect(visit.page.get_by_role("tab", name="Typed")).to_be_visible()

        await visit.page.keyboard.press("Control+Enter")

        response = visit.page.locator(".graphiql-response")
        await expect(response).to_contain_text('"hello": "Hello, keys!"')
        assert visit.complaints == []


async def test_a_link_brings_its_query(gateway: str) -> None:
    """`?query=` fills the editor and is not run by itself."""
    link = f"{gateway}/?query={quote('{ shared: hello }')}"
    async with browse() as visit:
        await opened(visit, link)

        await expect(visit.page.locator(".graphiql-query-editor")).to_contain_text("shared")
        await expect(visit.page.locator(".graphiql-response")).not_to_contain_text("Hello")
        await execute(visit, '"shared": "Hello, you!"')


async def test_a_subscription_goes_over_a_websocket(gateway: str) -> None:
    """A subscription is answered over graphql-transport-ws at the endpoint."""
    link = f"{gateway}/?query={quote('subscription { count(to: 3) }')}"
    async with browse() as visit:
        await opened(visit, link)

        await execute(visit, '"count": 3')

        assert f"{gateway.replace('http', 'ws')}/graphql" in visit.requests
        assert visit.complaints == []


@pytest.mark.parametrize(
    ("scheme", "background"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(33, 42, 59)")]
)
async def test_it_follows_the_system(gateway: str, scheme: Scheme, background: str) -> None:
    """Light and dark are the system's choice."""
    async with browse(scheme=scheme) as visit:
        await opened(visit, gateway)

        container = visit.page.locator(".graphiql-container")

        await expect(container).to_have_css("background-color", background)
