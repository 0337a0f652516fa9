"""The week's plan: announced, drawn, shared out, changed; secret until the week is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from inspect_app.collections import Kept
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.plan.beacon import CHINA
from inspect_app.domain.plan.week_plan import How
from inspect_app.domain.weeks import shifted, week_of
from inspect_app.services.audit import entries_of
from inspect_app.services.index.publishing import preview
from inspect_app.services.plan.assigning import avoidances, rules
from inspect_app.services.plan.planning import announce, drop, find_plan, is_over, own_sites, reassign
from inspect_app.store import Stale
from inspect_app.web.context import now as real_now
from inspect_app.wording import say
from tests.plans import VALUE, announced, beacon_before, planned
from tests.web.builders import hidden, signed_in
from tests.web.evidence.test_review import inspected
from tests.world import NOW, WEEK, World

DRAW = {"value": VALUE, "again": VALUE, "second": "10", "gap": "8"}


@pytest.fixture
def clock(monkeypatch) -> Callable[[datetime], None]:
    """Sets the server's clock, which stands still then."""

    def at(instant: datetime) -> None:
        class Stopped(datetime):
            @classmethod
            def now(cls, tz=None):
                return instant.astimezone(tz or UTC)

        monkeypatch.setattr("inspect_app.web.context.datetime", Stopped)

    return at


def this_week(world: World) -> str:
    """The week of the real clock, which is the server's."""
    return week_of(real_now(), world.services.settings.timezone)


def post(client, week: str, path: str, **fields):
    token = hidden(client.get(f"/plan/{week}").text, "csrf_token")
    return client.post(f"/plan/{week}/{path}", data={"csrf_token": token, **fields})


def asked(at: datetime, **fields) -> dict[str, str]:
    return {"source": "pl5", "day": f"{at.astimezone(CHINA):%Y-%m-%d}", "count": "3", "least": "0", **fields}


def test_a_draw_is_announced_first_and_can_never_be_changed(world):
    week, supervisor = shifted(this_week(world), 1), signed_in(world, "supervisor")
    tomorrow = real_now() + timedelta(days=1)
    assert post(supervisor, week, "draw").status_code == 404
    assert post(supervisor, week, "announce", **asked(tomorrow)).status_code == 303
    again = post(supervisor, week, "announce", **asked(tomorrow + timedelta(days=1)))
    assert again.status_code == 422
    assert "不能更改" in again.text
    page = world.app().test_client().get("/plan/seeds").text
    plan = find_plan(world.services, week).value
    assert plan.commitment in page
    assert plan.register in page
    assert f"{tomorrow.astimezone(CHINA):%Y-%m-%d} 体彩排列5开奖号码" in page
    assert "还没有抽取" in page
    acts = [entry for entry in world.services.audit.entries() if entry["act"] == "plan.announced"]
    assert [entry["after"]["commitment"] for entry in acts] == [plan.commitment]


def test_no_draw_is_announced_for_a_week_that_is_over(world):
    refused = announce(world.services, "supervisor", shifted(WEEK, -1), beacon_before(NOW), NOW, count=3)
    assert [say(problem).what for problem in refused] == ["这一周已经过去"]


def test_a_plan_is_drawn_once_and_shared_out(world, clock):
    supervisor = signed_in(world, "supervisor")
    announced(world.services, WEEK, NOW)
    clock(NOW)
    fields = {**DRAW, "second": "50"}
    assert post(supervisor, WEEK, "draw", **fields).status_code == 303
    plan = find_plan(world.services, WEEK)
    assert len(plan.value.sites) == 3
    assert plan.value.beacon.value == VALUE
    assert all(site.inspectors in (("inspector",), ("inspector2",)) for site in plan.value.sites)
    seconds = [site for site in plan.value.sites if site.second]
    assert len(seconds) == 2
    assert all(not set(site.second) & set(site.inspectors) for site in seconds)
    again = post(supervisor, WEEK, "draw", **fields)
    assert again.status_code == 422
    assert "不能再抽" in again.text


