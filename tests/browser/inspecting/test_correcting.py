"""The whole way of a correction: submitted, corrected on the phone, both versions before the supervisor."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import PHONE
from tests.browser.phone import answer_all, kept, let_in, open_form, outbox
from tests.conftest import ServerProcess
from tests.world import World, first_item

pytestmark = pytest.mark.browser


def test_from_the_submission_to_the_desk(
    open_browser: Callable[..., BrowserContext], server: ServerProcess, world: World
):
    item = first_item(world.checklist("zebra-crossing"), "compliance").id
    phone = open_browser(PHONE, has_touch=True, is_mobile=True, service_workers="block")
    page = phone.new_page()
    let_in(page, server.address)
    open_form(page, server.address, "zebra-crossing-1")
    expect(page.locator("#last-visit-shown")).to_be_hidden()
    page.locator("#last-visit summary").click()
    expect(page.locator("#last-visit-shown")).to_contain_text("没有可以看的上次检查")
    answer_all(page)
    page.locator(f"#item-{item} .choice-fail").click()
    page.locator(f"#no-photo-{item} input").fill("车太多")
    page.locator("#submit").click()
    page.get_by_role("link", name="更正这次测评").click()
    page.locator("html.scripted").wait_for()
    expect(page.locator(f"#item-{item} input[value=fail]")).to_be_checked()

    page.locator(f"#item-{item} .choice-pass").click()
    page.locator("#submit").click()
    expect(page.locator("#message")).to_have_text("请写明更正原因。")
    page.locator("#note").fill("点错了")
    expect(page.locator("#kept-state")).to_have_text("已存入手机")
    page.reload()
    page.locator("html.scripted").wait_for()
    expect(page.locator("#note")).to_have_value("点错了")
    expect(page.locator(f"#item-{item} input[value=pass]")).to_be_checked()
    page.locator("#submit").click()
    expect(page.locator(".corrections")).to_contain_text("已更正1次")
    address = page.url
    (sent, _) = sorted(outbox(page), key=lambda one: one["kind"])
    assert (sent["kind"], sent["state"]) == ("correction", "confirmed")
    assert not kept(page, "drafts")

    desk = open_browser({"width": 1440, "height": 900}).new_page()
    let_in(desk, server.address, "supervisor")
    desk.goto(address)
    row = desk.locator(".corrections tbody tr")
    expect(row).to_have_count(1)
    expect(row.locator("td").nth(0)).to_contain_text("不合格")
    expect(row.locator("td").nth(1)).to_have_text("合格。未拍照：车太多")
    expect(desk.locator(".corrections")).to_contain_text("点错了")
