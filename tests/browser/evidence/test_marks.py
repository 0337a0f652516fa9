"""Marks on a photo, drawn by finger on the phone: kept through a reload without a network, sent, seen at the desk."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.inspecting.test_outbox_page import queue
from tests.browser.phone import CONTEXT, answer_all, arrived, kept, let_in, open_form, ready_offline, wait_until
from tests.browser.test_modules import page as page
from tests.browser.test_modules import run
from tests.faults import BadLine
from tests.measured import PAGE_PATIENCE_MS
from tests.world import World, photo, sha256

pytestmark = pytest.mark.browser
GEOMETRY, MARKING = "evidence/marks/geometry.js", "evidence/marks/marking.js"
ITEM = "#item-markings"
PICTURE = ".marking-stage img"
CONTENT = photo(4, (1200, 800))


@pytest.fixture
def line(shared_line: BadLine) -> Iterator[BadLine]:
    """There again when a test ends; of what is done behind it one inspection is sent."""
    yield shared_line
    shared_line.network_on()


@pytest.fixture
def open_phone(browser: Browser, line: BadLine) -> Iterator[Callable[..., Page]]:
    """An inspector's phone, signed in; its storage does not outlive the test."""
    opened: list[BrowserContext] = []

    def open_one(**options: Any) -> Page:
        opened.append(browser.new_context(**CONTEXT, **options))
        opened[-1].set_default_timeout(PAGE_PATIENCE_MS)
        page = opened[-1].new_page()
        let_in(page, line.address)
        return page

    yield open_one
    for context in opened:
        context.close()


def draw(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """A finger that draws from one place of the picture to another, in shares of it."""
    box = page.locator(PICTURE).bounding_box()
    assert box
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, x: float, y: float) -> None:
        at = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [] if kind == "touchEnd" else [at]})

    touch("touchStart", *start)
    for step in (0.3, 0.7, 1.0):
        touch("touchMove", start[0] + step * (end[0] - start[0]), start[1] + step * (end[1] - start[1]))
    # A finger rests before it leaves: a flung one would have the browser swallow the next tap.
    page.wait_for_timeout(150)
    touch("touchMove", *end)
    touch("touchEnd", *end)
    finger.detach()


def choose(page: Page, title: str) -> None:
    page.locator(".marking-tools button", has_text=title).tap()


def marks_kept(page: Page) -> list:
    return [media["evidence"].get("marks", []) for media in kept(page, "media")]


def test_strokes_are_thousandths_of_the_picture_and_a_touch_is_no_stroke(page: Page):
    at = "m.permille(a.at, {left: 10, top: 20, width: 300, height: 200})"
    assert run(page, GEOMETRY, at, {"at": {"x": 10, "y": 20}}) == [0, 0]
    assert run(page, GEOMETRY, at, {"at": {"x": 160, "y": 70}}) == [500, 250]
    assert run(page, GEOMETRY, at, {"at": {"x": 900, "y": -5}}) == [1000, 0]
    assert run(page, GEOMETRY, "m.markOf('blur', [5, 5], [10, 300])") is None
    assert run(page, GEOMETRY, "m.markOf('arrow', [5, 5], [10, 300]).points") == [[5, 5], [10, 300]]
    marks = [{"kind": "arrow", "points": [[0, 0], [1000, 1000]]}, {"kind": "blur", "points": [[900, 300], [600, 100]]}]
    touched = "a.at.map((at) => m.touched(a.marks, at))"
    assert run(page, GEOMETRY, touched, {"marks": marks, "at": [[500, 510], [700, 200], [100, 900]]}) == [0, 1, -1]


PRESSED = """(async () => {
  const before = ["arrow", "circle", "blur"].map((kind, n) => ({ kind, points: [[n * 100, 0], [n * 100 + 90, 90]] }));
  if (!a.dialogs) for (const name of ["showModal", "close", "open"]) delete HTMLDialogElement.prototype[name];
  const answered = m.markPhoto(a.url, before);
  while (!document.querySelector(".marking[open]")) await new Promise(requestAnimationFrame);
  const [stage, said] = [".marking-stage", ".marking-hint"].map((part) => document.querySelector(part));
  await document.querySelector(".marking img").decode().catch(() => undefined);
  await new Promise(requestAnimationFrame);
  const seen = [said.textContent];
  let spoken = 0;
  const watch = new MutationObserver((changes) => (spoken += changes.length));
  watch.observe(said, { childList: true, characterData: true, subtree: true });
  for (const pressed of a.keys) {
    const [key, shiftKey] = [pressed.replace("Shift+", ""), pressed.startsWith("Shift+")];
    stage.focus();
    const pressing = { key, shiftKey, bubbles: true, cancelable: true };
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", pressing));
    seen.push(said.textContent);
  }
  await Promise.resolve();
  const { width, height } = document.querySelector(".marking").getBoundingClientRect();
  const whole = width === innerWidth && height === innerHeight;
  [...document.querySelectorAll(".marking button")].find(({ textContent }) => textContent === "完成").click();
  const marks = await answered;
  const left = document.querySelectorAll(".marking").length;
  return { kinds: marks.map(({ kind }) => kind), marks, seen, spoken, whole, left };
})()"""


