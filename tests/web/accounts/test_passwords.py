"""One's own password, the first one, and those that are refused."""

from __future__ import annotations

import pytest

from inspect_app.services.accounts.accounts import find_user, set_password, user_with_password
from inspect_app.services.accounts.passwords import password_problems, random_password
from inspect_app.services.accounts.sign_in_codes import make_code
from inspect_app.wording import say
from tests.web.accounts.test_accounts import post, shown_secret
from tests.web.accounts.test_auth import sign_in
from tests.web.accounts.test_devices import right_now
from tests.web.builders import hidden, signed_in
from tests.world import PASSWORD, headers

NEW = "gulou-renmin-7-che"


def change(client, current: str, new: str, again: str | None = None):
    token = hidden(client.get("/account/password").text, "csrf_token")
    form = {"csrf_token": token, "current": current, "new": new, "again": new if again is None else again}
    return client.post("/account/password", data=form)


@pytest.mark.parametrize(
    "password",
    ["12345678", "password", "1234567890", "qwertyuiop", "woaini1314", "a1b2c3d4", "admin123456", "Jingzhou2026"],
)
def test_passwords_that_are_guessed_first_are_refused(password):
    assert "太容易猜到" in str(say(password_problems(password, "zhang3")[0]))


@pytest.mark.parametrize(
    ("password", "sentence"),
    [("short", "至少8个字符"), ("x" * 257, "最多256个字符"), ("my-ZHANG3-2291-x", "不能含有账号的名称")],
)
def test_so_are_short_ones_and_those_with_the_accounts_name(password, sentence):
    assert sentence in str(say(password_problems(password, "zhang3")[0]))


@pytest.mark.parametrize("password", [NEW, "雨后春笋石拱桥边", "k7$Qz!pX", "chzh-36p9-arza", PASSWORD])
def test_good_ones_are_taken(password):
    assert password_problems(password, "zhang3", "张三") == []


def test_one_that_the_tool_makes_is_taken():
    assert password_problems(random_password(), "zhang3", "张三") == []


def test_the_own_password_is_changed_here_and_every_other_device_and_token_ends(world):
    here, other = signed_in(world, "inspector"), signed_in(world, "inspector")
    api = headers(world.tokens["inspector"])
    assert here.get("/api/v1/session", headers=api).status_code == 200
    assert change(here, PASSWORD, NEW).location == "/account?changed=password"
    assert here.get("/field/").status_code == 200
    assert other.get("/field/").status_code == 302
    assert world.app().test_client().get("/api/v1/session", headers=api).status_code == 401
    assert user_with_password(world.services.store, "inspector", PASSWORD) is None
    assert user_with_password(world.services.store, "inspector", NEW)


@pytest.mark.parametrize(
    ("current", "new", "again", "sentence"),
    [
        ("wrong-password", NEW, NEW, "现在的密码：不对"),
        (PASSWORD, NEW, "another-one-9", "两次输入的不一样"),
        (PASSWORD, PASSWORD, PASSWORD, "与现在的相同"),
        (PASSWORD, "12345678", "12345678", "太容易猜到"),
        (PASSWORD, "", "", "请输入新密码"),
    ],
)
def test_a_wrong_change_is_refused_and_changes_nothing(world, current, new, again, sentence):
    client = signed_in(world, "inspector")
    answer = change(client, current, new, again)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert client.get("/field/").status_code == 200
    assert user_with_password(world.services.store, "inspector", PASSWORD)


def test_guessing_the_present_password_from_a_found_phone_is_slowed(world):
    client = signed_in(world, "inspector")
    assert [change(client, f"wrong-{number}", NEW).status_code for number in range(6)] == [422] * 5 + [429]


def test_a_password_from_the_administrator_opens_nothing_but_the_page_to_change_it(world):
    admin = signed_in(world, "administrator")
    first = shown_secret(post(admin, "/admin/users", name="zhang3", role="inspector", password="").text)
    client = world.app().test_client()
    assert sign_in(client, "zhang3", first).status_code == 302
    for page in ("/field/", "/devices", "/field/today.json"):
        assert client.get(page).location == "/account/password", page
    assert client.get("/api/v1/session").status_code == 403
    assert "别人给的" in client.get("/account/password").text
    assert change(client, first, NEW).status_code == 303
    assert client.get("/field/").status_code == 200
    assert not find_user(world.services.store, "zhang3").must_change


def test_so_does_one_that_was_reset_but_a_phone_signed_in_by_a_code_works(world):
    store = world.services.store
    assert set_password(store, "inspector", NEW, right_now(), must_change=True) == []
    client = world.app().test_client()
    sign_in(client, "inspector", NEW)
    assert client.get("/field/").location == "/account/password"
    code, _ = make_code(store, "inspector", "administrator", right_now())
    phone = world.app().test_client()
    page = phone.get(f"/enter/{code}").text
    phone.post(f"/enter/{code}", data={"csrf_token": hidden(page, "csrf_token")})
    assert phone.get("/field/").status_code == 200
