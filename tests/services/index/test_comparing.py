"""Pooled weeks and two named areas, as the office is shown them; and what a plan's sites can show."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING, Scope
from inspect_app.domain.index.comparing import ComparedFigures, detectable
from inspect_app.domain.index.comparing_words import compared_text
from inspect_app.domain.weeks import shifted
from inspect_app.exports.index.pooled_table import pooled_csv
from inspect_app.services.index.advising import advice, shared_out
from inspect_app.services.index.comparing import compare, pooled_figures, shown_week
from inspect_app.services.index.publishing import preview
from tests.inspections import inspection
from tests.published_weeks import publish_figures
from tests.world import STREET, WEEK, World

OTHER, ELSEWHERE = "421002002", "421003001"
HELD = Scope(("421002",))


@pytest.fixture
def world(tmp_path) -> World:
    """Nine weeks: one street at 80, another at 86 but in its newest week without an error, one of another district."""
    world = World.in_memory(tmp_path / "data")
    for n in range(9):
        wobble = (-1) ** n
        figures = {
            "4210": (82.0 + wobble, 1.0),
            STREET: (80.0 + wobble, 2.0),
            OTHER: (86.0 - wobble, 2.0 if n else None),
            ELSEWHERE: (70.0 + wobble, 2.0),
        }
        publish_figures(world.services, shifted(WEEK, -n), figures)
    return world


def test_each_area_is_pooled_over_its_own_last_weeks_that_have_an_error(world):
    found = pooled_figures(world.services, WEEK, scope=EVERYTHING)
    assert list(found.levels) == ["市", "街道乡镇"]
    street, other = found.area(STREET), found.area(OTHER)
    assert street.figures[4].rate == 80
    assert street.figures[4].error == pytest.approx(1.0), "four weeks with errors of 2, no correlation: 2 / √4"
    assert street.since == {4: shifted(WEEK, -3), 8: shifted(WEEK, -7)}
    assert street.figures[13] is None
    assert other.since[4] == shifted(WEEK, -4), "its newest week has no error and is passed over"
    assert found.correlations("街道乡镇") == {4: 0.0, 8: 0.0}
    assert found.weeks[0] == WEEK


def test_where_a_level_has_few_areas_the_correlation_of_weeks_is_that_of_all(tmp_path):
    """A city that rises all the time, and streets that go up and down: of the city alone it would be 0.64 at least."""
    world = World.in_memory(tmp_path / "data")
    for n in range(8):
        streets = {f"42100200{k}": (80.0 + 3 * (-1) ** (n + k), 2.0) for k in range(1, 7)}
        publish_figures(world.services, shifted(WEEK, -n), {"4210": (82.0 - n / 4, 1.0), **streets})
    found = pooled_figures(world.services, WEEK, scope=EVERYTHING)
    assert found.area("4210").figures[8].correlation == 0
    assert found.area("4210").figures[8].rate == pytest.approx(81.125)


def test_a_week_is_compared_with_the_errors_that_were_published_of_the_one_before(world):
    """Else no arrow would be a test: of a week without them only the intervals can be compared."""
    INSPECTIONS.put_once(world.services.store, "visit", inspection(week=shifted(WEEK, 1), rate=70.0))
    history = preview(world.services, shifted(WEEK, 1), scope=EVERYTHING).details[STREET].history
    assert (history[-1].week, history[-1].error, history[-1].freedom) == (WEEK, 2.0, 20.0)


def test_a_pool_ends_with_the_week_that_is_asked_for(world):
    assert pooled_figures(world.services, shifted(WEEK, -3), scope=EVERYTHING).area(STREET).since == {
        4: shifted(WEEK, -6)
    }
    assert pooled_figures(world.services, shifted(WEEK, -20), scope=EVERYTHING).levels == {}


def test_two_areas_are_compared_in_a_week_and_over_weeks_the_higher_one_first(world):
    week = compare(shown_week(world.services, shifted(WEEK, -1), scope=EVERYTHING), STREET, OTHER, 1)
    assert (week.higher, week.lower) == ("区域002", "区域001")
    assert week.found.points == 8, "87 and 79"
    shown = shown_week(world.services, WEEK, scope=EVERYTHING)
    pool = compare(shown, OTHER, STREET, 4)
    assert pool.found.points == 6
    assert pool.found.sure, "6 with an error of √2"
    assert pool.since == shifted(WEEK, -4)
    assert compare(shown, STREET, OTHER, 1).found is None, "no error this week"
    assert compare(shown, STREET, OTHER, 13).found is None, "too few weeks"


@pytest.mark.parametrize(
    ("one", "other", "weeks", "code"),
    [
        (STREET, OTHER, 5, "index.span_unknown"),
        (STREET, "", 1, "index.two_areas_wanted"),
        (STREET, STREET, 4, "index.same_area_twice"),
        (STREET, "no-such", 1, "index.area_without_figure"),
        (STREET, "no-such", 4, "index.area_without_figure"),
        (STREET, "4210", 1, "index.levels_differ"),
        (STREET, "4210", 8, "index.levels_differ"),
    ],
)
def test_what_cannot_be_compared_is_told(world, one, other, weeks, code):
    assert [of.code for of in compare(shown_week(world.services, WEEK, scope=EVERYTHING), one, other, weeks)] == [code]


def test_who_is_held_to_some_areas_sees_and_compares_those_alone(world):
    found = pooled_figures(world.services, WEEK, scope=HELD)
    assert [row.area for row in found.levels["街道乡镇"]] == [STREET, OTHER]
    assert list(found.levels) == ["街道乡镇"]
    for weeks in (1, 4):
        told = compare(shown_week(world.services, WEEK, scope=HELD), STREET, ELSEWHERE, weeks)
        assert [of.code for of in told] == ["index.area_without_figure"]
    assert ELSEWHERE not in pooled_csv(found)


def test_the_table_has_a_row_for_each_area_and_span_with_the_page_s_digits(world):
    rows = list(csv.DictReader(io.StringIO(pooled_csv(pooled_figures(world.services, WEEK, scope=EVERYTHING)))))
    assert len(rows) == 4 * 2
    mine = next(row for row in rows if (row["area"], row["weeks"]) == (STREET, "4"))
    assert (mine["rate"], mine["error"], mine["correlation"]) == ("80.00", "1.00", "0.00")


def test_one_sentence_says_the_difference_its_interval_and_whether_it_is_told(world):
    sure = compare(shown_week(world.services, WEEK, scope=EVERYTHING), STREET, OTHER, 4)
    assert compared_text(sure.higher, sure.lower, "四周", sure.found) == (
        "四周，区域002比区域001高6.00分（95%区间3.21到8.79分），超出误差，数据分得出高下。"
    )
    near = ComparedFigures(1.2, -2.0, 4.4, 0.4)
    assert (
        compared_text("甲", "乙", "本周", near)
        == "本周，甲比乙高1.20分（95%区间−2.00到4.40分），在误差以内，数据分不出高下。"
    )
    assert "印出来一样" in compared_text("甲", "乙", "本周", replace(near, points=0.001))
    assert "比不出" in compared_text("甲", "乙", "本周", None)


def test_advice_is_by_what_sites_differed_by_in_the_last_published_weeks(world):
    """Sites differ by √(25 + 119) = 12 points: 10 a street show 15.04, 20 show 10.63; 100 in the city show 4.76."""
    found = advice(world.services, WEEK, {STREET: 10, OTHER: 10, ELSEWHERE: 80, "421002009": 0}, whole=True)
    assert (found.deviation, found.weeks) == (12.0, 4)
    assert (found.street.points, found.street.doubled) == (detectable(12, 10), detectable(12, 20))
    assert found.city.points == pytest.approx(4.76, abs=0.01)
    assert found.streets[ELSEWHERE].points == detectable(12, 80)
    assert "421002009" not in found.streets
    assert advice(world.services, WEEK, {STREET: 10}, whole=False).city is None
    assert advice(world.services, WEEK, {}, whole=True) is None


def test_without_weeks_of_its_own_a_city_is_advised_by_what_is_typical(tmp_path):
    found = advice(World.in_memory(tmp_path / "data").services, WEEK, {STREET: 10}, whole=True)
    assert (found.deviation, found.weeks) == (12.0, 0)


def test_sites_are_shared_out_over_streets_by_what_is_registered():
    assert shared_out(20, 3, {"a": 30, "b": 10, "c": 2}) == {
        "a": pytest.approx(14.3, abs=0.1),
        "b": pytest.approx(4.8, abs=0.1),
        "c": 2.0,
    }
