"""Reference photos: the office's page of each checklist, and what phones show of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_wtf.file import FileField
from werkzeug.wrappers import Response as BaseResponse

from ...domain.accounts.permissions import Permission
from ...domain.checklists.checklist import Checklist
from ...domain.checklists.references import (
    MOST_BYTES,
    MOST_CAPTION,
    MOST_OF_GRADE,
    MOST_REFERENCES,
    Reference,
    grades_of,
)
from ...domain.evidence.photo import is_sha256
from ...domain.problems import Problem
from ...services.accounts.accounts import all_users
from ...services.evidence.receiving import PHOTO, Received, quota_problem, receive
from ...services.evidence.redacting import finished_redaction
from ...services.evidence.references import (
    Candidate,
    adopt,
    candidates,
    drop,
    note_upload,
    picture,
    recaption,
    references_of,
    restore,
    sets_of,
    uploads_of,
)
from .. import access, bodies
from ..checklists.pages import one
from ..context import now, services, this_week, user
from ..forms import PageForm
from ..numbers import is_number
from ..pictures import picture as picture_answer
from ..refusing import refuse
from ..uploaded import uploaded

blueprint = Blueprint("references", __name__)


class ReferenceForm(PageForm):
    """A photo to become a reference."""

    file = FileField("照片")


@blueprint.get("/checklists/<id>/references")
@access.allowed(Permission.REFERENCE_MANAGE)
def edit(id: str) -> Response:
    """The references of a checklist, what may become one, and what was changed."""
    return _page(one(id))


@blueprint.post("/checklists/<id>/references")
@access.allowed(Permission.REFERENCE_MANAGE)
def change(id: str) -> BaseResponse:
    """Adopt, recaption, remove or restore (``act``). 409 where somebody else changed something since."""
    checklist = one(id)
    act, number = _ACTS.get(request.form.get("act", "")), request.form.get("number", "")
    if act is None or not is_number(number):
        refuse(400, "没有这个操作，请从参照照片的页面提交")
    problems = act(checklist, int(number))
    return _page(checklist, problems) if problems else redirect(url_for("references.edit", id=id), 303)


@blueprint.post("/checklists/<id>/references/uploads")
@access.allowed(Permission.REFERENCE_MANAGE)
@bodies.takes_files
def upload(id: str) -> BaseResponse:
    """Take a photo in as every photo is; it becomes a reference when it is redacted."""
    checklist, taken = one(id), _received()
    if isinstance(taken, Problem):
        return _page(checklist, [taken])
    noted = note_upload(services(), user().name, checklist, request.form.get("item", ""), taken.sha256, now())
    if isinstance(noted, list):
        return _page(checklist, noted)
    return redirect(url_for("redaction.edit", id=noted, sha256=taken.sha256), 303)


@blueprint.get("/field/references/<id>")
@access.allowed(Permission.INSPECTION_SEND, Permission.REFERENCE_MANAGE)
def show(id: str) -> str:
    """The references of a checklist for whoever judges by it, in the version that ``version`` names."""
    checklist = one(id, request.args.get("version"))
    return render_template("evidence/references/show.html", checklist=checklist, shown=by_item(checklist))


@blueprint.get("/field/references/pictures/<sha256>.jpg")
@access.allowed(Permission.INSPECTION_SEND, Permission.REFERENCE_MANAGE)
def small(sha256: str) -> Response:
    """A picture of a reference."""
    return picture_answer(picture(services(), sha256) if is_sha256(sha256) else None, sha256)


def _received() -> Received | Problem:
    content = uploaded().content
    if not content:
        return Problem("references.no_picture")
    return quota_problem(services(), user().name, len(content), now()) or receive(services(), PHOTO, content)


def by_item(checklist: Checklist) -> dict[str, list[dict[str, str]]]:
    """What phones show of each item's references: grade, caption, and the address of the picture."""
    found: dict[str, list[dict[str, str]]] = {}
    for reference in references_of(services(), checklist):
        found.setdefault(reference.item, []).append(_told(checklist, reference))
    return found


def _told(checklist: Checklist, reference: Reference) -> dict[str, str]:
    grade = grades_of(checklist, reference.item)[reference.grade]
    address = url_for("references.small", sha256=reference.picture)
    return {"grade": grade, "caption": reference.caption, "picture": address}


def _adopt(checklist: Checklist, number: int) -> Sequence[Problem]:
    given = request.form
    taken = Candidate(given.get("owner", ""), given.get("sha256", ""), given.get("item", ""), failed=False)
    if not is_sha256(taken.sha256) or not taken.owner:
        return [Problem("references.no_picture")]
    grade, caption = given.get("grade", ""), given.get("caption", "").strip()
    return adopt(services(), user().name, checklist, taken, grade, caption, now(), expected=number)


def _recaption(checklist: Checklist, number: int) -> Sequence[Problem]:
    caption = request.form.get("caption", "").strip()
    return recaption(services(), user().name, checklist, _place(), caption, now(), expected=number)


def _drop(checklist: Checklist, number: int) -> Sequence[Problem]:
    drop(services(), user().name, checklist, _place(), now(), expected=number)
    return ()


def _restore(checklist: Checklist, number: int) -> Sequence[Problem]:
    wanted = request.form.get("wanted", "")
    if not is_number(wanted):
        return [Problem("references.no_set", details={"number": wanted})]
    return restore(services(), user().name, checklist, int(wanted), now(), expected=number)


_ACTS = {"adopt": _adopt, "recaption": _recaption, "drop": _drop, "restore": _restore}


def _place() -> tuple[str, str, str]:
    item, grade, sha256 = (request.form.get(name, "") for name in ("item", "grade", "picture"))
    return item, grade, sha256


def _page(checklist: Checklist, problems: Sequence[Problem] = ()) -> Response:
    sets = sets_of(services(), checklist.id)
    uploads = uploads_of(services(), checklist.id)
    shown = references_of(services(), checklist)
    page = render_template(
        "evidence/references/edit.html",
        checklist=checklist,
        problems=problems,
        form=ReferenceForm(None, meta={"csrf": False}),
        number=sets[-1].number if sets else 0,
        sets=list(reversed(sets)),
        names={one.name: one.title for one in all_users(services().store)},
        of_item=_of_item(checklist, shown),
        count=len(shown),
        grades={item.id: grades_of(checklist, item.id) for item in checklist.items},
        candidates=candidates(services(), checklist.id, this_week()),
        uploads=uploads,
        redacted={kept.id for kept in uploads if finished_redaction(services(), kept.id, kept.value.sha256)},
        limits={"all": MOST_REFERENCES, "grade": MOST_OF_GRADE, "caption": MOST_CAPTION, "kb": MOST_BYTES // 1024},
    )
    return make_response(page, 422 if problems else 200)


def _of_item(checklist: Checklist, shown: Sequence[Reference]) -> Mapping[str, list[Reference]]:
    return {item.id: [one for one in shown if one.item == item.id] for item in checklist.items}
