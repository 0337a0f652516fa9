"""Reference photos: which a version of a checklist has, in which order, and how many there may be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from inspect_app.domain.checklists.checklist import Checklist
from inspect_app.domain.checklists.references import (
    MOST_CAPTION,
    MOST_OF_GRADE,
    MOST_REFERENCES,
    Reference,
    ReferenceSet,
    grades_of,
    recaptioned,
    references_for,
    with_reference,
    without_reference,
)
from inspect_app.domain.problems import Problem
from inspect_app.services.checklists.library import read_checklists
from inspect_app.settings import PROJECT

AT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def checklist() -> Checklist:
    return read_checklists(PROJECT / "checklists")[1]["public-toilet"]


def reference(checklist: Checklist, number: int = 0, grade: str = "severe", picture: str = "a") -> Reference:
    plain = [one for one in checklist.items if one.method == "compliance"]
    return Reference(plain[number].id, grade, "地面有积水", picture * 64, "visit", "f" * 64)


def kept(checklist: Checklist, number: int, *references: Reference) -> ReferenceSet:
    return ReferenceSet(checklist.id, number, checklist.version, references, "supervisor", AT)


def test_an_item_with_grades_of_its_own_has_references_of_these(checklist):
    graded = next(one for one in checklist.items if one.method == "grade")
    assert list(grades_of(checklist, graded.id)) == [grade.key for grade in graded.rule.grades]
    assert list(grades_of(checklist, reference(checklist).item).values()) == ["合格", "轻微", "严重"]


def test_a_new_version_keeps_what_there_was_and_an_old_one_shows_what_it_had(checklist):
    """Versions A, B, C; A had one set, C has changed it, B had none of its own."""
    b, c = replace(checklist, title="B"), replace(checklist, title="C")
    versions = [one.version for one in (checklist, b, c)]
    old, new = reference(checklist), reference(checklist, picture="b")
    sets = [kept(checklist, 1, old)]
    assert references_for(b, b.version, versions[:2], sets) == (old,)
    sets.append(kept(c, 2, new))
    found = {one.title: references_for(one, c.version, versions, sets) for one in (checklist, b, c)}
    assert found == {checklist.title: (old,), "B": (old,), "C": (new,)}
    assert references_for(checklist, checklist.version, versions, sets) == (new,), "put in force again"
    assert references_for(checklist, c.version, versions, []) == ()


def test_they_stand_in_the_order_of_items_and_grades_and_without_items_that_are_gone(checklist):
    first, second = reference(checklist, 0), reference(checklist, 1)
    good = reference(checklist, 1, "good")
    gone = replace(first, item="no-such-item")
    shown = references_for(checklist, checklist.version, [], [kept(checklist, 1, second, gone, good, first)])
    assert shown == (first, good, second)


def test_of_one_grade_and_of_one_checklist_there_are_only_so_many(checklist):
    full: tuple[Reference, ...] = ()
    for number in range(MOST_OF_GRADE):
        found = with_reference(checklist, full, reference(checklist, picture=str(number)))
        assert not isinstance(found, Problem)
        full = found
    assert with_reference(checklist, full, reference(checklist)) == Problem(
        "references.too_many_of_grade", details={"most": MOST_OF_GRADE}
    )
    again = with_reference(checklist, full, replace(full[0], caption="又一句"))
    assert not isinstance(again, Problem)
    assert len(again) == MOST_OF_GRADE
    many = [reference(checklist, 1, picture=f"{number:064d}"[-1]) for number in range(MOST_REFERENCES)]
    many = [replace(one, picture=f"{number:064d}") for number, one in enumerate(many)]
    assert with_reference(checklist, many, reference(checklist)) == Problem(
        "references.too_many", details={"most": MOST_REFERENCES}
    )


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"item": "no-such-item"}, "references.item_unknown"),
        ({"grade": "A"}, "references.grade_unknown"),
        ({"caption": ""}, "references.caption"),
        ({"caption": "看" * (MOST_CAPTION + 1)}, "references.caption"),
    ],
)
def test_what_is_wrong_with_one_is_said(checklist, wrong, code):
    found = with_reference(checklist, (), replace(reference(checklist), **wrong))
    assert isinstance(found, Problem)
    assert found.code == code


def test_captions_are_changed_and_references_taken_out_by_their_place(checklist):
    one, other = reference(checklist), reference(checklist, picture="b")
    place = (one.item, one.grade, one.picture)
    assert recaptioned((one, other), place, "新的") == (replace(one, caption="新的"), other)
    assert isinstance(recaptioned((one,), place, ""), Problem)
    assert without_reference((one, other), place) == (other,)
