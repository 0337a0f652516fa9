"""For what watches the server: whether the process lives, and whether it can do its work. Strangers may ask as well.

Neither looks at who asks, so both answer while the store is away; neither says why.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response
from flask.blueprints import BlueprintSetupState

from ..services.readiness import Readiness
from . import access

blueprint = Blueprint("health", __name__)
_AGAIN_AFTER_S = 10


@blueprint.record
def _make(state: BlueprintSetupState) -> None:
    state.app.extensions["readiness"] = Readiness(state.app.extensions["inspect"])


@blueprint.get("/healthz")
@access.for_machines
def alive() -> Response:
    """The process takes requests and answers them. Nothing is looked at."""
    return _plain("ok")


@blueprint.get("/readyz")
@access.for_machines
def ready() -> Response:
    """What is submitted now would be kept; else 503 with the names of what does not work."""
    readiness: Readiness = current_app.extensions["readiness"]
    failing = readiness.failing()
    if not failing:
        return _plain("ready")
    answer = _plain(f"not ready: {', '.join(failing)}", 503)
    answer.headers["Retry-After"] = str(_AGAIN_AFTER_S)
    return answer


def _plain(text: str, status: int = 200) -> Response:
    answer = make_response(f"{text}\n", status)
    answer.content_type = "text/plain; charset=utf-8"
    answer.headers["Cache-Control"] = "no-store"
    return answer
