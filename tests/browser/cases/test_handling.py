"""A unit's report with after-photos, on a phone whose network goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.phone import CONTEXT, let_in, online, payloads, states
from tests.cases import acted_on, dispatched
from tests.faults import BadLine
from tests.world import World, photo

pytestmark = pytest.mark.browser
ALMOST_FULL = "StorageManager.prototype.estimate = async () => ({ quota: 1e9, usage: 0.95e9 });"


def test_a_report_handed_in_without_a_network_waits_on_the_phone_and_is_sent_when_it_is_back(
    world: World, serve: Callable[..., Any], open_browser: Callable[..., BrowserContext]
):
    case = acted_on(world, dispatched(world), "unit", "accept").id
    world.services.store.close()
    options = {name: value for name, value in CONTEXT.items() if name not in ("locale", "timezone_id")}
    page = open_browser(**options).new_page()
    page.add_init_script(ALMOST_FULL)
    with BadLine(serve(world.data).port) as line:
        let_in(page, line.address, "unit")
        page.goto(f"{line.address}/unit/cases/{case}", wait_until="networkidle")
        expect(page.locator("#storage-notice")).to_contain_text("手机空间快用完了")
        line.network_off()
        page.locator("input.camera").set_input_files(payloads([photo(300)]))
        expect(page.locator("#photo-count")).to_have_text("照片 1 张")
        page.locator("#submit").tap()
        expect(page.locator("#message")).to_contain_text("没有网络，已存入「待发」")
        assert states(page) == ["waiting"]
        line.network_on()
        online(page)
        expect(page.locator("header.panel .badge").first).to_have_text("待核查")
        assert states(page) == ["confirmed"]
