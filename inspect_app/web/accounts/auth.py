"""Signing in and out: password, then a second factor where the account has one; or a passkey alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from ...domain.accounts.device import Way
from ...domain.accounts.permissions import Permission
from ...domain.accounts.user import User
from ...services.accounts.accounts import find_user
from ...services.accounts.devices import add_device
from ...services.accounts.factors import factors_of
from ...services.accounts.passkeys import authenticated, authentication_options
from ...services.accounts.signing_in import Wait, try_code, try_password
from ...services.accounts.throttle import keys_of
from .. import access
from ..context import browser, may, now, services
from ..errors import error_page
from ..forms import PageForm
from ..known_devices import known_device
from ..own_path import way_back
from ..proving import wait_words
from .challenges import json_answer, new_challenge, passkeys_possible, site, taken_answer

blueprint = Blueprint("auth", __name__)

_PENDING, _PENDING_LASTS = "pending", timedelta(minutes=5)
"""In the session: who has given the right password and not yet a second factor, and for how long that is good."""
_HOMES = {
    Permission.ACCOUNT_MANAGE: "admin.overview",
    Permission.INSPECTION_SEND: "field.sites",
    Permission.FINDING_DECIDE: "review.photo_log",
    Permission.CASE_HANDLE: "unit.cases",
}
"""The first page of whoever may do the thing; the first that fits."""
_RETIRED = "这个账号所属的责任单位已停用，不能登录；请联系管理员"


class LoginForm(PageForm):
    """Account and password."""

    name = StringField("账号", validators=[InputRequired("请输入账号"), Length(max=64)])
    password = PasswordField("密码", validators=[InputRequired("请输入密码"), Length(max=256)])


@blueprint.get("/")
@access.public
def home() -> BaseResponse:
    """Everyone's own first page; the published index for visitors."""
    return redirect(url_for(next((page for wanted, page in _HOMES.items() if may(wanted)), "index.latest")))


@blueprint.route("/login", methods=["GET", "POST"])
@access.public
def login() -> BaseResponse:
    form = LoginForm(meta={"csrf": False})  # the guard has checked the token
    if not form.validate_on_submit():
        return _page(form, 200 if request.method == "GET" else 422)
    name = form.name.data.strip().lower()
    keys = keys_of(services().tries_key, name, request.remote_addr or "", known_device(name))
    user = try_password(services().store, name, form.password.data, keys, now())
    if isinstance(user, Wait):
        return _wait(_refused(form, wait_words(user), 429), user)
    if user is None or not user.active:
        retired = user is not None and user.retired
        return _refused(form, _RETIRED if retired else "账号或密码不对", 403 if retired else 401)
    if not factors_of(services().store, name).on:
        return _enter(user, Way.PASSWORD)
    session[_PENDING] = {"user": user.name, "epoch": user.epoch, "at": int(now().timestamp())}
    return redirect(url_for("auth.second", next=_next()), 303)


@blueprint.route("/login/second", methods=["GET", "POST"])
@access.public
def second() -> BaseResponse:
    """The second step: a code of the app, a recovery code, or a passkey."""
    user = _pending()
    if user is None:
        return redirect(url_for("auth.login", next=_next()), 303)
    code = request.form.get("code", "")[:64]
    if request.method == "GET" or not code.strip():
        return _second_page(user, "" if request.method == "GET" else "请输入验证码", 200)
    right = try_code(services(), user, code, now())
    if isinstance(right, Wait):
        return _wait(_second_page(user, wait_words(right), 429), right)
    return _enter(user, Way.PASSWORD) if right else _second_page(user, "验证码不对，或已经用过", 401)


@blueprint.post("/login/passkey/options")
@access.public
def passkey_options() -> Response:
    """What the browser is to ask a passkey: one of the account whose password was right, or any."""
    user = _pending()
    factors = factors_of(services().store, user.name) if user else None
    return json_answer(authentication_options(site(), new_challenge(), factors))


@blueprint.post("/login/passkey")
@access.public
def passkey() -> Response:
    """Sign in by a passkey, which stands for password and second factor."""
    answered = taken_answer()
    if answered is None:
        return error_page(400, "没有等待中的登录，请刷新页面后再试")
    user, pending = authenticated(services().store, site(), *answered), _pending()
    if user is None or (pending and pending.name != user.name):
        return error_page(401, "这个通行密钥不能登录，请改用密码")
    return jsonify(next=_enter(user, Way.PASSKEY).location)


@blueprint.post("/logout")
@access.public
def logout() -> BaseResponse:
    access.end_session()
    return redirect(url_for("auth.login"))


def _enter(user: User, way: Way) -> BaseResponse:
    access.begin_session(user, add_device(services().store, user, browser(), way, now()))
    return redirect(_next() or url_for("auth.home"))


def _pending() -> User | None:
    """Who has given the right password a moment ago, and is still the same."""
    found = session.get(_PENDING)
    if not found or now() - datetime.fromtimestamp(found["at"], UTC) > _PENDING_LASTS:
        return None
    user = find_user(services().store, found["user"])
    return user if user and user.active and user.epoch == found["epoch"] else None


def _next() -> str | None:
    return way_back("next")


def _refused(form: LoginForm, sentence: str, status: int) -> Response:
    form.password.errors = [sentence]
    return _page(form, status)


def _page(form: LoginForm, status: int) -> Response:
    possible = passkeys_possible()
    page = render_template("accounts/login.html", form=form, next=_next(), passkeys_possible=possible)
    return make_response(page, status)


def _second_page(user: User, problem: str, status: int) -> Response:
    factors = factors_of(services().store, user.name)
    page = render_template("accounts/second.html", factors=factors, problem=problem, next=_next())
    return make_response(page, status)


def _wait(answer: Response, wait: Wait) -> Response:
    answer.headers["Retry-After"] = str(wait.seconds)
    return answer
