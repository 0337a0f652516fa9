"""The draw can be repeated by anybody: from the register as it stood when the seed was announced."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from inspect_app.collections import Kept
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.plan.week_plan import How, WeekPlan
from inspect_app.domain.weeks import shifted
from inspect_app.services.place.register import find_site, keep_site
from inspect_app.services.plan.planning import (
    RETIRED,
    announce,
    avoid,
    drop,
    find_plan,
    make_plan,
    reassign,
)
from inspect_app.web.context import now as real_now
from inspect_app.wording import say
from tests.sites import import_sites
from tests.web.plan.test_plan import SEED, planned, this_week
from tests.world import NOW, STREET, WEEK, World

HOW = How(second_share=0)


def announced(world: World, week: str, now, count: int = 6) -> Kept[WeekPlan]:
    plan = announce(world.services, "supervisor", week, SEED, now, count=count)
    assert isinstance(plan, Kept), plan
    return plan


def made(world: World, plan: Kept[WeekPlan], now, how: How = HOW) -> WeekPlan:
    found = make_plan(world.services, "supervisor", plan, how, now)
    assert isinstance(found, Kept), found
    return found.value


def retire(world: World, code: str) -> None:
    site = find_site(world.services.store, code)
    assert site
    keep_site(world.services.store, replace(site, state="retired"))


def test_who_knows_the_seed_cannot_add_or_retire_sites_to_suit(world):
    plan = announced(world, WEEK, NOW)
    rows = [f"new-{n},新点位{n},public-toilet,{STREET},30.3,112.2" for n in range(50)]
    text = "\n".join(["code,name,type,area,lat,lon", *rows])
    assert import_sites(world.services.store, text, world.services.library.current) == 50
    drawn = made(world, plan, NOW)
    assert not [site.code for site in drawn.sites if site.code.startswith("new-")]
    assert all(site.of == 1 for site in drawn.sites), "the strata are those of the announcement"


def test_a_site_retired_after_the_announcement_stays_drawn_and_is_sent_to_nobody(world):
    plan = announced(world, WEEK, NOW, count=len(world.services.store.find("sites")))
    retire(world, "public-toilet-1")
    drawn = made(world, plan, NOW, How())
    (toilet,) = [site for site in drawn.sites if site.code == "public-toilet-1"]
    assert (toilet.inspectors, toilet.second, toilet.dropped) == ((), (), RETIRED)
    assert all(site.inspectors for site in drawn.sites if site.code != "public-toilet-1")


def test_the_digest_is_public_with_the_seed_and_the_register_once_the_week_is_over(world, tmp_path):
    past, stranger = shifted(this_week(world), -2), world.app().test_client()
    then = real_now() - timedelta(weeks=2)
    plan = made(world, announced(world, past, then), then)
    retire(world, plan.sites[0].code)
    assert plan.register in stranger.get("/plan/seeds").text
    answer = stranger.get(f"/plan/{past}/register.csv")
    assert answer.status_code == 200
    assert hashlib.sha256(answer.data).hexdigest() == plan.register
    file: Path = tmp_path / "register.csv"
    file.write_bytes(answer.data)
    arguments = ["plan", "draw", past, "--seed", SEED, "--count", "6", "--register", str(file)]
    result = world.app().test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 0, result.output
    repeated = [row["code"] for row in csv.DictReader(io.StringIO(result.output))]
    assert repeated == [site.code for site in plan.sites]


def test_before_the_week_is_over_the_register_is_nobody_s_business(world):
    week = this_week(world)
    announced(world, week, real_now())
    assert world.app().test_client().get(f"/plan/{week}/register.csv").status_code == 404
    made(world, find_plan(world.services, week), real_now())
    assert world.app().test_client().get(f"/plan/{week}/register.csv").status_code == 404


def test_a_supervisor_s_reason_is_not_shown_to_the_public(world):
    past = shifted(this_week(world), -2)
    plan = planned(world, past, real_now() - timedelta(weeks=2))
    assert isinstance(
        drop(world.services, "supervisor", plan, plan.value.sites[0].code, "张三与店主有过节", NOW, scope=EVERYTHING),
        Kept,
    )
    shown = world.app().test_client().get(f"/plan/{past}/drawn").text
    assert "未测" in shown
    assert "张三" not in shown


def test_nobody_who_keeps_away_is_sent_there_by_a_change(world):
    plan = planned(world, second_share=0)
    site = plan.value.sites[0]
    (other,) = {"inspector", "inspector2"} - set(site.inspectors)
    assert avoid(world.services, other, (STREET[:6],), 0) == []
    refused = reassign(world.services, "supervisor", plan, site.code, other, "换人", NOW, scope=EVERYTHING)
    assert isinstance(refused, list)
    assert "回避" in say(refused[0]).what
    assert avoid(world.services, other, (), 1) == []
    assert isinstance(
        reassign(world.services, "supervisor", plan, site.code, other, "换人", NOW, scope=EVERYTHING), Kept
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [("code,area\na,b\n", "缺少列"), ("code,area,type\na,b,c\na,b,c\n", "重复"), ("code,area,type\na,b\n", "每一行")],
)
def test_a_file_that_is_no_register_is_refused(world, tmp_path, content, said):
    file = tmp_path / "x.csv"
    file.write_text(content, "utf-8")
    arguments = ["plan", "draw", WEEK, "--seed", "x", "--count", "1", "--register", str(file)]
    result = world.app().test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 1
    assert said in result.output
