"""Presence as people meet it: the answer to a phone, the inspector's page, the supervisor's list and decision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from inspect_app.domain.weeks import week_of
from inspect_app.services.inspecting.visits import counted_visits
from tests.web.builders import hidden, signed_in
from tests.world import World, headers, new_id

WAITING = "没有在点位现场拍摄的照片，测评期间也没有手机定位"


@pytest.fixture
def sent(world: World) -> tuple[World, str, str]:
    """A visit that an older client sent, with nothing that shows presence; its id and week."""
    id, at = new_id(), datetime.now(UTC) - timedelta(minutes=20)
    raw = world.submission("public-toilet", started=at)
    del raw["presence"]
    client = world.app().test_client()
    for status in (201, 200):
        answer = client.put(f"/api/v1/inspections/{id}", json=raw, headers=headers(world.tokens["inspector"]))
        assert answer.status_code == status
        told = {"state": "waiting", "counts": False, "reasons": [{"code": "no_presence", "text": WAITING}]}
        assert answer.json["presence"] == told
    return world, id, week_of(at, world.settings.timezone)


def counted(world: World, week: str) -> int:
    return len(counted_visits(world.services.store, week))


def test_the_session_gives_tickets_with_which_a_visit_counts(world: World):
    client, auth = world.app().test_client(), headers(world.tokens["inspector"])
    given = client.get("/api/v1/session", headers=auth).json["presence"]["tickets"]
    assert len(given) == 8
    raw = world.submission("public-toilet", started=datetime.now(UTC) - timedelta(minutes=20))
    raw["presence"]["tickets"] = given
    answer = client.put(f"/api/v1/inspections/{new_id()}", json=raw, headers=auth)
    assert answer.json["presence"] == {"state": "shown", "counts": True, "reasons": []}
    supervisor = client.get("/api/v1/session", headers=headers(world.tokens["supervisor"])).json
    assert supervisor["presence"]["tickets"] == []


def test_the_inspector_reads_why_it_does_not_count_yet(sent: tuple[World, str, str]):
    world, id, week = sent
    client = signed_in(world, "inspector")
    page = client.get(f"/inspections/{id}").text
    assert "已收到，暂不计入" in page
    assert WAITING in page
    assert "您不用再做什么" in page
    assert "确认到场，计入</button>" not in page
    assert "待确认到场" in client.get(f"/field/mine?week={week}").text


def test_a_supervisor_finds_it_and_counts_it_with_a_reason(sent: tuple[World, str, str]):
    world, id, week = sent
    client = signed_in(world, "supervisor")
    listed = client.get(f"/review/inspections?week={week}&presence=waiting").text
    assert WAITING in listed
    assert "没有照片" in listed
    assert f"/inspections/{id}" in client.get(f"/quality/{week}").text
    page = client.get(f"/inspections/{id}").text
    fields = {"csrf_token": hidden(page, "csrf_token"), "revision": hidden(page, "revision"), "decision": "accepted"}
    refused = client.post(f"/inspections/{id}/presence", data={**fields, "reason": " "})
    assert refused.status_code == 422
    assert "须写明理由" in refused.text
    assert counted(world, week) == 0
    done = client.post(f"/inspections/{id}/presence", data={**fields, "reason": "与社区核实过"})
    assert (done.status_code, counted(world, week)) == (303, 1)
    assert "与社区核实过" in client.get(f"/inspections/{id}").text
    assert id not in client.get(f"/review/inspections?week={week}&presence=waiting").text
    again = client.post(f"/inspections/{id}/presence", data={**fields, "reason": "旧页面"})
    assert again.status_code == 409
    told = "办公室已确认到场"
    assert told in signed_in(world, "inspector").get(f"/inspections/{id}").text


def test_a_leader_sees_that_it_waits_and_neither_why_nor_signals(sent: tuple[World, str, str]):
    world, id, week = sent
    client = signed_in(world, "leader")
    for path in (f"/inspections/{id}", f"/review/inspections?week={week}&presence=waiting", f"/quality/{week}"):
        page = client.get(path)
        assert page.status_code == 200
        assert WAITING not in page.text
        assert "没有照片" not in page.text
    assert "待确认到场" in client.get(f"/inspections/{id}").text
    token = hidden(client.get("/review/photos").text, "csrf_token")
    answer = client.post(f"/inspections/{id}/presence", data={"csrf_token": token, "decision": "accepted"})
    assert answer.status_code == 403


def test_an_unknown_way_of_counting_is_refused(world: World):
    assert signed_in(world, "supervisor").get("/review/inspections?presence=everything").status_code == 400
