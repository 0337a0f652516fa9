"""The form on which an inspector corrects an inspection that was sent, filled in as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from werkzeug.wrappers import Response as BaseResponse

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.permissions import Permission
from ...domain.checklists.checklist import Checklist
from ...domain.inspecting.inspection import Inspection
from ...domain.problems import Problem
from ...services.inspecting.correcting import correct, correction_closed
from ...services.inspecting.submitting import Taken
from ...services.place.register import area_tree
from .. import access, bodies
from ..context import now, services, user
from ..forms import PageForm
from ..refusing import refuse
from . import forms, signed_out
from .field import page_data
from .refused import hold_form

blueprint = Blueprint("correcting", __name__, url_prefix="/field/corrections")
_STATUS = {Taken.CONFLICT: 409, Taken.REFUSED: 422}


@blueprint.get("/<id>")
@access.allowed(Permission.INSPECTION_SEND)
def form(id: str) -> Response:
    """The form as it was sent, to be changed; without a way to send it where it is too late."""
    kept = _own(id)
    checklist = services().library.kept(kept.value.version)
    filled = forms.filled_form(checklist, kept.value.answers)
    return _page(
        kept, checklist, filled, base=len(kept.value.corrections), late=correction_closed(services(), kept.value)
    )


@blueprint.post("/<id>")
@access.allowed(Permission.INSPECTION_SEND)
@bodies.takes_files
@access.kept_when_signed_out(signed_out.limit_form, signed_out.keep_form)
def send(id: str) -> BaseResponse:
    """The form sent whole, by a phone without JavaScript. What is too late lies with the office."""
    return taken(id, CombinedMultiDict((request.files, request.form)), now())


def taken(id: str, sent: MultiDict[str, Any], at: datetime) -> BaseResponse:
    """The answer to a whole correction that came at an instant, its files among its fields: 303 where it is kept."""
    kept = _own(id)
    checklist = services().library.kept(kept.value.version)
    filled = forms.inspection_form(checklist, sent)
    wrong = [one for several in forms.receive_photos(services(), filled, checklist).values() for one in several]
    reason, base = sent.get("note", ""), sent.get("base", 0, type=int)
    correction = str(filled["id"].data or "")
    raw = _correction(id, forms.submission_from(filled, checklist, kept.value.site.code, at), kept.value, reason, base)
    if wrong:
        hold_form(correction, raw, wrong)
        return _page(kept, checklist, filled, wrong, reason=reason, base=base, correction=correction)
    outcome = correct(services(), user(), correction, raw, now())
    if outcome.kept:
        return redirect(url_for("inspections.show", id=id), 303)
    if not outcome.missing:
        hold_form(correction, raw, outcome.problems)
    status = _STATUS[outcome.taken]
    said = outcome.problems
    return _page(kept, checklist, filled, said, reason=reason, base=base, correction=correction, status=status)


def _correction(
    id: str, raw: Mapping[str, object], inspection: Inspection, reason: str, base: int
) -> dict[str, object]:
    """The form's data as the interface takes a correction; its photos are those that are added."""
    held = {(photo.sha256, photo.item) for photo in inspection.photos}
    named = raw["photos"]
    assert isinstance(named, list)
    photos = [one for one in named if (one["sha256"], one["item"]) not in held]
    said = {"inspection": id, "version": inspection.version, "base": base, "reason": reason}
    return {**said, "answers": raw["answers"], "photos": photos}


def _own(id: str) -> Kept[Inspection]:
    kept = INSPECTIONS.get(services().store, id)
    if kept is None or kept.value.inspector != user().name or kept.value.is_ad_hoc:
        refuse(404, "没有这次测评")
    return kept


def _page(
    kept: Kept[Inspection],
    checklist: Checklist,
    filled: PageForm,
    problems: Sequence[Problem] = (),
    *,
    reason: str = "",
    base: int = 0,
    correction: str = "",
    late: Problem | None = None,
    status: int = 422,
) -> Response:
    inspection = kept.value
    filled["id"].data = correction or str(uuid4())
    filled["version"].data, filled["started_at"].data = inspection.version, ""
    page = render_template(
        "inspecting/correction.html",
        inspection=kept,
        site=inspection.site,
        area=area_tree(services().store, inspection.week).full_name(inspection.area),
        checklist=checklist,
        form=filled,
        problems=problems,
        problems_of=forms.problems_by_item(checklist, problems, filled),
        conflict=False,
        answer_form=forms.answer_form,
        data={
            **page_data(inspection.site, checklist),
            "correction": {"inspection": kept.id, "base": base, "page": url_for("inspections.show", id=kept.id)},
        },
        changed="",
        reason=reason,
        base=base,
        late=late,
    )
    return make_response(page, status if problems else 200)
