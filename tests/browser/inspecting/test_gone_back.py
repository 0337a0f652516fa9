"""Going back to a form that was sent: it is a new one, also where the browser brings the page back as it was left."""

from __future__ import annotations

import re
import shutil

import pytest
from playwright.sync_api import Playwright, Route, expect

from tests.browser.conftest import ARGUMENTS
from tests.browser.phone import CONTEXT, answer_all, kept, let_in, open_form, wait_until
from tests.conftest import ServerProcess

pytestmark = pytest.mark.browser
SITE = "public-toilet-1"
BROUGHT_BACK = """addEventListener("pageshow", ({ persisted }) => {
  if (persisted) sessionStorage.setItem("persisted", location.pathname);
});"""


def storable(route: Route) -> None:
    """Chromium keeps no page in memory that says ``no-store``; WebKit keeps such ones too."""
    answer = route.fetch(max_redirects=0)
    route.fulfill(response=answer, headers={**answer.headers, "cache-control": "no-cache"})


def test_a_page_that_is_brought_back_as_it_was_left_is_a_new_form(playwright: Playwright, server: ServerProcess):
    """In the whole Chromium: its headless shell has no back/forward cache, and Playwright switches it off unasked."""
    whole = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if whole is None:
        pytest.skip("the whole Chromium is not installed, only its headless shell")
    browser = playwright.chromium.launch(
        executable_path=whole, args=ARGUMENTS, ignore_default_args=["--disable-back-forward-cache"]
    )
    try:
        page = browser.new_context(**CONTEXT, service_workers="block").new_page()
        page.add_init_script(BROUGHT_BACK)
        let_in(page, server.address)
        page.route(re.compile(r"^https?://[^/]+/(?!static/)"), storable)
        open_form(page, server.address, SITE)
        id = page.locator("#inspection [name=id]").input_value()
        answer_all(page)
        page.locator("#submit").tap()
        page.wait_for_url(f"**/inspections/{id}")
        page.go_back(wait_until="commit")
        page.wait_for_function("() => sessionStorage.getItem('persisted')")
        page.locator("html.scripted").wait_for()
        expect(page.locator("#answered-text")).to_contain_text("已答 0/")
        assert page.evaluate("sessionStorage.getItem('persisted')") == f"/field/sites/{SITE}"
        assert kept(page, "drafts") == []
        page.locator(".choice-pass").first.tap()
        wait_until(page, lambda: len(kept(page, "drafts")) == 1, 5, "what is entered is a new draft")
        assert [one["id"] for one in kept(page, "drafts")] == [page.locator("#inspection [name=id]").input_value()]
        assert kept(page, "drafts")[0]["id"] != id
    finally:
        browser.close()
