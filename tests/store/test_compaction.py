"""When a file set is compacted, what others see of it, and what happens where it cannot be."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from inspect_app.store import journal as journal_module
from inspect_app.store.journal import JournalStorage
from inspect_app.store.table import JournalDB
from tests.store.folders import compact, filled, journal_of, kept, opened, put

FOUR = {f"d{n}": n for n in range(4)}


def change_often(database: JournalDB, times: int) -> None:
    with database.documents.journal.exclusive():
        for number in range(times):
            database.documents.put("d0", {"n": number})
    database.documents.journal.sync()


def test_many_changes_of_one_document_are_compacted_and_none_is_lost(tmp_path):
    database = filled(tmp_path)
    change_often(database, 2000)
    database.close()
    assert kept(tmp_path) == {**FOUR, "d0": 1999}
    assert (tmp_path / "snapshot.json").exists()
    assert len(journal_of(tmp_path).read_bytes().splitlines()) <= 2 * 4 + 256
    assert not list(tmp_path.glob("*.partial"))


def test_documents_that_are_only_added_are_never_compacted(tmp_path):
    filled(tmp_path, 400).close()
    assert not (tmp_path / "snapshot.json").exists()
    assert len(journal_of(tmp_path).read_bytes().splitlines()) == 400


def test_the_order_first_kept_stays_through_changes_compaction_and_reopening(tmp_path):
    database = filled(tmp_path)
    change_often(database, 1)
    for _ in range(2):
        compact(database)
        database.close()
        assert list(kept(tmp_path)) == ["d0", "d1", "d2", "d3"]
        database = JournalDB(tmp_path)
    database.close()


def test_a_reader_in_another_process_goes_on_over_a_compaction_in_the_midst_of_its_reading(tmp_path, monkeypatch):
    """The reader saw the journal grow, and before it opens it another process compacts and removes it."""
    writer, reader = filled(tmp_path), JournalStorage(tmp_path)
    put(writer, "d4", 4)
    real = reader._replay

    def late() -> bool:
        monkeypatch.undo()
        compact(writer)
        return real()

    monkeypatch.setattr(reader, "_replay", late)
    for _ in range(2):
        with reader.reading() as tables:
            assert {stored.id: stored.document["n"] for stored in tables["documents"]} == {**FOUR, "d4": 4}
    put(writer, "d5", 5)
    with reader.reading() as tables:
        assert "d5" in tables["documents"]


@pytest.mark.parametrize("behind", [1, 2, 3])
def test_a_reader_any_number_of_compactions_behind_sees_everything(tmp_path, behind):
    writer, reader = filled(tmp_path), JournalDB(tmp_path)
    for number in range(behind):
        compact(writer)
        put(writer, "d0", 100 + number)
    assert {document.doc_id: document["n"] for document in reader.documents} == {**FOUR, "d0": 99 + behind}
    put(reader, "d9", 9)
    found = writer.documents.one("d9")
    assert found is not None
    assert found.document == {"n": 9}


def no_room(act: Callable[[int], None]) -> Callable[[int], None]:
    """``os.fsync`` on a disk that is full when the snapshot is synced."""

    def fsync(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name == "snapshot.json.partial":
            raise OSError(errno.ENOSPC, "No space left on device")
        act(descriptor)

    return fsync


def test_a_disk_too_full_for_a_snapshot_leaves_the_journal_in_use_and_no_part_behind(tmp_path, monkeypatch, caplog):
    database = filled(tmp_path)
    with monkeypatch.context() as full:
        full.setattr("os.fsync", no_room(os.fsync))
        change_often(database, 700)
        assert "未能压缩" in caplog.text
        assert len(caplog.records) <= 3, "not tried again at each write"
        assert not list(tmp_path.glob("snapshot*"))
        put(database, "d4", 4)
    assert kept(tmp_path) == {**FOUR, "d0": 699, "d4": 4}
    change_often(database, 700)
    assert (tmp_path / "snapshot.json").exists()
    database.close()
    assert kept(tmp_path) == {**FOUR, "d0": 699, "d4": 4}


def test_a_sync_that_failed_stops_all_writing_until_the_process_starts_again(tmp_path, monkeypatch):
    """The kernel may have dropped what it could not write: nothing after it can be promised."""
    database = filled(tmp_path)

    def broken(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as failing:
        failing.setattr("os.fsync", broken)
        with pytest.raises(OSError, match="Input/output error"):
            put(database, "d4", 4)
    for _ in range(2):
        with pytest.raises(OSError, match="重新启动前不再写入"):
            put(database, "d5", 5)
    assert database.documents.one("d3") is not None
    again = JournalDB(tmp_path)
    put(again, "d6", 6)
    assert "d5" not in kept(tmp_path)


def test_a_rename_that_failed_stops_all_writing_and_loses_nothing(tmp_path, monkeypatch):
    database = filled(tmp_path)

    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as failing:
        failing.setattr(journal_module, "sync_folder", broken)
        journal = database.documents.journal
        failing.setattr(journal, "_open_journal", lambda number: journal._path(number).open("a+b", buffering=0))
        with pytest.raises(OSError, match="Input/output error"):
            compact(database)
    with pytest.raises(OSError, match="重新启动前不再写入"):
        put(database, "d5", 5)
    assert kept(tmp_path) == FOUR


def test_what_was_replaced_is_in_no_file_any_more(tmp_path):
    store = opened(tmp_path / "store")
    store.put_once("sites", "s", {"area": "the place before"})
    store.update("sites", "s", {"area": "after"}, expected_revision=1)
    store.forget_replaced("sites")
    files = [path for path in (tmp_path / "store" / "sites").rglob("*") if path.is_file()]
    assert not any(b"the place before" in path.read_bytes() for path in files)
    state = [(path, path.read_bytes()) for path in files if path.name != "lock"]
    store.forget_replaced("sites")
    assert [(path, path.read_bytes()) for path, _ in state] == state
    store.close()
    again = opened(tmp_path / "store")
    assert again.get("sites", "s").document == {"area": "after"}
    assert again.damaged() == []
    again.close()
