"""The figures of cases, made of what is kept beside documents, against those made case by case, in both stores."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspect_app.collections.cases.case import CASES
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING, Scope
from inspect_app.domain.cases.brief import brief_of_case
from inspect_app.domain.cases.case import Case, CasePlace
from inspect_app.domain.cases.columns import columns_clock, local_microseconds, microseconds
from inspect_app.domain.cases.figures import Figures, Reported
from inspect_app.domain.cases.life_cycle import Course, Party, Provisional, State, Step
from inspect_app.domain.cases.recurrence import Recurrence
from inspect_app.domain.cases.spans import month_of, period_ends, period_starts
from inspect_app.domain.cases.working_time import Office, working_clock
from inspect_app.domain.inspecting.inspection import VISIT, Inspection
from inspect_app.services import Services
from inspect_app.services.cases.figures import CaseFigures, case_figures, cases_filed
from inspect_app.services.place.register import area_tree
from inspect_app.services.place.scoped import those_in
from tests.domain.cases.plain_figures import fact_of, figures_of, grouped
from tests.services.both import AREAS, Both, visit_of
from tests.world import NOW, new_id

DISTRICT = Scope(areas=("421002",))
_numbers = itertools.count(1)
HOURS = st.integers(0, 1500)
STEP = st.fixed_dictionaries(
    {
        "act": st.sampled_from(["handle", "handle", "dispatch", "send_back", "extend", "grant", "reopen"]),
        "hours": HOURS,
        "deadline": st.none() | HOURS,
        "provisional": st.booleans(),
    }
)
CASE = st.fixed_dictionaries(
    {
        "visit": st.integers(0, 2),
        "item": st.integers(0, 3),
        "area": st.sampled_from(AREAS),
        "unit": st.sampled_from(["", "unit-a", "unit-b"]),
        "state": st.sampled_from(list(State)),
        "clauses": st.sampled_from([(), ("(五)4",), ("(五)4", "(一)2"), ("(一)2", "(一)2")]),
        "filed": HOURS,
        "deadline": st.none() | HOURS,
        "dispatched": st.none() | HOURS,
        "times": st.integers(1, 2),
        "steps": st.lists(STEP, max_size=5),
    }
)
SPANS = [("2026-W36", "2026-W48"), ("2026-10", "2026-11"), ("2026-W47", "2026-W47")]


def ago(hours: int) -> datetime:
    return NOW - timedelta(hours=hours, minutes=hours % 60, seconds=hours % 7, milliseconds=hours % 999)


def case_of(drawn: dict[str, Any], inspections: list[tuple[str, Inspection]]) -> Case:
    id, visit = inspections[drawn["visit"]]
    item = visit.items[drawn["item"]].item_id
    of = (visit.checklist, visit.version, "标题", "说明", drawn["clauses"], "公共环境", visit.checklist)
    deadline = drawn["deadline"]
    steps = [
        Step(
            one["act"],
            ago(one["hours"]),
            "somebody",
            Party.UNIT,
            deadline=None if one["deadline"] is None else ago(one["deadline"]),
            provisional=Provisional((2027,), 0.0, "", None) if one["provisional"] and one["deadline"] else None,
        )
        for one in drawn["steps"]
    ]
    course = Course(
        filed_at=ago(drawn["filed"]),
        state=drawn["state"],
        unit=drawn["unit"],
        deadline=None if deadline is None else ago(deadline),
        steps=tuple(steps),
    )
    return Case(
        visit.week, drawn["area"], "site", id, item, *of, CasePlace("点位", "", None, None), "2026-11-20", (),
        "supervisor", "", Recurrence(None, drawn["times"]), course,
        dispatched_at=None if drawn["dispatched"] is None else ago(drawn["dispatched"]),
    )  # fmt: skip


def plainly(services: Services, first: str, last: str, now: datetime, scope: Scope) -> dict[str, object]:
    """The same by going through all cases and inspections."""
    zone, deadlines = services.settings.timezone, services.library.deadlines
    begin, end = (
        datetime.combine(day, datetime.min.time(), zone)
        for day in (period_starts(first), period_ends(last) + timedelta(days=1))
    )
    office = deadlines.office(zone)
    clock = working_clock(office, begin, max(now, begin))
    cases = [kept for kept in CASES.find(services.store) if not kept.value.is_cancelled]
    filed = [kept for kept in cases if begin <= kept.value.filed_at < end]
    mine = those_in(services.store, scope, filed, lambda kept: (kept.value.week, kept.value.area))
    facts = [fact_of(kept.value, clock, now, deadlines, office) for kept in mine]
    seen = those_in(
        services.store, scope, INSPECTIONS.find(services.store), lambda kept: (kept.value.week, kept.value.area)
    )
    is_case = {(kept.value.inspection, kept.value.item) for kept in cases}
    problems = [
        Reported(visit.area, visit.week, (kept.id, one.item.item_id) in is_case, month_of(visit.started_at, zone))
        for kept in seen
        for visit in [kept.value]
        if begin <= visit.started_at < end
        for one in visit.findings
    ]
    tree = area_tree(services.store)

    def above(area: str) -> list[str]:
        codes = [one.code for one in tree.path(area) if len(one.code) >= 6]
        return [one for one in codes if scope.covers(tree, one)]

    def told(keys: Callable[[Reported], Iterable[str]]) -> dict[Any, list[Reported]]:
        found: dict[Any, list[Reported]] = {}
        for one in problems:
            for key in keys(one):
                found.setdefault(key, []).append(one)
        return found

    units = grouped(facts, lambda fact: [fact.unit])
    units.pop("", None)
    return {
        "whole": figures_of(facts, problems),
        "units": units,
        "areas": grouped(facts, lambda fact: above(fact.area), told(lambda one: above(one.area))),
        "clauses": grouped(facts, lambda fact: fact.clauses),
        "weeks": grouped(facts, lambda fact: [fact.week], told(lambda one: [one.week])),
        "months": grouped(facts, lambda fact: [fact.month], told(lambda one: [one.month])),
        "filed": [kept.id for kept in mine],
    }


def as_told(found: CaseFigures, filed: list[str]) -> dict[str, object]:
    lines: dict[str, dict[str, Figures]] = {
        name: {line.key: line.figures for line in getattr(found, name)}
        for name in ("areas", "clauses", "weeks", "months")
    }
    return {
        "whole": found.whole,
        "units": {one.unit: one.figures for one in sorted(found.units, key=lambda one: one.unit)},
        **lines,
        "filed": filed,
    }


def put(both: Both, number: int, case: Case) -> None:
    for services in (both.memory, both.database):
        kept = CASES.get(services.store, f"2026-{number:05}")
        services.store.act([CASES.writing(f"2026-{number:05}", case, kept.revision if kept else 0)])


def in_both(both: Both, first: str, last: str, now: datetime, scope: Scope) -> list[str]:
    found = []
    for services in (both.memory, both.database):
        filed = [one.id for one in cases_filed(services, first, last, scope=scope)]
        found.append(repr(as_told(case_figures(services, first, last, now, scope=scope), filed)))
    return found


def seen_in(both: Both, visits: list[Inspection], hours: int) -> list[tuple[str, Inspection]]:
    """Three visits of two weeks with problems."""
    drawn = {"site": 0, "inspector": "inspector", "partner": "", "kind": VISIT, "counting": "shown", "rate": 50.0}
    drawn |= {"scores": [0.5] * 30, "decided": [""] * 30, "hours": hours}
    found = []
    for type_, week in enumerate(("2026-W40", "2026-W47", "2026-W47")):
        id, visit = new_id(), visit_of(visits, week, {**drawn, "type": type_, "area": AREAS[type_]})
        both.put(id, visit)
        found.append((id, visit))
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(CASE, min_size=1, max_size=8), st.lists(CASE, max_size=3), st.integers(0, 200), HOURS)
def test_case_figures_are_the_same_bit_for_bit(both, visits, drawn, again, hours, now):
    inspections = seen_in(both, visits, hours)
    numbers = [next(_numbers) for _ in drawn]
    for number, one in zip(numbers, drawn, strict=True):
        put(both, number, case_of(one, inspections))
    for scope in (EVERYTHING, DISTRICT):
        for first, last in SPANS:
            plain = repr(plainly(both.memory, first, last, ago(now), scope))
            assert in_both(both, first, last, ago(now), scope) == [plain, plain]
    for number, before, one in zip(numbers, drawn, again, strict=False):
        # What was found, and where, never changes.
        put(both, number, case_of({**one, "visit": before["visit"], "item": before["item"]}, inspections))
    plain = repr(plainly(both.memory, *SPANS[0], ago(now), EVERYTHING))
    assert in_both(both, *SPANS[0], ago(now), EVERYTHING) == [plain, plain]


def test_a_brief_says_what_the_case_says_and_only_what_changed_is_told(both, visits):
    store = both.database.store
    state, told = store.changed_briefs("cases", [], "")
    read = CASES.brief.reader()
    kept = CASES.find(store)
    assert [read(id, raw) for _, id, _, raw in told] == [brief_of_case(one.id, one.value) for one in kept]
    assert [(place, revision) for place, _, revision, _ in told] == list(enumerate(one.revision for one in kept))
    seen = [one.revision for one in kept]
    assert store.changed_briefs("cases", seen, state) == (state, ())
    seen[1] -= 1
    _, told = store.changed_briefs("cases", seen[:-1], "")
    assert [(place, id) for place, id, _, _ in told] == [(1, kept[1].id), (len(kept) - 1, kept[-1].id)]
    both.sql("UPDATE cases SET brief_1 = NULL WHERE id = %s", kept[1].id)
    assert store.changed_briefs("cases", seen[:-1], "")[1] == told, "an earlier program kept none beside it"


@given(st.lists(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)), min_size=1, max_size=20))
def test_a_clock_of_columns_shows_what_the_clock_shows(both, instants):
    import numpy as np

    zone = both.memory.settings.timezone
    office = Office(zone)
    first, last = datetime(2026, 3, 1, tzinfo=zone), datetime(2026, 11, 20, 10, 7, 31, 123000, tzinfo=zone)
    at = [one.replace(tzinfo=zone) for one in instants]
    columns = [
        np.array([of(one) for one in at], np.int64) for of in (microseconds, lambda t: local_microseconds(t, zone))
    ]
    assert columns_clock(office, first, last)(*columns).tolist() == list(map(working_clock(office, first, last), at))
