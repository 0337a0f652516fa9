"""The unit's pages and its reports: what it can do, what is checked, and what it never learns."""

from __future__ import annotations

import html
import io
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from inspect_app.collections.cases.case import CASES
from inspect_app.domain.accounts.device import Way
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.accounts.devices import add_device
from inspect_app.services.cases.acts import cases_of_unit, open_case
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.inspecting.submitting import submit
from tests.cases import DEADLINE, FILED_AT, acted_on, dispatched, filed, user
from tests.web.builders import hidden, signed_in
from tests.world import (
    BUREAU,
    DISTRICT,
    HERE,
    NOW,
    evidence,
    failing,
    first_item,
    headers,
    new_id,
    photo,
    received,
    sha256,
)


def accepted(world, **of):
    return acted_on(world, dispatched(world, **of), "unit", "accept")


def sent(world, content: bytes) -> str:
    assert received(world.services, content).is_new
    return sha256(content)


def report(case: str, *photos: dict, note: str = "") -> dict:
    return {"case": case, "note": note, "photos": list(photos)}


def taken(content: bytes, **more) -> dict:
    """An after-photo as a phone describes it: at the site, now."""
    at = datetime.now(UTC).isoformat()
    return {
        "sha256": sha256(content),
        "item": "after",
        "captured_at": at,
        "fix": {**HERE, "at": at},
        "source": "live",
        **more,
    }


def put(world, id: str, raw: dict, who: str = "unit"):
    client = world.app().test_client()
    return client.put(f"/api/v1/handlings/{id}", json=raw, headers=headers(world.tokens[who]))


def signals(world, case: str) -> list[list[str]]:
    after = CASES.get(world.services.store, case).value.after
    return [[signal.name for signal in one.signals] for one in after]


def test_cases_are_listed_by_urgency_with_one_tap_to_accept(world):
    now = datetime.now(UTC)
    late = dispatched(world, seed=1, deadline=max(FILED_AT + timedelta(hours=2), now - timedelta(hours=1)))
    far = dispatched(world, seed=2, deadline=now + timedelta(days=30))
    unit = signed_in(world, "unit")
    page = unit.get("/unit/").text
    assert re.findall(r'href="/unit/cases/(2026-[0-9]+)"', page) == [late.id, far.id]
    answer = unit.post(
        f"/unit/cases/{far.id}/accept",
        data={"csrf_token": hidden(page, "csrf_token"), "revision": str(far.revision)},
    )
    assert answer.location == f"/unit/cases/{far.id}"
    assert CASES.get(world.services.store, far.id).value.state == "accepted"


def test_a_unit_that_helps_sees_the_case_and_may_do_nothing(world):
    case = acted_on(
        world,
        filed(world),
        "supervisor",
        "dispatch",
        unit=world.unit(BUREAU),
        joint=(world.unit(DISTRICT),),
        deadline=DEADLINE,
    )
    helper = signed_in(world, "unit2")
    page = helper.get(f"/unit/cases/{case.id}").text
    assert f"主办 {BUREAU}" in page
    assert 'id="report"' not in page
    assert "/accept" not in page


def test_a_returned_case_leaves_the_units_list(world):
    case = dispatched(world)
    unit = signed_in(world, "unit")
    page = unit.get(f"/unit/cases/{case.id}").text
    fields = {"csrf_token": hidden(page, "csrf_token"), "revision": hidden(page, "revision")}
    assert "必须填写" in unit.post(f"/unit/cases/{case.id}/return", data=fields).text
    answer = unit.post(f"/unit/cases/{case.id}/return", data={**fields, "reason": "属于区里"})
    assert answer.location == "/unit/"
    assert unit.get(f"/unit/cases/{case.id}").status_code == 404
    assert cases_of_unit(world.services, world.unit(BUREAU)) == []


