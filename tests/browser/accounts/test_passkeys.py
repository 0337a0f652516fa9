"""Passkeys with Chromium's own authenticator: made, signed in with, and used to show once more who one is."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from inspect_app.services.accounts.factors import factors_of
from tests.browser.phone import sign_in
from tests.world import World

pytestmark = pytest.mark.browser
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def address(server) -> str:
    """Passkeys are for a name, not for an address of four numbers."""
    return f"http://localhost:{server.port}"


@pytest.fixture
def page(open_browser) -> Page:
    """A phone whose owner is recognised by the finger."""
    context: BrowserContext = open_browser()
    page = context.new_page()
    protocol = context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    protocol.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return page


def test_a_passkey_is_made_and_signs_in_alone_and_after_the_password(world: World, page: Page, address: str):
    sign_in(page, address, "administrator")
    page.goto(f"{address}/account")
    page.get_by_role("button", name="添加通行密钥").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    assert len(factors_of(world.services.store, "administrator").passkeys) == 1
    expect(page.get_by_role("button", name="删除")).to_be_visible()

    page.get_by_role("button", name="退出").click()
    page.get_by_role("button", name="用通行密钥").click()
    page.wait_for_url(f"{address}/admin/")

    page.get_by_role("button", name="退出").click()
    page.get_by_label("账号").fill("administrator")
    page.get_by_label("密码").fill("right-password-1")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="二次验证")).to_be_visible()
    page.goto(f"{address}/admin/")
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    page.goto(f"{address}/login/second")
    page.get_by_role("button", name="用通行密钥").click()
    page.wait_for_url(f"{address}/admin/")


def test_it_proves_once_more_and_the_form_goes_where_it_was_to_go(world: World, page: Page, address: str):
    sign_in(page, address, "administrator")
    page.goto(f"{address}/account")
    page.get_by_role("button", name="添加通行密钥").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    page.goto(f"{address}/account/prove?next=/admin/users")
    page.get_by_role("button", name="用通行密钥确认").click()
    page.wait_for_url(f"{address}/admin/users")


def test_under_a_bare_address_the_page_says_why_there_is_none(server, page: Page):
    sign_in(page, server.address, "administrator")
    page.goto(f"{server.address}/account")
    expect(page.get_by_text("用IP地址打开不行")).to_be_visible()
    expect(page.get_by_role("button", name="添加通行密钥")).to_have_count(0)
