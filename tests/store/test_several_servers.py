"""Two servers' stores on one PostgreSQL: what one has written, the other goes by at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from inspect_app.collections import LAYOUTS
from inspect_app.domain.accounts.permissions import Role
from inspect_app.domain.accounts.sign_in_code import CodeState
from inspect_app.domain.accounts.throttle import ONE_PLACE
from inspect_app.services.accounts.accounts import add_user
from inspect_app.services.accounts.sign_in_codes import make_code, use_code
from inspect_app.services.accounts.throttle import begin_try, forgive, keys_of
from inspect_app.services.evidence.quota import Quota
from inspect_app.store import Head
from inspect_app.store.postgres import PostgresStore, open_database
from tests.store.databases import empty_database

_NOW = datetime(2026, 11, 29, 1, 0, tzinfo=UTC)


@pytest.fixture
def both() -> Iterator[tuple[PostgresStore, PostgresStore]]:
    database = empty_database()
    stores = open_database(database, LAYOUTS), open_database(database, LAYOUTS)
    yield stores
    for store in stores:
        store.close()


def test_wrong_tries_at_either_server_count_together(both: tuple[PostgresStore, PostgresStore]):
    keys = keys_of(b"k" * 32, "zhang", "10.0.0.7", None)
    for number in range(ONE_PLACE.free):
        assert begin_try(both[number % 2], keys, _NOW) == timedelta()
    assert begin_try(both[0], keys, _NOW) > timedelta()
    assert begin_try(both[1], keys, _NOW) > timedelta()
    forgive(both[0], keys)
    assert begin_try(both[1], keys, _NOW) == timedelta()


def test_a_code_spent_at_one_server_is_refused_at_the_other(both: tuple[PostgresStore, PostgresStore]):
    here, there = both
    add_user(here, "zhang", Role.INSPECTOR, "yellow-bridge-2026", _NOW)
    made = make_code(here, "zhang", "", _NOW)
    assert isinstance(made, tuple), made
    used = use_code(there, made[0], "claim-a", "Firefox", _NOW)
    assert isinstance(used, tuple), used
    assert used[0].name == "zhang"
    assert use_code(here, made[0], "claim-b", "Firefox", _NOW) is CodeState.USED


def test_entries_of_both_servers_are_one_unbroken_log(both: tuple[PostgresStore, PostgresStore]):
    for number in range(20):
        both[number % 2].log.append({"of": "x", "number": number})
    assert [entry["number"] for entry in both[0].log.entries()] == list(range(20))
    found = both[1].log.verify()
    assert isinstance(found, Head), found
    assert found == both[0].log.head()
    assert found.seq == 20


def test_what_an_account_sends_in_a_day_is_counted_by_both_together(both: tuple[PostgresStore, PostgresStore]):
    quotas, day, files = [Quota(store) for store in both], _NOW.date(), 40
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda n: quotas[n % 2].take("zhang", 1024, day, files * 1024), range(6 * files)))
    assert files - 3 < sum(taken) <= files
    assert not Quota(both[0]).take("zhang", 3 * 1024, day, files * 1024)
