"""The public site without JavaScript, without an account, on a small phone and on a desk; and without barriers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from inspect_app.domain.place.outlines import outline_to_json
from inspect_app.services.index.publishing import publish
from inspect_app.services.place.register import area_tree
from tests.areas import keep_area_outline
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_accessibility import AXE
from tests.conftest import ServerProcess
from tests.web.evidence.test_review import inspected
from tests.weeks import made_week
from tests.world import NOW, WEEK, World

pytestmark = pytest.mark.browser

MOST_BYTES = 100 * 1024


@pytest.fixture(scope="module")
def address(shared_world: World, shared_server: ServerProcess) -> str:
    """A server with one published week of five inspections in one street, for those who only read."""
    tree = area_tree(shared_world.services.store)
    for code, outline in zip(("421002001", "421002"), made_week().outlines.values(), strict=False):
        keep_area_outline(shared_world.services.store, tree.get(code), outline_to_json(outline))
    for seed in (None, 1, 2, 3):
        inspected(shared_world, seed=seed, kind="main-road" if seed is None else "public-toilet")
    assert publish(shared_world.services, "supervisor", WEEK, "", NOW) == 1
    return shared_server.address


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_citizen_reads_everything_without_javascript(address, open_browser: Callable[..., BrowserContext], size):
    page = open_browser(size, java_script_enabled=False).new_page()
    weights: list[int] = []
    page.on("requestfinished", lambda request: weights.append(_transferred(request)))
    page.goto(f"{address}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("荆州市公共文明指数")
    expect(page.locator(".headline-figure")).to_contain_text(".")
    page.wait_for_load_state("networkidle")
    assert 0 < sum(weights) <= MOST_BYTES
    page.get_by_role("link", name="中山街道", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("中山街道")
    page.get_by_text("逐项得分", exact=False).click()
    expect(page.get_by_role("region", name="测评项")).to_be_visible()
    page.get_by_role("link", name="荆州市", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("荆州市")
    page.get_by_role("link", name="指数怎么算").click()
    expect(page.get_by_text("10.27").first).to_be_visible()
    page.get_by_role("link", name="往期指数").click()
    page.get_by_role("link", name="第1版").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="工作簿（XLSX）").click()
    assert download.value.suggested_filename == f"{WEEK}-1-index.xlsx"
    assert _overflow(page) == 0


READ_PAGES = (f"/index/{WEEK}", f"/index/{WEEK}/areas/421002001", "/index/weeks", "/index/widget")


def test_axe_finds_nothing_serious_on_the_public_pages(address, open_browser: Callable[..., BrowserContext]):
    page = open_browser(PHONE, bypass_csp=True).new_page()
    for path in READ_PAGES:
        page.goto(address + path)
        page.add_script_tag(content=AXE)
        found = page.evaluate("async () => (await axe.run()).violations.map(v => [v.impact, v.id, v.nodes[0].html])")
        assert [one for one in found if one[0] in ("serious", "critical")] == [], path


def test_charts_are_pictures_that_load(address, open_browser: Callable[..., BrowserContext]):
    """Chromium draws each chart at its size: an SVG that it refused would have none."""
    page = open_browser(DESK).new_page()
    for name in ("ranking-9", "ranking-9-narrow", "dimensions-421002001", "heat"):
        page.goto(f"{address}/index/{WEEK}/1/charts/{name}.svg")
        assert page.evaluate("document.documentElement.getBoundingClientRect().width") >= 380, name
        assert "荆州市" in page.evaluate("document.querySelector('title').textContent") or "各维度" in page.content()


def test_the_widget_stands_in_another_site_s_frame(address, open_browser: Callable[..., BrowserContext]):
    page = open_browser(PHONE).new_page()
    page.set_content(f'<iframe src="{address}/index/widget" width="320" height="420" title="指数"></iframe>')
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("link", name="荆州市公共文明指数")).to_be_visible()
    page.set_content(f'<iframe src="{address}/index/{WEEK}" width="320" height="420" title="指数"></iframe>')
    expect(page.frame_locator("iframe").get_by_role("heading", name="荆州市公共文明指数")).to_have_count(0)


def _transferred(request: object) -> int:
    """Compressed bytes of an answer with its headers, photos left out."""
    sizes = request.sizes()  # type: ignore[attr-defined]
    return int(sizes["responseBodySize"] + sizes["responseHeadersSize"])


def _overflow(page: Page) -> int:
    """Without JavaScript the page cannot be asked; a full screenshot is as wide as what it shows."""
    shot = page.screenshot(full_page=True)
    width = int.from_bytes(shot[16:20], "big")
    return width - page.viewport_size["width"]
