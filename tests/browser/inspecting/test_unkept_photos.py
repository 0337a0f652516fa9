"""Photos that a browser does not keep: as WebKit in a private window, where a Blob cannot be written. Answers stay."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.phone import (
    CONTEXT,
    add_photos,
    answer_all,
    arrived,
    fields,
    kept,
    let_in,
    open_form,
    payloads,
    photos_of,
    wait_until,
)
from tests.browser.schedules import TROUBLE
from tests.faults import BadLine
from tests.world import World, photo, sha256

pytestmark = pytest.mark.browser
SITE = "public-toilet-1"
PICTURES = [photo(seed, (320, 240)) for seed in (1, 2)]

# What is put into "media" fails: a Blob, or anything. The error's name is one that no code knows.
FAULT = """
(() => {
  const put = IDBObjectStore.prototype.put;
  const WHICH = { blob: (value) => value.blob instanceof Blob, all: () => true };
  const error = () => new DOMException("Error preparing Blob/File data", "StrangeError");
  IDBObjectStore.prototype.put = function (value, ...more) {
    if (this.name !== "media" || !WHICH["%s"](value)) return put.call(this, value, ...more);
    if ("%s" === "throw") throw error();
    const { transaction } = this;
    Object.defineProperty(transaction, "error", { get: error });
    const request = put.call(this, value, ...more);
    request.addEventListener("success", () => transaction.abort());
    return request;
  };
})();
"""


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


@pytest.fixture
def line(shared_line: BadLine) -> BadLine:
    return shared_line


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(**CONTEXT, service_workers="block")
    yield context
    context.close()


def opened(context: BrowserContext, line: BadLine, which: str, how: str) -> Page:
    context.add_init_script(FAULT % (which, how))
    page = context.new_page()
    let_in(page, line.address)
    open_form(page, line.address, SITE)
    return page


def submit_and_wait(page: Page) -> None:
    page.locator("#submit").tap()
    page.wait_for_url(re.compile("/inspections/"))


@pytest.mark.parametrize("how", ["throw", "abort"])
def test_where_no_blob_is_kept_the_bytes_are(context: BrowserContext, world: World, line: BadLine, how: str):
    page = opened(context, line, "blob", how)
    answer_all(page)
    add_photos(page, "open", PICTURES)
    expect(page.locator("#kept-state")).to_have_text("已存入手机")
    before = fields(page)
    page.reload()
    expect(page.locator("#item-open .preview-kept")).to_have_count(2)
    assert fields(page) == before
    submit_and_wait(page)
    assert photos_of(world, arrived(world)[-1]) == [sha256(one) for one in PICTURES]
    assert kept(page, "media") == []


@pytest.mark.parametrize("how", ["throw", "abort"])
def test_a_photo_that_is_not_kept_costs_no_answer_and_is_sent_from_the_page(
    context: BrowserContext, world: World, line: BadLine, how: str
):
    page = opened(context, line, "all", how)
    page.locator("#item-open > .photos input.gallery").set_input_files(payloads(PICTURES))
    expect(page.locator("#kept-state")).to_have_text("没有存下")
    expect(page.locator("#kept-notice")).to_contain_text("作答已存入手机，有照片或录音没有")
    expect(page.locator("#item-open .preview-facts").first).to_contain_text("只在本页")
    answer_all(page)
    answers = {name: value for name, value in fields(page).items() if name.endswith(".value")}
    wait_until(page, lambda: answers.items() <= kept(page, "drafts")[0]["fields"].items(), 5, "all answers are kept")
    submit_and_wait(page)
    assert photos_of(world, arrived(world)[-1]) == [sha256(one) for one in PICTURES]


def test_a_photo_without_a_draft_is_not_said_to_be_kept_until_both_are(context: BrowserContext, line: BadLine):
    context.add_init_script(TROUBLE)
    page = context.new_page()
    let_in(page, line.address)
    open_form(page, line.address, SITE)
    page.evaluate("() => Object.assign(localStorage, { fail: 'drafts', how: 'abort' })")
    page.locator("#item-open > .photos input.gallery").set_input_files(payloads(PICTURES))
    expect(page.locator("#kept-state")).to_have_text("没有存下")
    expect(page.locator("#item-open .preview-facts").last).to_contain_text("只在本页")
    assert kept(page, "media") == []
    page.evaluate("() => Object.assign(localStorage, { fail: '' })")
    page.locator("#item-open .choice-pass").tap()
    expect(page.locator("#item-open .preview-kept")).to_have_count(2)
    page.reload()
    expect(page.locator("#item-open .preview-kept")).to_have_count(2)
