"""``plan``: announced, drawn once, revealed; practice that tells nothing; the rules of sharing."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest

from inspect_app.domain.plan.beacon import CHINA
from inspect_app.domain.plan.week_plan import How
from inspect_app.domain.weeks import shifted, week_of
from inspect_app.services.place.register import find_site
from inspect_app.services.plan.assigning import rules
from inspect_app.services.plan.planning import find_plan
from inspect_app.web.context import now as real_now
from tests.plans import VALUE, announced, planned
from tests.sites import import_sites, keep_site
from tests.world import World

ROWS = ["code,name,type,area,lat,lon"] + [
    f"{area}-{at},点位{at},{type},{area},30.3,112.2"
    for area in ("421002001", "421002002")
    for type in ("market", "main-road")
    for at in range(0 if type == "market" else 10, 6 if type == "market" else 14)
]


def run(world: World, *arguments: str, typed: str | None = None):
    return world.app().test_cli_runner().invoke(args=["plan", *arguments], input=typed)


def this_week(world: World) -> str:
    return week_of(real_now(), world.services.settings.timezone)


@pytest.fixture
def city(world: World) -> World:
    assert import_sites(world.services.store, "\n".join(ROWS), world.services.library.current) == 20
    return world


def test_a_week_is_announced_and_not_twice(city):
    week = shifted(this_week(city), 1)
    day = f"{real_now().astimezone(CHINA) + timedelta(days=1):%Y-%m-%d}"
    asked = ("announce", week, "--source", "pl5", "--day", day, "--count", "12", "--least", "3")
    result = run(city, *asked)
    assert result.exit_code == 0, result.output
    plan = find_plan(city.services, week).value
    assert plan.commitment in result.output
    assert (plan.count, plan.least_per_area, plan.announced_by) == (12, 3, "命令行")
    again = run(city, *asked)
    assert again.exit_code == 1
    assert "不能更改" in again.output


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"week": "2026-W60"}, "不是一周"),
        ({"--source": "dice"}, "没有来源"),
        ({"--day": "2020-01-01"}, "谁也不知道"),
        ({"--day": "tomorrow"}, "公开数的日期"),
        ({"--count": "0"}, "抽取数"),
        ({"--count": "9999"}, "抽取数"),
        ({"--least": "99"}, "每个区域至少"),
    ],
)
def test_what_cannot_be_announced_is_said(city, changed, said):
    day = f"{real_now().astimezone(CHINA) + timedelta(days=1):%Y-%m-%d}"
    asked = {"week": shifted(this_week(city), 1), "--source": "pl5", "--day": day, "--count": "12", **changed}
    week = asked.pop("week")
    result = run(city, "announce", week, *(part for option in asked.items() for part in option))
    assert result.exit_code == 1
    assert said in result.output
    assert not find_plan(city.services, week)


def test_a_week_is_drawn_once_after_a_question_and_never_tried(city):
    week = this_week(city)
    assert "还没有公布" in run(city, "draw", week, "--value", VALUE, "--yes").output
    announced(city.services, week, real_now(), count=12)
    assert run(city, "draw", week, "--value", VALUE, typed="n\n").exit_code == 1
    assert find_plan(city.services, week).value.drawn_at is None
    assert "应是一个数" in run(city, "draw", week, "--value", "x", "--yes").output
    result = run(city, "draw", week, "--value", "５３，１６８", typed="y\n")
    assert result.exit_code == 0, result.output
    assert f"{week} 抽取了12个点位" in result.output
    assert find_plan(city.services, week).value.beacon.value == VALUE
    again = run(city, "draw", week, "--value", "1", "--yes")
    assert again.exit_code == 1
    assert "不能再抽" in again.output


def test_secrets_are_revealed_of_weeks_that_are_over(city):
    past = shifted(this_week(city), -1)
    planned(city.services, past, real_now() - timedelta(weeks=1))
    planned(city.services, this_week(city), real_now())
    assert f"{past} 的封存数已公开" in run(city, "reveal").output
    assert find_plan(city.services, past).value.secret
    assert not find_plan(city.services, this_week(city)).value.secret
    assert "没有要公开的" in run(city, "reveal").output


def test_practice_looks_like_a_draw_and_is_marked_as_none(city):
    result = run(city, "practise", "2026-W49", "--count", "12", "--least", "3")
    assert result.exit_code == 0, result.output
    assert "不是真的" in result.output
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert len(rows) == 12
    assert sum(row["practice_code"].startswith("421002002") for row in rows) >= 3
    listed = len(city.services.store.find("sites"))
    (chance,) = {row["chance"] for row in rows if not row["practice_code"].startswith("421002002")}
    # The ten sites of 421002002 are lifted to three where their part is less; the rest is shared alike.
    other = max(3.0, 12 * 10 / listed)
    assert float(chance) == pytest.approx((12 - other) / (listed - 10), abs=1e-6)


def test_retired_sites_are_never_drawn_and_area_and_type_narrow_it_down(city):
    site = find_site(city.services.store, "421002002-0")
    assert site
    keep_site(city.services.store, replace(site, state="retired"))
    result = run(city, "practise", "2026-W49", "--count", "5", "--area", "421002002", "--type", "market")
    rows = csv.DictReader(io.StringIO(result.stdout))
    assert sorted(row["practice_code"] for row in rows) == [f"421002002-{at}" for at in range(1, 6)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("2026-W60", "--count", "1"), "不是一周"),
        (("2026-W49", "--count", "0"), "抽取数"),
        (("2026-W49", "--count", "9999"), "抽取数"),
        (("2026-W49", "--count", "3", "--least", "9"), "每个区域至少"),
        (("2026-W49", "--count", "1", "--area", "999"), "没有区域"),
    ],
)
def test_what_cannot_be_drawn_is_said_and_nothing_is_printed(city, arguments, said):
    result = run(city, "practise", *arguments)
    assert result.exit_code == 1
    assert said in result.output
    assert "code,name" not in result.output


def test_rules_are_shown_and_changed_with_their_history(city):
    assert "per_street=2" in run(city, "rules").output
    result = run(city, "rules", "--per-street", "3", "--street-gap", "2", "--second", "20", "--pairs")
    assert result.exit_code == 0, result.output
    assert rules(city.services) == How("", 0.2, 8, True, 3, 2)
    assert run(city, "rules", "--response", "75").exit_code == 0
    assert rules(city.services) == How("", 0.2, 8, True, 3, 2, 0.75)
    assert "应为1到" in run(city, "rules", "--per-street", "0").output
    assert "应为0到100" in run(city, "rules", "--response", "175").output
    lines = run(city, "rules").output.splitlines()
    assert len(lines) == 3
    assert all("命令行" in line for line in lines[1:])
