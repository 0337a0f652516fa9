"""What is done to accounts, in the log of acts: who did what to whom, and never a value."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from inspect_app.domain.accounts.unit import Reach
from inspect_app.services.accounts.accounts import find_user, user_with_password
from inspect_app.services.accounts.tokens import token_user
from inspect_app.services.accounts.units import change_unit, find_unit
from tests.web.accounts.test_accounts import post, shown_secret
from tests.web.accounts.test_auth import sign_in
from tests.web.accounts.test_passwords import NEW, change
from tests.web.builders import hidden, signed_in
from tests.world import BUREAU, NOW, PASSWORD


def acts(world) -> list[tuple[str, str, str]]:
    return [(one["who"], one["act"], one["of"]) for one in world.services.audit.entries()]


def test_every_act_on_an_account_is_there_with_who_did_it(world):
    admin = signed_in(world, "administrator")
    post(admin, "/admin/users", name="zhang3", role="inspector", password="")
    post(admin, "/admin/users/zhang3/password")
    post(admin, "/admin/users/zhang3/block")
    post(admin, "/admin/users/zhang3/unblock")
    change(signed_in(world, "inspector"), PASSWORD, NEW)
    post(admin, "/admin/second-factor", role=["supervisor"])
    post(admin, "/admin/second-factor", role=["supervisor"])
    assert acts(world) == [
        ("administrator", "account.added", "users/zhang3"),
        ("administrator", "account.password_reset", "users/zhang3"),
        ("administrator", "account.blocked", "users/zhang3"),
        ("administrator", "account.unblocked", "users/zhang3"),
        ("inspector", "account.password_changed", "users/inspector"),
        ("administrator", "settings.second_factor", "accounts/rules"),
    ]


def test_tokens_codes_and_devices_too_and_no_value_is(world):
    admin = signed_in(world, "administrator")
    token = shown_secret(post(admin, "/admin/tokens", user="inspector2").text)
    password = shown_secret(post(admin, "/admin/users/inspector2/password").text)
    shown = post(admin, "/admin/users/inspector/sign-in-code").location
    post(admin, f"{shown}/revoke")
    phone = signed_in(world, "inspector")
    form = {"csrf_token": hidden(phone.get("/devices").text, "csrf_token")}
    with phone.session_transaction() as session:
        device = session["device"]
    phone.post(f"/devices/{device}/revoke", data=form)
    assert [(who, act) for who, act, _ in acts(world)] == [
        ("administrator", "token.made"),
        ("administrator", "account.password_reset"),
        ("administrator", "code.made"),
        ("administrator", "code.revoked"),
        ("inspector", "device.revoked"),
    ]
    assert [one["after"] and one["after"]["user"] for one in world.services.audit.entries() if one["after"]] == [
        "inspector2", "inspector", "inspector", "inspector",
    ]  # fmt: skip
    log = str(list(world.services.audit.entries()))
    assert token not in log
    assert password not in log
    assert "scrypt" not in log


def test_an_act_that_is_refused_leaves_no_entry(world):
    admin = signed_in(world, "administrator")
    post(admin, "/admin/users", name="inspector", role="inspector", password=NEW)
    post(admin, "/admin/users", name="zhang3", role="inspector", password="12345678")
    post(admin, "/admin/tokens", user="nobody")
    post(admin, "/admin/users/nobody/password")
    change(signed_in(world, "inspector"), "wrong-password", NEW)
    assert acts(world) == []


def test_the_accounts_of_a_retired_unit_end_and_come_back_with_it(world):
    store, now = world.services.store, datetime.now(UTC)
    browser = signed_in(world, "unit")
    unit = find_unit(store, world.unit(BUREAU))
    assert change_unit(store, "administrator", unit.unit, Reach(), False, unit.revision, now) == []
    assert browser.get("/unit/").status_code in (302, 404)
    assert browser.get("/devices").location.startswith("/login")
    assert token_user(store, world.tokens["unit"], now) is None
    refused = sign_in(world.app().test_client(), "unit", PASSWORD)
    assert refused.status_code == 403
    assert "责任单位已停用" in refused.text
    assert "责任单位已停用" not in sign_in(world.app().test_client(), "unit", "wrong-password").text
    assert "单位停用" in signed_in(world, "administrator").get("/admin/users").text
    again = find_unit(store, unit.unit.id)
    assert change_unit(store, "administrator", unit.unit, Reach(), True, again.revision, now) == []
    assert find_user(store, "unit").active
    assert user_with_password(store, "unit", PASSWORD)
    assert sign_in(world.app().test_client(), "unit", PASSWORD).status_code == 302
    assert browser.get("/devices").location.startswith("/login"), "sessions from before do not come back"
    assert token_user(store, world.tokens["unit"], now) is None


@pytest.mark.parametrize("name", ["unit2", "inspector"])
def test_a_retired_unit_ends_no_accounts_but_its_own(world, name):
    browser, store = signed_in(world, name), world.services.store
    unit = find_unit(store, world.unit(BUREAU))
    change_unit(store, "administrator", unit.unit, Reach(), False, unit.revision, NOW)
    assert browser.get("/devices").status_code == 200
