"""The week's plan: announced, drawn, shared out, changed; secret until the week is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from inspect_app.collections import Kept
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.plan.week_plan import How, WeekPlan
from inspect_app.domain.weeks import shifted, week_of
from inspect_app.services.index.publishing import preview
from inspect_app.services.plan.planning import (
    announce,
    avoidances,
    draw_week,
    drop,
    find_plan,
    is_over,
    make_plan,
    own_sites,
    reassign,
)
from inspect_app.store import Stale
from inspect_app.web.context import now as real_now
from inspect_app.wording import say
from tests.web.builders import hidden, signed_in
from tests.web.evidence.test_review import inspected
from tests.world import NOW, WEEK, World

SEED = "2026-11-27 沪深300收盘 3921.47"


def this_week(world: World) -> str:
    """The week of the real clock, which is the server's."""
    return week_of(real_now(), world.services.settings.timezone)


def planned(world: World, week: str = WEEK, now=NOW, **how) -> Kept[WeekPlan]:
    many = {name: how.pop(name) for name in ("count", "least_per_area") if name in how}
    plan = announce(world.services, "supervisor", week, SEED, now, **{"count": 3, **many})
    assert isinstance(plan, Kept), plan
    made = make_plan(world.services, "supervisor", plan, How(**how), now)
    assert isinstance(made, Kept), made
    return made


def post(client, week: str, path: str, **fields):
    token = hidden(client.get(f"/plan/{week}").text, "csrf_token")
    return client.post(f"/plan/{week}/{path}", data={"csrf_token": token, **fields})


def test_a_seed_is_announced_first_and_can_never_be_changed(world):
    week, supervisor = this_week(world), signed_in(world, "supervisor")
    assert post(supervisor, week, "draw").status_code == 404
    assert post(supervisor, week, "seed", seed=SEED, count="3", least="0").status_code == 303
    again = post(supervisor, week, "seed", seed="另一个", count="3", least="0")
    assert again.status_code == 422
    assert "不能更改" in again.text
    page = world.app().test_client().get("/plan/seeds").text
    assert SEED in page
    assert "还没有抽取" in page
    acts = [entry for entry in world.services.audit.entries() if entry["act"] == "plan.announced"]
    assert [entry["after"]["seed"] for entry in acts] == [SEED]


def test_no_seed_is_announced_for_a_week_that_is_over(world):
    refused = announce(world.services, "supervisor", shifted(WEEK, -1), SEED, NOW, count=3)
    assert [say(problem).what for problem in refused] == ["这一周已经过去"]


def test_a_plan_is_drawn_once_and_shared_out(world):
    week, supervisor = this_week(world), signed_in(world, "supervisor")
    post(supervisor, week, "seed", seed="沪深300收盘指数", count="3", least="0")
    fields = {"value": "3921.47", "second": "50", "gap": "8"}
    assert post(supervisor, week, "draw", **fields).status_code == 303
    plan = find_plan(world.services, week)
    assert len(plan.value.sites) == 3
    assert plan.value.whole_seed == "沪深300收盘指数 3921.47"
    known = draw_week(world.services, week, seed=plan.value.whole_seed, count=3)
    assert [site.code for site in plan.value.sites] == [one.code for one in known]
    assert all(site.inspectors in (("inspector",), ("inspector2",)) for site in plan.value.sites)
    seconds = [site for site in plan.value.sites if site.second]
    assert len(seconds) == 2
    assert all(not set(site.second) & set(site.inspectors) for site in seconds)
    again = post(supervisor, week, "draw", **fields)
    assert again.status_code == 422
    assert "不能再抽" in again.text


@pytest.mark.parametrize(
    "fields", [{"count": "x"}, {"count": "0"}, {"count": "9999"}, {"least": "999"}, {"seed": " "}, {"seed": "x" * 201}]
)
def test_what_cannot_be_drawn_is_not_announced(world, fields):
    week, supervisor = this_week(world), signed_in(world, "supervisor")
    answer = post(supervisor, week, "seed", **{"seed": SEED, "count": "3", "least": "0", **fields})
    assert answer.status_code == 422
    assert find_plan(world.services, week) is None


