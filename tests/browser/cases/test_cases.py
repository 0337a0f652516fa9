"""A case through every state: a supervisor at a desk, a unit and an inspector on phones. Real server, real Chromium."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from inspect_app.collections.cases.case import CASES
from inspect_app.domain.cases.life_cycle import State
from inspect_app.services import open_services
from tests.browser.conftest import DESK, PHONE
from tests.browser.phone import let_in
from tests.browser.test_whole_path import SITE
from tests.world import BUREAU, World, photo

pytestmark = pytest.mark.browser
ON_THE_STREET = {"geolocation": SITE, "permissions": ["geolocation"], "has_touch": True, "is_mobile": True}
# Nothing is done without a network here.
ONLINE = {"service_workers": "block"}
NUMBER = f"{datetime.now(ZoneInfo('Asia/Shanghai')).year}-00001"


def test_three_browsers_walk_a_case_through_every_state(world: World, serve, open_browser, tmp_path: Path):
    unit_id = world.unit(BUREAU)
    world.services.store.close()
    address = serve(world.data).address
    pictures = [tmp_path / f"IMG_{number}.jpg" for number in range(4)]
    for number, path in enumerate(pictures):
        path.write_bytes(photo(200 + number, (1200, 900)))
    faults: list[str] = []
    phone = opened(open_browser(PHONE, **ON_THE_STREET, **ONLINE), address, "inspector", faults)
    desk = opened(open_browser(DESK, **ONLINE), address, "supervisor", faults)
    unit = opened(open_browser(PHONE, **ON_THE_STREET, **ONLINE), address, "unit", faults)
    seen: set[str] = set()

    def state(expected: State) -> None:
        """What all three would find, asked of the store."""
        (kept, *_) = [one for one in stored_cases(world) if one.id == NUMBER]
        assert kept.value.state == expected
        seen.add(expected)

    inspect(phone, address, pictures[0])
    confirm_and_file(desk, address)
    expect(desk.locator("h1")).to_have_text(re.compile("斑马线、信号灯、标识标线不清晰或损坏"))
    expect(desk.locator("main")).to_contain_text(REMARK)
    state(State.FILED)

    def office(act: str, **fields: str) -> None:
        desk.goto(f"{address}/cases/{NUMBER}")
        form = desk.locator(f"form[action$='/{act}']")
        if not form.is_visible():
            desk.locator("details.act-more", has=form).locator("summary").click()
        for name, value in fields.items():
            field = form.locator(f"[name={name}]")
            field.select_option(value) if name == "unit" else field.fill(value)
        with desk.expect_navigation():
            form.get_by_role("button").click()
        expect(desk.locator(".problems")).to_have_count(0)

    def unit_opens() -> None:
        unit.goto(f"{address}/unit/cases/{NUMBER}")

    def unit_asks(summary: str, button: str, **fields: str) -> None:
        unit_opens()
        more = unit.locator("details", has_text=summary)
        more.locator("summary").tap()
        for name, value in fields.items():
            more.locator(f"[name={name}]").fill(value)
        with unit.expect_navigation():
            more.get_by_role("button", name=button).tap()

    def unit_reports(picture: Path) -> None:
        unit_opens()
        unit.wait_for_selector("html.scripted")
        expect(unit.locator("#fix-state")).to_contain_text("±")
        unit.locator("input.camera").set_input_files(picture)
        expect(unit.locator("#photo-count")).to_have_text("照片 1 张")
        unit.locator("#submit").tap()
        expect(unit.locator("header.panel .badge").first).to_have_text("待核查")

    office("dispatch", unit=unit_id, deadline="2099-01-04T18:00")
    state(State.DISPATCHED)
    unit_asks("不归本单位管", "退回", reason="先给区里")
    expect(unit.get_by_role("heading", name="没有待办的整改件")).to_be_visible()
    state(State.FILED)
    office("dispatch", unit=unit_id, deadline="2099-01-04T18:00")
    unit.goto(f"{address}/unit/")
    expect(unit.locator(".unit-card")).to_have_count(1)
    unit.get_by_role("button", name="接收").tap()
    expect(unit.locator("header.panel .badge").first).to_have_text("处置中")
    state(State.ACCEPTED)
    unit_asks("申请延期", "提交申请", deadline="2099-01-08T18:00", reason="等配件到货")
    desk.goto(f"{address}/cases/?view=asked")
    desk.get_by_role("link", name="标识标线不清晰").click()
    expect(desk.locator("body")).to_contain_text("申请延期到 2099-01-08 18:00")
    office("grant", deadline="2099-01-07T18:00")
    unit_opens()
    expect(unit.locator("header.panel")).to_contain_text("2099-01-07 18:00")
    office("suspend", reason="路口施工")
    state(State.SUSPENDED)
    office("resume", deadline="2099-01-12T18:00")
    unit_opens()
    with unit.expect_navigation():
        unit.get_by_role("button", name="接收").tap()
    unit_reports(pictures[1])
    state(State.HANDLED)

    desk.goto(f"{address}/cases/{NUMBER}")
    slide(desk)
    office("send_back", reason="标线仍不清楚", deadline="2099-01-14T18:00")
    state(State.ACCEPTED)
    unit_opens()
    expect(unit.locator("body")).to_contain_text("标线仍不清楚")
    unit_reports(pictures[2])
    office("recheck")
    phone.goto(f"{address}/field/")
    expect(phone.get_by_role("heading", name="复查")).to_be_visible()
    inspect(phone, address, None)
    desk.goto(f"{address}/cases/{NUMBER}")
    expect(desk.locator("section", has_text="复查").last).to_contain_text("合格")
    office("close", reason="已补画")
    state(State.CLOSED)
    office("reopen", reason="又磨没了", deadline="2099-02-01T18:00")
    office("suspend", reason="等统一施工")
    office("cancel", reason="并入大修")
    state(State.CANCELLED)
    assert seen == set(State)
    unit.goto(f"{address}/unit/")
    expect(unit.locator(".unit-card")).to_have_count(0)
    assert faults == []


def opened(context: BrowserContext, address: str, name: str, faults: list[str]) -> Page:
    let_in(page := context.new_page(), address, name)
    page.on("pageerror", lambda error: faults.append(f"{name}: {error}"))
    return page


REMARK = "东口斑马线\n磨得看不清"


def inspect(page: Page, address: str, failing: Path | None) -> None:
    """Inspect the crossing: the markings fail with a photo, or are fine as all the rest."""
    page.goto(f"{address}/field/sites/zebra-crossing-1")
    page.wait_for_selector("html.scripted")
    page.locator("#item-yielding .choice-na").tap()
    if failing:
        page.locator("#item-markings .choice-fail").tap()
        page.locator("#item-markings input.camera").set_input_files(failing)
        page.locator("#item-markings summary", has_text="备注").tap()
        page.locator("#item-markings textarea").fill(REMARK)
    page.locator("#rest").tap()
    page.get_by_role("button", name="都合格", exact=True).tap()
    page.locator("#submit").tap()
    page.wait_for_url(re.compile(r"/inspections/"))


def confirm_and_file(page: Page, address: str) -> None:
    page.goto(f"{address}/review/inspections")
    page.get_by_role("link", name="zebra-crossing点位").click()
    with page.expect_navigation():
        page.get_by_role("button", name="确认问题").click()
    page.goto(f"{address}/cases/unfiled")
    page.locator("select[name^=unit]").select_option("")
    description, take = page.locator("input[name^=description]"), page.locator(".take-note")
    titled = description.input_value()
    taken = f"{titled}：{REMARK.replace(chr(10), ' ')}"
    for button, text in (
        ("采用备注", taken),
        ("去掉备注", titled),
        ("采用备注", taken),
    ):
        expect(take).to_have_text(button)
        take.click()
        expect(description).to_have_value(text)
    page.get_by_role("button", name="立案").click()
    page.wait_for_url(re.compile(r"/cases/20[0-9]{2}-"))


def slide(page: Page) -> None:
    """Left of the handle is before, right of it after: as far as the range says."""
    figure = page.locator("[data-compare]")
    figure.scroll_into_view_if_needed()
    expect(figure).to_contain_text("距点位")
    for value, inset in (("0", "0px 0px 0px 0%"), ("75", "0px 0px 0px 75%")):
        figure.locator("input").fill(value)
        clip = figure.locator(".compare-after").evaluate("one => getComputedStyle(one).clipPath")
        assert inset.replace("0px 0px 0px ", "") in clip, clip


def stored_cases(world: World) -> list:
    services = open_services(world.settings)
    found = CASES.find(services.store)
    services.store.close()
    return found
