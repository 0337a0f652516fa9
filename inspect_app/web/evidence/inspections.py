"""One inspection: its score, what cost points, its photos; for supervisors also the decision on each finding."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from flask import Blueprint, Response, make_response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired

from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.permissions import Permission
from ...domain.checklists.checklist import Item
from ...domain.checklists.scoring import ItemScore, counts
from ...domain.evidence.photo import is_sha256
from ...domain.evidence.recordings import Recording, mimetype_of
from ...domain.evidence.signals import SIGNALS, other_area
from ...domain.inspecting.correction import CorrectionStep, ItemChange, steps, withdrawn
from ...domain.inspecting.inspection import Review
from ...domain.place.positions import SOURCE_TITLES
from ...domain.problems import Problem
from ...domain.quality.visit_signals import VisitSignal
from ...photos.intake import media_type
from ...services.evidence import examining
from ...services.evidence.bundle import MAX_REASON, sealed_bundle
from ...services.evidence.comparing import shown_reuses
from ...services.evidence.marking import marks_name, marks_on
from ...services.evidence.reviewing import InspectionView, PhotoEntry, decide, view_inspection
from ...services.evidence.shared_copies import shared_copy
from ...services.evidence.unit_bundle import unit_bundle
from ...services.inspecting.correcting import can_be_corrected
from ...services.inspecting.moving import move
from ...services.inspecting.presence import settle
from ...services.place.area_outlines import area_finder
from ...services.publications import is_published
from ...services.quality.measuring import signals_of_week
from ...wording import say
from .. import access
from ..context import may, now, scope, services, user
from ..downloads import saved_as
from ..forms import PageForm
from ..pictures import picture
from ..refusing import refuse

blueprint = Blueprint("inspections", __name__, url_prefix="/inspections")

PRESENCE = "presence"
"""What a page with problems is about, where that is no item."""
_YEAR_S = 365 * 24 * 3600


class DecisionForm(PageForm):
    """A supervisor's decision, with the revision of the inspection that it was taken on."""

    decision = StringField(validators=[InputRequired()])
    reason = StringField()
    site = StringField()
    revision = IntegerField(validators=[InputRequired()])


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item of the result: what was observed, the points (of 100) it cost, its photos, and any decision."""

    item: Item
    score: ItemScore
    lost: float | None
    note: str
    no_photo_reason: str
    photos: tuple[PhotoEntry, ...]
    recordings: tuple[Recording, ...]
    review: Review | None


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A correction as the page shows it, and the items that it changed."""

    step: CorrectionStep
    changes: list[tuple[Item, ItemChange]]


@blueprint.get("/<id>")
@access.allowed(Permission.INSPECTION_SEND, Permission.EVIDENCE_READ)
def show(id: str) -> Response:
    return _page(_view(id), 200)


@blueprint.post("/<id>/findings/<item>")
@access.allowed(Permission.FINDING_DECIDE)
def decide_finding(id: str, item: str) -> BaseResponse:
    """Confirm or reject one finding; 409 where the inspection was changed since the page was made."""
    view, form = _view(id), DecisionForm(meta={"csrf": False})
    reason = form.reason.data or ""
    if not form.validate():
        return _page(view, 422, [Problem("evidence.revision_missing")], item, reason)
    seen = (form.decision.data, reason, form.revision.data)
    decided = decide(services(), user().name, id, item, *seen, now(), scope=scope())
    if isinstance(decided, list):
        return _page(view, 422, decided, item, reason)
    return redirect(url_for("inspections.show", id=id, _anchor=f"item-{item}"), 303)


@blueprint.post("/<id>/presence")
@access.allowed(Permission.FINDING_DECIDE)
def settle_presence(id: str) -> BaseResponse:
    """Count a visit that waits, here or at another site, or leave it out; 409 where it was changed meanwhile."""
    view, form = _view(id), DecisionForm(meta={"csrf": False})
    reason = form.reason.data or ""
    if not form.validate():
        return _page(view, 422, [Problem("evidence.revision_missing")], PRESENCE, reason)
    decision, revision = form.decision.data, form.revision.data
    if decision == "moved":
        done = move(services(), user().name, id, form.site.data or "", reason, revision, now(), scope=scope())
    else:
        done = settle(services(), user().name, id, decision, reason, revision, now(), scope=scope())
    if isinstance(done, list):
        return _page(view, 422, done, PRESENCE, reason)
    return redirect(url_for("inspections.show", id=id), 303)


