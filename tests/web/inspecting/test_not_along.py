"""Who is named as partner and did not go along says so on the own page, and the office settles it on its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from inspect_app.collections import Kept
from inspect_app.domain.inspecting.inspection import Inspection
from inspect_app.services.inspecting.submitting import submit
from tests.web.builders import hidden, signed_in
from tests.world import World, new_id


def made(world: World) -> Kept[Inspection]:
    at = datetime.now(UTC).replace(microsecond=0)
    raw = {**world.submission("zebra-crossing", started=at - timedelta(minutes=30)), "partner": "inspector2"}
    kept = submit(world.services, world.user("inspector"), new_id(), raw, at).kept
    assert kept
    return kept


def test_on_the_own_page_a_partner_says_not_to_have_gone_along_and_takes_it_back(world: World):
    kept = made(world)
    mine, action = f"/field/mine?week={kept.value.week}", f"/field/mine/{kept.id}/not-along"
    client = signed_in(world, "inspector2")
    page = client.get(mine).text
    assert action in page
    assert action not in signed_in(world).get(mine).text, "who made it has nothing to deny"
    form = {"csrf_token": hidden(page, "csrf_token")}
    refused = client.post(action, data=form)
    assert (refused.status_code, "请写明理由" in refused.text) == (422, True)
    answer = client.post(action, data={**form, "reason": "在单位\x0b开会"})
    assert (answer.status_code, answer.location) == (303, mine)
    page = client.get(mine).text
    assert "您说没有同去，等办公室认定：在单位" in page
    assert "\x0b" not in page
    assert action not in page
    assert client.post(f"/field/mine/{kept.id}/along", data=form).status_code == 303
    assert action in client.get(mine).text
    for path in (f"/field/mine/{new_id()}/not-along", f"/field/mine/{new_id()}/along"):
        assert client.post(path, data={**form, "reason": "没有去"}).status_code == 404


def test_the_office_sees_both_words_and_settles_it(world: World):
    kept = made(world)
    partner, office = signed_in(world, "inspector2"), signed_in(world, "supervisor")
    token = hidden(partner.get("/field/mine").text, "csrf_token")
    partner.post(f"/field/mine/{kept.id}/not-along", data={"csrf_token": token, "reason": "在单位开会"})
    assert "去认定" in office.get(f"/inspections/{kept.id}").text
    assert "在单位开会" not in signed_in(world).get(f"/inspections/{kept.id}").text, "its words are for the office"
    page = office.get(f"/review/denials?week={kept.value.week}").text
    assert "没有同去：在单位开会" in page
    assert "提交时写明与" in page
    form = {name: hidden(page, name) for name in ("csrf_token", "revision")}
    action = f"/review/denials/{kept.id}"
    refused = office.post(action, data={**form, "decision": "absent", "reason": ""})
    assert (refused.status_code, "须写明理由" in refused.text) == (422, True)
    stale = {**form, "decision": "absent", "reason": "查了考勤", "revision": "1"}
    assert office.post(action, data=stale).status_code == 409
    settled = office.post(action, data={**stale, "revision": form["revision"]})
    assert settled.status_code == 303
    assert "办公室认定没有同去" in office.get(f"/inspections/{kept.id}").text
    assert kept.id not in partner.get(f"/field/mine?week={kept.value.week}").text
    assert "没有要认定的" in office.get("/review/denials").text
    assert office.get("/review/denials?week=2026-W99").status_code == 404
