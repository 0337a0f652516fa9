"""Announced, drawn, revealed: each once, in this order, in its time, by the office's rules; and told to the log."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from inspect_app.collections import Kept
from inspect_app.collections.plan.week_plan import WEEK_PLANS
from inspect_app.domain.accounts.permissions import Role
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.plan.beacon import CHINA, Beacon
from inspect_app.domain.plan.commitment import commitment_of, seed_of
from inspect_app.domain.plan.draw import draw
from inspect_app.domain.plan.week_plan import OPEN_SEED, How, WeekPlan
from inspect_app.domain.weeks import first_day, shifted
from inspect_app.services.accounts.accounts import add_user, inspectors
from inspect_app.services.keys import SEALS, KeyLost
from inspect_app.services.plan.assigning import departure_words, departures_of, rules, rules_history, set_rules
from inspect_app.services.plan.planning import announce, drawn_from, find_plan, make_plan, practise, reassign
from inspect_app.services.plan.revealing import public_plans, repeated, reveal_due, revealed_plan
from inspect_app.store import Stale
from inspect_app.wording import all_said
from tests.plans import VALUE, announced, beacon_before, drawn, planned
from tests.sites import import_sites
from tests.world import NOW, PASSWORD, WEEK, World

NEXT_MONDAY = datetime(2026, 11, 30, 0, 1, tzinfo=CHINA)


@pytest.fixture
def office(tmp_path) -> World:
    return World.in_memory(tmp_path / "data")


def acts(office: World, *names: str) -> list[tuple[str, str]]:
    return [(one["act"], one["who"]) for one in office.services.audit.entries() if one["act"] in names]


def said(refused: object) -> str:
    assert isinstance(refused, list), refused
    return all_said(refused)


# Announced


@pytest.mark.parametrize(
    ("source", "day", "at", "is_open"),
    [
        ("sse-composite", "2026-11-23", "09:14", True),
        ("sse-composite", "2026-11-23", "09:15", False),
        ("sse-composite", "2026-11-20", "09:00", False),
        ("pl5", "2026-11-23", "19:59", True),
        ("pl5", "2026-11-23", "20:00", False),
        ("pl5", "2026-11-29", "20:00", True),
        ("pl5", "2026-11-30", "20:00", False),
    ],
)
def test_a_number_is_announced_while_nobody_knows_it_and_comes_before_the_week_is_over(
    office, source, day, at, is_open
):
    now = datetime.fromisoformat(f"2026-11-23T{at}").replace(tzinfo=CHINA)
    made = announce(
        office.services, "supervisor", WEEK, Beacon(source, datetime.fromisoformat(day).date()), now, count=3
    )
    assert isinstance(made, Kept) == is_open, made
    assert is_open or "公开数的日期" in said(made)


def test_a_number_for_practice_decides_nothing_real(office):
    beacon = Beacon("practice", NOW.date())
    assert "练习" in said(announce(office.services, "supervisor", WEEK, beacon, NOW, count=3))
    assert isinstance(announce(office.services, "demo", WEEK, beacon, NOW, count=3, practice=True), Kept)


def test_of_two_who_announce_at_once_one_does(office, monkeypatch):
    """The second read the store before the first had written."""
    made = []

    def meanwhile(*of):
        if not made:
            made.append(True)
            made.append(announced(office.services, WEEK, NOW))
        return False

    monkeypatch.setattr("inspect_app.services.plan.planning._may_replace", meanwhile)
    monkeypatch.setattr(
        "inspect_app.services.plan.planning.new_secret", lambda: (meanwhile() or bytes(32)) if not made else b"1" * 32
    )
    beacon, then = beacon_before(NOW), NOW - timedelta(days=2)
    assert "不能更改" in said(announce(office.services, "other", WEEK, beacon, then, count=3))
    assert acts(office, "plan.announced") == [("plan.announced", "supervisor")]
    assert find_plan(office.services, WEEK).value.commitment == commitment_of(b"1" * 32)


# Drawn


def test_a_number_is_not_used_before_everybody_knows_it(office):
    beacon = Beacon("pl5", NOW.astimezone(CHINA).date())
    plan = announce(office.services, "supervisor", WEEK, beacon, NOW, count=3)
    early = datetime(2026, 11, 23, 21, 29, tzinfo=CHINA)
    assert "以后才有" in said(make_plan(office.services, "supervisor", plan, VALUE, How(), early))
    made = make_plan(office.services, "supervisor", plan, VALUE, How(), early + timedelta(minutes=1))
    assert isinstance(made, Kept)


def test_nobody_tries_a_value_the_first_is_drawn_by(office):
    plan = planned(office.services, WEEK, NOW)
    before = plan.value.sites
    assert "不能再抽" in said(make_plan(office.services, "supervisor", plan, "53169", How(), NOW))
    assert find_plan(office.services, WEEK).value.sites == before


def test_of_two_who_draw_at_once_one_does(office):
    plan = announced(office.services, WEEK, NOW)
    first = drawn(office.services, plan, NOW)
    with pytest.raises(Stale):
        make_plan(office.services, "other", plan, "1", How(), NOW)
    assert find_plan(office.services, WEEK).value == first.value
    assert acts(office, "plan.drawn") == [("plan.drawn", "supervisor")]


def test_practice_is_another_one_each_time_and_keeps_nothing(office):
    announced(office.services, WEEK, NOW)
    tries = [tuple(one.code for one in practise(office.services, WEEK, count=5)) for _ in range(6)]
    assert len(set(tries)) > 1
    assert find_plan(office.services, WEEK).value.drawn_at is None
    assert acts(office, "plan.drawn") == []


def test_the_secret_and_the_number_decide_and_nothing_else(office):
    plan = planned(office.services, WEEK, NOW, count=9).value
    told = revealed_plan(office.services, WEEK, NEXT_MONDAY)
    seed = seed_of(bytes.fromhex(told.secret), told.beacon)
    again = draw(drawn_from(office.services, told), seed=seed, week=WEEK, count=9)
    assert [site.code for site in plan.sites] == [one.code for one in again]
    assert told.whole_seed == seed
    assert plan.whole_seed == "", "before, the plan does not know it itself"


def test_what_the_log_says_of_a_draw(office):
    planned(office.services, WEEK, NOW)
    reveal_due(office.services, NEXT_MONDAY)
    entries = {one["act"]: one for one in office.services.audit.entries() if one["act"].startswith("plan.")}
    told = find_plan(office.services, WEEK).value
    assert entries["plan.announced"]["after"]["commitment"] == commitment_of(bytes.fromhex(told.secret))
    assert entries["plan.drawn"]["after"]["beacon"] == {"source": "pl5", "day": "2026-11-22", "value": VALUE}
    assert entries["plan.revealed"]["after"]["secret"] == told.secret
    assert [entries[f"plan.{act}"]["who"] for act in ("announced", "drawn", "revealed")] == [
        "supervisor", "supervisor", "程序",
    ]  # fmt: skip


# Revealed


def test_a_secret_is_revealed_when_the_week_is_over_and_not_a_minute_before(office):
    planned(office.services, WEEK, NOW)
    sunday = NEXT_MONDAY - timedelta(minutes=2)
    assert reveal_due(office.services, sunday) == []
    assert revealed_plan(office.services, WEEK, sunday) is None
    assert [plan.secret for plan in public_plans(office.services, sunday)] == [""]
    assert [len(plan.secret) for plan in public_plans(office.services, NEXT_MONDAY)] == [64]
    assert reveal_due(office.services, NEXT_MONDAY) == [], "once"
    assert len(acts(office, "plan.revealed")) == 1


def test_what_was_announced_and_never_drawn_is_revealed_and_cannot_be_drawn_any_more(office):
    plan = announced(office.services, WEEK, NOW)
    assert "已经过去" in said(make_plan(office.services, "supervisor", plan, VALUE, How(), NEXT_MONDAY))
    told = revealed_plan(office.services, WEEK, NEXT_MONDAY)
    assert commitment_of(bytes.fromhex(told.secret)) == told.commitment


def test_a_plan_that_was_altered_afterwards_is_not_what_is_drawn_again(office):
    planned(office.services, WEEK, NOW, count=9)
    told = revealed_plan(office.services, WEEK, NEXT_MONDAY)
    assert repeated(office.services, told).right
    for altered in (
        replace(told, sites=told.sites[1:]),
        replace(told, beacon=replace(told.beacon, value="1")),
        replace(told, secret="00" * 32),
        replace(told, register="0" * 64, sites=told.sites),
        replace(told, sites=tuple(replace(site, twice=not site.twice) for site in told.sites)),
    ):
        if altered.register == told.register:
            assert not repeated(office.services, altered).right
    assert len(repeated(office.services, told).lots) == len(drawn_from(office.services, told))
    assert sum(part.taken for part in repeated(office.services, told).allocation) == 9


def test_without_its_key_nothing_is_drawn_or_sealed_until_it_is_renewed_and_then_a_plan_is_announced_anew(office):
    plan = announced(office.services, WEEK, NOW)
    (office.data / SEALS.name).unlink()
    for act in (
        lambda: make_plan(office.services, "supervisor", plan, VALUE, How(), NOW),
        lambda: announced(office.services, shifted(WEEK, 1), NOW),
    ):
        with pytest.raises(KeyLost, match=r"plan\.key 缺失"):
            act()
    assert not (office.data / SEALS.name).exists()
    office.services.keys.renew(SEALS, "命令行", NOW)
    assert "plan.key" in said(make_plan(office.services, "supervisor", plan, VALUE, How(), NOW))
    again = announced(office.services, WEEK, NOW)
    assert again.value.replaced == (plan.value.commitment,)
    assert isinstance(make_plan(office.services, "supervisor", again, VALUE, How(), NOW), Kept)


# By the earlier rule


def open_seed(office: World, week: str, **more) -> Kept[WeekPlan]:
    plan = WeekPlan(week, "上证综指收盘 3921.47", "", 3, 0, NOW, "supervisor", rule=OPEN_SEED, **more)
    return WEEK_PLANS.put_once(office.services.store, week, plan)[1]


def test_an_open_seed_draws_nothing_any_more_and_is_announced_anew(office):
    plan = open_seed(office, WEEK)
    assert "重新公布" in said(make_plan(office.services, "supervisor", plan, VALUE, How(), NOW))
    again = announced(office.services, WEEK, NOW)
    assert again.value.replaced == ("上证综指收盘 3921.47",)
    assert drawn(office.services, again, NOW).value.sites


def test_the_seed_of_a_week_that_was_drawn_by_it_is_closed_until_the_week_is_over(office):
    open_seed(office, WEEK, drawn_at=NOW, drawn_by="supervisor", how=How("3921.47"))
    (shown,) = public_plans(office.services, NOW)
    assert (shown.seed, shown.how, shown.whole_seed) == ("", None, "")
    (shown,) = public_plans(office.services, NEXT_MONDAY)
    assert shown.whole_seed == "上证综指收盘 3921.47 3921.47"
    assert acts(office, "plan.revealed") == []


# Who goes where


@pytest.fixture
def city(office) -> World:
    """Six streets with twelve sites each, and eleven inspectors."""
    rows = [
        f"{area}-{at},点位{at},market,{area},30.{at:02},112.2"
        for area in ("421002001", "421002002", "421002003", "421002004", "421003001", "421003002")
        for at in range(12)
    ]
    text = "\n".join(["code,name,type,area,lat,lon", *rows])
    assert import_sites(office.services.store, text, office.services.library.current) == 72
    for number in range(9):
        add_user(office.services.store, f"more-{number}", Role.INSPECTOR, PASSWORD, NOW)
    return office


def monday(week: str) -> datetime:
    return datetime.combine(first_day(week), datetime.min.time(), CHINA) + timedelta(hours=10)


def test_what_is_planned_and_not_yet_come_in_counts_as_if_it_had(city):
    """No visit of any week ever comes in; still nobody is sent to the same site again, nor soon to the same street."""
    sites, streets = {}, {}
    for number in range(10):
        week = shifted(WEEK, number)
        plan = planned(city.services, week, monday(week), count=18).value
        returns = {(one.street, one.inspector) for one in plan.departures if one.rule == "street"}
        assert not [one for one in plan.departures if one.rule in ("share", "site")]
        for site in plan.sites:
            for name in (*site.inspectors, *site.second):
                assert number - sites.get((site.code, name), -99) > 8
                assert number - streets.get((site.area, name), -99) > 4 or (site.area, name) in returns
        for site in plan.sites:
            for name in (*site.inspectors, *site.second):
                sites[site.code, name] = streets[site.area, name] = number
    assert number == 9


def test_where_there_are_too_few_the_plan_and_the_log_say_so(office):
    for number in range(2):
        week = shifted(WEEK, number)
        plan = planned(office.services, week, monday(week), count=12).value
    assert "street" in {one.rule for one in plan.departures}
    words = departure_words(office.services, plan)
    assert any("inspector2相隔1周又去这个街道" in one for one in words)
    (entry,) = [one for one in office.services.audit.entries() if one["act"] == "plan.drawn" and one["of"] == week]
    assert entry["after"]["departures"] == words


def test_a_change_by_hand_that_departs_from_the_rules_is_told_as_well(city):
    plan = planned(city.services, WEEK, NOW, count=18, how=How(second_share=0))
    assert plan.value.departures == ()
    streets = Counter(site.area for site in plan.value.sites)
    street = max(streets, key=streets.__getitem__)
    there = [site for site in plan.value.sites if site.area == street]
    name = there[0].inspectors[0]
    for site in there:
        if site.inspectors != (name,):
            plan = reassign(city.services, "supervisor", plan, site.code, name, "换", NOW, scope=EVERYTHING)
    assert [(one.rule, one.number) for one in plan.value.departures] == [("share", len(there))]
    assert departures_of(city.services, plan.value) == plan.value.departures


def test_rules_are_the_office_s_with_their_history_and_plans_keep_theirs(city):
    assert rules(city.services) == How()
    before = planned(city.services, WEEK, NOW, how=rules(city.services)).value.how
    assert set_rules(city.services, "admin", How(per_street=3, street_gap_weeks=2), 0, NOW) == []
    assert set_rules(city.services, "admin", How(per_street=3, street_gap_weeks=2), 1, NOW) == [], "nothing to log"
    with pytest.raises(Stale):
        set_rules(city.services, "other", How(per_street=1), 0, NOW)
    assert set_rules(city.services, "other", How(per_street=1), 1, NOW) == []
    assert rules(city.services) == How(per_street=1)
    assert [(one["who"], one["before"]["per_street"]) for one in rules_history(city.services)] == [
        ("other", 3), ("admin", 2),
    ]  # fmt: skip
    assert find_plan(city.services, WEEK).value.how == before
    for wrong in (How(per_street=0), How(per_street=99), How(street_gap_weeks=-1), How(gap_weeks=99), How("", 2.0)):
        assert said(set_rules(city.services, "admin", wrong, 2, NOW))
    assert rules(city.services) == How(per_street=1)


def test_a_street_is_shared_by_as_many_as_the_rules_ask_for(city):
    plan = planned(city.services, WEEK, NOW, count=40, how=How(per_street=3, second_share=0)).value
    for street in {site.area for site in plan.sites}:
        there = [site.inspectors[0] for site in plan.sites if site.area == street]
        assert max(Counter(there).values()) <= -(-len(there) // 3)
    assert len(inspectors(city.services.store)) == 11


def test_pairs_are_kept_apart_from_where_either_was(city):
    for number in range(3):
        week = shifted(WEEK, number)
        plan = planned(city.services, week, monday(week), count=12, how=How(in_pairs=True, second_share=0)).value
        assert all(len(site.inspectors) in (2, 3) for site in plan.sites if not site.problem)
        for other in (find_plan(city.services, shifted(week, -n)) for n in range(1, number + 1)):
            for site in plan.sites:
                same = other.value.site(site.code)
                assert not same or not set(same.inspectors) & set(site.inspectors)
