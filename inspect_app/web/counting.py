"""Requests and submissions, counted for the metrics: by the route's name, never by its address or who asks.

When somebody in the field sends something is nothing that a monitor's screen should show: a unit that sees it knows
that inspectors are about. What phones may ask for is counted when the hour is over; at once only what the office alone
asks for, and what failed on our side. Where the server runs as several processes, the variable
``PROMETHEUS_MULTIPROC_DIR`` names a folder for the counts of all, which outlast who counted them.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import Counter as CountedUp
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, multiprocess, values

from .request_log import METHODS

_log = logging.getLogger(__name__)
_BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_OFFICE = tuple(f"inspect_app.web.{room}." for room in ("evidence", "plan", "index", "quality", "cases", "place"))
_MACHINES = ("health", "metrics")
_MOST_TIMES = 50_000
"""Times that are held back in an hour: who floods the server gets no memory of it; what is beyond is counted only."""
_HOUR_S = 3600
_SUBMISSIONS = frozenset({"api.put_inspection", "api.put_correction", "field.submit_form", "adhoc.send"})
"""The routes by which an inspection comes in."""
_PROCESSES = "PROMETHEUS_MULTIPROC_DIR"
_FILES = {"counter": 256 * 1024, "histogram": 1024 * 1024}
"""The library's files of a process by their kind (``prometheus_client.mmap_dict``), and bytes in which all routes are.
"""


@dataclass(frozen=True, slots=True)
class Answered:
    """A request as it is counted: the route's name, its method, the answer's status, and how long it took."""

    route: str
    method: str
    status: int
    seconds: float
    is_told_at_once: bool

    @property
    def labels(self) -> tuple[str, str, str]:
        return self.route, self.method, f"{self.status // 100}xx"

    @property
    def submission(self) -> str:
        """What became of a submission; empty of anything else. A form's page that comes again says what is wrong."""
        if self.route not in _SUBMISSIONS or self.method not in ("PUT", "POST"):
            return ""
        if self.status >= 400:
            return "failed" if self.status >= 500 else "refused"
        return "repeated" if self.method == "PUT" and self.status == 200 else "accepted"


@dataclass(slots=True)
class _Held:
    """What an hour is to add once it is over."""

    requests: CountedUp[tuple[str, str, str]] = field(default_factory=CountedUp)
    submissions: CountedUp[str] = field(default_factory=CountedUp)
    times: list[tuple[str, float]] = field(default_factory=list)

    def add(self, one: Answered) -> None:
        self.requests[one.labels] += 1
        if one.submission:
            self.submissions[one.submission] += 1
        if len(self.times) < _MOST_TIMES:
            self.times.append((one.route, one.seconds))


class Counts:
    """What this process answered. Safe for threads; ``clock`` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._own = own = CollectorRegistry()
        self._requests = Counter("inspect_requests", "Requests answered.", ("route", "method", "status"), registry=own)
        self._seconds = Histogram(
            "inspect_request_seconds", "Until an answer began.", ("route",), registry=own, buckets=_BUCKETS
        )
        self._submissions = Counter("inspect_submissions", "Inspections sent.", ("result",), registry=own)
        self._lock = threading.Lock()
        self._held = _Held()
        self._hour = self._this_hour()

    def count(self, one: Answered) -> None:
        """Count it now, or when the hour is over."""
        self.settle()
        with self._lock:
            if not one.is_told_at_once and one.status < 500:
                self._held.add(one)
                return
        now = _Held()
        now.add(one)
        self._tell(now)

    def settle(self) -> None:
        """Count what was held back in hours that are over."""
        hour = self._this_hour()
        with self._lock:
            if hour == self._hour:
                return
            self._hour, held, self._held = hour, self._held, _Held()
        self._tell(held)

    def registry(self) -> CollectorRegistry:
        """What there is to be told: of all processes, where there are several and their folder was not tidied away."""
        self.settle()
        folder = os.environ.get(_PROCESSES)
        if not folder or not Path(folder).is_dir():
            return self._own
        everybody = CollectorRegistry()
        multiprocess.MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
        return everybody

    def _tell(self, held: _Held) -> None:
        for labels, count in held.requests.items():
            self._requests.labels(*labels).inc(count)
        for result, count in held.submissions.items():
            self._submissions.labels(result).inc(count)
        for route, seconds in held.times:
            self._seconds.labels(route).observe(seconds)

    def _this_hour(self) -> int:
        return int(self._clock() // _HOUR_S)


def have_room_for_counts() -> None:
    """Take the disk's room for the counts of this process, before any is made.

    The library maps files with holes: a count that finds no room for its page would kill the process, and every one
    after it. Where there is none, each process tells its own counts.
    """
    folder = os.environ.get(_PROCESSES)
    if not folder:
        return
    try:
        for kind, size in _FILES.items():
            with suppress(FileExistsError), (Path(folder) / f"{kind}_{os.getpid()}.db").open("xb") as file:
                file.write(bytes(size))
    except OSError as error:
        _log.warning("no room for the counts of all processes, each tells its own: %s", error)
        del os.environ[_PROCESSES]
        values.ValueClass = values.MutexValue


def count_requests(app: Flask, counts: Counts) -> None:
    """Count every request from here on. What comes before the application, as a refused body, is not counted."""

    def begin() -> None:
        g.began = time.perf_counter()

    def end(answer: Response) -> Response:
        counts.count(_answered(app, answer.status_code))
        return answer

    app.before_request(begin)
    app.after_request(end)


def _answered(app: Flask, status: int) -> Answered:
    route, method = request.endpoint or "none", request.method
    view = app.view_functions.get(route)
    return Answered(
        route=route,
        method=method if method in METHODS else "other",
        status=status,
        seconds=time.perf_counter() - g.began,
        is_told_at_once=view is None or request.blueprint in _MACHINES or view.__module__.startswith(_OFFICE),
    )
