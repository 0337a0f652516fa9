"""Complaints as they are entered, and what stands against the index."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspect_app.domain.accounts.scope import EVERYTHING, Scope
from inspect_app.services.index.publishing import publish
from inspect_app.services.quality import plausible
from inspect_app.services.quality.plausible import complaints_of, plausibility_of, take_complaints
from tests.services.inspecting.test_last_visit import visited
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
