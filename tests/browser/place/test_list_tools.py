"""The list's tools in a real Chromium: who goes along, what is new, the own map and scanning a label, also offline."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.services import open_services
from inspect_app.services.inspecting.presence import settle
from tests.browser.conftest import ARGUMENTS, DESK, PHONE, chromium
from tests.browser.phone import CONTEXT, answer_all, kept, let_in, open_form, ready_offline, wait_until
from tests.browser.test_accessibility import findings_in_every_look
from tests.conftest import ServerProcess
from tests.faults import BadLine
from tests.sites import import_sites
from tests.world import HERE, STREET, World

pytestmark = pytest.mark.browser
SITE = "zebra-crossing-1"
LAT, LON = float(HERE["lat"]), float(HERE["lon"])  # type: ignore[arg-type]
HERE_IS = {"latitude": HERE["lat"], "longitude": HERE["lon"], "accuracy": 12}


@pytest.fixture
def address(world: World, server: ServerProcess) -> str:
    return server.address


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """Without a service worker: what it fetches ahead takes as long as these tests."""
    context = browser.new_context(**CONTEXT, service_workers="block")
    yield context.new_page()
    context.close()


def the_list(page: Page, address: str) -> Page:
    page.goto(f"{address}/field/")
    page.locator("html.scripted").wait_for()
    return page


# Teams of two


def test_who_goes_along_is_chosen_once_a_day_and_kept_with_the_visit_and_its_draft(
    world: World, phone: Page, address: str
):
    let_in(phone, address)
    the_list(phone, address).locator("#partner").select_option("inspector2")
    open_form(phone, address, "public-toilet-1")
    expect(phone.locator("#partner")).to_have_value("inspector2")
    answer_all(phone)
    wait_until(phone, lambda: [one.get("partner") for one in kept(phone, "drafts")] == ["inspector2"], 10, "it is kept")
    the_list(phone, address)
    expect(phone.locator("#partner")).to_have_value("inspector2")
    phone.locator("#partner").select_option("")
    open_form(phone, address, "public-toilet-1")
    expect(phone.locator("#partner")).to_have_value("inspector2")
    phone.locator("#submit").tap()
    phone.wait_for_url("**/inspections/*")
    (found,) = INSPECTIONS.find(open_services(world.settings).store)
    assert (found.value.inspector, found.value.partner) == ("inspector", "inspector2")


def test_a_draft_from_before_there_were_teams_opens_and_goes_alone(world: World, phone: Page, address: str):
    let_in(phone, address)
    open_form(phone, address, "public-toilet-1")
    answer_all(phone)
    wait_until(phone, lambda: len(kept(phone, "drafts")) == 1, 10, "the draft is kept")
    the_list(phone, address).locator("#partner").select_option("inspector2")
    phone.evaluate(WITHOUT_PARTNER)
    open_form(phone, address, "public-toilet-1")
    expect(phone.locator(".draft, #message, .notice").first).to_be_attached()
    expect(phone.locator("#partner")).to_have_value("")
    phone.locator("#submit").tap()
    phone.wait_for_url("**/inspections/*")
    (found,) = INSPECTIONS.find(open_services(world.settings).store)
    assert found.value.partner == ""


WITHOUT_PARTNER = """async () => {
  const base = document.querySelector('link[rel=stylesheet]').href.replace(/css\\/.*/, 'js/inspecting/');
  const db = await (await import(`${base}storage/database.js`)).storage();
  const [draft] = await db.list("drafts");
  delete draft.partner;
  await db.write([{ put: "drafts", value: draft }]);
}"""


# What is new


def test_opening_what_is_new_is_having_looked_also_for_the_page_that_comes_next(
    world: World, phone: Page, address: str
):
    phone.context.clear_permissions()
    let_in(phone, address)
    open_form(phone, address, "public-toilet-1")
    answer_all(phone)
    phone.locator("#submit").tap()
    phone.wait_for_url("**/inspections/*")
    services = open_services(world.settings)
    (found,) = INSPECTIONS.find(services.store)
    now = datetime.now(UTC)
    done = settle(services, "supervisor", found.id, "left_out", "没有去", found.revision, now, scope=EVERYTHING)
    services.store.close()
    assert not isinstance(done, list), done
    expect(the_list(phone, address).locator(".news summary")).to_contain_text("1")
    with phone.expect_response("**/field/news"):
        phone.locator(".news summary").tap()
    expect(phone.locator(".news li")).to_contain_text("不计入：没有去")
    expect(the_list(phone, address).locator(".news")).to_have_count(0)


# The own map


def test_the_own_map_opens_without_a_network_and_leads_to_the_form(
    world: World, browser: Browser, serve: Callable[..., ServerProcess]
):
    """Two sites stand at one place; the other three at some distance, the last at the upper edge of the screen."""
    rows = [f"mm-{n},{n}号,back-alley,{STREET},{LAT + north},{LON},5" for n, north in NORTH]
    text = "\n".join(["code,name,type,area,lat,lon,accuracy_m", *rows])
    assert import_sites(world.services.store, text, world.services.library.current) == len(rows)
    server = serve(world.data)
    context = browser.new_context(**{**CONTEXT, "permissions": ["geolocation"], "geolocation": HERE_IS})
    try:
        page = context.new_page()
        let_in(page, server.address)
        ready_offline(page, server.address)
        wait_until(page, lambda: page.evaluate(HAS_OUTLINES), 20, "the ground of the map is kept")
        server.stop()
        the_list(page, server.address).locator("#q").fill("mm-")
        assert not page.evaluate("performance.getEntriesByType('resource').some(({name}) => name.includes('leaflet'))")
        page.locator("#open-map").tap()
        expect(page.locator(".own-map-state")).to_have_text("5个点位")
        mark = page.locator(".own-map .leaflet-marker-icon")
        assert sorted(mark.all_text_contents()) == ["", "", "", "2"]
        expect(page.locator("#own-map-here")).to_be_visible()
        mark.filter(has_text="2").tap()
        expect(page.locator(".own-mark-open-form")).to_have_count(2)
        small = page.evaluate(SMALL_TARGETS)
        assert small == [], small
        page.locator(".leaflet-popup-close-button").tap()
        page.get_by_role("button", name="4号，没测").tap()
        page.get_by_role("link", name="4号 背街小巷 · 没测").tap()
        page.wait_for_url("**/field/sites/mm-4")
        expect(page.locator("#main h1")).to_contain_text("4号")
    finally:
        context.close()


NORTH = [(0, 0.0), (1, 0.0), (2, 0.002), (3, 0.004), (4, 0.008)]
"""Numbers of sites, and how many degrees north of here each is."""
HAS_OUTLINES = """async () => {
  const pages = await caches.open("inspect-pages");
  return (await pages.keys()).some(({ url }) => url.includes("/field/outlines.json"));
}"""
SMALL_TARGETS = """() => [...document.querySelectorAll('.own-map a, .own-map button, .list-tools button')]
  .filter((one) => one.checkVisibility()).map((one) => [one.className || one.id, one.getBoundingClientRect()])
  .filter(([, { width, height }]) => width < 44 || height < 44).map(([name]) => name)"""


def test_nothing_stands_in_the_way_of_anybody_on_the_map_and_beside_it(open_browser, shared_line: BadLine):
    address = shared_line.address
    for viewport in (PHONE, DESK):
        page = open_browser(viewport, service_workers="block").new_page()
        let_in(page, address)
        assert findings_in_every_look(the_list(page, address)) == {}
        page.locator("#open-map").click()
        expect(page.locator(".own-map .leaflet-marker-icon").first).to_be_visible()
        assert findings_in_every_look(page) == {}


# Scanning


def picture_of(page: Page, address: str, code: str) -> bytes:
    """A label as it is printed, photographed from some way off: a frame of 640 × 480."""
    page.goto(f"{address}/admin/sites/labels?code={code}")
    label = Image.open(io.BytesIO(page.locator(".label").first.screenshot(scale="css"))).convert("RGB")
    frame = Image.new("RGB", (640, 480), (120, 126, 130))
    shown = label.resize((560, round(560 * label.height / label.width))).rotate(
        4, expand=True, fillcolor=(120, 126, 130)
    )
    frame.paste(shown, ((640 - shown.width) // 2, (480 - shown.height) // 2))
    output = io.BytesIO()
    frame.save(output, "JPEG", quality=90)
    return output.getvalue()


@pytest.fixture(scope="module")
def seeing(
    browser: Browser, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory, shared_line: BadLine
) -> Iterator[Browser]:
    """A browser whose camera sees the label of ``SITE`` as the server behind the line prints it."""
    office = browser.new_page(viewport=DESK)
    let_in(office, shared_line.address, "administrator")
    film = tmp_path_factory.mktemp("film") / "film.mjpeg"
    film.write_bytes(picture_of(office, shared_line.address, SITE) * 5)
    office.close()
    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    arguments = [*ARGUMENTS, *camera, f"--use-file-for-fake-video-capture={film}"]
    seeing = playwright.chromium.launch(executable_path=chromium(), args=arguments)
    yield seeing
    seeing.close()


@pytest.fixture
def take_scanner(seeing: Browser) -> Iterator[Callable[..., Page]]:
    """A page of an inspector's phone with that camera."""
    taken: list[BrowserContext] = []

    def take(address: str, **options: Any) -> Page:
        taken.append(seeing.new_context(**{**CONTEXT, "permissions": ["camera"], **options}))
        page = taken[-1].new_page()
        let_in(page, address)
        return page

    yield take
    for context in taken:
        context.close()


