"""The system camera opens, and the page is reloaded behind it; the browser has no room: nothing is silently lost."""

from __future__ import annotations

import difflib
import json
import random
from contextlib import suppress
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, Error, Page, expect

from tests.browser.inspecting.conftest import OpenPhone
from tests.browser.phone import (
    add_photos,
    answer_all,
    arrived,
    brief,
    checklist_of,
    fields,
    go_on_sending,
    kept,
    name_of,
    online,
    open_form,
    payloads,
    photos_of,
    queue_many,
    states,
    wait_until,
)
from tests.faults import BadLine
from tests.world import World, photo, sha256

pytestmark = pytest.mark.browser
SITE = "public-toilet-1"
ROUNDS = 10
"""benchmarks/reloads.py plays hundreds."""


# Reloads while the camera is open


@dataclass
class Reloads:
    """One inspection during which the page is ended again and again while the camera is open.

    ``resumed`` counts the times at which the page came back to the same item with all answers and photos.
    """

    context: BrowserContext
    address: str
    rng: random.Random
    site: str = SITE
    resumed: int = 0

    def __post_init__(self) -> None:
        self.page = self.context.new_page()
        open_form(self.page, self.address, self.site)
        self.items: list[str] = [item["id"] for item in checklist_of(self.page)["items"]]
        answer_all(self.page)

    def round(self, number: int) -> None:
        """Change an answer, now and then take a photo, open the camera, end the page, open it again."""
        item = self.rng.choice(self.items)
        note = self.page.locator(f"#item-{item} .note textarea")
        note.evaluate("(field) => (field.closest('details').open = true)")
        note.fill(f"第{number}次 {self.rng.random()}")
        if number % 5 == 0:
            add_photos(self.page, item, [photo(self.rng.getrandbits(32), (320, 240))])
        before = self.fields(), self.photos()
        with self.page.expect_file_chooser():
            self.page.locator(f"#item-{item} > .photos label:has(input.camera)").click()
        self.end(number)
        after = self.fields(), self.photos()
        assert after == before, difference(before, after)
        self.resumed += self.is_at(item)

    def end(self, number: int) -> None:
        """Most phones reload the page; some end its process, and a tap on the browser's icon opens it anew."""
        if number % 4 < 3:
            self.page.reload()
        else:
            self.page.close()
            self.page = self.context.new_page()
            self.page.goto(f"{self.address}/field/sites/{self.site}")
        self.page.wait_for_function("() => document.documentElement.classList.contains('scripted')")

    def fields(self) -> dict[str, str]:
        return fields(self.page)

    def photos(self) -> list[tuple[str, str, int]]:
        """Item, name (which comes of its content) and size of each photo kept; the page shows the same number."""
        owner = self.page.locator("#inspection [name=id]").input_value()
        mine = [one for one in kept(self.page, "media") if one["owner"] == owner]
        media = sorted((one["item"], one["name"], one["blob"]) for one in mine)
        shown = self.page.evaluate(
            "() => [...document.querySelectorAll('.preview')].map((one) => one.closest('.item').dataset.item).sort()"
        )
        assert shown == [item for item, _, _ in media]
        return media

    def is_at(self, item: str) -> bool:
        """Whether the page shows the item, has its camera button in hand, and says why."""
        expect(self.page.locator("#message")).to_contain_text("都在")
        expect(self.page.locator(f"#item-{item} > .photos input.camera")).to_be_focused()
        expect(self.page.locator(f"#item-{item} > .photos label:has(input.camera)")).to_be_in_viewport()
        return True


def difference(before: object, after: object) -> str:
    old, new = (json.dumps(one, ensure_ascii=False, indent=0).splitlines() for one in (before, after))
    return "\n".join(difflib.unified_diff(old, new, n=0, lineterm=""))


def test_a_page_reloaded_while_the_camera_is_open_comes_back_to_the_same_item_with_everything(
    world: World, line: BadLine, open_phone: OpenPhone, run_seed: int
):
    reloads = Reloads(open_phone(line.address).context, line.address, random.Random(run_seed), "zebra-crossing-1")
    for number in range(ROUNDS):
        reloads.round(number)
    assert reloads.resumed == ROUNDS, f"seed {run_seed}"
    taken = {name for _, name, _ in reloads.photos()}
    assert len(taken) == ROUNDS // 5
    reloads.page.locator("#submit").tap()
    wait_until(reloads.page, lambda: len(arrived(world)) == 1, 15, "it has arrived")
    assert {name_of(sha) for sha in photos_of(world, arrived(world)[0])} == taken


def test_a_camera_closed_without_a_photo_leaves_no_trace(line: BadLine, open_phone: OpenPhone):
    page = open_phone(line.address, service_workers="block")
    open_form(page, line.address, SITE)
    answer_all(page)
    with page.expect_file_chooser() as opened:
        page.locator("#item-open > .photos label:has(input.camera)").click()
    opened.value.set_files([])
    page.locator("#item-open input.camera").dispatch_event("cancel")
    page.reload()
    page.wait_for_function("() => document.documentElement.classList.contains('scripted')")
    expect(page.locator("#message")).to_be_hidden()


