"""The site list as a walking route, in a real Chromium: planned from here, re-ordered at will, kept, offline."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, BrowserContext, Page, expect

from inspect_app.domain.place.positions import Place
from inspect_app.domain.place.routes import MOST_STOPS, best_order, distances, length_m
from tests.browser.conftest import PHONE
from tests.browser.phone import answer_all, kept, let_in, open_form, outbox, wait_until
from tests.browser.standing import started_offline
from tests.browser.test_accessibility import at_twice_the_size, findings_in_every_look
from tests.browser.test_modules import run
from tests.bundles import one_by_one
from tests.conftest import ServerProcess
from tests.faults import BadLine
from tests.sites import import_sites, keep_only
from tests.world import HERE, STREET, World

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("as_written")]

LAT, LON = float(HERE["lat"]), float(HERE["lon"])  # type: ignore[arg-type]
DEGREE_M = 110_853.0
"""Metres of a degree of latitude at 30.3° north."""
NORTH_M = {"甲": 900.0, "乙": 320.0, "丙": 2400.0, "丁": 120.0, "戊": 600.0}
"""The sites along a street to the north of where the phone is, by how far."""
IN_TURN = ["丁", "乙", "戊", "甲", "丙"]


def with_sites(world: World) -> World:
    lines = ["code,name,type,area,lat,lon,accuracy_m", f"x-0,己,back-alley,{STREET},,,"]
    for number, (name, metres) in enumerate(NORTH_M.items()):
        lines.append(f"yy-{number},{name},back-alley,{STREET},{LAT + metres / DEGREE_M:.7f},{LON},5")
    assert import_sites(world.services.store, "\n".join(lines), world.services.library.current) == 6
    return world


@pytest.fixture(scope="module")
def server(shared_world: World) -> Iterator[ServerProcess]:
    """A route is kept by the phone: the server knows nothing of it."""
    with one_by_one():
        server = ServerProcess(with_sites(shared_world).data).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def signed_in(browser: Browser, server: ServerProcess) -> Any:
    """The cookies of the inspector, who stays signed in from test to test."""
    with browser.new_context() as context:
        let_in(context.new_page(), server.address)
        return context.storage_state()


@pytest.fixture
def phone(open_browser: Callable[..., BrowserContext], signed_in: Any) -> BrowserContext:
    context = open_browser(
        PHONE, has_touch=True, permissions=["geolocation"], service_workers="block", storage_state=signed_in
    )
    move(context, 0)
    return context


@pytest.fixture
def page(phone: BrowserContext, server: ServerProcess):
    """The list of one site type whose first site is on the spot; the others as ``NORTH_M`` has them."""
    page = phone.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{server.address}/field/?type=back-alley")
    page.locator("html.scripted").wait_for()
    page.locator("#q").fill("yy-")
    yield page
    assert faults == []


def move(context: BrowserContext, north_m: float, accuracy: float = 12) -> None:
    context.set_geolocation({"latitude": LAT + north_m / DEGREE_M, "longitude": LON, "accuracy": accuracy})


def stops(page: Page) -> list[str]:
    return page.locator("#route li:visible .site-name").all_text_contents()


def planned(page: Page) -> Page:
    page.locator("[data-order=route]").tap()
    expect(page.locator(".route-text")).to_contain_text("直线全程")
    return page


def row(page: Page, name: str) -> Any:
    return page.locator(".sites > li", has=page.locator(f".site-name:text-is('{name}')"))


def kept_stops(page: Page) -> list[str]:
    found = next((one["value"] for one in kept(page, "kept") if one["name"] == "route"), None)
    names = {f"yy-{number}": name for number, name in enumerate(NORTH_M)}
    return [names[code] for code in found["route"]["stops"]] if found else []


# Planning


def test_a_tap_plans_the_way_from_here_with_its_length_and_the_way_to_each_stop(page: Page):
    assert (
        page.evaluate("performance.getEntriesByType('resource').filter((one) => one.name.includes('walking')).length")
        == 0
    )
    planned(page)
    assert stops(page) == IN_TURN
    expect(page.locator(".route-text")).to_have_text("5个点位 · 直线全程 2.4公里 · 还剩5个")
    expect(page.locator(".route-from")).to_have_text(re.compile(r"^从\d\d:\d\d所在的位置（±12米）出发$"))
    assert page.locator("#route .stop-number").all_text_contents() == [f"第{number}站" for number in range(1, 6)]
    assert page.locator("#route .stop-leg").all_text_contents() == [
        "往北 120米",
        "再往北 200米",
        "再往北 280米",
        "再往北 300米",
        "再往北 1.5公里",
    ]
    assert page.locator(".stop-next .site-name").all_text_contents() == ["丁"]
    # The search narrows what is planned and what is seen, as in the other orders.
    page.locator("#q").fill("yy-1")
    assert stops(page) == ["乙"]
    page.locator("#q").fill("yy-")
    page.locator("[data-order=area]").tap()
    expect(page.locator(".route-bar")).to_be_hidden()
    assert page.locator(".stop").count() == 0
    assert page.locator("#route li").count() == 0


def test_from_another_place_the_way_is_another_and_undoing_brings_the_first_back(page: Page, phone: BrowserContext):
    planned(page)
    move(phone, 1000)
    page.locator(".route-again").tap()
    expect(page.locator(".route-said")).to_have_text("已排好5个点位")
    # To the far one first and back is 1.4 + 2.28 km; the near ones first and back is 0.88 + 2.28.
    assert stops(page) == ["甲", "戊", "乙", "丁", "丙"]
    expect(page.locator(".route-text")).to_contain_text("直线全程 3.2公里")
    page.locator(".route-undo").tap()
    assert stops(page) == IN_TURN
    expect(page.locator(".route-undo")).to_be_hidden()


def test_of_many_sites_the_twenty_nearest_are_proposed_and_the_others_stay_in_their_places(
    shared_world: World, page: Page
):
    lines = ["code,name,type,area,lat,lon,accuracy_m"]
    for number in range(250):
        away = 200 + number * 119 % 250 * 10
        lines.append(f"z-{number},z{away},back-alley,{STREET},{LAT + away / DEGREE_M:.7f},{LON},5")
    assert import_sites(shared_world.services.store, "\n".join(lines), shared_world.services.library.current) == 250
    page.reload()
    page.locator("html.scripted").wait_for()
    page.locator("#q").fill("z-")
    in_areas = page.locator(".sites > li:visible .site-name").all_text_contents()
    planned(page)
    assert stops(page) == [f"z{away}" for away in range(200, 400, 10)]
    page.locator(".route-edit").tap()
    page.get_by_role("button", name="移出路线：z300").tap()
    page.get_by_role("button", name="移出路线：z210").tap()
    assert stops(page) == [f"z{away}" for away in range(200, 400, 10) if away not in (210, 300)]
    rest = page.locator(".area:not(#route) .sites > li:visible .site-name").all_text_contents()
    assert rest == [name for name in in_areas if name not in stops(page)]


def test_without_a_position_the_way_begins_at_any_stop_and_says_so(
    server: ServerProcess, open_browser: Callable[..., BrowserContext], signed_in: Any
):
    page = open_browser(PHONE, has_touch=True, service_workers="block", storage_state=signed_in).new_page()
    page.goto(f"{server.address}/field/")
    page.locator("html.scripted").wait_for()
    page.locator("#q").fill("yy-")
    planned(page)
    assert stops(page) in (IN_TURN, IN_TURN[::-1])
    expect(page.locator(".route-text")).to_contain_text("直线全程 2.3公里")
    expect(page.locator(".route-from")).to_contain_text("没有定位，从第1站算起")


# By hand


def test_stops_are_moved_by_buttons_which_keep_the_focus_and_say_what_happened(page: Page):
    planned(page)
    assert page.locator(".stop-tools").count() == 0
    page.locator(".route-edit").tap()
    up = page.get_by_role("button", name="上移：甲")
    for expected in (["丁", "乙", "甲", "戊", "丙"], ["丁", "甲", "乙", "戊", "丙"]):
        up.focus()
        page.keyboard.press("Enter")
        assert stops(page) == expected
        expect(up).to_be_focused()
    expect(page.locator(".route-said")).to_have_text("甲：现在是第2站，共5站")
    page.keyboard.press("Enter")
    assert stops(page) == ["甲", "丁", "乙", "戊", "丙"]
    expect(up).to_be_disabled()
    expect(page.get_by_role("button", name="下移：甲")).to_be_focused()
    # There and back: 900 + 780 + 200 + 280 + 1800.
    expect(page.locator(".route-text")).to_contain_text("直线全程 4.0公里")
    expect(page.get_by_role("button", name="下移：丙")).to_be_disabled()
    wait_until(page, lambda: kept_stops(page) == stops(page), 5, "the order is kept")
    page.locator(".route-edit").tap()
    assert page.locator(".stop-tools").count() == 0


@pytest.mark.parametrize("by", ["finger", "mouse"])
def test_stops_are_dragged_by_their_handle(page: Page, by: str):
    planned(page)
    page.locator(".route-edit").tap()
    # Both rows away from the edges of the screen, where dragging scrolls.
    row(page, "丁").evaluate("(row) => scrollBy(0, row.getBoundingClientRect().top - 150)")
    handle = row(page, "丁").locator(".stop-drag").bounding_box()
    target = row(page, "戊").bounding_box()
    assert handle
    assert target
    x, y = handle["x"] + 20, handle["y"] + 20
    below = target["y"] + target["height"] * 0.8
    if by == "mouse":
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, (y + below) / 2)
        page.mouse.move(x, below)
        expect(row(page, "戊")).to_have_class(re.compile("drop-below"))
        assert stops(page) == IN_TURN
        page.mouse.up()
    else:
        finger = page.context.new_cdp_session(page)
        touch = lambda kind, *points: finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [*points]})  # noqa: E731
        before = page.evaluate("scrollY")
        touch("touchStart", {"x": x, "y": y})
        for part in (0.1, 0.4, 0.7, 1):
            touch("touchMove", {"x": x, "y": y + (below - y) * part})
            page.wait_for_timeout(40)
        expect(row(page, "戊")).to_have_class(re.compile("drop-below"))
        assert page.evaluate("scrollY") == before, "the page scrolled under the finger"
        touch("touchEnd")
    expect(page.locator(".route-said")).to_have_text("丁：现在是第3站，共5站")
    assert stops(page) == ["乙", "戊", "丁", "甲", "丙"]
    assert page.locator(".dragged, .drop-below, .drop-above").count() == 0


def test_stops_are_taken_out_and_put_in_and_the_way_is_as_long_as_what_is_left(page: Page):
    planned(page)
    page.locator(".route-edit").tap()
    page.get_by_role("button", name="移出路线：丙").tap()
    assert stops(page) == IN_TURN[:-1]
    expect(page.locator(".route-text")).to_contain_text("4个点位 · 直线全程 900米")
    expect(page.get_by_role("button", name="加入路线：丙")).to_be_focused()
    page.locator(".route-undo").tap()
    assert stops(page) == IN_TURN
    page.get_by_role("button", name="移出路线：丁").tap()
    page.get_by_role("button", name="加入路线：丁").tap()
    assert stops(page) == [*IN_TURN[1:], "丁"]
    page.locator(".route-again").tap()
    expect(page.locator(".route-said")).to_have_text("已排好5个点位")
    assert stops(page) == IN_TURN
    # A site without a position can be a stop, and is left out of the metres.
    page.locator("#q").fill("")
    page.get_by_role("button", name="加入路线：己").tap()
    assert stops(page) == [*IN_TURN, "己"]
    expect(page.locator(".route-text")).to_contain_text("6个点位 · 直线全程 2.4公里")


# For the day


def test_the_order_is_kept_for_the_day_and_no_longer_without_asking_for_the_position(page: Page, phone: BrowserContext):
    planned(page)
    page.locator(".route-edit").tap()
    page.get_by_role("button", name="上移：乙").tap()
    mine = ["乙", "丁", "戊", "甲", "丙"]
    wait_until(page, lambda: kept_stops(page) == mine, 5, "the order is kept")
    phone.add_init_script(
        "globalThis.asked = 0; Geolocation.prototype.watchPosition = () => { globalThis.asked += 1; return 1; };"
    )
    page.reload()
    page.locator(".by-route").wait_for()
    assert stops(page) == mine
    assert page.evaluate("globalThis.asked") == 0
    # As if the night had passed.
    page.evaluate(
        """async () => {
          const base = document.querySelector('link[rel=stylesheet]').href.replace(/css\\/.*/, 'js/');
          const { storage } = await import(base + 'inspecting/storage/database.js');
          const db = await storage();
          const { value } = await db.get("kept", "route");
          await db.write([{ put: "kept", value: { name: "route", value: { ...value, day: "2026-01-01" } } }]);
        }"""
    )
    page.reload()
    page.locator("html.scripted").wait_for()
    expect(page.locator("[data-order=area]")).to_have_attribute("aria-pressed", "true")
    assert stops(page) == []
    assert page.evaluate("globalThis.asked") == 0


def test_another_inspector_on_the_same_phone_does_not_see_the_route(page: Page, server: ServerProcess):
    # A session of its own, which ends here.
    page.context.clear_cookies()
    let_in(page, server.address)
    page.reload()
    page.locator("html.scripted").wait_for()
    page.locator("#q").fill("yy-")
    planned(page)
    wait_until(page, lambda: kept_stops(page) == IN_TURN, 5, "the order is kept")
    page.locator(".top-logout").tap()
    page.wait_for_url(re.compile("/login|/$|/index"))
    let_in(page, server.address, "inspector2")
    page.goto(f"{server.address}/field/")
    page.locator("html.scripted").wait_for()
    wait_until(
        page,
        lambda: any(one["name"] == "session" and one["value"]["user"] == "inspector2" for one in kept(page, "kept")),
        10,
        "the session is known",
    )
    page.reload()
    page.locator("html.scripted").wait_for()
    page.wait_for_timeout(300)
    assert stops(page) == []


def test_without_a_network_it_is_planned_walked_and_ticked_off(world: World, line: BadLine, take_phone):
    """From the first tap on offline, the browser killed in between; what is finished moves the next stop on."""
    with_sites(world)
    keep_only(world.services.store, *(f"yy-{number}" for number in range(len(NORTH_M))))
    phone = take_phone()
    page = started_offline(phone, line, forms=1)
    page.context.grant_permissions(["geolocation"])
    move(page.context, 0)
    page.goto(f"{line.address}/field/")
    page.locator("html.scripted").wait_for()
    page.locator("#q").fill("yy-")
    planned(page)
    assert stops(page) == IN_TURN
    page.locator(".route-edit").tap()
    page.get_by_role("button", name="下移：乙").tap()
    mine = ["丁", "戊", "乙", "甲", "丙"]
    wait_until(page, lambda: kept_stops(page) == mine, 5, "the order is kept")
    phone.kill()

    page = phone.open()
    open_form(page, line.address, "yy-3")
    answer_all(page)
    page.locator("#submit").tap()
    wait_until(page, lambda: [item["site"] for item in outbox(page)] == ["yy-3"], 10, "the first stop is in the outbox")
    page.goto(f"{line.address}/field/")
    # A browser that is killed may forget which order was shown; the route it has.
    page.locator("[data-order=route]").tap()
    page.locator(".by-route").wait_for()
    assert stops(page) == mine
    expect(page.locator(".route-text")).to_contain_text("还剩4个")
    assert page.locator(".stop-done .site-name").all_text_contents() == ["丁"]
    assert page.locator(".stop-next .site-name").all_text_contents() == ["戊"]
    page.context.grant_permissions(["geolocation"])
    move(page.context, 1000)
    page.locator(".route-again").tap()
    expect(page.locator(".route-said")).to_have_text("已排好4个点位")
    assert stops(page) == ["甲", "戊", "乙", "丙", "丁"], "what is done goes to the end"


# The rules, as the server has them


@pytest.fixture(scope="module")
def module(browser: Browser, server: ServerProcess) -> Iterator[Page]:
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.goto(f"{server.address}/login")
    yield page
    context.close()


def port(page: Any, metres: list[list[float]]) -> list[int]:
    found: list[int] = run(page, "place/sites/route.js", "m.bestOrder(a)", metres)
    return found


@given(
    st.none() | st.tuples(st.floats(30.28, 30.34), st.floats(112.2, 112.28)),
    st.lists(
        st.tuples(st.floats(30.28, 30.34), st.floats(112.2, 112.28))
        | st.tuples(st.sampled_from([30.3, 30.301, 30.302]), st.sampled_from([112.2, 112.201, 112.202])),
        max_size=14,
    ),
)
@settings(max_examples=40)
def test_the_phone_finds_the_order_that_the_server_finds(module: Any, start: Any, places: list[Any]):
    metres = distances(Place(*start, 10) if start else None, [Place(*place, 10) for place in places])
    assert port(module, metres) == best_order(metres)


def test_the_longest_day_is_planned_as_on_the_server_and_soon(module: Any):
    rng = random.Random(5)
    points = [{"lat": 30.28 + rng.random() * 0.06, "lon": 112.2 + rng.random() * 0.08} for _ in range(MOST_STOPS)]
    metres = distances(Place(LAT, LON, 10), [Place(one["lat"], one["lon"], 10) for one in points])
    expression = "(() => { const d = m.distances(a[0], a[1]); const t = performance.now(); const o = m.bestOrder(d); return [o, m.lengthOf(d, o), performance.now() - t]; })()"  # noqa: E501
    order, length, taken_ms = run(module, "place/sites/route.js", expression, [{"lat": LAT, "lon": LON}, points])
    expected = best_order(metres)
    assert sorted(order) == list(range(1, MOST_STOPS + 1))
    # The phone's distances differ by millimetres, which may decide between two ways as long as each other.
    assert length_m(metres, order) == pytest.approx(length_m(metres, expected), rel=0.01)
    assert length == pytest.approx(length_m(metres, order), rel=1e-5)
    assert port(module, metres) == expected
    assert taken_ms < 2000


@pytest.mark.parametrize(
    ("start", "to", "expected"), [(0, 2, "bcad"), (3, 0, "dabc"), (1, 1, "abcd"), (2, 3, "abdc"), (0, 3, "bcda")]
)
def test_a_stop_moves_to_its_place(module: Any, start: int, to: int, expected: str):
    assert "".join(run(module, "place/sites/walking.js", "m.moved([...'abcd'], a[0], a[1])", [start, to])) == expected


def test_what_counts_as_done(module: Any):
    """On its way whenever that was; confirmed only today; not what was refused, another's or at no site."""
    script = """(() => {
      const now = Date.now(), item = { inspector: "i", state: "waiting", queued_at: now };
      return [...m.finishedIn([
        { ...item, site: "waiting", queued_at: now - 3 * 864e5 }, { ...item, site: "sending", state: "sending" },
        { ...item, site: "today", state: "confirmed" },
        { ...item, site: "old", state: "confirmed", queued_at: now - 2 * 864e5 },
        { ...item, site: "refused", state: "refused" }, { ...item, site: "theirs", inspector: "o" },
        { ...item, site: "" },
      ], "i", m.dayOf(new Date()))];
    })()"""
    assert run(module, "place/sites/walking.js", script) == ["waiting", "sending", "today"]


