"""The review desk: photos to decide on, one after the other, with the keyboard or a thumb."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.permissions import Permission
from ...domain.checklists.scoring import format_rate
from ...domain.evidence.marks import mark_to_json
from ...domain.evidence.photo import capture_words
from ...domain.evidence.signals import SIGNALS
from ...domain.evidence.turns import Turn, is_quarters, turned_marks
from ...domain.inspecting.inspection import DECISIONS, REVIEW_ACTS, Inspection, Review
from ...domain.place.area_proposal import AreaFinder
from ...domain.place.positions import SOURCE_TITLES, place_to_json
from ...domain.problems import Problem
from ...domain.quality.visit_signals import COMMON, VISIT_SIGNALS, VisitSignal
from ...domain.weeks import day_text, is_week, utc_text
from ...services.accounts.nameless import words_for
from ...services.evidence import desk
from ...services.evidence.reviewing import PhotoEntry, inspection_for
from ...services.evidence.turning import turn_photo, turns_of
from ...services.evidence.working import backlog
from ...services.index.late import weeks_with_late_visits
from ...services.index.weekly import weeks_with_inspections
from ...services.place.area_outlines import area_finder
from ...services.place.register import area_tree
from ...services.quality.measuring import signals_of_week
from ...store import Stale
from ...wording import all_said
from .. import access
from ..context import may, now, scope, services, this_week, user
from ..errors import problem_answer
from ..place.choosing import areas_to_choose
from ..refusing import refuse

blueprint = Blueprint("desk", __name__, url_prefix="/review/desk")

_STATES = {"open": "待复核", **{name: f"已{title}" for name, title in DECISIONS.items()}, "all": "全部照片"}
_MOST = 2000
_BATCH = 500
_ABOUT_VISIT = "说的是整次测评，与别的测评对照得出。不是结论，是要问一问的。"


@dataclass(frozen=True, slots=True)
class DeskFilters:
    """What the desk shows: a week, and of it an area, a site type, a key of ``_STATES`` and signals; empty for all."""

    week: str
    area: str
    type: str
    decision: str
    signal: tuple[str, ...]


@blueprint.get("/")
@access.allowed(Permission.EVIDENCE_READ)
def show() -> str:
    """The desk. Its photos are fetched by the page's script with the same filters."""
    filters = _filters()
    tree = area_tree(services().store, filters.week)
    return render_template(
        "evidence/desk.html",
        filters=filters,
        weeks=sorted({*weeks_with_inspections(services()), filters.week, this_week()}, reverse=True),
        areas=areas_to_choose(tree),
        types=services().library.titles,
        decisions=_STATES,
        signals={name: kind for name, kind in SIGNALS.items() if kind.of_visits},
        saved=desk.saved_filters(services(), user().name),
        timezone=str(services().settings.timezone),
        waiting=backlog(services()),
        now=now(),
        late=weeks_with_late_visits(services(), scope=scope()) if may(Permission.INDEX_PREVIEW) else {},
    )


@blueprint.get("/photos.json")
@access.allowed(Permission.EVIDENCE_READ)
def photos() -> Response:
    """The photos that the filters leave, and how many findings among them are open."""
    filters = _filters()
    finder = area_finder(services().store, filters.week)
    found = desk.desk_photos(
        services(),
        finder,
        scope=scope(),
        week=filters.week,
        areas=finder.tree.within(filters.area) if filters.area else None,
        site_type=filters.type or None,
        decision="" if filters.decision == "all" else filters.decision,
        signals=filters.signal,
    )
    of_visits = _of_visits(filters.week)
    return jsonify(
        {"photos": _photos(found[:_MOST], finder, of_visits), "total": len(found), "open": desk.count_open(found)}
    )


@blueprint.get("/visits/<id>.json")
@access.allowed(Permission.EVIDENCE_READ)
def visit(id: str) -> Response:
    """All photos of one inspection: what else the inspector photographed there."""
    found = inspection_for(services(), user(), id)
    if found is None:
        refuse(404, "没有这次测评")
    kept, shown = found
    finder = area_finder(services().store, kept.value.week)
    found_photos = desk.photos_of(services(), kept, finder, words_for(services(), shown), scope=shown)
    return jsonify({"photos": _photos(found_photos, finder, _of_visits(kept.value.week))})


@blueprint.post("/decisions")
@access.allowed(Permission.FINDING_DECIDE)
def decisions() -> Response:
    """Decide findings, each for itself: the answer has one entry for each, with what stands now."""
    wanted = _wanted(request.get_json(silent=True))
    if isinstance(wanted, Problem):
        return problem_answer(422, [wanted])
    return jsonify({"results": [_decided(one) for one in wanted]})