def test_a_report_with_photos_is_taken_once_and_acknowledged_by_a_signed_receipt(world):
    case, id, content = accepted(world), new_id(), photo(50)
    raw = report(case.id, taken(content), note="已换新锁")
    lacking = put(world, id, raw)
    assert (lacking.status_code, lacking.json["missing"]) == (422, [sha256(content)])
    sent(world, content)
    first, again = put(world, id, raw), put(world, id, raw)
    assert (first.status_code, again.status_code) == (201, 200)
    text = json.loads(first.json["receipt"]["text"])
    assert (text["id"], text["inspector"], text["photos"]) == (id, "unit", [sha256(content)])
    assert first.json["page"] == f"/unit/cases/{case.id}"
    kept = CASES.get(world.services.store, case.id).value
    assert (kept.state, len(kept.after), kept.steps[-1].reason) == ("handled", 1, "已换新锁")
    other = put(world, id, {**raw, "note": "另一句话"})
    assert other.status_code == 409
    assert CASES.get(world.services.store, case.id).value == kept


def test_a_photo_that_fits_raises_no_signal(world):
    case, content = accepted(world, at=datetime.now(UTC) - timedelta(days=2)), photo(51)
    sent(world, content)
    assert put(world, new_id(), report(case.id, taken(content, clock_error_ms=50.0))).status_code == 201
    assert signals(world, case.id) == [[]]
    assert CASES.get(world.services.store, case.id).value.after[0].distance_m < 5


@pytest.mark.parametrize(
    ("how", "named"),
    [
        ({"fix": {**HERE, "lat": 30.3305, "at": "2026-11-23T09:00:00Z"}}, "far_from_site"),
        ({"fix": None, "no_fix": "denied"}, "no_position"),
        ({"captured_at": "2026-11-01T09:00:00Z"}, "before_dispatch"),
        ({"original": {"software": "Adobe Photoshop 25.0"}}, "edited"),
        ({"fix": {**HERE, "accuracy_m": 900.0, "at": "2026-11-23T09:00:00Z"}}, "weak_position"),
    ],
)
def test_a_photo_that_does_not_fit_is_flagged_for_the_office_and_not_refused(world, how, named):
    case, content = accepted(world), photo(52)
    sent(world, content)
    answer = put(world, new_id(), report(case.id, taken(content, **how)))
    assert answer.status_code == 201
    assert named in signals(world, case.id)[0]
    assert named not in answer.text
    shown = signed_in(world, "supervisor").get(f"/cases/{case.id}").text
    assert 'class="badge badge-warn"' in shown[shown.index("<figcaption>") :]


def test_a_photo_used_before_is_recognised_also_when_it_was_saved_anew(world):
    first, second = accepted(world, seed=1), accepted(world, seed=2)
    content = photo(53)
    sent(world, content)
    assert put(world, new_id(), report(first.id, taken(content))).status_code == 201
    output = io.BytesIO()
    Image.open(io.BytesIO(content)).save(output, "JPEG", quality=60)
    again = output.getvalue()
    sent(world, again)
    assert put(world, new_id(), report(second.id, taken(content), taken(again))).status_code == 201
    same, near = signals(world, second.id)
    assert "same_bytes" in same
    assert "near_duplicate" in near


def test_the_photo_of_the_problem_is_no_photo_of_the_solution(world):
    case = accepted(world)
    raw = {**taken(b""), "sha256": case.value.photos[0]}
    assert put(world, new_id(), report(case.id, raw)).status_code == 201
    assert "same_bytes" in signals(world, case.id)[0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"photos": []}, "1到9张"),
        ({"photos": [{"sha256": "x"}]}, "SHA-256"),
        ({"case": "2026-99999"}, "没有编号"),
        ({"case": None}, "JSON对象"),
        ({"extra": 1}, "没有这个字段"),
        ({"note": 5}, "note"),
    ],
)
def test_a_wrong_report_is_refused_with_a_sentence_and_changes_nothing(world, change, told):
    case, content = accepted(world), photo(54)
    sent(world, content)
    answer = put(world, new_id(), {**report(case.id, taken(content)), **change})
    assert answer.status_code == 422
    assert told in json.dumps(answer.json, ensure_ascii=False)
    assert CASES.get(world.services.store, case.id) == case
    assert put(world, "no-uuid", report(case.id, taken(content))).status_code == 422


