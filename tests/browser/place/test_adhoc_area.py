"""The area of an ad-hoc report, proposed by outlines where there is a line (without one: test_adhoc)."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from inspect_app.services.place.area_outlines import preview_outlines, take_outlines
from tests.browser.phone import POSITION, let_in, ready_offline
from tests.domain.place.areas_drawn import B, C, collection, feature, rectangle
from tests.faults import BadLine
from tests.sites import keep_only
from tests.world import NOW, World

pytestmark = pytest.mark.browser
LON, LAT = POSITION["longitude"], POSITION["latitude"]


def draw(world: World, **rectangles: dict[str, Any]) -> None:
    content = collection(*(feature(geometry, code=code.lstrip("_")) for code, geometry in rectangles.items()))
    preview = preview_outlines(world.services, content, "街道.geojson")
    assert take_outlines(world.services, "命令行", preview, "街道.geojson", NOW) == len(rectangles)


def open_report(page: Page, address: str) -> None:
    page.goto(f"{address}/field/adhoc")
    page.wait_for_selector("html.scripted")


def test_the_outline_stands_before_the_nearest_site_and_the_inspector_before_both(
    world: World, line: BadLine, take_phone
):
    """All sites are in street A; the phone stands in the outline of B."""
    draw(world, **{f"_{B}": rectangle(LON - 0.01, LAT - 0.01, LON + 0.01, LAT + 0.01)})
    keep_only(world.services.store, "public-toilet-1")
    page = take_phone().open()
    let_in(page, line.address)
    ready_offline(page, line.address, forms=1)
    open_report(page, line.address)
    expect(page.locator("#area")).to_have_value(B)
    expect(page.locator("#area-hint")).to_have_text("按定位在「沙市区 崇文街道」内，请核对")
    page.locator("#area").select_option(C)
    with page.expect_response("**/api/v1/areas/at?*"):
        page.context.set_geolocation({**POSITION, "latitude": LAT + 0.001})
    page.wait_for_timeout(300)
    expect(page.locator("#area")).to_have_value(C)
    expect(page.locator("#area-hint")).to_be_empty()


def test_near_a_border_both_streets_are_named(world: World, line: BadLine, take_phone):
    """4.8 m east of the border between B and C, known to 9 m."""
    border = LON - 0.00005
    draw(
        world,
        **{
            f"_{B}": rectangle(border - 0.02, LAT - 0.01, border, LAT + 0.01),
            f"_{C}": rectangle(border, LAT - 0.01, border + 0.02, LAT + 0.01),
        },
    )
    keep_only(world.services.store, "public-toilet-1")
    page = take_phone().open()
    let_in(page, line.address)
    ready_offline(page, line.address, forms=1)
    open_report(page, line.address)
    expect(page.locator("#area-hint")).to_have_text("离边界太近，可能在「解放街道」或「崇文街道」（5米），请核对")
    expect(page.locator("#area")).to_have_value(C)
