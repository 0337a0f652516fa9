"""The chained log: whole under threads, processes and crashes; any change of it is found, and where."""

from __future__ import annotations

import json
import multiprocessing
import random
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.store.chain import START, Broken, Head
from inspect_app.store.log_file import ChainedLog


def filled(path: Path, count: int) -> ChainedLog:
    log = ChainedLog(path)
    for number in range(count):
        log.append({"act": "finding.confirmed", "of": f"测评-{number}", "after": {"rate": number / 3}})
    return log


def add(path: Path, name: str, count: int) -> None:
    log = ChainedLog(path)
    for number in range(count):
        log.append({"who": name, "number": number})


def test_entries_carry_the_hash_of_the_one_before(tmp_path):
    log = filled(tmp_path / "a" / "log", 3)
    entries = list(log.entries())
    assert [entry["seq"] for entry in entries] == [1, 2, 3]
    assert [entry["previous"] for entry in entries] == [START, entries[0]["hash"], entries[1]["hash"]]
    assert log.verify() == log.head() == Head(3, entries[2]["hash"])
    assert ChainedLog(tmp_path / "none").verify() == ChainedLog(tmp_path / "none").head() == Head(0, START)


def test_threads_and_processes_append_to_one_chain(tmp_path):
    path = tmp_path / "log"
    log = ChainedLog(path)
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=add, args=(path, f"process {n}", 40)) for n in range(3)]
    threads = [
        threading.Thread(target=lambda n=n: [log.append({"who": f"thread {n}", "number": i}) for i in range(40)])
        for n in range(4)
    ]
    for worker in [*processes, *threads]:
        worker.start()
    for worker in [*processes, *threads]:
        worker.join()
    assert log.verify() == log.head()
    assert log.head().seq == 7 * 40
    found: dict[str, list[int]] = {}
    for entry in log.entries():
        found.setdefault(entry["who"], []).append(entry["number"])
    assert all(numbers == list(range(40)) for numbers in found.values())


@pytest.mark.parametrize("torn", [b'{"seq":4,"act', b"x" * 200_000, b"{}"])
def test_what_a_crash_left_half_written_was_never_acknowledged_and_goes(tmp_path, torn):
    path = tmp_path / "log"
    filled(path, 3)
    with path.open("ab") as file:
        file.write(torn)
    log = ChainedLog(path)
    assert log.head().seq == 3
    assert len(list(log.entries())) == 3
    log.append({"act": "next"})
    assert log.verify() == log.head() == Head(4, list(log.entries())[3]["hash"])


def test_a_log_that_holds_nothing_but_a_torn_entry_begins_anew(tmp_path):
    (tmp_path / "log").write_bytes(b'{"seq":1')
    assert ChainedLog(tmp_path / "log").append({"act": "first"})["seq"] == 1


@given(st.integers(0, 10**9), st.integers(0, 255))
def test_any_changed_byte_is_found_at_its_line(tmp_path_factory, place, value):
    path = tmp_path_factory.mktemp("chain") / "log"
    head = filled(path, 6).head()
    content = bytearray(path.read_bytes())
    at = place % len(content)
    if content[at] == value:
        return
    line = content[:at].count(b"\n") + 1
    content[at] = value
    path.write_bytes(content)
    found = ChainedLog(path).verify(head)
    assert isinstance(found, Broken)
    assert found.line in (line, line + 1) or (at == len(content) - 1 and found.line == 6)


@pytest.mark.parametrize("seed", range(8))
def test_lines_taken_out_put_in_or_exchanged_are_found(tmp_path, seed):
    rng = random.Random(seed)
    path = tmp_path / "log"
    head = filled(path, 8).head()
    lines = path.read_bytes().splitlines(keepends=True)
    at = rng.randrange(7)
    for changed in (
        lines[:at] + lines[at + 1 :],
        [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]],
        [*lines[:at], lines[at], *lines[at:]],
    ):
        path.write_bytes(b"".join(changed))
        found = ChainedLog(path).verify(head)
        assert isinstance(found, Broken)
        assert found.line in (at + 1, at + 2)


def test_a_rewritten_end_is_whole_but_not_the_one_that_was_noted_down(tmp_path):
    path = tmp_path / "log"
    noted = filled(path, 5).head()
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
    log = ChainedLog(path)
    assert log.verify().seq == 3
    assert log.verify(noted) == Broken(5, f"缺少先前记下的第 5 条（{noted.hash[:12]}…），日志的末尾被截去或重写")
    for _ in range(4):
        log.append({"act": "forged"})
    assert isinstance(log.verify(noted), Broken)
    assert json.loads(path.read_text().splitlines()[-1])["seq"] == 7
