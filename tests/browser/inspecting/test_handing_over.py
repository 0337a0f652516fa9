"""Handing over: what the page waits for between the tap and the outbox, and what it says meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.phone import CONTEXT, answer_all, fields, kept, let_in, open_form, outbox, wait_until
from tests.faults import BadLine

pytestmark = pytest.mark.browser
SITE = "public-toilet-1"

UNANSWERED = """
  StorageManager.prototype.persisted = async () => false;
  StorageManager.prototype.persist = () => { globalThis.wished = true; return new Promise(() => undefined); };
"""
"""As Firefox, which asks the user and waits for as long as the user does nothing."""
WATCH_THE_BUTTON = """
  globalThis.words = [];
  const button = document.querySelector("#submit");
  new MutationObserver(() => words.push(button.textContent)).observe(button, { childList: true });
"""
NO_ROOM_IN_THE_OUTBOX = """() => {
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (...given) {
    if (this.name === "outbox") throw new DOMException("none", "UnknownError");
    return put.apply(this, given);
  };
}"""


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(**CONTEXT)
    yield context
    context.close()


def answered(context: BrowserContext, line: BadLine) -> Page:
    page = context.new_page()
    let_in(page, line.address)
    open_form(page, line.address, SITE)
    answer_all(page)
    page.evaluate(WATCH_THE_BUTTON)
    return page


def test_an_unanswered_question_and_a_server_that_hangs_hold_nothing_up(context: BrowserContext, shared_line: BadLine):
    context.add_init_script(UNANSWERED)
    context.route("**/api/v1/session", lambda route: None)
    page = answered(context, shared_line)
    page.locator("#submit").tap()
    wait_until(page, lambda: len(outbox(page)) == 1, 5, "it is in the outbox")
    expect(page.locator("#submit")).to_have_text("已交出")
    assert page.evaluate("() => wished"), "the browser was asked all the same"


def test_the_button_says_handed_over_only_when_it_is(context: BrowserContext, shared_line: BadLine):
    page = answered(context, shared_line)
    page.evaluate(NO_ROOM_IN_THE_OUTBOX)
    page.locator("#submit").tap()
    expect(page.locator("#message")).to_contain_text("没有提交：")
    expect(page.locator("#submit")).to_be_enabled()
    assert page.evaluate("() => words") == ["正在存…", "提交"]
    assert outbox(page) == []


FILLED_IN_AGAIN = """
  addEventListener("readystatechange", () => {
    const back = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
    if (!back || document.readyState !== "interactive") return;
    for (const input of document.querySelectorAll("#inspection input[type=radio]")) input.checked = true;
  }, true);
"""
"""As browsers do that fill a page again to which one goes back, whatever its form asks for."""


def test_back_after_sending_is_an_empty_form(context: BrowserContext, shared_line: BadLine):
    context.add_init_script(FILLED_IN_AGAIN)
    page = context.new_page()
    let_in(page, shared_line.address)
    open_form(page, shared_line.address, SITE)
    empty = fields(page)
    answer_all(page)
    page.locator("#submit").tap()
    page.wait_for_url("**/inspections/*")
    page.go_back()
    expect(page.locator("html.scripted")).to_be_attached()
    expect(page.locator("#submit")).to_be_enabled()
    assert fields(page) == empty
    expect(page.locator(".item.answered")).to_have_count(0)
    assert kept(page, "drafts") == []
