"""What the inventory has of a file set: what is gone, cut or not readable is no empty one, also in a store at work."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path

import pytest

from inspect_app.store import StoreDamaged, inventory
from inspect_app.store.chain import Broken
from inspect_app.store.inventory import Inventory, Size
from inspect_app.store.journal import JournalStorage
from tests.store.folders import WEEK, compact, died, document, filled, journal_of, opened
from tests.unreadable import make_unreadable


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """A folder with two visits of a week and a site, all of it noted."""
    store = opened(tmp_path)
    for n in range(2):
        store.put_once("inspections", f"d{n}", document(n))
    store.put_once("sites", "s", {"n": 1})
    store.close()
    return tmp_path


def cut_to_a_record(folder: Path) -> None:
    path = journal_of(folder)
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])


@pytest.mark.parametrize("harm", [shutil.rmtree, cut_to_a_record])
def test_a_file_set_that_goes_while_the_store_is_open_takes_no_new_writes(left, harm):
    store = opened(left)
    week = left / "inspections" / WEEK
    harm(week)
    for _ in range(2):
        with pytest.raises(StoreDamaged, match=str(week)):
            store.put_once("inspections", "d2", document(2))
    assert str(week) in "\n".join(store.damaged())
    assert not list(week.glob("journal.*")) or len(journal_of(week).read_bytes().splitlines()) == 1
    store.put_once("sites", "other", {"n": 2})
    store.close()
    assert str(week) in "\n".join(opened(left).damaged()), "closing has not taken it for what there must be"


def test_a_snapshot_that_goes_with_its_journal_under_an_open_file_set_refuses_to_go_on(tmp_path):
    database = filled(tmp_path)
    compact(database)
    database.close()
    storage = JournalStorage(tmp_path, Size(1, 0, (tmp_path / "snapshot.json").stat().st_size))
    for path in (tmp_path / "snapshot.json", tmp_path / "journal.1"):
        path.unlink()
    for _ in range(2):
        with pytest.raises(StoreDamaged, match=r"snapshot\.json：文件缺失"), storage.reading():
            pass
    assert not list(tmp_path.glob("journal.*"))


def test_a_journal_cut_between_two_records_is_shorter_than_noted(tmp_path):
    filled(tmp_path).close()
    noted = Size(0, journal_of(tmp_path).stat().st_size, 0)
    cut_to_a_record(tmp_path)
    with pytest.raises(StoreDamaged, match=r"journal\.0：第\d+字节处截断"):
        JournalStorage(tmp_path, noted)


def test_files_are_synced_as_windows_does_it_only_where_they_are_open_for_writing(left, monkeypatch):
    import fcntl

    real = os.fsync

    def fsync(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        if not is_folder and fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, "Bad file descriptor")
        real(descriptor)

    died(left)
    monkeypatch.setattr(os, "fsync", fsync)
    store = opened(left)
    store.log.append({"act": "one", "of": "x"})
    store.close()
    assert Inventory(left).log
    assert Inventory(left).sets["sites/all"].journal


def test_a_file_set_that_nobody_writes_to_is_noted_to_its_last_byte(left):
    listed = Inventory(left)
    path = left / "sites" / "all" / "journal.0"
    size = path.stat().st_size
    listed.replace({**listed.sets, "sites/all": Size(0, size - 1, 0)}, listed.log)
    os.utime(path, (0, 0))
    opened(left)
    assert Inventory(left).sets["sites/all"].journal == size


def test_a_file_set_that_is_compacted_between_two_looks_lacks_nothing(tmp_path, monkeypatch):
    database, looks = filled(tmp_path), [True, True]
    noted, real = Size(0, journal_of(tmp_path).stat().st_size, 0), inventory.generation_of

    def look(folder: Path) -> int | None:
        found = real(folder)
        if looks:
            looks.pop()
            compact(database)
        return found

    monkeypatch.setattr(inventory, "generation_of", look)
    assert inventory.lacking(tmp_path, noted) is None
    assert not looks


@pytest.mark.parametrize("name", ["journal.0", "snapshot.json", "lock"])
def test_a_file_that_cannot_be_read_is_damage_of_its_file_set(left, monkeypatch, name):
    path = left / "inspections" / WEEK / name
    make_unreadable(monkeypatch, path)
    store = opened(left)
    with pytest.raises(StoreDamaged, match=f"{path}：读不出来"):
        store.find("inspections")
    assert [said for said in store.read_all() if f"{path}：读不出来" in said]
    assert store.find("sites")
    store.close()


def test_a_journal_that_fails_while_it_is_read_is_damaged(left, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    store = opened(left)
    monkeypatch.setattr(os, "fdopen", fail)
    with pytest.raises(StoreDamaged, match=f"{left / 'sites' / 'all' / 'journal.0'}：读不出来"):
        store.find("sites")


def test_a_folder_without_an_inventory_opens_though_a_file_of_it_cannot_be_read(left, monkeypatch):
    died(left)
    make_unreadable(monkeypatch, left / "inspections" / WEEK / "journal.0")
    opened(left)
    assert "sites/all" in Inventory(left).sets


def test_an_inventory_that_cannot_be_read_is_a_damaged_one(left, monkeypatch):
    make_unreadable(monkeypatch, left / "inventory.json")
    assert any("inventory.json：已损坏" in said for said in opened(left).damaged())


def test_a_log_that_cannot_be_read_is_named_when_the_store_is_opened(left, monkeypatch):
    store = opened(left)
    store.log.append({"act": "one", "of": "x"})
    store.close()
    make_unreadable(monkeypatch, left / "log.jsonl")
    assert any(f"{left / 'log.jsonl'}：读不出来" in said for said in opened(left).damaged())


def test_too_many_open_files_are_no_damage_of_any(left, monkeypatch):
    store = opened(left)
    with pytest.MonkeyPatch.context() as full:
        make_unreadable(full, left / "sites" / "all" / "snapshot.json", error=errno.EMFILE)
        with pytest.raises(OSError, match="Too many open files"):
            store.find("sites")
    assert store.find("sites")


@pytest.mark.parametrize("is_noted", [True, False])
def test_a_damaged_last_entry_of_the_log_keeps_no_store_from_opening_closing_or_accepting(left, is_noted):
    store = opened(left)
    store.log.append({"act": "one", "of": "x"})
    store.close()
    (left / "log.jsonl").write_bytes(b"no entry\n")
    if not is_noted:
        died(left)
    store = opened(left)
    store.take_stock()
    assert store.find("sites")
    store.accept_losses()
    assert store.damaged() == []
    assert isinstance(store.log.verify(), Broken)
    store.close()
    assert Inventory(left).log is None
