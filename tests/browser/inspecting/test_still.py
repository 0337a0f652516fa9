"""A form that takes taps stays where it is: what a finger has aimed at is what it taps, whatever arrives meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Locator, Route, expect

from tests.browser.conftest import PHONE
from tests.browser.phone import let_in, open_form
from tests.conftest import ServerProcess

pytestmark = pytest.mark.browser
SITE = "public-toilet-1"
OpenBrowser = Callable[..., BrowserContext]


def middle(of: Locator) -> tuple[float, float]:
    """Where a finger aims at; it is on the first screen."""
    box = of.bounding_box()
    assert box
    assert box["y"] + box["height"] < PHONE["height"]
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def touch(finger: CDPSession, kind: str, *at: tuple[float, float]) -> None:
    points = [{"x": x, "y": y} for x, y in at]
    finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


@pytest.mark.parametrize(
    ("workers", "said"), [("block", "断网打不开"), ("allow", "可能被清除")], ids=["no worker", "its first worker"]
)
def test_what_is_loaded_after_a_form_does_not_move_it_under_a_finger(
    open_browser: OpenBrowser, shared_server: ServerProcess, workers: str, said: str
):
    """The finger is down while the line brings the rest, and the page says all that it has to say of this phone."""
    page = open_browser(PHONE, has_touch=True, is_mobile=True, service_workers=workers).new_page()
    let_in(page, shared_server.address)
    held: list[Route] = []
    page.route(re.compile(r"/offline[^/]*\.js"), lambda route: held.append(route))
    with page.expect_request(re.compile(r"/offline[^/]*\.js")):
        open_form(page, shared_server.address, SITE)
    choice = page.locator(".item").first.locator(".choice-pass")
    aimed = middle(choice)
    finger = page.context.new_cdp_session(page)
    touch(finger, "touchStart", aimed)
    with page.expect_response("**/api/v1/session"):
        for route in held:
            route.continue_()
    expect(page.locator(".offline-notice")).to_contain_text(said)
    assert middle(choice) == aimed
    touch(finger, "touchEnd")
    expect(choice.locator("input")).to_be_checked()
