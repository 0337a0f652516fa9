"""Acts at the same time are done in batches: fewer syncs, and each is still by itself what it would be alone."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from inspect_app.store import Given, Stale, Stored, Write, acts
from inspect_app.store.batches import Batches, Job
from inspect_app.store.log_file import ChainedLog
from inspect_app.store.table import JournalTable
from inspect_app.store.tiny import TinyStore
from tests.store.folders import died, document, opened
from tests.store.power import Disk


class ProcessDied(BaseException):
    """Stands for a process that ends here."""


class Number(Job):
    """A job that does not go with one of the same number."""

    def __init__(self, value: int) -> None:
        super().__init__()
        self.value = value

    def goes_with(self, earlier: Sequence[Job]) -> bool:
        return all(isinstance(job, Number) and job.value != self.value for job in earlier)


class Held:
    """Batches of numbers whose first is held up until the others wait behind it."""

    def __init__(self, after: Callable[[list[int]], None] = lambda _: None) -> None:
        self.done: list[list[int]] = []
        self._after = after
        self._begun, self._go_on = threading.Event(), threading.Event()
        self._batches: Batches[Number] = Batches(self._work)

    def _work(self, batch: Sequence[Number]) -> None:
        if not self.done:
            self._begun.set()
            assert self._go_on.wait(20)
        self.done.append([job.value for job in batch])
        self._after(self.done[-1])

    def run(self, *numbers: int) -> list[BaseException | None]:
        """How the jobs of these numbers ended, all behind the first."""
        with ThreadPoolExecutor(len(numbers)) as pool:
            running = []
            for count, number in enumerate(numbers, start=1):
                running.append(pool.submit(self._batches.do, Number(number)))
                assert self._begun.wait(20)
                wait_until(lambda: len(self._batches._jobs) == count)  # noqa: B023 — asked at once
            self._go_on.set()
            return [one.exception(20) for one in running]


def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(20_000):
        if is_so():
            return
        threading.Event().wait(0.001)
    raise AssertionError("it never came so far")


def test_all_who_wait_are_served_together_in_the_order_in_which_they_came():
    held = Held()
    assert held.run(0, 1, 2, 3, 4) == [None] * 5
    assert held.done == [[0], [1, 2, 3, 4]]


def test_a_batch_ends_before_a_job_that_does_not_go_with_those_before_it():
    held = Held()
    assert held.run(0, 1, 2, 1, 3) == [None] * 5
    assert held.done == [[0], [1, 2], [1, 3]]


def test_what_goes_wrong_with_a_batch_is_told_to_all_of_it_and_to_nobody_else():
    def fail(batch: list[int]) -> None:
        if 1 in batch:
            raise OSError(errno.EIO, "Input/output error")

    errors = Held(fail).run(0, 1, 2, 1, 3)
    assert [type(error) for error in errors] == [type(None), *[OSError] * 4]
    told = [error for error in errors if isinstance(error, OSError)]
    assert {error.errno for error in told} == {errno.EIO}
    assert len(set(map(id, told))) == 4, "each thread has an error of its own"


def test_a_thread_that_is_interrupted_in_its_batch_leaves_nobody_waiting():
    def interrupt(batch: list[int]) -> None:
        if 1 in batch:
            raise KeyboardInterrupt

    assert [type(error) for error in Held(interrupt).run(0, 1, 2)] == [type(None), KeyboardInterrupt, OSError]


# Through the store


def acts_journal(descriptor: int) -> bool:
    return "/_acts/journal." in str(Path(f"/proc/self/fd/{descriptor}").readlink())


@contextmanager
def held_up(store: TinyStore, waiting: int) -> Iterator[ThreadPoolExecutor]:
    """Threads whose acts, ``waiting`` in number, come while one is being synced, so that they make one batch."""
    real, begun, go_on = os.fsync, threading.Event(), threading.Event()

    def slow(descriptor: int) -> None:
        if acts_journal(descriptor) and not begun.is_set():
            begun.set()
            assert go_on.wait(20)
        real(descriptor)

    with pytest.MonkeyPatch.context() as disk, ThreadPoolExecutor(waiting + 1) as pool:
        disk.setattr("os.fsync", slow)
        first = pool.submit(store.act, [Write("others", "first", {}, 0)], [{"act": "first"}])
        assert begun.wait(20)
        yield pool
        wait_until(lambda: len(store._batches._jobs) == waiting + 1)
        go_on.set()
        first.result(20)


def submitted(store: TinyStore, pool: ThreadPoolExecutor, n: int) -> Future[list[Stored]]:
    """An act as a submission is one. Returns once it waits behind those before it."""
    before = len(store._batches._jobs)
    future = pool.submit(
        store.act, [Write("inspections", f"i{n}", document(n), 0)], [{"act": "submitted", "of": f"i{n}"}]
    )
    wait_until(lambda: len(store._batches._jobs) > before)
    return future


def test_acts_that_wait_share_one_sync_and_are_logged_in_their_order(tmp_path, monkeypatch):
    store = opened(tmp_path)
    synced: list[int] = []
    real = os.fsync

    def counted(descriptor: int) -> None:
        synced.append(descriptor)
        real(descriptor)

    with held_up(store, 7) as pool:
        running = [submitted(store, pool, n) for n in range(7)]
        monkeypatch.setattr("os.fsync", counted)
    assert [one.result(20)[0].document for one in running] == [document(n) for n in range(7)]
    assert len(synced) == 1
    assert [entry.get("of") for entry in store.log.entries()] == [None, *(f"i{n}" for n in range(7))]
    assert store.log.verify() == store.log.head()
    assert [stored.id for stored in store.find("inspections")] == [f"i{n}" for n in range(7)]


def test_one_that_comes_too_late_or_is_no_json_does_not_take_the_others_of_its_batch_along(tmp_path):
    store = opened(tmp_path)
    store.put_once("users", "u", {})
    entry = [{"act": "x"}]
    wrong = (
        ([Write("users", "u", {"n": 1}, 2)], [], Stale),
        ([Write("sites", "s", {}, 0)], [Given("users", "u", 7)], Stale),
        ([Write("inspections", "moved", document(), 3)], [], Stale),
    )
    with held_up(store, 5) as pool:
        good = [submitted(store, pool, 1)]
        bad = [(pool.submit(store.act, writes, entry, given=given), error) for writes, given, error in wrong]
        wait_until(lambda: len(store._batches._jobs) == 5)
        for never in (float("nan"), "\ud800", object()):
            with pytest.raises((ValueError, TypeError)):
                store.act([Write("sites", "s", {"n": never}, 0)], entry)
            with pytest.raises((ValueError, TypeError)):
                store.act([Write("sites", "s", {}, 0)], [{"act": never}])
        good.append(submitted(store, pool, 2))
    for future, error in bad:
        with pytest.raises(error):
            future.result(20)
    assert [future.result(20)[0].revision for future in good] == [1, 1]
    assert [entry["act"] for entry in store.log.entries()] == ["first", "submitted", "submitted"]
    assert store.log.verify() == store.log.head()
    assert store.get("sites", "s") is None


def test_of_acts_on_one_document_at_one_revision_the_first_wins_and_the_next_sees_what_it_did(tmp_path):
    store = opened(tmp_path)
    with held_up(store, 4) as pool:
        running = []
        for n, revision in enumerate((0, 0, 1, 1)):
            running.append(pool.submit(store.act, [Write("counters", "c", {"n": n}, revision)], [{"act": str(n)}]))
            wait_until(lambda: len(store._batches._jobs) == n + 2)  # noqa: B023 — asked at once
    assert [type(one.exception(20)) for one in running] == [type(None), Stale, type(None), Stale]
    assert [running[n].result()[0].revision for n in (0, 2)] == [1, 2]
    assert [entry["act"] for entry in store.log.entries()] == ["first", "0", "2"]


@pytest.mark.parametrize("parts", [0, 1, 2], ids=["before all", "after the claims", "before the log"])
def test_a_process_that_dies_in_the_middle_of_a_batch_leaves_every_act_of_it_whole(tmp_path, monkeypatch, parts):
    """It is written down, and so many of its tables have their part."""
    store, other = opened(tmp_path), opened(tmp_path)
    put, write = JournalTable.put_kept, ChainedLog.write
    left = parts

    def put_or_die(self: JournalTable, documents: Sequence[Any], **named: bool) -> list[Stored]:
        nonlocal left
        if any(id == "i0" for id, _ in documents):
            if left == 0:
                raise ProcessDied
            left -= 1
        return put(self, documents, **named)

    def write_or_die(self: ChainedLog, entries: Sequence[Any]) -> None:
        if any(entry.get("of") == "i0" for entry in entries):
            raise ProcessDied
        write(self, entries)

    with monkeypatch.context() as death, held_up(store, 3) as pool:
        running = [submitted(store, pool, n) for n in range(3)]
        death.setattr(JournalTable, "put_kept", put_or_die)
        death.setattr(ChainedLog, "write", write_or_die)
    assert left == 0
    assert [type(one.exception(20)) for one in running] == [ProcessDied, OSError, OSError]
    for each in (other, opened(tmp_path)):
        assert [(one.id, one.revision) for one in each.find("inspections")] == [(f"i{n}", 1) for n in range(3)]
        assert [entry.get("of") for entry in each.log.entries()] == [None, "i0", "i1", "i2"]
        assert each.log.verify() == each.log.head()


def test_a_batch_is_there_whole_or_not_at_all_after_a_power_cut_at_any_of_its_syncs(tmp_path, monkeypatch):
    (tmp_path / "disk").mkdir()
    disk = Disk(tmp_path / "disk")
    monkeypatch.setattr("os.fsync", disk.fsync)
    monkeypatch.setattr(acts, "_MANY", 1)
    store = opened(disk.root / "store")

    def done(future: Future[list[Stored]]) -> None:
        if not future.exception():
            disk.acknowledged.append(future.result()[0].id)

    with held_up(store, 4) as pool:
        for n in range(4):
            submitted(store, pool, n).add_done_callback(done)
    store.act([Write("sites", "later", {}, 0)], [{"act": "later"}])
    seen = set()
    for number, cut in enumerate([*disk.cuts, disk.cut()]):
        folder = cut.restore(tmp_path / f"after{number}") / "store"
        if not folder.exists():
            continue
        again = opened(folder)
        kept = {stored.id for stored in again.find("inspections")}
        assert kept >= set(cut.acknowledged)
        assert [entry["of"] for entry in again.log.entries() if "of" in entry] == sorted(kept)
        assert again.log.verify() == again.log.head()
        seen.add(len(kept))
        again.close()
    assert seen == {0, 4}
    disk.close()


def test_a_batch_whose_record_was_half_written_counts_for_nothing(tmp_path):
    store = opened(tmp_path)
    with held_up(store, 3) as pool:
        for n in range(3):
            submitted(store, pool, n)
    store.close()
    died(tmp_path)
    (journal,) = [path for path in (tmp_path / "_acts").glob("journal.*") if path.stat().st_size]
    first, batch = journal.read_bytes().splitlines(keepends=True)[-2:]
    for part in ("inspections/ids", "inspections/2026-W48"):
        next((tmp_path / part).glob("journal.*")).write_bytes(b"")
    log = tmp_path / "log.jsonl"
    log.write_bytes(log.read_bytes().splitlines(keepends=True)[0])
    journal.write_bytes(journal.read_bytes()[: -len(batch)] + batch[: len(batch) // 2])
    again = opened(tmp_path)
    assert again.find("inspections") == []
    assert again.log.head().seq == 1
    assert first
