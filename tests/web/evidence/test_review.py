"""The supervisor's desk: photo log, inspections, decisions."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.inspecting.submitting import submit
from inspect_app.store import Stale
from tests.web.builders import hidden, signed_in
from tests.world import HERE, NOW, WEEK, World, evidence, failing, first_item, new_id, photo, received, sha256


def inspected(
    world: World,
    *,
    seed: int | None = 1,
    user: str = "inspector",
    kind: str = "public-toilet",
    at: datetime = NOW,
) -> str:
    """An inspection in which the first compliance item failed, with one photo of it (none where the seed is None)."""
    checklist = world.checklist(kind)
    item = first_item(checklist, "compliance").id
    photos = []
    started = at + timedelta(minutes=seed or 0)
    if seed is not None:
        content = photo(seed)
        assert received(world.services, content).is_new
        photos = [{**evidence(content, item), "captured_at": started.isoformat()}]
    raw: dict[str, Any] = world.submission(kind, started=started, photos=photos)
    if seed is not None:
        raw["answers"] = failing(raw["answers"], checklist, item)
    inspector = find_user(world.services.store, user)
    assert inspector
    id = new_id()
    outcome = submit(world.services, inspector, id, raw, at + timedelta(hours=3))
    assert outcome.kept, outcome
    return id


def post(client, page: str, path: str, **fields: str):
    return client.post(path, data={"csrf_token": hidden(page, "csrf_token"), **fields})


def test_the_photo_log_shows_the_newest_photo_first_with_item_site_place_and_time(world):
    first, second = inspected(world, seed=1), inspected(world, seed=2)
    page = signed_in(world, "supervisor").get(f"/review/photos?week={WEEK}").text
    links = re.findall(r'href="/inspections/([0-9a-f-]+)#', page)
    assert links == [second, first]
    text = html.unescape(page)
    for shown in [
        "按公示时间开放",
        "public-toilet点位",
        "沙市区 中山街道",
        "30.31050, 112.24120",
        "±8米",
        "11-23 10:32",
        "待复核",
    ]:
        assert shown in text, shown


def test_each_filter_narrows_the_log_and_nonsense_is_refused(world):
    inspected(world, seed=1)
    client = signed_in(world, "supervisor")

    def count(**query: str) -> int:
        page = client.get("/review/photos", query_string={"week": WEEK, **query})
        assert page.status_code == 200
        return page.text.count('class="card"')

    assert count() == count(area="421002") == count(area="421002001") == count(type="public-toilet") == 1
    assert count(state="open") == count(page="1") == 1
    assert count(area="421003") == count(type="main-road") == count(state="reviewed") == count(page="9") == 0
    assert client.get("/review/photos?week=2026-W30").text.count('class="card"') == 0
    assert client.get(f"/review/photos?page={'9' * 5000}").status_code == 200
    for bad in ("week=2026-W99", "week=9999-W52", "week=２０２６-W４８", "area=9", "state=lost", "type=tank"):
        assert client.get(f"/review/photos?{bad}").status_code == 400


def test_an_inspection_without_photos_is_in_the_list_of_inspections(world):
    inspected(world, seed=None)
    page = signed_in(world, "supervisor").get(f"/review/inspections?week={WEEK}").text
    assert "public-toilet点位" in page
    assert "100.00" in page


def test_rejecting_a_finding_takes_it_out_of_the_score_and_keeps_the_history(world):
    """Public toilet: "open" (weight 15, a veto) fails, the other 85 are full: 85 / 100 = 85 %, capped at 60.

    Rejected, it does not count: 85 / 85 = 100 %.
    """
    id = inspected(world)
    client = signed_in(world, "supervisor")
    page = client.get(f"/inspections/{id}").text
    assert "60.00" in page
    assert "一票否决" in page
    answer = post(
        client, page, f"/inspections/{id}/findings/open", decision="rejected", reason="照片不是这座公厕", revision="1"
    )
    assert answer.status_code == 303
    stored = world.services.store.get("inspections", id)
    assert (stored.document["rate"], stored.document["capped"], stored.document["state"]) == (100, False, "reviewed")
    (act,) = stored.document["history"]
    assert (act["rate_before"], act["rate_after"], act["by"], act["reason"]) == (
        60,
        100,
        "supervisor",
        "照片不是这座公厕",
    )
    page = client.get(f"/inspections/{id}").text
    assert "照片不是这座公厕" in page
    assert "已驳回" in page
    again = post(client, page, f"/inspections/{id}/findings/open", decision="confirmed", reason="", revision="2")
    assert again.status_code == 303
    stored = world.services.store.get("inspections", id)
    assert stored.document["rate"] == 60
    assert len(stored.document["history"]) == 2


@pytest.mark.parametrize(
    ("item", "fields", "sentence"),
    [
        ("open", {"decision": "rejected", "reason": " ", "revision": "1"}, "必须写明理由"),
        ("open", {"decision": "maybe", "reason": "x", "revision": "1"}, "只能是确认或驳回"),
        ("open", {"decision": "confirmed", "reason": "很长" * 300, "revision": "1"}, "最多500个字"),
        ("flush", {"decision": "confirmed", "reason": "", "revision": "1"}, "没有待复核的问题"),
        ("nothing", {"decision": "confirmed", "reason": "", "revision": "1"}, "没有待复核的问题"),
        ("open", {"decision": "confirmed", "reason": "", "revision": "x"}, "刷新"),
    ],
)
def test_a_wrong_decision_is_refused_with_a_sentence_and_changes_nothing(world, item, fields, sentence):
    id = inspected(world)
    client = signed_in(world, "supervisor")
    before = world.services.store.get("inspections", id)
    answer = post(client, client.get(f"/inspections/{id}").text, f"/inspections/{id}/findings/{item}", **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert world.services.store.get("inspections", id) == before


def test_two_supervisors_do_not_overwrite_each_other(world):
    id = inspected(world)
    client = signed_in(world, "supervisor")
    page = client.get(f"/inspections/{id}").text
    decide(world.services, "administrator", id, "open", "confirmed", "", 1, NOW, scope=EVERYTHING)
    answer = post(client, page, f"/inspections/{id}/findings/open", decision="rejected", reason="误判", revision="1")
    assert answer.status_code == 409
    assert "其他人" in answer.text
    assert world.services.store.get("inspections", id).document["reviews"]["open"]["decision"] == "confirmed"
    with pytest.raises(Stale):
        decide(world.services, "supervisor", id, "open", "rejected", "误判", 1, NOW, scope=EVERYTHING)


def test_inspectors_see_their_own_inspection_and_photos_and_no_one_elses(world):
    id = inspected(world)
    sha = sha256(photo(1))
    paths = [
        f"/inspections/{id}",
        f"/inspections/{id}/photos/{sha}/thumbnail",
        f"/inspections/{id}/photos/{sha}/original",
    ]
    for name, status in [("inspector", 200), ("supervisor", 200), ("administrator", 200), ("inspector2", 404)]:
        client = signed_in(world, name)
        assert [client.get(path).status_code for path in paths] == [status] * 3, name
    stranger = world.app().test_client()
    assert [stranger.get(path).status_code for path in paths] == [302] * 3
    own = signed_in(world, "inspector").get(f"/inspections/{id}").text
    assert "确认问题" not in own
    answer = post(
        signed_in(world, "inspector"), own, f"/inspections/{id}/findings/open", decision="confirmed", revision="1"
    )
    assert answer.status_code in (400, 403)


def test_photos_of_another_inspection_are_not_served_under_this_one(world):
    first, _ = inspected(world, seed=1), inspected(world, seed=2)
    client = signed_in(world, "supervisor")
    assert client.get(f"/inspections/{first}/photos/{sha256(photo(2))}/original").status_code == 404
    answer = client.get(f"/inspections/{first}/photos/{sha256(photo(1))}/original")
    assert answer.data == photo(1)
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = client.get(answer.request.path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_sixty_photos_fill_a_page_and_the_rest_follows(world):
    content = [photo(n, (64, 48)) for n in range(65)]
    for one in content:
        received(world.services, one)
    item = first_item(world.checklist("public-toilet"), "compliance").id
    raw = world.submission("public-toilet", photos=[evidence(one, item) for one in content])
    inspector = find_user(world.services.store, "inspector")
    assert submit(world.services, inspector, new_id(), raw, NOW).kept
    client = signed_in(world, "supervisor")
    first, second = (client.get(f"/review/photos?week={WEEK}&page={n}").text for n in (1, 2))
    assert (first.count('class="card"'), second.count('class="card"')) == (60, 5)
    assert "page=2" in first


def test_a_confirmed_suspicion_costs_its_points_and_a_rejected_one_none(world):
    """An internet café 205 ± 13 m from the school is 疑似: left out, 100 %. Confirmed: 70 / 100, capped at 60."""
    raw = world.submission("school-perimeter")
    near = {**HERE, "lat": HERE["lat"] + 205 / 110_860, "at": NOW.isoformat()}
    found = [{"category": "internet-cafe", "name": "某网吧", "fix": near}]
    raw["answers"]["banned-premises"] = {"value": found, "no_photo_reason": "店员阻拦"}
    inspector = find_user(world.services.store, "inspector")
    kept = submit(world.services, inspector, new_id(), raw, NOW).kept
    assert (kept.value.rate, kept.value.state) == (100, "open")
    confirmed = decide(
        world.services, "supervisor", kept.id, "banned-premises", "confirmed", "已丈量", 1, NOW, scope=EVERYTHING
    )
    assert (confirmed.value.rate, confirmed.value.capped) == (60, True)
    rejected = decide(
        world.services, "supervisor", kept.id, "banned-premises", "rejected", "超出范围", 2, NOW, scope=EVERYTHING
    )
    assert (rejected.value.rate, rejected.value.capped) == (100, False)
    assert signed_in(world, "supervisor").get(f"/inspections/{kept.id}").status_code == 200
