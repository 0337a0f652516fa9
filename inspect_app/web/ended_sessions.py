"""Whose session a browser once had: what a session's cookie still proves after the session has ended.

It opens nothing. By it a form that comes too late is kept for its owner (``web.inspecting.signed_out``), and nothing of
what is kept is shown to anybody who has not signed in anew.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadData, URLSafeTimedSerializer

from ..domain.accounts.user import User
from ..services.accounts.accounts import find_user
from ..services.accounts.devices import find_device
from .context import now, services
from .cookies import HOST_ONLY, SECURE


def signed(app: Flask, cookies: Mapping[str, str], max_age: int | None) -> Iterator[Mapping[str, Any]]:
    """What sessions' cookies say that this server signed, no longer ago than ``max_age`` seconds (None: ever)."""
    signer, name = SecureCookieSessionInterface().get_signing_serializer(app), app.config["SESSION_COOKIE_NAME"]
    for value in (cookies[one] for one in (HOST_ONLY + name, SECURE + name, name) if one in cookies):
        try:
            found = signer.loads(value, max_age=max_age) if signer else {}
        except BadData:
            continue
        yield found


def once_signed_in(app: Flask, cookies: Mapping[str, str]) -> tuple[User, str] | None:
    """The account in use that a browser had a session of, however that ended, and what its pages' tokens say."""
    for found in signed(app, cookies, None):
        user = find_user(services().store, found.get("user", ""))
        if user is not None and user.active and _is_theirs(found.get("device"), user):
            return user, found.get("csrf_token", "")
    return None


def is_of_own_page(app: Flask, token: str, expected: str) -> bool:
    """Whether a form came from a page that the session was given: ``token`` is the form's, ``expected`` the session's.

    As Flask-WTF checks it, which knows sessions that are good only.
    """
    try:
        told = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token").loads(token)
    except BadData:
        return False
    return bool(expected) and isinstance(told, str) and hmac.compare_digest(told.encode(), expected.encode())


def _is_theirs(device: str | None, user: User) -> bool:
    """Whether a session's device is the account's; a session from before there were devices has none."""
    found = find_device(services().store, device, now()) if device else None
    return device is None or (found is not None and found.user == user.name)
