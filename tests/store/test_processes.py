"""Several processes on one folder: at the same time, killed while they write, stopped half-way, out of room."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from inspect_app.store import Put, Write
from inspect_app.store.tiny import TinyStore
from tests.measured import PATIENCE_S, allowed_s, clock_s
from tests.store.folders import (
    WEEK,
    compact,
    document,
    end_started,
    filled,
    journal_of,
    kept,
    opened,
    output_of,
    put,
    python,
    started,
    writing_twice,
)

WRITER = """
import sys
from pathlib import Path
from tests.store.folders import opened
store, own = opened(Path(sys.argv[1])), int(sys.argv[2])
""" + writing_twice(200)


def test_two_processes_with_four_threads_each_write_200_documents_and_lose_or_double_none(tmp_path):
    """Each writes 200 of its own. Both write the same 200 as well, and 200 ids of which each wants another week."""
    printed = []
    writers = [python(WRITER, tmp_path, number) for number in range(2)]
    for writer in writers:
        printed += [line.split() for line in output_of(writer)]
    own, same, other_week = (Counter(column) for column in zip(*printed, strict=True))
    assert own == {"created": 400}
    assert same == {"created": 200, "same": 200}
    assert other_week == {"created": 200, "conflict": 200}
    store = opened(tmp_path)
    found = Counter(stored.id for stored in store.find("inspections"))
    assert set(found.values()) == {1}
    assert len(found) == 800
    assert all(store.get("inspections", id) for id in found)
    store.close()


def test_what_a_test_started_does_not_outlive_it():
    ended, going = python("print(1)"), python("import time; print(1, flush=True); time.sleep(600)")
    assert output_of(ended) == ["1"]
    assert going.stdout
    assert going.stdout.readline() == "1\n"
    end_started()
    assert (ended.returncode, going.returncode) == (0, -signal.SIGKILL)


COUNTER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from inspect_app.store import Stale
from tests.store.folders import opened
store = opened(Path(sys.argv[1]))
def count(_):
    while True:
        kept = store.get("counters", "c")
        try:
            return store.update("counters", "c", {"n": kept.document["n"] + 1}, expected_revision=kept.revision)
        except Stale:
            continue
with ThreadPoolExecutor(4) as pool:
    print(len(list(pool.map(count, range(200)))))
"""


def test_two_processes_count_to_400_in_one_document_while_it_is_compacted(tmp_path):
    store = opened(tmp_path)
    store.put_once("counters", "c", {"n": 0})
    counters = [python(COUNTER, tmp_path) for _ in range(2)]
    for counter in counters:
        assert output_of(counter) == ["200"]
    found = store.get("counters", "c")
    assert found is not None
    assert (found.revision, found.document) == (401, {"n": 400})
    assert (tmp_path / "counters" / "all" / "snapshot.json").exists()
    store.close()


READER = """
import sys
from pathlib import Path
from tests.store.folders import opened
store = opened(Path(sys.argv[1]))
for line in sys.stdin:
    found = store.get("inspections", line.strip())
    listed = [f"{stored.id}:{stored.revision}" for stored in store.find("inspections")]
    print(found and found.revision, ",".join(listed), flush=True)
"""


def test_a_second_process_sees_what_the_first_wrote_without_reopening_also_after_the_first_compacted(tmp_path):
    store, reader = opened(tmp_path), python(READER, tmp_path)
    assert reader.stdin
    assert reader.stdout

    def seen(id: str) -> str:
        assert reader.stdin
        assert reader.stdout
        print(id, file=reader.stdin, flush=True)
        return reader.stdout.readline().strip()

    assert seen("a") == "None"
    store.put_once("inspections", "a", document())
    assert seen("a") == "1 a:1"
    store.update("inspections", "a", document(1), expected_revision=1)
    assert seen("a") == "2 a:2"
    for turn in range(3):
        journal = store._table("inspections", WEEK).journal
        with journal.exclusive():
            journal._compact()
        assert seen("a") == f"{turn + 2} a:{turn + 2}"
        store.update("inspections", "a", document(turn), expected_revision=turn + 2)
        assert seen("a") == f"{turn + 3} a:{turn + 3}"
    store.put_once("inspections", "b", document(week="2026-W47"))
    assert seen("b") == "1 b:1,a:5"
    output_of(reader)
    store.close()


