"""Who may call which view. A view without a rule is closed to everybody, so that none is left open by oversight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from flask import Flask, Request, Response, abort, current_app, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFProtect, validate_csrf
from werkzeug.wrappers import Response as BaseResponse
from wtforms.validators import ValidationError

from ..domain.accounts.device import Device, End, Way
from ..domain.accounts.permissions import Permission
from ..domain.accounts.user import User
from ..services.accounts.accounts import find_user
from ..services.accounts.devices import add_earlier_device, end_device, find_device, seen_now
from ..services.accounts.factors import lacks_factor
from ..services.accounts.may import may
from ..services.accounts.tokens import find_token, token_user
from . import bodies
from .context import browser, here, now, services
from .cookies import cookie_name, cookie_path
from .ended_sessions import is_of_own_page, once_signed_in, signed
from .errors import error_page
from .known_devices import keep_known_devices, remember_device
from .proving import note_proof, proved_or_asked
from .refusing import refuse

View = TypeVar("View", bound=Callable[..., Any])
_EVERYBODY: frozenset[Permission] = frozenset()
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_BEARER = "Bearer "
_FOR_TOKENS = "api"
"""The blueprint that bearer tokens open, and nothing else."""
NO_OBJECT = "请求正文应为一个JSON对象"
_FILES = ("files", "libraries")
_WITHOUT_COOKIES = (*_FILES, "health", "metrics")
"""The blueprints whose answers are the same for everybody."""
_OWN_PAGES = ("account", "auth")
"""The blueprints that stay open to whoever has to change the password or turn on a second factor first."""
_csrf = CSRFProtect()


def public(view: View) -> View:
    """Open to everybody, signed in or not."""
    return _with_rule(view, _EVERYBODY)


def for_machines(view: View) -> View:
    """Open to everybody, and nobody asks who it is: what watches the server is answered where the store is away."""
    view.asks_nobody = True  # type: ignore[attr-defined]
    return public(view)


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


def kept_when_signed_out(limit: Callable[[], None], keep: Callable[[User], BaseResponse]) -> Callable[[View], View]:
    """What a browser sends here after its session has ended is kept for the account of that session.

    ``limit`` is called before the body is read, ``keep`` once it is known to come from a page of ours; it answers.
    """

    def told(view: View) -> View:
        view.when_signed_out = limit, keep  # type: ignore[attr-defined]
        return view

    return told


def rule_of(app: Flask, endpoint: str) -> frozenset[Permission] | None:
    """The permissions of which one opens an endpoint, empty for everybody; None where it has no rule."""
    return getattr(app.view_functions[endpoint], "permissions", None)


class _Sessions(SecureCookieSessionInterface):
    """Static files are for everybody and kept by caches on the way: no cookie belongs into their answers.

    Over HTTPS the cookie is ``Secure`` and has the prefix by which browsers take it from this very host over HTTPS
    alone (RFC 6265bis, 4.1.3.2): nobody on the way, nor another host of the domain, can put one in its place.
    """

    def get_cookie_name(self, app: Flask) -> str:
        return cookie_name(super().get_cookie_name(app))

    def get_cookie_path(self, app: Flask) -> str:
        return cookie_path()

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure or super().get_cookie_secure(app)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """As Flask's, which makes what reads a cookie also for who has none: programs with a token."""
        if not request.cookies.get(self.get_cookie_name(app)):
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if request.blueprint not in _WITHOUT_COOKIES:
            super().save_session(app, session, response)


def guard(app: Flask) -> None:
    """Check every request: who asks, whether they may, and that a browser's change comes from our own page."""
    app.session_interface = _Sessions()
    _csrf.init_app(app)
    app.before_request(_check)
    app.extensions["takes_body"] = partial(bodies.takes_body, app, is_let_in)
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
    """Sign a browser out, and end its device, so that a copy of its cookie is worth nothing.

    Where that cannot be noted down (``OSError``) the browser at least holds its cookie no longer.
    """
    device = session.get("device")
    session.clear()
    if device:
        end_device(services().store, device, end, now())


def is_let_in(app: Flask, endpoint: str, method: str, cookies: Mapping[str, str], authorization: str) -> bool:
    """Whether whoever sends these may call a view, as the guard will find: for who must know before there is a request.

    Nothing is noted down: when a device was seen and a token was used the guard notes.
    """
    permissions = rule_of(app, endpoint)
    if permissions is None:
        return False
    blueprint = endpoint.rpartition(".")[0]
    if authorization.startswith(_BEARER):
        person = _by_token(authorization, method) if blueprint == _FOR_TOKENS else None
    else:
        person = _by_cookie(app, cookies, blueprint)
    if person is None and method == "POST" and hasattr(app.view_functions[endpoint], "when_signed_out"):
        found = once_signed_in(app, cookies)
        person = found[0] if found else None
    return not permissions or (person is not None and any(may(person, one) for one in permissions))


