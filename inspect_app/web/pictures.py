"""Pictures as answers: named by their content, so that a browser may keep them for good."""

from __future__ import annotations

from flask import Response, request

from .refusing import refuse

_YEAR_S = 365 * 24 * 3600


def picture(content: bytes | None, tag: str, mimetype: str = "image/jpeg") -> Response:
    """A picture that never changes under its address; 404 where there is none."""
    if content is None:
        refuse(404, "没有这张照片，或无法显示")
    answer = Response(content, mimetype=mimetype)
    answer.headers["Cache-Control"] = f"private, max-age={_YEAR_S}, immutable"
    answer.set_etag(tag)
    answer.make_conditional(request)
    return answer
