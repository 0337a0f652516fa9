"""How much an account may send in a day: one count, however many processes give of it, and however often they start."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from inspect_app.collections import LAYOUTS
from inspect_app.collections.evidence.sent_bytes import SENT_BYTES
from inspect_app.services.evidence.quota import Quota
from inspect_app.store.memory import MemoryStore
from inspect_app.store.tiny import open_store
from tests.store.folders import python, released_together

DAY = datetime(2026, 11, 29, tzinfo=UTC).date()
MB = 1024 * 1024


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(LAYOUTS)


def given(quota: Quota, size: int, most: int) -> int:
    """How many files of a size an account gets through."""
    count = 0
    while quota.take("a", size, DAY, most):
        count += 1
    return count


def test_a_new_day_begins_with_nothing_sent(store):
    quota = Quota(store)
    assert quota.take("a", 60, DAY, 100)
    assert not quota.take("a", 60, DAY, 100)
    assert quota.take("a", 40, DAY, 100)
    assert quota.take("b", 100, DAY, 100)
    assert quota.take("a", 100, DAY + timedelta(days=1), 100)


def test_alone_a_server_gives_all_that_there_is(store):
    assert given(Quota(store), MB, 1000 * MB) == 1000


def test_a_restart_forgives_nothing_and_costs_a_portion_at_most(store):
    before = sum(Quota(store).take("a", 3 * MB, DAY, 4096 * MB) for _ in range(5))
    assert before == 5
    after = given(Quota(store), 3 * MB, 4096 * MB)
    assert 4096 * MB - 6 * 32 * MB <= (before + after) * 3 * MB <= 4096 * MB


def test_servers_that_change_the_day_apart_count_each_day_once(store):
    early, late = Quota(store), Quota(store)
    assert early.take("a", 70, DAY + timedelta(days=1), 100)
    assert late.take("a", 70, DAY, 100)
    assert not Quota(store).take("a", 70, DAY, 100)
    assert not Quota(store).take("a", 70, DAY + timedelta(days=1), 100)
    assert Quota(store).take("a", 70, DAY + timedelta(days=2), 100)
    kept = SENT_BYTES.get(store, "a")
    assert kept
    assert sorted(kept.value) == [DAY + timedelta(days=1), DAY + timedelta(days=2)]


def test_a_hundred_photos_cost_a_write_or_two(store):
    quota = Quota(store)
    assert all(quota.take("a", 300 * 1024, DAY, 4096 * MB) for _ in range(100))
    kept = SENT_BYTES.get(store, "a")
    assert kept
    assert kept.revision == 1


def test_where_the_count_is_damaged_photos_come_in_all_the_same_and_not_without_end(tmp_path):
    store = open_store(tmp_path / "store", LAYOUTS, log=tmp_path / "log.jsonl")
    assert Quota(store).take("a", 60, DAY, 100)
    store.close()
    journal = next((tmp_path / "store" / "sent_bytes").rglob("journal.*"))
    journal.write_bytes(b"x" * journal.stat().st_size)
    quota = Quota(open_store(tmp_path / "store", LAYOUTS, log=tmp_path / "log.jsonl"))
    assert quota.take("a", 60, DAY, 100)
    assert not quota.take("a", 60, DAY, 100)


_SENDER = """
import sys
from datetime import date
from pathlib import Path
from inspect_app.collections import LAYOUTS
from inspect_app.services.evidence.quota import Quota
from inspect_app.store.tiny import open_store
data, day, accounts, files = Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), *map(int, sys.argv[3:])
quota = Quota(open_store(data / "store", LAYOUTS, log=data / "log.jsonl"))
print("open", flush=True)
sys.stdin.readline()
taken = [0] * accounts
for _ in range(2 * files):
    for account in range(accounts):
        taken[account] += quota.take(str(account), 1024, day, files * 1024)
print(*taken, flush=True)
"""


def test_processes_that_race_for_the_day_of_an_account_never_give_more_than_there_is(tmp_path):
    """Each alone would give all of it: in memory three gave three times as much."""
    accounts, files = 30, 20
    senders = [python(_SENDER, tmp_path, DAY.isoformat(), accounts, files) for _ in range(3)]
    taken = [list(map(int, lines[-1].split())) for lines in released_together(senders)]
    together = [sum(of_account) for of_account in zip(*taken, strict=True)]
    # Each of the three, and the store, may be left with less than a file.
    assert all(files - 4 < count <= files for count in together), taken
