"""The store: put-once, compare-and-set, finding, weeks, threads and processes."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from inspect_app.settings import PROJECT
from inspect_app.store import Put, Stale
from inspect_app.store.tiny import TinyStore
from tests.store.folders import opened

WEEKS = ["2026-W46", "2026-W47", "2026-W48"]


def document(n: int = 0, week: str = "2026-W48", **more: Any) -> dict[str, Any]:
    return {"week": week, "area": "421002001", "site": "s1", "state": "open", "n": n, **more}


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path / "store")
    yield made
    made.close()


def test_putting_twice_is_the_same_and_other_content_is_a_conflict(store):
    assert store.put_once("inspections", "a", document())[0] is Put.CREATED
    assert store.put_once("inspections", "a", document())[0] is Put.SAME
    put, kept = store.put_once("inspections", "a", document(1))
    assert (put, kept.document["n"], kept.revision) == (Put.CONFLICT, 0, 1)
    assert store.put_once("inspections", "a", document(1, site="s1"), same_by="site")[0] is Put.SAME


def test_the_same_id_in_another_week_is_a_conflict_and_is_found_where_it_is(store):
    store.put_once("inspections", "a", document())
    assert store.put_once("inspections", "a", document(week="2026-W40"))[0] is Put.CONFLICT
    assert store.get("inspections", "a").document["week"] == "2026-W48"
    assert store.find("inspections", week="2026-W40") == []


def test_a_claim_without_a_document_counts_for_nothing(store, tmp_path):
    """As after a crash between the two writes: the id is free, in any week."""
    store._claim("inspections", store._table("inspections", "ids"), "a", "2026-W40")
    assert store.get("inspections", "a") is None
    assert store.put_once("inspections", "a", document())[0] is Put.CREATED
    assert store.get("inspections", "a").document["week"] == "2026-W48"


def test_an_update_needs_the_revision_that_is_kept(store):
    store.put_once("users", "u", {"state": "active"})
    assert store.update("users", "u", {"state": "blocked"}, expected_revision=1).revision == 2
    for id, revision in (("u", 1), ("u", 3), ("nobody", 1)):
        with pytest.raises(Stale):
            store.update("users", id, {"state": "x"}, expected_revision=revision)
    assert store.get("users", "u").document == {"state": "blocked"}


def test_of_many_updates_on_one_revision_one_wins(store):
    store.put_once("users", "u", {"n": 0})
    barrier = threading.Barrier(8)

    def update(n: int) -> bool:
        barrier.wait()
        try:
            store.update("users", "u", {"n": n}, expected_revision=1)
        except Stale:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(update, range(1, 9))) == 1
    assert store.get("users", "u").revision == 2


def test_finding_goes_by_week_area_site_and_state(store):
    for n, (week, area, state) in enumerate(
        [("2026-W47", "a1", "open"), ("2026-W48", "a1", "open"), ("2026-W48", "a2", "done")]
    ):
        store.put_once("inspections", f"d{n}", document(n, week, area=area, state=state, site=f"s{n}"))

    def found(**wanted: Any) -> list[int]:
        return sorted(stored.document["n"] for stored in store.find("inspections", **wanted))

    assert found() == [0, 1, 2]
    assert found(week="2026-W48") == [1, 2]
    assert found(area="a1") == [0, 1]
    assert found(area=["a1", "a2"], week="2026-W48") == [1, 2]
    assert found(site="s2", state="done") == [2]
    assert found(state="lost") == found(week="2020-W01") == found(area=[]) == []
    assert store.weeks("inspections") == ["2026-W47", "2026-W48"]
    assert store.weeks("users") == []


def test_what_a_caller_does_with_a_document_after_handing_it_in_changes_nothing(store):
    document = {"state": "active", "roles": ["inspector"]}
    store.put_once("users", "u", document)
    document["roles"].append("spoilt")
    store.update("users", "u", document, expected_revision=1)
    document["state"] = "spoilt"
    document["roles"].append("spoilt")
    assert store.get("users", "u").document == {"state": "active", "roles": ["inspector", "spoilt"]}


@pytest.mark.parametrize("collection", ["../etc", "", "A", "a/b", "."])
def test_names_that_could_leave_the_folder_are_refused(store, collection):
    with pytest.raises(ValueError, match="collection"):
        store.put_once(collection, "x", {})


@pytest.mark.parametrize("week", ["../../x", "2026-48", "", "all", "ids"])
def test_weeks_that_are_none_are_refused(store, week):
    with pytest.raises(ValueError, match="week"):
        store.put_once("inspections", "x", document(week=week))


@pytest.mark.parametrize("id", ["../x", "a/b", "中文", "\n", "x" * 200, "{}", "1"])
def test_any_short_text_can_be_an_id(store, id):
    store.put_once("users", id, {"n": 1})
    assert store.get("users", id).document == {"n": 1}


def test_ids_that_are_empty_or_endless_are_refused(store):
    for id in ("", "x" * 201):
        with pytest.raises(ValueError, match="id"):
            store.put_once("users", id, {})


def test_more_weeks_than_are_kept_open_can_be_used(store, tmp_path):
    for number in range(1, 31):
        store.put_once("inspections", f"d{number}", document(number, f"2026-W{number:02d}"))
    assert len(store.find("inspections")) == 30
    assert store.get("inspections", "d1").document["week"] == "2026-W01"
    assert len(store._open) <= 14


WRITER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tests.store.folders import opened
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
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(number)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
        )
        for number in range(2)
    ]
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
