"""Guessing passwords over the web: who is slowed, and that nobody shuts anybody out."""

from __future__ import annotations

import hashlib
import http.cookiejar
import itertools
import re
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest

from inspect_app.domain.accounts.throttle import ELSEWHERE, MOST_KEYS
from inspect_app.services.accounts.devices import all_devices, revoke_device
from inspect_app.services.accounts.throttle import begin_try, keys_of
from tests.web.accounts.test_auth import sign_in
from tests.web.builders import signed_in
from tests.world import PASSWORD, World

ATTACKER, OFFICE = "198.51.100.9", "203.0.113.5"


@pytest.fixture
def app(world):
    return world.app()


def browser(app, address: str):
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = address
    return client


def guess(client, name: str, times: int) -> list[int]:
    return [sign_in(client, name, f"wrong-{number}").status_code for number in range(times)]


def test_five_wrong_passwords_slow_that_address_down_and_say_for_how_long(app):
    attacker = browser(app, ATTACKER)
    assert guess(attacker, "inspector", 5) == [401] * 5
    slowed = sign_in(attacker, "inspector", PASSWORD)
    assert slowed.status_code == 429
    assert int(slowed.headers["Retry-After"]) <= 10
    assert re.search("请在[0-9]+秒后再试", slowed.text)
    assert sign_in(attacker, "supervisor", PASSWORD).status_code == 302


def test_an_attacker_does_not_stop_the_owner_at_another_address(app):
    guess(browser(app, ATTACKER), "inspector", 30)
    assert sign_in(browser(app, OFFICE), "inspector", PASSWORD).status_code == 302


def test_nor_at_the_same_address_with_a_phone_that_is_known(app):
    phone = browser(app, OFFICE)
    assert sign_in(phone, "inspector", PASSWORD).status_code == 302
    guess(browser(app, OFFICE), "inspector", 30)
    assert sign_in(browser(app, OFFICE), "inspector", PASSWORD).status_code == 429
    assert sign_in(phone, "inspector", PASSWORD).status_code == 302


def test_a_known_phone_is_slowed_by_its_own_guesses_and_counts_as_unknown_once_it_is_revoked(world, app):
    phone = browser(app, OFFICE)
    sign_in(phone, "inspector", PASSWORD)
    assert guess(phone, "inspector", 6) == [401] * 5 + [429]
    store, now = world.services.store, datetime.now(UTC)
    assert sign_in(browser(app, OFFICE), "inspector", PASSWORD).status_code == 302
    for device in all_devices(store, now):
        revoke_device(store, device.id, now)
    guess(browser(app, OFFICE), "inspector", 5)
    assert guess(phone, "inspector", 1) == [429]


def test_a_device_cookie_is_good_for_its_account_alone(app):
    phone = browser(app, OFFICE)
    sign_in(phone, "inspector", PASSWORD)
    guess(browser(app, OFFICE), "supervisor", 5)
    assert sign_in(phone, "supervisor", PASSWORD).status_code == 429


def test_fifty_invented_names_from_an_office_stop_no_honest_sign_in_there(app):
    attacker = browser(app, OFFICE)
    assert [guess(attacker, f"invented-{number}", 1) for number in range(50)] == [[401]] * 50
    assert sign_in(browser(app, OFFICE), "inspector", PASSWORD).status_code == 302


def test_a_guesser_with_many_addresses_is_slowed_and_the_owner_waits_half_a_minute_at_most(world, app):
    store, now = world.services.store, datetime.now(UTC)
    for number in range(60):
        begin_try(store, keys_of(world.services.tries_key, "inspector", f"198.51.100.{number}", None), now)
    slowed = sign_in(browser(app, OFFICE), "inspector", PASSWORD)
    assert slowed.status_code == 429
    assert int(slowed.headers["Retry-After"]) <= 30
    later = now + timedelta(seconds=30)
    assert begin_try(store, keys_of(world.services.tries_key, "inspector", OFFICE, None), later) == timedelta()


def test_nobody_has_an_account_forgotten_by_crowding_its_slot(tmp_path):
    """Which names share a slot could be computed from the source; tries at those then pushed the owner's out."""
    world, now = World.in_memory(tmp_path / "data"), datetime.now(UTC)
    slot = lambda name: int(hashlib.sha256(f"elsewhere {name}".encode()).hexdigest()[:8], 16) % 256  # noqa: E731
    near = (f"invented-{number}" for number in itertools.count())
    crowd = list(itertools.islice((name for name in near if slot(name) == slot("inspector")), MOST_KEYS))

    def tried(name: str, number: int, at: datetime) -> timedelta:
        keys = keys_of(world.services.tries_key, name, f"198.51.100.{number}", None)
        return begin_try(world.services.store, keys, at)

    for number in range(ELSEWHERE.free + 2):
        for name in crowd[1:]:
            tried(name, number, now + timedelta(minutes=number))
    now += timedelta(hours=1)
    for number in range(ELSEWHERE.free):
        assert not tried("inspector", number, now)
        if number % 5 == 4:
            tried(crowd[0], number, now)
    assert tried("inspector", 100, now) > timedelta()


def test_a_right_password_starts_its_place_anew(app):
    client = browser(app, OFFICE)
    for _ in range(3):
        assert guess(client, "inspector", 4) == [401] * 4
        assert sign_in(client, "inspector", PASSWORD).status_code == 302
        client = browser(app, OFFICE)


def test_names_and_addresses_are_not_kept(world, app):
    guess(browser(app, ATTACKER), "invented-name", 3)
    kept = str([stored.document for stored in world.services.store.find("sign_in_tries")])
    assert "invented" not in kept
    assert ATTACKER not in kept


def test_two_processes_over_one_folder_count_together(world, serve):
    world.services.store.close()
    servers = [serve(world.data), serve(world.data)]
    statuses = [posted(servers[number % 2].address, "inspector", f"wrong-{number}") for number in range(6)]
    assert statuses == [401] * 5 + [429]


def posted(address: str, name: str, password: str) -> int:
    """The status of a sign-in by a browser that has no cookies yet."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = opener.open(f"{address}/login").read().decode()
    token = re.search('name="csrf_token" value="([^"]+)"', page)
    assert token
    form = urllib.parse.urlencode({"name": name, "password": password, "csrf_token": token[1]}).encode()
    try:
        return int(opener.open(f"{address}/login", form).status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_signing_in_again_in_the_same_browser_stays_possible(world):
    client = signed_in(world, "inspector")
    assert sign_in(client, "inspector", PASSWORD).status_code == 302
