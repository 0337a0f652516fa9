"""How many inspections a second each store takes, each with three 300 KB photos, and what pages wait for meanwhile.

As ``submit.py`` (a real ``run.py``, phones with a connection each on the same machine), for the folder that is the
default, for PostgreSQL, and for PostgreSQL with the photos in SeaweedFS; each with one, two and four processes where
the server has ``--processes``, else with one. Background checks of photos are on, comparisons and searches are not.
PostgreSQL and SeaweedFS are started beside it and write to the folder of temporary files (``TMPDIR``): have that on a
disk. CPU is that of all processes of the server, the database and the object store, until nothing waits any more.
``page_p95_ms`` is of a page that an inspector opens twice a second while 32 phones send.

    python benchmarks/stores.py [--quick] [--store NAME]

The last line of the output is one JSON object. Beside it the figures of ODK Central that ``submit.py`` tells.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from benchmarks.submit import (  # noqa: E402
    CLIENTS,
    ODK,
    PHOTOS,
    Client,
    Page,
    base_photos,
    cpu_seconds,
    memory_mb,
    p95,
    served,
    settle,
    submit,
)
from tests import stores  # noqa: E402
from tests.objects import running  # noqa: E402
from tests.store.databases import Server  # noqa: E402
from tests.world import World  # noqa: E402

STORES = ("folder", "postgres", "postgres and seaweedfs")
PROCESSES = (1, 2, 4)
PHONES = 32
DATABASE = {"autovacuum": "on", "shared_buffers": "256MB", "max_wal_size": "2GB", "max_connections": "200"}
"""What a small server is given; all that makes an acknowledged inspection last stays as it is by default."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="about two minutes")
    parser.add_argument("--store", choices=STORES, action="append", help="only this one")
    given = parser.parse_args()
    numbers = PROCESSES if _knows_processes() else PROCESSES[:1]
    if len(numbers) == 1:
        print("run.py has no --processes: one is measured")
    print(f"{os.cpu_count()} cores, phones, database and object store on the same machine")
    found: dict[str, dict[int, dict[str, Any]]] = {}
    context = multiprocessing.get_context("spawn")
    for store in given.store or STORES:
        for processes in numbers:
            # Each in a process of its own: where worlds are kept is chosen once in one.
            with ProcessPoolExecutor(1, context) as pool:
                row = pool.submit(measured, store, processes, given.quick).result()
            found.setdefault(store, {})[processes] = row
            print(f"{store}, {processes} process{'es' if processes > 1 else ''}: {json.dumps(row)}", flush=True)
    print(f"ODK Central, 8 clients (see submit.py): {json.dumps(ODK)}")
    print(json.dumps({"benchmark": "stores", "stores": found, "scaling": scaling(found), "odk": ODK}))


def scaling(found: dict[str, dict[int, dict[str, Any]]]) -> dict[str, dict[str, float]]:
    """How many times as many are taken by more processes as by one."""
    return {
        store: {
            f"1 to {processes}": round(row["per_second"] / rows[1]["per_second"], 2)
            for processes, row in rows.items()
            if processes > 1
        }
        for store, rows in found.items()
    }


def measured(store: str, processes: int, quick: bool) -> dict[str, Any]:
    """A row: with photos from eight phones, forms alone, and pages while 32 phones send."""
    scenes = base_photos(30 if quick else 300)
    options = ["--processes", str(processes)] if processes > 1 else []
    with ExitStack() as stack:
        environment, pids = stack.enter_context(_kept_in(store))
        # Photos that the installation has already belong into a bucket before it is used.
        copied = "objects copy --to bucket" if store == STORES[2] else ""
        started = served(*options, command=copied, INSPECT_PHOTO_WORK="", **environment)
        world, port, pid = stack.enter_context(started)
        run = _Run(world, port, (pid, *pids), scenes)
        run.sent(PHONES, 2 * PHONES, PHOTOS)
        eight = run.sent(CLIENTS, 100 if quick else 600, PHOTOS)
        forms = run.sent(CLIENTS, 200 if quick else 1500, 0)
        with Page(port).watched() as pages:
            many = run.sent(PHONES, 160 if quick else 1000, PHOTOS)
        row = {**eight, "memory_mb": round(_memory(pid)), "form_only": forms, f"of_{PHONES}": many}
        return {**row, "page_p95_ms": p95(pages), "page_p50_ms": round(statistics.median(pages), 1)}


class _Run:
    """Phones that send to a server, and what it costs all processes behind it."""

    def __init__(self, world: World, port: int, pids: tuple[int, ...], scenes: list[bytes]) -> None:
        self._world, self._port, self._pids, self._scenes = world, port, pids, scenes
        self._rng = random.Random(1)

    def sent(self, phones: int, count: int, photos: int) -> dict[str, float]:
        """So many inspections by so many phones at a time, until nothing waits in the background."""
        cpu, own, started = self._cpu(), time.process_time(), time.perf_counter()
        with ThreadPoolExecutor(phones) as pool:
            times = list(pool.map(self._phone(photos), range(count)))
        elapsed, client = time.perf_counter() - started, time.process_time() - own
        settle(self._world)
        return {
            "per_second": round(count / elapsed, 1),
            "per_second_to_the_end": round(count / (time.perf_counter() - started), 1),
            "p95_ms": p95(times),
            "cpu_ms": round((self._cpu() - cpu) * 1000 / count, 1),
            "client_cpu_ms": round(client * 1000 / count, 1),
        }

    def _phone(self, photos: int) -> Callable[[int], float]:
        local = threading.local()

        def one(_: int) -> float:
            if not hasattr(local, "client"):
                local.client = Client(self._port, self._world.tokens["inspector"])
            return submit(local.client, self._world, [self._rng.choice(self._scenes) for _ in range(photos)])

        return one

    def _cpu(self) -> float:
        return sum(map(cpu_seconds, self._pids))


@contextmanager
def _kept_in(store: str) -> Iterator[tuple[dict[str, str], list[int]]]:
    """The settings for a store, whose servers run meanwhile, and the ids of their first processes."""
    with ExitStack() as stack:
        environment: dict[str, str] = {}
        pids = []
        if store != STORES[0]:
            database = Server(Path(tempfile.gettempdir()), DATABASE).start()
            stack.callback(database.remove)
            stores.keep_in(database)
            pids.append(database.pid)
        if store == STORES[2]:
            weed = stack.enter_context(running(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "objects"))
            environment |= weed.environment("inspect")
            pids.append(weed.pid)
        yield environment, pids


def _memory(pid: int) -> float:
    """Resident, of the server's own processes; what they share is counted for each."""
    own = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return memory_mb(pid)[0] + sum(_memory(int(child)) for child in own)


def _knows_processes() -> bool:
    told = subprocess.run([sys.executable, "run.py", "--help"], cwd=PROJECT, capture_output=True, text=True)
    return "--processes" in told.stdout


if __name__ == "__main__":
    main()
