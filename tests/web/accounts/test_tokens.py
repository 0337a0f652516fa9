"""Tokens: where they work, what for, and when they end."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta

import pytest

from inspect_app import create_app
from inspect_app.collections.accounts.token import TOKENS
from inspect_app.domain.accounts.token import LIFETIME, USED_EVERY, TokenScope
from inspect_app.services.accounts.accounts import set_active, set_password
from inspect_app.services.accounts.tokens import add_token, all_tokens, give_ends, revoke_token, token_user
from inspect_app.wording import say
from tests.web.accounts.test_accounts import post
from tests.web.builders import hidden, signed_in
from tests.world import NOW, headers, new_id


@pytest.fixture
def store(world):
    return world.services.store


def kept(store, token: str):
    return TOKENS.get(store, hashlib.sha256(token.encode()).hexdigest())


@pytest.mark.parametrize("path", ["/admin/users", "/field/", "/account", "/devices", "/map/", "/index/"])
def test_a_token_opens_no_page_not_even_its_administrators(world, path):
    client = create_app(world.settings).test_client()
    answer = client.get(path, headers=headers(world.tokens["administrator"]))
    assert answer.status_code == 403
    assert "令牌只能用于接口" in answer.text
    assert client.get("/api/v1/session", headers=headers(world.tokens["administrator"])).status_code == 200


def test_a_token_makes_no_account(world):
    client = create_app(world.settings).test_client()
    form = {"name": "evil", "role": "administrator"}
    assert client.post("/admin/users", data=form, headers=headers(world.tokens["administrator"])).status_code == 403


def test_a_token_that_reads_submits_nothing(world, store):
    token = add_token(store, "inspector", datetime.now(UTC), scope=TokenScope.READ)
    client = world.app().test_client()
    assert client.get("/api/v1/sites", headers=headers(token)).status_code == 200
    refused = client.put(f"/api/v1/inspections/{new_id()}", json=world.submission(), headers=headers(token))
    assert refused.status_code == 403
    assert "只读取" in refused.json["error"]


@pytest.mark.parametrize(
    "end",
    [
        lambda store: set_password(store, "inspector", "another-one-9", NOW),
        lambda store: set_active(store, "inspector", False, NOW) or set_active(store, "inspector", True, NOW),
        lambda store: revoke_token(store, all_tokens(store, NOW, "inspector")[0].number, NOW),
    ],
    ids=["password", "blocked and back", "revoked"],
)
def test_a_token_ends_with_the_password_with_blocking_and_when_it_is_revoked(world, store, end):
    assert token_user(store, world.tokens["inspector"], NOW)
    assert end(store) == []
    assert token_user(store, world.tokens["inspector"], NOW) is None


def test_a_token_expires(store):
    token = add_token(store, "inspector", NOW, lifetime=timedelta(days=2))
    assert token_user(store, token, NOW + timedelta(days=2, seconds=-1))
    assert token_user(store, token, NOW + timedelta(days=2)) is None
    assert all_tokens(store, NOW + timedelta(days=2), "inspector")[0].end.label == "已到期"


@pytest.mark.parametrize("days", [0, -1, 367])
def test_no_token_lasts_longer_than_a_year(store, days):
    assert "1到366天" in str(say(add_token(store, "inspector", NOW, lifetime=timedelta(days=days))[0]))


def test_the_last_use_is_noted_twice_a_day_and_not_for_each_request(store):
    token = add_token(store, "inspector", NOW)
    token_user(store, token, NOW)
    noted = kept(store, token)
    assert noted.value.last_used == NOW
    token_user(store, token, NOW + USED_EVERY - timedelta(seconds=1))
    assert kept(store, token).revision == noted.revision
    token_user(store, token, NOW + USED_EVERY)
    assert kept(store, token).value.last_used == NOW + USED_EVERY


def old_token(store, text: str) -> None:
    document = {"user": "inspector", "state": "active", "created_at": "2025-01-01T00:00:00.000Z"}
    store.put_once("tokens", hashlib.sha256(text.encode()).hexdigest(), document)


def test_a_token_from_before_they_ended_gets_its_end_at_the_first_start(store):
    old_token(store, "inspect_old")
    assert give_ends(store, NOW) == 1
    assert give_ends(store, NOW + timedelta(days=50)) == 0
    told = [(entry["who"], entry["act"], entry["after"]["user"]) for entry in store.log.entries()]
    assert told == [("升级", "token.dated", "inspector")]
    assert token_user(store, "inspect_old", NOW + LIFETIME - timedelta(seconds=1))[1] is TokenScope.SUBMIT
    assert token_user(store, "inspect_old", NOW + LIFETIME) is None


def test_or_when_it_is_used_first_and_then_ends_with_the_password(store):
    old_token(store, "inspect_old")
    assert token_user(store, "inspect_old", NOW)
    assert kept(store, "inspect_old").value.expires_at == NOW + LIFETIME
    set_password(store, "inspector", "another-one-9", NOW)
    assert token_user(store, "inspect_old", NOW) is None


def test_owners_see_their_tokens_without_the_value_and_end_them(world, store):
    client = signed_in(world, "inspector")
    page = client.get("/account").text
    assert world.tokens["inspector"] not in page
    numbers = re.findall("/account/tokens/([0-9a-f]{12})/revoke", page)
    assert numbers == [all_tokens(store, NOW, "inspector")[0].number]
    form = {"csrf_token": hidden(page, "csrf_token")}
    assert client.post(f"/account/tokens/{numbers[0]}/revoke", data=form).status_code == 303
    assert token_user(store, world.tokens["inspector"], datetime.now(UTC)) is None


def test_nobody_ends_anothers_token_as_if_it_were_the_own(world, store):
    client = signed_in(world, "inspector")
    form = {"csrf_token": hidden(client.get("/account").text, "csrf_token")}
    number = all_tokens(store, NOW, "supervisor")[0].number
    assert client.post(f"/account/tokens/{number}/revoke", data=form).status_code == 404
    assert token_user(store, world.tokens["supervisor"], datetime.now(UTC))


@pytest.mark.parametrize("fields", [{"scope": "all"}, {"days": "400"}, {"days": "x"}, {"days": "9" * 30}])
def test_a_wrong_scope_or_lifetime_is_refused(world, fields):
    admin = signed_in(world, "administrator")
    answer = post(admin, "/admin/tokens", user="inspector2", **fields)
    assert answer.status_code == 422
    assert "inspect_" not in answer.text
