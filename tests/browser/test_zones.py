"""The distance to a school's boundary on the phone: as the server measures it, and as the inspector sees it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from playwright.sync_api import expect

from inspect_app.domain.outlines import outline_distance_m, outline_to_json, parse_outline
from inspect_app.services.places import find_site, keep_site
from tests.browser.phone import answer_all, arrived, open_form, sign_in, wait_until
from tests.browser.test_modules import run
from tests.browser.test_position_rules import page  # noqa: F401
from tests.domain.test_outlines import moved, schools
from tests.faults import BadLine
from tests.world import World

pytestmark = pytest.mark.browser
LAT, LON = 30.3105, 112.2412


@settings(max_examples=60, deadline=None)
@given(school=schools(), azimuth=st.floats(0, 360), metres=st.floats(0, 1500))
def test_the_phone_measures_as_the_server_does(page, school, azimuth, metres):  # noqa: F811
    outline, lat, lon = school
    here = moved(lat, lon, azimuth, metres)
    assume(outline_distance_m(outline, *here) < 5000)  # the strategy's stand-in for a bad outline is elsewhere
    found = run(
        page,
        "zones/outline.js",
        "m.outlineDistance(a[0], a[1])",
        [outline_to_json(outline), {"lat": here[0], "lon": here[1]}],
    )
    assert found == pytest.approx(outline_distance_m(outline, *here), abs=0.05)


@pytest.fixture
def world(tmp_path) -> World:
    """A school whose northern boundary runs through LAT."""
    world = World.made_in(tmp_path / "data")
    ring = [[LON - 0.001, LAT - 0.002], [LON + 0.001, LAT - 0.002], [LON + 0.001, LAT], [LON - 0.001, LAT]]
    outline = parse_outline({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}, "x")
    site = find_site(world.services.store, "school-perimeter-1")
    assert site
    assert not isinstance(outline, list)
    keep_site(world.services.store, replace(site, outline=outline))
    world.services.store.close()
    return world


@pytest.mark.parametrize(("metres", "accuracy", "answer"), [(150, 8, "内"), (205, 20, "疑似"), (260, 10, "外")])
def test_premises_are_measured_from_the_boundary_on_the_spot_and_on_the_server(
    world: World, line: BadLine, take_phone, metres, accuracy, answer
):
    phone = take_phone()
    page = phone.open()  # noqa: F811
    there = Geodesic.WGS84.Direct(LAT, LON, 0, metres)
    phone.context.set_geolocation({"latitude": there["lat2"], "longitude": there["lon2"], "accuracy": accuracy})
    sign_in(page, line.address)
    open_form(page, line.address, "school-perimeter-1")
    expect(page.locator("#fix-state")).to_contain_text(f"±{accuracy}米")
    answer_all(page)
    item = page.locator("#item-banned-premises")
    item.locator(".premises-add").tap()
    item.locator(".premises select").select_option("internet-cafe")
    shown = item.locator(".premises-distance")
    expect(shown).to_contain_text(f"距点位边界 {metres}±")
    expect(shown).to_contain_text(f"（{answer}")
    if answer != "外":
        item.locator(".no-photo input").fill("现场禁止拍照")
    page.locator("#submit").tap()
    wait_until(page, lambda: len(arrived(world)) == 1, 20, "it has arrived")
    (stored,) = world.app().extensions["inspect"].store.find("inspections")
    score = next(one for one in stored.document["items"] if one["item_id"] == "banned-premises")
    assert f"{metres}±" in score["detail"]
    assert answer in score["detail"]
    assert score["state"] == ("uncertain" if answer == "疑似" else "scored")
