"""Before a week is published it is told where inspectors differ by more than chance and more than is tolerated."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.index.figures import PublishedWeek
from inspect_app.domain.index.severity_found import SeverityFound
from inspect_app.services.quality.closing import closing_points, moved_by_severity
from tests.inspections import SITE, inspection
from tests.weeks import made_week
from tests.world import NOW, WEEK, World


@pytest.mark.parametrize(
    ("severe", "told"), [(0.0, ""), (2.0, ""), (12.0, "1名偏严")], ids=["alike", "tolerated", "severe"]
)
def test_inspectors_who_differ_by_more_than_is_tolerated_are_told_by_number_and_not_by_name(tmp_path, severe, told):
    """Eight at ten sites each in the same streets, one of them so many points lower; chance is 2 points."""
    world, lot = World.in_memory(tmp_path / "data"), random.Random(4)
    for n in range(80):
        name, street = ("li4", *"abcdefg")[n % 8], f"42100200{1 + n // 8 % 4}"
        rate = 80 + lot.gauss(0, 2) - severe * (name == "li4")
        visit = inspection(inspector=name, area=street, rate=rate, site=replace(SITE, code=f"toilet-{n}"))
        INSPECTIONS.put_once(world.services.store, f"visit {n}", visit)
    points = closing_points(world.services, WEEK, NOW + timedelta(days=7), scope=EVERYTHING)
    said = [one.text for one in points if "宽严" in one.text]
    assert bool(said) == bool(told)
    assert all(told in one and "li4" not in one for one in said)


def test_of_a_handful_of_visits_nothing_is_told_of_their_inspectors(tmp_path):
    """The warning rests on the spread between sites: where two sites tell of it, any difference would look sure."""
    world = World.in_memory(tmp_path / "data")
    for n, name in enumerate(("li4", "a", "li4", "a")):
        visit = inspection(inspector=name, rate=60.0 + 30 * (name == "a"), site=replace(SITE, code=f"toilet-{n}"))
        INSPECTIONS.put_once(world.services.store, f"visit {n}", visit)
    points = closing_points(world.services, WEEK, NOW + timedelta(days=7), scope=EVERYTHING)
    assert not [one for one in points if "宽严" in one.text]


def planned_week(differ: SeverityFound) -> PublishedWeek:
    """A city of which one street was adjusted."""
    week = made_week()
    rows = tuple(replace(row, basis="drawn", plain=row.rate) for row in week.rows)
    rows = tuple(replace(row, plain=(row.rate or 0) - 1.5) if row.area == "421002001" else row for row in rows)
    return replace(week, rows=rows, severity=differ)


def test_where_inspectors_differ_the_adjusted_figure_is_told_beside_the_plain_one(tmp_path):
    world = World.in_memory(tmp_path / "data")
    shown = planned_week(SeverityFound(3.4, 0.001, strict=1, lenient=2))
    points = closing_points(world.services, WEEK, NOW + timedelta(days=7), scope=EVERYTHING, shown=shown)
    assert points[-1].text == (
        "本周测评员的宽严不一样，不是偶然：标准差约3分（1名偏严，2名偏宽）。荆州市指数调整以后80.50，不调整80.50"
    )
    assert [row.area for row in moved_by_severity(shown)] == ["421002001"]
    assert moved_by_severity(planned_week(SeverityFound(3.4, 0.2))) == ()
