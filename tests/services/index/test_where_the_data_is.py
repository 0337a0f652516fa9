"""A week's figures on PostgreSQL, made of what is kept beside documents, against those made of the documents."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspect_app.collections import LAYOUTS
from inspect_app.collections.cases.case import CASES
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.collections.inspecting.visit_brief import VERSION
from inspect_app.domain.cases.case import Case, CasePlace, Recheck
from inspect_app.domain.cases.life_cycle import Course, State
from inspect_app.domain.cases.recurrence import Recurrence
from inspect_app.domain.inspecting.brief import brief_of
from inspect_app.domain.inspecting.inspection import VISIT, Inspection
from inspect_app.domain.weeks import shifted
from inspect_app.services import Services, open_services
from inspect_app.services.index.weekly import live_week
from inspect_app.services.moving import move
from inspect_app.store import StoreUnfit
from inspect_app.store.postgres import migrate_database, open_database
from inspect_app.store.postgres.texts import brief_column, table_of
from tests.services.both import AREAS, SEEN, Both, visit_of
from tests.store.databases import empty_database
from tests.world import NOW, World, new_id

WEEK = "2026-W40"
"""A week in which both have the same."""
_weeks = itertools.count(1)


def figures(services: Services, week: str, **how: Any) -> list[str]:
    """All that is told of a week, to the last bit."""
    found = live_week(services, week, **how)
    parts = [found.head, found.rows, found.sites, found.sample, found.validation, found.severity]
    return [*map(repr, parts), *(repr(found.details[row.area]) for row in found.rows)]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(seen=st.lists(SEEN, min_size=1, max_size=14), again=st.lists(SEEN, max_size=3), asked=st.booleans())
def test_the_figures_of_a_week_are_the_same_bit_for_bit(both, visits, seen, again, asked):
    week = shifted("2020-W01", next(_weeks))
    ids = [new_id() for _ in seen]
    for id, one in zip(ids, seen, strict=True):
        both.put(id, visit_of(visits, week, one))
    for id, one in zip(ids, again, strict=False):
        both.put(id, visit_of(visits, week, one))
    assert figures(both.memory, week) == figures(both.database, week)
    waiting = tuple(ids[:2])
    assert figures(both.memory, week, also=waiting) == figures(both.database, week, also=waiting)


def test_what_a_program_wrote_that_keeps_nothing_beside_documents_counts_as_well(both, visits):
    table, column = table_of("inspections", WEEK), brief_column(VERSION)
    drawn = {"type": 0, "site": 0, "area": AREAS[0], "inspector": "inspector", "partner": "", "kind": VISIT}
    drawn |= {"counting": "shown", "scores": [0.5] * 30, "decided": [""] * 30, "hours": 1}
    ids = [new_id() for _ in range(3)]
    for number, id in enumerate(ids):
        both.put(id, visit_of(visits, WEEK, {**drawn, "rate": 50.0 + number, "site": number}))
    before = figures(both.database, WEEK)
    both.sql(f"UPDATE {table} SET {column} = NULL WHERE id = %s", ids[0])
    assert figures(both.database, WEEK) == before == figures(both.memory, WEEK)
    # An earlier program changes a document and its revision, and leaves what it does not know as it was.
    kept = INSPECTIONS.get(both.memory.store, ids[1])
    assert kept
    old = [row for row in both.database.store.briefs("inspections", WEEK) or () if row[0] == ids[1]]
    both.put(ids[1], replace(kept.value, rate=12.5))
    both.sql(f"UPDATE {table} SET {column} = %s WHERE id = %s", b"\0\0\0\1" + old[0][1], ids[1])
    told = [one for one in INSPECTIONS.briefs(both.database.store, WEEK) if one.id == ids[1]]
    assert [one.rate for one in told] == [12.5]
    assert figures(both.database, WEEK) == figures(both.memory, WEEK) != before


def test_a_brief_says_what_the_visit_says(both, visits):
    for services in (both.memory, both.database):
        kept = INSPECTIONS.find(services.store, week=WEEK)
        assert list(INSPECTIONS.briefs(services.store, WEEK)) == [brief_of(one.id, one.value) for one in kept]


def test_a_database_of_an_earlier_program_has_it_made_by_migrating(both, visits):
    before, column = figures(both.database, WEEK), brief_column(VERSION)
    both.sql(f"ALTER TABLE inspections DROP COLUMN {column}")
    with pytest.raises(StoreUnfit, match="store migrate"):
        open_database(both.address, LAYOUTS)
    assert migrate_database(both.address, LAYOUTS) == ["集合 inspections"]
    both.sql(f"SELECT FROM inspections WHERE week = %s HAVING count(*) = count({column})", WEEK)
    assert figures(both.database, WEEK) == before


def test_a_visit_that_cannot_be_read_is_named_and_the_rest_is_brought_forward_and_moved(visits, tmp_path):
    own = Both(World.in_memory(tmp_path / "data"), tmp_path / "database")
    week, bad, column, of = "2026-W41", new_id(), brief_column(VERSION), own.database.settings
    own.put(new_id(), replace(visits[0], week=WEEK))
    own.put(bad, replace(visits[0], week=week))
    before = figures(own.database, WEEK)
    own.sql("UPDATE inspections SET document = json_build_object('week', week) WHERE id = %s", bad)
    own.sql(f"ALTER TABLE inspections DROP COLUMN {column}")
    own.database.store.close()
    (said,) = migrate_database(own.address, LAYOUTS)
    assert said.startswith("集合 inspections；其中 1 份文档读不出来")
    assert bad in said
    own.sql(f"SELECT FROM inspections WHERE week = %s HAVING count(*) = count({column})", WEEK)
    there = replace(of, database=empty_database())
    for place in (of, there):
        services = open_services(place)
        assert figures(services, WEEK) == before
        services.store.close()
        if place is of:
            move(of, there, NOW, lambda said: None)


def asked_to_look_again(visit: Inspection) -> Case:
    """A case at a visit's site number 0, whose repair somebody is to see."""
    first = visit.items[0].item_id
    site, week, day = f"{visit.checklist}-0", "2019-W09", "2019-02-25"
    of = (visit.checklist, visit.version, "标题", "说明", (), "公共环境", visit.checklist)
    return Case(
        week, AREAS[0], site, new_id(), first, *of, CasePlace("点位", "", None, None), day, (), "supervisor", "",
        Recurrence(None, 1), Course(filed_at=NOW, state=State.FILED),
        recheck=Recheck("supervisor", visit.started_at + timedelta(minutes=90), ""),
    )  # fmt: skip


def test_the_visit_of_a_recheck_is_apart_in_both(both, visits):
    week = "2019-W10"
    drawn = {"type": 0, "area": AREAS[0], "inspector": "inspector", "partner": "", "kind": VISIT, "rate": 80.0}
    drawn |= {"counting": "shown", "scores": [0.5] * 30, "decided": [""] * 30}
    for hours, site in ((1, 0), (2, 0), (3, 1)):
        both.put(new_id(), visit_of(visits, week, {**drawn, "hours": hours, "site": site}))
    case = asked_to_look_again(visits[0])
    for services in (both.memory, both.database):
        CASES.put_once(services.store, "2019-00001", case)
    found = [live_week(services, week).sample for services in (both.memory, both.database)]
    assert found[0]
    assert [(one.kind, one.visits) for one in found[0].apart] == [("recheck", 1)]
    assert found[0] == found[1]
