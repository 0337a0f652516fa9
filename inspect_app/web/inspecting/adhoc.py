"""The page of an ad-hoc report (随手拍): a problem met on the way, at no planned site."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.wrappers import Response as BaseResponse

from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.permissions import Permission
from ...domain.checklists.checklist import Checklist, checklist_to_document
from ...domain.evidence.photo import is_sha256
from ...domain.inspecting.adhoc import MAX_PLACE
from ...domain.inspecting.inspection import AD_HOC
from ...domain.problems import Problem
from ...domain.weeks import utc_text
from ...services.inspecting.submitting import Outcome, Taken, submit
from ...services.place.register import area_tree
from .. import access, bodies
from ..context import now, services, this_week, user
from ..refusing import refuse
from . import signed_out
from .refused import hold_form
from .uploads import receive_photos

blueprint = Blueprint("adhoc", __name__, url_prefix="/field/adhoc")
_LEVELS = ("区县", "街道乡镇", "社区")


@blueprint.get("")
@access.allowed(Permission.INSPECTION_SEND)
def show() -> Response:
    """The page, empty. Phones keep it for when there is no network."""
    return _page({"id": str(uuid4()), "started_at": utc_text(now())}, [])


@blueprint.post("")
@access.allowed(Permission.INSPECTION_SEND)
@bodies.takes_files
@access.kept_when_signed_out(signed_out.limit_form, signed_out.keep_form)
def send() -> BaseResponse:
    """The report sent whole, photos and all, by a phone without JavaScript."""
    return taken(request.form, request.files.getlist("answers.photos"), now())


def taken(form: MultiDict[str, str], files: Sequence[FileStorage], at: datetime) -> BaseResponse:
    """The answer to a whole report that came at an instant: 303 where it is kept."""
    checklist = _checklist()
    photos, problems = _receive_photos(form, files)
    filled = {name: form.get(name, "").strip() for name in ("id", "started_at", *_ANSWERS)}
    report = _report(filled, photos, checklist, at)
    if not problems:
        outcome = submit(services(), user(), filled["id"], report, now())
        if outcome.kept is not None or _was_sent_before(outcome, filled["id"], photos):
            return redirect(url_for("inspections.show", id=filled["id"]), 303)
        problems = list(outcome.problems)
    hold_form(filled["id"], report, problems)
    return _page(filled, problems, photos)


_ANSWERS = ("answers.kind", "answers.note", "answers.place", "answers.area")


def _page(filled: dict[str, str], problems: Sequence[Problem], photos: Sequence[str] = ()) -> Response:
    checklist, tree = _checklist(), area_tree(services().store, this_week())
    page = render_template(
        "inspecting/adhoc.html",
        checklist=checklist,
        areas=[area for area in tree if area.level in _LEVELS],
        tree=tree,
        levels=_LEVELS,
        filled=filled,
        photos=photos,
        problems=problems,
        max_place=MAX_PLACE,
        data={
            "checklist": checklist_to_document(checklist),
            "inspector": user().name,
            "maxPhotoBytes": services().settings.max_photo_bytes,
            "photoLongestPx": services().settings.photo_longest_px,
        },
    )
    return make_response(page, 422 if problems else 200)


def _checklist() -> Checklist:
    found = services().library.ad_hoc
    if found is None:
        refuse(404, f"清单文件夹中没有 {AD_HOC}.toml，没有开通随手拍")
    return found


def _receive_photos(form: MultiDict[str, str], files: Sequence[FileStorage]) -> tuple[list[str], list[Problem]]:
    """Keep the photos that came; the hashes of all that the report has, and what was wrong with others."""
    kept = [sha256 for sha256 in form.getlist("answers.kept") if is_sha256(sha256)]
    new, problems = receive_photos(files)
    return list(dict.fromkeys([*kept, *new])), problems


def _report(filled: dict[str, str], photos: Sequence[str], checklist: Checklist, ended: datetime) -> dict[str, object]:
    kind, at = filled["answers.kind"], utc_text(ended)
    note = {"note": filled["answers.note"]} if filled["answers.note"] else {}
    return {
        "kind": AD_HOC,
        "checklist": checklist.id,
        "version": checklist.version,
        "area": filled["answers.area"],
        "place": filled["answers.place"],
        "started_at": filled["started_at"],
        "finished_at": at,
        "answers": {kind: {"value": "fail", **note}} if kind else {},
        "photos": [{"sha256": sha256, "item": kind, "captured_at": at, "fix": None} for sha256 in photos],
    }


def _was_sent_before(outcome: Outcome, id: str, photos: Sequence[str]) -> bool:
    """Whether the own report under this id is this one, sent a second time (a double tap, a reload)."""
    kept = INSPECTIONS.get(services().store, id) if outcome.taken is Taken.CONFLICT else None
    return (
        kept is not None
        and kept.value.inspector == user().name
        and [photo.sha256 for photo in kept.value.photos] == list(photos)
    )
