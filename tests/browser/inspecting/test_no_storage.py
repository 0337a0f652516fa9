"""Browsers that lack something: the page says plainly that it is not safe offline, and everything else still works."""

from __future__ import annotations

import re
import threading

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inspecting.conftest import OpenPhone
from tests.browser.phone import (
    Phone,
    answer_all,
    arrived,
    go_on_sending,
    kept,
    open_form,
    payloads,
    photos_of,
    queue_many,
    sign_in,
    states,
    wait_until,
)
from tests.faults import BadLine, Fault, on
from tests.sites import keep_only
from tests.world import World, photo, sha256

pytestmark = pytest.mark.browser
WARNING = "此浏览器离线不安全"
SITE = "public-toilet-1"

LACKING = {
    "no service worker": "delete Navigator.prototype.serviceWorker;",
    "no IndexedDB": "Object.defineProperty(globalThis, 'indexedDB', { value: undefined });",
    "IndexedDB refuses": """
      IDBFactory.prototype.open = () => { throw new DOMException("private", "SecurityError"); };""",
    "IndexedDB fails": """
      const open = IDBFactory.prototype.open;
      IDBFactory.prototype.open = function () {
        const request = open.call(this, "none");
        Object.defineProperty(request, "error", { get: () => new DOMException("broken", "UnknownError") });
        setTimeout(() => request.onerror?.(new Event("error")), 50);
        Object.defineProperty(request, "onsuccess", { set() {} });
        return request;
      };""",
    # The page's patience is ten seconds, which pass quickly here.
    "IndexedDB never answers": """
      IDBFactory.prototype.open = () => new EventTarget();
      const wait = globalThis.setTimeout;
      globalThis.setTimeout = (work, ms, ...rest) => wait(work, ms === 10_000 ? 300 : ms, ...rest);""",
    "persistence refused": """
      StorageManager.prototype.persist = async () => false;
      StorageManager.prototype.persisted = async () => false;""",
    "no storage manager": "delete Navigator.prototype.storage;",
    "no Web Locks, no BroadcastChannel": """
      delete Navigator.prototype.locks;
      delete globalThis.BroadcastChannel;
      StorageManager.prototype.persisted = async () => false;""",
}
# Whether the page ever, for however short a time, said that it is safe.
WATCH_FOR_GREEN = """
  globalThis.wasGreen = false;
  new MutationObserver(() => (wasGreen ||= document.documentElement.classList.contains("offline-safe")))
    .observe(document, { subtree: true, attributes: true, attributeFilter: ["class"] });
"""
PROMISES = "StorageManager.prototype.persist = StorageManager.prototype.persisted = async () => true;"


@pytest.fixture(scope="module")
def shared_world(shared_world: World) -> World:
    """One site, so that each phone fetches one form ahead."""
    keep_only(shared_world.services.store, SITE)
    return shared_world


@pytest.mark.parametrize("lacking", LACKING)
def test_a_browser_that_lacks_something_is_called_unsafe_and_an_inspection_arrives_all_the_same(
    shared_world: World, shared_line: BadLine, open_phone: OpenPhone, lacking: str
):
    world, address = shared_world, shared_line.address
    page = open_phone(address, LACKING[lacking], WATCH_FOR_GREEN)
    page.goto(f"{address}/field/")
    expect(page.locator(".offline-notice")).to_contain_text(WARNING)
    assert not page.evaluate("() => wasGreen")
    inspect(page, address, world)


def test_a_page_without_https_is_called_unsafe_and_an_inspection_arrives_all_the_same(
    world: World, line: BadLine, take_phone
):
    """A name that the browser takes for another machine's: no service worker, no WebCrypto, no locks."""
    phone = insecure(take_phone, line)
    page = phone.open()
    sign_in(page, phone.address)
    page.goto(f"{phone.address}/field/")
    assert not page.evaluate("() => isSecureContext || 'locks' in navigator || crypto.subtle")
    expect(page.locator(".offline-notice")).to_contain_text(WARNING)
    inspect(page, phone.address, world)


def test_tabs_without_locks_send_each_item_once(world: World, line: BadLine, take_phone):
    phone = insecure(take_phone, line)
    page = phone.open()
    sign_in(page, phone.address)
    made = queue_many(page, world, 15, 1)
    tabs = [page, phone.context.new_page(), phone.context.new_page()]
    for tab in tabs:
        go_on_sending(tab, phone.address)
    wait_until(page, lambda: len(arrived(world)) == 15, 40, "all have arrived")
    wait_until(page, lambda: kept(page, "media") == [], 10, "all are confirmed")
    assert arrived(world) == [one.id for one in made]
    assert set(line.tries("PUT", "/api/").values()) == {1}


def test_what_a_page_without_locks_was_sending_when_it_was_left_is_sent_by_the_next_at_once(
    world: World, line: BadLine, take_phone
):
    """The page that goes away can end nothing: what it holds would keep the next one from sending for a minute."""
    phone = insecure(take_phone, line)
    page = phone.open()
    sign_in(page, phone.address)
    (made,) = queue_many(page, world, 1, 1)
    held = threading.Event()
    line.rules.append(on("PUT", "/api/", Fault(hold=held), times=1))
    go_on_sending(page, phone.address)
    wait_until(page, lambda: states(page) == ["sending"], 15, "it is being sent")
    go_on_sending(page, phone.address)
    wait_until(page, lambda: arrived(world) == [made.id], 20, "the next page has sent it")
    held.set()


def test_a_browser_that_has_everything_and_promises_to_keep_it_shows_the_green_mark(
    line: BadLine, open_phone: OpenPhone
):
    """The other half: a warning that is always there would prove nothing."""
    page = open_phone(line.address, PROMISES)
    page.goto(f"{line.address}/field/")
    expect(page.locator("html")).to_have_class(re.compile("offline-safe"))
    expect(page.locator(".offline-notice")).to_be_hidden()
    open_form(page, line.address, SITE)
    expect(page.locator("html")).to_have_class(re.compile("offline-safe"))
    expect(page.locator(".offline-notice")).to_be_hidden()


def inspect(page: Page, address: str, world: World) -> None:
    """A whole inspection with two photos; the page never says that it is safe."""
    open_form(page, address, SITE)
    expect(page.locator(".offline-notice")).to_contain_text(WARNING)
    answer_all(page)
    pictures = [photo(seed, (320, 240)) for seed in range(2)]
    page.locator("#item-open > .photos input.gallery").set_input_files(payloads(pictures))
    expect(page.locator("#item-open .preview")).to_have_count(2)
    expect(page.locator("#item-open .preview-facts").first).not_to_contain_text("保存中")
    assert not page.evaluate("() => globalThis.wasGreen")
    before = len(arrived(world))
    page.locator("#submit").tap()
    wait_until(page, lambda: len(arrived(world)) == before + 1, 60, "it has arrived")
    assert photos_of(world, arrived(world)[-1]) == [sha256(content) for content in pictures]
    page.wait_for_url(re.compile("/inspections/"))


def insecure(take_phone, line: BadLine) -> Phone:
    phone: Phone = take_phone(
        init_scripts=[WATCH_FOR_GREEN], arguments=["--host-resolver-rules=MAP phone.test 127.0.0.1"]
    )
    phone.address = f"http://phone.test:{line.port}"
    return phone