@pytest.mark.parametrize(
    "fields",
    [
        {"count": "x"}, {"count": "0"}, {"count": "9999"}, {"least": "999"}, {"source": "practice"},
        {"source": "x"}, {"day": ""}, {"day": "明天"}, {"day": "2026-02-30"}, {"day": "2001-01-01"},
        {"day": "2999-01-01"},
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_not_announced(world, fields):
    week, supervisor = shifted(this_week(world), 1), signed_in(world, "supervisor")
    answer = post(supervisor, week, "announce", **asked(real_now() + timedelta(days=1), **fields))
    assert answer.status_code == 422
    said = answer.text.split('role="alert"')[1].split("</div>")[0]
    assert "：" in said
    assert "must be" not in said
    assert "Not a valid" not in said
    assert find_plan(world.services, week) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"second": "200"}, {"gap": "99"}, {"gap": "x"}, {"value": "x" * 201}, {"value": "", "again": ""},
        {"again": "53167"}, {"value": "abc", "again": "abc"}, {"day": "2020-01-01"}, {"day": "2026-12-30"},
    ],
)  # fmt: skip
def test_a_draw_that_cannot_be_is_refused_and_the_plan_stays_undrawn(world, clock, fields):
    announced(world.services, WEEK, NOW)
    clock(NOW)
    answer = post(signed_in(world, "supervisor"), WEEK, "draw", **{**DRAW, **fields})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert find_plan(world.services, WEEK).value.drawn_at is None


def test_nobody_is_sent_home_nor_to_a_site_of_the_last_weeks(world):
    """inspector was at the toilet last week; inspector2 keeps away from 中山街道, where all sites lie."""
    inspected(world, seed=1, at=NOW - timedelta(weeks=1))
    week, supervisor = this_week(world), signed_in(world, "supervisor")
    token = hidden(supervisor.get(f"/plan/{week}").text, "csrf_token")
    form = {"csrf_token": token, "revision": "0", "week": week, "areas": ["421002001"]}
    assert supervisor.post("/plan/avoidances/inspector2", data=form).status_code == 303
    count = len({site.id for site in world.services.store.find("sites")})
    plan = planned(world.services, WEEK, NOW, how=How(gap_weeks=2), count=count)
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
    code = planned(world.services, week, real_now(), how=How(second_share=0)).value.sites[0].code
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
    plan = planned(world.services, WEEK, NOW, how=How(second_share=1))
    site = next(site for site in plan.value.sites if site.second)
    refused = reassign(world.services, "supervisor", plan, site.code, site.second[0], "换人", NOW, scope=EVERYTHING)
    assert "两次须由不同的人测" in say(refused[0]).what


def test_of_two_changes_at_the_same_moment_one_is_refused(world):
    plan = planned(world.services, WEEK, NOW)
    assert isinstance(
        drop(world.services, "supervisor", plan, plan.value.sites[0].code, "拆除", NOW, scope=EVERYTHING), Kept
    )
    with pytest.raises(Stale):
        drop(world.services, "supervisor", plan, plan.value.sites[1].code, "拆除", NOW, scope=EVERYTHING)


def test_the_plan_is_secret_until_the_week_is_over(world):
    week = this_week(world)
    plan = planned(world.services, week, real_now())
    stranger = world.app().test_client()
    for name in ("inspector", "inspector2"):
        assert signed_in(world, name).get(f"/plan/{week}").status_code == 403
    assert stranger.get(f"/plan/{week}").status_code == 302
    assert stranger.get(f"/plan/{week}/drawn").status_code == 404
    assert not any(site.code in stranger.get("/plan/seeds").text for site in plan.value.sites)
    assert is_over(world.services, week, real_now() + timedelta(weeks=1))
    planned(world.services, shifted(week, -2), real_now() - timedelta(weeks=2))
    shown = stranger.get(f"/plan/{shifted(week, -2)}/drawn").text
    assert all(site.code in shown for site in find_plan(world.services, shifted(week, -2)).value.sites)
    assert "inspector" not in shown


def test_an_inspector_finds_the_own_sites_first_and_no_one_else_s(world):
    week = this_week(world)
    planned(world.services, week, real_now(), how=How(second_share=0))
    for name, other in (("inspector", "inspector2"), ("inspector2", "inspector")):
        page = signed_in(world, name).get("/field/").text
        own, others = own_sites(world.services, name, week), own_sites(world.services, other, week)
        assert not set(own) & set(others)
        section = page[page.index("本周计划") :].split("</section>")[0] if own else ""
        assert all(f'data-code="{code}"' in section for code in own)
        assert not any(f'data-code="{code}"' in section for code in others)
        # By this mark the phone keeps last visits ahead.
        assert section.count('" data-own ') == page.count('" data-own ') == len(own)


