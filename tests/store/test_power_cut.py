"""What was acknowledged is there after a power cut that takes everything not synced, names in folders included."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from inspect_app.durable import sync_folder
from inspect_app.store import Put
from inspect_app.store import journal as journal_module
from inspect_app.store.journal import JournalStorage
from inspect_app.store.table import JournalTable
from inspect_app.store.tiny import TinyStore
from tests.store.folders import WEEK, document, opened
from tests.store.power import Cut, Disk


class ProcessDied(BaseException):
    """Stands for a process that ends here."""


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    root = tmp_path / "disk"
    root.mkdir()
    disk = Disk(root)
    monkeypatch.setattr("os.fsync", disk.fsync)
    yield disk
    disk.close()


@pytest.fixture
def after(tmp_path: Path) -> Callable[[Cut], TinyStore]:
    """The store as it opens once the power is back."""
    numbers = itertools.count()
    return lambda cut: opened(cut.restore(tmp_path / f"after{next(numbers)}") / "data" / "store")


def test_whatever_is_acknowledged_survives_a_power_cut_at_any_sync(disk, after, monkeypatch, run_seed):
    """Four threads put and update in two weeks, with compactions in between; the power is cut at 60 of the syncs."""
    monkeypatch.setattr(journal_module, "_SPARE_RECORDS", 4)
    store = opened(disk.root / "data" / "store")

    def work(thread: int) -> None:
        for n in range(12):
            id, week = f"{thread}-{n}", f"2026-W{47 + n % 2}"
            store.put_once("inspections", id, document(n, week))
            disk.acknowledged.append(f"{id} 1")
            for revision in (1, 2, 3):
                changed = document(n, week, state=f"step{revision}")
                store.update("inspections", id, changed, expected_revision=revision)
                disk.acknowledged.append(f"{id} {revision + 1}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    weeks = [disk.root / "data" / "store" / "inspections" / f"2026-W{number}" for number in (47, 48)]
    assert all((week / "snapshot.json").exists() for week in weeks)
    monkeypatch.undo()
    cuts = random.Random(run_seed).sample(disk.cuts, min(60, len(disk.cuts)))
    for cut in [*cuts, disk.cut()]:
        again = after(cut)
        for id, revision in (line.split() for line in cut.acknowledged):
            found = again.get("inspections", id)
            assert found is not None, (id, f"seed {run_seed}")
            assert found.revision >= int(revision)
            assert found.document["state"] == ("open" if found.revision == 1 else f"step{found.revision - 1}")
        again.close()
    assert len(disk.cut().acknowledged) == 4 * 12 * 4


def test_folders_and_files_that_a_dead_process_made_and_never_synced_are_synced_before_anything_is_acknowledged(
    disk, after
):
    for part in (WEEK, "ids"):
        folder = disk.root / "data" / "store" / "inspections" / part
        folder.mkdir(parents=True)
        (folder / "journal.0").touch()
    sync_folder(disk.root)  # the data folder is the caller's; the store answers for its own and all below it
    opened(disk.root / "data" / "store").put_once("inspections", "a", document())
    assert after(disk.cut()).get("inspections", "a") is not None


def test_a_document_that_only_its_dead_writer_saw_is_synced_before_anybody_is_told_of_it(disk, after, monkeypatch):
    """The writer died between writing and syncing; a second process says SAME, or hands the document out."""
    writer = opened(disk.root / "data" / "store")
    with monkeypatch.context() as dying:
        real = JournalStorage.sync

        def die(self: JournalStorage) -> None:
            if self._folder.name == WEEK:
                raise ProcessDied
            real(self)

        dying.setattr(JournalStorage, "sync", die)
        for id in ("a", "b"):
            with pytest.raises(ProcessDied):
                writer.put_once("inspections", id, document())
    assert after(disk.cut()).get("inspections", "a") is None
    second = opened(disk.root / "data" / "store")
    assert second.put_once("inspections", "a", document())[0] is Put.SAME
    assert after(disk.cut()).get("inspections", "a") is not None
    third = opened(disk.root / "data" / "store")
    assert third.get("inspections", "b") is not None
    assert after(disk.cut()).get("inspections", "b") is not None


def test_a_process_that_dies_between_renaming_a_snapshot_and_syncing_the_folder_takes_nothing_along(
    disk, after, monkeypatch
):
    """Others see the new snapshot at once, and write behind it; the name must be on disk before they acknowledge."""
    first, second = (opened(disk.root / "data" / "store") for _ in range(2))
    for store, id in ((first, "a"), (second, "b")):
        store.put_once("inspections", id, document())
    journal = first._table("inspections", WEEK).journal

    def die(folder: Path) -> None:
        if (folder / "snapshot.json").exists():
            raise ProcessDied

    with monkeypatch.context() as dying:
        dying.setattr(journal_module, "sync_folder", die)
        with pytest.raises(ProcessDied), journal.exclusive():
            journal._compact()
    second.put_once("inspections", "c", document())
    again = after(disk.cut())
    assert all(again.get("inspections", id) for id in "abc")


def test_a_week_lost_and_won_back_by_an_id_is_on_disk_before_its_document_is_acknowledged(disk, after, monkeypatch):
    """Three requests with one id: the first claims week 48 and syncs the claim; meanwhile another claims week 46, syncs
    it and dies, and a third claims week 48 again and dies before syncing. The first goes on and writes its document."""
    first, other = (opened(disk.root / "data" / "store") for _ in range(2))
    real = TinyStore._table
    interrupted = []

    def table(self: TinyStore, collection: str, part: str) -> JournalTable:
        if self is first and part == WEEK and not interrupted:
            interrupted.append(part)
            locator = real(other, "inspections", "ids")
            other._claim("inspections", locator, "a", "2026-W46")
            locator.journal.sync()
            other._claim("inspections", locator, "a", WEEK)
        return real(self, collection, part)

    monkeypatch.setattr(TinyStore, "_table", table)
    assert first.put_once("inspections", "a", document())[0] is Put.CREATED
    monkeypatch.undo()
    assert interrupted
    again = after(disk.cut())
    assert again.get("inspections", "a") is not None
    assert again.put_once("inspections", "a", document(week="2026-W46"))[0] is Put.CONFLICT