@pytest.mark.parametrize("fields", [{"second": "200"}, {"gap": "99"}, {"gap": "x"}, {"value": "x" * 201}])
def test_a_draw_that_cannot_be_is_refused_and_the_plan_stays_undrawn(world, fields):
    week, supervisor = this_week(world), signed_in(world, "supervisor")
    post(supervisor, week, "seed", seed=SEED, count="3", least="0")
    answer = post(supervisor, week, "draw", **{"second": "10", "gap": "8", **fields})
    assert answer.status_code == 422
    assert find_plan(world.services, week).value.drawn_at is None


def test_nobody_is_sent_home_nor_to_a_site_of_the_last_weeks(world):
    """inspector was at the toilet last week; inspector2 keeps away from 中山街道, where all sites lie."""
    inspected(world, seed=1, at=NOW - timedelta(weeks=1))
    week, supervisor = this_week(world), signed_in(world, "supervisor")
    token = hidden(supervisor.get(f"/plan/{week}").text, "csrf_token")
    form = {"csrf_token": token, "revision": "0", "week": week, "areas": ["421002001"]}
    assert supervisor.post("/plan/avoidances/inspector2", data=form).status_code == 303
    count = len({site.id for site in world.services.store.find("sites")})
    plan = planned(world, count=count, gap_weeks=2)
    for site in plan.value.sites:
        if site.code == "public-toilet-1":
            assert site.inspectors == ()
            assert "1组须回避" in site.problem
            assert "1组近期去过" in site.problem
        else:
            assert site.inspectors == ("inspector",)
    assert "没有合适的测评员" in signed_in(world, "supervisor").get(f"/plan/{WEEK}").text


def test_a_change_needs_a_reason_and_is_kept(world):
    week = this_week(world)
    code = planned(world, week, real_now(), second_share=0).value.sites[0].code
    supervisor = signed_in(world, "supervisor")

    def change(act: str, **fields) -> int:
        revision = str(find_plan(world.services, week).revision)
        return post(supervisor, week, f"sites/{code}/{act}", revision=revision, **fields).status_code

    assert change("reassign", inspector="inspector2", reason=" ") == 422
    assert change("reassign", inspector="nobody", reason="生病") == 422
    assert change("reassign", inspector="inspector2", reason="原测评员生病") == 303
    assert change("drop", reason="已拆除") == 303
    assert change("drop", reason="再一次") == 422
    plan = find_plan(world.services, week)
    assert [change.reason for change in plan.value.changes] == ["原测评员生病", "已拆除"]
    assert plan.value.sites[0].dropped == "已拆除"
    assert "已拆除" in supervisor.get(f"/plan/{week}").text


def test_the_second_visit_is_never_given_to_who_made_the_first(world):
    plan = planned(world, second_share=1)
    site = next(site for site in plan.value.sites if site.second)
    refused = reassign(world.services, "supervisor", plan, site.code, site.second[0], "换人", NOW, scope=EVERYTHING)
    assert "两次须由不同的人测" in say(refused[0]).what


def test_of_two_changes_at_the_same_moment_one_is_refused(world):
    plan = planned(world)
    assert isinstance(
        drop(world.services, "supervisor", plan, plan.value.sites[0].code, "拆除", NOW, scope=EVERYTHING), Kept
    )
    with pytest.raises(Stale):
        drop(world.services, "supervisor", plan, plan.value.sites[1].code, "拆除", NOW, scope=EVERYTHING)


def test_the_plan_is_secret_until_the_week_is_over(world):
    week = this_week(world)
    plan = planned(world, week, real_now())
    stranger = world.app().test_client()
    for name in ("inspector", "inspector2"):
        assert signed_in(world, name).get(f"/plan/{week}").status_code == 403
    assert stranger.get(f"/plan/{week}").status_code == 302
    assert stranger.get(f"/plan/{week}/drawn").status_code == 404
    assert not any(site.code in stranger.get("/plan/seeds").text for site in plan.value.sites)
    assert is_over(world.services, week, real_now() + timedelta(weeks=1))
    planned(world, shifted(week, -2), real_now() - timedelta(weeks=2))
    shown = stranger.get(f"/plan/{shifted(week, -2)}/drawn").text
    assert all(site.code in shown for site in find_plan(world.services, shifted(week, -2)).value.sites)
    assert "inspector" not in shown


