"""Who looks at what: told by one server, known at another, and forgotten."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from inspect_app.collections import LAYOUTS
from inspect_app.store.onlookers import PRESENT_FOR_S, FileOnlookers, Onlookers
from inspect_app.store.postgres import open_database
from tests.store.databases import empty_database
from tests.store.folders import output_of, python

Servers = tuple[Onlookers, Onlookers, Callable[[], None]]
"""Two servers' own, and what lets the time pass after which somebody is no more there."""


def of_a_folder(folder: Path) -> Iterator[Servers]:
    def later() -> None:
        for path in folder.iterdir():
            os.utime(path, (past := time.time() - PRESENT_FOR_S - 1, past))

    yield FileOnlookers(folder), FileOnlookers(folder), later


def of_a_database(_: Path) -> Iterator[Servers]:
    address = empty_database()
    stores = open_database(address, LAYOUTS), open_database(address, LAYOUTS)

    def later() -> None:
        with psycopg.connect(address) as database:
            database.execute(b"UPDATE _onlookers SET until = now()")

    yield stores[0].onlookers, stores[1].onlookers, later
    for store in stores:
        store.close()


KINDS = {"files": of_a_folder, "postgres": of_a_database}


@pytest.fixture(params=KINDS)
def servers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Servers]:
    yield from KINDS[request.param](tmp_path / "onlookers")


def test_who_looks_at_one_server_is_seen_at_the_other_until_they_leave(servers):
    here, there, _ = servers
    assert here.look("li", "李四", "a/b") == {}
    assert there.look("wang", "王五", "a/b") == {"a/b": ["李四"]}
    assert here.look("li", "李四\0\ud800", "a/c\0") == {"a/b": ["王五"]}
    assert there.look("wang", "王五", "a/b") == {"a/c\0": ["李四\0\ud800"]}
    assert here.look("li", "李四", "") == {"a/b": ["王五"]}
    assert there.look("wang", "王五", "a/b") == {}


def test_who_says_nothing_for_a_while_is_forgotten(servers):
    here, there, later = servers
    here.look("li", "李四", "a/b")
    later()
    assert there.look("wang", "王五", "a/b") == {}
    assert here.look("li", "李四", "a/b") == {"a/b": ["王五"]}


def test_many_at_both_servers_at_once_wait_for_nobody_and_all_are_seen(servers):
    """Rows that ran out are removed by whoever comes: two must not wait for each other's."""
    *both, later = servers

    def look(number: int) -> None:
        both[number % 2].look(f"user-{number % 8}", f"{number % 8}", "a/b")

    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            list(pool.map(look, range(16)))
            later()
        list(pool.map(look, range(16)))
    seen = both[0].look("li", "李四", "")
    assert sorted(seen["a/b"]) == [str(number) for number in range(8)]


def test_another_process_sees_who_looks(tmp_path: Path):
    FileOnlookers(tmp_path).look("li", "李四", "a/b")
    for path in tmp_path.iterdir():  # a slow start of a process is no absence
        os.utime(path, (later := time.time() + 600, later))
    code = """
import json, sys
from pathlib import Path
from inspect_app.store.onlookers import FileOnlookers
print(json.dumps(FileOnlookers(Path(sys.argv[1])).look("wang", "王五", "a/b")))
"""
    assert json.loads(output_of(python(code, tmp_path))[0]) == {"a/b": ["李四"]}
    assert FileOnlookers(tmp_path).look("li", "李四", "a/b") == {"a/b": ["王五"]}
