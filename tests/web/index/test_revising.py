"""What moves a past week, and what was missed, as inspectors and the office do it on the pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.collections.plan.missed_site import MISSED_SITES, missed_id
from inspect_app.domain.weeks import week_of
from inspect_app.services.index.frames import frames_of
from inspect_app.services.index.publishing import publish, published
from inspect_app.services.plan.planning import own_sites
from tests.plans import planned
from tests.services.index.test_late import send
from tests.sites import import_sites
from tests.web.builders import hidden, signed_in
from tests.world import NOW, STREET, WEEK, World


def test_a_visit_that_comes_late_is_shown_at_the_desk_and_accepted_into_a_correction(world):
    send(world, "zebra-crossing", NOW + timedelta(hours=1))
    assert publish(world.services, "supervisor", WEEK, "", NOW + timedelta(hours=2)) == 1
    client = signed_in(world, "supervisor")
    assert "又收到测评" not in client.get("/review/desk/").text
    id = send(world, "main-road", NOW + timedelta(hours=3))
    assert f"{WEEK}（1次）" in client.get("/review/desk/").text
    assert "发布以后有1次测评新收到或有改动" in client.get(f"/index/{WEEK}").text
    assert "又收到" not in world.office.test_client().get(f"/index/{WEEK}").text
    page = client.get(f"/index/{WEEK}/live").text
    assert "各区域印出的数都不变" in page, "both are at 100"
    form = {"csrf_token": hidden(page, "csrf_token"), "visit": id, "reason": " ", "act": "accept"}
    late = f"/index/{WEEK}/late"
    assert client.post(late, data=form).status_code == 422
    assert client.post(late, data={**form, "reason": "断网", "act": "refuse"}).status_code == 422
    assert client.post(late, data={**form, "reason": "断网"}).status_code == 303
    assert INSPECTIONS.get(world.services.store, id).value.presence.state == "accepted"
    page = client.get(f"/index/{WEEK}/live").text
    assert 'value="补录发布以后收到的1次测评"' in page
    done = client.post(f"/index/{WEEK}/publish", data={**form, "reason": "补录", "anyway": "1"})
    assert done.status_code == 303
    assert published(world.services, WEEK).row(STREET).inspections == 2
    assert "又收到测评" not in client.get("/review/desk/").text


def test_freezing_anew_shows_first_what_it_does_and_only_those_who_publish_do_it(world):
    send(world, "zebra-crossing", NOW + timedelta(hours=1))
    client, leader = signed_in(world, "supervisor"), signed_in(world, "leader")
    assert "还没有固定" in client.get(f"/index/{WEEK}/frame").text
    assert publish(world.services, "supervisor", WEEK, "", NOW + timedelta(hours=2)) == 1
    assert "没有不同" in client.get(f"/index/{WEEK}/frame").text
    rows = f"code,name,type,area,lat,lon,accuracy_m\nzebra-2,二号,zebra-crossing,{STREET},30.3,112.2,5\n"
    assert import_sites(world.services.store, rows, world.checklists) == 1
    page = client.get(f"/index/{WEEK}/frame").text
    assert "登记增加了1个点位" in page
    form = {"csrf_token": hidden(page, "csrf_token"), "revision": "1", "reason": "漏登"}
    assert "重新固定</button>" not in leader.get(f"/index/{WEEK}/frame").text
    assert leader.post(f"/index/{WEEK}/frame", data=form).status_code == 403
    assert client.post(f"/index/{WEEK}/frame", data={**form, "reason": ""}).status_code == 422
    assert client.post(f"/index/{WEEK}/frame", data={**form, "revision": "7"}).status_code == 409
    assert client.post(f"/index/{WEEK}/frame", data={**form, "revision": "x"}).status_code == 409
    assert client.post(f"/index/{WEEK}/frame", data=form).status_code == 303
    assert [one.occasion for one in frames_of(world.services, WEEK)] == ["published", "anew"]
    assert "漏登" in client.get(f"/index/{WEEK}/frame").text
    assert world.office.test_client().get(f"/index/{WEEK}/frame").status_code in (302, 303, 401)


def test_an_inspector_says_why_a_site_was_missed_and_the_plan_shows_it(world: World):
    now = datetime.now(UTC)
    week = week_of(now, world.settings.timezone)
    planned(world.services, week, now, count=3)
    code = own_sites(world.services, "inspector", week)[0]
    inspector, supervisor = signed_in(world, "inspector"), signed_in(world, "supervisor")
    assert 'href="/field/missed/"' in inspector.get("/field/").text
    page = inspector.get("/field/missed/").text
    form = {"csrf_token": hidden(page, "csrf_token"), "week": week, "code": code, "reason": "works"}
    assert inspector.post("/field/missed/", data=form).status_code == 303
    assert '<span class="badge badge-warn">施工</span>' in inspector.get("/field/missed/").text
    assert inspector.post("/field/missed/", data={**form, "code": "no-such"}).status_code == 422
    assert inspector.post("/field/missed/", data={**form, "week": "2026-W99"}).status_code == 422
    page = supervisor.get(f"/plan/{week}").text
    assert "未测：施工" in page
    assert "应答率" in page
    form = {"csrf_token": hidden(page, "csrf_token"), "reason": "refused"}
    assert supervisor.post(f"/plan/{week}/sites/{code}/missed", data=form).status_code == 303
    assert MISSED_SITES.get(world.services.store, missed_id(week, code)).value.reason == "refused"
    assert supervisor.post(f"/plan/{week}/sites/no-such/missed", data=form).status_code == 422
