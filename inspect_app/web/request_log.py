"""A line of the log for each request: which route, what was answered, how long it took; never who, or of what."""

from __future__ import annotations

import logging
import secrets
import time

from flask import Flask, Response, g, request

from ..logs import REQUESTS, request_id

_log = logging.getLogger(REQUESTS)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "OPTIONS"})
"""Those that are told by their names: anybody may send any."""
_HEADER = "X-Request-ID"
"""By which a person who tells of an error leads to its lines. One that a client sends is not taken."""


def log_requests(app: Flask) -> None:
    """From here on."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_over)


def _begin() -> None:
    request_id.set(secrets.token_hex(8))
    g.logged_from = time.perf_counter()


def _end(answer: Response) -> Response:
    answer.headers[_HEADER] = request_id.get()
    told = {
        "route": request.endpoint or "none",
        "method": request.method if request.method in METHODS else "other",
        "status": answer.status_code,
        "ms": round((time.perf_counter() - g.logged_from) * 1000, 1),
    }
    _log.info("request", extra=told)
    return answer


def _over(_: BaseException | None) -> None:
    """The thread goes on to other work."""
    request_id.set("")
