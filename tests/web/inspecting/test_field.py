"""The inspector's pages: the site list, the form without JavaScript, and the own inspections."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.checklists.checklist import Checklist, Item
from inspect_app.domain.weeks import week_of
from inspect_app.services.cases.blanking import blank
from inspect_app.services.inspecting.holding import waiting
from inspect_app.services.inspecting.moving import move
from inspect_app.services.inspecting.presence import settle
from inspect_app.services.place.register import find_site
from inspect_app.web.context import now
from tests.methods import right
from tests.sites import keep_site
from tests.web.builders import hidden, signed_in
from tests.world import World, first_item, photo, sha256


@pytest.fixture
def client(world: World) -> FlaskClient:
    return signed_in(world)


def file(content: bytes, name: str = "IMG_0001.jpg") -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def filled(client: FlaskClient, checklist: Checklist) -> dict[str, Any]:
    """The form of a site as a phone would send it when nothing is wrong there."""
    page = client.get(f"/field/sites/{checklist.id}-1").text
    fields: dict[str, Any] = {name: hidden(page, name) for name in ("csrf_token", "id", "version", "started_at")}
    for item in checklist.items:
        values = {"na": "y"} if item.photo == "always" else right(item).typed
        fields |= {f"answers.{item.id}.{name}": value for name, value in values.items()}
    return fields


def send(client: FlaskClient, checklist: Checklist, fields: dict[str, Any]) -> TestResponse:
    return client.post(f"/field/sites/{checklist.id}-1", data=fields, content_type="multipart/form-data")


def part_of(page: str, item: Item) -> str:
    """The item's own part of the page."""
    return page.split(f'id="item-{item.id}"')[1].split("</fieldset>")[0]


def kept(world: World) -> list[dict[str, Any]]:
    return [stored.document for stored in world.services.store.find("inspections")]


@pytest.mark.parametrize("id", ["zebra-crossing", "public-toilet", "school-perimeter", "main-road"])
def test_a_form_in_which_nothing_is_wrong_is_kept_and_leads_to_its_result(world, client, id):
    checklist = world.checklist(id)
    fields = filled(client, checklist)
    answer = send(client, checklist, fields)
    assert answer.status_code == 303, answer.text
    assert answer.location == f"/inspections/{fields['id']}"
    (document,) = kept(world)
    assert document["rate"] == 100
    assert document["version"] == checklist.version


def test_a_note_that_the_page_lets_through_is_kept_however_browsers_break_its_lines(world, client):
    checklist = world.checklist("public-toilet")
    fields, item = filled(client, checklist), checklist.items[-1].id
    fields[f"answers.{item}.note"] = "\u3000" + "字" * 410 + "\r\n" * 49 + "完\v😀"
    answer = send(client, checklist, fields)
    assert answer.status_code == 303, answer.text
    assert kept(world)[0]["answers"][item]["note"] == "字" * 410 + "\n" * 49 + "完\n😀"


def test_a_failed_item_with_two_photos_is_scored_and_the_photos_have_no_position(world, client):
    """14 of 20 yielding is 70 % of 30 points; 拥堵 costs 5 of 100: 100 − 9 − 5 = 86."""
    checklist = world.checklist("zebra-crossing")
    fields = filled(client, checklist)
    counts = {"bus": ("4", "5"), "taxi": ("3", "5"), "other": ("7", "10")}
    for kind, (yes, of) in counts.items():
        fields |= {f"answers.yielding.class.{kind}.yes": yes, f"answers.yielding.class.{kind}.of": of}
    fields["answers.yielding.no_photo_reason"] = "车流太快"
    fields["answers.jam.value"] = "fail"
    fields["answers.jam.note"] = "堵了六分钟"
    fields["answers.jam.photos"] = [file(photo(1)), file(photo(2), "IMG_0002.jpg")]
    assert send(client, checklist, fields).status_code == 303
    (document,) = kept(world)
    assert document["rate"] == pytest.approx(86)
    assert [(entry["sha256"], entry["item"], entry["fix"]) for entry in document["photos"]] == [
        (sha256(photo(1)), "jam", None),
        (sha256(photo(2)), "jam", None),
    ]
    assert document["answers"]["yielding"]["value"]["bus"] == {"yes": 4, "of": 5}
    assert document["answers"]["jam"]["note"] == "堵了六分钟"
    assert world.services.photos.read(sha256(photo(1))) == photo(1)


