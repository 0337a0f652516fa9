"""How fast somebody can guess, and who waits because of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from inspect_app.domain.accounts.throttle import (
    ELSEWHERE,
    FORGOTTEN_AFTER,
    MOST_KEYS,
    ONE_PLACE,
    Slot,
    Tries,
    TryLimit,
    forgiven,
    network_of,
    tried,
    wait_for,
)

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)


def guesses_in(time: timedelta, limit: TryLimit) -> int:
    """How many guesses somebody makes who tries again the moment it is allowed."""
    slot: Slot = {}
    at, count = NOW, 0
    while at < NOW + time:
        wait = wait_for(slot.get("k"), limit, at)
        if wait:
            at += wait
        else:
            slot, count = tried(slot, "k", at), count + 1
    return count


def test_guessing_from_one_place_stays_near_100_a_day_for_ever():
    assert guesses_in(timedelta(minutes=10), ONE_PLACE) == 10
    assert guesses_in(timedelta(days=1), ONE_PLACE) == 106
    assert guesses_in(timedelta(days=10), ONE_PLACE) < 1000


def test_guessing_from_everywhere_stays_below_3000_a_day_and_nobody_waits_longer_than_half_a_minute():
    assert guesses_in(timedelta(days=1), ELSEWHERE) < 3000
    assert wait_for(Tries(10_000, NOW), ELSEWHERE, NOW) == timedelta(seconds=30)


def test_waits_grow_and_are_bounded():
    waits = [wait_for(Tries(count, NOW), ONE_PLACE, NOW).total_seconds() for count in (4, 5, 6, 7, 11, 12, 10**6)]
    assert waits == [0, 10, 20, 40, 640, 900, 900]
    assert wait_for(Tries(6, NOW), ONE_PLACE, NOW + timedelta(seconds=15)) == timedelta(seconds=5)


def test_tries_are_forgotten_after_a_day_without_one():
    later = NOW + FORGOTTEN_AFTER
    slot = tried({"old": Tries(30, NOW)}, "k", later)
    assert slot == {"k": Tries(1, later)}
    assert wait_for(Tries(30, NOW), ONE_PLACE, later) == timedelta()


def test_a_right_try_forgives_its_place_and_no_more_than_itself_elsewhere():
    slot: Slot = {"k": Tries(7, NOW), "other": Tries(2, NOW)}
    assert forgiven(slot, "k", whole=True) == {"other": Tries(2, NOW)}
    assert forgiven(slot, "k", whole=False)["k"] == Tries(6, NOW)
    assert forgiven(slot, "unknown", whole=True) == slot


def test_inventing_names_pushes_nobody_out_who_is_being_guessed():
    slot: Slot = {"owner": Tries(6, NOW)}
    for number in range(10 * MOST_KEYS):
        slot = tried(slot, f"invented {number}", NOW + timedelta(seconds=number))
    assert len(slot) == MOST_KEYS
    assert slot["owner"] == Tries(6, NOW)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_household_of_ipv6_counts_as_one_address(address, network):
    assert network_of(address) == network
