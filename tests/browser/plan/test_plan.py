"""The supervisor announces, draws and changes in a browser; each inspector sees the own sites and no plan."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, expect

from inspect_app.domain.plan.beacon import CHINA
from inspect_app.domain.weeks import shifted
from inspect_app.web.context import now as real_now
from tests.browser.conftest import DESK, PHONE
from tests.browser.phone import let_in, sign_in
from tests.plans import VALUE, announced
from tests.web.plan.test_plan import this_week
from tests.world import World

pytestmark = pytest.mark.browser


def test_a_plan_from_the_announcement_to_the_inspector_s_phone(
    world: World, serve: Callable, open_browser: Callable[..., BrowserContext]
):
    week = this_week(world)
    commitment = announced(world.services, week, real_now(), count=4).value.commitment
    world.services.store.close()
    address = serve(world.data).address
    desk = open_browser(DESK).new_page()
    let_in(desk, address, "supervisor")
    desk.goto(f"{address}/plan/{shifted(week, 1)}")
    desk.get_by_label("公开数", exact=True).select_option("体彩排列5开奖号码")
    desk.get_by_label("哪一天的").fill(f"{real_now().astimezone(CHINA) + timedelta(days=1):%Y-%m-%d}")
    desk.get_by_label("抽多少个点位").fill("4")
    desk.get_by_role("button", name="公布").click()
    expect(desk.get_by_text("抽取已公布")).to_be_visible()
    desk.goto(f"{address}/plan/{week}")
    form = desk.locator("form[action$='/draw']")
    form.get_by_label("公开数的值").fill(VALUE)
    form.get_by_label("再填一遍").fill(VALUE)
    form.get_by_label("复测比例").fill("0")
    form.get_by_role("button", name="抽取").click()
    rows = desk.locator(".plan-table tbody tr")
    expect(rows).to_have_count(4)

    row = rows.first
    code = row.locator("th .hint").inner_text()
    row.get_by_text("更改", exact=True).click()
    row.get_by_label("换测评员").select_option("inspector2")
    row.get_by_label("理由").fill("原测评员生病")
    row.get_by_role("button", name="换人").click()
    expect(desk.get_by_text(f"{code}，原测评员生病")).to_be_visible()
    expect(rows.first.locator("[data-label=测评员]")).to_have_text("inspector2")
    of = {
        name: {
            line.locator("th .hint").inner_text()
            for line in rows.all()
            if line.locator("[data-label=测评员]").inner_text() == name
        }
        for name in ("inspector", "inspector2")
    }
    assert code in of["inspector2"]

    for name, codes in of.items():
        phone = open_browser(PHONE).new_page()
        sign_in(phone, address, name)
        expect(phone.get_by_role("heading", name="选择点位")).to_be_visible()
        own = phone.get_by_role("list", name="本周计划").locator("li")
        assert {line.get_attribute("data-code") for line in own.all()} == codes
        answer = phone.goto(f"{address}/plan/{week}")
        assert answer
        assert answer.status == 403
    stranger = open_browser(PHONE).new_page()
    stranger.goto(f"{address}/plan/seeds")
    expect(stranger.get_by_text(commitment)).to_be_visible()
    expect(stranger.get_by_text(re.compile(code))).to_have_count(0)
    assert stranger.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
