"""Milliseconds per durable insert with 100, 1,000 and 10,000 inspections in the week: this store and stock TinyDB.

An inspection has 20 answers. This store syncs each insert to the disk, stock TinyDB rewrites its file and does not.
Stock TinyDB's files are made beforehand, because filling them insert by insert takes hours.

The three sizes take turns, one insert each, on fresh copies of their files, so that what else the machine does meets
all alike; then stock TinyDB takes its turns, because its large writes would slow down whoever syncs at that time.
The floor is what appending one such document to a bare file and syncing it takes.

    python benchmarks/store.py [--quick]

The last line of the output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tinydb import TinyDB

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from inspect_app.store import Layout  # noqa: E402
from inspect_app.store.tiny import TinyStore, open_store  # noqa: E402

SIZES = (100, 1_000, 10_000)
WEEK = "2026-W48"


def inspection(number: int) -> dict[str, Any]:
    """A document of about 4.6 KB, as ``services.submitting`` keeps them."""
    answers = {f"item-{n}": {"value": "pass", "note": "路段北侧,靠近公交站"} for n in range(20)}
    items = [
        {"item_id": id, "state": "scored", "score": 1.0, "weight": 5.0, "failed": False, "detail": "合格"}
        for id in answers
    ]
    fix = {"lat": 30.3105, "lon": 112.2412, "accuracy_m": 8.0, "source": "browser", "at": "2026-11-23T02:30:00.000Z"}
    photo = {"sha256": uuid.uuid4().hex * 2, "item": "item-3", "captured_at": "2026-11-23T02:30:00.000Z", "fix": fix}
    return {
        "week": WEEK, "area": "421002001", "site": f"S{number:05d}", "state": "open", "checklist": "main-road",
        "version": "912c2a5e23bec5f5", "inspector": "inspector", "received_at": "2026-11-23T02:45:00.000Z",
        "answers": answers, "items": items, "photos": [photo] * 3, "rate": 91.25, "reviews": {}, "history": [],
    }  # fmt: skip


def opened(folder: Path) -> TinyStore:
    return open_store(folder, [Layout("inspections", by=("area", "site", "state"), weekly=True)])


def timed_ms(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def fill(folder: Path, size: int) -> None:
    store = opened(folder)
    for number in range(size):
        store.put_once("inspections", str(uuid.uuid4()), inspection(number))
    store.close()


def ours(full: dict[int, Path], turns: int) -> dict[int, list[float]]:
    """Milliseconds of each insert, by size: the sizes take turns."""
    with tempfile.TemporaryDirectory() as temporary:
        copies = {size: shutil.copytree(folder, Path(temporary) / str(size)) for size, folder in full.items()}
        stores = {size: opened(folder) for size, folder in copies.items()}
        found: dict[int, list[float]] = {size: [] for size in stores}
        for store in stores.values():
            store.put_once("inspections", str(uuid.uuid4()), inspection(0))  # reads the week
        for _ in range(turns):
            for size, store in stores.items():
                id, document = str(uuid.uuid4()), inspection(0)
                found[size].append(timed_ms(partial(store.put_once, "inspections", id, document)))
        for store in stores.values():
            store.close()
    return found


def stock(folder: Path, size: int, turns: int) -> list[float]:
    path = folder / f"stock{size}.json"
    path.write_text(json.dumps({"_default": {str(n): inspection(n) for n in range(1, size + 1)}}), "utf-8")
    with TinyDB(path) as database:
        return [timed_ms(partial(database.insert, inspection(0))) for _ in range(turns)]


def floor(folder: Path, turns: int) -> list[float]:
    line = json.dumps(inspection(0), ensure_ascii=False).encode()

    def append() -> None:
        file.write(line)
        os.fsync(file.fileno())

    with (folder / "floor").open("ab", buffering=0) as file:
        return [timed_ms(append) for _ in range(turns)]


def measure(copies: int, turns: int, stock_turns: dict[int, int]) -> tuple[list[dict[str, Any]], float]:
    """A row for each size, and the floor."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        full = {size: folder / str(size) for size in SIZES}
        for size, filled in full.items():
            fill(filled, size)
        mine: dict[int, list[float]] = {size: [] for size in SIZES}
        for _ in range(copies):
            for size, found in ours(full, turns).items():
                mine[size] += found
        bare = statistics.median(floor(folder, turns))
        theirs = {size: stock(folder, size, stock_turns[size]) for size in SIZES}
    return [row(size, mine[size], theirs[size]) for size in SIZES], bare


def row(size: int, mine: list[float], theirs: list[float]) -> dict[str, Any]:
    ours_ms, stock_ms = statistics.median(mine), statistics.median(theirs)
    return {
        "inspections": size,
        "ours_ms": round(ours_ms, 3),
        "ours_p95_ms": round(statistics.quantiles(mine, n=20)[-1], 3),
        "stock_ms": round(stock_ms, 2),
        "ratio": round(stock_ms / ours_ms, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="under 45 seconds")
    quick = parser.parse_args().quick
    stock_turns = {100: 9, 1_000: 5, 10_000: 3} if quick else {100: 31, 1_000: 15, 10_000: 5}
    rows, bare = measure(2 if quick else 8, 40, stock_turns)
    print(f"{'inspections':>12}{'this store ms':>15}{'p95':>8}{'stock ms':>10}{'stock / this':>14}")
    for found in rows:
        print(
            f"{found['inspections']:>12,}{found['ours_ms']:>15.3f}{found['ours_p95_ms']:>8.2f}"
            f"{found['stock_ms']:>10.2f}{found['ratio']:>14.1f}"
        )
    growth = rows[-1]["ours_ms"] / rows[0]["ours_ms"]
    print(f"one append and fsync on a bare file: {bare:.3f} ms")
    print(f"10,000 against 100: {growth:.2f} times (target: at most 1.5)")
    print(f"at 1,000: {rows[1]['ratio']:.1f} times as fast as stock TinyDB (target: at least 20)")
    summary = {"growth": round(growth, 2), "faster": rows[1]["ratio"], "floor_ms": round(bare, 3)}
    print(json.dumps({"benchmark": "store", "rows": rows, **summary}))


if __name__ == "__main__":
    main()
