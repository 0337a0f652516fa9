"""Several documents of one collection kept together: all of them or none, in one record."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspect_app.store import Stale, Write
from inspect_app.store.chain import Head
from inspect_app.store.log_file import ChainedLog
from tests.store.folders import died, opened


def codes(folder: Path) -> list[str]:
    store = opened(folder)
    try:
        return [stored.id for stored in store.find("sites")]
    finally:
        store.close()


def test_new_and_changed_documents_are_kept_with_their_revisions(tmp_path):
    store = opened(tmp_path)
    store.put_once("sites", "a", {"name": "old"})
    store.act([Write("sites", "a", {"name": "new"}, 1), Write("sites", "b", {"name": "b"}, 0)])
    found = {one.id: (one.revision, one.document) for one in store.find("sites")}
    assert found == {"a": (2, {"name": "new"}), "b": (1, {"name": "b"})}


@pytest.mark.parametrize("wrong", [("a", {}, 0), ("a", {}, 2), ("c", {}, 1)])
def test_one_at_another_revision_keeps_none(tmp_path, wrong):
    store = opened(tmp_path)
    store.put_once("sites", "a", {"name": "old"})
    with pytest.raises(Stale):
        store.act([Write("sites", "b", {"name": "b"}, 0), Write("sites", *wrong)])
    assert [(one.id, one.document) for one in store.find("sites")] == [("a", {"name": "old"})]


@pytest.mark.parametrize("left", [0.2, 0.9])
def test_what_a_crash_left_half_written_counts_for_nothing(tmp_path, left):
    store = opened(tmp_path)
    store.put_once("sites", "a", {"name": "old"})
    journal = next(path for path in (tmp_path / "sites" / "all").glob("journal.*") if path.stat().st_size)
    before = journal.stat().st_size
    store.act([Write("sites", f"n-{number}", {"name": "new"}, 0) for number in range(100)])
    store.close()
    died(tmp_path)
    whole = journal.read_bytes()
    journal.write_bytes(whole[: before + int((len(whole) - before) * left)])
    assert codes(tmp_path) == ["a"]
    journal.write_bytes(whole)


def test_a_log_takes_several_entries_as_a_chain(tmp_path):
    log = ChainedLog(tmp_path / "log.jsonl")
    log.append({"n": 0})
    added = log.append_all([{"n": number} for number in range(1, 4)])
    log.append({"n": 4})
    assert [one["seq"] for one in added] == [2, 3, 4]
    assert [entry["n"] for entry in log.entries()] == [0, 1, 2, 3, 4]
    assert isinstance(log.verify(Head(added[1]["seq"], added[1]["hash"])), Head)
    assert log.append_all([]) == []
