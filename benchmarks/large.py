"""A year of a city and a national week on PostgreSQL: start, pages, index; CPU, memory and disk of each.

``city``: 104,000 inspections in 52 weeks at 2,000 sites, with photos, checks and cases. ``national``: 41,352 streets,
1,000,000 sites and as many inspections in one week. Each at a tenth of the size before, for the growth. The rows are
copies of the demonstration's (``filling.py``). A server of PostgreSQL is started over the folder of temporary files
(``TMPDIR``): have that on a disk. Every figure is of a process of its own; ``cpu_s`` is that process's own time and
``database_cpu_s`` that of all of PostgreSQL meanwhile, ``wall_s`` what somebody waits on this machine as busy as it is.

    python benchmarks/large.py [city] [national] [--quick] [--office]

``--quick``: a tenth, and a hundredth before. The last line of the output is one JSON object.
"""

from __future__ import annotations

import argparse
import http.cookiejar
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

# As the program itself does.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import psycopg  # noqa: E402

from benchmarks.filling import NOW, Size, filled, founded  # noqa: E402
from benchmarks.stores import DATABASE  # noqa: E402
from benchmarks.submit import cpu_seconds, memory_mb  # noqa: E402
from inspect_app import create_app  # noqa: E402
from inspect_app.domain.weeks import shifted  # noqa: E402
from inspect_app.services import open_services  # noqa: E402
from inspect_app.services.index.frames import freeze_due  # noqa: E402
from inspect_app.services.index.weekly import live_week  # noqa: E402
from inspect_app.settings import Settings  # noqa: E402
from tests.ports import free_port  # noqa: E402
from tests.store.databases import Server, empty_database  # noqa: E402
from tests.web.builders import hidden  # noqa: E402

LAST = "2026-W45"
"""The week before the demonstration's own."""
YEAR = tuple(shifted(LAST, -back) for back in reversed(range(52)))
SIZES = {
    "city": Size(YEAR, sites=2_000, visits=2_000),
    "national": Size((LAST,), sites=1_000_000, visits=1_000_000, streets=41_352, cases=False),
}
DESK, INSPECTOR = "demo-supervisor", "demo-1"
PAGES = {
    DESK: (
        *("/", "/review/desk/", f"/review/desk/photos.json?week={LAST}", "/review/inspections", "/cases/"),
        *("/cases/figures", "/cases/unfiled", "/exposure/", "/index/", f"/index/{LAST}/live", f"/index/{LAST}/frame"),
        *(f"/quality/{LAST}", "/plan/", "/map/layers.json"),
    ),
    INSPECTOR: ("/field/", "/field/today.json", "/field/mine"),
}
"""By who opens them."""
SLOW_MS = 300
_NO_PAGES = ("/api", "/field", "/unit", "/login", "/static", "/libraries", "/trust", "/enter", "/metrics", "/readyz")
"""Not the office's; of the phone's those of ``PAGES`` are asked for."""
_TIMES = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("which", nargs="*", choices=[*SIZES, []], help="only this one")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    parser.add_argument("--part", type=float, action="append", help="only these parts of the size, such as 0.1")
    parser.add_argument("--office", action="store_true", help="every page of the office, and which are slow")
    parser.add_argument("--no-pages", action="store_true", help="index and frame only")
    given = parser.parse_args()
    found: dict[str, Any] = {"benchmark": "large"}
    for name in given.which or SIZES:
        whole = 0.1 if given.quick else 1.0
        parts = given.part or [whole / 10, whole]
        for part in parts:
            row = measured(scaled(SIZES[name], part), {} if given.no_pages else PAGES, office=given.office)
            found.setdefault(name, {})[f"{part:g}"] = row
            print(f"{name} × {part:g}: {json.dumps(row, ensure_ascii=False)}", flush=True)
        costs = [found[name][f"{part:g}"]["index"] for part in parts]
        seconds = [one["cpu_s"] + one["database_cpu_s"] for one in costs]
        found[name]["growth"] = round(seconds[-1] / seconds[0], 1)
    print(json.dumps(found, ensure_ascii=False))


def scaled(size: Size, part: float) -> Size:
    """A part of it: weeks of a city, all of a national week."""
    if len(size.weeks) > 1:
        return replace(size, weeks=size.weeks[-max(1, round(len(size.weeks) * part)) :])
    sizes = (size.sites, size.visits, size.streets)
    sites, visits, streets = (round(one * part) for one in sizes)
    return replace(size, sites=sites, visits=visits, streets=streets)


def office_pages(settings: Settings) -> tuple[str, ...]:
    """Every page and file that the office can ask for without naming more than a week: that of ``LAST``."""
    rules = create_app(settings).url_map
    found = [rule for rule in rules.iter_rules() if "GET" in (rule.methods or ()) and rule.arguments <= {"week"}]
    paths = sorted(str(rule).replace("<week>", LAST) for rule in found)
    return tuple(path for path in paths if not path.startswith(_NO_PAGES))


