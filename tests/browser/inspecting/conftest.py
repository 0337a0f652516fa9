"""Phones whose storage need not outlive their browser: windows of the one browser that all tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.phone import CONTEXT, let_in
from tests.measured import PAGE_PATIENCE_MS

OpenPhone = Callable[..., Page]


@pytest.fixture
def open_phone(browser: Browser) -> Iterator[OpenPhone]:
    """Open a phone that is signed in at an address, with storage of its own; closed when the test ends."""
    opened: list[BrowserContext] = []

    def open_one(address: str, *init_scripts: str, **options: Any) -> Page:
        context = browser.new_context(**CONTEXT, **options)
        opened.append(context)
        context.set_default_timeout(PAGE_PATIENCE_MS)
        for script in init_scripts:
            context.add_init_script(script)
        page = context.new_page()
        let_in(page, address)
        return page

    yield open_one
    for context in opened:
        context.close()