# No room


# The write of a number fails, counted over all pages, or all of them. `abort` ends the transaction as a browser does
# that finds no room only when it comes to commit. What is put into "kept" (session, clock) is not the inspector's.
FAILING_WRITES = """
(() => {
  const put = IDBObjectStore.prototype.put;
  const noRoom = () => new DOMException("no room", "QuotaExceededError");
  const count = (name) => (localStorage[name] = Number(localStorage[name] ?? 0) + 1);
  IDBObjectStore.prototype.put = function (...values) {
    if (this.name === "kept") return put.apply(this, values);
    const number = count("writes");
    if (!["all", String(number)].includes(localStorage.fail)) return put.apply(this, values);
    count("failed");
    if (localStorage.how === "throw") throw noRoom();
    const { transaction } = this;
    Object.defineProperty(transaction, "error", { get: noRoom });
    const request = put.apply(this, values);
    request.addEventListener("success", () => transaction.abort());
    return request;
  };
})();
"""


def fail_writes(page: Page, which: str, how: str) -> None:
    """Have the write of a number fail, or ``all``, or ``none``; counted from here."""
    page.evaluate("([fail, how]) => Object.assign(localStorage, { fail, how, writes: 0, failed: 0 })", [which, how])


def failed_writes(page: Page) -> int:
    return int(page.evaluate("() => localStorage.failed"))


@pytest.mark.slow
def test_whichever_write_finds_no_room_the_inspector_is_told_and_nothing_is_lost(
    world: World, line: BadLine, open_phone: OpenPhone
):
    page = open_phone(line.address, FAILING_WRITES, service_workers="block")
    page.goto(f"{line.address}/field/outbox")
    pictures = [photo(1, (320, 240))]
    for number in range(1, 100):
        fail_writes(page, str(number), ("throw", "abort")[number % 2])
        inspect(page, line, pictures)
        assert len(arrived(world)) == number
        assert photos_of(world, arrived(world)[-1]) == [sha256(content) for content in pictures], f"write {number}"
        if not failed_writes(page):
            break
    assert number > 8, "an inspection takes more writes than this"
    assert kept(page, "media") == kept(page, "drafts") == []
    assert states(page) == ["confirmed"] * number


def inspect(page: Page, line: BadLine, pictures: list[bytes]) -> None:
    """Answers, photos, a note, a reload, submitting. At each step a write that failed must have been told."""
    open_form(page, line.address, SITE)
    answer_all(page)
    look(page)
    for number, picture in enumerate(pictures, 1):
        page.locator("#item-open > .photos input.gallery").set_input_files(payloads([picture]))
        expect(page.locator("#item-open .preview")).to_have_count(number)
        look(page)
    note = page.locator("#item-signs .note textarea")
    note.evaluate("(field) => (field.closest('details').open = true)")
    # The next tap tries again what was not kept.
    for text in ("招牌清楚", "招牌清楚，字大", "招牌清楚，字大，有灯"):
        note.fill(text)
        if look(page) == "已存入手机":
            break
    before = fields(page)
    page.reload()
    page.wait_for_function("() => document.documentElement.classList.contains('scripted')")
    assert fields(page) == before
    expect(page.locator("#item-open .preview")).to_have_count(len(pictures))
    submit(page)


def look(page: Page) -> str:
    """How the last write ended, as the page says; where it failed, what the page says must be why."""
    page.wait_for_timeout(20)
    said = why = ""
    while said not in ("已存入手机", "没有存下"):
        # Both at the same moment: the next write may do away with what went wrong with this one.
        said, why = page.evaluate(
            "() => ['#kept-state', '#kept-notice'].map((one) => document.querySelector(one).textContent)"
        )
    if said == "没有存下":
        assert "空间不足" in why
    return said


def submit(page: Page) -> None:
    """Submit, again where that was refused for want of room, until the page shows the result."""
    page.locator("#submit").tap()
    for _ in range(100):
        page.wait_for_timeout(100)
        if "/inspections/" in page.url:
            return
        # The page may be leaving for the result just now.
        with suppress(Error):
            if failed_writes(page):
                if page.locator("#submit:enabled").count():
                    expect(page.locator("#message")).to_contain_text("空间不足")
                    page.locator("#submit").tap()
                online(page)
    raise AssertionError(f"not sent: {brief(page)}")


def test_a_phone_without_room_still_sends(world: World, line: BadLine, open_phone: OpenPhone):
    page = open_phone(line.address, FAILING_WRITES)
    page.goto(f"{line.address}/field/outbox")
    made = queue_many(page, world, 3, 2)
    fail_writes(page, "all", "abort")
    go_on_sending(page, line.address)
    wait_until(page, lambda: len(arrived(world)) == 3, 15, "all have arrived")
    wait_until(page, lambda: kept(page, "media") == [], 10, "what was acknowledged makes room")
    assert arrived(world) == [one.id for one in made]
    page.wait_for_timeout(6_000)
    assert max(line.tries("PUT", "/api/").values()) == 1, "nothing is sent again and again"
