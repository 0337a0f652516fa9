"""Rounds of calibration: the office's pages, and those on which each inspector judges alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ...collections import Kept
from ...domain.accounts.permissions import Permission
from ...domain.checklists.references import grades_of
from ...domain.problems import Problem
from ...domain.quality.calibration import LEAST_QUESTIONS, LOW_ALPHA, MOST_QUESTIONS, MOST_TITLE, Round
from ...services.accounts.accounts import all_users
from ...services.accounts.may import may
from ...services.evidence.references import Candidate, all_candidates, references_of
from ...services.quality.calibrating import (
    AskedFor,
    calibration_due,
    close_round,
    find_round,
    judge,
    judgings_of,
    missing,
    open_round,
    own_judging,
    own_questions,
    picture_of,
    results_of,
    rounds,
    waiting_rounds,
)
from .. import access
from ..context import now, services, this_week, user
from ..pictures import picture
from ..refusing import refuse

blueprint = Blueprint("calibration", __name__)

_SITE_ROWS = 3
_PARTS = 4


@blueprint.app_template_global("calibration_is_due")
def is_due() -> bool:
    """Whether whoever reads a page is to be reminded of a new round."""
    return may(g.visitor, Permission.CALIBRATION_MANAGE) and calibration_due(services(), now())


@blueprint.app_template_global("calibrations_waiting")
def waiting() -> Sequence[tuple[Kept[Round], int]]:
    """The rounds in which whoever reads a page has still to judge, and of how many questions."""
    found = waiting_rounds(services(), user()) if may(g.visitor, Permission.INSPECTION_SEND) else ()
    own = [own_questions(services(), user().name, kept.value) for kept in found]
    return [(kept, len(kept.value.questions) - len(mine)) for kept, mine in zip(found, own, strict=True)]


@blueprint.get("/quality/calibration")
@access.allowed(Permission.CALIBRATION_MANAGE)
def show() -> str:
    """All rounds, and whether a new one is due."""
    found = rounds(services())
    counts = {kept.id: len(judgings_of(services(), kept.id)) for kept in found}
    return render_template("quality/calibration/rounds.html", rounds=found, counts=counts, names=_names(), due=is_due())


@blueprint.get("/quality/calibration/new")
@access.allowed(Permission.CALIBRATION_MANAGE)
def new() -> Response:
    """What a round may be made of."""
    return _new_page()


@blueprint.post("/quality/calibration/new")
@access.allowed(Permission.CALIBRATION_MANAGE)
def begin() -> BaseResponse:
    """Open a round."""
    title = request.form.get("title", "").strip()
    made = open_round(services(), user().name, title, list(_wanted()), now())
    return _new_page(made) if isinstance(made, list) else redirect(url_for("calibration.one", id=made), 303)


@blueprint.get("/quality/calibration/<id>")
@access.allowed(Permission.CALIBRATION_MANAGE)
def one(id: str) -> str:
    """Who has judged; once it is closed, what the round says of items and of inspectors."""
    kept = _round(id)
    return render_template(
        "quality/calibration/round.html",
        kept=kept,
        judged=judgings_of(services(), id),
        missing=missing(services(), id),
        results=results_of(services(), id),
        referenced=_referenced(kept.value),
        names=_names(),
        low=LOW_ALPHA,
    )


@blueprint.post("/quality/calibration/<id>/close")
@access.allowed(Permission.CALIBRATION_MANAGE)
def close(id: str) -> BaseResponse:
    """Close a round; what was judged stays, and nothing more is taken."""
    _round(id)
    close_round(services(), user().name, id, now())
    return redirect(url_for("calibration.one", id=id), 303)


@blueprint.get("/field/calibration")
@access.allowed(Permission.INSPECTION_SEND)
def own() -> str:
    """The rounds that wait for one's own judgement, and those that one took part in."""
    mine = [kept for kept in rounds(services()) if own_judging(services(), user().name, kept.id)]
    return render_template("quality/calibration/own.html", waiting=waiting(), judged=mine)


@blueprint.get("/field/calibration/<id>")
@access.allowed(Permission.INSPECTION_SEND)
def judging(id: str) -> Response:
    """The questions of a round; once it is closed, one's own result."""
    return _judging_page(id)


@blueprint.post("/field/calibration/<id>")
@access.allowed(Permission.INSPECTION_SEND)
def send(id: str) -> BaseResponse:
    """Send one's judgements, all at once and for good."""
    questions = _round(id).value.questions
    grades = [request.form.get(f"grade.{number}", "") for number in range(1, len(questions) + 1)]
    problems = judge(services(), user(), id, grades, now())
    return _judging_page(id, problems) if problems else redirect(url_for("calibration.judging", id=id), 303)


@blueprint.get("/field/calibration/<id>/<int:number>.jpg")
@access.allowed(Permission.INSPECTION_SEND, Permission.CALIBRATION_MANAGE)
def shown(id: str, number: int) -> Response:
    """The picture of a question."""
    name, content = picture_of(services(), id, number)
    return picture(content, name)


def _judging_page(id: str, problems: Sequence[Problem] = ()) -> Response:
    kept = _round(id)
    mine, found = own_judging(services(), user().name, id), results_of(services(), id)
    page = render_template(
        "quality/calibration/judging.html",
        kept=kept,
        problems=problems,
        mine=mine,
        of_own=own_questions(services(), user().name, kept.value),
        sent=request.form,
        results=found if mine else None,
        own=next((one for one in found.deviations if one.inspector == user().name), None) if found and mine else None,
        referenced=_referenced(kept.value),
    )
    return make_response(page, 422 if problems else 200)


def _new_page(problems: Sequence[Problem] = ()) -> Response:
    current = services().library.current
    offered = [
        (checklist, candidate)
        for checklist, candidate in all_candidates(services(), this_week())
        if any(item.id == candidate.item for item in current[checklist].items)
    ]
    page = render_template(
        "quality/calibration/new.html",
        problems=problems,
        offered=offered,
        checklists=current,
        grades=lambda checklist, item: grades_of(current[checklist], item),
        sent=request.form,
        rows=range(_SITE_ROWS),
        least=LEAST_QUESTIONS,
        most=MOST_QUESTIONS,
        longest=MOST_TITLE,
    )
    return make_response(page, 422 if problems else 200)


def _wanted() -> Iterator[AskedFor]:
    """The questions that a form asks for: the photos that were ticked, then the sites."""
    form = request.form
    for text in form.getlist("photo")[: MOST_QUESTIONS + 1]:
        parts = text.split("|")
        if len(parts) == _PARTS:
            checklist, owner, sha256, item = parts
            photo = Candidate(owner, sha256, item, failed=False)
            yield AskedFor(checklist, item, photo, key=form.get(f"key.{text}", ""))
    for row in range(_SITE_ROWS):
        if code := form.get(f"site.{row}", "").strip():
            checklist, _, item = form.get(f"item.{row}", "").partition("|")
            yield AskedFor(checklist, item, site=code)


def _referenced(round: Round) -> set[tuple[str, str]]:
    """The items of a round that have reference photos, by checklist and item."""
    current = services().library.current
    checklists = [current[id] for id in {one.checklist for one in round.questions} if id in current]
    return {(checklist.id, one.item) for checklist in checklists for one in references_of(services(), checklist)}


def _names() -> dict[str, str]:
    return {one.name: one.title for one in all_users(services().store)}


def _round(id: str) -> Kept[Round]:
    kept = find_round(services(), id)
    if kept is None:
        refuse(404, "没有这一轮校准")
    return kept
