"""The description of the interface is valid and says what the application answers."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.world import World, evidence, first_item, headers, new_id, photo, sha256


@pytest.fixture
def client(world: World):
    return world.app().test_client()


def test_the_description_is_valid_openapi_and_open_to_all(client):
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json["openapi"].startswith("3.1")
    validate(answer.json)


def test_every_route_of_the_interface_is_described(world, client):
    described = set(client.get("/api/v1/openapi.json").json["paths"])
    routes = {
        rule.rule.removeprefix("/api/v1").replace("<", "{").replace(">", "}")
        for rule in world.app().url_map.iter_rules()
        if rule.endpoint.startswith("api.")
    }
    assert routes == described


def test_submissions_and_answers_fit_their_schemas(world, client):
    document = client.get("/api/v1/openapi.json").json
    auth = headers(world.tokens["inspector"])

    def fits(name: str, value: object) -> None:
        Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": document["components"]}).validate(
            value
        )

    for checklist in world.services.library.current.values():
        item = first_item(checklist, "compliance")
        content = photo(7)
        submission = world.submission(checklist.id, photos=[evidence(content, item.id)])
        fits("Submission", submission)
        refused = client.put(f"/api/v1/inspections/{new_id()}", json=submission, headers=auth)
        fits("Problems", refused.json) if refused.status_code == 422 else None
        fits("Photo", client.put(f"/api/v1/photos/{sha256(content)}", data=content, headers=auth).json)
        taken = client.put(f"/api/v1/inspections/{new_id()}", json=submission, headers=auth)
        assert taken.status_code == 201, taken.json
        fits("Receipt", taken.json)
    for checklist in client.get("/api/v1/checklists", headers=auth).json:
        fits("Checklist", checklist)
    sites = client.get("/api/v1/sites", headers=auth).json
    assert len(sites) == len(world.services.library.current)
    for site in sites:
        fits("Site", site)