@pytest.mark.parametrize("dialogs", [True, False], ids=["dialogs", "safari-15.3"])
def test_a_mark_is_chosen_and_removed_by_keys_also_where_the_browser_has_no_dialogs(page: Page, dialogs: bool):
    picture = "data:image/jpeg;base64," + base64.b64encode(CONTENT).decode()
    own = page.context.new_page()
    own.goto(page.url)
    keys = ["a", "ArrowLeft", "ArrowLeft", "Delete", "ArrowRight", "ArrowRight", "ArrowRight"]
    found = run(own, MARKING, PRESSED, {"url": picture, "dialogs": dialogs, "keys": keys})
    own.close()
    assert found["kinds"] == ["arrow", "blur"]
    hint, other_key, *chosen = found["seen"]
    assert other_key == hint
    at = "选中第 {} 处，共 {} 处：{}。点「删除」可去掉它。".format
    first, last = at(1, 2, "箭头"), at(2, 2, "模糊")
    assert chosen == [at(3, 3, "模糊"), at(2, 3, "圈"), hint, first, last, first]
    assert found["spoken"] == 6, "nothing is said where nothing has changed"
    assert found["whole"]
    assert found["left"] == 0


def test_a_mark_is_drawn_moved_and_made_larger_by_keys(page: Page):
    picture = "data:image/jpeg;base64," + base64.b64encode(CONTENT).decode()
    own = page.context.new_page()
    own.goto(page.url)
    new = ["Enter", "ArrowRight", "ArrowDown", "Shift+ArrowRight", "Shift+ArrowUp", "Enter"]
    to_the_edge = ["ArrowLeft", "Enter", *["ArrowLeft"] * 50, *["Shift+ArrowLeft"] * 50, "Enter"]
    found = run(
        own, MARKING, PRESSED, {"url": picture, "dialogs": True, "keys": [*new, *to_the_edge, "Enter", "Enter"]}
    )
    own.close()
    *before, drawn, again = found["marks"]
    assert [one["kind"] for one in before] == ["arrow", "circle", "blur"]
    # Made narrower as far as an arrow is one: its height is left.
    assert drawn == {"kind": "arrow", "points": [[0, 410], [0, 600]]}
    assert again == {"kind": "arrow", "points": [[400, 400], [600, 600]]}
    assert found["seen"][1] == "正在放第 4 处：箭头。方向键移动，按住 Shift 改大小，回车放下。"
    assert found["seen"][len(new)] == found["seen"][0]
    box = {"kind": "blur", "points": [[0, 0], [30, 30]]}
    assert run(page, GEOMETRY, "m.stretched(a, [-20, 0])", box) == box, "as small as a finger could draw it"


def test_of_a_photo_that_cannot_be_shown_the_dialog_says_so(page: Page):
    own = page.context.new_page()
    own.goto(page.url)
    found = run(own, MARKING, PRESSED, {"url": "data:image/jpeg;base64,AAAA", "dialogs": True, "keys": ["a"]})
    own.close()
    assert found["seen"] == ["手机无法显示这张照片，不能标记。"] * 2