@blueprint.get("/<id>/photos/<sha256>/thumbnail")
@access.allowed(Permission.INSPECTION_SEND, Permission.EVIDENCE_READ)
def thumbnail(id: str, sha256: str) -> Response:
    view = _view(id)
    _own_photo(view, sha256)
    if not view.told_who:
        marks = marks_on(view.inspection, sha256)
        small = shared_copy(services(), sha256, marks=marks, small=True)
        return picture(small, f"{sha256}-shared{marks_name(marks)}")
    return picture(examining.thumbnail(services(), sha256), sha256)


@blueprint.get("/<id>/photos/<sha256>/review")
@access.allowed(Permission.INSPECTION_SEND, Permission.EVIDENCE_READ)
def review_copy(id: str, sha256: str) -> Response:
    """The photo at reading size with its caption; ``item`` says which item it is looked at for."""
    view = _view(id)
    _own_photo(view, sha256)
    photos = [photo for photo in view.photos if photo.sha256 == sha256]
    photo = next((photo for photo in photos if photo.item.id == request.args.get("item")), photos[0])
    # The caption says where the phone was, and when; size and shape say which phone. Whoever sees it without marks
    # has them laid over it by the page.
    marks = () if view.told_who else marks_on(view.inspection, sha256)
    content = _captioned(id, photo) if view.told_who else shared_copy(services(), sha256, marks=marks)
    if content is None:
        refuse(404, "这张照片无法显示，请查看原片")
    return picture(content, f"{sha256}-{photo.item.id}-{'review' if view.told_who else 'shared'}{marks_name(marks)}")


@blueprint.get("/<id>/photos/<sha256>/original")
@access.allowed(Permission.INSPECTION_SEND, Permission.EVIDENCE_ORIGINAL)
def original(id: str, sha256: str) -> Response:
    _own_photo(_view(id), sha256)
    content = services().photos.whole(sha256)
    mimetype, suffix = media_type(content)
    return saved_as(picture(content, f"{sha256}-original", mimetype), f"{sha256[:12]}.{suffix}", "inline")


@blueprint.get("/<id>/audio/<sha256>")
@access.allowed(Permission.INSPECTION_SEND, Permission.EVIDENCE_ORIGINAL)
def recording(id: str, sha256: str) -> BaseResponse:
    """A recording, in parts where the player asks for parts (Safari plays nothing else)."""
    if sha256 not in {one.sha256 for one in _view(id).inspection.recordings}:
        refuse(404, "没有这段录音")
    content = services().recordings.whole(sha256)
    answer = send_file(
        io.BytesIO(content), mimetype=mimetype_of(content), conditional=True, etag=sha256, max_age=_YEAR_S
    )
    answer.headers["Cache-Control"] = f"private, max-age={_YEAR_S}, immutable"
    return answer


@blueprint.get("/<id>/findings/<item>/evidence.zip")
@access.allowed(Permission.EVIDENCE_EXPORT)
def bundle(id: str, item: str) -> BaseResponse:
    """The evidence bundle of one finding for its unit; that it was exported goes to the audit log."""
    made = unit_bundle(services(), user().name, id, item, now(), scope=scope())
    if isinstance(made, list):
        refuse(404, str(say(made[0])))
    return _to_keep(made, f"evidence-{item}-{now():%Y%m%d}.zip")


@blueprint.post("/<id>/findings/<item>/sealed.zip")
@access.allowed(Permission.EVIDENCE_SEAL)
@access.recently_proved
def sealed(id: str, item: str) -> BaseResponse:
    """The sealed bundle with the originals, for a court, with the reason for which it is exported."""
    view, reason = _view(id), request.form.get("reason", "")
    if not any(finding.item.item_id == item for finding in view.inspection.findings):
        refuse(404, "没有这个问题")
    made = sealed_bundle(services(), user().name, id, item, reason, now(), scope=scope())
    if isinstance(made, list):
        return _page(view, 422, made, item)
    return _to_keep(made, f"sealed-{id[:8]}-{item}.zip")


