"""Checklists for reading: the catalogue with its search, one checklist in any version, and its paper form."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_wtf.file import FileField
from werkzeug.wrappers import Response as BaseResponse

from ...collections.checklists.draft import DRAFTS
from ...domain.accounts.permissions import Permission
from ...domain.checklists.checklist import Checklist
from ...domain.checklists.coverage import coverage
from ...domain.checklists.differences import diff_checklists
from ...domain.checklists.draft import Draft
from ...domain.checklists.references import grades_of
from ...domain.checklists.searching import matching_clauses, matching_items
from ...domain.checklists.toml import checklist_to_toml, leading_comment
from ...domain.problems import Problem
from ...exports.checklists.xlsform import xlsform_workbook
from ...exports.checklists.xlsx import checklist_workbook, parse_checklist_xlsx
from ...services.evidence.references import references_of
from ...store import Stale
from .. import access, bodies
from ..context import now, services, user
from ..downloads import XLSX, download
from ..forms import PageForm
from ..refusing import refuse
from ..uploaded import uploaded

blueprint = Blueprint("checklists", __name__, url_prefix="/checklists")

_MAX_UPLOAD_BYTES = 5 * 1024 * 1024


class UploadForm(PageForm):
    """An edited workbook."""

    file = FileField("修改后的表格（XLSX）")


@blueprint.get("/")
@access.allowed(Permission.CHECKLIST_READ)
def catalogue() -> str:
    """All checklists and clauses; ``q`` finds items and clauses by words or clause number."""
    library, query = services().library, request.args.get("q", "").strip()[:100]
    rows = {row.clause.number: row for row in coverage(library.plan, library.current)}
    return render_template(
        "checklists/catalogue.html",
        query=query,
        checklists=library.current,
        items=matching_items(query, library.current) if query else [],
        clauses=[rows[clause.number] for clause in matching_clauses(query, library.plan)],
        plan=library.plan,
    )


@blueprint.get("/<id>")
@access.allowed(Permission.CHECKLIST_READ)
def show(id: str) -> str:
    """One checklist, in force or in the version that ``version`` names."""
    checklist = one(id, request.args.get("version"))
    return render_template(
        "checklists/show.html",
        checklist=checklist,
        in_force=services().library.current.get(id),
        versions=services().library.versions_of(id),
        editions=services().library.editions_of(id),
    )


@blueprint.get("/<id>/paper")
@access.allowed(Permission.CHECKLIST_READ)
def paper(id: str) -> str:
    """The checklist to print on A4 and fill in by hand, for where phones are not allowed, with its reference photos."""
    checklist = one(id, request.args.get("version"))
    shown = references_of(services(), checklist)
    grades = {item: grades_of(checklist, item) for item in {reference.item for reference in shown}}
    return render_template("checklists/paper.html", checklist=checklist, references=shown, grades=grades)


@blueprint.get("/<id>/diff")
@access.allowed(Permission.CHECKLIST_READ)
def diff(id: str) -> str:
    """What changed from version ``old`` to version ``new``."""
    old, new = one(id, request.args.get("old", "")), one(id, request.args.get("new", ""))
    return render_template("checklists/diff.html", old=old, new=new, changes=diff_checklists(old, new))


@blueprint.get("/<id>.xlsx")
@access.allowed(Permission.CHECKLIST_READ)
def workbook(id: str) -> Response:
    """The checklist as a workbook, to be edited and uploaded again."""
    checklist = one(id, request.args.get("version"))
    return download(checklist_workbook(checklist), XLSX, f"{id}-{checklist.version}.xlsx")


@blueprint.get("/<id>/xlsform.xlsx")
@access.allowed(Permission.CHECKLIST_READ)
def xlsform(id: str) -> Response:
    """The checklist as an XLSForm, for ODK and KoboToolbox."""
    checklist = one(id, request.args.get("version"))
    return download(xlsform_workbook(checklist), XLSX, f"{id}-xlsform-{checklist.version}.xlsx")


@blueprint.get("/upload")
@access.allowed(Permission.CHECKLIST_MANAGE)
def upload() -> Response:
    return _upload_page()


@blueprint.post("/upload")
@access.allowed(Permission.CHECKLIST_MANAGE)
@bodies.takes_files
def preview() -> Response:
    """Read an edited workbook and show what it would change. Nothing is in force before it is taken over."""
    sent = uploaded(_MAX_UPLOAD_BYTES)
    if not sent.content:
        return _upload_page(
            [Problem("checklists.table_wanted", details={"megabytes": _MAX_UPLOAD_BYTES // 1024 // 1024})]
        )
    checklist = parse_checklist_xlsx(sent.content, sent.name or "上传的表格", services().library.plan)
    if isinstance(checklist, list):
        return _upload_page(checklist)
    old = services().library.checklists.get(checklist.id)
    text = checklist_to_toml(checklist, leading_comment(services().library.text(checklist.id)))
    draft = Draft(checklist.id, text, old.version if old else None, user().name, now())
    id = f"{checklist.version}-{draft.instead_of or 'new'}"
    DRAFTS.put_once(services().store, id, draft, same_by="toml")
    page = render_template(
        "checklists/preview.html",
        draft=id,
        old=old,
        new=checklist,
        changes=diff_checklists(old, checklist) if old else [],
    )
    return make_response(page)


@blueprint.post("/take")
@access.allowed(Permission.CHECKLIST_MANAGE)
def take() -> BaseResponse:
    """Put a previewed checklist in force. 409 where the one it was compared with is in force no longer."""
    library, kept = services().library, DRAFTS.get(services().store, request.form.get("draft", "")[:100] or "-")
    if kept is None:
        return _upload_page([Problem("checklists.table_gone")])
    draft = kept.value
    library.look_again()
    number, in_force = library.number(draft.checklist), library.checklists.get(draft.checklist)
    if (in_force.version if in_force else None) != draft.instead_of:
        raise Stale(f"{DRAFTS.name}/{kept.id}")
    why = request.form.get("reason", "").strip()[:200]
    if problems := library.keep(draft.checklist, draft.toml, user().name, now(), why, expected=number):
        return _upload_page(problems)
    is_shown = draft.checklist in library.current
    return redirect(url_for("checklists.show", id=draft.checklist) if is_shown else url_for("checklists.upload"), 303)


def _upload_page(problems: Sequence[Problem] = ()) -> Response:
    page = render_template(
        "checklists/upload.html",
        form=UploadForm(None, meta={"csrf": False}),
        problems=problems,
        checklists=services().library.current,
        wrong=services().library.problems,
        newer=services().library.with_newer_start(),
    )
    return make_response(page, 422 if problems else 200)


def one(id: str, version: str | None = None) -> Checklist:
    """A site type's checklist, in force or in a named version; 404 where there is none."""
    library = services().library
    found = library.version(version) if version else library.current.get(id)
    if found is None or found.id != id:
        refuse(404, f"没有清单「{id}」" + (f"的版本「{version}」" if version else ""))
    return found
