"""Who may call which view. A view without a rule is closed to everybody, so that none is left open by oversight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFProtect, validate_csrf
from itsdangerous import BadSignature
from werkzeug.wrappers import Response as BaseResponse
from wtforms.validators import ValidationError

from ..domain.accounts.device import Device, End
from ..domain.accounts.permissions import Permission
from ..domain.accounts.user import User
from ..services.accounts.accounts import find_user, token_user
from ..services.accounts.devices import add_earlier_device, end_device, find_device, seen_now
from ..services.accounts.may import may
from . import bodies
from .context import browser, now, services
from .refusing import refuse

View = TypeVar("View", bound=Callable[..., Any])
_EVERYBODY: frozenset[Permission] = frozenset()
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_BEARER = "Bearer "
HOST_ONLY = "__Host-"
NO_OBJECT = "请求正文应为一个JSON对象"
_csrf = CSRFProtect()


def public(view: View) -> View:
    """Open to everybody, signed in or not."""
    return _with_rule(view, _EVERYBODY)


def allowed(*permissions: Permission) -> Callable[[View], View]:
    """Open to whoever has one of these permissions, be it for some areas only: services are told for which.

    With several, one by which others' things are seen stands beside one for one's own; the view tells them apart.
    """
    return lambda view: _with_rule(view, frozenset(permissions))


def rule_of(app: Flask, endpoint: str) -> frozenset[Permission] | None:
    """The permissions of which one opens an endpoint, empty for everybody; None where it has no rule."""
    return getattr(app.view_functions[endpoint], "permissions", None)


class _Sessions(SecureCookieSessionInterface):
    """Static files are for everybody and kept by caches on the way: no cookie belongs into their answers.

    Over HTTPS the cookie is ``Secure`` and has the prefix by which browsers take it from this very host over HTTPS
    alone (RFC 6265bis, 4.1.3.2): nobody on the way, nor another host of the domain, can put one in its place.
    """

    def get_cookie_name(self, app: Flask) -> str:
        return f"{HOST_ONLY}{super().get_cookie_name(app)}" if request.is_secure else super().get_cookie_name(app)

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure or super().get_cookie_secure(app)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if request.blueprint not in ("files", "libraries"):
            super().save_session(app, session, response)


def guard(app: Flask) -> None:
    """Check every request: who asks, whether they may, and that a browser's change comes from our own page."""
    app.session_interface = _Sessions()
    _csrf.init_app(app)
    app.before_request(_check)
    app.extensions["takes_body"] = partial(bodies.takes_body, app, is_let_in)


def begin_session(user: User, device: Device) -> None:
    """Sign a browser in. The session that it had before ends."""
    if session.get("device") != device.id:
        end_session(End.REPLACED)
    session.clear()
    session.permanent = True
    session["user"] = user.name
    session["epoch"] = user.epoch
    session["device"] = device.id


def end_session(end: End = End.SIGNED_OUT) -> None:
    """Sign a browser out, and end its device, so that a copy of its cookie is worth nothing."""
    if "device" in session:
        end_device(services().store, session["device"], end, now())
    session.clear()


def is_let_in(app: Flask, endpoint: str, cookies: Mapping[str, str], authorization: str) -> bool:
    """Whether whoever sends these may call a view, as the guard will find: for who must know before there is a request.

    Nothing is noted down: when a device was seen the guard notes.
    """
    permissions = rule_of(app, endpoint)
    if permissions is None:
        return False
    person = _by_token(authorization) if authorization.startswith(_BEARER) else _by_cookie(app, cookies)
    return not permissions or (person is not None and any(may(person, one) for one in permissions))


def _by_cookie(app: Flask, cookies: Mapping[str, str]) -> User | None:
    interface, name = SecureCookieSessionInterface(), app.config["SESSION_COOKIE_NAME"]
    signer = interface.get_signing_serializer(app)
    for value in (cookies[one] for one in (HOST_ONLY + name, name) if one in cookies):
        try:
            found = signer.loads(value, max_age=int(app.permanent_session_lifetime.total_seconds())) if signer else {}
        except BadSignature:
            continue
        person = _holder(found)
        if person is not None and ("device" not in found or _is_good(found["device"], person)):
            return person
    return None


def _is_good(id: str, person: User) -> bool:
    device = find_device(services().store, id, now())
    return device is not None and device.user == person.name and device.end is None


def _with_rule(view: View, permissions: frozenset[Permission]) -> View:
    view.permissions = permissions  # type: ignore[attr-defined]
    return view


def _check() -> BaseResponse | None:
    g.visitor, by_token = _visitor()
    if request.endpoint is None:
        return None
    permissions = rule_of(current_app, request.endpoint)
    if permissions is None:
        abort(403)
    if permissions and g.visitor is None:
        return _sign_in_first()
    if permissions and not any(may(g.visitor, one) for one in permissions):
        abort(403)
    bodies.check_size()
    if request.method not in _SAFE_METHODS:
        if not by_token:
            _require_own_page()
        _require_object()
    return None


def _visitor() -> tuple[User | None, bool]:
    """The user behind the request, and whether by a bearer token, which no other site can make a browser send."""
    header = request.headers.get("Authorization", "")
    if header.startswith(_BEARER):
        return _by_token(header), True
    return _in_session(), False


def _by_token(header: str) -> User | None:
    return token_user(services().store, header.removeprefix(_BEARER).strip())


def _in_session() -> User | None:
    """The user whom the session's cookie names, where account and device are still good."""
    user = _holder(session)
    if user is None:
        return None
    if "device" not in session:
        _give_device(user)
    return user if "device" not in session or seen_now(services().store, session["device"], user, now()) else None


def _holder(session: Mapping[str, Any]) -> User | None:
    """Whose session it is, where the account is still as it was when the session began."""
    user = find_user(services().store, session.get("user", ""))
    return user if user is not None and user.active and user.epoch == session.get("epoch") else None


def _give_device(user: User) -> None:
    """A session from before there were devices gets one, told by its token: at once or twice, the same."""
    if "csrf_token" in session:
        session["device"] = add_earlier_device(services().store, user, browser(), session["csrf_token"], now()).id


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
    except ValidationError:
        refuse(400, "页面已过期（CSRF校验未通过），请刷新页面后重试")


def _require_object() -> None:
    """Pages and scripts send forms and JSON objects. The interface looks at its bodies itself: most are files."""
    if request.blueprint != "api" and request.is_json and not isinstance(request.get_json(silent=True), dict):
        refuse(400, NO_OBJECT)
