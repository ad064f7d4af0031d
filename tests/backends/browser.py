"""Headless Chromium on a page, with everything the page asked for and complained about.

It is the Chromium of the system, driven by Playwright. Tests that need it are skipped where there
is none, each with this one reason; under `CI=true` that is a failure.
"""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

import pytest
from playwright.async_api import (
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    async_playwright,
    expect,
)

from tests.backends.process import node_binary

# A page that is expected to show something may share its machine with much else.
expect.set_options(timeout=30_000)

COMMANDS = ("chromium", "chromium-browser", "google-chrome")
MISSING = "no Chromium here: install the system's package `chromium`"

Scheme: TypeAlias = Literal["light", "dark"]
FORBIDDEN = "csp"
"""How Chromium says that the page's policy kept a request from being sent."""

# Chromium looks for updates and Google's hosts on its own; a page's own requests must stand alone.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True, slots=True)
class Visit:
    """An open page and what it did so far."""

    page: Page
    requests: list[str] = field(default_factory=list)
    """The URLs it asked for, WebSockets and workers among them; not what its own policy forbade."""
    complaints: list[str] = field(default_factory=list)
    """Its console's errors and warnings, uncaught exceptions and failed requests."""

    @property
    def hosts(self) -> set[str]:
        """Who was asked, as `host:port`; nobody for `data:` and `blob:`."""
        return {host for url in self.requests if (host := urlsplit(url).netloc)}


@asynccontextmanager
async def browse(
    *, width: int = 1280, height: int = 800, scheme: Scheme = "light"
) -> AsyncIterator[Visit]:
    """A blank page in a browser of its own, until the block ends."""
    # Playwright's own Node needs a library that a fresh Debian lacks.
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(node_binary()))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_chromium(), args=list(FLAGS))
        try:
            context = await browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme
            )
            yield await _visit(context)
        finally:
            await browser.close()


async def _visit(context: BrowserContext) -> Visit:
    visit = Visit(await context.new_page())

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            visit.complaints.append(f"{message.type}: {message.text}")

    def failed(request: Request) -> None:
        visit.complaints.append(f"failed: {request.url} ({request.failure})")
        if request.failure == FORBIDDEN:
            visit.requests.remove(request.url)

    context.on("request", lambda request: visit.requests.append(request.url))
    context.on("requestfailed", failed)
    context.on("console", hear)
    visit.page.on("websocket", lambda socket: visit.requests.append(socket.url))
    visit.page.on("pageerror", lambda error: visit.complaints.append(f"uncaught: {error}"))
    return visit


def _chromium() -> Path:
    for command in COMMANDS:
        if found := shutil.which(command):
            return Path(found)
    if os.environ.get("CI") == "true":
        pytest.fail(MISSING)
    pytest.skip(MISSING)
