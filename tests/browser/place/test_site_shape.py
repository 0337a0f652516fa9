"""Drawing a school's outline on a map without tiles; then a phone measures from it, as the server does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from geographiclib.geodesic import Geodesic
from playwright.sync_api import BrowserContext, Page, expect

from inspect_app.services.place.register import find_site
from inspect_app.services.place.sites_changing import find_with_revision
from tests.browser.conftest import DESK, PHONE
from tests.browser.phone import HeldAnswers, answer_all, arrived, let_in, open_form, wait_until
from tests.browser.standing import stand
from tests.conftest import ServerProcess
from tests.faults import BadLine
from tests.world import HERE, World

pytestmark = pytest.mark.browser
SITE = "school-perimeter-1"


@pytest.fixture
def page(server: ServerProcess, open_browser: Callable[..., BrowserContext]) -> Page:
    page = open_browser(DESK).new_page()
    let_in(page, server.address, "administrator")
    return page


def open_shape(page: Page, address: str) -> None:
    page.goto(f"{address}/admin/sites/{SITE}/shape")
    page.wait_for_function("() => document.documentElement.classList.contains('scripted')")


def tap(page: Page, east: float, north: float) -> None:
    """Tap the map so many screen pixels from its middle."""
    box = page.locator("#map").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2 + east, box["y"] + box["height"] / 2 - north)


def save(page: Page) -> None:
    page.locator("#save").click()
    expect(page.locator("#state")).to_have_text("已保存")


def kept(world: World) -> Any:
    site = find_site(world.services.store, SITE)
    assert site
    return site


def draw(page: Page, *points: tuple[float, float]) -> None:
    page.get_by_role("button", name="画边界").click()
    for point in points:
        tap(page, *point)
    page.get_by_role("button", name="画完").click()


@pytest.mark.parametrize(("metres", "accuracy", "answer"), [(150, 8, "内"), (205, 20, "疑似")])
def test_a_school_drawn_on_the_map_is_what_phones_measure_from(
    world: World, server: ServerProcess, open_browser, metres: float, accuracy: float, answer: str
):
    desk = open_browser(DESK).new_page()
    let_in(desk, server.address, "administrator")
    open_shape(desk, server.address)
    draw(desk, (-120, 80), (120, 80), (120, -80), (-120, -80))
    expect(desk.locator("#facts")).to_contain_text("边界 4 点")
    save(desk)
    north = max(lat for _, lat in kept(world).outline.coordinates[0])
    phone = open_browser(PHONE, has_touch=True, permissions=["geolocation"], service_workers="block")
    page = phone.new_page()
    stand(phone, north, HERE["lon"], metres, accuracy)
    let_in(page, server.address)
    open_form(page, server.address, SITE)
    expect(page.locator("#fix-state")).to_contain_text(f"±{accuracy}米")
    answer_all(page)
    item = page.locator("#item-banned-premises")
    item.locator(".premises-add").tap()
    item.locator(".premises select").select_option("internet-cafe")
    expect(item.locator(".premises-distance")).to_contain_text(f"距点位边界 {metres}±{accuracy + 5}米（{answer}")
    item.locator(".no-photo input").fill("现场禁止拍照")
    page.locator("#submit").tap()
    wait_until(page, lambda: len(arrived(world)) == 1, 20, "it has arrived")
    (stored,) = world.services.store.find("inspections")
    score = next(one for one in stored.document["items"] if one["item_id"] == "banned-premises")
    assert f"{metres}±{accuracy + 5}米（{answer}" in score["detail"]


def test_points_are_moved_put_in_and_taken_out_with_the_keyboard_too(world: World, server: ServerProcess, page: Page):
    open_shape(page, server.address)
    draw(page, (-100, 60), (100, 60), (0, -60))
    corner = page.locator(".handle-corner").first
    corner.focus()
    page.keyboard.press("Enter")
    expect(corner).to_have_class(re.compile("handle-selected"))
    save(page)
    before = kept(world).outline.coordinates[0]
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowRight")
    save(page)
    after = kept(world).outline.coordinates[0]
    moved = Geodesic.WGS84.Inverse(before[0][1], before[0][0], after[0][1], after[0][0])
    assert moved["s12"] == pytest.approx((3**2 + 10**2) ** 0.5, abs=0.05)
    page.locator(".handle-middle").first.click()
    expect(page.locator("#facts")).to_contain_text("边界 4 点")
    page.keyboard.press("Delete")
    expect(page.locator("#facts")).to_contain_text("边界 3 点")
    page.keyboard.press("Control+z")
    expect(page.locator("#facts")).to_contain_text("边界 4 点")


def test_an_outline_that_crosses_itself_is_refused_and_stays_on_the_page(
    world: World, server: ServerProcess, page: Page
):
    open_shape(page, server.address)
    draw(page, (-100, 60), (100, -60), (100, 60), (-100, -60))
    page.locator("#save").click()
    expect(page.locator("#problem")).to_contain_text("相交")
    expect(page.locator("#facts")).to_contain_text("边界 4 点")
    assert kept(world).outline is None
    page.locator("#undo").click()
    draw(page, (-100, 60), (100, 60), (100, -60), (-100, -60))
    save(page)
    assert kept(world).outline is not None


def test_of_two_who_draw_at_the_same_time_the_second_is_told(world: World, server: ServerProcess, page: Page):
    other = page.context.new_page()
    for one in (page, other):
        open_shape(one, server.address)
        one.get_by_role("button", name="加大门").click()
        tap(one, 60, 0)
    save(page)
    other.locator("#save").click()
    expect(other.locator("#problem")).to_contain_text("刚被别人修改过")
    found = find_with_revision(world.services.store, SITE)
    assert found
    assert len(found[0].gates) == 1


def test_without_the_network_nothing_is_said_to_be_saved_and_the_drawing_stays(
    world: World, line: BadLine, open_browser
):
    page = open_browser(DESK).new_page()
    let_in(page, line.address, "administrator")
    open_shape(page, line.address)
    page.locator("[data-tool=place]").click()
    tap(page, 80, 0)
    line.network_off()
    page.locator("#save").click()
    expect(page.locator("#problem")).to_contain_text("连不上服务器")
    line.network_on()
    save(page)
    assert kept(world).place.lon > HERE["lon"]


def test_what_is_drawn_while_the_answer_is_under_way_stays_and_is_not_said_to_be_saved(
    world: World, server: ServerProcess, page: Page
):
    open_shape(page, server.address)
    draw(page, (-100, 60), (100, 60), (100, -60), (-100, -60))
    answers = HeldAnswers(page, re.compile("/shape$"))
    page.locator("#save").click()
    answers.wait_for(1)
    page.get_by_role("button", name="加大门").click()
    tap(page, 60, 0)
    answers.end()
    expect(page.locator("#state")).to_have_text("已保存，之后的改动还没有保存")
    expect(page.locator("#facts")).to_contain_text("大门 1 个")
    assert len(kept(world).gates) == 0
    save(page)
    assert len(kept(world).gates) == 1


def test_a_point_in_the_hand_is_not_taken_out_of_it_by_an_answer(world: World, server: ServerProcess, page: Page):
    open_shape(page, server.address)
    draw(page, (-100, 60), (100, 60), (100, -60), (-100, -60))
    answers = HeldAnswers(page, re.compile("/shape$"))
    page.locator("#save").click()
    answers.wait_for(1)
    box = page.locator(".handle-corner").first.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y + 20, steps=3)
    answers.end()
    expect(page.locator("#state")).to_have_text("已保存")
    before = kept(world).outline.coordinates[0][0]
    page.mouse.move(x + 60, y + 40, steps=3)
    page.mouse.up()
    expect(page.locator("#save")).to_be_enabled()
    save(page)
    after = kept(world).outline.coordinates[0][0]
    assert after[0] > before[0]
    assert after[1] < before[1]
