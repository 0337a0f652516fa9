"""Requests for pages in the name of an account, without a sign-in for each.

Tokens open the interface alone. Tests of what pages show to whom name an account by its token all the same: a request
for a page that carries one is turned into that of a browser whose session has just begun.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from inspect_app.collections.accounts.token import TOKENS
from inspect_app.services.accounts.accounts import find_user
from inspect_app.web import context

_SAFE = ("GET", "HEAD", "OPTIONS")


def with_tokens_on_pages(app: Flask) -> Flask:
    """The application, with what a token cannot do done by a session of its account."""
    inner = app.wsgi_app

    def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        sent = environ.get("HTTP_AUTHORIZATION", "")
        if not sent.startswith("Bearer ") or environ["PATH_INFO"].startswith("/api/"):
            return inner(environ, start_response)
        changing = environ["REQUEST_METHOD"] not in _SAFE
        asked = as_session(app, environ, sent.removeprefix("Bearer "), browser="one" if changing else "")

        def without_cookie(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [one for one in headers if one[0].lower() != "set-cookie"], *more)

        return inner(asked, without_cookie)

    app.wsgi_app = wsgi  # type: ignore[method-assign]
    return app


def as_session(app: Flask, environ: dict[str, Any], token: str, *, browser: str) -> dict[str, Any]:
    """The request as a browser makes it in a session of the token's account.

    ``browser``: which, with the token that a page of ours gave it, so that it is listed as a device; empty for neither.
    """
    asked = {name: value for name, value in environ.items() if name != "HTTP_AUTHORIZATION"}
    csrf = hashlib.sha1(f"{browser} {token}".encode()).hexdigest() if browser else ""
    asked["HTTP_COOKIE"] = f"session={_session(app, token, csrf)}"
    if csrf:
        serializer = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token")
        asked["HTTP_X_CSRFTOKEN"] = str(serializer.dumps(csrf))
    return asked


def _session(app: Flask, token: str, csrf: str) -> str:
    """The cookie of a session of the token's account. Without a token for forms it is listed as no device."""
    store = app.extensions["inspect"].store
    kept = TOKENS.get(store, hashlib.sha256(token.encode()).hexdigest())
    user = find_user(store, kept.value.user) if kept else None
    content = {"user": user.name, "epoch": user.epoch, "proved_at": int(context.now().timestamp())} if user else {}
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer
    return str(serializer.dumps({**content, **({"csrf_token": csrf} if csrf else {})}))
