"""The review desk over HTTP: what it lists, decisions one by one, several supervisors, filters of one's own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from inspect_app.domain.accounts.permissions import Role
from inspect_app.services.accounts.accounts import add_user, find_user
from inspect_app.services.audit import entries_of, verify
from inspect_app.services.inspecting.submitting import submit
from inspect_app.store.chain import Head
from tests.web.builders import hidden, signed_in
from tests.world import NOW, PASSWORD, WEEK, World, evidence, new_id, photo, received

ITEMS = ("markings", "barrier-free", "jam")


def visit(world: World, number: int, *, far_m: float = 0.0) -> str:
    """An inspection with three findings, one photo each."""
    started = NOW + timedelta(minutes=20 * number)
    submission, id = world.submission(started=started), new_id()
    for offset, item in enumerate(ITEMS):
        content = photo(number * 10 + offset, (400, 300))
        assert received(world.services, content).is_new
        shown = evidence(content, item, lat=30.3105 + far_m / 110_850, accuracy_m=5.0)
        submission["photos"].append({**shown, "captured_at": (started + timedelta(minutes=offset)).isoformat()})
        submission["answers"][item] = {"value": "fail"}
    inspector = find_user(world.services.store, "inspector")
    assert submit(world.services, inspector, id, submission, started + timedelta(hours=1)).kept
    world.services.after.wait()
    return id


@pytest.fixture
def second(world):
    """Another supervisor."""
    add_user(world.services.store, "supervisor2", Role.SUPERVISOR, PASSWORD, NOW)
    return signed_in(world, "supervisor2")


def listed(client, query: str = "") -> dict:
    return client.get(f"/review/desk/photos.json?week={WEEK}{query}").json


def post(client, path: str, **body):
    token = hidden(client.get("/review/photos").text, "csrf_token")
    return client.post(f"/review/desk/{path}", json=body, headers={"X-CSRFToken": token})


def decision(inspection: str, item: str, decision: str, reason: str = "", seen: str | None = None) -> dict:
    return {"inspection": inspection, "item": item, "decision": decision, "reason": reason, "seen": seen}


def test_the_desk_lists_open_findings_with_all_that_is_known_of_each_photo(world):
    near, far = visit(world, 0), visit(world, 1, far_m=300)
    client = signed_in(world, "supervisor")
    found = listed(client)
    assert (found["total"], found["open"]) == (6, 6)
    assert [one["inspection"] for one in found["photos"]] == [far] * 3 + [near] * 3
    one = found["photos"][0]
    assert (one["item"], one["failed"], one["review"]) == ("markings", True, None)
    assert one["clauses"] == ["(五)2(3)", "(五)2(6)"]
    assert 280 < one["distance_m"] < 320
    assert [signal["name"] for signal in one["signals"]] == ["far_from_site"]
    assert "米" in one["signals"][0]["text"]
    assert client.get(one["picture"]).content_type == client.get(one["thumbnail"]).content_type == "image/jpeg"
    assert listed(client, "&signal=far_from_site")["total"] == 3
    assert listed(client, "&signal=far_from_site&signal=no_position")["total"] == 3
    assert listed(client, "&signal=screenshot")["total"] == 0
    assert len(client.get(f"/review/desk/visits/{near}.json").json["photos"]) == 3


def test_what_is_odd_about_the_visit_stands_beside_each_of_its_photos(world):
    """Its fixes are those of a visit somewhere else, to the last digit: they were copied."""
    found, inspector = visit(world, 0), find_user(world.services.store, "inspector")
    assert submit(world.services, inspector, new_id(), world.submission("community"), NOW + timedelta(hours=1)).kept
    photos = listed(signed_in(world, "supervisor"))["photos"]
    assert [one["inspection"] for one in photos] == [found] * 3
    for one in photos:
        (signal,) = [signal for signal in one["signals"] if signal["name"] == "identical_fixes"]
        assert signal["title"] == "定位雷同"
        assert signal["text"]
    told = signed_in(world, "leader").get(f"/review/desk/photos.json?week={WEEK}")
    assert told.status_code == 403 or "定位雷同" not in told.get_data(as_text=True)


def test_decisions_change_the_score_and_can_be_taken_back(world):
    id = visit(world, 0)
    client = signed_in(world, "supervisor")
    before = listed(client)["photos"][0]["rate"]
    wanted = [decision(id, "markings", "confirmed"), decision(id, "jam", "rejected", "照片看不清")]
    results = post(client, "decisions", decisions=wanted).json["results"]
    assert [one["status"] for one in results] == [200, 200]
    assert float(results[1]["rate"]) > float(before)
    assert listed(client)["open"] == 1
    assert listed(client, "&decision=rejected")["photos"][0]["review"]["reason"] == "照片看不清"
    back = decision(id, "jam", "reopened", seen=results[1]["review"]["at"])
    (undone,) = post(client, "decisions", decisions=[back]).json["results"]
    assert (undone["status"], undone["review"], undone["rate"]) == (200, None, before)
    history = world.services.store.get("inspections", id).document["history"]
    assert [act["decision"] for act in history] == ["confirmed", "rejected", "reopened"]
    acts = [entry["act"] for entry in entries_of(world.services, id)]
    assert acts == ["inspection.submitted", "finding.confirmed", "finding.rejected", "finding.reopened"]
    assert isinstance(verify(world.services), Head)


def test_two_supervisors_do_not_overwrite_each_other_and_may_share_an_inspection(world, second):
    id = visit(world, 0)
    first = signed_in(world, "supervisor")
    assert (
        post(first, "decisions", decisions=[decision(id, "markings", "confirmed")]).json["results"][0]["status"] == 200
    )
    both = [decision(id, "markings", "rejected", "重复上报"), decision(id, "jam", "confirmed")]
    late, other = post(second, "decisions", decisions=both).json["results"]
    assert late["status"] == 409
    assert "「supervisor」刚刚确认了这一项" in late["error"]
    assert late["review"]["decision"] == "confirmed"
    assert other["status"] == 200, "another finding of the same inspection"
    reviews = world.services.store.get("inspections", id).document["reviews"]
    assert {item: review["by"] for item, review in reviews.items()} == {"markings": "supervisor", "jam": "supervisor2"}


def test_each_decision_of_a_batch_stands_for_itself(world):
    id = visit(world, 0)
    client = signed_in(world, "supervisor")
    wanted = [
        decision(id, "jam", "rejected"),
        decision(id, "volunteers", "confirmed"),
        decision(new_id(), "jam", "confirmed"),
    ]
    results = post(client, "decisions", decisions=[*wanted, decision(id, "markings", "confirmed")]).json["results"]
    assert [one["status"] for one in results] == [422, 422, 422, 200]
    assert "理由" in results[0]["error"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"decisions": []},
        {"decisions": "all"},
        {"decisions": [7]},
        {"decisions": [{"inspection": "x"}]},
        {"decisions": [decision("x", "y", "deleted")]},
        {"decisions": [{**decision("x", "y", "confirmed"), "seen": 7}]},
        {"decisions": [decision("x", "y", "confirmed")] * 501},
    ],
)
def test_nonsense_is_refused_whole(world, body):
    answer = post(signed_in(world, "supervisor"), "decisions", **body)
    assert answer.status_code == 422
    assert answer.json["problems"]


def test_supervisors_see_who_is_on_what(world, second):
    first = signed_in(world, "supervisor")
    assert post(first, "presence", at="a/b").json["others"] == {}
    assert post(second, "presence", at="a/c").json["others"] == {"a/b": ["supervisor"]}
    assert post(first, "presence", at="").json["others"] == {"a/c": ["supervisor2"]}
    assert post(second, "presence", at="a/c").json["others"] == {}


def test_filters_are_kept_for_each_supervisor(world, second):
    client = signed_in(world, "supervisor")
    assert post(client, "filters", name="远的", query="signal=far_from_site").json["saved"] == {
        "远的": "signal=far_from_site"
    }
    assert "signal=far_from_site" in client.get("/review/desk/").text
    assert "远的" not in second.get("/review/desk/").text
    assert post(client, "filters", name="远的", query="").json["saved"] == {}
    assert post(client, "filters", name=" ", query="a=b").status_code == 422
    assert post(client, "filters", name="x", query="a" * 501).status_code == 422


@pytest.mark.parametrize("query", ["week=2026-W99", "area=999", "decision=x", "signal=x"])
def test_filters_that_name_nothing_are_told(world, query):
    answer = signed_in(world, "supervisor").get(f"/review/desk/?{query}")
    assert answer.status_code == 400


def test_the_desk_is_for_supervisors(world):
    for path in ("/review/desk/", "/review/desk/photos.json", f"/review/desk/visits/{new_id()}.json"):
        assert signed_in(world, "inspector").get(path).status_code == 403
    assert signed_in(world, "supervisor").get(f"/review/desk/visits/{new_id()}.json").status_code == 404
