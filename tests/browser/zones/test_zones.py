"""The distance to a school's boundary on the phone: as the server measures it, and as the inspector sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import BrowserContext, expect

from inspect_app.domain.place.outlines import Ground, outline_distance_m, outline_to_json, parse_outline
from inspect_app.domain.place.positions import Place
from inspect_app.domain.zones.judging import MEASURES, WALK_ERROR, Walk, judge_distance
from inspect_app.domain.zones.walks import track_walk
from inspect_app.services.place.register import find_site
from tests.browser.conftest import PHONE
from tests.browser.phone import answer_all, arrived, kept, let_in, open_form, payloads, ready_offline, wait_until
from tests.browser.place.test_position_rules import page  # noqa: F401
from tests.browser.standing import stand
from tests.browser.test_modules import run
from tests.conftest import ServerProcess
from tests.domain.place.test_outlines import moved, schools
from tests.faults import BadLine
from tests.sites import keep_site
from tests.world import World, photo

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
    world = World.made_in(tmp_path / "data").founded()
    ring = [[LON - 0.001, LAT - 0.002], [LON + 0.001, LAT - 0.002], [LON + 0.001, LAT], [LON - 0.001, LAT]]
    outline = parse_outline({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}, {})
    site = find_site(world.services.store, "school-perimeter-1")
    assert site
    assert not isinstance(outline, list)
    keep_site(world.services.store, replace(site, outline=outline))
    world.services.store.close()
    return world


@pytest.fixture
def phone(open_browser: Callable[..., BrowserContext]) -> BrowserContext:
    """Without a service worker, for a form that is filled in where there is a network."""
    return open_browser(PHONE, has_touch=True, is_mobile=True, permissions=["geolocation"], service_workers="block")


@pytest.mark.parametrize(("metres", "accuracy", "answer"), [(150, 8, "内"), (205, 20, "疑似"), (260, 10, "外")])
def test_premises_are_measured_from_the_boundary_on_the_spot_and_on_the_server(
    world: World, server: ServerProcess, phone: BrowserContext, metres, accuracy, answer
):
    stand(phone, LAT, LON, metres, accuracy)
    page = phone.new_page()  # noqa: F811
    let_in(page, server.address)
    open_form(page, server.address, "school-perimeter-1")
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
    (stored,) = world.services.store.find("inspections")
    score = next(one for one in stored.document["items"] if one["item_id"] == "banned-premises")
    assert f"{metres}±" in score["detail"]
    assert answer in score["detail"]
    assert score["state"] == ("uncertain" if answer == "疑似" else "scored")


GATES = st.lists(st.tuples(st.floats(0, 360), st.floats(0, 400)), max_size=2)
WALKS = st.none() | st.builds(Walk, st.floats(0, 600), st.sampled_from(list(WALK_ERROR)), st.floats(0, 30))


@settings(max_examples=80, deadline=None)
@given(
    school=schools(),
    outlined=st.booleans(),
    gates=GATES,
    away=st.tuples(st.floats(0, 360), st.floats(0, 900)),
    ours=st.floats(0, 40),
    reach=st.sampled_from([0.0, 150.0]),
    measure=st.sampled_from(list(MEASURES)),
    walk=WALKS,
)
def test_the_phone_judges_as_the_server_does(page, school, outlined, gates, away, ours, reach, measure, walk):  # noqa: F811
    outline, lat, lon = school
    assume(outline_distance_m(outline, lat, lon) < 5000)
    places = tuple(Place(*moved(lat, lon, *way), 5.0) for way in gates)
    ground = Ground(outline if outlined else None, 5.0, Place(lat, lon, 5.0), places)
    here = Place(*moved(lat, lon, *away), ours)
    judged = judge_distance(here, ground, 200, measure, reach, walk)
    assume(min(abs(judged.low_m - 200), abs(judged.high_m - 200)) > 0.1)
    site = {"lat": lat, "lon": lon, "accuracy_m": 5.0, "gates": [{"lat": one.lat, "lon": one.lon} for one in places]}
    rule = {"radius_m": 200, "point_reach_m": reach, "categories": [{"id": "a", "banned": True, "measure": measure}]}
    found = run(
        page,
        "zones/measured.js",
        "m.judged(...a)",
        [
            {**site, "outline": outline_to_json(outline)} if outlined else site,
            {"lat": here.lat, "lon": here.lon, "accuracy_m": ours},
            rule,
            "a",
            asdict(walk) if walk else None,
        ],
    )
    assert found["within"] == judged.within
    assert (found["lowM"], found["highM"]) == pytest.approx((judged.low_m, judged.high_m), abs=0.1)
    assert found["bound"] == judged.bound


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-0.002, 0.002), st.floats(-0.002, 0.002), st.floats(0, 30)), min_size=2, max_size=60)
)
@example([(number % 2 * 0.002 * (1 - number / 200), number * 1e-5, 5.0) for number in range(200)])
def test_the_phone_measures_a_walked_way_as_the_server_does(page, steps):  # noqa: F811
    points = [[LAT + north, LON + east, accuracy] for north, east, accuracy in steps]
    walk = track_walk([Place(*point) for point in points])
    found = run(page, "zones/track.js", "m.trackWalk(a)", points)
    assert found["metres"] == pytest.approx(walk.metres, rel=1e-5, abs=0.1)
    assert found["ends_m"] == pytest.approx(walk.ends_m)


def test_the_way_from_a_shop_to_the_gate_is_walked_and_counts(
    world: World, server: ServerProcess, phone: BrowserContext
):
    page = phone.new_page()  # noqa: F811
    shop = Geodesic.WGS84.Direct(LAT, LON, 0, 100)

    def move(metres_south: float, metres_east: float = 0) -> None:
        there = Geodesic.WGS84.Direct(shop["lat2"], shop["lon2"], 180, metres_south)
        there = Geodesic.WGS84.Direct(there["lat2"], there["lon2"], 90, metres_east)
        phone.set_geolocation({"latitude": there["lat2"], "longitude": there["lon2"], "accuracy": 4})

    move(0)
    let_in(page, server.address)
    open_form(page, server.address, "school-perimeter-1")
    expect(page.locator("#fix-state")).to_contain_text("±4米")
    answer_all(page)
    item = page.locator("#item-restricted-outlets")
    item.locator(".premises-add").tap()
    expect(item.locator(".walk")).to_be_hidden()
    item.locator(".premises select").select_option("tobacco")
    shown = item.locator(".premises-distance")
    expect(shown).to_contain_text("直线 至少100±")
    expect(shown).to_contain_text("疑似")
    item.locator(".walk-start").tap()
    expect(item.locator(".walk-state")).to_contain_text("正在记录")
    for east in (30, 60, 90):
        move(0, east)
        expect(item.locator(".walk-state")).to_contain_text(f"{east} 米")
    for south in (40, 80, 120, 150):
        move(south, 90)
        expect(item.locator(".walk-state")).to_contain_text(f"{90 + south} 米")
    item.locator(".walk-start").tap()
    expect(item.locator(".walk-state")).to_contain_text("轨迹 240 米，8 点")
    expect(shown).to_contain_text("步行 240±20米（外）")
    page.locator("#submit").tap()
    wait_until(page, lambda: len(arrived(world)) == 1, 20, "it has arrived")
    (stored,) = world.services.store.find("inspections")
    score = next(one for one in stored.document["items"] if one["item_id"] == "restricted-outlets")
    assert score["detail"] == "烟草、电子烟到校门的步行距离（手机轨迹）240±20米（外）"
    assert score["score"] == 1


NEAR = [(150, 8, "150±13米，在200米内"), (205, 20, "205±25米，疑似在200米内"), (300, 8, "")]
"""Metres from the boundary, the error of the position in metres, and what is said with the photo."""


def test_a_photo_says_in_which_schools_zone_it_is_taken_without_the_network(
    line: BadLine, open_browser: Callable[..., BrowserContext]
):
    context = open_browser(PHONE, has_touch=True, is_mobile=True, permissions=["geolocation"])
    stand(context, LAT, LON, 500, 8)
    page = context.new_page()  # noqa: F811
    let_in(page, line.address)
    ready_offline(page, line.address)
    line.network_off()
    for metres, accuracy, said in NEAR:
        stand(context, LAT, LON, metres, accuracy)
        open_form(page, line.address, "internet-cafe-1")
        expect(page.locator("#fix-state")).to_contain_text(f"±{accuracy}米")
        page.locator(".item input.camera").first.set_input_files(payloads([photo(1)]))
        expect(page.locator(".preview-facts")).to_contain_text("已存入手机")
        if said:
            expect(page.locator(".preview-near")).to_have_text(f"距school-perimeter点位边界 {said}")
        else:
            expect(page.locator(".preview-near")).to_have_attribute("hidden", "")
        page.locator(".preview-remove").tap()
        expect(page.locator(".previews > li")).to_have_count(0)
        # The form that is opened next would show it again.
        wait_until(page, lambda: kept(page, "media") == [], 10, "it is gone")
