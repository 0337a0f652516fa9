"""Finding through an index gives what looking at every document gives, whatever came, changed and went before."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from inspect_app.store import Stored
from inspect_app.store.journal import JournalStorage
from inspect_app.store.rows import DocumentRows
from inspect_app.store.table import TABLE, JournalDB
from tests.store.folders import compact

ids = st.sampled_from("abcdefgh")
values = st.sampled_from(["x", "y", "z", ""])
documents = st.fixed_dictionaries(
    {},
    optional={
        "state": values | st.none() | st.integers(0, 1),
        "units": st.lists(values | st.integers(0, 1), max_size=3) | st.none(),
        "area": values,
    },
)
wishes = st.dictionaries(st.sampled_from(["state", "units", "area"]), st.frozensets(values, max_size=3), max_size=3)


def scanned(stored: list[Stored], wanted: dict[str, frozenset[str]], skip: int = 0) -> list[Stored]:
    """What looking at every document finds."""

    def has(document: dict[str, Any], field: str) -> bool:
        value = document.get(field)
        return any(one in wanted[field] for one in value) if isinstance(value, list) else value in wanted[field]

    return [one for one in stored[skip:] if all(has(one.document, field) for field in wanted)]


class AgainstAScan(RuleBasedStateMachine):
    """Rows beside a list that is looked through."""

    def __init__(self) -> None:
        super().__init__()
        self.rows, self.listed = DocumentRows(), list[Stored]()

    @rule(id=ids, document=documents)
    def put(self, id: str, document: dict[str, Any]) -> None:
        stored = Stored(id, 1, document)
        self.rows.put(stored)
        at = next((at for at, one in enumerate(self.listed) if one.id == id), None)
        if at is None:
            self.listed.append(stored)
        else:
            self.listed[at] = stored

    @rule(id=ids)
    def remove(self, id: str) -> None:
        self.rows.remove(id)
        self.listed = [one for one in self.listed if one.id != id]

    @rule(wanted=wishes, skip=st.integers(0, 9))
    def find(self, wanted: dict[str, frozenset[str]], skip: int) -> None:
        assert self.rows.find(wanted, skip) == scanned(self.listed, wanted, skip)

    @rule(wanted=wishes, limit=st.integers(1, 4), newest=st.booleans())
    def go_through_pages(self, wanted: dict[str, frozenset[str]], limit: int, newest: bool) -> None:
        found: list[Stored] = []
        while page := self.rows.page(wanted, limit, after=found[-1].id if found else None, newest=newest):
            assert len(page) <= limit
            found += page
        expected = scanned(self.listed, wanted)
        assert found == (expected[::-1] if newest else expected)

    @invariant()
    def holds_the_same(self) -> None:
        assert list(self.rows) == self.listed
        assert len(self.rows) == len(self.listed)
        assert all(self.rows.get(one.id) is one and one.id in self.rows for one in self.listed)


TestAgainstAScan = AgainstAScan.TestCase
TestAgainstAScan.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@given(
    st.lists(st.tuples(st.booleans(), ids, documents, st.sampled_from([None, None, None, 0, 1]), wishes), max_size=25)
)
@settings(max_examples=40, deadline=None)
def test_the_index_follows_what_another_process_writes_and_compacts(tmp_path_factory, writes):
    """Two handles on one folder, as two processes have them, write in turns; each is asked after each write."""
    folder = tmp_path_factory.mktemp("t")
    both = JournalDB(folder), JournalDB(folder)
    kept: dict[str, Stored] = {}
    for second, id, document, compacted_by, wanted in writes:
        table = both[second].documents
        with table.journal.exclusive():
            table.put(id, document)
        kept[id] = Stored(id, 0, document)
        if compacted_by is not None:
            compact(both[compacted_by])
        for database in both:
            with database.documents.rows() as rows:
                assert rows.find(wanted) == scanned(list(kept.values()), wanted)
    again = JournalStorage(folder)
    with again.reading() as tables:
        assert list(tables.get(TABLE, [])) == list(kept.values())


def test_a_page_behind_what_was_never_kept_is_refused():
    rows = DocumentRows()
    rows.put(Stored("a", 1, {}))
    with pytest.raises(ValueError, match="page"):
        rows.page({}, 1, after="b", newest=False)


def test_a_document_that_changes_back_is_found_where_it_was_first_kept():
    rows = DocumentRows()
    for id in "abc":
        rows.put(Stored(id, 1, {"state": "open"}))
    assert [one.id for one in rows.find({"state": frozenset({"open"})})] == ["a", "b", "c"]
    rows.put(Stored("b", 2, {"state": "done"}))
    assert [one.id for one in rows.find({"state": frozenset({"open"})})] == ["a", "c"]
    rows.put(Stored("b", 3, {"state": "open"}))
    assert [one.id for one in rows.find({"state": frozenset({"open"})})] == ["a", "b", "c"]
    assert rows.find({"state": frozenset({"done"})}) == []
