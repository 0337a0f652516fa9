"""Who may call which view. A view without a rule is closed to everybody, so that none is left open by oversight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFProtect, validate_csrf
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse
from wtforms.validators import ValidationError

from ..domain.accounts.device import Device, End, Way
from ..domain.accounts.permissions import Permission
from ..domain.accounts.user import User
from ..services.accounts.accounts import find_user
from ..services.accounts.devices import add_earlier_device, end_device, seen_now
from ..services.accounts.factors import lacks_factor
from ..services.accounts.may import may
from ..services.accounts.tokens import token_user
from .context import browser, now, services
from .errors import error_page
from .known_devices import keep_known_devices, remember_device
from .proving import note_proof, proved_or_asked
from .refusing import refuse

View = TypeVar("View", bound=Callable[..., Any])
_EVERYBODY: frozenset[Permission] = frozenset()
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_OWN_PAGES = ("account", "auth")
"""The blueprints that stay open to whoever has to change the password or turn on a second factor first."""
_csrf = CSRFProtect()


def public(view: View) -> View:
    """Open to everybody, signed in or not."""
    return _with_rule(view, _EVERYBODY)


def allowed(*permissions: Permission) -> Callable[[View], View]:
    """Open to whoever has one of these permissions, be it for some areas only: services are told for which.

    With several, one by which others' things are seen stands beside one for one's own; the view tells them apart.
    """
    return lambda view: _with_rule(view, frozenset(permissions))


def recently_proved(view: View) -> View:
    """For dangerous acts: whoever asks must have given password or second factor within the last ten minutes.

    Who has not is asked for it on a page that then sends the same form again. Put it above or below ``allowed``.
    """
    view.needs_proof = True  # type: ignore[attr-defined]
    return view


def rule_of(app: Flask, endpoint: str) -> frozenset[Permission] | None:
    """The permissions of which one opens an endpoint, empty for everybody; None where it has no rule."""
    return getattr(app.view_functions[endpoint], "permissions", None)


class _Sessions(SecureCookieSessionInterface):
    """Static files are for everybody and kept by caches on the way: no cookie belongs into their answers."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if request.blueprint not in ("files", "libraries"):
            super().save_session(app, session, response)


def guard(app: Flask) -> None:
    """Check every request: who asks, whether they may, and that a browser's change comes from our own page."""
    app.session_interface = _Sessions()
    _csrf.init_app(app)
    app.before_request(_check)
    keep_known_devices(app)


def begin_session(user: User, device: Device) -> None:
    """Sign a browser in. The session that it had before ends.

    A sign-in code shows that an administrator gave it, not who holds the phone: it is no proof for dangerous acts.
    """
    if session.get("device") != device.id:
        end_session(End.REPLACED)
    session.clear()
    session.permanent = True
    session["user"] = user.name
    session["epoch"] = user.epoch
    session["device"] = device.id
    session["way"] = device.way.value
    if device.way is not Way.CODE:
        note_proof()
    remember_device(user.name, device.id)


def end_session(end: End = End.SIGNED_OUT) -> None:
    """Sign a browser out, and end its device, so that a copy of its cookie is worth nothing."""
    if "device" in session:
        end_device(services().store, session["device"], end, now())
    session.clear()


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
    if request.method not in _SAFE_METHODS and not by_token:
        _require_own_page()
    if not permissions or by_token:
        return None
    return _first_things_first(g.visitor) or _ask_for_proof(g.visitor)


def _first_things_first(user: User) -> BaseResponse | None:
    """Where somebody who signed in with a password that others know, or without a needed second factor, goes first.

    A phone that an administrator signed in by a code knows no password, and is held up by neither.
    """
    if request.blueprint in _OWN_PAGES or session.get("way") == Way.CODE:
        return None
    if user.must_change:
        page, sentence = "account.password", "请先在网页上修改初始密码"
    elif lacks_factor(services().store, user):
        page, sentence = "account.show", "请先在网页上开启二次验证"
    else:
        return None
    return error_page(403, sentence) if request.blueprint == "api" else redirect(url_for(page))


def _ask_for_proof(user: User) -> BaseResponse | None:
    view = current_app.view_functions[request.endpoint or ""]
    return proved_or_asked(user) if getattr(view, "needs_proof", False) else None


def _visitor() -> tuple[User | None, bool]:
    """The user behind the request, and whether by a bearer token, which no other site can make a browser send."""
    header = request.headers.get("Authorization", "")
    if not header.startswith("Bearer ") or request.endpoint is None:
        return _in_session(), False
    if request.blueprint != "api":
        refuse(403, "令牌只能用于接口（/api/）；网页请登录后使用")
    found = token_user(services().store, header.removeprefix("Bearer ").strip(), now())
    if found and not found[1].opens(request.method):
        refuse(403, f"这个令牌的范围是「{found[1].label}」，不能提交")
    return found[0] if found else None, True


def _in_session() -> User | None:
    """The user whom the session's cookie names, where account and device are still good."""
    store = services().store
    user = find_user(store, session.get("user", ""))
    if user is None or not user.active or user.epoch != session.get("epoch"):
        return None
    if "device" not in session:
        _give_device(user)
    return user if "device" not in session or seen_now(store, session["device"], user, now()) else None


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
    except ValidationError as error:
        raise BadRequest("页面已过期（CSRF校验未通过），请刷新页面后重试") from error
