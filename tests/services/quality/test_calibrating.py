"""Rounds of calibration: everybody alone, once, blind until the end; by redacted photos only."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.accounts.user import User
from inspect_app.domain.evidence.redaction import Box
from inspect_app.domain.quality.calibration import EVERY
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.evidence.redacting import finish, redaction_of
from inspect_app.services.evidence.references import Candidate, adopt, all_candidates
from inspect_app.services.quality.calibrating import (
    AskedFor,
    calibration_due,
    close_round,
    find_round,
    judge,
    judgings_of,
    missing,
    open_round,
    own_questions,
    picture_of,
    results_of,
    waiting_rounds,
)
from tests.services.evidence.test_references import redacted_visit
from tests.services.inspecting.test_last_visit import visited
from tests.world import NOW, WEEK, World, photo, sha256

CHECKLIST = "zebra-crossing"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.in_memory(tmp_path / "data")


def opened(world: World, by: str = "wang") -> str:
    """A round of three questions: a photo of the log, of somebody's visit, with a key, and two at sites."""
    one = redacted_visit(world)
    taken_by(world, one.owner, by)
    sites = [AskedFor(CHECKLIST, item.id, site=f"{CHECKLIST}-1") for item in world.checklist(CHECKLIST).items[:2]]
    made = open_round(
        world.services, "supervisor", "四季度", [AskedFor(CHECKLIST, one.item, one, key="severe"), *sites], NOW
    )
    assert isinstance(made, str), made
    return made


def taken_by(world: World, id: str, inspector: str) -> None:
    """Have a visit be of another inspector: the two who judge made it otherwise."""
    kept = INSPECTIONS.get(world.services.store, id)
    INSPECTIONS.update(world.services.store, kept, replace(kept.value, inspector=inspector))


def person(world: World, name: str) -> User:
    user = find_user(world.services.store, name)
    assert user
    return user


def judged(world: World, name: str, id: str, first: str = "severe") -> list[str]:
    grades = (first, *(next(iter(one.grades)) for one in find_round(world.services, id).value.questions[1:]))
    return [one.code for one in judge(world.services, person(world, name), id, grades, NOW)]


def test_everybody_judges_once_and_nobody_sees_anything_before_the_end(world):
    id = opened(world)
    assert [one.name for one in missing(world.services, id)] == ["inspector", "inspector2"]
    assert judged(world, "inspector", id) == []
    assert judged(world, "inspector", id) == [], "the same again"
    assert judged(world, "inspector", id, "good") == ["calibration.judged_already"]
    assert results_of(world.services, id) is None
    assert [kept.id for kept in waiting_rounds(world.services, person(world, "inspector2"))] == [id]
    assert waiting_rounds(world.services, person(world, "inspector")) == []
    assert judged(world, "inspector2", id, "good") == []
    close_round(world.services, "supervisor", id, NOW)
    found = results_of(world.services, id)
    assert found.judges == 2
    assert found.overall.same == 1
    assert found.deviations[0].inspector == "inspector"


def test_who_knows_the_key_and_who_comes_too_late_do_not_judge(world):
    id = opened(world)
    assert judged(world, "administrator", id) == ["calibration.of_the_office"]
    close_round(world.services, "supervisor", id, NOW)
    close_round(world.services, "supervisor", id, NOW)
    assert judged(world, "inspector", id) == ["calibration.closed"]
    assert judge(world.services, person(world, "inspector"), "none", (), NOW)[0].code == "calibration.unknown"


def test_a_round_is_made_of_redacted_photos_and_of_sites_in_use(world):
    open_id, item = visited(world, seed=2)
    raw = Candidate(open_id, sha256(photo(2)), item, failed=True)
    wrong = [
        AskedFor(CHECKLIST, item, raw),
        AskedFor(CHECKLIST, item),
        AskedFor(CHECKLIST, item, site="nowhere"),
        AskedFor(CHECKLIST, item, site="market-1"),
        AskedFor(CHECKLIST, "no-such-item", site=f"{CHECKLIST}-1"),
    ]
    problems = open_round(world.services, "supervisor", "四季度", wrong, NOW)
    assert [one.code for one in problems] == [
        "calibration.photo",
        "calibration.photo",
        "calibration.site_unknown",
        "calibration.site_unknown",
        "calibration.item_unknown",
    ]
    assert isinstance(open_round(world.services, "supervisor", "四季度", wrong[:0], NOW), list)


def test_a_question_shows_its_picture_and_a_site_has_none(world):
    id = opened(world)
    name, content = picture_of(world.services, id, 1)
    assert content
    assert sha256(content) == name
    assert picture_of(world.services, id, 2) == ("", None)
    assert picture_of(world.services, id, 9) == ("", None)


def test_a_picture_whose_photo_is_redacted_anew_is_shown_no_more(world):
    id = opened(world)
    question = find_round(world.services, id).value.questions[0]
    redaction = redaction_of(world.services, question.owner, question.source, scope=EVERYTHING)
    boxes = [Box(0.5, 0.5, 0.5, 0.5, "face")]
    finish(world.services, "supervisor", redaction, boxes, NOW + timedelta(hours=1))
    assert picture_of(world.services, id, 1) == ("", None)


def test_a_photo_of_which_phones_show_the_grade_is_offered_for_no_round(world):
    one = redacted_visit(world)
    assert all_candidates(world.services, WEEK) == [(CHECKLIST, one)]
    adopt(world.services, "supervisor", world.checklist(CHECKLIST), one, "severe", "压线", NOW, expected=0)
    assert all_candidates(world.services, WEEK) == []


def test_a_new_round_is_due_every_quarter(world):
    assert calibration_due(world.services, NOW)
    opened(world)
    assert not calibration_due(world.services, NOW + EVERY)
    assert calibration_due(world.services, NOW + EVERY + timedelta(days=1))


def test_nobody_is_asked_about_a_photo_of_their_own_visit_and_no_other_is_told(world):
    taker, other = "inspector", "inspector2"
    id = opened(world, by=taker)
    round = find_round(world.services, id).value
    assert own_questions(world.services, taker, round) == {0}
    assert own_questions(world.services, other, round) == frozenset()
    assert judged(world, taker, id, "") == []
    assert judged(world, taker, id, "good") == [], "what is said of one's own is not kept"
    assert judged(world, other, id, "") == ["calibration.unanswered"]
    assert judged(world, other, id, "good") == []
    by_name = {one.inspector: one.grades for one in judgings_of(world.services, id)}
    assert (by_name[taker][0], by_name[other][0]) == ("", "good")
    close_round(world.services, "supervisor", id, NOW)
    found = results_of(world.services, id)
    assert (found.judges, found.overall.asked, found.overall.same) == (2, 1, 0)
    assert [(one.inspector, one.asked) for one in found.deviations] == [(other, 1)]
