"""Which accounts a browser has signed in with before, by a cookie that outlives its sessions.

It opens nothing. A browser that is known for an account is not held up by what others try with that account.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, current_app, g
from itsdangerous import BadSignature, URLSafeSerializer

from ..services.accounts.devices import is_known
from .context import services
from .cookies import give_cookie, given_cookie

_COOKIE = "known_devices"
_LIFETIME = timedelta(days=400)
_MOST_ACCOUNTS = 5


def known_device(name: str) -> str | None:
    """The device as which this browser signed in with an account, None where it never did or that was revoked."""
    id = _known().get(name)
    return id if id and is_known(services().store, id, name) else None


def remember_device(name: str, id: str) -> None:
    """Have the answer to this request tell the browser that it is known."""
    known = {**{one: other for one, other in _known().items() if one != name}, name: id}
    g.known_devices = dict(list(known.items())[-_MOST_ACCOUNTS:])


def keep_known_devices(app: Flask) -> None:
    """Put the cookie to answers of requests that signed somebody in."""
    app.after_request(_put)


def _put(answer: Response) -> Response:
    if "known_devices" in g:
        give_cookie(answer, _COOKIE, _signer().dumps(g.known_devices), _LIFETIME)
    return answer


def _known() -> dict[str, str]:
    try:
        found = _signer().loads(given_cookie(_COOKIE))
    except BadSignature:
        return {}
    return {str(name): str(id) for name, id in found.items()} if isinstance(found, dict) else {}


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known devices")
