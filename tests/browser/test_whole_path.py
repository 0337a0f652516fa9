"""The whole path: an inspector's phone, the supervisor's desk, the week's index. Real server, real Chromium."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from inspect_app.services import open_services
from tests.browser.conftest import DESK, PHONE
from tests.world import PASSWORD, World, photo

pytestmark = pytest.mark.browser
SITE = {"latitude": 30.3106, "longitude": 112.2413, "accuracy": 9}


def sign_in(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/login")
    page.get_by_label("账号").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(re.compile(r"^(?!.*/login)"))


def assert_taps_were_sent(world: World) -> None:
    """When each item was first answered: all of them, in the order of the taps, since the form was opened."""
    services = open_services(world.settings)
    document = services.store.find("inspections")[0].document
    services.store.close()
    taps = document["taps"]
    assert document["counting"] == "shown"
    assert set(taps) == {item["item_id"] for item in document["items"]}
    in_order = ["yielding", "red-light", "own-lane", "parking", "guardrail", "jam", "barrier-free", "markings"]
    assert [taps[name] for name in in_order] == sorted(taps[name] for name in in_order)
    assert 0 < taps["yielding"] < taps["volunteers"] < 120_000


def test_an_inspector_counts_a_crossing_and_the_city_sees_the_score(world: World, serve, open_browser, tmp_path: Path):
    """Zebra crossing: 14 of 20 vehicles yield (5 of 5 buses, 3 of 5 taxis, 6 of 10 others), markings fail, two photos.

    Weights: yielding 30, red-light 15, own-lane 10, parking 10, jam 5, markings 10, guardrail 5, barrier-free 5; the
    volunteers (10) do not apply. Points: 30 × 14/20 = 21, markings 0, all others full: 15 + 10 + 10 + 5 + 5 + 5 = 50.
    100 × (21 + 50) / (30 + 15 + 10 + 10 + 5 + 10 + 5 + 5) = 100 × 71 / 90 = 78.888… → 78.89
    """
    world.services.store.close()
    server = serve(world.data)
    pictures = []
    for number in range(2):
        path = tmp_path / f"IMG_{number}.jpg"
        path.write_bytes(photo(100 + number, (1600, 1200)))
        pictures.append(path)

    phone = open_browser(PHONE, geolocation=SITE, permissions=["geolocation"], has_touch=True, is_mobile=True)
    page = phone.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    sign_in(page, server.address, "inspector")
    page.get_by_text("zebra-crossing点位", exact=True).click()

    item = page.locator("[data-item='yielding']")
    for kind, yes, no in [("bus", 5, 0), ("taxi", 3, 2), ("other", 6, 5)]:
        for button, times in (("count-yes", yes), ("count-no", no)):
            for _ in range(times):
                item.locator(f".tally-class[data-class='{kind}'] .{button}").tap()
    item.locator(".tally-undo").tap()
    expect(item.locator(".tally-rate")).to_contain_text("70")
    item.locator("input.camera").set_input_files(pictures[0])
    for name in ("red-light", "own-lane", "parking", "guardrail"):
        page.locator(f"#item-{name} .none-found").tap()
    for name, answer in [("jam", "pass"), ("barrier-free", "pass"), ("markings", "fail"), ("volunteers", "na")]:
        page.locator(f"#item-{name} .choice-{answer}").tap()
    page.locator("#item-markings input.gallery").set_input_files(pictures)
    page.locator("#submit").tap()
    page.wait_for_url(re.compile(r"/inspections/"))
    expect(page.locator("body")).to_contain_text("78.89")
    assert faults == []
    assert_taps_were_sent(world)

    desk = open_browser(DESK)
    page = desk.new_page()
    sign_in(page, server.address, "supervisor")
    expect(page.locator("body")).to_contain_text("zebra-crossing点位")
    thumbnails = page.locator(".card img")
    expect(thumbnails).to_have_count(3)
    for number in range(3):
        thumbnails.nth(number).scroll_into_view_if_needed()
        expect(thumbnails.nth(number)).to_have_js_property("complete", True)
        assert thumbnails.nth(number).evaluate("image => image.naturalWidth") == 320
    expect(page.locator(".card").first).to_contain_text("30.31060, 112.24130 ±9米")
    page.goto(f"{server.address}/index/")
    expect(page.locator("body")).to_contain_text("中山街道")
    expect(page.locator("body")).to_contain_text("78.89")
