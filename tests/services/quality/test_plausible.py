"""Complaints as they are entered, and what stands against the index."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from inspect_app.collections.cases.case import CASES
from inspect_app.collections.quality.complaints import COMPLAINTS
from inspect_app.domain.accounts.scope import EVERYTHING, Scope
from inspect_app.domain.cases.case import Case, CasePlace
from inspect_app.domain.cases.life_cycle import Course, State
from inspect_app.domain.cases.recurrence import Recurrence
from inspect_app.domain.index.plausibility_figure import PlausibilityFigure, plausibility_text
from inspect_app.exports.index.bulletin import bulletin
from inspect_app.exports.index.table import week_document
from inspect_app.services.audit import entries_of
from inspect_app.services.index.publishing import publish
from inspect_app.services.quality import plausible
from inspect_app.services.quality.plausible import (
    complaints_of,
    plausibility_of,
    set_published,
    take_complaints,
    with_plausibility,
)
from inspect_app.store import Stale
from tests.services.inspecting.test_last_visit import visited
from tests.weeks import made_week
from tests.world import NOW, STREET, WEEK, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.in_memory(tmp_path / "data")


def test_counts_of_a_week_are_taken_and_taken_anew(world):
    assert take_complaints(world.services, "supervisor", WEEK, f"{STREET}，12\n\n", NOW) == 1
    assert complaints_of(world.services, WEEK) == {STREET: 12}
    assert take_complaints(world.services, "supervisor", WEEK, f"{STREET}\t3", NOW) == 1
    assert complaints_of(world.services, WEEK) == {STREET: 3}


def test_each_line_that_is_wrong_is_named_and_nothing_is_taken(world):
    text = f"421002,1\n{STREET},-2\n{STREET},1\n{STREET},2\n{STREET},\n"
    problems = take_complaints(world.services, "supervisor", WEEK, text, NOW)
    assert [(one.code, one.details["number"]) for one in problems] == [
        ("complaints.street", 1),
        ("complaints.count", 2),
        ("complaints.twice", 4),
        ("complaints.count", 5),
    ]
    assert [one.code for one in take_complaints(world.services, "supervisor", WEEK, " \n", NOW)] == ["complaints.none"]
    assert complaints_of(world.services, WEEK) == {}


def test_the_streets_of_the_index_have_their_complaints_of_thirteen_weeks(world, monkeypatch):
    visited(world)
    assert publish(world.services, "supervisor", WEEK, "", NOW) == 1
    for week, count in ((WEEK, 3), ("2026-W36", 4), ("2026-W35", 100)):
        take_complaints(world.services, "supervisor", week, f"{STREET},{count}", NOW)
    seen = []
    monkeypatch.setattr(plausible, "plausibility", seen.append)
    assert plausibility_of(world.services, WEEK, scope=Scope(("421002",))) is None
    assert seen == []
    plausibility_of(world.services, WEEK, scope=EVERYTHING)
    ((street,),) = seen
    assert (street.area, street.problems) == (STREET, 7)


def test_a_report_that_the_office_cancelled_was_no_problem(world, monkeypatch):
    visited(world)
    assert publish(world.services, "supervisor", WEEK, "", NOW) == 1
    for number, state in enumerate((State.FILED, State.CANCELLED), start=1):
        case = Case(
            WEEK, STREET, "", "id", "", "", "", "垃圾", "", (), "", "", CasePlace("路口", "", None, None),
            "2026-11-24", (), "supervisor", "", Recurrence(), Course(NOW, state=state),
        )  # fmt: skip
        CASES.put_once(world.services.store, f"2026-0000{number}", case)
    seen = []
    monkeypatch.setattr(plausible, "plausibility", seen.append)
    plausibility_of(world.services, WEEK, scope=EVERYTHING)
    assert [one.problems for one in seen[0]] == [1]


def six_streets():
    """A week of twelve streets, the index from the best to the worst."""
    return replace(made_week(), head=replace(made_week().head, digest=""))


def test_the_figure_is_published_only_where_the_office_chose_so(world):
    """The worse the index of a street, the more complaints: they agree wholly, and the week says so without a name."""
    week = six_streets()
    rows = [row for row in week.rows if row.level == "街道乡镇"]
    counts = {row.area: number for number, row in enumerate(sorted(rows, key=lambda row: -row.rate), start=1)}
    keep_counts(world, counts)
    assert with_plausibility(world.services, week) == week
    set_published(world.services, "supervisor", True, 0, NOW)
    shown = with_plausibility(world.services, week)
    assert shown.plausibility == PlausibilityFigure(len(rows), 13, pytest.approx(1.0), None, None)
    assert "名次相关1.00。" in plausibility_text(shown.plausibility)
    frozen = world.services.frozen
    assert frozen.week(frozen.keep(shown)).plausibility == shown.plausibility
    assert "plausibility" in week_document(shown)
    assert "名次相关" in str(bulletin(shown, None))
    with pytest.raises(Stale):
        set_published(world.services, "supervisor", False, 0, NOW)
    set_published(world.services, "supervisor", False, 1, NOW)
    assert with_plausibility(world.services, week) == week
    acts = [entry["after"]["published"] for entry in entries_of(world.services, "rule")]
    assert acts == [True, False]


def keep_counts(world, counts):
    COMPLAINTS.put_once(world.services.store, "2026-W47", counts)


def test_nothing_is_published_of_weeks_that_say_nothing(world):
    set_published(world.services, "supervisor", True, 0, NOW)
    assert with_plausibility(world.services, six_streets()).plausibility is None


def test_a_figure_in_words_has_its_interval_and_sign():
    words = plausibility_text(PlausibilityFigure(12, 13, -0.25, -0.7, 0.31))
    assert "12个街道" in words
    assert "名次相关−0.25（95%区间−0.70至0.31）" in words