def test_a_printed_label_opens_its_form_also_without_a_network(take_scanner: Callable[..., Page], shared_line: BadLine):
    scanner = take_scanner(shared_line.address)
    ready_offline(scanner, shared_line.address)
    shared_line.network_off()
    try:
        the_list(scanner, shared_line.address).locator("#scan").tap()
        scanner.wait_for_url(f"**/field/sites/{SITE}")
        expect(scanner.locator("#main h1")).to_contain_text("zebra-crossing点位")
    finally:
        shared_line.network_on()


def test_a_label_of_a_site_that_is_not_on_the_list_is_a_sentence(
    take_scanner: Callable[..., Page], shared_line: BadLine
):
    address = shared_line.address
    scanner = take_scanner(address, service_workers="block")
    the_list(scanner, address).evaluate("code => document.querySelector(`li[data-code='${code}']`).remove()", SITE)
    scanner.locator("#scan").tap()
    expect(scanner.locator(".live-message")).to_have_text(f"点位列表里没有「{SITE}」，可能已经停用")
    assert scanner.url == f"{address}/field/"
    scanner.get_by_role("button", name="关闭").tap()
    expect(scanner.locator("dialog.live")).to_have_count(0)


NATIVE = """(text) => {
  globalThis.BarcodeDetector = class {
    static getSupportedFormats = async () => ["qr_code"];
    detect = async () => [{ rawValue: text }];
  };
}"""


