"""Metrics for Prometheus, for who has the token of the setting: counts and the state of the installation, no names."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, current_app, make_response, request

from ..services.readiness import Readiness
from . import access
from .context import now, processes_seen, services

blueprint = Blueprint("metrics", __name__)
_BEARER = "Bearer "


@blueprint.get("/metrics")
@access.for_machines
def show() -> Response:
    """All metrics in Prometheus' own format; 404 where no token is set."""
    counts = current_app.extensions.get("counts")
    if counts is None:
        return _plain("not found", 404)
    given = request.headers.get("Authorization", "").removeprefix(_BEARER).strip()
    if not hmac.compare_digest(given.encode(), services().settings.metrics_token.encode()):
        answer = _plain("the token is missing or wrong", 401)
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    from .standing import (  # what makes metrics is loaded where they are asked
        CONTENT_TYPE_LATEST,
        StandingMetrics,
        exposition,
    )

    tls, readiness = current_app.extensions.get("tls"), current_app.extensions["readiness"]
    assert isinstance(readiness, Readiness)
    ends = tls.ends() if tls else {}
    standing = StandingMetrics(services(), now(), readiness.since, readiness.failing(), ends, processes_seen())
    answer = make_response(exposition(counts.registry(), standing))
    answer.content_type = CONTENT_TYPE_LATEST
    return answer


def _plain(text: str, status: int) -> Response:
    answer = make_response(f"{text}\n", status)
    answer.content_type = "text/plain; charset=utf-8"
    return answer
