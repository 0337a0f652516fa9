"""What all servers of a database know of photos: whoever reads on from where they stopped leaves nothing out."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from inspect_app.photos.trail import START, FileTrail, Place, Trail
from inspect_app.store.postgres import PostgresStore, open_database, prints
from tests.measured import PATIENCE_S
from tests.store.databases import empty_database
from tests.store.folders import LAYOUTS, python

_BYTES = 88


@pytest.fixture
def address() -> str:
    return empty_database()


@pytest.fixture
def stores(address: str) -> Iterator[list[PostgresStore]]:
    opened = [open_database(address, LAYOUTS) for _ in range(3)]
    yield opened
    for store in opened:
        store.close()


def record(number: int) -> bytes:
    return number.to_bytes(_BYTES, "big")


def numbers(content: bytes) -> list[int]:
    return [int.from_bytes(content[at : at + _BYTES], "big") for at in range(0, len(content), _BYTES)]


class Reader:
    """Who reads on and on, as a server does before each question."""

    def __init__(self, trail: Trail) -> None:
        self._trail, self._place, self.seen = trail, START, list[int]()

    def read(self) -> list[int]:
        for content, place, anew in self._trail.since(self._place):
            if anew:
                self.seen.clear()
            self.seen += numbers(content)
            self._place = place
        return self.seen


@pytest.fixture(params=["file", "postgres"])
def trails(request: pytest.FixtureRequest, tmp_path) -> list[Trail]:
    """One trail, as three processes have it."""
    if request.param == "file":
        return [FileTrail(tmp_path / "similar.bin", _BYTES) for _ in range(3)]
    return [store.prints for store in request.getfixturevalue("stores")]


def test_who_adds_and_then_reads_has_all_that_was_added_before_and_all_see_one_order(trails, run_seed):
    """Of any two that are added at the same time one is found by who added the other, so neither misses both."""
    rng = random.Random(run_seed)
    sizes = [[rng.randrange(1, 4) for _ in range(25)] for _ in range(6)]
    seen_after: dict[int, list[int]] = {}

    def add(who: int) -> None:
        reader = Reader(trails[who % 3])
        for turn, size in enumerate(sizes[who]):
            mine = [who * 1000 + turn * 10 + one for one in range(size)]
            trails[who % 3].append(b"".join(map(record, mine)))
            seen_after[mine[0]] = list(reader.read())

    with ThreadPoolExecutor(6) as several:
        list(several.map(add, range(6)))
    order = Reader(trails[0]).read()
    assert len(order) == len(set(order)) == sum(map(sum, sizes))
    for first, seen in seen_after.items():
        assert first in seen, f"seed {run_seed}"
        assert seen == order[: len(seen)], f"seed {run_seed}: somebody was shown another order"


def test_a_place_that_is_given_first_and_committed_last_is_left_out_by_nobody(address, stores):
    """As two servers' transactions may overlap: the second is not committed before the first."""
    reader, started = Reader(stores[1].prints), threading.Event()
    with psycopg.connect(address) as slow:
        slow.execute(b"SELECT pg_advisory_xact_lock(hashtext('inspect prints ' || current_schema()))")
        slow.execute(b"INSERT INTO _prints (records) VALUES (%b)", (record(1),))

        def add() -> None:
            started.set()
            stores[0].prints.append(record(2))

        quick = threading.Thread(target=add)
        quick.start()
        assert started.wait(PATIENCE_S)
        quick.join(0.2)
        assert reader.read() == []
        slow.commit()
    quick.join(PATIENCE_S)
    assert reader.read() == [1, 2]


def test_what_a_restored_database_has_is_read_from_its_start(address, stores):
    """Places are given anew after it: one that was read before may stand for something else."""
    reader = Reader(stores[0].prints)
    for number in (1, 2, 3):
        stores[1].prints.append(record(number))
    assert reader.read() == [1, 2, 3]
    with psycopg.connect(address) as database:
        database.execute(b"DELETE FROM _prints WHERE place > 1")
        database.execute(b"SELECT setval('_prints_place_seq', 1)")
    assert reader.read() == [1]
    for number in (4, 5):
        stores[1].prints.append(record(number))
    assert reader.read() == [1, 4, 5]
    with psycopg.connect(address) as database:
        database.execute(b"UPDATE _prints SET records = %b WHERE place = 3", (record(6),))
    assert reader.read() == [1, 4, 6]
    with psycopg.connect(address) as database:
        database.execute(b"TRUNCATE _prints")
    assert reader.read() == []


def test_a_file_that_was_torn_cut_or_removed_is_gone_on_with(tmp_path):
    path = tmp_path / "similar.bin"
    trail, reader = FileTrail(path, _BYTES), Reader(FileTrail(path, _BYTES))
    assert reader.read() == []
    trail.append(record(1) + record(2))
    path.write_bytes(path.read_bytes() + b"torn")
    assert reader.read() == [1, 2]
    trail.append(record(3))
    assert reader.read() == [1, 2, 3]
    path.write_bytes(path.read_bytes()[: _BYTES + 7])
    assert reader.read() == [1]
    path.unlink()
    assert reader.read() == []
    trail.append(record(4))
    assert reader.read() == [4]


FULL = """
import resource, sys
from pathlib import Path
from inspect_app.photos.trail import FileTrail
resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))
try:
    FileTrail(Path(sys.argv[1]), 88).append(b"".join(number.to_bytes(88, "big") for number in (2, 3, 4)))
except OSError:
    sys.exit(0)
sys.exit("all was written")
"""
"""The disk takes two and a half of three records."""


def test_what_a_full_disk_took_is_not_taken_back_from_who_read_it(tmp_path):
    path = tmp_path / "similar.bin"
    trail, reader = FileTrail(path, _BYTES), Reader(FileTrail(path, _BYTES))
    trail.append(record(1))
    full = python(FULL, path)
    assert full.wait() == 0, full.communicate()
    assert reader.read() == [1, 2, 3]
    trail.append(record(5) + record(6))
    assert reader.read() == [1, 2, 3, 5, 6]


def test_more_than_one_answer_holds_comes_in_pieces(stores, monkeypatch):
    place: Place = START
    trail = stores[0].prints
    monkeypatch.setattr(prints, "_SINCE", prints._SINCE.replace(b"LIMIT %d" % prints._AT_ONCE, b"LIMIT 2"))
    monkeypatch.setattr(prints, "_AT_ONCE", 2)
    for number in range(5):
        trail.append(record(number))
    pieces = list(trail.since(place))
    assert [numbers(content) for content, _, _ in pieces] == [[0, 1], [2, 3], [4]]
    assert list(trail.since(pieces[-1][1])) == []
    assert [numbers(content) for content, _, _ in trail.since(pieces[0][1])] == [[2, 3], [4]]
