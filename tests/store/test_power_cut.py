"""What was acknowledged is there after a power cut that takes everything not synced, names in folders included."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from inspect_app.durable import sync_folder
from inspect_app.store import Put, Write, acts
from inspect_app.store import journal as journal_module
from inspect_app.store.journal import JournalStorage
from inspect_app.store.table import JournalTable
from inspect_app.store.tiny import TinyStore
from tests.store.folders import ACT, WEEK, document, is_done, opened, ready_to_act, transfer
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


@pytest.mark.parametrize("again", [False, True], ids=["the first", "one more"])
def test_an_act_is_whole_or_not_there_after_a_power_cut_at_any_of_its_syncs(disk, after, again):
    store = opened(disk.root / "data" / "store")
    ready_to_act(store)
    if again:
        store.act([Write("counters", "c", {}, 0), Write("others", "o", {}, 0)])
    before = len(disk.cuts)
    store.act(*ACT)
    disk.acknowledged.append("act")
    endings = []
    for cut in [*disk.cuts[before - 1 :], disk.cut()]:
        restored = after(cut)
        endings.append(is_done(restored))
        if again:
            assert [stored.id for stored in restored.find("counters") + restored.find("others")] == ["c", "o"]
        assert endings[-1] or not cut.acknowledged
        restored.close()
    assert endings == sorted(endings)
    assert set(endings) == {False, True}


@pytest.mark.parametrize("opened_later", [False, True], ids=["one that was there", "one that opens the folder then"])
def test_an_act_that_was_finished_by_another_process_survives_a_power_cut_after_the_next_act(
    disk, after, monkeypatch, opened_later
):
    """The first dies once its act is written down; the second does others and forgets what is safe."""
    folder = disk.root / "data" / "store"
    first, second = opened(folder), opened(folder)
    ready_to_act(first)

    def die(*_: object) -> None:
        raise ProcessDied

    with monkeypatch.context() as dying:
        dying.setattr(acts, "_carry_out", die)
        with pytest.raises(ProcessDied):
            first.act(*ACT)
    written_down = len(disk.cuts)
    second = opened(folder) if opened_later else second
    for n in range(3):
        second.act([Write("counters", f"c{n}", {}, 0), Write("others", f"o{n}", {}, 0)])
    for cut in [*disk.cuts[written_down:], disk.cut()]:
        again = after(cut)
        assert is_done(again)
    assert len(again.find("counters")) == len(again.find("others")) == 3


def test_whatever_acts_move_is_never_lost_or_doubled_by_a_power_cut_at_any_sync(disk, after, monkeypatch, run_seed):
    """Four threads move amounts between documents of a week and of two collections; the power is cut at 60 syncs."""
    monkeypatch.setattr(journal_module, "_SPARE_RECORDS", 4)
    store = opened(disk.root / "data" / "store")
    places = [("users", "u"), ("counters", "c"), ("inspections", "a")]
    store.act([Write(*place, document(0), 0) for place in places])

    def work(thread: int) -> None:
        rng = random.Random(run_seed + thread)
        for turn in range(8):
            transfer(store, *rng.sample(places, 2), rng.randint(1, 9))
            disk.acknowledged.append("transfer")
            store.put_once("sites", f"{thread}-{turn}", {})
            disk.acknowledged.append("site")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert (disk.root / "data" / "store" / "_acts" / "snapshot.json").exists(), "the journal of acts is compacted"
    monkeypatch.undo()
    for cut in [*random.Random(run_seed).sample(disk.cuts, min(60, len(disk.cuts))), disk.cut()]:
        again = after(cut)
        kept = [again.get(*place) for place in places]
        if not all(kept):
            assert not any(kept)
            assert not cut.acknowledged
            continue
        logged = list(again.log.entries())
        assert sum(one.document["n"] for one in kept if one) == 0, f"seed {run_seed}"
        assert sum(one.revision for one in kept if one) == 3 + 2 * len(logged), f"seed {run_seed}"
        assert len(logged) >= cut.acknowledged.count("transfer")
        assert len(again.find("sites")) >= cut.acknowledged.count("site")
        assert again.log.verify() == again.log.head()
        again.close()
    assert len(disk.cut().acknowledged) == 4 * 8 * 2