def slow(pages: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The pages that cost more than ``SLOW_MS`` of processors, database included, once they were opened before."""
    cost = {path: row.get("cpu_ms", 0) + row.get("database_cpu_ms", 0) for path, row in pages.items()}
    return sorted((path for path, ms in cost.items() if ms > SLOW_MS), key=lambda path: -cost[path])


def measured(size: Size, pages: Mapping[str, Sequence[str]], *, office: bool = False) -> dict[str, Any]:
    """Fill a database and measure what is done with it."""
    with tempfile.TemporaryDirectory() as folder, _server() as server:
        settings, passwords = founded(Path(folder) / "data", empty_database(server))
        started = time.perf_counter()
        counts = filled(settings, size)
        row: dict[str, Any] = {"documents": dict(counts), "filled_s": round(time.perf_counter() - started)}
        row["disk_mb"] = _disk(settings)
        print(f"  filled: {row}", flush=True)
        row["frame"] = _apart(server, _frame, settings)
        row["index"] = _apart(server, _index, settings)
        if office:
            pages = {**pages, DESK: (*pages.get(DESK, ()), *office_pages(settings))}
        print(f"  frame {row['frame']}, index {row['index']}", flush=True)
        with _serving(settings) as (port, pid, start):
            row["start"] = start
            row["pages"] = {}
            for user, paths in pages.items():
                row["pages"] |= _pages(port, user, passwords[user], paths, (pid, server.pid))
            row["slow"] = slow(row["pages"])
            row["server_mb"] = [round(one) for one in memory_mb(pid)]
    return row


@contextmanager
def _server() -> Iterator[Server]:
    server = Server(Path(tempfile.gettempdir()), DATABASE).start()
    try:
        yield server
    finally:
        server.remove()


def _disk(settings: Settings) -> dict[str, int]:
    """Megabytes of each collection, its indexes and what is kept apart of long rows included."""
    query = (
        b"SELECT split_part(relname, '/', 1), sum(pg_total_relation_size(oid))::bigint FROM pg_class "
        b"WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace GROUP BY 1 ORDER BY 2 DESC LIMIT 6"
    )
    with psycopg.connect(settings.database) as database:
        return {name: round(size / 1e6) for name, size in database.execute(query)}


def _apart(server: Server, act: Callable[[Settings], dict[str, Any]], settings: Settings) -> dict[str, Any]:
    """What is done in a process of its own, with its time, peak of memory, and that of the database."""
    before, started = cpu_seconds(server.pid), time.perf_counter()
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        row = pool.submit(_done, act, settings).result()
    return {**row, "database_cpu_s": round(cpu_seconds(server.pid) - before, 2), "wall_s": _since(started)}


def _done(act: Callable[[Settings], dict[str, Any]], settings: Settings) -> dict[str, Any]:
    before = time.process_time()
    row = act(settings)
    # What getrusage tells begins with the peak of whoever started this process.
    peak = memory_mb(os.getpid())[1]
    return {**row, "cpu_s": round(time.process_time() - before, 2), "peak_mb": round(peak)}


def _frame(settings: Settings) -> dict[str, Any]:
    """Close the last week: freeze what its figures rest on."""
    services = open_services(settings)
    freeze_due(services, LAST, NOW)
    return {}


def _index(settings: Settings) -> dict[str, Any]:
    services = open_services(settings)
    week = live_week(services, LAST)
    return {"areas": len(week.rows), "sites": len(week.sites), "first": repr(week.rows[0].rate)}


@contextmanager
def _serving(settings: Settings) -> Iterator[tuple[int, int, dict[str, float]]]:
    """A server that is ready; its port, its process, and what that took."""
    port, started = free_port(), time.perf_counter()
    told = {**os.environ, "INSPECT_DATA": str(settings.data), "INSPECT_DATABASE": settings.database}
    told["INSPECT_PHOTO_WORK"] = ""
    where = ["--host", "127.0.0.1", "--port", str(port), "--data", str(settings.data)]
    server = subprocess.Popen(
        [sys.executable, "run.py", *where], cwd=PROJECT, env=told, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout
    try:
        while not (line := server.stdout.readline()).startswith("READY"):
            assert line, "the server did not start"
        start = {"cpu_s": round(cpu_seconds(server.pid), 2), "wall_s": _since(started)}
        yield port, server.pid, {**start, "mb": round(memory_mb(server.pid)[0])}
    finally:
        server.terminate()
        server.wait()


def _pages(
    port: int, user: str, password: str, paths: Sequence[str], pids: tuple[int, int]
) -> dict[str, dict[str, float]]:
    """Each page as it is opened first, and how it is as a rule."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def get(path: str, form: bytes | None = None) -> bytes:
        with opener.open(f"http://127.0.0.1:{port}{path}", form) as answer:
            content: bytes = answer.read()
            return content

    token = hidden(get("/login").decode(), "csrf_token")
    get("/login", urlencode({"name": user, "password": password, "csrf_token": token}).encode())
    found = {}
    for path in paths:
        try:
            first, size = _timed(lambda path=path: get(path))  # type: ignore[misc]
        except urllib.error.HTTPError as error:
            found[path] = {"status": error.code}
            continue
        cpu = list(map(cpu_seconds, pids))
        times = sorted(_timed(lambda path=path: get(path))[0] for _ in range(_TIMES))  # type: ignore[misc]
        spent = [round((cpu_seconds(one) - was) * 1000 / _TIMES) for one, was in zip(pids, cpu, strict=True)]
        row = {"first_ms": first, "ms": times[_TIMES // 2], "cpu_ms": spent[0], "database_cpu_ms": spent[1]}
        found[path] = {**row, "kb": round(size / 1000)}
        print(f"  {path}: {found[path]}", flush=True)
    return found


def _timed(get: Callable[[], bytes]) -> tuple[int, int]:
    started = time.perf_counter()
    size = len(get())
    return round((time.perf_counter() - started) * 1000), size


def _since(started: float) -> float:
    return round(time.perf_counter() - started, 2)


if __name__ == "__main__":
    main()
