"""Every clause that can be seen on site is looked at by some checklist."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspect_app.domain.checklists.coverage import coverage, coverage_table, unreached_units
from inspect_app.domain.inspecting.inspection import AD_HOC
from inspect_app.services.checklists.library import read_checklists
from inspect_app.settings import PROJECT

SITE_TYPES = {
    "main-road", "shopping-street", "back-alley", "zebra-crossing", "public-toilet", "park-square", "community",
    "market", "school-perimeter", "internet-cafe", "bus", "service-hall", "hotel-restaurant", "indoor-venue",
    "scenic-spot", "museum", "health-center", "pharmacy-food", "community-culture", "construction-site",
    "volunteer-station", "station",
}  # fmt: skip


@pytest.fixture(scope="module")
def built_in():
    plan, checklists = read_checklists(PROJECT / "checklists")
    # Ad-hoc reports have a checklist as well, and nobody is sent to look at its clauses.
    return plan, {id: checklist for id, checklist in checklists.items() if id != AD_HOC}


def test_all_22_site_types_are_there(built_in):
    assert set(built_in[1]) == SITE_TYPES


def test_every_on_site_clause_is_covered_and_every_unit_of_theirs_is_reached(built_in):
    rows = coverage(*built_in)
    assert [row.clause.number for row in rows if row.missing] == []
    assert sum(row.on_site for row in rows) == 39
    assert unreached_units(*built_in) == ()


def test_a_clause_that_no_item_cites_any_more_is_noticed(built_in):
    plan, checklists = built_in
    without = {id: one for id, one in checklists.items() if id != "internet-cafe"}
    assert [row.clause.number for row in coverage(plan, without) if row.missing] == ["(四)7(1)"]
    assert "**无**" in coverage_table(plan, without)
    toilet = checklists["public-toilet"]
    nobody = replace(toilet, items=tuple(replace(item, units=()) for item in toilet.items))
    assert "市住建委" in unreached_units(plan, {"public-toilet": nobody})


def test_the_table_in_the_docs_is_the_one_that_the_command_prints(built_in):
    assert coverage_table(*built_in) in (PROJECT / "docs" / "use" / "coverage.md").read_text("utf-8")
