"""Correcting a submitted inspection: by the form, by the interface, and what the office sees of it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from inspect_app.collections.inspecting.held_import import HELD_IMPORTS
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.checklists.checklist import Item
from inspect_app.domain.weeks import week_of
from inspect_app.services.evidence.reviewing import decide
from inspect_app.web.context import now
from tests.methods import right
from tests.web.builders import hidden, signed_in
from tests.world import NOW, World, evidence, failing, headers, new_id, photo, sha256

SCHOOL = "school-perimeter"


@pytest.fixture
def client(world: World) -> FlaskClient:
    return signed_in(world)


def judged(world: World) -> Item:
    return next(item for item in world.checklist(SCHOOL).items if item.method == "compliance")


def visit(world: World, client: FlaskClient) -> str:
    """A visit with one finding, its photo and two premises near the school, sent now."""
    content, item, id = photo(1), judged(world), new_id()
    auth = headers(world.tokens["inspector"])
    client.put(f"/api/v1/photos/{sha256(content)}", data=content, headers=auth)
    at = now().replace(microsecond=0)
    raw = world.submission(SCHOOL, started=at, photos=[evidence(content, item.id)])
    raw["finished_at"] = raw["started_at"]
    raw["answers"] = failing(raw["answers"], world.checklist(SCHOOL), item.id)
    assert client.put(f"/api/v1/inspections/{id}", json=raw, headers=auth).status_code == 201
    return id


def of(world: World, id: str):
    found = INSPECTIONS.get(world.services.store, id)
    assert found
    return found


def filled(world: World, page: str, **more: Any) -> dict[str, Any]:
    """The form as a phone would send it on which every item is right."""
    fields: dict[str, Any] = {name: hidden(page, name) for name in ("csrf_token", "id", "version", "base")}
    for item in world.checklist(SCHOOL).items:
        values = {"na": "y"} if item.photo == "always" else right(item).typed
        fields |= {f"answers.{item.id}.{name}": value for name, value in values.items()}
    return {**fields, "note": "点错了", **more}


def test_the_form_opens_as_it_was_sent_and_both_versions_are_shown(world: World, client: FlaskClient):
    id, item = visit(world, client), judged(world)
    assert f"/field/corrections/{id}" in client.get(f"/inspections/{id}").text
    page = client.get(f"/field/corrections/{id}").text
    part = page.split(f'id="item-{item.id}"')[1].split("</fieldset>")[0]
    assert 'value="fail" checked' in part
    assert f"/inspections/{id}/photos/" in part
    more = (io.BytesIO(photo(2)), "later.jpg")
    sent = filled(world, page, **{f"answers.{item.id}.photos": more})
    done = client.post(f"/field/corrections/{id}", data=sent, content_type="multipart/form-data")
    assert (done.status_code, done.location) == (303, f"/inspections/{id}")
    found = of(world, id).value
    assert (len(found.corrections), found.state, len(found.photos)) == (1, "clear", 2)
    assert client.get("/field/mine").text.count("已更正") == 1
    for name in ("inspector", "supervisor"):
        shown = signed_in(world, name).get(f"/inspections/{id}").text
        assert "更正前" in shown
        assert "问题已撤回" in shown
        assert "点错了" in shown
        assert shown.count(">后补<") == 1
    week = week_of(now(), world.settings.timezone)
    office = signed_in(world, "supervisor")
    assert "已更正" in office.get(f"/review/inspections?week={week}").text
    assert "更正过" in office.get(f"/quality/{week}").text
    listed = office.get(f"/review/desk/photos.json?week={week}&decision=all").json["photos"]
    assert sorted([one["title"] for one in photo["signals"] if one["name"] == "added"] for photo in listed) == [
        [],
        ["后补"],
    ]


def test_sending_the_form_twice_makes_one_correction(world: World, client: FlaskClient):
    id = visit(world, client)
    sent = filled(world, client.get(f"/field/corrections/{id}").text)
    for _ in range(2):
        client.post(f"/field/corrections/{id}", data=sent, content_type="multipart/form-data")
    assert len(of(world, id).value.corrections) == 1


def test_without_a_reason_it_is_shown_again_with_what_was_typed(world: World, client: FlaskClient):
    id = visit(world, client)
    sent = filled(world, client.get(f"/field/corrections/{id}").text, note="")
    answer = client.post(f"/field/corrections/{id}", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "须写明为什么更正" in answer.text
    assert not of(world, id).value.corrections


def test_after_the_decision_it_is_told_and_lies_with_the_office(world: World, client: FlaskClient):
    id, item = visit(world, client), judged(world)
    page = client.get(f"/field/corrections/{id}").text
    act = (id, item.id, "confirmed", "", of(world, id).revision, NOW)
    assert not isinstance(decide(world.services, "supervisor", *act, scope=EVERYTHING), list)
    sent = filled(world, page)
    answer = client.post(f"/field/corrections/{id}", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 409
    assert "已交办公室" in answer.text
    assert HELD_IMPORTS.get(world.services.store, sent["id"])
    assert f"/field/corrections/{id}" not in client.get(f"/inspections/{id}").text


def test_the_interface_signs_a_receipt_for_the_correction(world: World, client: FlaskClient):
    id, auth, cid = visit(world, client), headers(world.tokens["inspector"]), new_id()
    raw = {
        "inspection": id,
        "version": world.checklist(SCHOOL).version,
        "base": 0,
        "reason": "点错了",
        "answers": world.submission(SCHOOL)["answers"],
    }
    first, again = (client.put(f"/api/v1/corrections/{cid}", json=raw, headers=auth) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert f'"id":"{cid}"' in first.json["receipt"]["text"]
    assert first.json["corrections"] == 1
    late = client.put(f"/api/v1/corrections/{new_id()}", json=raw, headers=auth)
    assert (late.status_code, late.json["held"]) == (409, True)


def test_anothers_inspection_is_not_there(world: World, client: FlaskClient):
    id = visit(world, client)
    assert signed_in(world, "inspector2").get(f"/field/corrections/{id}").status_code == 404
    assert signed_in(world, "supervisor").get(f"/field/corrections/{id}").status_code == 403
