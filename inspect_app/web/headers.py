"""Headers that every answer carries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Flask, Response, request

from ..network import is_this_machine_only
from .static_files import version


def policy(images: Iterable[str] = (), *, framed: bool = False) -> str:
    """The content policy; ``images`` are origins that pictures may come from besides this one: servers of map tiles.

    ``framed``: other sites may show the page in a frame of theirs.
    """
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("img-src 'self' blob: data:", *images)),
            "media-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            *(() if framed else ("frame-ancestors 'none'",)),
        )
    )


_POLICY = policy()
_HTTPS_ONLY = f"max-age={365 * 24 * 3600}"


def add_headers(app: Flask) -> None:
    """A strict content policy, no sniffing, no referrer; the server's time with every answer of the interface."""
    app.after_request(_headers)


def _headers(answer: Response) -> Response:
    if request.blueprint in ("files", "libraries"):
        answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        return answer
    if request.is_secure and not is_this_machine_only(urlsplit(request.host_url).hostname or ""):
        # Not for names of this machine alone, which answers plain HTTP to itself.
        answer.headers.setdefault("Strict-Transport-Security", _HTTPS_ONLY)
    answer.headers.setdefault("Content-Security-Policy", _POLICY)
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    # The path of a page under review may name an inspection: other sites need not see it.
    answer.headers.setdefault("Referrer-Policy", "same-origin")
    answer.headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(self), microphone=(self)")
    answer.headers.setdefault("Cache-Control", "private, no-store")
    if request.blueprint == "api":
        # A phone measures its clock against this one.
        answer.headers["X-Server-Time"] = datetime.now(UTC).isoformat(timespec="milliseconds")
    if request.path.startswith("/field/"):
        # A phone keeps a page only together with the files of its version.
        answer.headers["X-App-Version"] = version()
    return answer