def test_an_inspector_finds_the_own_sites_first_and_no_one_else_s(world):
    week = this_week(world)
    planned(world, week, real_now(), second_share=0)
    for name, other in (("inspector", "inspector2"), ("inspector2", "inspector")):
        page = signed_in(world, name).get("/field/").text
        own, others = own_sites(world.services, name, week), own_sites(world.services, other, week)
        assert not set(own) & set(others)
        section = page[page.index("本周计划") :].split("</section>")[0] if own else ""
        assert all(f'data-code="{code}"' in section for code in own)
        assert not any(f'data-code="{code}"' in section for code in others)


def test_the_index_tells_how_much_of_the_plan_was_inspected(world):
    plan = planned(world, count=len(world.services.store.find("sites")))
    inspected(world, seed=1)
    top = preview(world.services, WEEK, scope=EVERYTHING).top
    assert (top.planned, top.planned_done) == (len(plan.value.sites), 1)
    page = signed_in(world, "supervisor").get(f"/index/{WEEK}/live").text
    assert f"还有{len(plan.value.sites) - 1}个没有测评" in page


def test_of_two_who_change_a_plan_the_later_is_told_and_can_do_it_on_what_is_there(world):
    """One sends another inspector; the other, whose page is older, takes the same site out."""
    week = this_week(world)
    code = planned(world, week, real_now(), second_share=0).value.sites[0].code
    first, second = signed_in(world, "supervisor"), signed_in(world, "administrator")
    fields = [
        {name: hidden(client.get(f"/plan/{week}").text, name) for name in ("csrf_token", "revision")}
        for client in (first, second)
    ]
    sent = first.post(
        f"/plan/{week}/sites/{code}/reassign", data={**fields[0], "inspector": "inspector2", "reason": "生病"}
    )
    assert sent.status_code == 303
    late = second.post(f"/plan/{week}/sites/{code}/drop", data={**fields[1], "reason": "拆除"})
    assert late.status_code == 409
    assert "刚被别人更改过，没有保存；下面是现在的样子" in late.text
    assert find_plan(world.services, week).value.sites[0].dropped == ""
    now = {name: hidden(late.text, name) for name in ("csrf_token", "revision")}
    assert second.post(f"/plan/{week}/sites/{code}/drop", data={**now, "reason": "拆除"}).status_code == 303
    assert find_plan(world.services, week).value.sites[0].inspectors == ("inspector2",)
    without = {"csrf_token": now["csrf_token"], "reason": "拆除"}
    for path in (f"/plan/{week}/sites/{code}/drop", "/plan/avoidances/inspector"):
        answer = second.post(path, data={**without, "week": week})
        assert (answer.status_code, "缺少版本号" in answer.text) == (422, True)


def test_of_two_who_say_where_an_inspector_does_not_go_the_later_is_told(world):
    week = this_week(world)
    first, second = signed_in(world, "supervisor"), signed_in(world, "administrator")
    tokens = [hidden(client.get(f"/plan/{week}").text, "csrf_token") for client in (first, second)]

    def avoid(client, token: str, revision: int, *areas: str):
        data = {"csrf_token": token, "revision": str(revision), "week": week, "areas": list(areas)}
        return client.post("/plan/avoidances/inspector", data=data)

    assert avoid(first, tokens[0], 0, "421002001").status_code == 303
    late = avoid(second, tokens[1], 0, "421003")
    assert late.status_code == 409
    assert "刚被别人更改过，没有保存；下面是现在的样子" in late.text
    assert avoidances(world.services)["inspector"].value == ("421002001",)
    form = late.text.partition('action="/plan/avoidances/inspector"')[2]
    assert hidden(form, "revision") == "1"
    assert avoid(second, tokens[1], 1, "421003").status_code == 303
    assert avoid(second, tokens[1], 9, "421002").status_code == 409
    assert avoidances(world.services)["inspector"].value == ("421003",)
