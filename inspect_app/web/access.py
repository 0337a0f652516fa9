"""Who may call which view. A view without a rule is closed to everybody, so that none is left open by oversight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_wtf.csrf import CSRFProtect, validate_csrf
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse
from wtforms.validators import ValidationError

from ..services.accounts import Role, User, find_user, token_user
from .context import services

View = TypeVar("View", bound=Callable[..., Any])
_EVERYBODY: frozenset[Role] = frozenset()
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_csrf = CSRFProtect()


def public(view: View) -> View:
    """Open to everybody, signed in or not."""
    return _with_rule(view, _EVERYBODY)


def allowed(*roles: Role) -> Callable[[View], View]:
    """Open to these roles, and to administrators."""
    return lambda view: _with_rule(view, frozenset(roles))


def signed_in(view: View) -> View:
    """Open to every account."""
    return _with_rule(view, frozenset(Role))


def rule_of(app: Flask, endpoint: str) -> frozenset[Role] | None:
    """The roles that may call an endpoint, empty for everybody; None where it has no rule."""
    return getattr(app.view_functions[endpoint], "roles", None)


def guard(app: Flask) -> None:
    """Check every request: who asks, whether they may, and that a browser's change comes from our own page."""
    _csrf.init_app(app)
    app.before_request(_check)


def begin_session(user: User) -> None:
    """Sign a browser in."""
    session.clear()
    session.permanent = True
    session["user"] = user.name
    session["epoch"] = user.epoch


def _with_rule(view: View, roles: frozenset[Role]) -> View:
    view.roles = roles  # type: ignore[attr-defined]
    return view


def _check() -> BaseResponse | None:
    g.visitor, by_token = _visitor()
    if request.endpoint is None:
        return None
    roles = rule_of(current_app, request.endpoint)
    if roles is None:
        abort(403)
    if roles and g.visitor is None:
        return _sign_in_first()
    if roles and not any(g.visitor.role.may(role) for role in roles):
        abort(403)
    if request.method not in _SAFE_METHODS and not by_token:
        _require_own_page()
    return None


def _visitor() -> tuple[User | None, bool]:
    """The user behind the request, and whether by a bearer token, which no other site can make a browser send."""
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        return token_user(services().store, header.removeprefix("Bearer ").strip()), True
    user = find_user(services().store, session.get("user", ""))
    fresh = user is not None and user.active and user.epoch == session.get("epoch")
    return (user if fresh else None), False


def _sign_in_first() -> BaseResponse:
    if request.blueprint == "api":
        abort(401)
    return redirect(url_for("auth.login", next=request.full_path.rstrip("?") if request.method == "GET" else None))


def _require_own_page() -> None:
    if request.blueprint != "api":
        _csrf.protect()
        return
    # The header alone: looking into the body for a form field would parse a photo.
    try:
        validate_csrf(request.headers.get("X-CSRFToken"))
    except ValidationError as error:
        raise BadRequest("页面已过期（CSRF校验未通过），请刷新页面后重试") from error
