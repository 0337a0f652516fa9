"""What our cookies are called."""

from __future__ import annotations

from flask import request

HOST_ONLY = "__Host-"
"""The prefix by which browsers take a cookie from this very host over HTTPS alone (RFC 6265bis, 4.1.3.2)."""


def cookie_name(name: str) -> str:
    """The name of a cookie in answers to this request: over HTTPS one that no other host can put in its place."""
    return f"{HOST_ONLY}{name}" if request.is_secure else name