@blueprint.post("/turns")
@access.allowed(Permission.FINDING_DECIDE)
def turn() -> Response:
    """Turn a photo: by how many quarters of a circle it is shown turned clockwise. 409 where somebody else did since.

    The answer has all photos of its inspection, as the desk is to show them now.
    """
    raw = request.get_json(silent=True)
    fields = raw if isinstance(raw, dict) else {}
    id, sha256, quarters, seen = (fields.get(name) for name in ("inspection", "sha256", "quarters", "revision"))
    if not isinstance(id, str) or not isinstance(sha256, str) or not is_quarters(quarters) or type(seen) is not int:
        return problem_answer(422, [Problem("evidence.turn_out_of_range")])
    found = inspection_for(services(), user(), id)
    if found is None or sha256 not in {photo.sha256 for photo in found[0].value.photos}:
        refuse(404, "没有这张照片")
    try:
        turn_photo(services(), user().name, id, sha256, quarters, seen, now())
    except Stale:
        return problem_answer(409, [Problem("evidence.turned_meanwhile")])
    return visit(id)


@blueprint.post("/presence")
@access.allowed(Permission.FINDING_DECIDE)
def look() -> Response:
    """Say what one looks at; the answer says what the others look at."""
    raw = request.get_json(silent=True)
    at = raw.get("at") if isinstance(raw, dict) else None
    if not isinstance(at, str) or len(at) > 200:
        return problem_answer(422, [Problem("evidence.look_malformed")])
    others = services().onlookers.look(user().name, user().title, at)
    if not scope().everywhere:
        others = {at: titles for at, titles in others.items() if inspection_for(services(), user(), at.split("/")[0])}
    return jsonify({"others": others})


@blueprint.post("/filters")
@access.allowed(Permission.EVIDENCE_READ)
def save_filter() -> Response:
    """Keep the filters under a name, or forget that name."""
    raw = request.get_json(silent=True)
    name, query = (raw.get("name"), raw.get("query")) if isinstance(raw, dict) else (None, None)
    if not isinstance(name, str) or not isinstance(query, str) or len(query) > 500:
        return problem_answer(422, [Problem("evidence.filter_incomplete")])
    if problems := desk.save_filter(services(), user().name, name, query):
        return problem_answer(422, problems)
    return jsonify({"saved": desk.saved_filters(services(), user().name)})


def _filters() -> DeskFilters:
    """The filters of an address. 400 where one names what does not exist."""
    arguments = request.args
    filters = DeskFilters(
        week=arguments.get("week") or this_week(),
        area=arguments.get("area", ""),
        type=arguments.get("type", ""),
        decision=arguments.get("decision") or "open",
        signal=tuple(arguments.getlist("signal")),
    )
    if not is_week(filters.week):
        refuse(400, f"「{filters.week}」不是有效的周，应形如 2026-W48")
    if filters.area and filters.area not in area_tree(services().store, filters.week):
        refuse(400, f"没有区域「{filters.area}」")
    if filters.decision not in _STATES:
        refuse(400, f"没有状态「{filters.decision}」")
    if unknown := [name for name in filters.signal if name not in SIGNALS]:
        refuse(400, f"没有提示「{unknown[0]}」")
    return filters


def _wanted(raw: object) -> list[desk.Decision] | Problem:
    listed = raw.get("decisions") if isinstance(raw, dict) else None
    if not isinstance(listed, list) or not 0 < len(listed) <= _BATCH:
        return Problem("evidence.decisions_out_of_range", details={"batch": _BATCH})
    found = []
    for number, one in enumerate(listed, start=1):
        fields = one if isinstance(one, dict) else {}
        texts = {name: fields.get(name) for name in ("inspection", "item", "decision", "reason")}
        seen, corrections = fields.get("seen"), fields.get("corrections", 0)
        is_whole = all(isinstance(text, str) for text in texts.values()) and isinstance(corrections, int)
        if not is_whole or not isinstance(seen, str | None):
            return Problem("evidence.decision_incomplete", details={"number": number})
        if texts["decision"] not in (*DECISIONS, "reopened"):
            return Problem("evidence.desk_decision_unknown", details={"number": number})
        found.append(
            desk.Decision(**{name: str(text) for name, text in texts.items()}, seen=seen, corrections=corrections)
        )
    return found


def _decided(wanted: desk.Decision) -> dict[str, object]:
    answer: dict[str, object] = {"inspection": wanted.inspection, "item": wanted.item}
    try:
        outcome = desk.decide_seen(services(), user().name, wanted, now(), scope=scope())
    except Stale:
        kept = INSPECTIONS.get(services().store, wanted.inspection)
        assert kept is not None
        error = _who_was_first(kept.value, wanted.item, wanted.corrections)
        standing = _standing(kept.value, wanted.item)
        return {**answer, "status": 409, "error": error, **standing}
    if isinstance(outcome, Kept):
        return {**answer, "status": 200, **_standing(outcome.value, wanted.item)}
    return {**answer, "status": 422, "error": all_said(outcome)}


def _who_was_first(inspection: Inspection, item: str, corrections: int) -> str:
    if len(inspection.corrections) != corrections:
        return "测评员刚刚更正了这次测评，您的决定没有保存；请刷新后按更正后的内容复核"
    steps = [step.review for step in inspection.history if step.item == item]
    if not steps:
        return "刚刚有其他人改动了这一项"
    return f"「{steps[-1].by}」刚刚{REVIEW_ACTS[steps[-1].decision]}了这一项，您的决定没有保存"


