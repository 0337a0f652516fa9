"""Boxes over faces and plates by mouse, finger and keyboard; what the public gets is blurred there and nowhere else."""

from __future__ import annotations

import io
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import matplotlib.cbook
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Route, expect

from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.photos.redaction import Box
from inspect_app.photos.uniform import uniform
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.evidence.redacting import SUGGESTED, plain_copy, redaction_of
from inspect_app.services.index.publishing import publish
from inspect_app.services.inspecting.submitting import submit
from tests.browser.conftest import DESK, PHONE
from tests.browser.phone import HeldAnswers, intercept, let_in, wait_until
from tests.bundles import one_by_one
from tests.conftest import ServerProcess
from tests.world import NOW, WEEK, World, evidence, new_id, received, sha256

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("photo_work")]


def stripes(number: int) -> bytes:
    """A picture in which every part differs from its neighbours, and no detector sees faces or plates."""
    across, down = np.meshgrid(np.arange(800), np.arange(600))
    rows = np.stack([across * 255 // 800, down * 255 // 600, (across // 8 % 2) * 200], axis=2).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(rows).save(out, "JPEG", quality=90, comment=str(number).encode())
    return out.getvalue()


PHOTOS = 8
"""One for each test of the page."""


@pytest.fixture(scope="module")
def world(photo_work: None, shared_world: World) -> World:
    return shared_world


@pytest.fixture(scope="module")
def addresses(world: World) -> Iterator[Iterator[str]]:
    """A server on which photos of a published week wait to be redacted; the addresses of their pages.

    What it needs to look for faces and plates is read once.
    """
    waiting = [submitted(world, stripes(number)) for number in range(PHOTOS)]
    assert not isinstance(publish(world.services, "supervisor", WEEK, "", NOW), list)
    world.services.after.wait()
    world.services.store.close()
    with one_by_one():
        server = ServerProcess(world.data).start()
    yield (f"{server.address}/review/redactions/{path}" for path in waiting)
    server.stop()


def submitted(world: World, content: bytes) -> str:
    """The inspection and its one photo, as the page's address names them."""
    raw, id = world.submission(), new_id()
    assert received(world.services, content).is_new
    raw["photos"] = [evidence(content, "markings")]
    raw["answers"]["markings"] = {"value": "fail"}
    inspector = find_user(world.services.store, "inspector")
    assert inspector
    assert submit(world.services, inspector, id, raw, NOW).kept
    return f"{id}/{sha256(content)}"


@pytest.fixture
def address(addresses: Iterator[str]) -> str:
    """The page of a photo that no other test has to do with."""
    return next(addresses)


def opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    let_in(page, address.split("/review/")[0], "supervisor")
    page.goto(address)
    page.wait_for_selector("html.scripted")
    for _ in range(page.locator(".redaction-box").count()):  # what the detector suggested in noise
        page.locator(".redaction-box").first.focus()
        page.keyboard.press("Delete")
    expect(page.locator("#state")).to_contain_text("共 0 处")
    return page


def drag(page: Page, *way: tuple[float, float]) -> None:
    """From one share of the picture to the next, by mouse."""
    box = page.locator("#photo").bounding_box()
    assert box
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in way]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=4)
    page.mouse.up()


def boxes(page: Page) -> list[tuple[float, ...]]:
    """Left, top, width and height of each box, in percent of the picture."""
    script = "(all) => all.map(({style}) => [style.left, style.top, style.width, style.height].map(parseFloat))"
    return [tuple(one) for one in page.locator(".redaction-box").evaluate_all(script)]


def finished(page: Page) -> str:
    """Finish and publish; the public address of the photo."""
    expect(page.locator("#publish")).to_be_disabled()
    page.locator("#finish").click()
    expect(page.locator("#state")).to_contain_text("已完成打码")
    page.locator("#publish").click()
    expect(page.locator("#state")).to_contain_text("已公开")
    return page.evaluate('async () => (await (await fetch(location.href)).text()).match(/\\/open\\/photos\\/[^"]+/)[0]')


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


