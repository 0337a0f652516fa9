"""A real Chromium: Debian's, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}
# No sandbox because containers run as root; the others keep Chromium from looking for hosts outside.
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "no Chromium on this machine; bin/setup installs it"
    browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def open_browser(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Open a browser window with cookies of its own; closed when the test ends."""
    opened: list[BrowserContext] = []

    def open_one(viewport: dict[str, int] = PHONE, **options: Any) -> BrowserContext:
        context = browser.new_context(viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai", **options)
        context.set_default_timeout(15_000)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()