def test_a_refused_form_comes_back_with_its_answers_and_what_is_wrong_beside_each_item(world, client):
    checklist = world.checklist("public-toilet")
    failing, counted = first_item(checklist, "compliance"), first_item(checklist, "occurrences")
    fields = filled(client, checklist)
    fields[f"answers.{failing.id}.value"] = "fail"
    fields[f"answers.{failing.id}.note"] = "门锁着 <看不见>"
    fields[f"answers.{counted.id}.value"] = "很多"
    refused = send(client, checklist, fields)
    assert refused.status_code == 422
    assert kept(world) == []
    assert re.search(r'value="fail" checked', part_of(refused.text, failing))
    assert "门锁着 &lt;看不见&gt;" in part_of(refused.text, failing)
    assert 'value="很多"' in part_of(refused.text, counted)
    assert "整数" in part_of(refused.text, counted)
    assert hidden(refused.text, "id") == fields["id"]
    (held,) = waiting(world.services)
    assert (held.id, held.value.inspector) == (fields["id"], "inspector")
    assert "整数" in held.value.why
    assert "办公室也收到了" in refused.text
    fields[f"answers.{counted.id}.value"] = "0"
    again = send(client, checklist, fields)
    assert again.status_code == 422
    assert "需要至少一张照片" in part_of(again.text, failing)
    fields[f"answers.{failing.id}.no_photo_reason"] = "现场禁止拍照"
    assert send(client, checklist, fields).status_code == 303
    assert waiting(world.services) == []


def test_an_item_without_an_answer_is_named(world, client):
    checklist = world.checklist("public-toilet")
    item = first_item(checklist, "compliance")
    fields = filled(client, checklist)
    del fields[f"answers.{item.id}.value"]
    refused = send(client, checklist, fields)
    assert refused.status_code == 422
    assert "没有作答" in part_of(refused.text, item)


@pytest.mark.parametrize("content", [b"this is no photo", photo(3)[:900]], ids=["text", "truncated"])
def test_a_file_that_is_no_photo_refuses_the_form_and_is_not_kept(world, client, content):
    checklist = world.checklist("public-toilet")
    item = first_item(checklist, "compliance")
    fields = filled(client, checklist)
    fields[f"answers.{item.id}.photos"] = [file(content)]
    refused = send(client, checklist, fields)
    assert refused.status_code == 422
    assert 'class="item-problems" role="alert">' in part_of(refused.text, item)
    assert [one.id for one in waiting(world.services)] == [fields["id"]], "the rest of the form lies with the office"
    assert not world.services.photos.has(sha256(content))
    assert kept(world) == []


def test_photos_of_a_refused_form_need_not_be_chosen_again(world, client):
    checklist = world.checklist("public-toilet")
    item, other = [found for found in checklist.items if found.method == "compliance"][:2]
    fields = filled(client, checklist)
    fields[f"answers.{item.id}.value"] = "fail"
    del fields[f"answers.{other.id}.value"]
    refused = send(client, checklist, {**fields, f"answers.{item.id}.photos": [file(photo(1))]})
    assert refused.status_code == 422
    assert f'name="answers.{item.id}.kept" value="{sha256(photo(1))}" checked' in part_of(refused.text, item)
    fields |= {f"answers.{other.id}.value": "pass", f"answers.{item.id}.kept": sha256(photo(1))}
    assert send(client, checklist, fields).status_code == 303
    assert [entry["sha256"] for entry in kept(world)[0]["photos"]] == [sha256(photo(1))]


def test_the_same_form_sent_twice_makes_one_inspection(world, client):
    checklist = world.checklist("zebra-crossing")
    fields = filled(client, checklist)
    first, second = send(client, checklist, fields), send(client, checklist, fields)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert len(kept(world)) == 1