def office_decides(world, id: str, act: str = "accept"):
    office = signed_in(world, "administrator")
    page = office.get("/admin/imports/").text
    form = {name: hidden(page, name) for name in ("csrf_token", "revision")} | {"reason": "问过单位"}
    return page, office.post(f"/admin/imports/{id}/{act}", data=form)


def test_a_report_that_is_refused_lies_with_the_office_which_takes_it_over_once_it_can(world):
    case, content, id = dispatched(world), photo(54), new_id()
    raw = report(case.id, taken(content), {**taken(photo(55))}, note="修好了")
    early = put(world, id, raw)
    assert (early.status_code, early.json["held"]) == (422, False), "its photos are to come"
    sent(world, content)
    path, who = f"/api/v1/handlings/{id}", headers(world.tokens["unit"])
    refused = world.app().test_client().put(path, json=raw, headers={**who, "X-Incomplete": "1"})
    assert (refused.status_code, refused.json["held"]) == (422, True)
    page, still = office_decides(world, id)
    assert "修好了" in page
    assert "整改单位账号「unit」" in page
    assert f"/admin/imports/{id}/photos/{sha256(content)}" in page
    assert still.status_code == 422, "the unit has not accepted the case"
    acted_on(world, CASES.get(world.services.store, case.id), "unit", "accept")
    assert office_decides(world, id)[1].status_code == 303
    after = CASES.get(world.services.store, case.id).value
    assert (after.state, [one.sha256 for one in after.after]) == ("handled", [sha256(content)])
    assert put(world, id, raw).json["missing"] == [sha256(photo(55))]
    sent(world, photo(55))
    assert put(world, id, raw).status_code == 200
    assert "修好了" not in signed_in(world, "administrator").get("/admin/imports/").text


def test_a_report_that_was_mended_waits_no_more_and_one_that_is_no_json_is_held_as_text(world):
    case, content, id = accepted(world), photo(54), new_id()
    sent(world, content)
    assert put(world, id, report(case.id, taken(content), taken(content))).json["held"]
    assert put(world, id, report(case.id, taken(content))).status_code == 201
    assert f"/admin/imports/{id}/" not in signed_in(world, "administrator").get("/admin/imports/").text
    client, other = world.app().test_client(), new_id()
    unfit = client.put(f"/api/v1/handlings/{other}", data=b'{"case": NaN}', headers=headers(world.tokens["unit"]))
    assert (unfit.status_code, unfit.json["held"]) == (422, True)
    assert "{&#34;case&#34;: NaN}" in signed_in(world, "administrator").get("/admin/imports/").text


def test_another_units_case_is_as_if_it_were_not_there(world):
    case, content = accepted(world), photo(55)
    sent(world, content)
    answer = put(world, new_id(), report(case.id, taken(content)), who="unit2")
    assert answer.status_code == 422
    assert "没有编号" in answer.text


def test_without_javascript_the_form_sends_photos_and_all(world):
    case = accepted(world)
    unit = signed_in(world, "unit")
    page = unit.get(f"/unit/cases/{case.id}").text
    form = page[page.index('id="report"') :]
    fields = {"csrf_token": hidden(page, "csrf_token"), "id": hidden(form, "id"), "note": "好了"}
    empty = unit.post(f"/unit/cases/{case.id}/handle", data=fields)
    assert (empty.status_code, "1到9张" in empty.text) == (422, True)
    silent = unit.post(f"/unit/cases/{case.id}/handle", data={**fields, "note": ""})
    assert "办公室" not in silent.text, "an empty form is not held"
    bad = unit.post(f"/unit/cases/{case.id}/handle", data={**fields, "photos": (io.BytesIO(b"no photo"), "x.jpg")})
    assert bad.status_code == 422
    office = signed_in(world, "administrator")
    assert "好了" in office.get("/admin/imports/").text
    assert "办公室也收到了" in bad.text
    assert CASES.get(world.services.store, case.id) == case
    done = unit.post(f"/unit/cases/{case.id}/handle", data={**fields, "photos": (io.BytesIO(photo(56)), "x.jpg")})
    assert done.status_code == 303
    assert CASES.get(world.services.store, case.id).value.state == "handled"
    assert "好了" not in office.get("/admin/imports/").text


