"""The unit's pages, for a phone: its cases by urgency, one case, and what can be done with it.

All that is shown comes from ``CaseForUnit``, which holds nothing of who inspected.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ...collections import Kept
from ...domain.accounts.permissions import Permission
from ...domain.accounts.scope import EVERYTHING
from ...domain.cases.case import Case
from ...domain.cases.deadlines import guessed_years
from ...domain.cases.life_cycle import ACTS, State
from ...domain.cases.unit_view import CaseForUnit, for_unit
from ...domain.cases.working_time import add_working_hours, guess_words
from ...domain.inspecting.held_import import UNIT
from ...domain.problems import Problem
from ...services.accounts.nameless import words_for
from ...services.accounts.units import unit_names
from ...services.cases.acts import AskedAct, act_on, cases_of_unit, closed_cases_of_unit, find_case
from ...services.cases.nameless import nameless_case
from ...services.cases.unit_reports import MAX_PHOTOS, evidence_of_file, take_handling
from ...services.evidence.marking import marks_name, marks_of
from ...services.evidence.shared_copies import shared_copy
from ...services.evidence.turning import quarters_of, turn_name
from ...services.place.register import area_tree
from ...store import Stale
from .. import access, bodies
from ..context import now, scope, services, user
from ..inspecting.refused import hold_form
from ..inspecting.uploads import receive_photos
from ..numbers import is_number
from ..pictures import picture
from ..place.maps import map_page
from ..refusing import refuse
from ..times import instant_of_field

blueprint = Blueprint("unit", __name__, url_prefix="/unit")

_BY_FORM = ("accept", "return", "extend")
_CLOSED = 20
_LISTED = 200
GROUPS = {
    "overdue": "已超期",
    "soon": "快到期",
    "new": "待接收",
    "working": "处置中",
    "waiting": "待督导核查",
    "suspended": "挂账",
    "joint": "本单位协办",
}


@dataclass(frozen=True, slots=True)
class Card:
    """One case of the list, and the key of ``GROUPS`` that it is shown in; ``guessed`` as of ``guessed_years``."""

    case: CaseForUnit
    group: str
    revision: int
    guessed: tuple[int, ...]


@blueprint.get("/")
@access.allowed(Permission.CASE_HANDLE)
def cases() -> str:
    """The unit's open cases, the most urgent first."""
    found = _cards(cases_of_unit(services(), user().unit))
    groups = {title: cards for name, title in GROUPS.items() if (cards := [one for one in found if one.group == name])}
    closed = [_seen(stored) for stored in closed_cases_of_unit(services(), user().unit, _CLOSED)]
    return render_template(
        "cases/unit/cases.html",
        groups={title: cards[:_LISTED] for title, cards in groups.items()},
        counts={title: len(cards) for title, cards in groups.items()},
        closed=closed,
        unit=unit_names(services().store).get(user().unit, ""),
        data={"user": user().name},
    )


@blueprint.get("/map")
@access.allowed(Permission.CASE_HANDLE)
def map() -> Response:
    """Where the unit's open cases are."""
    cards = _cards(cases_of_unit(services(), user().unit))
    marks = [
        {
            "url": url_for("unit.case", id=card.case.id),
            "id": card.case.id,
            "title": card.case.title,
            "place": card.case.place,
            "group": card.group,
            "lat": card.case.lat,
            "lon": card.case.lon,
        }
        for card in cards
        if card.case.lat is not None
    ]
    return map_page("cases/unit/map.html", data={"marks": marks}, unplaced=len(cards) - len(marks))


@blueprint.get("/cases/<id>")
@access.allowed(Permission.CASE_HANDLE)
def case(id: str) -> Response:
    return _page(_own(id))


@blueprint.post("/cases/<id>/<act>")
@access.allowed(Permission.CASE_HANDLE)
def act(id: str, act: str) -> BaseResponse:
    """Accept, return, or ask for more time; 409 where the case has changed since the page was made."""
    stored, revision = _own(id), request.form.get("revision", "")
    if act not in _BY_FORM:
        refuse(404, f"没有操作「{act}」")
    if not is_number(revision):
        return _page(stored, [Problem("cases.revision_missing")])
    deadline = instant_of_field(request.form.get("deadline", ""))
    asked = AskedAct(act, reason=request.form.get("reason", ""), deadline=deadline)
    try:
        done = act_on(services(), user(), id, asked, int(revision), now())
    except Stale:
        return _page(_own(id), [Problem("cases.changed_at_unit")], 409)
    if isinstance(done, list):
        return _page(stored, done)
    if done.value.unit != user().unit:
        return redirect(url_for("unit.cases"), 303)
    return redirect(url_for("unit.case", id=id), 303)


