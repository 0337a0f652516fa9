"""What was drawn estimates; what somebody chose to look at, or looked at because of a repair, stands apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from inspect_app.collections.cases.case import CASES
from inspect_app.collections.plan.week_plan import WEEK_PLANS
from inspect_app.domain.accounts.scope import EVERYTHING, Scope
from inspect_app.domain.cases.case import Case, CasePlace, Recheck
from inspect_app.domain.cases.life_cycle import Course
from inspect_app.domain.cases.recurrence import Recurrence
from inspect_app.domain.index.comparing import compared
from inspect_app.domain.index.figures import PastWeek
from inspect_app.domain.index.sample import CHOSEN, DRAWN
from inspect_app.domain.inspecting.inspection import AD_HOC
from inspect_app.domain.plan.response import together
from inspect_app.domain.plan.week_plan import How
from inspect_app.domain.weeks import shifted
from inspect_app.services.index.publishing import preview, publish, published
from inspect_app.services.index.unfinished import open_points
from inspect_app.services.plan.missing import own_open_sites, say_missed, say_own_missed, week_responses
from inspect_app.services.plan.planning import drop, find_plan
from tests.plans import planned
from tests.services.index.test_frames import OVER, STREETS, add_sites, city, inspect, office, site
from tests.world import NOW, WEEK, World

__all__ = ["office"]
FIRST, SECOND = STREETS


@pytest.fixture
def drawn(office) -> World:
    """Four sites of each of two streets drawn, one of each inspected."""
    plan = planned(office.services, WEEK, NOW, count=8, least_per_area=4)
    for street, rate in STREETS.items():
        code = next(one.code for one in plan.value.sites if one.area == street)
        inspect(office, site(office, code), rate)
    return office


def not_drawn(world: World) -> str:
    codes = {one.code for one in find_plan(world.services, WEEK).value.sites}
    return next(code for n in range(164) if (code := f"{FIRST}-{n:03}") not in codes)


def drawn_code(world: World, street: str, number: int) -> str:
    return [one.code for one in find_plan(world.services, WEEK).value.sites if one.area == street][number]


def apart(world: World, **said) -> dict[str, tuple[int, float | None]]:
    sample = preview(world.services, WEEK, scope=said.get("scope", EVERYTHING)).sample
    return {one.kind: (one.visits, one.mean) for one in sample.apart_together}


def ask_recheck(world: World, code: str, inspector: str = "") -> None:
    """As if a case at the site waited for somebody to look again, since a day before the week's visits."""
    CASES.put_once(
        world.services.store,
        "2026-00001",
        Case(
            "2026-W47", FIRST, code, "id", "clean", "public-toilet", "v", "不洁", "", (), "公共环境", "public-toilet",
            CasePlace("公厕", "", None, None), "2026-11-17", (), "supervisor", "", Recurrence(), Course(NOW),
            recheck=Recheck("supervisor", NOW, inspector),
        ),
    )  # fmt: skip


def test_a_tenth_more_visits_to_bad_sites_moves_nothing_and_is_told_apart(drawn):
    before = city(drawn)
    assert preview(drawn.services, WEEK, scope=EVERYTHING).sample.basis == DRAWN
    add_sites(drawn, FIRST, 1, start=164)
    inspect(drawn, site(drawn, not_drawn(drawn)), 10.0)
    inspect(drawn, site(drawn, f"{FIRST}-164"), 20.0)
    assert city(drawn) == before
    assert apart(drawn) == {"unplanned": (2, 15.0)}
    shown = preview(drawn.services, WEEK, scope=EVERYTHING)
    assert {one.site for one in shown.sites} == {drawn_code(drawn, street, 0) for street in STREETS}


def test_without_a_plan_everything_is_a_summary_of_chosen_places_but_for_rechecks(office):
    inspect(office, site(office, f"{FIRST}-000"), 80.0)
    inspect(office, site(office, f"{FIRST}-001"), 100.0)
    ask_recheck(office, f"{FIRST}-001")
    sample = preview(office.services, WEEK, scope=EVERYTHING).sample
    assert (sample.basis, sample.responses) == (CHOSEN, ())
    assert city(office) == 80.0
    assert apart(office) == {"recheck": (1, 100.0)}


