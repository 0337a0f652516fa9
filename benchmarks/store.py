"""Milliseconds per durable insert with 100, 1,000 and 10,000 inspections in the week: this store and stock TinyDB.

An inspection has 20 answers. This store syncs each insert to the disk, stock TinyDB rewrites its file and does not.
Stock TinyDB's files are made beforehand, because filling them insert by insert takes hours.

    python benchmarks/store.py [--quick]

The last line of the output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinydb import TinyDB

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from inspect_app.store.tiny import open_store  # noqa: E402

SIZES = (100, 1_000, 10_000)
WEEK = "2026-W48"


def inspection(number: int) -> dict[str, Any]:
    """A document of about 6 KB, as ``services.submitting`` keeps them."""
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


def median_ms(insert: Callable[[], object], times: int) -> float:
    found = []
    for _ in range(times):
        started = time.perf_counter()
        insert()
        found.append((time.perf_counter() - started) * 1000)
    return statistics.median(found)


def ours(folder: Path, size: int, times: int) -> float:
    store = open_store(folder)
    for number in range(size):
        store.put_once("inspections", str(uuid.uuid4()), inspection(number))
    found = median_ms(lambda: store.put_once("inspections", str(uuid.uuid4()), inspection(0)), times)
    store.close()
    return found


def stock(folder: Path, size: int, times: int) -> float:
    folder.mkdir()
    path = folder / "inspections.json"
    path.write_text(json.dumps({"_default": {str(n): inspection(n) for n in range(1, size + 1)}}), "utf-8")
    database = TinyDB(path)
    found = median_ms(lambda: database.insert(inspection(0)), times)
    database.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="under 45 seconds")
    quick = parser.parse_args().quick
    rows = []
    print(f"{'inspections':>12}{'this store ms':>15}{'stock ms':>10}{'stock / this':>14}")
    with tempfile.TemporaryDirectory() as temporary:
        for size in SIZES:
            mine = ours(Path(temporary) / f"ours{size}", size, 100 if quick else 400)
            theirs = stock(Path(temporary) / f"stock{size}", size, max(3, (300 if quick else 2000) // size))
            rows.append({"inspections": size, "ours_ms": round(mine, 3), "stock_ms": round(theirs, 2)})
            print(f"{size:>12,}{mine:>15.3f}{theirs:>10.2f}{theirs / mine:>14.1f}")
    growth = rows[-1]["ours_ms"] / rows[0]["ours_ms"]
    faster = rows[1]["stock_ms"] / rows[1]["ours_ms"]
    print(f"10,000 against 100: {growth:.2f} times (target: at most 1.5)")
    print(f"at 1,000: {faster:.1f} times as fast as stock TinyDB (target: at least 20)")
    print(json.dumps({"benchmark": "store", "rows": rows, "growth": round(growth, 2), "faster": round(faster, 1)}))


if __name__ == "__main__":
    main()
