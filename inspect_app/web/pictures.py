"""Pictures as answers: named by their content, so that a browser may keep them for good.

What is made of a photo changes when a supervisor turns it, and a captioned copy when the office wants other words in
it. So the addresses of these pictures say what they are of (``shown``), and only under such an address is one kept.
"""

from __future__ import annotations

from collections.abc import MutableMapping

from flask import Flask, Response, request

from ..domain.evidence.photo import is_sha256
from ..photos.caption import LOOK
from ..services import Services
from ..services.evidence.captioning import chosen_rules
from ..services.evidence.turning import quarters_of
from .context import services
from .refusing import refuse

_YEAR_S = 365 * 24 * 3600
_SHOWN = "shown"
_TURNED = {
    *("inspections.thumbnail", "inspections.review_copy", "cases.after", "cases.before", "held.photo"),
    "last_visit.photo",
}
"""Endpoints that answer with a picture of the photo ``sha256``, turned as it is shown."""
_CAPTIONED = "inspections.review_copy"


def name_pictures(app: Flask, services: Services) -> None:
    """Have every address of a picture that may change say what it is of."""

    @app.url_defaults
    def shown(endpoint: str, values: MutableMapping[str, object]) -> None:
        sha256 = str(values.get("sha256"))
        if is_sha256(sha256) and (state := _state(services, endpoint, sha256)):
            values.setdefault(_SHOWN, state)


def picture(content: bytes | None, tag: str, mimetype: str = "image/jpeg") -> Response:
    """A picture that never changes under its address, unless that is of an earlier state; 404 where there is none."""
    if content is None:
        refuse(404, "没有这张照片，或无法显示")
    answer = Response(content, mimetype=mimetype)
    state = _state(services(), str(request.endpoint), str((request.view_args or {}).get("sha256")))
    is_current = request.args.get(_SHOWN, "") == state
    answer.headers["Cache-Control"] = f"private, max-age={_YEAR_S}, immutable" if is_current else "private, no-cache"
    answer.set_etag(f"{tag}-{state}" if state else tag)
    answer.make_conditional(request)
    return answer


def _state(services: Services, endpoint: str, sha256: str) -> str:
    """What a picture of a photo depends on besides the photo; empty for one that nobody turned."""
    if endpoint not in _TURNED:
        return ""
    quarters = quarters_of(services.store, sha256)
    turn = f"t{quarters}" if quarters else ""
    return f"{LOOK}.{chosen_rules(services)[1]}{turn}" if endpoint == _CAPTIONED else turn