@pytest.mark.parametrize(
    ("asked", "who", "is_apart"), [("", "inspector", False), ("", "inspector2", True), ("inspector2", "other", False)]
)
def test_who_is_sent_by_the_plan_measures_and_who_comes_for_a_repair_does_not(drawn, asked, who, is_apart):
    """Of a drawn site: visited by its inspector, by whoever is asked to look again, by somebody else."""
    code = drawn_code(drawn, FIRST, 1)
    plan = find_plan(drawn.services, WEEK)
    sites = tuple(replace(one, inspectors=("inspector",), second=()) for one in plan.value.sites)
    WEEK_PLANS.update(drawn.services.store, plan, replace(plan.value, sites=sites))
    ask_recheck(drawn, code, asked)
    inspect(drawn, site(drawn, code), 99.0, inspector=who)
    assert ("recheck" in apart(drawn)) == is_apart


def test_only_the_first_look_since_a_recheck_was_asked_for_is_one(office):
    code = f"{FIRST}-000"
    ask_recheck(office, code)
    inspect(office, site(office, code), 60.0, started_at=NOW + timedelta(hours=1))
    inspect(office, site(office, code), 70.0, started_at=NOW + timedelta(hours=2))
    assert apart(office) == {"recheck": (1, 60.0)}
    assert city(office) == 70.0


def test_reports_on_the_way_are_counted_and_have_no_mean(drawn):
    inspect(drawn, replace(site(drawn, f"{FIRST}-000"), code="", site_type=AD_HOC), 0.0, kind=AD_HOC, checklist=AD_HOC)
    assert apart(drawn) == {"adhoc": (1, None)}


def test_a_site_that_is_dropped_was_drawn_and_counts_where_it_was_inspected(drawn):
    """Whoever drops what turned out bad would otherwise better the figure."""
    before = city(drawn)
    for number, street in enumerate(STREETS):
        plan = find_plan(drawn.services, WEEK)
        code = drawn_code(drawn, street, 0)
        assert not isinstance(
            drop(drawn.services, "supervisor", plan, code, f"已拆除{number}", NOW, scope=EVERYTHING), list
        )
    assert city(drawn) == before
    whole = together(week_responses(drawn.services, WEEK, scope=EVERYTHING))
    assert (whole.drawn, whole.inspected) == (8, 2)


def test_response_is_told_by_street_and_type_with_the_reasons(drawn):
    services = drawn.services
    for number, reason in ((1, "closed"), (2, "works")):
        code = drawn_code(drawn, FIRST, number)
        assert say_missed(services, "supervisor", WEEK, code, reason, NOW, scope=EVERYTHING) == []
    plan = find_plan(services, WEEK)
    drop(services, "supervisor", plan, drawn_code(drawn, FIRST, 3), "已拆除", NOW, scope=EVERYTHING)
    first, second = week_responses(services, WEEK, scope=EVERYTHING)
    assert (first.area, first.site_type, first.drawn, first.inspected) == (FIRST, "public-toilet", 4, 1)
    assert first.missed == {"closed": 1, "works": 1, "cancelled": 1}
    assert (second.rate, second.missed) == (0.25, {"unsaid": 3})
    sample = preview(services, WEEK, scope=EVERYTHING).sample
    assert sample.responses == (first, second)
    assert sample.least_response == 0.8
    told = [one.text for one in open_points(services, WEEK, OVER, scope=EVERYTHING)]
    assert "计划的7个点位还有5个没有测评（2个说明了原因）" in told
    near = Scope((SECOND,))
    assert preview(services, WEEK, scope=near).sample.responses == (second,)
    assert week_responses(services, WEEK, scope=near) == (second,)