HALF_A_RECORD = """
import os, signal, sys, time
from inspect_app.store.journal import JournalStorage
from inspect_app.store.table import JournalDB
def write_half(self, line):
    self._journal.write(line[: len(line) // 2])
    print("half", flush=True)
    time.sleep(60)
JournalStorage._write_whole = write_half
table = JournalDB(sys.argv[1]).documents
with table.journal.exclusive():
    table.put("half", {"n": -1})
"""


def test_a_process_killed_in_the_middle_of_a_write_neither_blocks_nor_spoils_the_next(tmp_path, caplog):
    database = filled(tmp_path, 3)
    quiet = clock_s(lambda: put(database, "d3", 3))
    whole = journal_of(tmp_path).read_bytes()
    writer = python(HALF_A_RECORD, tmp_path)
    assert writer.stdout
    assert writer.stdout.readline() == "half\n"
    assert len(list(database.documents)) == 4, "readers do not wait for it, and do not cut it off under its hands"
    assert len(journal_of(tmp_path).read_bytes()) > len(whole)
    writer.kill()
    writer.communicate()
    assert len(list(database.documents)) == 4
    assert clock_s(lambda: put(database, "d4", 4)) < allowed_s(5, quiet)
    assert f"第{len(whole)}字节" in caplog.text
    assert (tmp_path / f"torn-0-{len(whole)}").exists()
    database.close()
    assert kept(tmp_path) == {f"d{n}": n for n in range(5)}


def test_half_records_of_several_dead_processes_do_no_harm(tmp_path):
    database = filled(tmp_path, 0)
    for number in range(5):
        with journal_of(tmp_path).open("ab") as dying:
            dying.write(b"deadbeef 500 half a rec"[: 3 + 5 * number])
        put(database, f"d{number}", number)
        if number == 2:
            compact(database)
    database.close()
    assert kept(tmp_path) == {f"d{n}": n for n in range(5)}


KILLED = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from inspect_app.store import journal
from tests.store.folders import opened
journal._SPARE_RECORDS = 20
store, name = opened(Path(sys.argv[1])), sys.argv[2]
def work(thread):
    n = 0
    while True:
        id, week = f"{name}-{thread}-{n}", f"2026-W{47 + n % 2}"
        store.put_once("inspections", id, {"week": week, "state": "r1", "n": n})
        os.write(1, f"{id} 1\\n".encode())
        for revision in range(1, 2 + n % 4):
            changed = {"week": week, "state": f"r{revision + 1}", "n": n}
            store.update("inspections", id, changed, expected_revision=revision)
            os.write(1, f"{id} {revision + 1}\\n".encode())
        n += 1
with ThreadPoolExecutor(3) as pool:
    list(pool.map(work, range(3)))
