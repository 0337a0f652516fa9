"""The rules about positions on the phone: best fix, average, directions, links to maps. Pure modules, real Chromium."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from geopy.distance import geodesic
from geopy.point import Point
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.browser.test_modules import run
from tests.conftest import ServerProcess
from tests.world import World

pytestmark = pytest.mark.browser

HERE = (30.3105, 112.2412)
METRES = st.floats(-60, 60)
ACCURACY = st.floats(1, 200)


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    """Any page of the application, for its modules."""
    world = World.made_in(tmp_path_factory.mktemp("rules") / "data").founded()
    world.services.store.close()
    server = ServerProcess(world.data).start()
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.goto(f"{server.address}/login")
    yield page
    context.close()
    server.stop()


def taken(second: float, east: float, north: float, accuracy_m: float, speed: float = 0) -> dict[str, Any]:
    """A fix some metres from ``HERE``, on the ellipsoid as geopy has it."""
    bearing = math.degrees(math.atan2(east, north))
    point = geodesic(meters=math.hypot(east, north)).destination(Point(*HERE), bearing)
    fix = {"lat": point.latitude, "lon": point.longitude, "accuracy_m": accuracy_m, "source": "browser", "at": "-"}
    return {"fix": fix, "takenMs": second * 1000, "speed": speed}


def best(page: Any, fixes: list[dict[str, Any]], at: float) -> dict[str, Any]:
    found: dict[str, Any] = run(page, "place/position/best.js", "m.bestAt(...a)", [fixes, at * 1000])
    return found


def test_eight_metres_beat_a_newer_sixty_for_fifteen_seconds(page):
    sure = taken(0, 0, 0, 8)
    for second, expected in [(1, 8), (10, 8), (15, 8), (16, 60)]:
        found = best(page, [sure, taken(second, 20, 0, 60)], second)
        assert found["fix"]["accuracy_m"] == expected, second


def test_a_slightly_worse_newer_fix_is_used_after_three_seconds(page):
    """20 m and 3.4 s of walking at 1.5 m/s are 25.1 m."""
    sure = taken(0, 0, 0, 20)
    assert best(page, [sure, taken(3.2, 5, 0, 25)], 3.2)["fix"]["accuracy_m"] == 20
    assert best(page, [sure, taken(3.4, 5, 0, 25)], 3.4)["fix"]["accuracy_m"] == 25


def test_a_phone_that_has_moved_on_is_not_held_back(page):
    """70 m away with a circle of 60 m: the old place lies outside."""
    assert best(page, [taken(0, 0, 0, 8), taken(5, 70, 0, 60)], 5)["fix"]["accuracy_m"] == 60


def test_at_the_speed_of_a_bus_a_fix_is_soon_worth_little(page):
    """8 m and four seconds at 14 m/s are 64 m."""
    assert best(page, [taken(0, 0, 0, 8), taken(4, 50, 0, 60)], 4)["fix"]["accuracy_m"] == 8
    assert best(page, [taken(0, 0, 0, 8), taken(4, 50, 0, 60, speed=14)], 4)["fix"]["accuracy_m"] == 60


def test_the_fix_of_the_shutter_is_the_one_nearest_to_it_even_if_a_later_one_is_as_good(page):
    fixes = [taken(0, 0, 0, 10), taken(10, 5, 0, 10), taken(20, 10, 0, 10)]
    assert [best(page, fixes, at)["takenMs"] for at in (1, 9, 19)] == [0, 10_000, 20_000]


FIXES = st.lists(
    st.builds(taken, st.floats(0, 100), METRES, METRES, ACCURACY, st.floats(0, 20)),
    min_size=1,
    max_size=6,
    unique_by=lambda one: one["takenMs"],
)


@settings(max_examples=60)
@given(fixes=FIXES, at=st.floats(0, 130))
def test_the_best_fix_is_one_of_them_close_in_time_to_the_nearest_and_never_less_sure(page, fixes, at):
    found = best(page, fixes, at)
    nearest = min(fixes, key=lambda one: abs(at * 1000 - one["takenMs"]))
    assert found in fixes
    assert abs(found["takenMs"] - nearest["takenMs"]) <= 15_000
    assert found["fix"]["accuracy_m"] <= nearest["fix"]["accuracy_m"] or found == nearest


def test_what_was_set_by_hand_gives_way_to_a_fix_unless_it_is_kept(page):
    hand = {**taken(0, 0, 0, 30), "how": "pin", "keep": False}
    fresh = taken(5, 3, 3, 500)
    assert run(page, "place/position/best.js", "m.stands(...a)", [hand, fresh]) is False
    assert run(page, "place/position/best.js", "m.stands(...a)", [{**hand, "keep": True}, fresh]) is True


@pytest.mark.parametrize(
    ("how", "fresh", "expected"),
    [
        ("average", taken(30, 5, 0, 9), True),
        ("average", taken(30, 40, 0, 20), False),
        ("average", taken(121, 5, 0, 30), False),
        ("best", taken(30, 5, 0, 30), True),
        ("best", taken(30, 5, 0, 9), False),
    ],
    ids=["still here", "moved on", "old", "a worse one", "a surer one"],
)
def test_what_was_waited_for_stands_while_nothing_speaks_against_it(page, how, fresh, expected):
    chosen = {**taken(0, 0, 0, 12), "how": how, "keep": False}
    assert run(page, "place/position/best.js", "m.stands(...a)", [chosen, fresh]) is expected


# Average


def average(page: Any, fixes: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = run(page, "place/position/average.js", "m.average(a)", fixes)
    return found


def apart_m(found: dict[str, Any], east: float, north: float) -> float:
    truth = taken(0, east, north, 1)["fix"]
    return float(geodesic((found["lat"], found["lon"]), (truth["lat"], truth["lon"])).meters)


def test_the_average_weighs_by_the_square_of_the_accuracy(page):
    """Weights 1/10² and 1/20² are 4 : 1, so the mean lies 6 m of the 30 m along; the bound is (4 × 10 + 20) / 5."""
    found = average(page, [taken(0, 0, 0, 10), taken(1, 30, 0, 20)])
    assert apart_m(found, 6, 0) < 0.01
    assert found["accuracy_m"] == pytest.approx(12)


def test_fixes_that_contradict_each_other_widen_the_bound(page):
    """Two of ±5 m lie 100 m apart: the mean is 50 m from either, so at least 45 m off where one of them is right."""
    found = average(page, [taken(0, 0, 0, 5), taken(1, 100, 0, 5)])
    assert found["accuracy_m"] == pytest.approx(45, abs=0.01)


CLAIMED = st.lists(st.tuples(ACCURACY, st.floats(0, 1), st.floats(0, 360)), min_size=1, max_size=8)


@settings(max_examples=60)
@given(claims=CLAIMED)
def test_where_each_fix_is_as_good_as_it_says_so_is_the_average(page, claims):
    """The truth is at HERE; each fix is off by a share of what it claims, all of them to one side if chance has it."""
    fixes = [
        taken(
            number,
            share * claim * math.sin(math.radians(to)),
            share * claim * math.cos(math.radians(to)),
            claim,
        )
        for number, (claim, share, to) in enumerate(claims)
    ]
    found = average(page, fixes)
    assert apart_m(found, 0, 0) <= found["accuracy_m"] * 1.001 + 0.01
    assert min(claims)[0] * 0.999 <= found["accuracy_m"] <= max(claims)[0] * 1.001
    turned = average(page, fixes[::-1])
    assert turned["accuracy_m"] == pytest.approx(found["accuracy_m"], rel=1e-3, abs=0.01)


@settings(max_examples=40)
@given(fixes=FIXES)
def test_the_bound_agrees_with_what_each_fix_claims(page, fixes):
    found = average(page, fixes)
    for one in fixes:
        away = geodesic((found["lat"], found["lon"]), (one["fix"]["lat"], one["fix"]["lon"])).meters
        assert found["accuracy_m"] >= away - one["fix"]["accuracy_m"] - 0.05


def test_an_average_is_not_taken_of_a_walk(page):
    walk = [taken(second, 1.4 * second, 0, 6) for second in range(12)]
    assert run(page, "place/position/average.js", "m.haveMoved(a)", walk) is True
    assert run(page, "place/position/average.js", "m.haveMoved(a)", walk[:6]) is False


# Directions and distances


@settings(max_examples=60)
@given(east=st.floats(-3000, 3000), north=st.floats(-3000, 3000))
def test_ways_are_the_geodesics(page, east, north):
    there = taken(0, east, north, 1)["fix"]
    script = "[m.distance(...a), m.eastNorth(...a), m.pointAt(a[0], m.eastNorth(...a))]"
    here = {"lat": HERE[0], "lon": HERE[1]}
    metres, way, point = run(page, "place/distance.js", script, [here, there])
    assert metres == pytest.approx(math.hypot(east, north), abs=0.05)
    assert (way["east"], way["north"]) == pytest.approx((east, north), abs=1.5)
    assert geodesic((point["lat"], point["lon"]), (there["lat"], there["lon"])).meters < 0.05


@pytest.mark.parametrize(
    ("east", "north", "words"),
    [
        (0, 320, "北 320米"),
        (226, 226, "东北 320米"),
        (1234, 0, "东 1.2公里"),
        (-8, -8, "西南 11米"),
        (0, -12_300, "南 12公里"),
    ],
)
def test_a_way_is_told_by_wind_and_rounded_distance(page, east, north, words):
    there = taken(0, east, north, 1)["fix"]
    script = "`${m.wind(m.bearing(...a))} ${m.metresText(Math.hypot(...b))}`".replace("...b", f"{east}, {north}")
    assert run(page, "place/position/direction.js", script, [{"lat": HERE[0], "lon": HERE[1]}, there]) == words


def test_the_compass_points_where_the_upper_edge_of_the_screen_does(page):
    """Android counts anticlockwise, Safari clockwise; a page on its side is turned by a quarter."""
    events = [
        ({"alpha": 90, "beta": 40, "absolute": True}, 0, 270),
        ({"alpha": 90, "beta": 40, "absolute": True}, 90, 0),
        ({"alpha": 10, "beta": 0, "absolute": False, "webkitCompassHeading": 33}, 0, 33),
        ({"alpha": 10, "beta": 0, "absolute": False}, 0, None),
        ({"alpha": None, "beta": None, "absolute": True}, 0, None),
        ({"alpha": 10, "beta": 120, "absolute": True}, 0, None),
    ]
    for event, angle, expected in events:
        assert run(page, "place/position/compass.js", "m.headingOf(...a)", [event, angle]) == expected


def test_links_to_maps_say_that_the_position_is_wgs_84(page):
    place = {"lat": 30.31051, "lon": 112.24119}
    link = {app: run(page, "place/position/maplink.js", "m.mapLink(...a)", [app, place, "公厕&1"]) for app in
            ("amap", "tencent", "apple", "geo")}  # fmt: skip
    name = "%E5%85%AC%E5%8E%95%261"
    assert link == {
        "amap": f"https://uri.amap.com/marker?position=112.241190,30.310510&name={name}&src=inspect"
        "&coordinate=wgs84&callnative=1",
        "tencent": f"https://apis.map.qq.com/uri/v1/marker?marker=coord:30.310510,112.241190;title:{name}"
        "&coord_type=1&referer=inspect",
        "apple": f"https://maps.apple.com/?ll=30.310510,112.241190&q={name}",
        "geo": f"geo:30.310510,112.241190?q=30.310510,112.241190({name})",
    }


def test_iphones_and_ipads_begin_with_their_own_map(page):
    agents = [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)", 5, "apple"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", 5, "apple"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", 0, "amap"),
        ("Mozilla/5.0 (Linux; Android 14; HarmonyOS)", 5, "amap"),
    ]
    for agent, touches, expected in agents:
        assert run(page, "place/position/maplink.js", "m.usualMap(...a)", [agent, touches]) == expected


# The list


@pytest.mark.alone
def test_a_thousand_sites_are_in_order_of_distance_well_within_a_tenth_of_a_second(page):
    """On a processor slowed down six times; those without a place stay behind, in their order."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    script = """(() => {
        let seed = 7;
        const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
        const rows = Array.from({length: 1000}, (_, number) => ({
            number, place: number % 10 ? {lat: 30.3 + random() / 10, lon: 112.2 + random() / 10} : null}));
        const runs = Array.from({length: 9}, () => {
            const start = performance.now();
            const found = m.byDistance(rows, a);
            return {ms: performance.now() - start, found};
        });
        const {placed, unplaced} = runs[0].found;
        const least = Math.min(...runs.map(({ms}) => ms));
        return [least, placed.map(({metres}) => metres), unplaced.map(({number}) => number)];
    })()"""
    try:
        ms, metres, unplaced = run(page, "place/sites/order.js", script, {"lat": HERE[0], "lon": HERE[1]})
    finally:
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    assert ms < 50
    assert len(metres) == 900
    assert all(one <= other for one, other in pairwise(metres))
    assert unplaced == list(range(0, 1000, 10))


def test_marks_are_of_the_own_drafts_and_of_what_is_not_confirmed(page):
    drafts = [{"inspector": "li", "site": "a"}, {"inspector": "wang", "site": "b"}, {"inspector": "li", "site": ""}]
    outbox = [
        {"inspector": "li", "site": "a", "state": "waiting"},
        {"inspector": "li", "site": "c", "state": "refused"},
        {"inspector": "li", "site": "d", "state": "confirmed"},
        {"inspector": "li", "site": "e", "state": "sending"},
    ]
    script = "[...m.marksOf(...a)].map(([site, marks]) => [site, [...marks]])"
    found = run(page, "place/sites/marks.js", script, [drafts, outbox, "li"])
    assert found == [["a", ["draft", "waiting"]], ["c", ["refused"]], ["e", ["waiting"]]]