def _to_keep(file: IO[bytes], name: str) -> BaseResponse:
    """A ZIP to be saved, sent from its file piece by piece."""
    answer = send_file(file, mimetype="application/zip", as_attachment=True, download_name=name, max_age=0)
    answer.headers["Cache-Control"] = "private, no-store"
    answer.call_on_close(file.close)
    return answer


def _view(id: str) -> InspectionView:
    """The inspection, where the visitor may see it. Others' are as if they were not there."""
    view = view_inspection(services(), user(), id)
    if view is None:
        refuse(404, "没有这次测评")
    return view


def _captioned(id: str, photo: PhotoEntry) -> bytes | None:
    kept = INSPECTIONS.get(services().store, id)
    return examining.review_copy(services(), kept, photo.evidence) if kept else None


def _own_photo(view: InspectionView, sha256: str) -> None:
    if not is_sha256(sha256) or sha256 not in {photo.sha256 for photo in view.photos}:
        refuse(404, "没有这张照片")


def _page(
    view: InspectionView, status: int, problems: Sequence[Problem] = (), about: str = "", reason: str = ""
) -> Response:
    rows, finder = _rows(view), area_finder(services().store, view.inspection.week)
    page = render_template(
        "evidence/inspection.html",
        view=view,
        inspection=view.inspection,
        area=finder.tree.full_name(view.site.area),
        failed=[row for row in rows if row.score.failed],
        passed=[row for row in rows if not row.score.failed and row.score.state == "scored"],
        left_out=[row for row in rows if not row.score.failed and row.score.state != "scored"],
        office=may(Permission.EVIDENCE_READ),
        visit_signals=_visit_signals(view),
        published=is_published(services().store, view.inspection.week),
        corrections=_corrections(view),
        withdrawn=[view.checklist.item(id).text for id in withdrawn(view.inspection)],
        correctable=_is_correctable(view),
        max_reason=MAX_REASON,
        problems=problems,
        about=about,
        reason=reason,
        area_hints={
            photo.sha256: said.text for photo in view.photos for said in other_area(photo.evidence, view.site, finder)
        },
        reused=_reused(view),
        area_title=SIGNALS["other_area"].title,
        SOURCE_TITLES=SOURCE_TITLES,
    )
    return make_response(page, status)


def _corrections(view: InspectionView) -> list[CorrectionRow]:
    """Each correction with the items that it changed, the first one first."""
    return [
        CorrectionRow(step, [(view.checklist.item(change.item), change) for change in step.changes])
        for step in steps(view.inspection)
    ]


def _is_correctable(view: InspectionView) -> bool:
    return may(Permission.INSPECTION_SEND) and can_be_corrected(services(), view.inspection, user().name)


def _visit_signals(view: InspectionView) -> tuple[VisitSignal, ...]:
    """What is odd about the visit beside the others of its week, for who may know whose it is."""
    if not (may(Permission.EVIDENCE_READ) and may(Permission.INSPECTOR_SEE)):
        return ()
    return signals_of_week(services(), view.inspection.week, scope=scope()).get(view.id, ())


def _reused(view: InspectionView) -> frozenset[str]:
    """The photos that were made of earlier ones, for who decides."""
    if not may(Permission.FINDING_DECIDE):
        return frozenset()
    return frozenset(one.reuse.sha256 for one in shown_reuses(services(), view.id, user()))


def _rows(view: InspectionView) -> list[ItemRow]:
    inspection = view.inspection
    counted = {one.item_id for one in view.score.items if counts(one, inspection.decisions.get(one.item_id))}
    possible = sum(score.weight for score in view.score.items if score.item_id in counted)
    return [
        ItemRow(
            item=view.checklist.item(id),
            score=score,
            lost=_lost(score, possible) if id in counted else None,
            note=inspection.note(id),
            no_photo_reason=inspection.answers[id].get("no_photo_reason", ""),
            photos=tuple(photo for photo in view.photos if photo.item.id == id),
            recordings=inspection.recordings_of(id),
            review=inspection.reviews.get(id),
        )
        for score in view.score.items
        for id in [score.item_id]
    ]


def _lost(score: ItemScore, possible: float) -> float | None:
    return None if score.score is None or not possible else 100 * score.weight * (1 - score.score) / possible
