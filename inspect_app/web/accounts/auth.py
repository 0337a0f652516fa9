"""Signing in and out."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.wrappers import Response as BaseResponse
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from ...domain.accounts.device import Way
from ...domain.accounts.permissions import Permission
from ...services.accounts import accounts
from ...services.accounts.devices import add_device
from .. import access
from ..context import browser, may, now, services
from ..refusing import refuse

blueprint = Blueprint("auth", __name__)

# Failures only. Per account against guessing one password; per address, more widely because an office shares one,
# against trying one password on many accounts. Kept in memory: a restart forgives, an attacker cannot restart us.
_PER_ACCOUNT = RateLimitItemPerMinute(5, 5, namespace="account")
_PER_ADDRESS = RateLimitItemPerMinute(50, 5, namespace="address")
_failures = FixedWindowRateLimiter(MemoryStorage())
_HOMES = {
    Permission.ACCOUNT_MANAGE: "admin.overview",
    Permission.INSPECTION_SEND: "field.sites",
    Permission.FINDING_DECIDE: "review.photo_log",
    Permission.CASE_HANDLE: "unit.cases",
}
"""The first page of whoever may do the thing; the first that fits."""


class LoginForm(FlaskForm):  # type: ignore[misc]
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
    name, address = form.name.data.strip().lower(), request.remote_addr or ""
    if not (_failures.test(_PER_ACCOUNT, name) and _failures.test(_PER_ADDRESS, address)):
        refuse(429, "登录失败次数过多，请五分钟后再试")
    user = accounts.signed_in(services().store, name, form.password.data)
    if user is None:
        _failures.hit(_PER_ACCOUNT, name)
        _failures.hit(_PER_ADDRESS, address)
        form.password.errors = ["账号或密码不对"]
        return _page(form, 401)
    access.begin_session(user, add_device(services().store, user, browser(), Way.PASSWORD, now()))
    return redirect(own_path(request.args.get("next")) or url_for("auth.home"))


@blueprint.post("/logout")
@access.public
def logout() -> BaseResponse:
    access.end_session()
    return redirect(url_for("auth.login"))


def _page(form: LoginForm, status: int) -> Response:
    return make_response(render_template("accounts/login.html", form=form), status)


def own_path(path: str | None) -> str | None:
    """A path of this site, never another site's address (``//host``, ``/\\host``)."""
    inside = path and path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if inside else None