def test_a_form_changed_after_it_was_sent_is_a_conflict_and_changes_nothing(world, client):
    checklist = world.checklist("zebra-crossing")
    fields = filled(client, checklist)
    send(client, checklist, fields)
    before = kept(world)
    answer = send(client, checklist, {**fields, "answers.jam.value": "na"})
    assert answer.status_code == 409
    assert f"/inspections/{fields['id']}" in answer.text
    assert kept(world) == before
    (held,) = waiting(world.services)
    assert held.value.raw["answers"]["jam"]["value"] == "na", "the office sees what was changed"


def test_premises_typed_by_hand_carry_a_position_marked_as_such(world, client):
    """100 m north of the school, give or take 10 m: inside 200 m, so the item's points are lost."""
    checklist = world.checklist("school-perimeter")
    item = first_item(checklist, "proximity")
    fields = filled(client, checklist)
    del fields[f"answers.{item.id}.none"]
    row = {"category": "internet-cafe", "name": "极速网咖", "lat": "30.3114", "lon": "112.2412", "accuracy_m": "10"}
    fields |= {f"answers.{item.id}.premises.0.{name}": value for name, value in row.items()}
    fields[f"answers.{item.id}.premises.0.photo"] = file(photo(4))
    assert send(client, checklist, fields).status_code == 303
    (document,) = kept(world)
    (found,) = document["answers"][item.id]["value"]
    assert found["fix"]["source"] == "manual"
    assert found["photo"] == sha256(photo(4)) == document["photos"][0]["sha256"]
    assert next(entry["score"] for entry in document["items"] if entry["item_id"] == item.id) == 0
    assert send(client, checklist, {**fields, f"answers.{item.id}.premises.0.photo": file(photo(4))}).status_code == 303
    assert len(kept(world)) == 1


def test_premises_without_a_category_or_a_position_are_refused(world, client):
    checklist = world.checklist("school-perimeter")
    item = first_item(checklist, "proximity")
    fields = {**filled(client, checklist), f"answers.{item.id}.premises.1.name": "某店"}
    refused = send(client, checklist, fields)
    assert refused.status_code == 422
    assert "category" in part_of(refused.text, item) or "没有类别" in part_of(refused.text, item)
    assert 'value="某店"' in part_of(refused.text, item)


def test_a_form_is_judged_by_the_checklist_it_was_opened_with(world, client):
    checklist = world.checklist("zebra-crossing")
    fields = filled(client, checklist)
    other = send(client, checklist, {**fields, "version": world.checklist("public-toilet").version})
    assert other.status_code == 422, "the site's type may have been corrected since: the items of that one are wanting"
    assert kept(world) == []
    unknown = send(client, checklist, {**fields, "version": "0" * 16})
    assert unknown.status_code == 303, "a version that there is not is not taken; the one in force is"
    assert kept(world)[0]["version"] == checklist.version


@pytest.mark.parametrize("field", ["id", "started_at"])
def test_a_form_whose_hidden_fields_are_spoilt_is_refused_and_says_so(world, client, field):
    checklist = world.checklist("zebra-crossing")
    refused = send(client, checklist, {**filled(client, checklist), field: "x"})
    assert refused.status_code == 422
    assert 'class="problems"' in refused.text
    assert kept(world) == []


def test_a_form_without_the_token_of_its_page_is_refused(world, client):
    checklist = world.checklist("zebra-crossing")
    fields = filled(client, checklist)
    del fields["csrf_token"]
    assert send(client, checklist, fields).status_code == 400
    assert kept(world) == []


def test_only_inspectors_and_administrators_see_these_pages(world):
    pages = ("/field/", "/field/mine", "/field/sites/zebra-crossing-1")
    status = {
        name: {signed_in(world, name).get(page).status_code for page in pages}
        for name in ("inspector", "supervisor", "administrator")
    }
    assert status == {"inspector": {200}, "supervisor": {403}, "administrator": {200}}
    stranger = world.app().test_client()
    for page in pages:
        assert stranger.get(page).location.startswith("/login?next=/field/")


def shown(page: str) -> set[str]:
    """The codes of the sites that the list shows."""
    lines = re.findall(r"<li data-type[^>]*>.*?</li>", page, re.DOTALL)
    return {re.search(r"/field/sites/([^\"]+)", line)[1] for line in lines if " hidden>" not in line.split("\n")[0]}


