"""The second step of signing in, who has to take it, and showing once more who one is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from inspect_app.domain.accounts.permissions import Role
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.accounts.factors import (
    account_rules,
    add_app,
    code_fits,
    factors_of,
    new_secret,
    remove_app,
    require_second_factor,
)
from inspect_app.services.accounts.sign_in_codes import make_code
from inspect_app.web import context
from tests.web.accounts.test_accounts import post
from tests.web.accounts.test_auth import sign_in
from tests.web.builders import hidden, signed_in
from tests.world import NOW, PASSWORD, World

SECRET = new_secret()


@pytest.fixture
def store(world: World):
    return world.services.store


def turned_on(store, name: str, now: datetime) -> tuple[str, ...]:
    """The account has an app; its recovery codes."""
    done = add_app(store, find_user(store, name), SECRET, pyotp.TOTP(SECRET).at(now), now)
    assert not isinstance(done, list)
    return done.codes


def second(client, code: str):
    token = hidden(client.get("/login/second").text, "csrf_token")
    return client.post("/login/second", data={"csrf_token": token, "code": code})


def later(monkeypatch, by: timedelta) -> datetime:
    """Have the pages' clock stand at a later moment."""
    moment = datetime.now(UTC) + by

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return moment

    monkeypatch.setattr(context, "datetime", Clock)
    return moment


def test_each_code_of_the_app_is_good_once_and_for_a_minute_and_a_half(store):
    turned_on(store, "inspector", NOW)
    app = pyotp.TOTP(SECRET)
    assert not code_fits(store, "inspector", app.at(NOW), NOW), "used when it was turned on"
    soon = NOW + timedelta(seconds=30)
    assert code_fits(store, "inspector", f" {app.at(soon)[:3]} {app.at(soon)[3:]} ", soon)
    assert not code_fits(store, "inspector", app.at(soon), soon)
    assert not code_fits(store, "inspector", app.at(NOW + timedelta(minutes=5)), NOW + timedelta(minutes=7))
    assert code_fits(store, "inspector", app.at(NOW + timedelta(minutes=5)), NOW + timedelta(minutes=5, seconds=30))


@pytest.mark.parametrize("digits", ["０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩"], ids=["full width", "arabic"])
def test_digits_that_are_not_ascii_are_a_code_or_a_wrong_one_and_never_an_error(world, store, digits):
    """Keyboards for Chinese write digits of full width; what compares secrets takes none of them."""
    assert isinstance(add_app(store, find_user(store, "inspector"), SECRET, digits[:6], NOW), list)
    turned_on(store, "inspector", datetime.now(UTC) - timedelta(minutes=5))
    client = world.app().test_client()
    sign_in(client, "inspector", PASSWORD)
    assert second(client, digits[:6]).status_code == 401
    right = pyotp.TOTP(SECRET).at(datetime.now(UTC)).translate(str.maketrans("0123456789", digits))
    assert second(client, right).status_code == (302 if digits[0] == "０" else 401)


def test_a_recovery_code_is_good_once_and_without_a_factor_opens_nothing(store):
    first, another, *_ = turned_on(store, "inspector", NOW)
    assert code_fits(store, "inspector", first.upper(), NOW)
    assert not code_fits(store, "inspector", first, NOW)
    remove_app(store, find_user(store, "inspector"), NOW)
    assert not code_fits(store, "inspector", another, NOW)


def test_neither_codes_nor_their_number_of_digits_open_an_account_without_a_factor(store):
    assert not any(code_fits(store, "inspector", code, NOW) for code in ("", "000000", "abcd-efgh-2345"))


def test_the_password_alone_signs_nobody_in_who_has_a_second_factor(world, store):
    codes = turned_on(store, "inspector", NOW)
    client = world.app().test_client()
    assert (
        sign_in(client, "inspector", PASSWORD, "/login?next=/field/mine").location == "/login/second?next=/field/mine"
    )
    assert client.get("/field/").location.startswith("/login")
    assert client.get("/api/v1/session").status_code == 401
    assert second(client, "000000").status_code == 401
    assert second(client, "").status_code == 200
    assert second(client, codes[0]).status_code == 302
    assert client.get("/field/").status_code == 200


def test_by_the_apps_code_too(world, store):
    now = datetime.now(UTC)
    turned_on(store, "inspector", now - timedelta(minutes=5))
    client = world.app().test_client()
    sign_in(client, "inspector", PASSWORD)
    assert second(client, pyotp.TOTP(SECRET).at(datetime.now(UTC))).status_code == 302


def test_guessing_codes_is_slowed_for_the_account_wherever_it_comes_from(world, store):
    codes = turned_on(store, "inspector", NOW)
    statuses = []
    for _ in range(6):
        client = world.app().test_client()
        sign_in(client, "inspector", PASSWORD)
        answer = second(client, "000000")
        statuses.append(answer.status_code)
    assert statuses == [401] * 5 + [429]
    assert second(client, codes[0]).status_code == 429


def test_the_first_step_is_good_for_five_minutes_and_not_after_another_password(world, store, monkeypatch):
    codes = turned_on(store, "inspector", NOW)
    client = world.app().test_client()
    sign_in(client, "inspector", PASSWORD)
    later(monkeypatch, timedelta(minutes=6))
    assert client.get("/login/second").location == "/login"
    assert client.post("/login/second", data={"code": codes[0]}).status_code == 400


