"""Who is named as partner and did not go along says so on the own page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from inspect_app.services.inspecting.submitting import submit
from tests.web.builders import hidden, signed_in
from tests.world import World, new_id


def test_on_the_own_page_a_partner_says_not_to_have_gone_along(world: World):
    at = datetime.now(UTC).replace(microsecond=0)
    raw = {**world.submission("zebra-crossing", started=at - timedelta(minutes=30)), "partner": "inspector2"}
    kept = submit(world.services, world.user("inspector"), new_id(), raw, at).kept
    assert kept
    mine, action = f"/field/mine?week={kept.value.week}", f"/field/mine/{kept.id}/not-along"
    client = signed_in(world, "inspector2")
    page = client.get(mine).text
    assert action in page
    assert action not in signed_in(world).get(mine).text, "who made it has nothing to deny"
    form = {"csrf_token": hidden(page, "csrf_token")}
    answer = client.post(action, data=form)
    assert (answer.status_code, answer.location) == (303, mine)
    assert kept.id not in client.get(mine).text
    assert client.post(f"/field/mine/{new_id()}/not-along", data=form).status_code == 404
    assert "说没有同去" in signed_in(world, "supervisor").get(f"/inspections/{kept.id}").text