def test_the_list_is_narrowed_by_words_and_by_type(world, client):
    every = {f"{id}-1" for id in world.services.library.current}
    assert shown(client.get("/field/").text) == every
    assert shown(client.get("/field/?type=public-toilet").text) == {"public-toilet-1"}
    assert shown(client.get("/field/?q=ZEBRA").text) == {"zebra-crossing-1"}
    assert shown(client.get("/field/", query_string={"q": "中山 zebra"}).text) == {"zebra-crossing-1"}
    nothing = client.get("/field/", query_string={"q": "没有这里"}).text
    assert shown(nothing) == set()
    assert re.search(r'id="nothing">', nothing)


def test_the_list_marks_what_the_inspector_has_done_this_week_and_no_one_elses(world, client):
    checklist = world.checklist("zebra-crossing")
    for _ in range(2):
        send(client, checklist, filled(client, checklist))
    assert "本周已测 ×2" in client.get("/field/").text
    assert "✓ 本周已测" not in signed_in(world, "inspector2").get("/field/").text


def test_without_sites_the_list_says_what_to_do(world, client):
    store = world.services.store
    for stored in store.find("sites"):
        store.update("sites", stored.id, {**stored.document, "state": "retired"}, expected_revision=stored.revision)
    assert "请管理员" in client.get("/field/").text


def test_a_site_that_is_unknown_or_retired_has_no_form(world, client):
    site = find_site(world.services.store, "zebra-crossing-1")
    assert site
    keep_site(world.services.store, replace(site, state="retired"))
    for code in ("nowhere", "zebra-crossing-1"):
        answer = client.get(f"/field/sites/{code}")
        assert answer.status_code == 404
        assert f"没有点位「{code}」" in answer.text


@pytest.mark.parametrize("change", [{"state": "retired"}, {"site_type": "public-toilet"}])
def test_a_form_of_a_site_that_was_changed_since_opens_as_begun_and_is_taken(world, client, change):
    checklist = world.checklist("zebra-crossing")
    fields = filled(client, checklist)
    site = find_site(world.services.store, "zebra-crossing-1")
    assert site
    keep_site(world.services.store, replace(site, **change))
    page = client.get(f"/field/sites/zebra-crossing-1?version={checklist.version}")
    assert page.status_code == 200
    assert "怎样计入由办公室决定" in page.text
    assert all(f'id="item-{item.id}"' in page.text for item in checklist.items)
    answer = send(client, checklist, fields)
    assert answer.status_code == 303
    assert "暂不计入" in client.get(answer.headers["Location"]).text


def test_a_version_that_there_is_not_opens_no_form_of_a_retired_site(world, client):
    site = find_site(world.services.store, "zebra-crossing-1")
    assert site
    keep_site(world.services.store, replace(site, state="retired"))
    adhoc = world.services.library.ad_hoc
    assert adhoc
    for version in ("0" * 16, adhoc.version, "../x"):
        assert client.get("/field/sites/zebra-crossing-1", query_string={"version": version}).status_code == 404


def test_own_inspections_are_listed_by_week_with_their_score(world, client):
    checklist = world.checklist("zebra-crossing")
    fields = filled(client, checklist)
    send(client, checklist, fields)
    week = week_of(now(), world.settings.timezone)
    page = client.get("/field/mine").text
    assert "zebra-crossing点位" in page
    assert "100.00" in page
    assert f"/inspections/{fields['id']}" in page
    assert client.get(f"/field/mine?week={week}").text.count(fields["id"]) == 1
    assert "这一周没有测评" in client.get("/field/mine?week=2020-W01").text
    assert client.get("/field/mine?week=2020-W60").status_code == 404
    assert fields["id"] not in signed_in(world, "inspector2").get("/field/mine").text


def test_every_item_of_every_checklist_is_on_its_form(world, client):
    for checklist in world.services.library.current.values():
        page = client.get(f"/field/sites/{checklist.id}-1").text
        for item in checklist.items:
            assert item.text in part_of(page, item)
            assert f'name="answers.{item.id}.photos"' in part_of(page, item)


