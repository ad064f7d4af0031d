"""The first minute of a new user: the demo, opened in a real browser."""

from pathlib import Path

import pytest
from playwright.async_api import Response, expect

from app.commands.serve import SERVER
from app.config.read import loads
from app.demo.run import QUERY, Demo
from app.explorer.build import build
from app.main import create_app
from tests.app.explorer.test_browser import opened
from tests.backends.asgi import served
from tests.backends.browser import browse

ROOTS = ("getOrder",)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)], ids=["desk", "phone"])
@pytest.mark.parametrize("path", ["/", "/graphql"])
async def test_one_click_asks_all_four_backends(
    tmp_path: Path, width: int, height: int, path: str
) -> None:
    """The demo's own query stands in the editor; its result has data of every kind."""
    build()
    async with Demo() as demo:
        app = create_app(loads(demo.config, tmp_path / "splice.yaml", {}), default_query=QUERY)
        settings = SERVER | {"timeout_graceful_shutdown": 2}
        async with served(app, **settings) as url, browse(width=width, height=height) as visit:
            await opened(visit, url + path)
            execute = visit.page.get_by_role("button", name="Execute query")
            async with visit.page.expect_response(lambda one: "getOrder" in _sent(one)) as asked:
                await execute.click()

            answer = await asked.value
            body = await answer.json()
            assert "errors" not in body
            assert [name for name, value in body["data"].items() if value] == list(ROOTS)
            await expect(visit.page.locator(".graphiql-response")).to_contain_text('"shipped"')
            assert visit.complaints == []


def _sent(answer: Response) -> str:
    return answer.request.post_data or ""
