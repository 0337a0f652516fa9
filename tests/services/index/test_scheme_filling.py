"""What an office fills in for a period stays: where parts are renamed, areas merged, or the table asks for less."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.index.periods import period_of
from inspect_app.domain.index.schemes.filling import renamed_columns, renamed_figures
from inspect_app.domain.index.schemes.reading import parse_scheme
from inspect_app.domain.place.area_history import AreaChange
from inspect_app.services.cases.figures import case_figures
from inspect_app.services.index.schemes import (
    filled_in,
    find_scheme,
    keep_filled_in,
    keep_scheme,
    preview_table,
    publish_table,
    renamed_in,
)
from inspect_app.services.place.areas_changing import merge_areas
from inspect_app.services.place.register import area_tree
from tests.cases import filed
from tests.services.index.test_schemes import files, kept
from tests.world import NOW, World

PERIOD = "2026-10"
TEXT = """
id = "w"
title = "成绩"
level = "街道乡镇"
{}
[[parts]]
id = "p1"
title = "第三方"
[[parts]]
id = "p2"
title = "问卷"
"""


@pytest.fixture
def world(tmp_path) -> World:
    return World.in_memory(tmp_path)


def streets(world: World) -> list[str]:
    return [area.code for area in area_tree(world.services.store).children("421002")][:2]


def fill(world: World, scheme, figures, revision: int = 0):
    found = keep_filled_in(world.services, "supervisor", scheme, PERIOD, figures, revision, NOW)
    assert found == [], found


def test_a_street_that_will_be_merged_is_filled_in_for_the_months_before(world):
    one, other = streets(world)
    assert isinstance(
        merge_areas(world.services, "administrator", [one], other, "新街道", "2026-W50", "合并", NOW), AreaChange
    )
    scheme = kept(world, TEXT.format(""))
    cells = {"第三方": "90", "问卷": "80"}
    fill(world, scheme.scheme, {one: cells, other: cells})
    rows = preview_table(world.services, scheme, period_of(PERIOD), scope=EVERYTHING).table.rows
    assert {row.area: row.total for row in rows} == {one: Decimal("85.00"), other: Decimal("85.00")}


def test_cases_of_a_month_count_for_the_streets_that_it_had(world):
    """A street that goes into another from W50 on has its own cases in November, and the other has them after that."""
    case = filed(world)
    one = case.value.area[:9]
    other = next(code for code in streets(world) if code != one)
    merge_areas(world.services, "administrator", [one], other, "新街道", "2026-W50", "合并", NOW)

    def areas(week: str | None) -> set[str]:
        found = case_figures(world.services, "2026-11", "2026-11", NOW, scope=EVERYTHING, week=week)
        return {line.key for line in found.areas}

    assert one in areas("2026-W48")
    assert other not in areas("2026-W48")
    assert other in areas(None)
    assert one not in areas(None)


def test_what_the_table_does_not_ask_for_stays(world):
    """The scheme asks for streets' 第三方 alone by then: 问卷 and the district's figures are kept beside them."""
    one, _ = streets(world)
    first = kept(world, TEXT.format("").replace('level = "街道乡镇"', ""))
    cells = {"第三方": "90", "问卷": "80"}
    fill(world, first.scheme, {one: cells, "421002": cells})
    less = replace(first.scheme, level="街道乡镇", parts=first.scheme.parts[:1])
    fill(world, less, {one: {"第三方": "91"}}, 1)
    assert filled_in(world.services, "w", PERIOD)[0] == {one: {"第三方": "91", "问卷": "80"}, "421002": cells}
    fill(world, less, {}, 2)
    assert filled_in(world.services, "w", PERIOD)[0] == {one: {"问卷": "80"}, "421002": cells}


def test_a_part_that_is_renamed_keeps_its_figures(world):
    one, _ = streets(world)
    scheme = kept(world, TEXT.format(""))
    fill(world, scheme.scheme, {one: {"第三方": "90", "问卷": "80"}})
    renamed = replace(scheme.scheme, parts=(scheme.scheme.parts[0], replace(scheme.scheme.parts[1], title="群众测评")))
    assert keep_scheme(world.services, "supervisor", renamed, "改名", 1, NOW) == []
    again = find_scheme(world.services, "w")
    assert renamed_in(again) == {"问卷": "群众测评"}
    shown = renamed_figures(filled_in(world.services, "w", PERIOD)[0], renamed_in(again))
    assert shown == {one: {"第三方": "90", "群众测评": "80"}}
    done = keep_filled_in(world.services, "supervisor", renamed, PERIOD, shown, 1, NOW, renamed_in(again))
    assert (done, filled_in(world.services, "w", PERIOD)[0]) == ([], shown)


def test_a_column_that_another_part_has_taken_over_is_no_renamed_one():
    first = parse_scheme(TEXT.format(""), "x.toml")
    swapped = replace(first, parts=(replace(first.parts[0], title="问卷"), replace(first.parts[1], title="第三方")))
    assert renamed_columns(swapped, [first]) == {}
    both = replace(first, parts=(replace(first.parts[0], key="数"), replace(first.parts[1], key="数")))
    assert renamed_columns(first, [both]) == {}


def test_weights_are_filled_in_and_without_one_nothing_is_published(world):
    """(3 × 80 + 1 × 100) / 4 = 85; the city as its one district."""
    one, other = streets(world)
    scheme = kept(world, TEXT.format('roll_up = "weighted"'))
    assert scheme.scheme.columns == ("第三方", "问卷", "权数")
    cells = {one: {"第三方": "80", "问卷": "80", "权数": "3"}, other: {"第三方": "100", "问卷": "100"}}
    fill(world, scheme.scheme, cells)
    period = period_of(PERIOD)
    (problem,) = publish_table(world.services, "supervisor", scheme, period, "", NOW, files)
    assert problem.code == "schemes.weights_missing"
    assert problem.details["areas"] == area_tree(world.services.store).name(other)
    negative = {other: {"权数": "-1"}}
    (refused,) = keep_filled_in(world.services, "supervisor", scheme.scheme, PERIOD, negative, 1, NOW)
    assert refused.code == "schemes.weight_negative"
    fill(world, scheme.scheme, {**cells, other: {**cells[other], "权数": "1"}}, 1)
    rows = {row.area: row for row in preview_table(world.services, scheme, period, scope=EVERYTHING).table.rows}
    assert (rows["421002"].total, rows["4210"].total) == (Decimal("85.00"), Decimal("85.00"))
    assert publish_table(world.services, "supervisor", scheme, period, "", NOW, files) == 1