@blueprint.post("/cases/<id>/handle")
@access.allowed(Permission.CASE_HANDLE)
@bodies.takes_files
def handle(id: str) -> BaseResponse:
    """The report sent whole, photos and all, by a phone without JavaScript."""
    _own(id)
    hashes, problems = receive_photos(request.files.getlist("photos"), most=MAX_PHOTOS)
    raw = {
        "case": id,
        "note": request.form.get("note", "").strip(),
        "photos": [evidence_of_file(services(), one, now()) for one in hashes],
    }
    report = request.form.get("id", "")
    if not problems:
        done = take_handling(services(), user(), report, raw, now())
        if done.case is not None:
            return redirect(url_for("unit.case", id=id), 303)
        problems = list(done.problems)
    hold_form(report, raw, problems, origin=UNIT)
    return _page(_own(id), problems)


@blueprint.get("/cases/<id>/photos/<int:number>")
@access.allowed(Permission.CASE_HANDLE)
def photo(id: str, number: int) -> Response:
    """A photo of the problem without metadata, by its number from 1; ``small`` gives its thumbnail."""
    case = _own(id).value
    return _picture(case.photos, number, case.inspection)


@blueprint.get("/cases/<id>/after/<int:number>")
@access.allowed(Permission.CASE_HANDLE)
def after(id: str, number: int) -> Response:
    """One of the unit's own photos."""
    own = [photo.sha256 for photo in _own(id).value.after if photo.unit == user().unit]
    return _picture(own, number)


def _picture(hashes: Sequence[str], number: int, inspection: str = "") -> Response:
    """A photo for the unit; those of an ``inspection`` with what is marked on them."""
    if not 0 < number <= len(hashes):
        refuse(404, "没有这张照片")
    sha256 = hashes[number - 1]
    small = "small" in request.args
    marks = marks_of(services(), inspection, sha256) if inspection else ()
    content = shared_copy(services(), sha256, marks=marks, small=small)
    # Not the hash of the original: it would be the same for whoever holds the inspector's file.
    turn = turn_name(quarters_of(services().store, sha256))
    tag = hashlib.sha256(f"unit {sha256} {small}{marks_name(marks)}{turn}".encode()).hexdigest()[:16]
    answer = picture(content, tag)
    # Which photo a number is may change with the case.
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _own(id: str) -> Kept[Case]:
    """The case, where it is the unit's to see; others' are as if they were not there."""
    stored, unit = find_case(services(), id, scope=EVERYTHING), user().unit
    if stored is None or not unit or unit not in stored.value.units:
        refuse(404, f"没有编号为「{id}」的整改件")
    return stored


def _seen(stored: Kept[Case]) -> CaseForUnit:
    case = nameless_case(stored.value, words_for(services(), scope()))
    area = area_tree(services().store, case.week).full_name(case.area)
    return for_unit(stored.id, case, user().unit, unit_names(services().store), area)


def _cards(found: Sequence[Kept[Case]]) -> list[Card]:
    names, tree = unit_names(services().store), area_tree(services().store)
    words = words_for(services(), scope())
    deadlines, timezone = services().library.deadlines, services().settings.timezone
    office = deadlines.office(timezone)
    at = now()
    soon = add_working_hours(office, at, office.day_hours)
    cards = []
    for stored in found:
        area = tree.full_name(stored.value.area)
        case = for_unit(stored.id, nameless_case(stored.value, words), user().unit, names, area)
        if stored.value.unit != user().unit:
            group = "joint"
        elif stored.value.overdue(at):
            group = "overdue"
        elif case.state is State.HANDLED:
            group = "waiting"
        elif case.state is State.SUSPENDED:
            group = "suspended"
        elif case.deadline and case.deadline < soon:
            group = "soon"
        else:
            group = "new" if case.state is State.DISPATCHED else "working"
        cards.append(Card(case, group, stored.revision, guessed_years(deadlines, timezone, stored.value, at)))
    return cards


def _page(stored: Kept[Case], problems: Sequence[Problem] = (), status: int = 422) -> Response:
    seen, deadlines = _seen(stored), services().library.deadlines
    page = render_template(
        "cases/unit/case.html",
        case=seen,
        revision=stored.revision,
        lead=stored.value.unit == user().unit,
        acts={name: ACTS[name] for name in seen.acts},
        late=stored.value.overdue(now()),
        guess=guess_words(guessed_years(deadlines, services().settings.timezone, stored.value, now())),
        longer=seen.deadline + timedelta(days=3) if seen.deadline else None,
        report=str(uuid4()),
        most=MAX_PHOTOS,
        problems=problems,
        form=request.form,
        data={
            "user": user().name,
            "case": seen.id,
            "title": seen.title,
            "maxPhotoBytes": services().settings.max_photo_bytes,
            "photoLongestPx": services().settings.photo_longest_px,
            "most": MAX_PHOTOS,
        },
    )
    return make_response(page, status if problems else 200)