def _standing(inspection: Inspection, item: str) -> dict[str, object]:
    review = _review(inspection.reviews.get(item))
    return {"review": review, "rate": format_rate(inspection.rate), "corrections": len(inspection.corrections)}


def _review(review: Review | None) -> dict[str, str] | None:
    if review is None:
        return None
    return {"decision": review.decision, "reason": review.reason, "by": review.by, "at": utc_text(review.at)}


def _of_visits(week: str) -> Mapping[str, Sequence[VisitSignal]]:
    """What is odd about visits beside the others of their week, by id, for who may know whose they are."""
    return signals_of_week(services(), week, scope=scope()) if scope().inspectors else {}


def _signals(photo: desk.DeskPhoto, of_visits: Mapping[str, Sequence[VisitSignal]]) -> list[dict[str, str]]:
    """Those of the photo, then those of its visit that not many honest visits give."""
    own = [(one.name, SIGNALS[one.name].title, one.text, SIGNALS[one.name].why) for one in photo.signals]
    of_visit = [
        (one.name, VISIT_SIGNALS[one.name].title, one.text, _ABOUT_VISIT)
        for one in of_visits.get(photo.entry.inspection, ())
        if one.name not in COMMON
    ]
    rows = [*_corrected(photo), *own, *of_visit]
    return [dict(zip(("name", "title", "text", "why"), one, strict=True)) for one in rows]


def _corrected(photo: desk.DeskPhoto) -> list[tuple[str, str, str, str]]:
    """That the inspector corrected the inspection, and that the photo came later."""
    why = "提交以后、复核以前，测评员自己更正过。先前的内容和改动在整份测评页。"
    corrected = [("corrected", "已更正", f"更正过{photo.corrections}次", why)] if photo.corrections else []
    return [*corrected, *([("added", "后补", "这张照片是更正时补的", why)] if photo.added else [])]


def _photos(
    photos: Sequence[desk.DeskPhoto], finder: AreaFinder, of_visits: Mapping[str, Sequence[VisitSignal]]
) -> list[dict[str, object]]:
    turns = turns_of(services().store, {photo.entry.sha256 for photo in photos})
    return [_photo(photo, finder, of_visits, turns.get(photo.entry.sha256)) for photo in photos]


def _photo(
    photo: desk.DeskPhoto,
    finder: AreaFinder,
    of_visits: Mapping[str, Sequence[VisitSignal]],
    turn: Kept[Turn] | None,
) -> dict[str, object]:
    entry = photo.entry
    place, fix = entry.site.place, entry.fix
    quarters, marks = turn.value.quarters if turn else 0, entry.evidence.marks if scope().inspectors else ()
    return {
        "inspection": entry.inspection,
        "sha256": entry.sha256,
        "item": entry.item.id,
        "text": entry.item.text,
        "clauses": list(entry.item.clauses),
        "units": list(entry.item.units),
        "guidance": entry.item.guidance,
        "detail": photo.detail,
        "note": photo.note,
        "failed": entry.failed,
        "review": _review(photo.review),
        "corrections": photo.corrections,
        "rate": format_rate(photo.rate),
        "site": entry.site.name,
        "area": finder.tree.full_name(entry.site.area),
        "captured_at": utc_text(entry.captured_at) if scope().inspectors else _day(entry.captured_at),
        "words": capture_words(entry.evidence),
        "fix": {"lat": fix.lat, "lon": fix.lon, "accuracy_m": fix.accuracy_m, "source": SOURCE_TITLES[fix.source]}
        if fix
        else None,
        "place": place_to_json(place) if place else None,
        "distance_m": entry.distance_m,
        "signals": _signals(photo, of_visits),
        "recordings": [
            url_for("inspections.recording", id=entry.inspection, sha256=sha256) for sha256 in photo.recordings
        ],
        # In what others see, the marks are drawn.
        "marks": [mark_to_json(mark) for mark in turned_marks(marks, quarters)],
        "turn": {"quarters": quarters, "revision": turn.revision if turn else 0},
        "thumbnail": _address("inspections.thumbnail", entry),
        "picture": _address("inspections.review_copy", entry, item=entry.item.id),
        "original": _address("inspections.original", entry) if may(Permission.EVIDENCE_ORIGINAL) else None,
        "reuse": url_for("reuse.show", id=entry.inspection, sha256=entry.sha256)
        if photo.reused and may(Permission.FINDING_DECIDE)
        else None,
        "page": url_for("inspections.show", id=entry.inspection, _anchor=f"item-{entry.item.id}"),
    }


def _day(at: datetime) -> str:
    return day_text(at, services().settings.timezone)


def _address(endpoint: str, entry: PhotoEntry, item: str | None = None) -> str:
    return url_for(endpoint, id=entry.inspection, sha256=entry.sha256, item=item)
