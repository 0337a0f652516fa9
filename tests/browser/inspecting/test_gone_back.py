"""Going back to a form that was sent: it is a new one, also where the browser brings the page back as it was left."""

from __future__ import annotations

import pytest
from playwright.sync_api import Playwright, expect

from tests.browser.conftest import ARGUMENTS, chromium
from tests.browser.phone import CONTEXT, answer_all, kept, let_in, open_form, wait_until
from tests.conftest import ServerProcess

pytestmark = pytest.mark.browser
SITE = "public-toilet-1"
BROUGHT_BACK = """addEventListener("pageshow", ({ persisted }) => {
  if (persisted) sessionStorage.setItem("back", location.pathname);
});"""


def test_a_page_that_is_brought_back_as_it_was_left_does_not_show_again_what_was_sent(
    playwright: Playwright, server: ServerProcess
):
    """Chromium's back/forward cache, which Playwright switches off unless it is told not to."""
    browser = playwright.chromium.launch(
        executable_path=chromium(),
        args=[*ARGUMENTS],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    context = browser.new_context(**CONTEXT)
    try:
        page = context.new_page()
        page.add_init_script(BROUGHT_BACK)
        let_in(page, server.address)
        open_form(page, server.address, SITE)
        id = page.locator("[name=id]").first.input_value()
        answer_all(page)
        page.locator("#submit").tap()
        page.wait_for_url("**/inspections/**")
        page.go_back(wait_until="commit")
        wait_until(page, lambda: page.evaluate("sessionStorage.getItem('back')") is not None or page.evaluate("JSON.stringify(performance.getEntriesByType('navigation')[0].notRestoredReasons)") not in ("null", None), 5, "brought back")
        print(page.url, page.evaluate("sessionStorage.getItem('back')"), page.evaluate("JSON.stringify(performance.getEntriesByType('navigation')[0].notRestoredReasons)"), page.evaluate("navigator.userAgent"))
        assert 0
    finally:
        browser.close()