def test_without_javascript_a_photo_is_where_and_when_its_file_says(world):
    case = accepted(world)
    output, exif = io.BytesIO(), Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:11:01 10:00:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (39.0, 54.0, 0.0), 3: "E", 4: (116.0, 24.0, 0.0)})
    Image.open(io.BytesIO(photo(57))).save(output, "JPEG", exif=exif)
    unit = signed_in(world, "unit")
    page = unit.get(f"/unit/cases/{case.id}").text
    fields = {"csrf_token": hidden(page, "csrf_token"), "id": hidden(page[page.index('id="report"') :], "id")}
    files = {"photos": (io.BytesIO(output.getvalue()), "x.jpg")}
    assert unit.post(f"/unit/cases/{case.id}/handle", data={**fields, **files}).status_code == 303
    assert {"far_from_site", "before_dispatch"} <= set(signals(world, case.id)[0])


def test_a_photo_from_before_the_work_was_sent_back_is_flagged(world):
    case, first, kept = accepted(world), photo(58), photo(59)
    for content in (first, kept):
        sent(world, content)
    early = taken(kept)
    assert put(world, new_id(), report(case.id, taken(first))).status_code == 201
    current = CASES.get(world.services.store, case.id)
    later = datetime.now(UTC) + timedelta(hours=1)
    acted_on(world, current, "supervisor", "send_back", at=later, reason="坏的", deadline=later + timedelta(days=9))
    assert put(world, new_id(), report(case.id, early)).status_code == 201
    assert "before_dispatch" in signals(world, case.id)[1]
    same = put(world, new_id(), report(case.id, early, early))
    assert (same.status_code, "两次" in json.dumps(same.json, ensure_ascii=False)) == (422, True)


def test_a_unit_that_gets_a_case_again_does_not_learn_who_had_it_between(world):
    case = acted_on(world, dispatched(world), "unit", "return", reason="不归我们")
    case = acted_on(world, case, "supervisor", "dispatch", unit=world.unit(DISTRICT), deadline=DEADLINE)
    case = acted_on(world, case, "unit2", "return", reason="也不归我们")
    acted_on(world, case, "supervisor", "dispatch", unit=world.unit(BUREAU), deadline=DEADLINE)
    page = signed_in(world, "unit").get(f"/unit/cases/{case.id}").text
    assert "不归我们" in page
    assert "也不归我们" not in page
    assert f">{DISTRICT}<" not in page


def test_the_act_needs_the_current_revision(world):
    case = dispatched(world)
    acted_on(world, case, "supervisor", "suspend", reason="等待拆迁")
    unit = signed_in(world, "unit")
    page = unit.get("/unit/").text
    data = {"csrf_token": hidden(page, "csrf_token"), "revision": str(case.revision)}
    assert unit.post(f"/unit/cases/{case.id}/accept", data=data).status_code == 409
    assert unit.post(f"/unit/cases/{case.id}/accept", data={**data, "revision": ""}).status_code == 422
    assert unit.post(f"/unit/cases/{case.id}/accept", data={**data, "revision": "9" * 5000}).status_code == 422
    assert unit.post(f"/unit/cases/{case.id}/close", data=data).status_code == 404


