"""Importing sites in Chromium: a file with errors shows the preview and takes nothing; the mended one is taken."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from inspect_app.services.place.register import find_site
from tests.browser.conftest import DESK
from tests.browser.phone import let_in
from tests.conftest import ServerProcess
from tests.world import STREET, World

pytestmark = pytest.mark.browser
WRONG = (
    "编码,名称,类型,区域,纬度,经度\n"
    f"I-1,滨江公厕,公共厕所,{STREET},30.305,112.236\nI-2,江边路,主干到,{STREET},112.2,30.3\n"
)
MENDED = WRONG.replace("主干到", "main-road").replace("112.2,30.3", "30.3,112.2")


@pytest.fixture
def page(server: ServerProcess, open_browser: Callable[..., BrowserContext]) -> Page:
    page = open_browser(DESK).new_page()
    let_in(page, server.address, "administrator")
    page.goto(f"{server.address}/admin/sites")
    page.get_by_role("link", name="导入点位").click()
    return page


def upload(page: Page, text: str) -> None:
    """As Excel and WPS save it."""
    page.get_by_label("CSV、XLSX或GeoJSON文件").set_input_files(
        {"name": "点位.csv", "mimeType": "text/csv", "buffer": text.encode("gbk")}
    )
    page.get_by_label("经纬度的坐标系").select_option("wgs84")
    page.get_by_role("button", name="查看改动").click()


def kept(world: World, code: str) -> object:
    return find_site(world.app().extensions["inspect"].store, code)


def test_errors_show_the_preview_and_take_nothing_then_the_mended_file_is_taken(page: Page, world: World):
    upload(page, WRONG)
    wrong = page.get_by_role("region", name="有误")
    expect(wrong).to_contain_text("第3行「类型」列：没有点位类型「主干到」")
    expect(wrong).to_contain_text("第3行「纬度」列：「112.2」应为-90到90之间的数，纬度和经度像是写反了")
    expect(page.get_by_role("region", name="新增")).to_contain_text("滨江公厕")
    expect(page.get_by_role("alert")).to_contain_text("没有导入任何点位")
    expect(page.get_by_role("button", name="导入")).to_have_count(0)
    assert kept(world, "I-1") is None
    page.get_by_role("link", name="重新上传").click()
    upload(page, MENDED)
    assert kept(world, "I-1") is None, "nothing is taken before it was seen"
    page.get_by_role("button", name="导入 2 个点位").click()
    expect(page.get_by_role("status")).to_have_text("已导入点位.csv：新增或更改 2 个点位")
    assert kept(world, "I-1")
    assert kept(world, "I-2")
