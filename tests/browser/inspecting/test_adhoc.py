"""An ad-hoc report (随手拍) on the phone: made without a network, kept through a kill, sent by itself."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inspecting.conftest import OpenPhone
from tests.browser.phone import (
    arrived,
    kept,
    outbox,
    payloads,
    photos_of,
    same_bytes,
    states,
    wait_until,
)
from tests.browser.standing import started_offline
from tests.faults import BadLine
from tests.sites import keep_only
from tests.world import STREET, World, photo, sha256

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("as_written")]


def open_report(page: Page, address: str) -> None:
    page.goto(f"{address}/field/adhoc")
    page.wait_for_selector("html.scripted")


def take(page: Page, content: bytes) -> None:
    before = page.locator(".preview:has(.preview-kept)").count()
    page.locator("input.camera").set_input_files(payloads([content]))
    expect(page.locator(".preview:has(.preview-kept)")).to_have_count(before + 1)


def test_a_report_made_without_a_network_survives_a_kill_and_arrives_by_itself(world: World, line: BadLine, take_phone):
    keep_only(world.services.store, "public-toilet-1")
    phone = take_phone()
    page = started_offline(phone, line, forms=1)
    open_report(page, line.address)
    expect(page.locator("#area")).to_have_value(STREET)
    expect(page.locator("#area-hint")).to_contain_text("请核对")
    page.get_by_text("车辆乱停乱放、占用盲道或人行道").tap()
    take(page, photo(1))
    phone.kill()

    page = phone.open()
    open_report(page, line.address)
    expect(page.locator("#draft-notice")).to_contain_text("照片 1 张")
    expect(page.locator("input[value=parking]")).to_be_checked()
    take(page, photo(2))
    page.locator("#note").fill("三辆车停在盲道上")
    page.locator("#submit").tap()
    expect(page.locator("#message")).to_contain_text("待发")
    assert states(page) == ["waiting"]
    assert outbox(page)[0]["title"].startswith("随手拍：车辆乱停")
    page.get_by_text("再拍一处").tap()
    expect(page.locator("#photo-count")).to_have_text("还没有照片")

    line.network_on()
    wait_until(page, lambda: len(arrived(world)) == 1, 30, "it has arrived")
    (id,) = arrived(world)
    hashes = [sha256(photo(1)), sha256(photo(2))]
    assert photos_of(world, id) == hashes
    assert all(same_bytes(world, sha) for sha in hashes)
    wait_until(page, lambda: states(page) == ["confirmed"], 10, "it is confirmed")
    assert kept(page, "media") == []
    stored = world.app().extensions["inspect"].store.get("inspections", id).document
    assert (stored["kind"], stored["area"], stored["rate"]) == ("adhoc", STREET, None)
    assert stored["answers"] == {"parking": {"value": "fail", "note": "三辆车停在盲道上"}}
    assert all(one["fix"]["source"] == "browser" for one in stored["photos"])


def test_what_is_wanting_is_said_at_its_place_and_a_refused_report_can_be_mended(
    world: World, line: BadLine, open_phone: OpenPhone
):
    page = open_phone(line.address, service_workers="block")
    open_report(page, line.address)
    page.locator("#submit").tap()
    expect(page.locator("#adhoc-photos .item-problems")).to_have_text("请拍一张照片")
    expect(page.locator("#adhoc-kind .item-problems")).to_have_text("请选择一类")
    take(page, photo(3))
    expect(page.locator("#adhoc-photos .item-problems")).to_be_hidden()
    page.get_by_text("其他", exact=True).tap()
    expect(page.locator("#adhoc-kind .item-problems")).to_have_text("「其他」请写明是什么问题")
    page.locator("#note").fill("路灯杆倾斜")
    # An area that is gone by the time the report arrives.
    page.evaluate("() => { const one = document.querySelector('#area option:checked'); one.value = '429999999'; }")
    page.locator("#area").dispatch_event("change")
    page.locator("#submit").tap()
    expect(page.locator("#message")).to_contain_text("没有区域")
    page.locator("#area").select_option("421003")
    page.locator("#submit").tap()
    expect(page.locator("#message")).to_contain_text("1/1 照片已确认")
    assert len(arrived(world)) == 1


def test_the_list_leads_to_it(line: BadLine, open_phone: OpenPhone):
    page = open_phone(line.address, service_workers="block")
    page.goto(f"{line.address}/field/")
    page.get_by_role("link", name="随手拍").tap()
    page.wait_for_url(re.compile("/field/adhoc$"))
