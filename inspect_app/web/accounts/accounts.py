"""Administration: accounts, what is asked of them, and tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse
from wtforms import IntegerField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice

from ...domain.accounts.permissions import SCOPED, Permission, Role
from ...domain.accounts.token import LIFETIME, TokenScope
from ...domain.problems import Problem
from ...services.accounts import accounts, tokens
from ...services.accounts.factors import account_rules, factors_of, require_second_factor, reset_factors
from ...services.accounts.passwords import random_password
from ...services.accounts.units import all_units, unit_names
from ...services.place import register
from .. import access
from ..context import now, services, user
from ..forms import PageForm

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
_SCOPE_DIGITS = (6, 9)
"""Districts and streets; other areas are given on the command line."""


class UserForm(PageForm):
    """A new account; without a password one is made and shown once."""

    name = StringField("账号")
    title = StringField("姓名")
    role = SelectField("角色", choices=[SelectChoice(role.value, role.label) for role in Role])
    unit = SelectField("责任单位", validate_choice=False)
    scope = SelectMultipleField("范围", validate_choice=False)
    password = PasswordField("密码")


class ScopeForm(PageForm):
    """The areas that an account is held to."""

    scope = SelectMultipleField("范围", validate_choice=False)


class TokenForm(PageForm):
    """A new token for an account: what for, and for how many days."""

    user = SelectField("账号")
    scope = SelectField("范围", choices=[SelectChoice(scope.value, scope.label) for scope in TokenScope])
    days = IntegerField("有效天数")


@blueprint.get("/")
@access.allowed(Permission.ACCOUNT_MANAGE)
def overview() -> str:
    store = services().store
    return render_template(
        "accounts/overview.html",
        users=Counter(found.role for found in accounts.all_users(store) if found.active),
        tokens=sum(token.end is None for token in tokens.all_tokens(store, now())),
        unguarded=not factors_of(store, user().name).on,
        sites=len(register.all_sites(store, active_only=True)),
        areas=len(register.area_tree(store)),
        checklists=services().library.current.values(),
    )


@blueprint.get("/users")
@access.allowed(Permission.ACCOUNT_MANAGE)
def users() -> Response:
    return _users_page(UserForm(meta={"csrf": False}))


@blueprint.post("/users")
@access.allowed(Permission.ACCOUNT_MANAGE)
@access.recently_proved
def add_user() -> Response:
    form = UserForm(meta={"csrf": False})
    password = form.password.data or random_password()
    name, role, title = (form.name.data or "").strip().lower(), form.role.data or "", (form.title.data or "").strip()
    unit = (form.unit.data or "") if role == Role.UNIT else ""
    areas = register.area_tree(services().store)
    scope = form.scope.data or ()
    added = accounts.add_user(
        services().store, name, role, password, now(), title, unit, scope, areas, by=user().name, must_change=True
    )
    if isinstance(added, list):
        return _users_page(form, added)
    return _users_page(UserForm(None, meta={"csrf": False}), secret=("账号", added.name, password))


@blueprint.post("/users/<name>/password")
@access.allowed(Permission.ACCOUNT_MANAGE)
@access.recently_proved
def reset_password(name: str) -> Response:
    """A new random password, shown once; the account is signed out everywhere, its tokens end."""
    password = random_password()
    if problems := accounts.set_password(services().store, name, password, now(), by=user().name, must_change=True):
        return _users_page(UserForm(None, meta={"csrf": False}), problems)
    return _users_page(UserForm(None, meta={"csrf": False}), secret=("账号", name, password))


@blueprint.post("/users/<name>/<any(block, unblock):act>")
@access.allowed(Permission.ACCOUNT_MANAGE)
@access.recently_proved
def set_active(name: str, act: str) -> BaseResponse:
    if name == user().name:
        return _users_page(UserForm(None, meta={"csrf": False}), [Problem("accounts.own_account")])
    if problems := accounts.set_active(services().store, name, act == "unblock", now(), by=user().name):
        return _users_page(UserForm(None, meta={"csrf": False}), problems)
    return redirect(url_for("admin.users"), 303)


@blueprint.post("/users/<name>/scope")
@access.allowed(Permission.ACCOUNT_MANAGE)
@access.recently_proved
def set_scope(name: str) -> BaseResponse:
    """Hold an account to some areas, or to none."""
    scope, areas = ScopeForm(meta={"csrf": False}).scope.data or (), register.area_tree(services().store)
    if problems := accounts.set_scope(services().store, user().name, name, scope, areas, now()):
        return _users_page(UserForm(None, meta={"csrf": False}), problems)
    return redirect(url_for("admin.users", _anchor=f"user-{name}"), 303)


@blueprint.post("/users/<name>/second-factor/reset")
@access.allowed(Permission.ACCOUNT_MANAGE)
@access.recently_proved
def reset_second_factor(name: str) -> BaseResponse:
    """Turn off the second factors of somebody who lost them."""
    reset_factors(services().store, name, now(), user().name)
    return redirect(url_for("admin.users", _anchor=f"user-{name}"), 303)


@blueprint.post("/second-factor")
@access.allowed(Permission.ACCOUNT_MANAGE)
@access.recently_proved
def set_second_factor() -> BaseResponse:
    """Of which roles a second factor is asked."""
    asked = request.form.getlist("role")
    require_second_factor(services().store, [role for role in Role if role in asked], now(), user().name)
    return redirect(url_for("admin.users", _anchor="second-factor"), 303)


@blueprint.get("/tokens", endpoint="tokens")
@access.allowed(Permission.ACCOUNT_MANAGE)
def show_tokens() -> Response:
    return _tokens_page(TokenForm(None, meta={"csrf": False}))


@blueprint.post("/tokens")
@access.allowed(Permission.ACCOUNT_MANAGE)
@access.recently_proved
def add_token() -> Response:
    form = TokenForm(meta={"csrf": False})
    name, scope = form.user.data or "", form.scope.data or TokenScope.SUBMIT
    days = form.days.data if request.form.get("days") else LIFETIME.days
    if scope not in list(TokenScope) or days is None or not abs(days) < 10_000:
        return _tokens_page(form, [Problem("accounts.token_form_wrong")])
    made = tokens.add_token(
        services().store, name, now(), by=user().name, scope=TokenScope(scope), lifetime=timedelta(days=days)
    )
    if isinstance(made, list):
        return _tokens_page(form, made)
    return _tokens_page(TokenForm(None, meta={"csrf": False}), secret=("令牌", name, made))


@blueprint.post("/tokens/<number>/revoke")
@access.allowed(Permission.ACCOUNT_MANAGE)
def revoke_token(number: str) -> BaseResponse:
    problems = tokens.revoke_token(services().store, number, now(), by=user().name)
    if problems:
        return _tokens_page(TokenForm(None, meta={"csrf": False}), problems)
    return redirect(url_for("admin.tokens"), 303)


def _users_page(
    form: UserForm, problems: Iterable[Problem] = (), secret: tuple[str, str, str] | None = None
) -> Response:
    store = services().store
    units = [SelectChoice(kept.unit.id, kept.unit.name) for kept in all_units(store, active_only=True)]
    form.unit.choices = [SelectChoice("", "（角色为责任单位时选择）"), *units]
    tree, users = register.area_tree(store), accounts.all_users(store)
    areas = [area for area in tree if len(area.code) in _SCOPE_DIGITS]
    form.scope.choices = [SelectChoice(area.code, tree.full_name(area.code)) for area in areas]
    return _page(
        "accounts/users.html",
        problems,
        form=form,
        users=users,
        guarded={one.name for one in users if factors_of(store, one.name).on},
        rules=account_rules(store),
        names=unit_names(store),
        secret=secret,
        tree=tree,
        areas=areas,
        scoped_roles=SCOPED,
    )


def _tokens_page(
    form: TokenForm, problems: Iterable[Problem] = (), secret: tuple[str, str, str] | None = None
) -> Response:
    store = services().store
    form.user.choices = [
        SelectChoice(one.name, f"{one.name}({one.role.label})") for one in accounts.all_users(store) if one.active
    ]
    if not form.days.data:
        form.days.data = LIFETIME.days
    return _page("accounts/tokens.html", problems, form=form, tokens=tokens.all_tokens(store, now()), secret=secret)


def _page(template: str, problems: Iterable[Problem], **more: object) -> Response:
    listed = list(problems)
    return make_response(render_template(template, problems=listed, **more), 422 if listed else 200)
