"""The map's data: what supervisors see of a week, and nothing of who inspected."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.place.outlines import parse_outline
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.inspecting.submitting import submit
from inspect_app.services.place.register import area_tree, find_site
from inspect_app.tiles import TileSource
from tests.areas import keep_area_outline
from tests.sites import keep_site
from tests.web.builders import signed_in
from tests.world import HERE, NOW, STREET, WEEK, World, evidence, failing, new_id, photo, received

EARLIER = "2026-W47"


def inspected(world: World, weeks_ago: int = 0, decision: str = "", **fix: float) -> str:
    """An inspection with one finding, photographed at the position given; without one there is no photo."""
    started, content = NOW - timedelta(weeks=weeks_ago), photo(weeks_ago, (320, 240))
    raw, id = world.submission(started=started), new_id()
    checklist = world.checklist("zebra-crossing")
    raw["answers"] = failing(raw["answers"], checklist, "markings")
    if fix:
        assert received(world.services, content)
        raw["photos"] = [{**evidence(content, "markings", **fix), "captured_at": started.isoformat()}]
        raw["answers"]["markings"].pop("no_photo_reason", None)
    else:
        raw["answers"]["markings"]["no_photo_reason"] = "天黑"
    inspector = find_user(world.services.store, "inspector")
    assert inspector
    outcome = submit(world.services, inspector, id, raw, started + timedelta(hours=1))
    assert outcome.kept, outcome.problems
    if decision:
        assert not isinstance(
            decide(world.services, "supervisor", id, "markings", decision, "看不清", 1, NOW, scope=EVERYTHING), list
        )
    return id


def test_findings_lie_where_their_photo_was_taken_else_at_their_site(world):
    inspected(world, lat=30.32, lon=112.25, accuracy_m=7.0)
    inspected(world)
    answer = signed_in(world, "supervisor").get(f"/map/findings.json?week={WEEK}")
    assert answer.status_code == 200
    found = sorted(answer.json["findings"], key=lambda one: one["lat"])
    assert [(one["lat"], one["lon"], one["accuracy_m"]) for one in found] == [
        (HERE["lat"], HERE["lon"], 5.0),
        (30.32, 112.25, 7.0),
    ]
    assert [one["state"] for one in found] == ["open", "open"]
    assert "picture" not in found[0]
    client = signed_in(world, "supervisor")
    assert client.get(found[1]["picture"]).status_code == 200
    assert client.get(found[1]["url"].split("#")[0]).status_code == 200


def test_states_and_weeks_are_those_of_the_inspections(world):
    inspected(world, decision="confirmed")
    inspected(world, decision="rejected")
    inspected(world, weeks_ago=1)
    client = signed_in(world, "supervisor")
    assert sorted(one["state"] for one in client.get(f"/map/findings.json?week={WEEK}").json["findings"]) == [
        "confirmed",
        "rejected",
    ]
    assert len(client.get(f"/map/findings.json?week={EARLIER}").json["findings"]) == 1
    assert EARLIER in client.get(f"/map/?week={WEEK}").text


def test_nothing_tells_who_inspected(world):
    inspected(world, lat=30.32, lon=112.25, accuracy_m=7.0)
    client = signed_in(world, "supervisor")
    for path in (f"/map/findings.json?week={WEEK}", f"/map/layers.json?week={WEEK}"):
        assert "inspector" not in client.get(path).text


def test_schools_have_the_ring_of_their_zone_and_retired_sites_are_gone(world):
    site = find_site(world.services.store, "school-perimeter-1")
    assert site
    square = [[112.24, 30.31], [112.241, 30.31], [112.241, 30.311], [112.24, 30.311], [112.24, 30.31]]
    outline = parse_outline({"type": "Polygon", "coordinates": [square]}, {})
    assert not isinstance(outline, list)
    keep_site(world.services.store, replace(site, outline=outline))
    crossing = find_site(world.services.store, "zebra-crossing-1")
    assert crossing
    keep_site(world.services.store, replace(crossing, state="retired"))
    layers = signed_in(world, "supervisor").get("/map/layers.json").json
    sites = {one["code"]: one for one in layers["sites"]}
    assert "zebra-crossing-1" not in sites
    assert sites["school-perimeter-1"]["bounded"] is True
    assert sites["school-perimeter-1"]["ring"]["type"] == "Polygon"
    assert "ring" not in sites["public-toilet-1"]


def test_areas_with_outlines_are_there_with_name_and_level(world):
    street = area_tree(world.services.store).get(STREET)
    assert street
    square = [[112.2, 30.3], [112.3, 30.3], [112.3, 30.4], [112.2, 30.4], [112.2, 30.3]]
    keep_area_outline(world.services.store, street, {"type": "Polygon", "coordinates": [square]})
    (area,) = signed_in(world, "supervisor").get("/map/layers.json").json["areas"]
    assert (area["code"], area["name"], area["level"]) == (STREET, street.name, "街道乡镇")


@pytest.mark.parametrize("path", ["/map/", "/map/layers.json", "/map/findings.json"])
def test_inspectors_and_weeks_that_do_not_exist_are_turned_away(world, path):
    assert signed_in(world, "inspector").get(path).status_code == 403
    assert signed_in(world, "supervisor").get(f"{path}?week=2026-W60").status_code == 404


def test_only_map_pages_let_pictures_in_from_the_tile_server(world):
    world.settings = replace(world.settings, tiles=TileSource(("https://t.example/{z}/{x}/{y}.png",)))
    client = signed_in(world, "supervisor")
    assert "https://t.example" in client.get("/map/").headers["Content-Security-Policy"]
    assert "t.example" not in client.get("/review/photos").headers["Content-Security-Policy"]


def test_a_report_without_a_position_is_counted(world):
    site = find_site(world.services.store, "zebra-crossing-1")
    assert site
    keep_site(world.services.store, replace(site, place=None))
    inspected(world)
    told = signed_in(world, "supervisor").get(f"/map/findings.json?week={WEEK}").json
    assert (told["findings"], told["unplaced"]) == ([], 1)


def test_library_files_are_for_any_cache_and_carry_no_session(world):
    client = signed_in(world, "supervisor")
    address = re.search(r"/libraries/leaflet/[^/]+/leaflet.js", client.get("/map/").text)[0]
    answer = client.get(address)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert client.get(address.replace("leaflet.js", "leaflet-src.js")).status_code == 404
    assert client.get("/libraries/other/1/x.js").status_code == 404