def test_what_was_said_is_taken_back_and_whoever_goes_there_all_the_same_has_been_there(drawn):
    services, code = drawn.services, drawn_code(drawn, FIRST, 1)
    assert say_missed(services, "supervisor", WEEK, code, "weather", NOW, scope=EVERYTHING) == []
    assert say_missed(services, "supervisor", WEEK, code, "", NOW, scope=EVERYTHING) == []
    assert week_responses(services, WEEK, scope=EVERYTHING)[0].missed == {"unsaid": 3}
    say_missed(services, "supervisor", WEEK, code, "weather", NOW, scope=EVERYTHING)
    inspect(drawn, site(drawn, code), 50.0)
    assert week_responses(services, WEEK, scope=EVERYTHING)[0].missed == {"unsaid": 2}
    said = [one["after"]["reason"] for one in services.audit.entries() if one["act"] == "plan.missed"]
    assert said == ["weather", "", "weather"]


def test_an_inspector_says_it_of_own_sites_of_this_week_and_the_last_one(drawn):
    services = drawn.services
    own = {one.code: {*one.inspectors, *one.second} for one in find_plan(services, WEEK).value.sites}
    mine = next(code for code, names in own.items() if "inspector" in names and code not in inspected_codes(drawn))
    theirs = next(code for code, names in own.items() if "inspector" not in names)
    assert mine in own_open_sites(services, "inspector", WEEK)
    assert say_own_missed(services, "inspector", WEEK, mine, "refused", NOW) == []
    assert own_open_sites(services, "inspector", WEEK)[mine] == "refused"
    codes = [
        say_own_missed(services, "inspector", WEEK, theirs, "refused", NOW),
        say_own_missed(services, "inspector", WEEK, mine, "tired", NOW),
        say_own_missed(services, "inspector", WEEK, mine, "works", NOW + timedelta(days=14)),
        say_own_missed(services, "inspector", "2026-W30", mine, "works", NOW),
    ]
    assert [one.code for (one,) in codes] == [
        "plan.not_own_site", "plan.missed_reason_unknown", "plan.not_own_site", "plan.not_own_site",
    ]  # fmt: skip
    assert say_own_missed(services, "inspector", WEEK, mine, "works", NOW + timedelta(days=7)) == []


def inspected_codes(world: World) -> set[str]:
    return {drawn_code(world, street, 0) for street in STREETS}


def test_the_set_response_rate_is_that_of_the_draw(office):
    planned(office.services, WEEK, NOW, how=How(least_response=0.65), count=2, least_per_area=1)
    assert preview(office.services, WEEK, scope=EVERYTHING).sample.least_response == 0.65


def test_what_is_published_before_the_week_is_over_does_not_tell_what_was_drawn(drawn):
    services = drawn.services
    inspect(drawn, site(drawn, not_drawn(drawn)), 10.0)
    assert publish(services, "supervisor", WEEK, "", NOW + timedelta(days=3)) == 1
    early = published(services, WEEK)
    assert (early.sites, early.sample.responses) == ((), ())
    assert {(row.planned, row.planned_done) for row in early.rows} == {(None, 0)}
    assert early.sample.strata == ((FIRST, "public-toilet", 164), (SECOND, "public-toilet", 164))
    assert publish(services, "supervisor", WEEK, "这一周结束了", OVER) == 2
    whole = published(services, WEEK)
    assert len(whole.sites) == 2
    assert together(whole.sample.responses).drawn == 8
    assert whole.sample == preview(services, WEEK, scope=EVERYTHING).sample


def test_an_arrow_is_the_test_of_the_difference_of_the_two_published_weeks(drawn):
    """With the standard errors and degrees of freedom of both, not the half intervals."""
    services = drawn.services
    for street in STREETS:
        inspect(drawn, site(drawn, drawn_code(drawn, street, 1)), 75.0)
    assert publish(services, "supervisor", WEEK, "", OVER) == 1
    again = shifted(WEEK, 1)
    plan = planned(services, again, OVER, count=8, least_per_area=4)
    for number, one in enumerate(plan.value.sites):
        inspect(drawn, site(drawn, one.code), 60.0 + number, week=again)
    then = OVER + timedelta(days=7)
    assert publish(services, "supervisor", again, "", then) == 1
    before, now = published(services, WEEK), published(services, again)
    for row in now.rows:
        past = now.details[row.area].history[-1]
        assert past == PastWeek.of(before.row(row.area), WEEK)
        tested = compared(row, past)
        assert (row.change, row.change_sure) == (row.rate - past.rate, tested.sure if tested else None)
    assert any(row.error and before.row(row.area).error for row in now.rows)
