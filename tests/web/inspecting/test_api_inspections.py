"""``PUT /api/v1/inspections/<uuid>`` over the real stores."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from inspect_app.domain.weeks import utc_text
from inspect_app.services.inspecting.holding import waiting
from tests.web.builders import hidden, signed_in
from tests.world import WEEK, World, evidence, failing, first_item, headers, new_id, photo, sha256


@pytest.fixture
def client(world: World) -> FlaskClient:
    return world.app().test_client()


def put(client: FlaskClient, world: World, submission: Any, id: str | None = None, user: str = "inspector"):
    path = f"/api/v1/inspections/{id or new_id()}"
    return client.put(path, json=submission, headers=headers(world.tokens[user]))


def send_photo(client: FlaskClient, world: World, content: bytes) -> None:
    path = f"/api/v1/photos/{sha256(content)}"
    assert client.put(path, data=content, headers=headers(world.tokens["inspector"])).status_code == 201


def failed_submission(world: World, content: bytes) -> dict[str, Any]:
    """A public toilet with its first photo-on-failure compliance item failed, and a photo of it."""
    checklist = world.checklist("public-toilet")
    item = first_item(checklist, "compliance")
    submission = world.submission("public-toilet", photos=[evidence(content, item.id)])
    return {**submission, "answers": failing(submission["answers"], checklist, item.id)}


def kept(world: World) -> list[str]:
    return [stored.id for stored in world.services.store.find("inspections", week=WEEK)]


def test_a_whole_submission_is_scored_and_kept_under_its_week(world, client):
    answer = put(client, world, world.submission())
    assert answer.status_code == 201
    assert answer.json["rate"] == 100
    assert answer.json["week"] == WEEK
    assert answer.json["state"] == "clear"
    assert kept(world) == [answer.json["id"]]


def test_the_same_content_again_gives_the_same_answer_and_one_record(world, client):
    id, submission = new_id(), world.submission()
    first, second = put(client, world, submission, id), put(client, world, submission, id)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert kept(world) == [id]


def test_white_space_and_the_order_of_keys_are_not_content(world, client):
    id, submission = new_id(), world.submission()
    put(client, world, submission, id)
    text = json.dumps(dict(reversed(submission.items())), indent=3)
    path = f"/api/v1/inspections/{id}"
    again = client.put(path, data=text, headers=headers(world.tokens["inspector"]))
    assert again.status_code == 200


def test_other_content_under_the_same_id_is_a_conflict_and_changes_nothing(world, client):
    id, submission = new_id(), world.submission()
    put(client, world, submission, id)
    before = world.services.store.get("inspections", id)
    other = {**submission, "finished_at": "2026-11-23T03:30:00+00:00"}
    answer = put(client, world, other, id)
    assert answer.status_code == 409
    assert "没有改动" in answer.json["error"]
    assert world.services.store.get("inspections", id) == before


def test_the_same_id_in_another_week_is_a_conflict(world, client):
    id, submission = new_id(), world.submission()
    put(client, world, submission, id)
    earlier = {**submission, "started_at": "2026-11-10T02:30:00Z", "finished_at": "2026-11-10T02:40:00Z"}
    assert put(client, world, earlier, id).status_code == 409
    assert world.services.store.find("inspections", week="2026-W46") == []


def test_another_inspectors_id_is_a_conflict_even_with_equal_content(world, client):
    id, submission = new_id(), world.submission()
    put(client, world, submission, id)
    assert put(client, world, submission, id, user="inspector2").status_code == 409


def test_photos_come_first_and_the_missing_ones_are_listed(world, client):
    content = photo(5)
    submission, id = failed_submission(world, content), new_id()
    refused = put(client, world, submission, id)
    assert refused.status_code == 422
    assert refused.json["missing"] == [sha256(content)]
    assert kept(world) == []
    send_photo(client, world, content)
    taken = put(client, world, submission, id)
    assert taken.status_code == 201
    assert taken.json["photos"] == [sha256(content)]
    assert taken.json["state"] == "open"
    assert 0 <= taken.json["rate"] < 100


def test_a_failed_item_needs_a_photo_or_a_reason(world, client):
    submission = failed_submission(world, photo(5))
    item = submission["photos"][0]["item"]
    without = {**submission, "photos": []}
    refused = put(client, world, without)
    assert refused.status_code == 422
    assert "需要至少一张照片" in refused.json["error"]
    without["answers"][item]["no_photo_reason"] = "现场禁止拍照"
    assert put(client, world, without).status_code == 201


def spoilt(submission: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**submission, **changes}


def test_bad_submissions_are_refused_with_the_place_named_and_nothing_kept(world, client):
    right = world.submission()
    item = first_item(world.checklist("zebra-crossing"), "compliance").id
    answers = right["answers"]
    picture = evidence(photo(1), item)
    cases = {
        "unknown item": (spoilt(right, answers={**answers, "flying-cars": {"value": "pass"}}), "flying-cars"),
        "missing item": (spoilt(right, answers={k: v for k, v in answers.items() if k != item}), item),
        "wrong type": (spoilt(right, answers={**answers, item: {"value": 3}}), item),
        "answers no object": (spoilt(right, answers=["pass"]), "answers"),
        "latitude 200": (spoilt(right, photos=[{**picture, "fix": {**picture["fix"], "lat": 200}}]), "lat"),
        "latitude no number": (spoilt(right, photos=[{**picture, "fix": {**picture["fix"], "lat": "30"}}]), "lat"),
        "accuracy below zero": (
            spoilt(right, photos=[{**picture, "fix": {**picture["fix"], "accuracy_m": -1}}]),
            "accuracy",
        ),
        "photo of no item": (spoilt(right, photos=[{**picture, "item": "nothing"}]), "nothing"),
        "photo without hash": (spoilt(right, photos=[{**picture, "sha256": "abc"}]), "SHA-256"),
        "no such site": (spoilt(right, site="nowhere"), "nowhere"),
        "unknown version": (spoilt(right, version="0" * 16), "0" * 16),
        "no zone": (spoilt(right, started_at="2026-11-23T08:00:00"), "started_at"),
        "unknown field": (spoilt(right, inspector="somebody"), "inspector"),
    }
    for name, (submission, named) in cases.items():
        answer = put(client, world, submission)
        assert answer.status_code == 422, (name, answer.json)
        said = answer.json["error"] + "".join(p["where"] + p["what"] for p in answer.json["problems"])
        assert named in said, (name, said)
        assert not answer.json["error"].isascii(), name
    assert kept(world) == []


def test_times_that_cannot_be_are_corrected_and_it_is_said_so_to_the_inspector_and_the_office(world, client):
    right, id = world.submission(), new_id()
    ahead = spoilt(right, started_at="2066-11-23T01:00:00Z", finished_at="2066-11-23T01:10:00Z")
    phone = {"started_at": "9999-12-31T23:59:59Z", "finished_at": "9999-12-31T23:59:59Z", "error_ms": None}
    answer = put(client, world, {**ahead, "clock": phone}, id)
    assert answer.status_code == 201, answer.json
    assert [one["code"] for one in answer.json["clock"]["corrections"]] == ["ahead"]
    assert answer.json["clock"]["finished_at"] < utc_text(datetime.now(UTC) + timedelta(minutes=1))
    for who in ("inspector", "supervisor"):
        page = signed_in(world, who).get(f"/inspections/{id}").text
        assert "时间已更正" in page
        assert answer.json["clock"]["corrections"][0]["text"] in page
    backwards = spoilt(right, finished_at="2026-11-23T01:00:00Z")
    answer = put(client, world, backwards)
    assert [one["code"] for one in answer.json["clock"]["corrections"]] == ["start_after_end"]


def test_what_is_refused_lies_with_the_office_where_it_is_taken_over_at_the_right_site(world, client):
    content, id = photo(3), new_id()
    raw = {**failed_submission(world, content), "site": "nowhere"}
    early = put(client, world, raw, id)
    assert (early.status_code, early.json["held"]) == (422, True)
    send_photo(client, world, content)
    office = signed_in(world, "administrator")
    page = office.get("/admin/imports/").text
    assert "没有点位「nowhere」" in page
    picture = office.get(f"/admin/imports/{id}/photos/{sha256(content)}")
    assert (picture.status_code, picture.mimetype) == (200, "image/jpeg")
    assert office.get(f"/admin/imports/{id}/photos/{'0' * 64}").status_code == 404
    token = {name: hidden(page, name) for name in ("csrf_token", "revision")} | {"reason": "编码抄错"}
    wrong = office.post(f"/admin/imports/{id}/accept", data={**token, "site": "nowhere-either"})
    assert (wrong.status_code, "没有点位「nowhere-either」" in wrong.text) == (422, True)
    assert office.post(f"/admin/imports/{id}/accept", data={**token, "site": "public-toilet-1"}).status_code == 303
    again = put(client, world, raw, id)
    assert (again.status_code, again.json["site"]) == (200, "public-toilet-1")
    assert "没有点位「nowhere」" not in office.get("/admin/imports/").text


def test_what_is_no_json_lies_with_the_office_as_text_and_what_is_too_much_does_not(world, client):
    id, who = new_id(), headers(world.tokens["inspector"])
    path = f"/api/v1/inspections/{id}"
    for body, held in (
        (b"{", True),
        (b'{"a": 1, "a": 2}', True),
        (b"\xff\x00", True),
        (b'"' + b"x" * (1 << 20), False),
    ):
        answer = client.put(path, data=body, headers=who)
        assert (answer.status_code, answer.json["held"]) == (422, held), body[:20]
    (one,) = waiting(world.services)
    assert one.value.raw == {"unreadable": "\ufffd\x00"}
    page = signed_in(world, "administrator").get("/admin/imports/").text
    assert "收到的原文" in page
    assert "读不出的内容" in page
    assert "改到另一个点位" not in page
    assert put(client, world, world.submission("public-toilet"), id).status_code == 201
    assert waiting(world.services) == []


def test_files_that_are_to_come_are_waited_for_and_those_that_are_not_are_not(world, client):
    content, id = photo(3), new_id()
    raw = failed_submission(world, content)
    missing = put(client, world, raw, id)
    assert (missing.status_code, missing.json["held"], missing.json["missing"]) == (422, False, [sha256(content)])
    path, who = f"/api/v1/inspections/{id}", headers(world.tokens["inspector"])
    last = client.put(path, json=raw, headers={**who, "X-Incomplete": "1"})
    assert (last.status_code, last.json["held"]) == (422, True)
    office = signed_in(world, "administrator")
    page = office.get("/admin/imports/").text
    assert "照片1张（1张没有到或已损坏）" in page
    assert "接受就是不再要求这些照片" in page
    send_photo(client, world, content)
    here = client.put(path, json=raw, headers={**who, "X-Incomplete": "1"})
    assert [one["code"] for one in here.json["problems"]] == ["submission.files_refused"]
    assert kept(world) == [], "the inspector may still mend it"
    token = {name: hidden(page, name) for name in ("csrf_token", "revision")} | {"reason": "重复了"}
    assert office.post(f"/admin/imports/{id}/refuse", data=token).status_code == 303
    told = client.put(path, json=raw, headers={**who, "X-Incomplete": "1"})
    assert told.json["problems"][0]["code"] == "importing.left_out"
    assert "重复了" in told.json["error"]


def test_who_mends_what_the_office_has_taken_over_is_told_so_and_not_to_send_it_under_another_id(world, client):
    id, office = new_id(), signed_in(world, "administrator")
    assert put(client, world, {**world.submission("public-toilet"), "site": "nowhere"}, id).json["held"]
    page = office.get("/admin/imports/").text
    form = {name: hidden(page, name) for name in ("csrf_token", "revision")}
    form |= {"reason": "问过", "site": "public-toilet-1"}
    assert office.post(f"/admin/imports/{id}/accept", data=form).status_code == 303
    mended = put(client, world, world.submission("public-toilet"), id)
    assert (mended.status_code, [one["code"] for one in mended.json["problems"]]) == (409, ["submission.taken_over"])
    assert "办公室已接受这一份" in mended.json["error"]
    assert mended.json["held"], "what was changed of it lies with the office all the same"
    assert len(kept(world)) == 1
    other = put(client, world, world.submission("public-toilet"), id, "inspector2")
    assert [one["code"] for one in other.json["problems"]] == ["submission.id_taken"], "another's is not told of"


@pytest.mark.parametrize("act", ["accept", "refuse"])
def test_the_office_decides_about_what_it_has_seen_and_not_about_what_the_phone_sent_since(world, client, act):
    id = new_id()
    assert put(client, world, {**world.submission(), "site": "nowhere"}, id).json["held"]
    office = signed_in(world, "administrator")
    page = office.get("/admin/imports/").text
    form = {"csrf_token": hidden(page, "csrf_token"), "reason": "问过", "site": "public-toilet-1"}
    assert put(client, world, {**world.submission("public-toilet"), "site": "nowhere"}, id).json["held"]
    for seen in ({"revision": hidden(page, "revision")}, {}, {"revision": "x"}):
        answer = office.post(f"/admin/imports/{id}/{act}", data={**form, **seen})
        assert (answer.status_code, "手机又发来了改过的" in answer.text) == (409, True)
    assert kept(world) == []
    fresh = hidden(office.get("/admin/imports/").text, "revision")
    assert office.post(f"/admin/imports/{id}/{act}", data={**form, "revision": fresh}).status_code == 303


def test_a_damaged_photo_of_what_waits_is_told_as_one_that_is_not_there(world, client):
    content, id = photo(3), new_id()
    send_photo(client, world, content)
    assert put(client, world, {**failed_submission(world, content), "site": "nowhere"}, id).json["held"]
    office, source = signed_in(world, "administrator"), f"/admin/imports/{id}/photos/{sha256(content)}"
    assert source in office.get("/admin/imports/").text
    (world.settings.photos / "originals" / sha256(content)[:2] / sha256(content)).write_bytes(b"other")
    page = office.get("/admin/imports/").text
    assert "照片1张（1张没有到或已损坏）" in page
    assert source not in page


@pytest.mark.parametrize("who", ["inspector2", "supervisor", "unit", "inspector"])
def test_nobody_but_the_office_sees_what_was_refused(world, client, who):
    content, id = photo(3), new_id()
    send_photo(client, world, content)
    assert put(client, world, {**failed_submission(world, content), "site": "nowhere"}, id).json["held"]
    other = signed_in(world, who)
    assert other.get("/admin/imports/").status_code == 403
    assert other.get(f"/admin/imports/{id}/photos/{sha256(content)}").status_code == 403
    assert other.get(f"/inspections/{id}").status_code in (403, 404)


def test_whatever_an_inspector_s_program_sends_the_office_s_list_can_be_read(world, client):
    odd = [
        {},
        {"photos": "x"},
        {"site": {"a": 1}, "answers": {"a": [1], "b": {"value": {}}}},
        {"version": 7, "kind": 3},
    ]
    odd += [{"site": "<script>" * 99, "started_at": "0001-01-01T00:00:00Z", "finished_at": "9999-12-31T23:59:59Z"}]
    for raw in odd:
        assert put(client, world, raw).json["held"], raw
    page = signed_in(world, "administrator").get("/admin/imports/")
    assert page.status_code == 200
    assert "<script><script>" not in page.text


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"\xff\xfe", b'{"a":NaN}', b'{"a":1,"a":2}', b'{"site":"\\ud800"}', b"[" * 100_000),
        *(
            b'{"site":"\xed\xa0\x80"}',
            '{"site":"\\ud800"}'.encode("utf-16"),
            b'{"a":1e999}',
            b'{"a":' + b"1" * 400 + b"}",
        ),
    ],
    ids=[
        *("empty", "half", "no UTF-8", "NaN", "key twice", "half a surrogate", "deep"),
        *("half a surrogate as bytes", "UTF-16", "endless", "beyond a float"),
    ],
)
def test_a_body_that_is_no_json_is_refused(world, client, body):
    answer = client.put(f"/api/v1/inspections/{new_id()}", data=body, headers=headers(world.tokens["inspector"]))
    assert answer.status_code == 422
    assert "JSON" in answer.json["error"]


@pytest.mark.parametrize("body", [[], "text", 5, True])
def test_json_that_is_no_object_is_a_bad_request(world, client, body):
    answer = put(client, world, body)
    assert answer.status_code == 400
    assert "JSON对象" in answer.json["error"]
    assert kept(world) == []


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
@pytest.mark.parametrize("field", ["started_at", "finished_at"])
def test_a_time_that_no_calendar_reaches_is_refused(world, client, field, at):
    answer = put(client, world, {**world.submission(), field: at})
    assert answer.status_code == 422
    assert kept(world) == []


def test_an_id_that_is_no_uuid_is_refused(world, client):
    assert put(client, world, world.submission(), "42").status_code == 422


def test_an_inspector_reads_own_inspections_only(world, client):
    id = new_id()
    put(client, world, world.submission(), id)
    path = f"/api/v1/inspections/{id}"
    status = {name: client.get(path, headers=headers(token)).status_code for name, token in world.tokens.items()}
    office = {"inspector": 200, "inspector2": 404, "supervisor": 200, "administrator": 200}
    assert status == {**office, "leader": 403, "unit": 403, "unit2": 403}
    assert client.get(path).status_code == 401


def test_a_browser_session_needs_the_csrf_header(world, client):
    page = client.get("/login").get_data(as_text=True)
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    form = {"name": "inspector", "password": "right-password-1", "csrf_token": token}
    assert client.post("/login", data=form).status_code == 302
    page = client.get("/field/").get_data(as_text=True)
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    path = f"/api/v1/inspections/{new_id()}"
    assert client.put(path, json=world.submission()).status_code == 400
    assert kept(world) == []
    assert client.put(path, json=world.submission(), headers={"X-CSRFToken": token}).status_code == 201


def test_a_revoked_token_and_a_blocked_account_are_shut_out(world, client):
    from inspect_app.services.accounts.accounts import set_active
    from inspect_app.services.accounts.tokens import all_tokens, revoke_token

    store, now = world.services.store, datetime.now(UTC)
    (mine,) = all_tokens(store, now, "inspector")
    assert put(client, world, world.submission()).status_code == 201
    revoke_token(store, mine.number, now)
    assert put(client, world, world.submission()).status_code == 401
    set_active(store, "inspector2", False, now)
    assert put(client, world, world.submission(), user="inspector2").status_code == 401


def test_a_site_retired_since_does_not_refuse_what_was_inspected_before(world, client):
    from dataclasses import replace

    from inspect_app.services.place.register import find_site
    from tests.sites import keep_site

    site = find_site(world.services.store, "zebra-crossing-1")
    assert site
    keep_site(world.services.store, replace(site, state="retired"))
    answer = put(client, world, world.submission())
    assert (answer.status_code, answer.json["presence"]["state"]) == (201, "waiting")
    assert "site_retired" in [one["code"] for one in answer.json["presence"]["reasons"]]


@pytest.mark.parametrize("layers", [100, 600, 5_000])
def test_a_submission_of_many_layers_is_refused_with_a_sentence(world, client, layers):
    whole = json.dumps({**world.submission(), "more": "DEEP"})
    body = whole.replace('"DEEP"', '{"a":' * layers + "1" + "}" * layers)
    answer = client.put(f"/api/v1/inspections/{new_id()}", data=body, headers=headers(world.tokens["inspector"]))
    assert (answer.status_code, "不是有效的JSON" in answer.json["error"]) == (422, True)
    assert kept(world) == []
