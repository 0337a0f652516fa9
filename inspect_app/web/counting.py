"""Requests and submissions, counted for the metrics: by the route's name, never by its address or who asks.

When somebody in the field sends something is nothing that a monitor's screen should show: a unit that sees it knows
that inspectors are about. What is asked of the routes of ``inspecting`` is counted when the hour is over; only what
failed on our side is counted at once. Where the server runs as several processes, the variable
``PROMETHEUS_MULTIPROC_DIR`` names a folder for the counts of all (docs/operate/service.md).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, multiprocess

from .request_log import METHODS

_BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_FIELD = "inspect_app.web.inspecting"
_HOUR_S = 3600
_SUBMISSIONS = frozenset({"api.put_inspection", "api.put_correction", "field.submit_form", "adhoc.send"})
"""The routes by which an inspection comes in."""
_PROCESSES = "PROMETHEUS_MULTIPROC_DIR"


@dataclass(frozen=True, slots=True)
class Answered:
    """A request as it is counted: the route's name, its method, the answer's status, and how long it took."""

    route: str
    method: str
    status: int
    seconds: float
    in_the_field: bool


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
        self._held: list[Answered] = []
        self._hour = self._this_hour()

    def count(self, one: Answered) -> None:
        """Count it now, or when the hour is over."""
        self.settle()
        if one.in_the_field and one.status < 500:
            with self._lock:
                self._held.append(one)
        else:
            self._count(one)

    def settle(self) -> None:
        """Count what was held back in hours that are over."""
        if self._this_hour() == self._hour:
            return
        with self._lock:
            self._hour, held, self._held = self._this_hour(), self._held, []
        for one in held:
            self._count(one)

    def registry(self) -> CollectorRegistry:
        """What there is to be told: of all processes, where there are several."""
        self.settle()
        if _PROCESSES not in os.environ:
            return self._own
        everybody = CollectorRegistry()
        multiprocess.MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
        return everybody

    def _count(self, one: Answered) -> None:
        self._requests.labels(one.route, one.method, f"{one.status // 100}xx").inc()
        self._seconds.labels(one.route).observe(one.seconds)
        if one.route in _SUBMISSIONS and one.method in ("PUT", "POST"):
            self._submissions.labels(_result(one)).inc()

    def _this_hour(self) -> int:
        return int(self._clock() // _HOUR_S)


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
        in_the_field=view is not None and view.__module__.startswith(_FIELD),
    )


def _result(one: Answered) -> str:
    """What became of a submission. A form's page that comes again says what is wrong with it."""
    if one.status >= 500:
        return "failed"
    if one.status >= 400:
        return "refused"
    return "repeated" if one.method == "PUT" and one.status == 200 else "accepted"
