"""The journal: what a crash, a flipped bit or a second process leaves behind."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tinydb import Query, TinyDB
from tinydb.storages import MemoryStorage

from inspect_app.settings import PROJECT
from inspect_app.store import StoreDamaged
from inspect_app.store.journal import JournalStorage, is_empty
from inspect_app.store.table import JournalDB


def filled(folder: Path, count: int = 4) -> JournalDB:
    database = JournalDB(folder)
    for number in range(count):
        with database.documents.journal.exclusive():
            database.documents.put(f"d{number}", {"n": number, "text": "街道"})
        database.documents.journal.sync()
    return database


def kept(folder: Path) -> dict[str, int]:
    database = JournalDB(folder)
    try:
        return {document.doc_id: document["n"] for document in database.documents}
    finally:
        database.close()


def journal_of(folder: Path) -> Path:
    (path,) = folder.glob("journal.*")
    return path


def test_a_last_record_cut_at_any_byte_is_cut_off_kept_aside_and_logged(tmp_path, caplog):
    filled(tmp_path / "whole").close()
    content = journal_of(tmp_path / "whole").read_bytes()
    last = content.rindex(b"\n", 0, -1) + 1
    for size in range(last + 1, len(content)):
        folder = tmp_path / f"cut{size}"
        shutil.copytree(tmp_path / "whole", folder)
        journal_of(folder).write_bytes(content[:size])
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert kept(folder) == {"d0": 0, "d1": 1, "d2": 2}
        assert f"第{last}字节" in caplog.text
        assert (folder / f"torn-0-{last}").read_bytes() == content[last:size]
        assert journal_of(folder).read_bytes() == content[:last]


def test_a_tail_of_unwritten_blocks_is_torn_as_well(tmp_path):
    filled(tmp_path).close()
    path = journal_of(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content + bytes(4096))
    assert len(kept(tmp_path)) == 4
    assert path.read_bytes() == content


def test_a_flipped_bit_anywhere_in_a_whole_record_refuses_to_open_and_names_file_and_offset(tmp_path):
    filled(tmp_path / "whole").close()
    content = journal_of(tmp_path / "whole").read_bytes()
    starts = [0, *(at + 1 for at, byte in enumerate(content[:-1]) if byte == 10)]
    for at in range(len(content)):
        folder = tmp_path / "flipped"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(tmp_path / "whole", folder)
        spoilt = bytearray(content)
        spoilt[at] ^= 0x04
        journal_of(folder).write_bytes(spoilt)
        with pytest.raises(StoreDamaged) as refused:
            kept(folder)
        assert journal_of(folder).name in str(refused.value)
        record = max(start for start in starts if start <= at)
        assert f"第{record}字节" in str(refused.value), at


def test_a_damaged_snapshot_refuses_to_open(tmp_path):
    database = filled(tmp_path)
    for number in range(700):
        with database.documents.journal.exclusive():
            database.documents.put("d0", {"n": number})
    database.documents.journal.sync()
    database.close()
    path = tmp_path / "snapshot.json"
    content = path.read_bytes()
    for spoilt in (content[:-1], content[: len(content) // 2], b"", content[:-2] + b"x\n"):
        path.write_bytes(spoilt)
        with pytest.raises(StoreDamaged, match=r"snapshot\.json"):
            kept(tmp_path)


def test_many_changes_of_one_document_are_compacted_and_none_is_lost(tmp_path):
    database = filled(tmp_path)
    for number in range(2000):
        with database.documents.journal.exclusive():
            database.documents.put("d0", {"n": number})
        database.documents.journal.sync()
    database.close()
    assert kept(tmp_path) == {"d0": 1999, "d1": 1, "d2": 2, "d3": 3}
    assert (tmp_path / "snapshot.json").exists()
    assert journal_of(tmp_path).stat().st_size < 600 * 60
    assert not list(tmp_path.glob("*.partial"))


def test_a_crash_at_any_step_of_a_compaction_loses_nothing(tmp_path, monkeypatch):
    """The folder as it is on disk before and after each step that changes it, opened afresh."""
    database = filled(tmp_path / "live")
    states: list[Path] = []

    def note(*_: object) -> None:
        states.append(tmp_path / f"state{len(states)}")
        shutil.copytree(tmp_path / "live", states[-1])

    for name in ("_open_journal", "_write_snapshot", "_remove_other_journals"):
        real = getattr(JournalStorage, name)

        def wrapped(self, *arguments, real=real):
            note()
            result = real(self, *arguments)
            note()
            return result

        monkeypatch.setattr(JournalStorage, name, wrapped)
    with database.documents.journal.exclusive():
        database.documents.journal._compact()
    monkeypatch.undo()
    database.close()
    assert len(states) == 6
    for state in states:
        assert kept(state) == {f"d{n}": n for n in range(4)}, state
        again = JournalDB(state)
        again.insert({"n": 9})
        again.close()
        assert len(list(state.glob("journal.*"))) == 1


def test_a_process_that_died_in_the_middle_of_a_write_does_not_stop_the_next_writer(tmp_path):
    database = filled(tmp_path)
    with journal_of(tmp_path).open("ab") as other:
        other.write(b"deadbeef 500 half a rec")
    assert len(list(database.documents)) == 4
    with database.documents.journal.exclusive():
        database.documents.put("d4", {"n": 4})
    database.documents.journal.sync()
    database.close()
    assert kept(tmp_path) == {f"d{n}": n for n in range(5)}


def test_a_second_process_sees_what_the_first_wrote_also_after_a_compaction(tmp_path):
    database = filled(tmp_path)
    code = (
        "import sys; from inspect_app.store.table import JournalDB\n"
        "db = JournalDB(sys.argv[1]); t = db.documents\n"
        "for n in range(1500):\n"
        "    with t.journal.exclusive(): t.put('x', {'n': n})\n"
        "t.journal.sync()\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=PROJECT, check=True)
    found = database.documents.one("x")
    assert found is not None
    assert found.document == {"n": 1499}
    with database.documents.journal.exclusive():
        database.documents.put("y", {"n": 1})
    database.documents.journal.sync()
    database.close()
    assert kept(tmp_path) == {"d0": 0, "d1": 1, "d2": 2, "d3": 3, "x": 1499, "y": 1}


@pytest.mark.slow
def test_a_full_disk_leaves_whole_records_and_the_store_goes_on_when_there_is_room(tmp_path):
    """A file size limit of the process stands in for the full disk: the write stops within the record."""
    code = (
        "import resource, signal, sys; from inspect_app.store.table import JournalDB\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "db = JournalDB(sys.argv[1]); t = db.documents\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))\n"
        "kept = 0\n"
        "try:\n"
        "    while True:\n"
        "        with t.journal.exclusive(): t.put(str(kept), {'n': kept, 'pad': 'x' * 300})\n"
        "        t.journal.sync(); kept += 1\n"
        "except OSError: pass\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "with t.journal.exclusive(): t.put('after', {'n': -1})\n"
        "t.journal.sync(); print(kept)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    count = int(done.stdout)
    assert count > 5
    assert kept(tmp_path) == {**{str(n): n for n in range(count)}, "after": -1}
    assert not list(tmp_path.glob("torn-*"))


WRITER = (
    "import sys; from tests.store.folders import opened\n"
    "from pathlib import Path\n"
    "store = opened(Path(sys.argv[1])); n = 0\n"
    "while True:\n"
    "    id = f'{sys.argv[2]}-{n}'\n"
    "    store.put_once('inspections', id, {'week': '2026-W48', 'state': 'open', 'n': n})\n"
    "    done = {'week': '2026-W48', 'state': 'done', 'n': n}\n"
    "    if n % 3 == 0: store.update('inspections', id, done, expected_revision=1)\n"
    "    sys.stdout.write(f'{id} {2 if n % 3 == 0 else 1}\\n'); sys.stdout.flush(); n += 1\n"
)


@pytest.mark.slow
def test_writers_killed_at_any_moment_lose_nothing_that_they_acknowledged(tmp_path):
    """Six rounds of two processes, each SIGKILLed while it writes and updates."""
    from tests.store.folders import opened, started

    promised: dict[str, int] = {}
    for turn in range(6):
        writers = [started(WRITER, tmp_path, f"{turn}-{number}", stdout=subprocess.PIPE) for number in range(2)]
        begun = [writer.stdout.readline() for writer in writers if writer.stdout]
        time.sleep(0.1 + 0.07 * turn)
        for writer in writers:
            os.kill(writer.pid, signal.SIGKILL)
        for writer, first in zip(writers, begun, strict=True):
            output, _ = writer.communicate()
            for line in (first + output).splitlines(keepends=True):
                if line.endswith("\n"):
                    id, revision = line.split()
                    promised[id] = int(revision)
        store = opened(tmp_path)
        found = {stored.id: stored.revision for stored in store.find("inspections", week="2026-W48")}
        assert {id: found.get(id) for id in promised} == promised
        store.close()
    assert len(promised) > 50


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.integers(0, 5)),
        st.tuples(st.just("update"), st.integers(0, 5)),
        st.tuples(st.just("remove"), st.integers(0, 5)),
        st.tuples(st.just("insert_multiple"), st.integers(0, 3)),
        st.tuples(st.just("upsert"), st.integers(0, 5)),
        st.tuples(st.just("truncate"), st.just(0)),
    ),
    max_size=12,
)


def operate(database: TinyDB, operations: list[tuple[str, int]]) -> list[dict[str, int]]:
    n = Query().n
    acts = {
        "insert": lambda value: database.insert({"n": value}),
        "update": lambda value: database.update({"seen": value}, n == value),
        "remove": lambda value: database.remove(n == value),
        "insert_multiple": lambda value: database.insert_multiple([{"n": i} for i in range(value)]),
        "upsert": lambda value: database.upsert({"n": value, "up": 1}, n == value),
        "truncate": lambda _: database.truncate(),
    }
    for name, value in operations:
        acts[name](value)
    assert database.count(n >= 2) == len(database.search(n >= 2))
    assert database.contains(n == 1) == bool(database.get(n == 1))
    assert len(database) == len(database.all()) == len(list(database))
    return sorted((dict(document) for document in database.all()), key=json.dumps)


@given(OPERATIONS)
@pytest.mark.parametrize("kind", ["journal table", "stock table"])
def test_tinydbs_own_operations_do_what_they_do_on_its_own_storage(tmp_path_factory, kind, operations):
    folder = tmp_path_factory.mktemp("t")
    expected = operate(TinyDB(storage=MemoryStorage), operations)

    def opened() -> TinyDB:
        return JournalDB(folder) if kind == "journal table" else TinyDB(folder, storage=JournalStorage)

    database = opened()
    assert operate(database, operations) == expected
    database.close()
    again = opened()
    assert sorted((dict(document) for document in again.all()), key=json.dumps) == expected
    again.close()


def test_what_is_compacted_for_the_first_time_is_at_no_moment_taken_for_empty(tmp_path, monkeypatch):
    """Another process compacts between two looks at the files: snapshot in place, a new journal, the old one gone."""
    (tmp_path / "journal.0").write_bytes(b"a record\n")
    exists = Path.exists

    def compacted_behind_it(path: Path) -> bool:
        found = exists(path)
        if path == tmp_path / "snapshot.json":
            path.write_bytes(b"{}")
            (tmp_path / "journal.1").touch()
            (tmp_path / "journal.0").unlink(missing_ok=True)
        return found

    monkeypatch.setattr(Path, "exists", compacted_behind_it)
    assert not is_empty(tmp_path)
    monkeypatch.undo()
    assert not is_empty(tmp_path)
