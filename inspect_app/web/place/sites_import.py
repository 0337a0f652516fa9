"""The page on which an administrator imports sites: upload, see what would change, take it over or not."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from ...domain.accounts.permissions import Permission
from ...domain.place.coordinates import SYSTEM_TITLES
from ...domain.place.site_files import ALIASES, SiteFile
from ...domain.problems import Problem
from ...exports.place.site_tables import read_sites
from ...services import uploads
from ...services.place import register, sites_importing
from .. import access, bodies
from ..context import now, services, user
from ..uploaded import uploaded

blueprint = Blueprint("sites_import", __name__, url_prefix="/admin/sites/import")

_ROWS_SHOWN = 200
_FILE = "上传的文件"
_TAKEN = "sites_imported"


@blueprint.get("")
@access.allowed(Permission.SITE_MANAGE)
def show() -> Response:
    """The form, and once what was just taken over."""
    return _form(done=session.pop(_TAKEN, ""))


@blueprint.post("")
@access.allowed(Permission.SITE_MANAGE)
@bodies.takes_files
def preview() -> Response:
    """What a file would change: a new one, or one sent before (``draft``) in another coordinate system."""
    system, (file, content) = request.form.get("system", ""), _sent()
    if isinstance(content, Problem):
        return _form([content])
    if system not in SYSTEM_TITLES:
        return _form([Problem("sites.system_wanted")])
    read = read_sites(content, file)
    found = read if isinstance(read, list) else sites_importing.preview_sites(services(), read, system)
    if isinstance(found, list):
        return _form(found)
    page = render_template(
        "place/sites-import-preview.html",
        preview=found,
        file=file,
        draft=uploads.keep(services(), uploads.SITES, content),
        systems=SYSTEM_TITLES,
        tree=register.area_tree(services().store),
        types={checklist.id: checklist.title for checklist in services().library.current.values()},
        shown=_ROWS_SHOWN,
    )
    return make_response(page, 422 if found.problems else 200)


@blueprint.post("/take")
@access.allowed(Permission.SITE_MANAGE)
def take() -> BaseResponse:
    """Take over a file as it was shown; 409 where it would do something else by now."""
    system, digest, (file, content) = request.form.get("system", ""), request.form.get("digest", ""), _sent()
    read = [content] if isinstance(content, Problem) else read_sites(content, file)
    if not isinstance(read, SiteFile) or isinstance(content, Problem):
        return _form(read if isinstance(read, list) else [])
    if system not in SYSTEM_TITLES:
        return _form([Problem("sites.system_wanted")])
    draft, reason = request.form.get("draft", ""), sites_importing.reason_of(file, content, system)
    taken = sites_importing.take_draft(services(), user().name, draft, read, system, digest, reason, now())
    if isinstance(taken, list):
        return _form(taken)
    session[_TAKEN] = f"已导入{file}：新增或更改 {taken} 个点位"
    return redirect(url_for("sites_import.show"), 303)


def _sent() -> tuple[str, bytes | Problem]:
    """Name and content of the file: uploaded, or kept from before."""
    if draft := request.form.get("draft", ""):
        return request.form.get("name", "")[:100] or _FILE, sites_importing.draft(services(), draft)
    sent = uploaded(sites_importing.MAX_BYTES)
    name = sent.name or _FILE
    if sent.too_large:
        megabytes = sites_importing.MAX_BYTES // 1024 // 1024
        return name, Problem("sites.file_too_large", details={"file": name, "megabytes": megabytes})
    return name, sent.content or Problem("place.file_wanted")


def _form(problems: Iterable[Problem] = (), done: str = "") -> Response:
    listed = list(problems)
    page = render_template(
        "place/sites-import.html",
        problems=listed,
        done=done,
        systems=SYSTEM_TITLES,
        system=request.form.get("system", ""),
        columns=ALIASES,
        types=services().library.current.values(),
    )
    return make_response(page, 422 if listed else 200)
