"""What our cookies are called."""

from __future__ import annotations

from flask import request

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