# Looks


def test_the_route_has_no_serious_finding_in_any_look_and_fits_at_twice_the_text_size(page: Page):
    planned(page)
    assert findings_in_every_look(page) == {}
    page.set_viewport_size(PHONE)
    page.locator(".route-edit").tap()
    assert findings_in_every_look(page) == {}
    page.set_viewport_size(PHONE)
    boxes = [box for tool in page.locator(".stop-tools button:visible").all() if (box := tool.bounding_box())]
    assert boxes
    assert min(min(box["height"], box["width"]) for box in boxes) >= 44
    assert at_twice_the_size(page) == []


# What was done by hand since

NEVER_FOUND = """
navigator.geolocation.watchPosition = (found) => { window.found = found; return 1; };
"""
FOUND = """
([latitude, longitude]) => window.found({ coords: { latitude, longitude, accuracy: 12 }, timestamp: Date.now() })
"""

ASKED_LATE = """
navigator.permissions.query = () =>
  new Promise((resolve) => (window.grant = () => resolve({ state: "granted" })));
"""


def test_a_route_that_is_changed_by_hand_while_the_phone_finds_itself_is_not_put_in_order_again(page: Page):
    planned(page)
    page.add_init_script(NEVER_FOUND)
    page.reload()
    expect(page.locator(".route-text")).to_contain_text("直线全程")
    page.locator("#q").fill("yy-")
    page.locator(".route-edit").tap()
    page.locator(".route-again").tap()
    expect(page.locator(".route-text")).to_have_text("正在定位…")
    row(page, "丙").locator("[data-act=up]").tap()
    assert stops(page) == ["丁", "乙", "戊", "丙", "甲"]
    page.evaluate(FOUND, [LAT, LON])
    expect(page.locator(".route-said")).to_contain_text("没有重排")
    assert stops(page) == ["丁", "乙", "戊", "丙", "甲"]
    expect(page.locator(".route-text")).to_contain_text("直线全程")
    wait_until(page, lambda: kept_stops(page) == ["丁", "乙", "戊", "丙", "甲"], 5, "it is kept")
    page.locator(".route-again").tap()
    page.evaluate(FOUND, [LAT, LON])
    expect(page.locator(".route-said")).to_have_text("已排好5个点位")
    assert stops(page) == IN_TURN


def test_an_order_chosen_while_the_last_one_is_being_remembered_stands(page: Page):
    page.locator("[data-order=distance]").tap()
    expect(page.locator("html")).to_have_class(re.compile("by-distance"))
    page.add_init_script(ASKED_LATE)
    page.reload()
    page.locator("html.scripted").wait_for()
    page.wait_for_function("() => window.grant")
    page.locator("[data-order=area]").tap()
    page.evaluate("() => { window.grant(); return new Promise((resolve) => setTimeout(resolve, 300)); }")
    expect(page.locator("[data-order=area]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("html")).not_to_have_class(re.compile("by-distance"))