def test_boxes_drawn_moved_and_resized_by_mouse_are_blurred_in_what_the_public_gets(
    world: World, address: str, open_browser: Callable[..., BrowserContext]
):
    page = opened(open_browser(DESK), address)
    drag(page, (0.1, 0.1), (0.3, 0.4))
    assert boxes(page)[0] == pytest.approx((10, 10, 20, 30), abs=0.6)
    drag(page, (0.2, 0.2), (0.5, 0.3))
    assert boxes(page)[0] == pytest.approx((40, 20, 20, 30), abs=0.8)
    handle = page.locator(".redaction-box .handle").bounding_box()
    picture = page.locator("#photo").bounding_box()
    assert handle
    assert picture
    middle = (
        (handle["x"] + handle["width"] / 2 - picture["x"]) / picture["width"],
        (handle["y"] + handle["height"] / 2 - picture["y"]) / picture["height"],
    )
    drag(page, middle, (middle[0] + 0.1, middle[1] + 0.1))
    left, top, width, height = boxes(page)[0]
    assert (width, height) == pytest.approx((30, 40), abs=0.8)

    public = Image.open(io.BytesIO(fetched(address.split("/review/")[0] + finished(page)))).convert("RGB")
    services = world.app().extensions["inspect"]
    plain = Image.open(io.BytesIO(plain_copy(services, address.split("/")[-1]) or b"")).convert("RGB")
    off = np.abs(np.asarray(public, dtype=int) - np.asarray(uniform(plain), dtype=int)).mean(axis=2)
    across, down = plain.width / 100, plain.height / 100
    box = Image.new("RGB", plain.size)
    corners = (left * across, top * down, (left + width) * across, (top + height) * down)
    box.paste((255, 255, 255), tuple(int(one) for one in corners))
    hidden = np.nonzero(np.asarray(uniform(box))[..., 0] > 250)
    rows, columns = (slice(one.min(), one.max()) for one in hidden)
    assert off[rows, columns].mean() > 10
    off[rows.start - 20 : rows.stop + 20, columns.start - 20 : columns.stop + 20] = 0
    assert off.mean() < 3
    assert not public.getexif()


def test_a_box_is_set_with_keys_alone_and_taken_back_photos_are_gone(
    world: World, address: str, open_browser: Callable[..., BrowserContext]
):
    page = opened(open_browser(DESK), address)
    page.locator("#add").press("Enter")
    expect(page.locator(".redaction-box[aria-pressed=true]")).to_be_focused()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    assert boxes(page) == [pytest.approx((41, 39.5, 20.5, 20.5), abs=0.01)]
    url = address.split("/review/")[0] + finished(page)
    assert fetched(url)
    page.locator("#publish").press("Enter")
    expect(page.locator("#state")).to_contain_text("已撤回")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        fetched(url)


def stroke(page: Page, *way: tuple[float, float]) -> None:
    """A quick finger from one share of the picture to the next."""
    box = page.locator("#photo").bounding_box()
    assert box
    points = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in way]
    session = page.context.new_cdp_session(page)
    for kind, touched in [("touchStart", points[:1]), *(("touchMove", [one]) for one in points[1:]), ("touchEnd", [])]:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})
    session.detach()


def test_a_finger_draws_a_box_and_a_change_after_finishing_closes_publication_until_it_is_saved(
    address: str, open_browser: Callable[..., BrowserContext]
):
    page = opened(open_browser(PHONE, has_touch=True, is_mobile=True), address)
    page.locator("#canvas").scroll_into_view_if_needed()
    stroke(page, (0.2, 0.3), (0.4, 0.5), (0.6, 0.7))
    assert boxes(page) == [pytest.approx((20, 30, 40, 40), abs=1)]
    page.locator("#finish").tap()
    expect(page.locator("#publish")).to_be_enabled()
    page.locator("#add").tap()
    expect(page.locator("#state")).to_contain_text("有改动")
    expect(page.locator("#publish")).to_be_disabled()


def test_the_tap_after_a_quick_stroke_counts(address: str, open_browser: Callable[..., BrowserContext]):
    """Chromium takes the stroke for a fling, also where nothing can be scrolled, and has the tap end it."""
    page = opened(open_browser(PHONE, has_touch=True, is_mobile=True), address)
    for _ in range(6):
        page.locator("#canvas").scroll_into_view_if_needed()
        stroke(page, (0.2, 0.2), (0.3, 0.4), (0.4, 0.6))
        expect(page.locator("#state")).to_contain_text("共 1 处")
        page.locator("#remove").tap()
        expect(page.locator("#state")).to_contain_text("共 0 处")