def test_nothing_that_a_unit_receives_tells_who_inspected(world):
    """Every page, picture and answer that a unit gets, of every state of a case, is searched for the inspector."""
    store = world.services.store
    inspector = find_user(store, "inspector")
    device = add_device(store, inspector, "独特机型的浏览器", Way.PASSWORD, datetime.now(UTC))
    states = _cases_in_every_state(world)
    first = store.get("inspections", states[0].value.inspection).document
    secrets = {
        "account": "inspector",
        "office account": "supervisor",
        "device": device.id,
        "browser": "独特机型的浏览器",
        "inspection": states[0].value.inspection,
        "hash of the original": states[0].value.photos[0],
        "time of day": first["photos"][0]["captured_at"][11:16],
        "started": first["started_at"][11:19],
        "latitude of the photo": TELLING["lat"],
        "camera": TELLING["camera"],
        "note": TELLING["note"],
    }
    unit, token = signed_in(world, "unit"), headers(world.tokens["unit"])
    addresses = ["/unit/", "/unit/map", "/devices", "/api/v1/session", "/"]
    for case in states:
        addresses += [
            f"/unit/cases/{case.id}",
            f"/unit/cases/{case.id}/photos/1",
            f"/unit/cases/{case.id}/photos/1?small",
        ]
        addresses.append(f"/unit/cases/{case.id}/after/1")
    received = {one: unit.get(one) for one in addresses}
    raw = report(states[0].id, taken(photo(60)))
    received["PUT"] = world.app().test_client().put(f"/api/v1/handlings/{new_id()}", json=raw, headers=token)
    found = [
        (address, name)
        for address, answer in received.items()
        for name, secret in secrets.items()
        if secret.encode() in html.unescape(answer.data.decode("utf-8", "replace")).encode()
        or any(secret in value for _, value in answer.headers)
    ]
    assert found == []
    assert received[f"/unit/cases/{states[0].id}/photos/1"].status_code == 200
    # The search can find: the office's page of the same case holds them.
    office = signed_in(world, "supervisor").get(f"/cases/{states[0].id}").text
    assert secrets["inspection"] in office
    assert secrets["office account"] in office


TELLING = {"lat": "30.31057", "camera": "SecretPhone X", "note": "我是老张，下班路过看到的"}


def _telling(world):
    """A case of a finding whose photo and note tell of the inspector: camera, exact position, who they are."""
    output, exif = io.BytesIO(), Image.Exif()
    exif[0x010F] = exif[0x0131] = TELLING["camera"]
    Image.open(io.BytesIO(photo(61))).save(output, "JPEG", exif=exif, comment=TELLING["camera"].encode())
    content, checklist = output.getvalue(), world.checklist("public-toilet")
    item = first_item(checklist, "compliance").id
    answers = failing(world.submission("public-toilet")["answers"], checklist, item)
    answers[item]["note"] = TELLING["note"]
    raw = world.submission("public-toilet", photos=[evidence(content, item, lat=float(TELLING["lat"]))])
    id = new_id()
    sent(world, content)
    assert submit(world.services, user(world, "inspector"), id, {**raw, "answers": answers}, NOW).kept
    kept = decide(world.services, "supervisor", id, item, "confirmed", "", 1, FILED_AT, scope=EVERYTHING)
    case = open_case(world.services, "supervisor", kept.id, item, "", FILED_AT, scope=EVERYTHING)
    return acted_on(world, case, "supervisor", "dispatch", unit=world.unit(BUREAU), deadline=DEADLINE)


def _cases_in_every_state(world) -> list:
    """Cases that the unit sees, in each state that it can see one in; the first has a telling photo."""
    case = dispatched(world, seed=61)
    asked = acted_on(
        world, accepted(world, seed=62), "unit", "extend", reason="等配件", deadline=DEADLINE + timedelta(days=2)
    )
    granted = acted_on(world, asked, "supervisor", "grant", deadline=DEADLINE + timedelta(days=1))
    content = photo(63)
    sent(world, content)
    handled = accepted(world, seed=64)
    assert put(world, new_id(), report(handled.id, taken(content))).status_code == 201
    handled = world.services.store.get("cases", handled.id)
    back = acted_on(
        world, handled, "supervisor", "send_back", at=datetime.now(UTC), reason="没有修好", deadline=DEADLINE
    )
    suspended = acted_on(world, dispatched(world, seed=65), "supervisor", "suspend", reason="等待拆迁")
    content = photo(66)
    sent(world, content)
    closed = accepted(world, seed=67)
    assert put(world, new_id(), report(closed.id, taken(content))).status_code == 201
    closed = acted_on(world, world.services.store.get("cases", closed.id), "supervisor", "close", at=datetime.now(UTC))
    return [case, granted, back, suspended, closed]
