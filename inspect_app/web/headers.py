"""Headers that every answer carries."""

from __future__ import annotations

from flask import Flask, Response, request

_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' blob: data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_YEAR_S = 365 * 24 * 3600


def add_headers(app: Flask) -> None:
    """A strict content policy, no sniffing, no referrer; long caching of static files named by their content."""
    app.after_request(_headers)


def _headers(answer: Response) -> Response:
    answer.headers.setdefault("Content-Security-Policy", _POLICY)
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    # The path of a page under review may name an inspection: other sites need not see it.
    answer.headers.setdefault("Referrer-Policy", "same-origin")
    answer.headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(self), microphone=(self)")
    if request.endpoint == "static" and "v" in request.args:
        answer.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    elif request.endpoint != "static":
        answer.headers.setdefault("Cache-Control", "private, no-store")
    return answer
