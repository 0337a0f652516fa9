"""What a draw is made from is fixed when it is announced, and public only once the week is over."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from inspect_app.collections import Kept
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.plan.week_plan import How
from inspect_app.domain.weeks import shifted
from inspect_app.services.place.register import find_site
from inspect_app.services.plan.assigning import avoid
from inspect_app.services.plan.planning import RETIRED, drop, find_plan, reassign
from inspect_app.web.context import now as real_now
from inspect_app.wording import say
from tests.plans import announced, drawn, planned
from tests.sites import import_sites, keep_site
from tests.web.plan.test_plan import this_week
from tests.world import NOW, STREET, WEEK, World


def retire(world: World, code: str) -> None:
    site = find_site(world.services.store, code)
    assert site
    keep_site(world.services.store, replace(site, state="retired"))


def test_nobody_can_add_or_retire_sites_to_suit_once_it_is_announced(world):
    plan = announced(world.services, WEEK, NOW, count=6)
    rows = [f"new-{n},新点位{n},public-toilet,{STREET},30.3,112.2" for n in range(50)]
    text = "\n".join(["code,name,type,area,lat,lon", *rows])
    assert import_sites(world.services.store, text, world.services.library.current) == 50
    made = drawn(world.services, plan, NOW).value
    assert not [site.code for site in made.sites if site.code.startswith("new-")]
    assert all(site.of == 1 for site in made.sites), "the strata are those of the announcement"


def test_a_site_retired_after_the_announcement_stays_drawn_and_is_sent_to_nobody(world):
    plan = announced(world.services, WEEK, NOW, count=len(world.services.store.find("sites")))
    retire(world, "public-toilet-1")
    made = drawn(world.services, plan, NOW).value
    (toilet,) = [site for site in made.sites if site.code == "public-toilet-1"]
    assert (toilet.inspectors, toilet.second, toilet.dropped) == ((), (), RETIRED)
    assert all(site.inspectors for site in made.sites if site.code != "public-toilet-1")


def test_the_digest_is_public_beforehand_and_the_register_once_the_week_is_over(world):
    past, stranger = shifted(this_week(world), -2), world.app().test_client()
    plan = planned(world.services, past, real_now() - timedelta(weeks=2), count=6).value
    retire(world, plan.sites[0].code)
    assert plan.register in stranger.get("/plan/seeds").text
    answer = stranger.get(f"/plan/{past}/register.csv")
    assert answer.status_code == 200
    assert hashlib.sha256(answer.data).hexdigest() == plan.register


@pytest.mark.parametrize(
    "path", ["register.csv", "drawn.csv", "allocation.csv", "plan.json", "draw.zip", "drawn", "check"]
)
def test_before_the_week_is_over_nothing_of_the_draw_is_anybody_s_business(world, path):
    week, stranger = this_week(world), world.app().test_client()
    announced(world.services, week, real_now())
    assert stranger.get(f"/plan/{week}/{path}").status_code == 404
    drawn(world.services, find_plan(world.services, week), real_now())
    assert stranger.get(f"/plan/{week}/{path}").status_code == 404


def test_a_supervisor_s_reason_is_not_shown_to_the_public(world):
    past = shifted(this_week(world), -2)
    plan = planned(world.services, past, real_now() - timedelta(weeks=2))
    assert isinstance(
        drop(world.services, "supervisor", plan, plan.value.sites[0].code, "张三与店主有过节", NOW, scope=EVERYTHING),
        Kept,
    )
    shown = world.app().test_client().get(f"/plan/{past}/drawn").text
    assert "未测" in shown
    assert "张三" not in shown


def test_nobody_who_keeps_away_is_sent_there_by_a_change(world):
    plan = planned(world.services, WEEK, NOW, how=How(second_share=0))
    site = plan.value.sites[0]
    (other,) = {"inspector", "inspector2"} - set(site.inspectors)
    assert avoid(world.services, "supervisor", other, (STREET[:6],), 0, NOW) == []
    refused = reassign(world.services, "supervisor", plan, site.code, other, "换人", NOW, scope=EVERYTHING)
    assert isinstance(refused, list)
    assert "回避" in say(refused[0]).what
    assert avoid(world.services, "supervisor", other, (), 1, NOW) == []
    assert isinstance(
        reassign(world.services, "supervisor", plan, site.code, other, "换人", NOW, scope=EVERYTHING), Kept
    )