"""


class Victim:
    """A process with three threads that put and update, and note in a file what they were told."""

    def __init__(self, store: Path, name: str) -> None:
        self._notes = store.parent / f"{name}.txt"
        with self._notes.open("ab") as notes:
            self._process = started(KILLED, store, name, stdout=notes)
        self.name = name

    def wait_for_its_first_write(self) -> None:
        started = time.monotonic()
        while not self._notes.stat().st_size:
            assert time.monotonic() - started < PATIENCE_S, "the writer did not start"
            assert self._process.poll() is None, "the writer failed"
            time.sleep(0.005)

    def kill(self) -> dict[str, int]:
        """The revision of each document that it was told of."""
        assert self._process.poll() is None, "the writer failed"
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()
        lines = self._notes.read_text().splitlines()
        return {id: int(revision) for id, revision in (line.split() for line in lines)}


def assert_kept(store: TinyStore, promised: dict[str, int]) -> Counter[str]:
    found = {stored.id: stored for stored in store.find("inspections")}
    for id, revision in promised.items():
        assert found[id].revision >= revision, id
        assert found[id].document["state"] == f"r{found[id].revision}", id
        assert store.get("inspections", id) == found[id]
    return Counter(stored.id for stored in store.find("inspections"))


@pytest.mark.slow
def test_six_rounds_of_killed_writers_lose_nothing_acknowledged_and_the_rest_can_be_sent_again(tmp_path, run_seed):
    """Two processes of three threads each; one is SIGKILLed at a random moment, the other a little later."""
    rng = random.Random(run_seed)
    promised: dict[str, int] = {}
    for turn in range(6):
        victims = [Victim(tmp_path / "store", f"{turn}-{number}") for number in range(2)]
        for victim in victims:
            victim.wait_for_its_first_write()
        time.sleep(rng.uniform(0, 0.4))
        for victim in victims:
            promised |= victim.kill()
            time.sleep(rng.uniform(0, 0.1))
        store = opened(tmp_path / "store")
        found = assert_kept(store, promised)
        assert set(found.values()) == {1}, f"seed {run_seed}"
        # At most one document of each thread is there that nobody was told of. Sent again, it lands once.
        untold = sorted(set(found) - set(promised))
        assert len(untold) <= 2 * 3
        for id in untold:
            kept_now = store.get("inspections", id)
            assert kept_now is not None
            assert store.put_once("inspections", id, kept_now.document)[0] is Put.SAME
            promised[id] = kept_now.revision
        store.close()
    assert len(promised) > 100


NO_ROOM = """
import resource, signal, sys
from pathlib import Path
from tests.store.folders import opened
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = opened(Path(sys.argv[1]))
def document(n): return {"week": "2026-W48", "n": n, "pad": "x" * 300}
def put(n): return str(store.put_once("inspections", str(n), document(n))[0])
put(0)
endless = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
kept = 1
try:
    while True:
        put(kept); kept += 1
except OSError: pass
assert store.get("inspections", str(kept)) is None
assert len(store.find("inspections")) == kept
size = Path(sys.argv[1], "inspections", "2026-W48", "journal.0").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, endless)
print(kept, size, put(kept), put(0))
"""


@pytest.mark.parametrize("room", [4000, 4001, 4096, 4399])
def test_a_full_disk_leaves_a_whole_journal_and_the_refused_document_can_be_sent_again_when_there_is_room(
    tmp_path, room
):
    """A file size limit of the process stands in for the full disk: the write stops within the record."""
    ((kept_until_full, size, again, first),) = (line.split() for line in output_of(python(NO_ROOM, tmp_path, room)))
    count = int(kept_until_full)
    assert count > 5
    assert int(size) < room, "the part that went in was taken back"
    assert (again, first) == ("created", "same")
    week = tmp_path / "inspections" / WEEK
    assert kept(week) == {str(n): n for n in range(count + 1)}
    assert not list(week.glob("torn-*"))


ACTING = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from inspect_app.store import Stale, Write, journal
from tests.store.folders import opened
journal._SPARE_RECORDS = 20
store = opened(Path(sys.argv[1]))
def work(thread):
    while True:
        u, a = store.get("users", "u"), store.get("inspections", "a")
        n = u.document["n"] + 1
        own = Write("users", "u", {"n": n}, u.revision)
        other = Write("inspections", "a", {**a.document, "n": n}, a.revision)
        try:
            store.act([own, other] if thread else [other, own], [{"act": "count", "n": n}])
        except Stale:
            continue
        os.write(1, f"{n}\\n".encode())
with ThreadPoolExecutor(2) as pool:
    list(pool.map(work, range(2)))
"""


