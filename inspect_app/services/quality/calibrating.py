"""Rounds of calibration: opened by the office, judged by each inspector alone, told when they are closed."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...collections.quality.calibration import CALIBRATION_JUDGINGS, CALIBRATION_ROUNDS, judging_id
from ...domain.accounts.permissions import Permission
from ...domain.accounts.user import User
from ...domain.checklists.checklist import Checklist
from ...domain.checklists.references import grades_of
from ...domain.problems import Problem
from ...domain.quality.calibration import (
    Judging,
    Question,
    Results,
    Round,
    is_due,
    judging_problems,
    results,
    round_problems,
)
from ...photos.small import small_jpeg
from .. import Services
from ..accounts.accounts import all_users
from ..accounts.may import may
from ..audit import Entry, keep
from ..evidence.redacting import finished_redaction, redacted_picture
from ..evidence.references import Candidate, is_redacted_as_of, source_problem
from ..place.register import find_site

PICTURE_BYTES = 120 * 1024
"""Large enough to judge by, small enough for a phone's page of many."""


@dataclass(frozen=True, slots=True)
class AskedFor:
    """A question as the office asks it: by a redacted photo of the log or an upload, or at a site (its code)."""

    checklist: str
    item: str
    photo: Candidate | None = None
    site: str = ""
    key: str = ""


def open_round(
    services: Services, who: str, title: str, wanted: Sequence[AskedFor], now: datetime
) -> str | list[Problem]:
    """Open a round; its id, or what is wrong and nothing is opened."""
    made = [_question(services, number, one) for number, one in enumerate(wanted, start=1)]
    questions = [one[0] for one in made if not isinstance(one, Problem)]
    problems = [one for one in made if isinstance(one, Problem)]
    problems += round_problems(title, questions) if not problems else []
    if problems:
        return problems
    for one in made:
        if not isinstance(one, Problem) and one[1]:
            services.photos.keep(one[0].picture, one[1])
    id = secrets.token_hex(8)
    round = Round(title, tuple(questions), who, now)
    entry = Entry("calibration.opened", f"calibration/{id}", after={"title": title, "questions": len(questions)})
    keep(services.store, who, now, [entry], [CALIBRATION_ROUNDS.writing(id, round)])
    return id


def close_round(services: Services, who: str, id: str, now: datetime) -> None:
    """Close a round, so that its results are told; nothing where it is closed already."""
    kept = find_round(services, id)
    if kept is None or not kept.value.is_open:
        return
    entry = Entry("calibration.closed", f"calibration/{id}", after={"judges": len(judgings_of(services, id))})
    closed = replace(kept.value, closed_by=who, closed_at=now)
    keep(services.store, who, now, [entry], [CALIBRATION_ROUNDS.writing(id, closed, kept.revision)])


def judge(services: Services, user: User, id: str, grades: Sequence[str], now: datetime) -> list[Problem]:
    """Keep what an inspector judged, once and for good: who has talked with others must not change it any more.

    What is said of their own photos is not kept. The same again is no second one. Raises ``Stale`` where the round is
    closed meanwhile.
    """
    kept = find_round(services, id)
    if kept is None:
        return [Problem("calibration.unknown")]
    if may(user, Permission.CALIBRATION_MANAGE):
        return [Problem("calibration.of_the_office")]
    own = own_questions(services, user.name, kept.value)
    given_grades = tuple("" if number in own else grade for number, grade in enumerate(grades))
    if earlier := own_judging(services, user.name, id):
        return [] if earlier.grades in (given_grades, tuple(grades)) else [Problem("calibration.judged_already")]
    if problems := judging_problems(kept.value, given_grades, own):
        return problems
    judging = Judging(id, user.name, given_grades, now)
    write = CALIBRATION_JUDGINGS.writing(judging_id(id, user.name), judging)
    given = [CALIBRATION_ROUNDS.given(id, kept)]
    keep(services.store, user.name, now, [Entry("calibration.judged", f"calibration/{id}")], [write], given=given)
    return []


def own_questions(services: Services, inspector: str, round: Round) -> frozenset[int]:
    """The questions (from 0) by photos of visits of which an inspector knows what was found: made, or gone along on.

    Who took a photo saw the place, and what the office decided. Only they themselves are told that it is theirs.
    """
    visits = {one.owner: INSPECTIONS.get(services.store, one.owner) for one in round.questions if one.owner}
    mine = {id for id, kept in visits.items() if kept and inspector in kept.value.knowing}
    return frozenset(number for number, one in enumerate(round.questions) if one.owner in mine)


def asks(services: Services, inspector: str, round: Round) -> bool:
    """Whether a round has any question for an inspector."""
    return len(own_questions(services, inspector, round)) < len(round.questions)


