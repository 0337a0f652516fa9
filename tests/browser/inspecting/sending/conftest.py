"""A phone that sends over a line which answers as a test wants it; one world and one line for all tests of a module."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.phone import CONTEXT, arrived, let_in
from tests.faults import BadLine
from tests.world import World

Came = Callable[[], list[str]]
INSPECTION = "/api/v1/inspections/"
PHOTO = "/api/v1/photos/"


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


@pytest.fixture
def line(shared_line: BadLine) -> BadLine:
    """A line that is good again, and remembers nothing."""
    shared_line.rules.clear()
    shared_line.exchanges.clear()
    return shared_line


@pytest.fixture
def came(world: World) -> Came:
    """The ids of the inspections that have arrived since the test began."""
    before = len(arrived(world))
    return lambda: arrived(world)[before:]


@pytest.fixture
def page(browser: Browser, line: BadLine) -> Iterator[Page]:
    """Signed in on the line. The page alone sends: with the service worker beside it, see test_drain.py."""
    context = browser.new_context(**CONTEXT, service_workers="block")
    page = context.new_page()
    let_in(page, line.address)
    page.goto(f"{line.address}/field/")
    yield page
    context.close()