def test_the_index_tells_how_much_of_the_plan_was_inspected(world):
    plan = planned(world.services, WEEK, NOW, count=len(world.services.store.find("sites")))
    inspected(world, seed=1)
    top = preview(world.services, WEEK, scope=EVERYTHING).top
    assert (top.planned, top.planned_done) == (len(plan.value.sites), 1)
    page = signed_in(world, "supervisor").get(f"/index/{WEEK}/live").text
    assert f"还有{len(plan.value.sites) - 1}个没有测评" in page


def test_rules_are_changed_on_the_page_with_their_history(world):
    supervisor, week = signed_in(world, "supervisor"), this_week(world)
    typed = {"second": "20", "gap": "8", "street_gap": "3", "per_street": "3"}
    form = {**rules_form(supervisor, week), **{f"rules-{name}": value for name, value in typed.items()}}
    assert supervisor.post("/plan/rules", data=form).status_code == 303
    assert rules(world.services) == How("", 0.2, 8, False, 3, 3)
    page = supervisor.get(f"/plan/{week}").text
    assert "3人以上分测一个街道，3周内不去同一街道" in page
    assert "更改过1次" in page
    wrong = {**form, **rules_form(supervisor, week), "rules-per_street": "0"}
    assert supervisor.post("/plan/rules", data=wrong).status_code == 422
    assert rules(world.services).per_street == 3


def rules_form(client, week: str) -> dict[str, str]:
    """What the form of the rules has beside what is typed."""
    page = client.get(f"/plan/{week}").text
    return {
        "csrf_token": hidden(page, "csrf_token"),
        "week": week,
        "revision": hidden(page.partition('action="/plan/rules"')[2], "revision"),
    }


def test_of_two_who_change_the_rules_the_later_is_told_and_can_do_it_on_what_is_there(world):
    week = this_week(world)
    first, second = signed_in(world, "supervisor"), signed_in(world, "administrator")
    typed = {"rules-second": "20", "rules-gap": "8", "rules-street_gap": "3", "rules-per_street": "3"}
    forms = [{**rules_form(client, week), **typed} for client in (first, second)]
    assert first.post("/plan/rules", data=forms[0]).status_code == 303
    late = second.post("/plan/rules", data={**forms[1], "rules-per_street": "5"})
    assert late.status_code == 409
    assert "刚被别人更改过，没有保存" in late.text
    assert "3人以上分测一个街道" in late.text
    assert rules(world.services).per_street == 3
    again = {**forms[1], "rules-per_street": "5", "revision": hidden(late.text.partition("/plan/rules")[2], "revision")}
    assert second.post("/plan/rules", data=again).status_code == 303
    assert rules(world.services).per_street == 5
    answer = second.post("/plan/rules", data={**again, "revision": ""})
    assert (answer.status_code, "缺少版本号" in answer.text) == (422, True)


def test_a_leader_is_told_where_the_rules_were_departed_from_but_not_by_whom(world):
    for number in range(2):
        week = shifted(WEEK, number)
        planned(world.services, week, NOW + timedelta(weeks=number), count=12)
    shown = {name: signed_in(world, name).get(f"/plan/{shifted(WEEK, 1)}").text for name in ("supervisor", "leader")}
    assert "inspector2相隔1周又去这个街道" in shown["supervisor"]
    assert "有测评员相隔1周又去这个街道" in shown["leader"]
    assert "inspector" not in shown["leader"].split("<main", 1)[1]


def test_of_two_who_change_a_plan_the_later_is_told_and_can_do_it_on_what_is_there(world):
    """One sends another inspector; the other, whose page is older, takes the same site out."""
    week = this_week(world)
    code = planned(world.services, week, real_now(), how=How(second_share=0)).value.sites[0].code
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
    told = [entry for entry in entries_of(world.services, "avoidances/inspector") if entry["act"] == "plan.avoided"]
    assert [(one["who"], one["before"], one["after"]) for one in told] == [
        ("supervisor", {"areas": []}, {"areas": ["421002001"]}),
        ("administrator", {"areas": ["421002001"]}, {"areas": ["421003"]}),
    ]