def find_round(services: Services, id: str) -> Kept[Round] | None:
    """The round with this id; or None."""
    return CALIBRATION_ROUNDS.get(services.store, id)


def rounds(services: Services) -> list[Kept[Round]]:
    """All rounds, the newest first."""
    return sorted(CALIBRATION_ROUNDS.find(services.store), key=lambda kept: kept.value.opened_at, reverse=True)


def judgings_of(services: Services, id: str) -> list[Judging]:
    """What was judged in a round, by whoever did."""
    return [kept.value for kept in CALIBRATION_JUDGINGS.find(services.store, round=id)]


def own_judging(services: Services, inspector: str, id: str) -> Judging | None:
    """What one inspector judged in a round; or None."""
    kept = CALIBRATION_JUDGINGS.get(services.store, judging_id(id, inspector))
    return kept.value if kept else None


def waiting_rounds(services: Services, user: User) -> list[Kept[Round]]:
    """The open rounds in which somebody has still to judge."""
    if may(user, Permission.CALIBRATION_MANAGE):
        return []
    found = CALIBRATION_ROUNDS.find(services.store, state="open")
    open_ = [kept for kept in found if own_judging(services, user.name, kept.id) is None]
    return [kept for kept in open_ if asks(services, user.name, kept.value)]


def results_of(services: Services, id: str) -> Results | None:
    """What a round says, None as long as it is open: nobody's judgement is to lean on another's."""
    kept = find_round(services, id)
    return None if kept is None or kept.value.is_open else results(kept.value, judgings_of(services, id))


def missing(services: Services, id: str) -> list[User]:
    """The inspectors in use who have not judged in a round."""
    judged, kept = {one.inspector for one in judgings_of(services, id)}, find_round(services, id)
    wanting = [user for user in all_users(services.store) if _judges(user) and user.name not in judged]
    return [user for user in wanting if kept and asks(services, user.name, kept.value)]


def calibration_due(services: Services, now: datetime) -> bool:
    """Whether a new round is due, and there are two inspectors at least who could agree."""
    if sum(_judges(user) for user in all_users(services.store)) < 2:
        return False
    return is_due((kept.value.opened_at for kept in rounds(services)), now)


def picture_of(services: Services, id: str, number: int) -> tuple[str, bytes | None]:
    """The hash and the picture of a round's question, counted from 1; nothing where it has none.

    Nothing as well where its photo was redacted anew since the round was opened.
    """
    kept = find_round(services, id)
    if kept is None or not 1 <= number <= len(kept.value.questions):
        return "", None
    question = kept.value.questions[number - 1]
    hidden = question.owner and not is_redacted_as_of(services, question.owner, question.source, kept.value.opened_at)
    return (question.picture, services.photos.read(question.picture)) if question.picture and not hidden else ("", None)


def _judges(user: User) -> bool:
    return user.active and may(user, Permission.INSPECTION_SEND) and not may(user, Permission.CALIBRATION_MANAGE)


def _question(services: Services, number: int, wanted: AskedFor) -> tuple[Question, bytes] | Problem:
    """The question, and the picture that it is asked by; empty where it is asked at a site."""
    checklist = services.library.current.get(wanted.checklist)
    if checklist is None or not any(item.id == wanted.item for item in checklist.items):
        return Problem("calibration.item_unknown", details={"number": number, "item": wanted.item})
    text, grades = checklist.item(wanted.item).text, grades_of(checklist, wanted.item)
    asked = Question(wanted.checklist, wanted.item, text, grades, key=wanted.key)
    if wanted.site:
        return _at_site(services, number, wanted, asked)
    return _by_photo(services, number, checklist, wanted, asked)


def _at_site(services: Services, number: int, wanted: AskedFor, asked: Question) -> tuple[Question, bytes] | Problem:
    site = find_site(services.store, wanted.site)
    if site is None or site.state != "active" or site.site_type != wanted.checklist:
        return Problem("calibration.site_unknown", details={"number": number, "code": wanted.site})
    return replace(asked, site=site.code, site_name=site.name), b""


def _by_photo(
    services: Services, number: int, checklist: Checklist, wanted: AskedFor, asked: Question
) -> tuple[Question, bytes] | Problem:
    photo = wanted.photo
    if photo is None or photo.item != wanted.item or source_problem(services, checklist, photo):
        return Problem("calibration.photo", details={"number": number})
    redaction = finished_redaction(services, photo.owner, photo.sha256)
    shown = redacted_picture(services, redaction) if redaction else None
    if shown is None:
        return Problem("calibration.photo", details={"number": number})
    small = small_jpeg(shown, PICTURE_BYTES, longest_px=1280)
    picture = hashlib.sha256(small).hexdigest()
    return replace(asked, picture=picture, owner=photo.owner, source=photo.sha256), small
