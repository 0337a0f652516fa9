"""Ad-hoc reports (随手拍): by the programming interface, by a phone without JavaScript, and as supervisors see them."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from inspect_app.services.index.weekly import live_index
from inspect_app.services.inspecting.holding import waiting
from tests.web.builders import hidden, signed_in
from tests.world import NOW, STREET, WEEK, World, evidence, headers, new_id, photo, sha256

PHOTO = photo(1)


def report(world: World, kind: str = "litter", **more: Any) -> dict[str, Any]:
    checklist = world.services.library.ad_hoc
    assert checklist
    return {
        "kind": "adhoc",
        "checklist": "adhoc",
        "version": checklist.version,
        "area": STREET,
        "started_at": NOW.isoformat(),
        "finished_at": NOW.isoformat(),
        "answers": {kind: {"value": "fail", "note": "桥洞下一堆垃圾"}},
        "photos": [evidence(PHOTO, kind)],
        **more,
    }


@pytest.fixture
def client(world: World) -> FlaskClient:
    """A phone that has sent the photo."""
    client = world.app().test_client()
    sent = client.put(f"/api/v1/photos/{sha256(PHOTO)}", data=PHOTO, headers=headers(world.tokens["inspector"]))
    assert sent.status_code == 201
    return client


def put(client: FlaskClient, world: World, raw: object, id: str | None = None):
    return client.put(f"/api/v1/inspections/{id or new_id()}", json=raw, headers=headers(world.tokens["inspector"]))


def without_fix(kind: str = "litter") -> list[dict[str, Any]]:
    return [{**evidence(PHOTO, kind), "fix": None, "no_fix": "denied"}]


def test_a_report_is_kept_once_and_acknowledged_as_an_inspection_is(client, world):
    raw, id = report(world), new_id()
    first = put(client, world, raw, id)
    assert (first.status_code, first.json["rate"], first.json["state"]) == (201, None, "open")
    assert first.json["photos"] == [sha256(PHOTO)]
    assert first.json["receipt"]
    assert put(client, world, raw, id).status_code == 200
    assert put(client, world, report(world, "parking"), id).status_code == 409


def test_a_report_has_no_part_in_any_score_or_index(client, world):
    services = world.app().extensions["inspect"]
    assert put(client, world, report(world)).status_code == 201
    assert live_index(services, WEEK) == ()
    for number in range(3):
        submission = world.submission(started=NOW.replace(minute=number))
        assert put(client, world, submission).status_code == 201
    before = live_index(services, WEEK)
    assert before[0].rate == 100
    for number in range(5):
        assert put(client, world, report(world, "parking", place=f"第{number}处")).status_code == 201
    assert live_index(services, WEEK) == before


def test_a_decision_on_a_report_leaves_it_without_a_score(client, world):
    id = new_id()
    assert put(client, world, report(world), id).status_code == 201
    desk = signed_in(world, "supervisor")
    page = desk.get(f"/inspections/{id}").text
    assert "发现的问题" in page
    assert "得分率" not in page.split("复核记录")[0]
    form = {name: hidden(page, name) for name in ("csrf_token", "revision")}
    assert desk.post(f"/inspections/{id}/findings/litter", data={**form, "decision": "confirmed"}).status_code == 303
    kept = client.get(f"/api/v1/inspections/{id}", headers=headers(world.tokens["inspector"])).json
    assert (kept["rate"], kept["state"]) == (None, "reviewed")


def test_a_report_is_found_in_log_list_and_desk_under_its_own_name(client, world):
    assert put(client, world, report(world, place="江津路桥洞")).status_code == 201
    desk = signed_in(world, "supervisor")
    log = desk.get(f"/review/photos?week={WEEK}&type=adhoc").text
    assert '<span class="badge">随手拍</span>' in log
    assert "随手拍：江津路桥洞" in log
    assert "随手拍：江津路桥洞" in desk.get(f"/review/inspections?week={WEEK}&type=adhoc").text
    photos = desk.get(f"/review/desk/photos.json?week={WEEK}&type=adhoc").json["photos"]
    assert [one["site"] for one in photos] == ["随手拍：江津路桥洞"]
    assert "随手拍" not in desk.get(f"/review/photos?week={WEEK}&type=bus").text.split("</form>")[-1]
    own = signed_in(world).get(f"/field/mine?week={WEEK}").text
    assert "随手拍：江津路桥洞" in own


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"answers": {}}, "请选择一类问题"),
        ({"answers": {"litter": {"value": "fail"}, "parking": {"value": "fail"}}}, "请选择一类问题"),
        ({"answers": {"nothing": {"value": "fail"}}}, "没有这一类"),
        ({"answers": {"litter": {"value": "pass"}}}, "应为 fail"),
        ({"answers": {"litter": "fail"}}, "应为对象"),
        ({"answers": {"other": {"value": "fail"}}, "photos": []}, "写明"),
        ({"photos": []}, "地点"),
        ({"photos": [], "place": "桥洞"}, "需要至少一张照片"),
        ({"photos": without_fix()}, "照片没有定位，请写明地点"),
        ({"photos": without_fix("parking"), "place": "桥洞"}, "照片应属于所报的问题"),
        ({"place": "长" * 101}, "最多100个字"),
        ({"place": 7}, "最多100个字"),
        ({"area": "999999999"}, "没有区域"),
        ({"area": ""}, "缺少"),
        ({"site": "bus-1"}, "没有这个字段"),
        ({"kind": "else"}, "没有这个字段"),
        ({"version": "0" * 12}, "没有版本"),
        ({"checklist": "bus"}, "没有版本"),
        ({"started_at": "2026-11-23T08:30:00"}, "带时区的时间"),
    ],
)
def test_what_is_wrong_with_a_report_is_said_and_nothing_is_kept(client, world, change, said):
    answer = put(client, world, {**report(world), **change})
    assert answer.status_code == 422
    assert said in answer.text
    assert world.app().extensions["inspect"].store.find("inspections") == []


def test_a_report_without_a_position_needs_words_for_its_place(client, world):
    assert put(client, world, report(world, photos=without_fix(), place="桥洞")).status_code == 201


def test_a_site_cannot_be_of_the_type_of_reports(world):
    assert "adhoc" not in world.services.library.current
    assert "adhoc" not in signed_in(world).get("/field/today.json").json["forms"]


def test_a_phone_without_javascript_reports_with_the_page_alone(world):
    client = signed_in(world)
    page = client.get("/field/adhoc").text
    fields = {name: hidden(page, name) for name in ("csrf_token", "id", "started_at")}
    fields |= {"answers.kind": "posters", "answers.area": STREET}
    file = {"answers.photos": (io.BytesIO(PHOTO), "a.jpg")}
    refused = client.post("/field/adhoc", data={**fields, **file}, content_type="multipart/form-data")
    assert refused.status_code == 422
    assert "请写明地点" in refused.text
    assert sha256(PHOTO) in refused.text, "the photo need not be sent again"
    (held,) = waiting(world.services)
    assert (held.id, held.value.photos, held.value.site) == (fields["id"], (sha256(PHOTO),), "随手拍")
    fields |= {"answers.place": "电线杆", "answers.kept": sha256(PHOTO)}
    sent = client.post("/field/adhoc", data=fields, content_type="multipart/form-data")
    assert (sent.status_code, sent.location) == (303, f"/inspections/{fields['id']}")
    (kept,) = world.app().extensions["inspect"].store.find("inspections")
    assert kept.document["answers"] == {"posters": {"value": "fail"}}
    assert waiting(world.services) == []
    again = client.post("/field/adhoc", data=fields, content_type="multipart/form-data")
    assert again.location == sent.location, "a second tap is the same report"


def test_without_its_file_the_folder_has_no_ad_hoc_reports(world, tmp_path):
    import shutil
    from dataclasses import replace

    folder = tmp_path / "checklists"
    shutil.copytree(world.settings.checklists, folder)
    (folder / "adhoc.toml").unlink()
    world.services.store.close()
    world.settings = replace(world.settings, checklists=folder)
    answer = signed_in(world).get("/field/adhoc")
    assert answer.status_code == 404
    assert "没有开通随手拍" in answer.text
