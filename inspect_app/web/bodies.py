"""How much a request may bring: much where files are taken, from whoever may send them; elsewhere what a form holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Flask, abort, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_cookie

from ..network import prefix_of, without_prefix
from .refusing import DISK_FULL, refuse

IsLetIn = Callable[[Flask, str, str, Mapping[str, str], str], bool]
"""Whether cookies and an ``Authorization`` open an endpoint to a method."""
View = TypeVar("View", bound=Callable[..., Any])
SMALL_BODY = 1024 * 1024
"""Bytes that any address takes; the server counts the same (``serving.budget``)."""
NO_ROOM, NO_DISK = "HTTP_BODY_LEFT_OUT", "HTTP_BODY_NOT_KEPT"
_BUSY = "服务器正在接收很多文件，请稍后再试"
_AGAIN_AFTER_S = 20


def takes_files(view: View) -> View:
    """Bodies of this view may be as large as a request may be at all."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


def check_size() -> None:
    """Refuse what is too much, before it is read."""
    if _takes_files(current_app, request.endpoint):
        if request.environ.get(NO_ROOM) and (request.content_length or 0) > SMALL_BODY:
            refuse(503, _BUSY, again_after_s=_AGAIN_AFTER_S)
        if request.environ.get(NO_DISK) and (request.content_length or 0) > SMALL_BODY:
            refuse(507, DISK_FULL)
        return
    request.max_content_length = SMALL_BODY
    if (request.content_length or 0) > SMALL_BODY:
        abort(413)


def whole_body() -> bytes:
    """The request's body, whose length has been looked at: in one piece, not put together from many small ones."""
    size = request.content_length
    return request.get_data(cache=False) if size is None else request.environ["wsgi.input"].read(size)


def takes_body(app: Flask, is_let_in: IsLetIn, method: str, path: str, headers: Mapping[str, str]) -> bool:
    """Whether a large body is worth receiving: it is for a view that takes files, from one who may send them.

    ``headers`` are named as in ``COOKIE``. Asked before there is a request; nothing is noted down.
    """
    prefix = prefix_of(headers.get, app.extensions["inspect"].settings.prefix)
    try:
        endpoint, _ = app.url_map.bind("").match(without_prefix(path, prefix), method)
    except HTTPException:
        return False
    if not _takes_files(app, endpoint):
        return False
    with app.app_context():
        return is_let_in(app, endpoint, method, parse_cookie(headers.get("COOKIE")), headers.get("AUTHORIZATION", ""))


def _takes_files(app: Flask, endpoint: str | None) -> bool:
    return endpoint is not None and getattr(app.view_functions.get(endpoint), "takes_files", False)
