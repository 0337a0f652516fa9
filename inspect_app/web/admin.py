"""Administration: accounts, tokens and sites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.wrappers import Response as BaseResponse
from wtforms import PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from ..domain.problems import Problem
from ..domain.searching import found_in
from ..domain.sites import parse_site
from ..services import accounts, places
from ..services.accounts import Role, random_password
from . import access
from .context import now, services, user

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

_SITES_SHOWN = 200
_MAX_CSV_BYTES = 10 * 1024 * 1024


class UserForm(FlaskForm):  # type: ignore[misc]
    """A new account; without a password one is made and shown once."""

    name = StringField("账号")
    title = StringField("姓名")
    role = SelectField("角色", choices=[SelectChoice(role.value, role.label) for role in Role])
    password = PasswordField("密码")


class TokenForm(FlaskForm):  # type: ignore[misc]
    """A new token for an account."""

    user = SelectField("账号")


class SiteForm(FlaskForm):  # type: ignore[misc]
    """One new site; fields are named as the columns of the CSV."""

    code = StringField("编码")
    name = StringField("名称")
    type = SelectField("点位类型")
    area = SelectField("区域")
    lat = StringField("纬度(WGS-84)")
    lon = StringField("经度(WGS-84)")


class ImportForm(FlaskForm):  # type: ignore[misc]
    """A CSV file."""

    file = FileField("CSV文件")


@blueprint.get("/")
@access.allowed(Role.ADMINISTRATOR)
def overview() -> str:
    store = services().store
    return render_template(
        "admin/overview.html",
        users=Counter(found.role for found in accounts.all_users(store) if found.active),
        tokens=sum(stored.document["state"] == "active" for stored in accounts.all_tokens(store)),
        sites=len(places.all_sites(store, active_only=True)),
        areas=len(places.area_tree(store)),
        checklists=services().library.current.values(),
    )


@blueprint.get("/users")
@access.allowed(Role.ADMINISTRATOR)
def users() -> Response:
    return _users_page(UserForm(meta={"csrf": False}))


@blueprint.post("/users")
@access.allowed(Role.ADMINISTRATOR)
def add_user() -> Response:
    form = UserForm(meta={"csrf": False})
    password = form.password.data or random_password()
    name, role, title = (form.name.data or "").strip().lower(), form.role.data or "", (form.title.data or "").strip()
    added = accounts.add_user(services().store, name, role, password, now(), title)
    if isinstance(added, list):
        return _users_page(form, added)
    return _users_page(UserForm(None, meta={"csrf": False}), secret=("账号", added.name, password))


@blueprint.post("/users/<name>/password")
@access.allowed(Role.ADMINISTRATOR)
def reset_password(name: str) -> Response:
    """A new random password, shown once; the account is signed out everywhere."""
    password = random_password()
    if problems := accounts.set_password(services().store, name, password):
        return _users_page(UserForm(None, meta={"csrf": False}), problems)
    return _users_page(UserForm(None, meta={"csrf": False}), secret=("账号", name, password))


@blueprint.post("/users/<name>/<any(block, unblock):act>")
@access.allowed(Role.ADMINISTRATOR)
def set_active(name: str, act: str) -> BaseResponse:
    if name == user().name:
        return _users_page(UserForm(None, meta={"csrf": False}), [Problem("账号", "不能停用自己的账号")])
    if problems := accounts.set_active(services().store, name, act == "unblock"):
        return _users_page(UserForm(None, meta={"csrf": False}), problems)
    return redirect(url_for("admin.users"), 303)


@blueprint.get("/tokens")
@access.allowed(Role.ADMINISTRATOR)
def tokens() -> Response:
    return _tokens_page()


@blueprint.post("/tokens")
@access.allowed(Role.ADMINISTRATOR)
def add_token() -> Response:
    name = TokenForm(meta={"csrf": False}).user.data or ""
    made = accounts.add_token(services().store, name, now())
    return _tokens_page(made) if isinstance(made, list) else _tokens_page(secret=("令牌", name, made))


@blueprint.post("/tokens/<number>/revoke")
@access.allowed(Role.ADMINISTRATOR)
def revoke_token(number: str) -> BaseResponse:
    problems = accounts.revoke_token(services().store, number)
    return _tokens_page(problems) if problems else redirect(url_for("admin.tokens"), 303)


@blueprint.get("/sites")
@access.allowed(Role.ADMINISTRATOR)
def sites() -> Response:
    """The sites; ``q`` finds them by words in code, name, type and area."""
    return _sites_page(_site_form(None))


@blueprint.post("/sites")
@access.allowed(Role.ADMINISTRATOR)
def add_site() -> BaseResponse:
    form, store = _site_form(), services().store
    row = {name: field.data or "" for name, field in form._fields.items()}
    site = parse_site(row, "点位", services().library.current.keys(), _area_codes())
    if isinstance(site, list):
        return _sites_page(form, site)
    if places.find_site(store, site.code):
        return _sites_page(form, [Problem("点位 code", f"编码「{site.code}」已经存在")])
    places.keep_site(store, site)
    return redirect(url_for("admin.sites"), 303)


@blueprint.post("/sites/import")
@access.allowed(Role.ADMINISTRATOR)
def import_sites() -> Response:
    text = _uploaded_text()
    if isinstance(text, Problem):
        return _sites_page(_site_form(None), [text])
    changed = places.import_sites(services().store, text, "上传的文件", services().library.current)
    if isinstance(changed, list):
        return _sites_page(_site_form(None), changed)
    return _sites_page(_site_form(None), done=f"已导入：新增或更改 {changed} 个点位")


@blueprint.post("/sites/<code>/<any(retire, reopen):act>")
@access.allowed(Role.ADMINISTRATOR)
def set_site_state(code: str, act: str) -> BaseResponse:
    """Take a site off the list, or put it back. Its inspections stay as they are."""
    site = places.find_site(services().store, code)
    if site is None:
        abort(404, f"没有点位「{code}」")
    places.keep_site(services().store, replace(site, state="active" if act == "reopen" else "retired"))
    return redirect(url_for("admin.sites"), 303)


def _users_page(
    form: UserForm, problems: Iterable[Problem] = (), secret: tuple[str, str, str] | None = None
) -> Response:
    return _page("admin/users.html", problems, form=form, users=accounts.all_users(services().store), secret=secret)


def _tokens_page(problems: Iterable[Problem] = (), secret: tuple[str, str, str] | None = None) -> Response:
    store = services().store
    form = TokenForm(None, meta={"csrf": False})
    form.user.choices = [
        SelectChoice(one.name, f"{one.name}({one.role.label})") for one in accounts.all_users(store) if one.active
    ]
    return _page("admin/tokens.html", problems, form=form, tokens=accounts.all_tokens(store), secret=secret)


def _sites_page(form: SiteForm, problems: Iterable[Problem] = (), done: str = "") -> Response:
    tree, query = places.area_tree(services().store), request.args.get("q", "").strip()[:100]
    types = {checklist.id: checklist.title for checklist in services().library.current.values()}
    found = [
        site
        for site in places.all_sites(services().store)
        if found_in(query, (site.code, site.name, types.get(site.site_type, ""), tree.full_name(site.area)))
    ]
    return _page(
        "admin/sites.html",
        problems,
        form=form,
        upload=ImportForm(None, meta={"csrf": False}),
        sites=found[:_SITES_SHOWN],
        total=len(found),
        query=query,
        tree=tree,
        types=types,
        done=done,
    )


def _page(template: str, problems: Iterable[Problem], **more: object) -> Response:
    listed = list(problems)
    return make_response(render_template(template, problems=listed, **more), 422 if listed else 200)


_AS_SENT = object()


def _site_form(data: object = _AS_SENT) -> SiteForm:
    """The form of a new site: with what was sent, or empty for ``None``."""
    form = SiteForm(meta={"csrf": False}) if data is _AS_SENT else SiteForm(None, meta={"csrf": False})
    tree = places.area_tree(services().store)
    form.type.choices = [
        SelectChoice(checklist.id, checklist.title) for checklist in services().library.current.values()
    ]
    form.area.choices = [SelectChoice(area.code, tree.full_name(area.code)) for area in tree if len(area.code) >= 9]
    return form


def _area_codes() -> set[str]:
    return {area.code for area in places.area_tree(services().store)}


def _uploaded_text() -> str | Problem:
    """The text of the uploaded CSV: UTF-8, or GB 18030 as Excel saves it in China."""
    file = request.files.get("file")
    content = file.read(_MAX_CSV_BYTES + 1) if file else b""
    if not content:
        return Problem("CSV文件", "没有选择文件，或文件是空的")
    if len(content) > _MAX_CSV_BYTES:
        return Problem("CSV文件", f"超过{_MAX_CSV_BYTES // 1024 // 1024}MB")
    return places.csv_text(content)
