"""What our cookies are called, and how they are given and read."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, request
from werkzeug.wrappers import Response

SECURE = "__Secure-"
"""The prefix of a cookie over HTTPS that is for a part of a host: under a path one cannot be for the host alone."""
HOST_ONLY = "__Host-"
"""The prefix by which browsers take a cookie from this very host over HTTPS alone (RFC 6265bis, 4.1.3.2)."""


def cookie_name(name: str) -> str:
    """The name of a cookie in answers to this request: over HTTPS one that no other host can put in its place."""
    if not request.is_secure:
        return name
    return f"{SECURE if request.script_root else HOST_ONLY}{name}"


def cookie_path() -> str:
    """What of its host this site has: a cookie of ours is nothing for the host's other applications."""
    return request.script_root or "/"


def give_cookie(answer: Response, name: str, value: str, lasts: timedelta) -> None:
    """Put a cookie of ours to an answer: no script reads it, no other site's form sends it, over HTTPS nothing else."""
    answer.set_cookie(
        cookie_name(name),
        value,
        max_age=lasts,
        path=cookie_path(),
        secure=request.is_secure or current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def given_cookie(name: str) -> str:
    """What the browser sends of a cookie that ``give_cookie`` put; empty where it has none."""
    return request.cookies.get(cookie_name(name), "")