def test_a_box_drawn_while_the_answer_is_under_way_stays_and_is_not_published(
    world: World, address: str, open_browser: Callable[..., BrowserContext]
):
    page = opened(open_browser(DESK), address)
    answers = HeldAnswers(page, address)
    drag(page, (0.1, 0.1), (0.3, 0.3))
    page.locator("#finish").click()
    answers.wait_for(1)
    drag(page, (0.5, 0.5), (0.8, 0.8))
    answers.let_go()
    expect(page.locator("#state")).to_contain_text("有改动，还没有保存。共 2 处")
    expect(page.locator("#publish")).to_be_disabled()
    assert boxes(page) == [pytest.approx((10, 10, 20, 20), abs=1), pytest.approx((50, 50, 30, 30), abs=1)]
    answers.end()
    page.locator("#finish").click()
    expect(page.locator("#state")).to_contain_text("已完成，未公开。共 2 处")
    expect(page.locator("#publish")).to_be_enabled()
    assert len(kept_boxes(world, address)) == 2


def test_a_box_that_is_held_while_the_answer_comes_goes_where_the_mouse_goes(
    world: World, address: str, open_browser: Callable[..., BrowserContext]
):
    page = opened(open_browser(DESK), address)
    answers = HeldAnswers(page, address)
    drag(page, (0.1, 0.1), (0.3, 0.3))
    page.locator("#finish").click()
    answers.wait_for(1)
    box = page.locator("#photo").bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    answers.end()
    expect(page.locator("#state")).to_contain_text("已完成，未公开")
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.6 * box["height"], steps=3)
    page.mouse.up()
    assert boxes(page) == [pytest.approx((50, 50, 20, 20), abs=1)]
    expect(page.locator("#state")).to_contain_text("有改动")
    expect(page.locator("#publish")).to_be_disabled()


def test_what_is_sent_while_an_answer_is_under_way_waits_for_it(
    world: World, address: str, open_browser: Callable[..., BrowserContext]
):
    """Both would name the same revision, and the second one be refused as somebody else's."""
    page = opened(open_browser(DESK), address)
    answers = HeldAnswers(page, address)
    page.locator("#add").click()
    page.locator("#finish").click()
    answers.wait_for(1)
    page.locator("#add").click()
    page.locator("#finish").click()
    answers.let_go()
    expect(page.locator("#state")).to_contain_text("有改动，还没有保存。共 2 处")
    answers.wait_for(1)
    answers.end()
    expect(page.locator("#state")).to_contain_text("已完成，未公开。共 2 处")
    assert len(kept_boxes(world, address)) == 2


def test_what_is_found_late_comes_without_a_reload_and_leaves_what_was_drawn_meanwhile(
    world: World, serve: Callable, open_browser: Callable[..., BrowserContext]
):
    """A photo of an item that is in order is searched when it is first opened."""
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        content = file.read()
    raw, id = world.submission(photos=[evidence(content, "markings")]), new_id()
    assert received(world.services, content).is_new
    inspector = find_user(world.services.store, "inspector")
    assert inspector
    assert submit(world.services, inspector, id, raw, NOW).kept
    world.services.after.wait()
    world.services.store.close()
    base = serve(world.data).address
    page = open_browser(DESK).new_page()
    held: list[Route] = []
    intercept(page, "**/search.json?*", lambda route: held.append(route))
    let_in(page, base, "supervisor")
    page.goto(f"{base}/review/redactions/{id}/{sha256(content)}")
    page.wait_for_selector("html.scripted")
    expect(page.locator("#search")).to_have_text("正在查找人脸和车牌……")
    drag(page, (0.05, 0.8), (0.25, 0.95))
    drawn = boxes(page)
    wait_until(page, lambda: bool(held), 20, "the page asks what was found")
    held[0].continue_()
    page.unroute("**/search.json?*")
    expect(page.locator("#search")).to_contain_text("找到 1 张人脸")
    expect(page.locator("#state")).to_contain_text("共 2 处")
    assert boxes(page)[0] == drawn[0]
    assert page.locator(".is-suggested").count() == 1


def kept_boxes(world: World, address: str) -> list[Box]:
    services = world.app().extensions["inspect"]
    redaction = redaction_of(services, *address.split("/")[-2:], scope=EVERYTHING)
    services.store.close()
    assert redaction
    assert redaction.revision != SUGGESTED
    return list(redaction.value.boxes)


def test_of_two_supervisors_the_second_is_told(address: str, open_browser: Callable[..., BrowserContext]):
    first, second = opened(open_browser(DESK), address), opened(open_browser(DESK), address)
    for page in (first, second):
        page.locator("#add").click()
    first.locator("#finish").click()
    expect(first.locator("#state")).to_contain_text("已完成打码")
    second.locator("#finish").click()
    expect(second.locator("#state")).to_contain_text("刚刚有其他人改动")