@pytest.mark.usefixtures("as_written")
def test_where_set_up_had_no_network_the_browser_reads_labels_itself_or_a_sentence_says_that_it_cannot(
    take_scanner: Callable[..., Page], address: str
):
    scanner = take_scanner(address, service_workers="block")
    the_list(scanner, address).locator("#scan").tap()
    expect(scanner.locator(".live-message")).to_have_text("这里还不能扫码：请联网后再试，还是不行就按名称或编码查找")
    scanner.get_by_role("button", name="关闭").tap()
    scanner.evaluate(NATIVE, f"{address}/field/sites/{SITE}")
    scanner.locator("#scan").tap()
    scanner.wait_for_url(f"**/field/sites/{SITE}")


@pytest.mark.usefixtures("as_written")
def test_a_tool_that_does_not_arrive_says_so_and_opens_at_a_later_tap(browser: Browser, address: str):
    page = browser.new_page(**CONTEXT, service_workers="block")
    let_in(page, address)
    arrives = re.compile(r"/place/sites/(scan|own-map)\.js")
    page.route(arrives, lambda route: route.abort())
    for button, opened in (("#scan", "dialog.live"), ("#open-map", "dialog.own-map[open]")):
        the_list(page, address).locator(button).tap()
        expect(page.locator("#tools-state")).to_have_text("没有载全，请联网后再点，还是不行就刷新本页")
        expect(page.locator(opened)).to_have_count(0)
    page.unroute(arrives)
    inner = re.compile(r"/place/map/own\.js")
    page.route(inner, lambda route: route.abort())
    page.locator("#open-map").tap()
    expect(page.locator("dialog.own-map[open]")).to_be_visible()
    expect(page.locator("#tools-state")).to_be_hidden()
    expect(page.locator(".own-map-state")).to_have_text("地图没有载全，请联网后关闭再打开，还是不行就刷新本页")
    page.unroute(inner)
    page.get_by_role("button", name="关闭").tap()
    page.locator("#open-map").tap()
    expect(page.locator(".own-map-state")).to_have_text("22个点位")
    page.context.close()


JUDGED = """async (texts) => {
  const base = document.querySelector('link[rel=stylesheet]').href.replace(/css\\/.*/, 'js/place/sites/label.js');
  const { siteOf } = await import(base);
  const roots = ["https://city.example/inspect/field/sites/", "http://10.0.0.2/field/sites/"];
  return texts.map((text) => siteOf(text, roots, (code) => ["x-1", "厕-1"].includes(code)).code);
}"""


def test_only_addresses_of_own_sites_open(phone: Page, shared_line: BadLine):
    address = shared_line.address
    let_in(phone, address)
    labels, page = "https://city.example/inspect/field/sites/", "http://10.0.0.2/field/sites/"
    ours = [f"{labels}x-1", f"{page}x-1", f" {page}%E5%8E%95-1\n"]
    others = [
        f"{labels}x-1?version=2", f"{labels}x-1/../../login", f"{labels}", f"{labels}%ZZ", f"{labels}..%2F..%2Flogout",
        f"{labels}y-9", labels.replace("example", "example.evil") + "x-1", labels.replace("example", "example@evil"),
        labels.replace("https", "http") + "x-1", "javascript:alert(1)", "x-1", "",
    ]  # fmt: skip
    the_list(phone, address)
    assert phone.evaluate(JUDGED, [*ours, *others]) == ["x-1", "x-1", "厕-1", *[""] * len(others)]
