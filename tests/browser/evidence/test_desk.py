"""The review desk as supervisors use it: sixty photos by keyboard alone, two at once, a broken line, a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from inspect_app.domain.accounts.permissions import Role
from inspect_app.domain.checklists.answers import parse_answers
from inspect_app.domain.checklists.scoring import score_inspection
from inspect_app.services.accounts.accounts import add_user, find_user
from inspect_app.services.index.weekly import live_index
from inspect_app.services.inspecting.submitting import submit
from tests.browser.conftest import PHONE
from tests.browser.phone import HeldAnswers, intercept, let_in, wait_until
from tests.measured import PAGE_PATIENCE_MS
from tests.world import NOW, PASSWORD, WEEK, World, evidence, new_id, photo, received

pytestmark = pytest.mark.browser
ITEMS = ("markings", "barrier-free", "jam")
DESK = f"/review/desk/?week={WEEK}"


def inspected(world: World, number: int) -> str:
    """An inspection with three findings of one photo each; every fifth was made 300 m from its site."""
    started = NOW + timedelta(minutes=20 * number)
    raw, id = world.submission(started=started), new_id()
    for offset, item in enumerate(ITEMS):
        content = photo(number * 3 + offset, (320, 240))
        assert received(world.services, content).is_new
        shown = evidence(content, item, lat=30.3105 + (300 / 110_850 if number % 5 == 0 else 0), accuracy_m=5.0)
        raw["photos"].append({**shown, "captured_at": (started + timedelta(minutes=offset)).isoformat()})
        raw["answers"][item] = {"value": "fail"}
    inspector = find_user(world.services.store, "inspector")
    assert inspector
    assert submit(world.services, inspector, id, raw, started + timedelta(hours=1)).kept
    return id


@pytest.fixture
def address(world: World, serve: Callable, request: pytest.FixtureRequest) -> str:
    """A server with as many inspections as the test asks for."""
    for number in range(getattr(request, "param", 4)):
        inspected(world, number)
    add_user(world.services.store, "supervisor2", Role.SUPERVISOR, PASSWORD, NOW)
    world.services.after.wait()
    world.services.store.close()
    return str(serve(world.data).address)


@pytest.fixture
def open_desk(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    opened = []

    def open_one(name: str = "supervisor", query: str = "", **context) -> Page:
        made = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "locale": "zh-CN", **context})
        made.set_default_timeout(PAGE_PATIENCE_MS)
        opened.append(made)
        page = made.new_page()
        let_in(page, address, name)
        page.goto(f"{address}{DESK}{query}")
        page.wait_for_selector("html.scripted")
        return page

    yield open_one
    for one in opened:
        one.close()


def reviews(world: World) -> dict[tuple[str, str], dict]:
    return {
        (stored.id, item): review
        for stored in world.services.store.find("inspections")
        for item, review in stored.document["reviews"].items()
    }


def left(page: Page) -> int:
    return int(page.locator("#left").inner_text())


def saved(page: Page) -> None:
    """Until the server has all that was decided."""
    wait_until(page, lambda: "正在保存" not in page.locator("#outcome").inner_text(), 10, "the shown decision is saved")
    page.evaluate("() => fetch('/review/desk/photos.json')")


@contextmanager
def kept_by_server(page: Page) -> Iterator[None]:
    """Until the server has said that it has what is decided in the block.

    ``saved`` cannot ask one that is no longer shown; where the line broke, the page sends it again after a second.
    """
    told = lambda answer: answer.url.endswith("/review/desk/decisions") and answer.ok  # noqa: E731
    with page.expect_response(told):
        yield


@pytest.mark.parametrize("address", [20], indirect=True)
def test_sixty_photos_are_decided_with_the_keyboard_alone_and_the_scores_are_right(world, open_desk):
    page = open_desk()
    page.locator("body").press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#shown")).to_have_text("共 60 张照片")
    assert left(page) == 60
    first = page.locator("#text").inner_text()
    page.keyboard.press("j")
    expect(page.locator("#position")).to_have_text(re.compile("2"))
    page.keyboard.press("k")
    expect(page.locator("#text")).to_have_text(first)
    for number in range(60):
        if number % 3 == 2:
            page.keyboard.press("x")
            expect(page.locator("#reason")).to_be_focused()
            page.keyboard.type(f"第{number}张看不清")
            page.keyboard.press("Enter")
        else:
            page.keyboard.press("c")
        expect(page.locator("#left")).to_have_text(str(59 - number))
    wait_until(page, lambda: len(reviews(world)) == 60, 20, "all decisions are with the server")

    decided = reviews(world)
    assert sorted(one["decision"] for one in decided.values()) == ["confirmed"] * 40 + ["rejected"] * 20
    assert all(one["by"] == "supervisor" for one in decided.values())
    assert all(one["reason"].endswith("张看不清") for one in decided.values() if one["decision"] == "rejected")
    services = world.services
    rates = []
    for stored in services.store.find("inspections"):
        checklist = services.library.version(stored.document["version"])
        answers = parse_answers(checklist, stored.document["answers"])
        out = [item for item in ITEMS if decided[stored.id, item]["decision"] == "rejected"]
        rate = score_inspection(checklist, answers, site=None, left_out=out).rate
        assert stored.document["rate"] == pytest.approx(rate)
        assert stored.document["state"] == "reviewed"
        rates.append(rate)
    row = live_index(services, WEEK)[0]
    assert row.rate == pytest.approx(sum(rates) / len(rates))


def test_two_supervisors_share_a_list_without_stepping_on_each_other(world, open_desk):
    one, two = open_desk("supervisor"), open_desk("supervisor2")
    expect(two.locator("#others")).to_contain_text("supervisor")
    one.keyboard.press("c")
    saved(one)
    two.keyboard.press("x")
    two.keyboard.type("重复上报")
    two.keyboard.press("Enter")
    expect(two.locator("#desk-message")).to_contain_text("「supervisor」刚刚确认了这一项")
    two.keyboard.press("k")
    expect(two.locator("#outcome")).to_contain_text("已确认（supervisor）")
    assert left(two) == 11
    two.keyboard.press("j")
    two.keyboard.press("c")
    saved(two)
    wait_until(two, lambda: len(reviews(world)) == 2, 10, "both decisions are kept")
    assert sorted((one["by"], one["decision"]) for one in reviews(world).values()) == [
        ("supervisor", "confirmed"),
        ("supervisor2", "confirmed"),
    ]


def test_a_batch_is_decided_at_once_and_taken_back_at_once(world, open_desk):
    page = open_desk()
    page.keyboard.press("g")
    expect(page.locator("#cells li")).to_have_count(12)
    page.keyboard.press("a")
    expect(page.locator("#selected")).to_have_text("已选 12")
    page.keyboard.press("c")
    expect(page.locator("#left")).to_have_text("0")
    wait_until(page, lambda: len(reviews(world)) == 12, 10, "all are decided")
    page.keyboard.press("u")
    expect(page.locator("#left")).to_have_text("12")
    wait_until(page, lambda: reviews(world) == {}, 10, "all are open again")


def test_a_decision_made_while_the_line_is_down_is_kept_shown_as_unsent_and_saved_later(world, open_desk):
    page = open_desk()
    page.context.set_offline(True)
    page.keyboard.press("c")
    page.keyboard.press("c")
    expect(page.locator("#left")).to_have_text("10")
    expect(page.locator("#unsent")).to_contain_text("2 项决定还没有保存")
    assert reviews(world) == {}
    page.context.set_offline(False)
    expect(page.locator("#unsent")).to_be_hidden()
    wait_until(page, lambda: len(reviews(world)) == 2, 10, "both have arrived")


def test_an_answer_that_is_lost_is_no_conflict_with_oneself(world, open_desk):
    page = open_desk()
    lost = []

    def lose(route):
        if lost:
            return route.continue_()
        lost.append(route.fetch())
        return route.abort()

    intercept(page, "**/review/desk/decisions", lose)
    page.keyboard.press("c")
    wait_until(page, lambda: len(lost) == 1, 20, "the answer was lost")
    page.keyboard.press("k")
    expect(page.locator("#outcome")).to_contain_text("已确认（supervisor）")
    expect(page.locator("#desk-message")).to_be_hidden()
    assert len(reviews(world)) == 1


def test_a_later_decision_is_not_undone_by_the_answer_to_an_earlier_one(world, open_desk):
    page = open_desk()
    page.keyboard.press("c")
    saved(page)
    wait_until(page, lambda: len(reviews(world)) == 1, 10, "it is confirmed")
    answers = HeldAnswers(page, re.compile("/review/desk/decisions$"))
    page.keyboard.press("u")
    answers.wait_for(1)
    expect(page.locator("#left")).to_have_text("12")
    page.keyboard.press("c")
    expect(page.locator("#left")).to_have_text("11")
    answers.let_go()
    answers.wait_for(1)
    assert left(page) == 11, "the finding is confirmed again, whatever is said of the time before"
    page.keyboard.press("k")
    expect(page.locator("#outcome")).to_contain_text("已确认")
    answers.end()
    saved(page)
    assert [one["decision"] for one in reviews(world).values()] == ["confirmed"]


def test_a_decision_that_could_not_be_taken_back_stays_shown(world, open_desk):
    page = open_desk()
    with kept_by_server(page):
        page.keyboard.press("c")
    refusal = {"error": "暂时不能撤销"}
    intercept(page, "**/review/desk/decisions", lambda route: route.fulfill(status=422, json=refusal))
    page.keyboard.press("u")
    expect(page.locator("#desk-message")).to_contain_text("暂时不能撤销")
    expect(page.locator("#left")).to_have_text("11")
    expect(page.locator("#outcome")).to_contain_text("已确认")


def test_whoever_has_gone_on_is_not_called_back_by_what_was_undone(world, open_desk):
    page = open_desk()
    answers = HeldAnswers(page, re.compile("/review/desk/decisions$"))
    page.keyboard.press("c")
    answers.wait_for(1)
    page.keyboard.press("u")
    for _ in range(3):
        page.keyboard.press("j")
    here = page.locator("#position").inner_text()
    answers.let_go()
    answers.wait_for(1)
    expect(page.locator("#left")).to_have_text("12")
    assert page.locator("#position").inner_text() == here
    answers.end()


def test_a_reason_is_written_to_its_end_whatever_is_answered_meanwhile(world, open_desk):
    """In the grid an answer used to take the focus: the rest of the words were commands."""
    page = open_desk()
    page.keyboard.press("g")
    answers = HeldAnswers(page, re.compile("/review/desk/decisions$"))
    page.locator("#cells button").nth(0).click()
    page.keyboard.press("c")
    answers.wait_for(1)
    page.locator("#cells button").nth(4).click()
    page.keyboard.press("x")
    expect(page.locator("#reason")).to_be_focused()
    page.keyboard.type("ca")
    answers.end()
    wait_until(page, lambda: len(reviews(world)) == 1, 10, "the first is confirmed")
    expect(page.locator("#cells li").nth(0)).to_contain_text("已确认")
    expect(page.locator("#reason")).to_be_focused()
    page.keyboard.type("ccg")
    page.keyboard.press("Enter")
    wait_until(page, lambda: len(reviews(world)) == 2, 10, "the second is rejected")
    assert [one["reason"] for one in reviews(world).values() if one["decision"] == "rejected"] == ["caccg"]


def test_filters_by_signal_are_kept_under_a_name(world, open_desk):
    page = open_desk(query="&signal=far_from_site")
    expect(page.locator("#shown")).to_have_text("共 3 张照片")
    expect(page.locator("#signals")).to_contain_text("米")
    page.on("dialog", lambda dialog: dialog.accept("离点位太远"))
    if not page.locator("#save-filter").is_visible():
        page.locator(".desk-filters > summary").click()
    page.locator("#save-filter").click()
    kept = page.locator("#saved a", has_text="离点位太远")
    expect(kept).to_have_attribute("href", re.compile("signal=far_from_site"))
    page.goto(page.url.split("?")[0] + f"?week={WEEK}")
    page.wait_for_selector("html.scripted")
    expect(page.locator("#shown")).to_have_text("共 12 张照片")
    if not page.locator("#saved a").is_visible():
        page.locator(".desk-filters > summary").click()
    page.locator("#saved a", has_text="离点位太远").click()
    page.wait_for_url(re.compile("far_from_site"))


def test_the_map_shows_site_and_fix_and_the_photo_zooms(world, open_desk):
    page = open_desk(query="&signal=far_from_site")
    expect(page.locator("#map svg")).to_be_visible()
    expect(page.locator("#facts")).to_contain_text(re.compile(r"距点位\s*(29|30)\d 米"))
    width = page.locator("#picture").bounding_box()["width"]
    page.keyboard.press("z")
    wait_until(page, lambda: page.locator("#picture").bounding_box()["width"] > width * 1.2, 5, "the photo is larger")


def test_a_thumb_does_it_on_a_phone(world, open_desk):
    page = open_desk(viewport=PHONE, has_touch=True, is_mobile=True)
    for button, said in (("#confirm", "11"), ("#confirm", "10")):
        box = page.locator(button).bounding_box()
        assert box["y"] + box["height"] <= PHONE["height"]
        assert box["height"] >= 44
        page.locator(button).tap()
        expect(page.locator("#left")).to_have_text(said)
    page.locator("#reject").tap()
    page.locator("#reason").fill("照片与测评项不符")
    page.locator("#reason-form button.button-primary").tap()
    expect(page.locator("#left")).to_have_text("9")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    wait_until(page, lambda: len(reviews(world)) == 3, 10, "all are saved")


@pytest.mark.parametrize("address", [1], indirect=True)
def test_a_photo_is_turned_by_key_or_thumb_and_turned_back(open_desk):
    page = open_desk()
    picture = page.locator("#picture")
    page.keyboard.press("r")
    expect(picture).to_have_attribute("src", re.compile("t1$"))
    page.keyboard.press("Shift+R")
    expect(picture).not_to_have_attribute("src", re.compile("t1$"))
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator("#turn").click()
    expect(picture).to_have_attribute("src", re.compile("t1$"))
    page.keyboard.press("u")
    expect(picture).not_to_have_attribute("src", re.compile("t1$"))


@pytest.mark.parametrize("address", [1], indirect=True)
def test_times_are_the_citys_wherever_the_desk_stands(open_desk):
    page = open_desk(timezone_id="America/New_York")
    # Taken at 02:30 UTC: what the caption below the photo says.
    expect(page.locator("#facts")).to_contain_text("2026/11/23 10:30:00")


@pytest.mark.parametrize("address", [1], indirect=True)
def test_no_button_lies_over_those_that_decide(open_desk):
    page = open_desk(viewport=PHONE, has_touch=True, is_mobile=True)
    bar = page.locator("#reject").bounding_box()
    # With the turn's button where the bar is, as it may come to stand while one scrolls.
    page.evaluate("y => scrollBy(0, document.querySelector('#turn').getBoundingClientRect().y - y)", bar["y"])
    turn = page.locator("#turn").bounding_box()
    left, top = (max(bar[side], turn[side]) for side in ("x", "y"))
    right, bottom = (
        min(one[side] + one[size] for one in (bar, turn)) for side, size in (("x", "width"), ("y", "height"))
    )
    assert left < right, "they do not meet: the test shows nothing"
    assert top < bottom, "they do not meet: the test shows nothing"
    middle = [(left + right) / 2, (top + bottom) / 2]
    assert page.evaluate("([x, y]) => document.elementFromPoint(x, y)?.closest('button')?.id", middle) == "reject"


def test_whoever_comes_back_from_a_photos_own_page_goes_on_where_they_were(open_desk):
    page = open_desk()
    for _ in range(4):
        page.keyboard.press("j")
    expect(page.locator("#position")).to_have_text(re.compile("^5 / 12"))
    picture = page.locator("#picture").get_attribute("src")
    page.locator("#page").click()
    page.wait_for_url("**/inspections/*")
    page.go_back()
    expect(page.locator("#position")).to_have_text(re.compile("^5 / 12"))
    expect(page.locator("#picture")).to_have_attribute("src", str(picture))
    with kept_by_server(page):
        page.keyboard.press("c")
        expect(page.locator("#position")).to_have_text(re.compile("^6 / 12"))
    wait_until(page, lambda: page.evaluate("history.state?.left?.at") == 5, 10, "the place is noted")
    page.reload()
    # The one that is decided is in the list no more, so the shown one has its number.
    expect(page.locator("#position")).to_have_text(re.compile("^5 / 11"))
    expect(page.locator("#picture")).not_to_have_attribute("src", str(picture))


@pytest.mark.parametrize("address", [1], indirect=True)
def test_on_a_phone_what_went_wrong_is_said_in_sight(open_desk):
    page = open_desk(viewport=PHONE, has_touch=True, is_mobile=True)
    page.locator("#turn").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('#turn').scrollIntoView({ block: 'center' })")
    assert page.evaluate("scrollY") > 50
    page.context.set_offline(True)
    page.locator("#turn").tap()
    expect(page.locator("#desk-message")).to_contain_text("网络不通")
    expect(page.locator("#desk-message")).to_be_in_viewport(ratio=1)
