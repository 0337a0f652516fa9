"""How many inspections a second one server takes, each with three 300 KB photo-like JPEGs, durably.

A real ``run.py`` on a fresh data folder; clients with a connection each on the same machine. A submission is three
photo PUTs and one inspection PUT, one after the other, as the phone sends them; its time is that of all four. CPU and
memory are the server process's own, until nothing waits in the background any more. Beside it, ODK Central v2026.2 with
PostgreSQL as measured on two such cores (figures of the project's issue 2 and of a review, not measured here).

In all parts but the last the background checks every photo and does no more (``INSPECT_PHOTO_WORK`` is empty);
``sustained`` is many in a row, and a page that is asked for twice a second meanwhile, whose CPU is not counted. The
last part, on another server, is with all that is done by default: every photo compared with earlier ones, those of
findings searched for faces. No two of its photos are of the same scene.

    python benchmarks/submit.py [--quick]

The last line of the output is one JSON object.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import http.cookiejar
import json
import os
import random
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from inspect_app.settings import Settings  # noqa: E402
from tests.conftest import free_port  # noqa: E402
from tests.stores import environment_of  # noqa: E402
from tests.web.builders import hidden  # noqa: E402
from tests.world import PASSWORD, World, photo, right_answers  # noqa: E402

ODK = {
    "with photos": {"per_second": 48.0, "p95_ms": 219.0, "cpu_ms": 48.0, "memory_mb": 399.0},
    "form only": {"per_second": 188.0},
    "sustained": {"per_second": 57.2, "cpu_ms": 42.5},
}
PHOTOS, CLIENTS = 3, 8
_PAGE_EVERY_S = 0.5
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class Client:
    """One phone with one connection."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}"}

    def put(self, path: str, body: bytes) -> None:
        self._connection.request("PUT", path, body, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 201:
            raise SystemExit(f"PUT {path}: {answer.status} {content.decode()}")


def unlike(base: bytes) -> bytes:
    """The same picture with a comment of its own after the first marker, so that each upload is new to the server."""
    comment = uuid.uuid4().bytes
    return base[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + base[2:]


def base_photos(count: int) -> list[bytes]:
    """Different photos of about 300 KB: 1600×1200 pixels, as a phone gives them at JPEG quality 70 to 80."""
    found, quality = [], 88
    for seed in range(count):
        quality = min(88, quality + 4)  # scenes differ little, and each try costs as much as a photo
        content = photo(seed, (1600, 1200), quality=quality)
        while len(content) > 305_000 and quality > 30:
            quality -= 2
            content = photo(seed, (1600, 1200), quality=quality)
        found.append(content)
    return found


def submission(world: World, shas: list[str]) -> bytes:
    checklist = world.checklist("public-toilet")
    now = datetime.now(UTC)
    at = now.isoformat()
    fix = {"lat": 30.3105, "lon": 112.2412, "accuracy_m": 8.0, "source": "browser", "at": at}
    item = checklist.items[0].id
    return json.dumps(
        {
            "site": "public-toilet-1",
            "checklist": checklist.id,
            "version": checklist.version,
            "started_at": (now - timedelta(minutes=9)).isoformat(),
            "finished_at": at,
            "answers": right_answers(checklist),
            "photos": [{"sha256": sha, "item": item, "captured_at": at, "fix": fix} for sha in shas],
        }
    ).encode()


def submit(client: Client, world: World, scenes: list[bytes]) -> float:
    """Milliseconds from the first byte sent to the last answer read."""
    contents = [unlike(scene) for scene in scenes]
    shas = [hashlib.sha256(content).hexdigest() for content in contents]
    body = submission(world, shas)
    started = time.perf_counter()
    for sha, content in zip(shas, contents, strict=True):
        client.put(f"/api/v1/photos/{sha}", content)
    client.put(f"/api/v1/inspections/{uuid.uuid4()}", body)
    return (time.perf_counter() - started) * 1000


def cpu_seconds(pid: int) -> float:
    """Of a process and all that it started, those that ended meanwhile included."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:  # it ended at this moment, and its parent has its time
        return 0.0
    return sum(map(int, fields[11:15])) / CLOCK_TICKS + sum(cpu_seconds(int(child)) for child in children)


def memory_mb(pid: int) -> tuple[float, float]:
    """Resident now and at its peak."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return int(lines["VmRSS"].split()[0]) / 1024, int(lines["VmHWM"].split()[0]) / 1024


def waiting(settings: Settings) -> int:
    """Inspections of which photos are not checked yet, by the server's own list."""
    if settings.database:
        with psycopg.connect(settings.database) as server:
            row = server.execute("SELECT count(*) FROM _jobs").fetchone()
        return int(row[0]) if row else 0
    (path,) = (settings.data / "waiting").glob("waiting-*.sqlite")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        found: int = database.execute("SELECT COUNT(*) FROM waiting").fetchone()[0]
    return found


class Page:
    """A page that an inspector who signed in asks for again and again, and how many milliseconds it took each time."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        form = {"name": "inspector", "password": PASSWORD, "csrf_token": hidden(self._get("/login"), "csrf_token")}
        self._opener.open(f"{self._address}/login", urlencode(form).encode()).close()

    @contextmanager
    def watched(self) -> Iterator[list[float]]:
        """Its times while the block runs."""
        times: list[float] = []
        over = threading.Event()

        def ask() -> None:
            while not over.wait(_PAGE_EVERY_S):
                started = time.perf_counter()
                self.open()
                times.append((time.perf_counter() - started) * 1000)

        thread = threading.Thread(target=ask)
        thread.start()
        try:
            yield times
        finally:
            over.set()
            thread.join()

    def open(self) -> None:
        """Ask for it once."""
        self._get("/field/")

    def _get(self, path: str) -> str:
        with self._opener.open(self._address + path) as answer:
            return str(answer.read().decode())


def p95(times: list[float]) -> float:
    return round(statistics.quantiles(times, n=20)[18], 1)


def sustained(
    pid: int, page: Page, count: int, one: Callable[[int], float], settle: Callable[[], None]
) -> dict[str, Any]:
    """Submissions in a row by eight clients, until nothing waits; CPU without that of the page, as measured before."""
    cpu = cpu_seconds(pid)
    with page.watched() as idle:
        time.sleep(5)
    page_s = (cpu_seconds(pid) - cpu) / len(idle)
    cpu, started = cpu_seconds(pid), time.perf_counter()
    with page.watched() as meanwhile, ThreadPoolExecutor(CLIENTS) as pool:
        times = list(pool.map(one, range(count)))
    accepted = time.perf_counter()
    with page.watched() as draining:
        settle()
    ended = time.perf_counter()
    halves = [p95(half) for half in (times[: count // 2], times[count // 2 :])]
    pages = {"idle": idle, "accepting": meanwhile, "draining": draining}
    spent = cpu_seconds(pid) - cpu - page_s * (len(meanwhile) + len(draining))
    return {
        "submissions": count,
        "accepted_per_second": round(count / (accepted - started), 1),
        "per_second": round(count / (ended - started), 1),
        "cpu_ms": round(spent * 1000 / count, 1),
        "drain_s": round(ended - accepted, 1),
        "p95_ms": p95(times),
        "p95_ms_of_halves": halves,
        "page_p95_ms": {name: p95(found) if len(found) > 1 else None for name, found in pages.items()},
    }


def measure(
    pid: int, concurrency: int, count: int, one: Callable[[int], float], settle: Callable[[], None]
) -> dict[str, Any]:
    cpu, started = cpu_seconds(pid), time.perf_counter()
    with ThreadPoolExecutor(concurrency) as pool:
        times = sorted(pool.map(one, range(count)))
    elapsed = time.perf_counter() - started
    settle()
    quantiles = statistics.quantiles(times, n=100)
    now, peak = memory_mb(pid)
    return {
        "concurrency": concurrency,
        "submissions": count,
        "per_second": round(count / elapsed, 1),
        "p50_ms": round(quantiles[49], 1),
        "p95_ms": round(quantiles[94], 1),
        "p99_ms": round(quantiles[98], 1),
        "cpu_ms": round((cpu_seconds(pid) - cpu) * 1000 / count, 1),
        "memory_mb": round(now, 0),
        "peak_memory_mb": round(peak, 0),
    }


@contextmanager
def served(*options: str, command: str = "", **environment: str) -> Iterator[tuple[World, int, int]]:
    """A fresh data folder with a server, its port and its process id; ``options`` are further ones of ``run.py``.

    ``command`` is one of ``flask --app inspect_app`` that is run before.
    """
    with tempfile.TemporaryDirectory() as folder:
        world = World.made_in(Path(folder) / "data")
        world.services.store.close()
        port = free_port()
        # The tests, of which this uses parts, leave out what costs much.
        inherited = {name: value for name, value in os.environ.items() if name != "INSPECT_PHOTO_WORK"}
        told = {**inherited, **environment_of(world.data), **environment, "INSPECT_DATA": str(world.data)}
        if command:
            flask = [sys.executable, "-m", "flask", "--app", "inspect_app", *command.split()]
            subprocess.run(flask, cwd=PROJECT, env=told, check=True, stdout=subprocess.DEVNULL)
        where = ["--host", "127.0.0.1", "--port", str(port), "--data", str(world.data)]
        server = subprocess.Popen(
            [sys.executable, "run.py", *where, *options], cwd=PROJECT, env=told, stdout=subprocess.PIPE, text=True
        )
        assert server.stdout
        while not (line := server.stdout.readline()).startswith("READY"):
            if not line:
                raise SystemExit("the server did not start")
        try:
            yield world, port, server.pid
        finally:
            server.terminate()
            server.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="about a minute")
    quick = parser.parse_args().quick
    bases = base_photos(90 if quick else 600)
    size = statistics.fmean(map(len, bases))
    print(f"{os.cpu_count()} cores, photos of {size / 1000:.0f} KB on average, client on the same machine")
    found = {"benchmark": "submit", "photo_bytes": round(size)}
    with served(INSPECT_PHOTO_WORK="") as (world, port, pid):
        found |= run(world, port, pid, bases, quick)
    with served() as (world, port, pid):
        found["with_all_work"] = with_all_work(world, port, pid, bases)
    print(json.dumps(found))


def settle(world: World) -> None:
    while waiting(world.settings):
        time.sleep(0.1)


def with_all_work(world: World, port: int, pid: int, bases: list[bytes]) -> dict[str, Any]:
    """Each photo once, with all that is done in the background by default."""
    cpu, started = cpu_seconds(pid), time.perf_counter()
    groups = [bases[at : at + PHOTOS] for at in range(0, len(bases) - PHOTOS + 1, PHOTOS)]
    local = threading.local()

    def one(scenes: list[bytes]) -> float:
        if not hasattr(local, "client"):
            local.client = Client(port, world.tokens["inspector"])
        return submit(local.client, world, scenes)

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(one, groups))
    accepted = time.perf_counter()
    settle(world)
    row = {
        "submissions": len(groups),
        "cpu_ms": round((cpu_seconds(pid) - cpu) * 1000 / len(groups), 1),
        "per_second": round(len(groups) / (time.perf_counter() - started), 1),
        "drain_s": round(time.perf_counter() - accepted, 1),
    }
    print(f"\nwith comparisons and searches: {row}")
    return row


def run(world: World, port: int, pid: int, bases: list[bytes], quick: bool) -> dict[str, Any]:
    local = threading.local()
    rng = random.Random(1)

    def one(photos: int) -> Callable[[int], float]:
        def submit_one(_: int) -> float:
            if not hasattr(local, "client"):
                local.client = Client(port, world.tokens["inspector"])
            return submit(local.client, world, [rng.choice(bases) for _ in range(photos)])

        return submit_one

    def settled() -> None:
        settle(world)

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(one(PHOTOS), range(24)))
    settled()
    results: dict[str, list[dict[str, Any]]] = {"with photos": [], "form only": []}
    per_level = {"with photos": 100 if quick else 600, "form only": 300 if quick else 1500}
    for kind, photos in (("with photos", PHOTOS), ("form only", 0)):
        print(f"\n{kind}")
        print(f"{'clients':>8}{'per s':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'MB':>7}{'peak':>7}")
        for concurrency in (1, CLIENTS, 32):
            row = measure(pid, concurrency, per_level[kind], one(photos), settled)
            results[kind].append(row)
            print(
                f"{concurrency:>8}{row['per_second']:>9}{row['p50_ms']:>9}{row['p95_ms']:>9}{row['p99_ms']:>9}"
                f"{row['cpu_ms']:>9}{row['memory_mb']:>7.0f}{row['peak_memory_mb']:>7.0f}"
            )
    row_of_all = sustained(pid, Page(port), 300 if quick else 2000, one(PHOTOS), settled)
    print(f"\nin a row: {row_of_all}")
    eight, form = results["with photos"][1], results["form only"][1]
    ratios = {
        "throughput": round(eight["per_second"] / ODK["with photos"]["per_second"], 2),
        "p95": round(eight["p95_ms"] / ODK["with photos"]["p95_ms"], 2),
        "cpu": round(eight["cpu_ms"] / ODK["with photos"]["cpu_ms"], 2),
        "memory": round(eight["memory_mb"] / ODK["with photos"]["memory_mb"], 2),
        "form_only_throughput": round(form["per_second"] / ODK["form only"]["per_second"], 2),
        "sustained_throughput": round(row_of_all["per_second"] / ODK["sustained"]["per_second"], 2),
    }
    targets = "targets: throughput >= 2, cpu <= 0.5, memory <= 0.5; sustained: throughput >= 1, drained in 10 s, 24 ms"
    print(f"\nagainst ODK Central at 8 clients: {ratios} ({targets})")
    return {"results": results, "sustained": row_of_all, "odk": ODK, "ratios": ratios}


if __name__ == "__main__":
    main()