def test_marks_drawn_by_finger_survive_a_reload_without_a_network_and_are_seen_at_the_desk(
    shared_world: World, line: BadLine, open_phone: Callable[..., Page], browser: Browser
):
    phone = open_phone()
    ready_offline(phone, line.address)
    open_form(phone, line.address, "zebra-crossing-1")
    line.network_off()
    files = [{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": CONTENT}]
    phone.locator(f"{ITEM} input.camera").set_input_files(files)
    expect(phone.locator(".preview-kept")).to_have_count(1)
    phone.locator(".preview-mark").tap()
    choose(phone, "模糊")
    draw(phone, (0.2, 0.2), (0.6, 0.5))
    choose(phone, "箭头")
    draw(phone, (0.9, 0.9), (0.7, 0.6))
    choose(phone, "圈")
    draw(phone, (0.1, 0.6), (0.4, 0.9))
    choose(phone, "撤销")
    expect(phone.locator(".marking .mark")).to_have_count(2)
    choose(phone, "完成")
    expect(phone.locator(".preview .mark")).to_have_count(2)
    wait_until(phone, lambda: [len(marks) for marks in marks_kept(phone)] == [2], 5, "the marks are on the phone")
    phone.reload()
    phone.wait_for_selector("html.scripted")
    expect(phone.locator(".preview .mark")).to_have_count(2)
    expect(phone.locator(".preview-mark")).to_have_text("标记 2")
    expect(phone.locator(".preview-mark")).to_have_accessible_name("标记 2：照片 a.jpg")
    blur, arrow = marks_kept(phone)[0]
    assert [blur["kind"], arrow["kind"]] == ["blur", "arrow"]
    for found, meant in zip(
        blur["points"] + arrow["points"], [(200, 200), (600, 500), (900, 900), (700, 600)], strict=True
    ):
        assert found == pytest.approx(meant, abs=4)
    answer_all(phone)
    phone.locator("#submit").tap()
    expect(phone.locator("#message")).not_to_be_empty()
    line.network_on()
    wait_until(phone, lambda: len(arrived(shared_world)) == 1, 30, "it has arrived")
    services = shared_world.services
    (stored,) = services.store.find("inspections")
    (sent,) = stored.document["photos"]
    assert sent["marks"] == [blur, arrow]
    assert services.photos.whole(sha256(CONTENT)) == CONTENT

    desk = browser.new_page()
    let_in(desk, line.address, "supervisor")
    desk.goto(f"{line.address}/inspections/{stored.id}")
    expect(desk.locator(".photos svg.marks .mark")).to_have_count(2)
    desk.locator("#marks-switch button").click()
    expect(desk.locator(".photos svg.marks")).to_be_hidden()
    desk.goto(f"{line.address}/review/desk?decision=all")
    expect(desk.locator("#stage svg.marks .mark")).to_have_count(2)
    covers = """() => { const { left, width } = document.querySelector("#stage .mark-cover").getBoundingClientRect();
        const shown = document.querySelector("#picture");  // with the caption below it
        const [picture, natural] = [shown.getBoundingClientRect(), shown.naturalWidth / shown.naturalHeight];
        const wide = Math.min(picture.width, picture.height * natural);
        const from = picture.left + (picture.width - wide) / 2;
        return [(left - from) / wide, width / wide]; }"""
    assert desk.evaluate(covers) == pytest.approx([0.2, 0.4], abs=0.02)
    desk.close()


def test_a_draft_from_before_there_were_marks_opens_and_takes_them(
    shared_world: World, line: BadLine, open_phone: Callable[..., Page]
):
    phone = open_phone(service_workers="block")
    phone.goto(f"{line.address}/field/outbox")
    queue(phone, shared_world, send=False)
    assert "marks" not in kept(phone, "media")[0]["evidence"]
    open_form(phone, line.address, "zebra-crossing-1")
    expect(phone.locator(f"{ITEM} .preview-mark")).to_have_text("标记")
    phone.locator(".preview-mark").tap()
    choose(phone, "圈")
    draw(phone, (0.2, 0.2), (0.6, 0.5))
    choose(phone, "完成")
    wait_until(phone, lambda: [len(marks) for marks in marks_kept(phone)] == [1], 5, "the mark is on the phone")


def test_a_report_takes_marks_and_they_can_be_taken_away_again(line: BadLine, open_phone: Callable[..., Page]):
    page = open_phone(service_workers="block")
    page.goto(f"{line.address}/field/adhoc")
    page.wait_for_selector("html.scripted")
    page.locator("input.camera").set_input_files([{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": CONTENT}])
    expect(page.locator(".preview-kept")).to_have_count(1)
    page.locator(".preview-mark").tap()
    choose(page, "圈")
    draw(page, (0.2, 0.2), (0.6, 0.5))
    choose(page, "完成")
    wait_until(page, lambda: [len(marks) for marks in marks_kept(page)] == [1], 5, "the mark is on the phone")
    page.locator(".preview-mark").tap()
    box = page.locator(PICTURE).bounding_box()
    page.touchscreen.tap(box["x"] + 0.4 * box["width"], box["y"] + 0.35 * box["height"])
    choose(page, "删除")
    choose(page, "完成")
    wait_until(page, lambda: marks_kept(page) == [[]], 5, "the mark is gone from the phone")
    expect(page.locator(".preview .mark")).to_have_count(0)