@pytest.mark.slow
def test_processes_killed_in_their_acts_leave_none_half_done_to_one_that_goes_on(tmp_path, run_seed):
    """Two processes count two documents and the log up together, and are killed and replaced at random moments.

    One that lives on reads all the while, and changes and logs something of its own.
    """
    rng = random.Random(run_seed)
    live = opened(tmp_path / "store")
    live.act([Write("users", "u", {"n": 0}, 0), Write("inspections", "a", document(0), 0), Write("sites", "s", {}, 0)])
    notes, own, looks = [], 0, 0

    def look() -> None:
        u, a = live.get("users", "u"), live.find("inspections")[0]
        logged = live.log.head().seq
        assert u is not None
        assert u.document["n"] <= a.document["n"] <= logged - own, f"seed {run_seed}"
        assert live.find("users")[0].document["n"] >= a.document["n"], f"seed {run_seed}"

    for turn in range(6):
        acting = []
        for number in range(2):
            notes.append(tmp_path / f"{turn}-{number}.txt")
            with notes[-1].open("wb") as file:
                acting.append(started(ACTING, tmp_path / "store", stdout=file))
        while not all(note.stat().st_size for note in notes[-2:]):
            assert all(process.poll() is None for process in acting), "a process failed"
            look()
        for process in acting:
            ends = time.monotonic() + rng.uniform(0.05, 0.4)
            while time.monotonic() < ends:
                look()
                looks += 1
                if looks % 3 == 0:
                    live.log.append({"act": "own"})
                    live.update("sites", "s", {}, expected_revision=own + 1)
                    own += 1
            process.kill()
            process.wait()
            look()
    promised = [int(line) for note in notes for line in note.read_text().splitlines() if line]
    assert len(set(promised)) == len(promised), "no number twice"
    live.close()
    store = opened(tmp_path / "store")
    counted = [entry["n"] for entry in store.log.entries() if entry["act"] == "count"]
    assert counted == list(range(1, len(counted) + 1)), f"seed {run_seed}"
    assert set(promised) <= set(counted)
    u, a = store.get("users", "u"), store.get("inspections", "a")
    assert u is not None
    assert a is not None
    assert (u.document["n"], a.document["n"], u.revision) == (len(counted), len(counted), len(counted) + 1)
    assert store.log.verify() == store.log.head()
    assert len(promised) > 20
    store.close()


SUBMITTING = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from inspect_app.store import Write
from tests.store.folders import document, opened
store = opened(Path(sys.argv[1]))
def submit(n):
    writes = [Write("inspections", f"i{n}", document(n), 0), Write("sites", f"s{n}", {}, 0)]
    store.act(writes, [{"act": "submitted", "of": f"i{n}"}])
    os.write(1, f"{n}\\n".encode())
with ThreadPoolExecutor(8) as pool:
    list(pool.map(submit, range(5000)))
"""


@pytest.mark.parametrize("acknowledged", [1, 40, 333])
def test_a_process_killed_while_eight_threads_act_in_batches_has_kept_each_act_whole_and_all_it_acknowledged(
    tmp_path, acknowledged
):
    """Beside a process that has the folder open, and one that opens it then."""
    live, writer = opened(tmp_path), python(SUBMITTING, tmp_path)
    assert writer.stdout
    told = {int(writer.stdout.readline()) for _ in range(acknowledged)}
    writer.kill()
    rest, _ = writer.communicate()
    told |= {int(line) for line in rest.splitlines()}
    for store in (live, opened(tmp_path)):
        kept = {stored.document["n"]: stored.document for stored in store.find("inspections")}
        assert told <= kept.keys()
        assert kept == {n: document(n) for n in kept}
        assert {stored.id for stored in store.find("sites")} == {f"s{n}" for n in kept}
        assert sorted(entry["of"] for entry in store.log.entries()) == sorted(f"i{n}" for n in kept)
        assert store.log.verify() == store.log.head()
        store.close()
