"""What an inspector came for is on the first screen, whatever is said above it, and a form takes few taps."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.phone import CONTEXT
from tests.conftest import ServerProcess
from tests.world import PASSWORD, World, photo

pytestmark = pytest.mark.browser

SIZES = {"upright": (360, 740), "across": (740, 360), "small": (320, 640)}
BANNER = '<p class="demo-banner">【演示】本站数据随机生成，不反映任何地方的实际情况</p>'
# A site for each of the methods that a form may begin with, the longest first item among them.
SITES = ("zebra-crossing-1", "construction-site-1", "community-1", "bus-1")
MOST_TAPS = 28
TAP_PX = 44


@pytest.fixture(scope="module")
def place(shared_world: World) -> Iterator[ServerProcess]:
    shared_world.services.store.close()
    server = ServerProcess(shared_world.data).start()
    yield server
    server.stop()


@pytest.fixture
def page(open_browser: Callable[..., BrowserContext]) -> Page:
    return open_browser(
        **{name: value for name, value in CONTEXT.items() if name not in ("locale", "timezone_id")}
    ).new_page()


class Finger:
    """Taps what is seen, and counts."""

    def __init__(self) -> None:
        self.taps = 0

    def tap(self, there: Locator, times: int = 1) -> None:
        for _ in range(times):
            there.tap()
            self.taps += 1


def sign_in(page: Page, address: str) -> Finger:
    finger = Finger()
    page.goto(f"{address}/login")
    page.get_by_label("账号").fill("inspector")
    page.get_by_label("密码").fill(PASSWORD)
    finger.tap(page.get_by_role("button", name="登录"))
    expect(page.get_by_role("heading", name="选择点位")).to_be_visible()
    return finger


def test_from_signing_in_to_a_submitted_crossing_in_at_most_28_taps(page: Page, place: ServerProcess):
    """Counted as when there were 32: typing is not, and so neither are the taps into the fields of the login."""
    finger = sign_in(page, place.address)
    finger.tap(page.locator(".chip", has_text="交通路口"))
    finger.tap(page.locator(".sites li:visible .site").first)
    page.wait_for_selector("html.scripted .item")
    usual = page.locator("#item-yielding .tally-class").first
    expect(usual).to_have_attribute("data-class", "other")
    finger.tap(usual.locator(".count-yes"), times=20)
    with page.expect_file_chooser() as chosen:
        finger.tap(page.locator("#item-markings .photo-button").first)
    chosen.value.set_files({"name": "crossing.jpg", "mimeType": "image/jpeg", "buffer": photo(1)})
    finger.taps += 1  # the shutter
    expect(page.locator("#item-markings .preview img")).to_be_visible()
    finger.tap(page.locator("#rest"))
    finger.tap(page.get_by_role("button", name="都合格", exact=True))
    expect(page.locator("#answered-text")).to_contain_text("9/9")
    finger.tap(page.locator("#submit"))
    expect(page.locator(".result")).to_be_visible()
    assert finger.taps <= MOST_TAPS
    assert_result_says_what_matters(page)


def assert_result_says_what_matters(page: Page) -> None:
    """Score, reasons and the way on are on the first screen; numbers for the office are behind a fold."""
    for seen in (".result-rate strong", ".reasons"):
        assert_seen(page.locator(seen), page.locator(".top-nav"))
    assert_seen(page.get_by_role("link", name="下一个点位"), page.locator(".top-nav"))
    expect(page.locator(".numbers p")).to_be_hidden()
    assert "得分率" not in page.locator("main").inner_text()


def test_the_first_site_and_a_forms_first_answer_are_seen_without_scrolling(page: Page, place: ServerProcess):
    sign_in(page, place.address)
    look(page, page.locator(".sites li:visible .site").first, page.locator(".top-nav"))
    for button in page.locator(".top-user, .order-choice, .notice-line .button").all():
        assert box(button)["height"] >= TAP_PX
    for site in SITES:
        page.goto(f"{place.address}/field/sites/{site}")
        expect(page.locator(".bar-fix")).to_contain_text("±")
        look(page, page.locator(".item").first.locator(".count, .choice-face, .step").first, page.locator(".bar"))


def look(page: Page, wanted: Locator, foot: Locator) -> None:
    """With the banner of a demonstration and the line that says that the browser may lose what it keeps."""
    expect(page.locator(".offline-notice")).to_be_visible()
    page.locator("header.top").evaluate(f"(top) => top.insertAdjacentHTML('afterend', {BANNER!r})")
    for name, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        assert_seen(wanted, foot, f"{page.url} {name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} {name}"
    page.set_viewport_size({"width": 360, "height": 740})


def assert_seen(wanted: Locator, foot: Locator, where: str = "") -> None:
    """Whole above what is fixed at the foot of the screen, and under nothing."""
    seen, below = box(wanted), box(foot)
    assert seen["y"] >= 0, where
    assert seen["y"] + seen["height"] <= below["y"] + 1, f"{where}: {seen} behind {below}"
    on_top = wanted.evaluate(
        """(element) => {
          const { x, y, width, height } = element.getBoundingClientRect();
          const found = document.elementFromPoint(x + width / 2, y + height / 2);
          return element.contains(found) || Boolean(found?.contains(element));
        }"""
    )
    assert on_top, f"{where}: something lies above it"


def test_with_type_twice_as_large_the_bars_stay_one_row_and_nothing_is_cut(page: Page, place: ServerProcess):
    sign_in(page, place.address)
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => { document.documentElement.style.fontSize = '200%'; })"
    )
    page.reload()
    tabs = page.locator(".top-nav a").all()
    assert all(box(tab)["x"] >= 0 and box(tab)["x"] + box(tab)["width"] <= 361 for tab in tabs)
    page.goto(f"{place.address}/field/sites/{SITES[0]}")
    expect(page.locator(".bar-fix")).to_contain_text("±")
    assert box(page.locator(".bar"))["height"] <= 740 / 6
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_line_that_warns_says_more_on_a_tap_and_its_button_asks_the_browser(page: Page, place: ServerProcess):
    page.add_init_script(
        """let kept = false;
        navigator.storage.persisted = async () => kept;
        navigator.storage.persist = async () => { globalThis.asked = (globalThis.asked ?? 0) + 1; return kept; };
        globalThis.promise = () => { kept = true; };"""
    )
    sign_in(page, place.address)
    notice = page.locator(".offline-notice")
    expect(notice.locator("details p")).to_be_hidden()
    notice.locator("summary").tap()
    expect(notice.locator("details p")).to_contain_text("此浏览器离线不安全")
    button = notice.get_by_role("button", name="添加到主屏幕")
    button.tap()
    expect(notice.locator(".by-hand-way")).to_contain_text("添加到主屏幕")
    assert page.evaluate("globalThis.asked") == 1
    page.evaluate("promise()")
    button.tap()
    expect(notice).to_be_hidden()


def box(of: Locator) -> dict[str, float]:
    found = of.bounding_box()
    assert found, of
    return {"x": found["x"], "y": found["y"], "width": found["width"], "height": found["height"]}