def test_pages_keep_to_their_own_strict_content_policy(client):
    for path in ("/field/", "/field/mine", "/field/sites/school-perimeter-1"):
        answer = client.get(path)
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert not re.search(r"<script(?![^>]*(?:src=|application/json))|\sstyle=|\son\w+=", answer.text)


def test_a_form_sent_again_after_words_were_blanked_and_it_was_moved_is_the_same(world, client):
    checklist = world.checklist("zebra-crossing")
    fields = {**filled(client, checklist), "answers.jam.note": "店主王大明说\n没有"}
    first = send(client, checklist, fields)
    assert blank(world.services, "administrator", fields["id"], "王大明", "误写了姓名", now()) == 1
    assert send(client, checklist, fields).location == first.location
    for other in ("店主说\n没有", "路人王大明说\n没有"):
        assert send(client, checklist, {**fields, "answers.jam.note": other}).status_code == 409

    stored = INSPECTIONS.get(world.services.store, fields["id"])
    waits = replace(stored.value, presence=replace(stored.value.presence, state="waiting"))
    stored = INSPECTIONS.update(world.services.store, stored, waits)
    there = replace(find_site(world.services.store, "zebra-crossing-1"), code="zebra-crossing-2")
    keep_site(world.services.store, there)
    reason = "编码抄错了"
    moved = move(world.services, "supervisor", stored.id, there.code, reason, stored.revision, now(), scope=EVERYTHING)
    assert not isinstance(moved, list), moved
    assert send(client, checklist, fields).location == first.location
    assert len(kept(world)) == 1


def test_a_form_without_javascript_says_who_went_along_and_both_find_it(world, client):
    checklist = world.checklist("public-toilet")
    fields = {**filled(client, checklist), "partner": "inspector2"}
    assert send(client, checklist, fields).status_code == 303
    assert kept(world)[0]["partner"] == "inspector2"
    assert "与inspector2同行" in client.get("/field/mine").text
    partner = signed_in(world, "inspector2")
    mine = partner.get("/field/mine").text
    assert fields["id"] in mine
    assert "与inspector同行，由对方提交" in mine
    assert partner.get(f"/inspections/{fields['id']}").status_code == 200
    assert send(client, checklist, fields).status_code == 303, "sent again it is the same"
    assert send(client, checklist, {**fields, "partner": ""}).status_code == 409, "and without the partner it is not"


def test_a_form_that_is_refused_keeps_its_partner(world, client):
    checklist = world.checklist("public-toilet")
    fields = {**filled(client, checklist), "partner": "inspector2", f"answers.{checklist.items[0].id}.value": ""}
    answer = send(client, checklist, fields)
    assert answer.status_code == 422
    assert '<option value="inspector2" selected>' in answer.text


def test_only_the_office_reads_who_went_along(world, client):
    checklist = world.checklist("public-toilet")
    fields = {**filled(client, checklist), "partner": "inspector2"}
    assert send(client, checklist, fields).status_code == 303
    page = f"/inspections/{fields['id']}"
    assert "同行人 inspector2" in signed_in(world, "supervisor").get(page).text
    assert "inspector2" not in signed_in(world, "leader").get(page).text
    assert signed_in(world, "unit").get(page).status_code in (403, 404)


def test_what_is_new_stands_above_the_sites_until_it_was_looked_at(world, client):
    checklist = world.checklist("public-toilet")
    fields = filled(client, checklist)
    assert send(client, checklist, fields).status_code == 303
    assert 'class="news"' not in client.get("/field/").text
    found = INSPECTIONS.get(world.services.store, fields["id"])
    settle(world.services, "supervisor", found.id, "left_out", "没有去", found.revision, now(), scope=EVERYTHING)
    page = client.get("/field/").text
    assert "不计入：没有去" in page.split('<div class="list-bar">')[0]
    said = {"csrf_token": hidden(page, "csrf_token"), "mark": hidden(page, "mark")}
    assert client.post("/field/news", data={**said, "mark": "another"}).status_code == 303
    assert 'class="news"' in client.get("/field/").text, "what was not seen stays"
    seen = client.post("/field/news", data=said)
    assert (seen.status_code, seen.location) == (303, "/field/")
    assert 'class="news"' not in client.get("/field/").text
