"""This site's own address, for what others keep or fetch: never the one that a request names as its host."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, redirect, request, url_for
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from ..network import is_this_machine_only
from .context import services


def own_address(endpoint: str, **values: Any) -> str:
    """The address of a page: whole where ``INSPECT_ADDRESS`` is set, else its path, which readers resolve."""
    path, settings = url_for(endpoint, **values), services().settings
    return settings.address + (path.removeprefix(request.script_root) if settings.prefix else path)


def own_origin() -> str | None:
    """Scheme, host and port of this site as the visitor's browser has it; None where a request names another's host.

    Ours are the host of ``INSPECT_ADDRESS``, those in our own certificate, and the names of this machine alone.
    """
    origin = request.host_url.rstrip("/")
    return origin if _is_own(urlsplit(origin).hostname or "") else None


def _is_own(host: str) -> bool:
    if is_this_machine_only(host) or host == urlsplit(services().settings.address).hostname:
        return True
    tls = current_app.extensions.get("tls")
    return tls is not None and tls.host_for(host) == host


def redirect_within(app: Flask) -> None:
    """Lead a misspelt address to the right one, as Werkzeug does, without the host that the request names."""
    app.before_request(_right_address)


def _right_address() -> Response | None:
    found = request.routing_exception
    if not isinstance(found, RequestRedirect):
        return None
    return redirect("/" + found.new_url.split("/", 3)[3].lstrip("/\\"), found.code)


def lasting_id(endpoint: str, **values: Any) -> str:
    """What a page is called for good (RFC 4287, 4.2.6): its address, or a name that this installation alone gives."""
    address = own_address(endpoint, **values)
    if not address.startswith("/"):
        return address
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{services().receipts.first}{address}')}"