def _by_token(authorization: str, method: str) -> User | None:
    found = find_token(services().store, _token(authorization), now())
    return found[0] if found and found[1].opens(method) else None


def _token(authorization: str) -> str:
    return authorization.removeprefix(_BEARER).strip()


def _by_cookie(app: Flask, cookies: Mapping[str, str], blueprint: str) -> User | None:
    for found in signed(app, cookies, int(app.permanent_session_lifetime.total_seconds())):
        person = _holder(found)
        if person is not None and ("device" not in found or _is_good(found["device"], person)):
            return None if _comes_first(person, found, blueprint) else person
    return None


def _is_good(id: str, person: User) -> bool:
    device = find_device(services().store, id, now())
    return device is not None and device.user == person.name and device.end is None


def _with_rule(view: View, permissions: frozenset[Permission]) -> View:
    view.permissions = permissions  # type: ignore[attr-defined]
    return view


def _check() -> BaseResponse | None:
    if request.blueprint in _FILES:  # and so without the store, which may be away
        return None
    if getattr(current_app.view_functions.get(request.endpoint or ""), "asks_nobody", False):
        return None
    g.visitor, by_token = _visitor()
    if request.endpoint is None:
        return None
    permissions = rule_of(current_app, request.endpoint)
    if permissions is None:
        abort(403)
    if permissions and g.visitor is None:
        return _kept_when_signed_out(permissions) or _sign_in_first()
    if permissions and not any(may(g.visitor, one) for one in permissions):
        abort(403)
    bodies.check_size()
    if request.method not in _SAFE_METHODS:
        if not by_token:
            _require_own_page()
        _require_object()
    if not permissions or by_token:
        return None
    return _first_things_first(g.visitor) or _ask_for_proof(g.visitor)


def _first_things_first(user: User) -> BaseResponse | None:
    """The answer that leads somebody to what comes first, if anything does."""
    first = _comes_first(user, session, request.blueprint)
    if first is None:
        return None
    page, sentence = first
    return error_page(403, sentence) if request.blueprint == "api" else redirect(url_for(page))


def _comes_first(user: User, held: Mapping[str, Any], blueprint: str | None) -> tuple[str, str] | None:
    """Where somebody who signed in with a password that others know, or without a needed second factor, goes first.

    A page and why. A phone that an administrator signed in by a code knows no password, and is held up by neither.
    """
    if blueprint in _OWN_PAGES or held.get("way") == Way.CODE:
        return None
    if user.must_change:
        return "account.password", "请先在网页上修改初始密码"
    if lacks_factor(services().store, user):
        return "account.show", "请先在网页上开启二次验证"
    return None


def _ask_for_proof(user: User) -> BaseResponse | None:
    view = current_app.view_functions[request.endpoint or ""]
    return proved_or_asked(user) if getattr(view, "needs_proof", False) else None


def _visitor() -> tuple[User | None, bool]:
    """The user behind the request, and whether by a bearer token, which no other site can make a browser send."""
    header = request.headers.get("Authorization", "")
    if not header.startswith(_BEARER) or request.endpoint is None:
        return _in_session(), False
    if request.blueprint != _FOR_TOKENS:
        refuse(403, "令牌只能用于接口（/api/）；网页请登录后使用")
    found = token_user(services().store, _token(header), now())
    if found and not found[1].opens(request.method):
        refuse(403, f"这个令牌的范围是「{found[1].label}」，不能提交")
    return found[0] if found else None, True


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


def _kept_when_signed_out(permissions: frozenset[Permission]) -> BaseResponse | None:
    """The answer to what is kept for whose session has ended; None where nothing is."""
    keeping = getattr(current_app.view_functions[request.endpoint or ""], "when_signed_out", None)
    found = once_signed_in(current_app, request.cookies) if keeping and request.method == "POST" else None
    if keeping is None or found is None or not any(may(found[0], one) for one in permissions):
        return None
    limit, keep = keeping
    bodies.check_size()
    limit()
    return keep(found[0]) if is_of_own_page(current_app, request.form.get("csrf_token", ""), found[1]) else None


def _sign_in_first() -> BaseResponse:
    if request.blueprint == "api":
        abort(401)
    return redirect(url_for("auth.login", next=here() if request.method == "GET" else None))


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
