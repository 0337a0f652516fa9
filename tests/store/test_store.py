"""The store of files, beside what every store does: claims of weeks, weeks that are closed, processes, compaction."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from inspect_app.store import Put, Stale, Write
from inspect_app.store.table import JournalTable
from inspect_app.store.tiny import TinyStore
from tests.store.folders import opened, started

WEEKS = ["2026-W46", "2026-W47", "2026-W48"]


def document(n: int = 0, week: str = "2026-W48", **more: Any) -> dict[str, Any]:
    return {"week": week, "area": "421002001", "site": "s1", "state": "open", "n": n, **more}


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path / "store")
    yield made
    made.close()


def test_a_claim_without_a_document_counts_for_nothing(store, tmp_path):
    """As after a crash between the two writes: the id is free, in any week."""
    store._claim("inspections", store._table("inspections", "ids"), "a", "2026-W40")
    assert store.get("inspections", "a") is None
    assert store.put_once("inspections", "a", document())[0] is Put.CREATED
    assert store.get("inspections", "a").document["week"] == "2026-W48"


def test_what_another_process_changes_changes_the_state_of_its_week(store, tmp_path):
    store.put_once("inspections", "a", document())
    before, other = store.state("inspections", "2026-W48"), opened(tmp_path / "store")
    other.update("inspections", "a", document(1), expected_revision=1)
    other.close()
    assert store.state("inspections", "2026-W48") != before


def test_the_state_of_a_week_is_told_without_opening_it(store, tmp_path):
    assert store.state("inspections", "2026-W40") == store.state("inspections", "2026-W40")
    assert not (tmp_path / "store" / "inspections" / "2026-W40").exists()


def test_more_weeks_than_are_kept_open_can_be_used(store, tmp_path):
    for number in range(1, 31):
        store.put_once("inspections", f"d{number}", document(number, f"2026-W{number:02d}"))
    assert len(store.find("inspections")) == 30
    assert store.get("inspections", "d1").document["week"] == "2026-W01"
    assert len(store._open) <= 14


def test_no_operation_of_the_store_goes_through_a_whole_table_for_one_document(store, monkeypatch):
    """TinyDB reads all documents also for the length, and so for the truth, of a table."""

    def whole(table):
        raise AssertionError(f"all documents of {table.name} are read")

    monkeypatch.setattr(JournalTable, "_read_table", whole)
    store.put_once("sites", "s1", {"n": 1})
    store.put_once("inspections", "a", document())
    store.update("sites", "s1", {"n": 2}, expected_revision=1)
    writes = [Write("sites", "s1", {"n": 3}, 2), Write("inspections", "a", document(2), 1)]
    store.act(writes, [{"act": "changed", "of": "s1"}])
    assert store.get("sites", "s1").document == {"n": 3}
    assert store.get("inspections", "a").document == document(2)
    assert [one.id for one in store.find("inspections", site="s1")] == ["a"]
    assert [one.id for one in store.page("sites", limit=1).stored] == ["s1"]


WRITER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tests.store.folders import opened, started
store = opened(Path(sys.argv[1]))
def put(n):
    own = store.put_once("inspections", f"{sys.argv[2]}-{n}", {"week": f"2026-W{40 + n % 3}", "n": n})[0]
    both = store.put_once("inspections", f"both-{n}", {"week": f"2026-W{40 + (n + int(sys.argv[2])) % 3}", "n": n})[0]
    return f"{own} {both}"
with ThreadPoolExecutor(4) as pool:
    print("\\n".join(pool.map(put, range(200))))
"""


def test_two_processes_write_400_documents_and_lose_or_double_none(tmp_path):
    """Each writes 200 of its own; both also try the same 200 ids, each in another week: one of the two is refused."""
    writers = [started(WRITER, tmp_path, number, stdout=subprocess.PIPE) for number in range(2)]
    printed = "".join(writer.communicate(timeout=60)[0] for writer in writers).splitlines()
    assert Counter(line.split()[0] for line in printed) == {"created": 400}
    assert Counter(line.split()[1] for line in printed) == {"created": 200, "conflict": 200}
    store = opened(tmp_path)
    found = Counter(stored.id for stored in store.find("inspections"))
    assert len(found) == 600
    assert set(found.values()) == {1}
    assert all(store.get("inspections", id) for id in found)
    store.close()


class AgainstADict(RuleBasedStateMachine):
    """Whatever is put, updated, closed and opened again: the store holds what a dict would."""

    ids = Bundle("ids")

    @initialize()
    def begin(self) -> None:
        import tempfile

        self.folder = Path(tempfile.mkdtemp(prefix="store-"))
        self.store: TinyStore = opened(self.folder)
        self.model: dict[str, tuple[int, dict[str, Any]]] = {}

    @rule(target=ids, id=st.sampled_from("abcdef"), week=st.sampled_from(WEEKS), n=st.integers(0, 2))
    def put(self, id: str, week: str, n: int) -> str:
        put, kept = self.store.put_once("inspections", id, document(n, week))
        if id not in self.model:
            assert put is Put.CREATED
            self.model[id] = (1, document(n, week))
        else:
            same = self.model[id][1] == document(n, week)
            assert put is (Put.SAME if same else Put.CONFLICT)
        assert (kept.revision, kept.document) == self.model[id]
        return id

    @rule(id=ids, n=st.integers(0, 2), behind=st.integers(0, 1))
    def update(self, id: str, n: int, behind: int) -> None:
        revision, old = self.model[id]
        changed = {**old, "n": n, "state": "done"}
        if behind:
            with pytest.raises(Stale):
                self.store.update("inspections", id, changed, expected_revision=revision - 1)
            return
        self.store.update("inspections", id, changed, expected_revision=revision)
        self.model[id] = (revision + 1, changed)

    @rule(week=st.sampled_from(WEEKS))
    def compact(self, week: str) -> None:
        journal = self.store._table("inspections", week).journal
        with journal.exclusive():
            journal._compact()

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = opened(self.folder)

    @invariant()
    def holds_the_same(self) -> None:
        if not hasattr(self, "store"):
            return
        found = {stored.id: (stored.revision, stored.document) for stored in self.store.find("inspections")}
        assert found == self.model

    def teardown(self) -> None:
        import shutil

        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)


TestAgainstADict = AgainstADict.TestCase
TestAgainstADict.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
