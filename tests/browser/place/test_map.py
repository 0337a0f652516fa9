"""The map of a week without tiles: layers, shapes of states, gathering from 500 marks up, the week slider, keys."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from inspect_app.services.place.register import area_tree
from tests.areas import keep_area_outline
from tests.browser.conftest import DESK, PHONE
from tests.browser.phone import HeldAnswers, let_in, sign_in
from tests.sites import import_sites
from tests.web.place.test_map import EARLIER, inspected
from tests.world import STREET, WEEK, World

pytestmark = pytest.mark.browser
SQUARE = [[112.23, 30.30], [112.26, 30.30], [112.26, 30.33], [112.23, 30.33], [112.23, 30.30]]


def many_sites(world: World, count: int) -> None:
    rows = ["code,name,type,area,lat,lon,accuracy_m"]
    rows += [
        f"m-{at},点位{at},public-toilet,{STREET},{30.3 + at % 29 / 1e3:.5f},{112.2 + at // 29 / 1e3:.5f},5"
        for at in range(count)
    ]
    assert import_sites(world.services.store, "\n".join(rows), world.services.library.current) == count


def opened(
    world: World, serve: Callable, open_browser: Callable[..., BrowserContext], size: dict[str, int] = DESK
) -> Page:
    world.services.store.close()
    address = serve(world.data).address
    page = open_browser(size).new_page()
    let_in(page, address, "supervisor")
    page.goto(f"{address}/map/?week={WEEK}")
    page.wait_for_selector("html.scripted")
    return page


def test_areas_sites_rings_and_findings_are_drawn_on_a_plain_ground(world, serve, open_browser):
    street = area_tree(world.services.store).get(STREET)
    assert street
    keep_area_outline(world.services.store, street, {"type": "Polygon", "coordinates": [SQUARE]})
    for number, decision in enumerate(("", "confirmed", "rejected")):
        inspected(world, decision=decision, lat=30.31 + number / 500, lon=112.245, accuracy_m=8.0)
    page = opened(world, serve, open_browser)
    expect(page.locator(".ground-plain")).to_be_visible()
    expect(page.locator(".leaflet-tile")).to_have_count(0)
    expect(page.locator(".area-name")).to_have_text(street.name)
    expect(page.locator(".finding-mark .mark-open")).to_have_count(1)
    expect(page.locator(".finding-mark .mark-confirmed")).to_have_count(1)
    expect(page.locator(".finding-mark .mark-rejected")).to_have_count(0)
    page.get_by_text("已驳回").click()
    expect(page.locator(".finding-mark .mark-rejected")).to_have_count(1)
    page.get_by_text("区域").click()
    expect(page.locator(".area-name")).to_have_count(0)
    shapes = page.evaluate(
        """() => ["open", "confirmed", "rejected"].map((state) => {
            const style = getComputedStyle(document.querySelector(`.map-legend .mark-${state}`));
            return `${style.clipPath} ${style.borderRadius}`;
        })"""
    )
    assert len(set(shapes)) == 3, "the states can be told apart without colours"


def test_a_finding_is_opened_by_keys_and_leads_to_its_inspection(world, serve, open_browser):
    id = inspected(world, lat=30.312, lon=112.245, accuracy_m=8.0)
    page = opened(world, serve, open_browser)
    mark = page.locator(".finding-mark")
    expect(mark).to_have_attribute("title", re.compile("待复核.*zebra-crossing点位"))
    mark.focus()
    page.keyboard.press("Enter")
    popup = page.locator(".leaflet-popup")
    expect(popup).to_contain_text("±8米")
    expect(popup.locator("img")).to_have_js_property("complete", True)
    popup.locator("a", has_text="标线").or_(popup.locator(".told-title a")).first.click()
    page.wait_for_url(re.compile(f"/inspections/{id}"))


def test_several_findings_at_one_place_are_one_mark_with_their_number(world, serve, open_browser):
    for decision in ("confirmed", "", ""):
        inspected(world, decision=decision)
    page = opened(world, serve, open_browser)
    expect(page.locator(".finding-mark")).to_have_count(1)
    expect(page.locator(".finding-mark b")).to_have_text("3")
    expect(page.locator(".finding-mark .mark-open")).to_be_visible()
    page.locator(".finding-mark").click()
    expect(page.locator(".told-finding")).to_have_count(3)


@pytest.mark.parametrize(("count", "gathered"), [(400, False), (600, True)])
def test_from_500_marks_up_they_are_gathered(world, serve, open_browser, count: int, gathered: bool):
    many_sites(world, count)
    page = opened(world, serve, open_browser)
    expect(page.locator("[data-count=sites]")).to_have_text(str(count + len(world.checklists)))
    if not gathered:
        assert page.locator(".cluster").count() == 0
        return
    expect(page.locator(".cluster").first).to_be_visible()
    numbers = [int(text) for text in page.locator(".cluster").all_inner_texts()]
    assert sum(numbers) > count / 2
    zoom = "() => document.querySelector('.leaflet-control-zoom-in').click()"
    for _ in range(9):
        page.evaluate(zoom)
        page.wait_for_timeout(300)
    assert page.locator(".cluster").count() < len(numbers)


def test_the_week_slider_changes_findings_and_the_address(world, serve, open_browser):
    inspected(world)
    for _ in range(2):
        inspected(world, weeks_ago=1, decision="confirmed")
    page = opened(world, serve, open_browser)
    expect(page.locator("[data-count=open]")).to_have_text("1")
    page.locator("#week").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#week-title")).to_contain_text("第47周")
    expect(page.locator("[data-count=confirmed]")).to_have_text("2")
    expect(page.locator("[data-count=open]")).to_have_text("0")
    expect(page.locator(".finding-mark .mark-confirmed")).to_have_count(1)
    assert f"week={EARLIER}" in page.url
    page.locator("#later").click()
    expect(page.locator("[data-count=open]")).to_have_text("1")
    page.reload()
    page.wait_for_selector("html.scripted")
    expect(page.locator("#week-title")).to_contain_text("第48周")


def test_a_lost_network_is_said_and_what_was_shown_stays(world, serve, open_browser):
    inspected(world, weeks_ago=1)
    inspected(world)
    page = opened(world, serve, open_browser, PHONE)
    expect(page.locator(".finding-mark")).to_have_count(1)
    page.context.set_offline(True)
    page.locator("#earlier").click()
    expect(page.locator("#problem")).to_contain_text("连不上服务器")
    page.context.set_offline(False)
    page.locator("#later").click()
    page.locator("#earlier").click()
    expect(page.locator("#problem")).to_be_hidden()
    expect(page.locator("#state")).to_contain_text("显示 1 项问题")


def test_a_place_on_the_map_can_be_passed_on_as_a_link(world, serve, open_browser):
    page = opened(world, serve, open_browser)
    page.locator(".leaflet-control-zoom-out").click()
    expect(page).to_have_url(re.compile(r"#\d+/30\.\d+/112\.\d+$"))
    there = page.url
    again = page.context.new_page()
    again.goto(there)
    again.wait_for_selector("html.scripted")
    again.locator(".leaflet-control-zoom-in").click()
    zoom = int(re.findall(r"#(\d+)/", there)[0])
    expect(again).to_have_url(re.compile(rf"#{zoom + 1}/30\.\d+/112\.\d+$"))


def test_a_stretch_chosen_while_the_first_week_is_read_stays(world, serve, open_browser):
    inspected(world, lat=30.31, lon=112.245, accuracy_m=8.0)
    world.services.store.close()
    address = serve(world.data).address
    page = open_browser(DESK).new_page()
    sign_in(page, address, "supervisor")
    answers = HeldAnswers(page, re.compile(r"findings\S*\?week="), "GET")
    page.goto(f"{address}/map/?week={WEEK}")
    answers.wait_for(1)
    page.locator("#map").focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(600)
    answers.end()
    page.wait_for_selector("html.scripted")
    expect(page.locator("#state")).to_contain_text("显示 1 项问题")
    page.locator("#map").focus()
    page.keyboard.press("+")
    page.wait_for_url(re.compile("#"))
    zoom = int(page.url.split("#")[1].split("/")[0])
    assert zoom < 10, "it would be that of the one street with findings"
