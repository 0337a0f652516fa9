"""Acts on files: between processes, on disks that fail, beside a log that is older, in many weeks."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from inspect_app.store import Put, Stale, Write, acts
from inspect_app.store.journal import JournalStorage
from inspect_app.store.log_file import ChainedLog
from inspect_app.store.tiny import TinyStore
from tests.store.folders import ACT, WEEK, document, is_done, opened, ready_to_act


def path_of(descriptor: int) -> str:
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())


class ProcessDied(BaseException):
    """Stands for a process that ends here."""


def act_and_die(store: TinyStore) -> None:
    """Write ``ACT`` down, and no more."""

    def die(*_: object) -> None:
        raise ProcessDied

    with pytest.MonkeyPatch.context() as dying:
        dying.setattr(acts, "_carry_out", die)
        with pytest.raises(ProcessDied):
            store.act(*ACT)


def ready(folder: Path) -> TinyStore:
    store = opened(folder)
    ready_to_act(store)
    return store


def update(store: TinyStore) -> None:
    with pytest.raises(Stale):
        store.update("users", "u", {"state": "left"}, expected_revision=1)


def put(store: TinyStore) -> None:
    assert store.put_once("sites", "s", {"n": 99})[0] is Put.CONFLICT


def put_in_week(store: TinyStore) -> None:
    assert store.put_once("inspections", "new", document(99))[0] is Put.CONFLICT


def act_on_one(store: TinyStore) -> None:
    with pytest.raises(Stale):
        store.act([Write("sites", "s", {"n": 99}, 0)])


def act_on_several(store: TinyStore) -> None:
    with pytest.raises(Stale):
        store.act([Write("sites", "s", {"n": 99}, 0)], [{"act": "late"}])


def log(store: TinyStore) -> None:
    assert store.log.append({"act": "late"})["seq"] == 4


@pytest.mark.parametrize("write", [update, put, put_in_week, act_on_one, act_on_several, log])
def test_a_writer_that_was_waiting_for_a_lock_finds_the_act_of_the_process_that_died_with_it(
    tmp_path, monkeypatch, write
):
    """It looked for acts before; the other process began its act, and died, while it waited."""
    store, other = ready(tmp_path), opened(tmp_path)
    store.find("inspections")
    waiting = True

    def late(real: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def taken(self: Any) -> Any:
            nonlocal waiting
            tables = [database.storage for database in store._open.values()]
            if waiting and self in (store._acts._log, store._acts._journal, *tables):
                waiting = False
                act_and_die(other)
            return real(self)

        return taken

    monkeypatch.setattr(JournalStorage, "reserved", late(JournalStorage.reserved))
    monkeypatch.setattr(ChainedLog, "exclusive", late(ChainedLog.exclusive))
    write(store)
    monkeypatch.undo()
    assert not waiting
    entries = [entry["act"] for entry in store.log.entries()]
    assert entries[:3] == ["before", "first", "second"]
    assert store.log.verify() == store.log.head()
    assert [stored.document["n"] for stored in store.find("inspections")] == [2, 1]
    assert store.find("sites")[0].document == {"n": 3}


def test_a_reader_in_another_process_finishes_what_a_dead_one_began(tmp_path):
    for number, ask in enumerate(
        (
            lambda store: store.get("users", "u").revision == 2,
            lambda store: [one.revision for one in store.find("users")] == [2],
            lambda store: store.weeks("inspections") == ["2026-W47", "2026-W48"],
            lambda store: [one.id for one in store.page("inspections", limit=1, newest=True).stored] == ["old"],
            lambda store: store.log.head().seq == 3,
            lambda store: len(list(store.log.entries())) == 3,
            lambda store: [entry["seq"] for entry in store.log.about("s")] == [3],
        )
    ):
        store, other = ready(tmp_path / str(number)), opened(tmp_path / str(number))
        act_and_die(other)
        assert ask(store)
        assert is_done(store)


def test_readers_do_not_wait_while_an_act_is_written_down(tmp_path, monkeypatch):
    store = ready(tmp_path)
    real, writing, read = os.fsync, threading.Event(), threading.Event()

    def slow(descriptor: int) -> None:
        if "_acts" in path_of(descriptor):
            writing.set()
            assert read.wait(10), "a reader waits for the disk"
        real(descriptor)

    monkeypatch.setattr("os.fsync", slow)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(store.act, *ACT)
        assert writing.wait(10)
        assert not is_done(store)
        read.set()
        done.result()
    assert is_done(store)


def test_an_act_that_cannot_be_written_down_has_no_effect(tmp_path, monkeypatch):
    store = ready(tmp_path)
    real = JournalStorage._write_whole

    def full(self: JournalStorage, line: bytes) -> None:
        if self._folder.name == "_acts":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(self, line)

    with monkeypatch.context() as disk:
        disk.setattr(JournalStorage, "_write_whole", full)
        with pytest.raises(OSError, match="No space"):
            store.act(*ACT)
        assert not is_done(store)
        store.put_once("counters", "c", {})
    store.act(*ACT)
    assert is_done(store)


def test_an_act_that_is_written_down_is_finished_when_there_is_room_again(tmp_path, monkeypatch, caplog):
    store = ready(tmp_path)
    real = JournalStorage._write_whole

    def full(self: JournalStorage, line: bytes) -> None:
        if self._folder.parent.name == "sites":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(self, line)

    with monkeypatch.context() as disk:
        disk.setattr(JournalStorage, "_write_whole", full)
        with pytest.raises(OSError, match="No space"):
            store.act(*ACT)
        for write in (update, log, put):
            with pytest.raises(OSError, match="No space"):
                write(store)
        with caplog.at_level(logging.WARNING):
            assert store.get("inspections", "old") is not None, "what is there can be read"
        assert "没有全部写入" in caplog.text
    assert is_done(store)
    store.close()
    assert is_done(opened(tmp_path))


def test_a_sync_that_failed_while_an_act_was_written_down_stops_all_writing_until_the_process_starts_again(
    tmp_path, monkeypatch
):
    """Whether the act is on disk is not known: nothing may be built on either."""
    store, real = ready(tmp_path), os.fsync

    def broken(descriptor: int) -> None:
        if "_acts" in path_of(descriptor):
            raise OSError(errno.EIO, "Input/output error")
        real(descriptor)

    with monkeypatch.context() as failing:
        failing.setattr("os.fsync", broken)
        with pytest.raises(OSError, match="Input/output error"):
            store.act(*ACT)
    for write in (
        lambda: store.update("users", "u", {}, expected_revision=1),
        lambda: store.put_once("sites", "other", {}),
        lambda: store.put_once("inspections", "other", document()),
        lambda: store.log.append({"act": "x"}),
        lambda: store.act(*ACT),
    ):
        with pytest.raises(OSError, match="重新启动前不再写入"):
            write()
    assert not is_done(store)
    again = opened(tmp_path)
    is_done(again)
    again.put_once("sites", "other", {})


def test_a_log_whose_sync_failed_is_not_written_to_until_the_process_starts_again(tmp_path, monkeypatch):
    log = ChainedLog(tmp_path / "log")
    log.append({"n": 1})

    def broken(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as failing:
        failing.setattr("os.fsync", broken)
        with pytest.raises(OSError, match="Input/output error"):
            log.append({"n": 2})
    with pytest.raises(OSError, match="重新启动前不再写入"):
        log.append({"n": 3})
    assert ChainedLog(tmp_path / "log").append({"n": 4})["seq"] == 3


def test_a_log_on_a_full_disk_takes_none_of_several_entries(tmp_path, monkeypatch):
    class Full:
        """A file that takes 100 bytes more."""

        def __init__(self, file: Any) -> None:
            self._file, self._left = file, 100

        def write(self, data: Any) -> int:
            if not self._left:
                raise OSError(errno.ENOSPC, "No space left on device")
            taken = bytes(data[: self._left])
            self._left -= len(taken)
            return int(self._file.write(taken))

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

    log = ChainedLog(tmp_path / "log")
    log.append({"n": 1})
    before = (tmp_path / "log").read_bytes()
    with log.exclusive() as head:
        log._file = Full(log._file)  # type: ignore[assignment]
        with pytest.raises(OSError, match="No space"):
            log.write(acts.chained([{"n": 2}, {"n": 3}], head))
    assert (tmp_path / "log").read_bytes() == before
    assert log.append({"n": 4})["seq"] == 2


@pytest.mark.parametrize("lines", [1, 2, 3], ids=["none of its entries", "one of its entries", "both"])
def test_an_act_is_finished_whatever_part_of_its_entries_is_in_the_log(tmp_path, lines):
    store = ready(tmp_path / "a")
    act_and_die(store)
    store.close()
    whole = opened(tmp_path / "a")
    assert is_done(whole)
    content = (tmp_path / "a" / "log.jsonl").read_bytes().splitlines(keepends=True)
    store = ready(tmp_path / "b")
    act_and_die(store)
    store.close()
    own = (tmp_path / "b" / "log.jsonl").read_bytes()
    assert own == content[0]
    (tmp_path / "b" / "log.jsonl").write_bytes(b"".join(content[:lines]))
    assert is_done(opened(tmp_path / "b"))
    assert (tmp_path / "b" / "log.jsonl").read_bytes() == b"".join(content)


def test_beside_a_log_from_an_older_backup_an_act_is_finished_all_the_same(tmp_path, caplog):
    store = ready(tmp_path)
    for _ in range(3):
        store.log.append({"act": "lost", "of": "x"})
    act_and_die(store)
    store.close()
    path = tmp_path / "log.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    assert is_done(opened(tmp_path))
    assert "日志比数据旧" in caplog.text


def test_acts_that_are_done_are_forgotten(tmp_path):
    store = ready(tmp_path)
    for n in range(600):
        store.act([Write("counters", "c", {"n": n}, n)], [{"act": "count"}])
    size = sum(path.stat().st_size for path in (tmp_path / "_acts").iterdir())
    assert size < 400 * 600
    with store._acts._journal.reading() as tables:
        assert 0 < len(tables["acts"]) <= 32
    store.close()
    again = opened(tmp_path)
    with again._acts._journal.reading() as tables:
        assert not tables


def test_acts_in_more_weeks_than_are_kept_open_do_not_hold_each_other_up(tmp_path):
    store = opened(tmp_path)
    weeks = [f"2026-W{number:02d}" for number in range(1, 21)]

    def act(thread: int) -> None:
        for turn in range(4):
            chosen = weeks[(thread * 3 + turn) % 6 :]
            writes = [Write("inspections", f"{thread}-{turn}-{week}", document(0, week), 0) for week in chosen]
            store.act(writes[:: 1 if thread % 2 else -1], [{"act": "many"}])

    def beside(thread: int) -> None:
        for turn, week in enumerate(weeks):
            store.put_once("inspections", f"p{thread}-{turn}", document(0, week))
            assert store.find("inspections", week=week)

    with ThreadPoolExecutor(5) as pool:
        running = [pool.submit(act, n) for n in range(3)] + [pool.submit(beside, n) for n in range(2)]
        for one in running:
            one.result(timeout=120)
    assert len(store.find("inspections")) == 2 * 20 + sum(
        len(weeks) - (thread * 3 + turn) % 6 for thread in range(3) for turn in range(4)
    )
    assert store.log.head().seq == 12
    store.close()


def test_an_id_claimed_for_another_week_while_an_act_waited_is_the_acts(tmp_path, monkeypatch):
    """A claim without a document counts for nothing; one that comes between looking and locking neither."""
    store, other = ready(tmp_path), opened(tmp_path)
    real = acts.Acts.reserved
    claimed = []

    def reserved(self: acts.Acts, *arguments: Any, **named: Any) -> Any:
        if not claimed:
            claimed.append(other._claim("inspections", other._table("inspections", "ids"), "new", "2026-W40"))
        return real(self, *arguments, **named)

    monkeypatch.setattr(acts.Acts, "reserved", reserved)
    store.act(*ACT)
    assert claimed
    assert is_done(store)
    assert is_done(opened(tmp_path))
    assert other.put_once("inspections", "new", document(week="2026-W40"))[0] is Put.CONFLICT


def test_acts_that_wait_for_a_lost_file_set_make_no_other_pay_for_them(tmp_path, monkeypatch):
    """Each but every third would be made sure of in all tables otherwise."""
    monkeypatch.setattr(acts, "_MANY", 3)
    store = opened(tmp_path)
    for n in range(3):
        store.act([Write("inspections", f"d{n}", document(n), 0)], [{"act": "visit", "of": f"d{n}"}])
    store.close()
    shutil.rmtree(tmp_path / "inspections" / WEEK)
    store = opened(tmp_path)
    calls, real = [], acts.Acts._forget
    monkeypatch.setattr(acts.Acts, "_forget", lambda self: (calls.append(1), real(self)))
    for n in range(6):
        store.act([Write("sites", f"s{n}", {"n": n}, 0)], [{"act": "site", "of": f"s{n}"}])
    assert len(calls) == 1
    assert len(store._acts._pending()) == 3 + 3, "they stay for when it is mended"