def test_whose_role_needs_one_sees_nothing_before_it_is_on(world, store):
    admin = signed_in(world, "administrator")
    assert "开启</a>，约一分钟" in admin.get("/admin/").text
    assert post(admin, "/admin/second-factor", role=["supervisor", "mayor"]).status_code == 303
    assert account_rules(store).second_factor == {Role.SUPERVISOR}
    client = signed_in(world, "supervisor")
    assert client.get("/review/photos").location == "/account"
    assert "必须开启二次验证" in client.get("/account").text
    page = client.get("/account/app").text
    secret = re.search(r'class="app-secret">([A-Z2-7]+)<', page)[1]
    form = {"csrf_token": hidden(page, "csrf_token"), "code": "000000"}
    assert client.post("/account/app", data=form).status_code == 422
    form["code"] = pyotp.TOTP(secret).now()
    assert client.post("/account/app", data=form).status_code == 303
    shown = client.get("/account").text
    assert len(re.findall(r"<li><code>", shown)) == 10
    assert len(re.findall(r"<li><code>", client.get("/account").text)) == 0, "shown once"
    assert client.get("/review/photos").status_code == 200
    assert signed_in(world, "inspector").get("/field/").status_code == 200


def test_a_phone_that_was_signed_in_by_a_code_is_not_held_up(world, store):
    now = datetime.now(UTC)
    require_second_factor(store, [Role.INSPECTOR], now, "administrator")
    code, _ = make_code(store, "inspector", "administrator", now)
    phone = world.app().test_client()
    phone.post(f"/enter/{code}", data={"csrf_token": hidden(phone.get(f"/enter/{code}").text, "csrf_token")})
    assert phone.get("/field/").status_code == 200


def test_an_administrator_turns_off_what_somebody_lost(world, store):
    turned_on(store, "inspector", NOW)
    assert post(signed_in(world, "administrator"), "/admin/users/inspector/second-factor/reset").status_code == 303
    assert not factors_of(store, "inspector").on
    assert signed_in(world, "inspector").get("/field/").status_code == 200


# Showing once more who one is


def test_a_dangerous_act_asks_for_the_password_once_more_and_is_then_done_with_what_was_filled_in(
    world, store, monkeypatch
):
    admin = signed_in(world, "administrator")
    later(monkeypatch, timedelta(minutes=11))
    fields = {"name": "zhang3", "title": "张三", "role": "leader", "scope": ["421002", "421003"]}
    asked = post(admin, "/admin/users", **fields)
    assert asked.status_code == 403
    assert "确认是您本人" in asked.text
    assert find_user(store, "zhang3") is None
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
    assert re.findall(r'name="scope" value="(\d+)"', asked.text) == ["421002", "421003"]
    wrong = admin.post("/admin/users", data={**again, **fields, "proof": "wrong"})
    assert wrong.status_code == 403
    assert "密码或验证码不对" in wrong.text
    assert find_user(store, "zhang3") is None
    done = admin.post("/admin/users", data={**again, **fields, "proof": PASSWORD})
    assert done.status_code == 200
    assert find_user(store, "zhang3").scope == ("421002", "421003")
    assert post(admin, "/admin/users/zhang3/block").status_code == 303, "for ten minutes nothing more is asked"


@pytest.mark.parametrize(
    "path",
    [
        "/admin/users",
        "/admin/users/inspector/password",
        "/admin/users/inspector/block",
        "/admin/users/supervisor/scope",
        "/admin/users/inspector/sign-in-code",
        "/admin/users/inspector/second-factor/reset",
        "/admin/second-factor",
        "/admin/tokens",
        "/account/app",
        "/account/app/remove",
        "/inspections/some/findings/markings/sealed.zip",
        "/admin/imports/some/accept",
    ],
)
def test_what_is_dangerous_asks(world, monkeypatch, path):
    admin = signed_in(world, "administrator")
    entries = list(world.services.audit.entries())
    later(monkeypatch, timedelta(minutes=11))
    assert post(admin, path).status_code == 403
    assert list(world.services.audit.entries()) == entries


def test_an_administrator_who_came_by_a_code_shows_the_password_first(world, store):
    code, _ = make_code(store, "administrator", "supervisor", datetime.now(UTC))
    client = world.app().test_client()
    client.post(f"/enter/{code}", data={"csrf_token": hidden(client.get(f"/enter/{code}").text, "csrf_token")})
    assert client.get("/admin/users").status_code == 200
    assert post(client, "/admin/users/inspector/password").status_code == 403


def test_the_page_that_asks_leads_on_within_this_site(world, monkeypatch):
    client = signed_in(world, "inspector")
    for target, location in (("/field/mine", "/field/mine"), ("//evil.example", "/")):
        page = client.get(f"/account/prove?next={target}").text
        form = {"csrf_token": hidden(page, "csrf_token"), "proof": PASSWORD}
        assert client.post(f"/account/prove?next={target}", data=form).location == location
    refused = client.post("/account/prove", data={**form, "proof": "wrong"})
    assert refused.status_code == 422


@pytest.mark.parametrize("code", ["１２３４５６", "٣٣٣٣٣٣", "²²²²²²"])
def test_a_code_in_digits_of_another_script_is_a_wrong_one(store, code):
    turned_on(store, "supervisor", NOW)
    assert not code_fits(store, "supervisor", code, NOW)
