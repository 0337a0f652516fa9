"""What a newer release wrote, asked for at a server of this one: it is not misread, not lost, and no error of ours."""

from __future__ import annotations

from inspect_app.collections.inspecting.inspection import INSPECTIONS
from tests.world import World, headers, new_id


def test_a_server_of_an_older_release_says_503_for_what_a_newer_one_wrote_and_leaves_it_as_it_is(world: World) -> None:
    phone, store, raw, id = headers(world.tokens["inspector"]), world.services.store, world.submission(), new_id()
    client = world.app().test_client(use_cookies=False)
    assert client.put(f"/api/v1/inspections/{id}", json=raw, headers=phone).status_code == 201
    kept = store.get("inspections", id)
    assert kept
    newer = {**kept.document, "v": INSPECTIONS.version + 1}
    store.update("inspections", id, newer, expected_revision=kept.revision)
    for answer in (
        client.get(f"/api/v1/inspections/{id}", headers=phone),
        client.put(f"/api/v1/inspections/{id}", json=raw, headers=phone),
    ):
        assert answer.status_code == 503
        assert "程序还是旧的" in answer.get_json()["error"]
        assert answer.headers["Retry-After"]
    assert client.get(f"/inspections/{id}", headers=phone).status_code == 503
    assert client.put(f"/api/v1/inspections/{new_id()}", json=raw, headers=phone).status_code == 201
    found = store.get("inspections", id)
    assert found
    assert (found.document, found.revision) == (newer, kept.revision + 1)
