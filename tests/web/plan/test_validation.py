"""The pages of independent validation: rules for the office, sites for the validator, and for nobody else a word."""

from __future__ import annotations

import pytest

from inspect_app.services.plan import validating
from inspect_app.services.plan.validating import choose_due
from tests.services.inspecting.test_last_visit import visited
from tests.web.builders import hidden, signed_in
from tests.world import NOW, World

PAGE = "/quality/validation"


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every lot wins, and it is the week of the visits."""
    monkeypatch.setattr(validating, "is_chosen", lambda key, week, site, share: True)
    monkeypatch.setattr(validating, "week_of", lambda instant, zone: "2026-W48")


def test_the_validator_alone_is_sent_and_the_page_names_no_site(world: World):
    office = signed_in(world, "supervisor")
    page = office.get(PAGE).text
    form = {"csrf_token": hidden(page, "csrf_token"), "revision": "0", "validator": "inspector2"}
    assert office.post(PAGE, data=form | {"share": "many"}).status_code == 422
    assert office.post(PAGE, data=form | {"share": "10"}).status_code == 303
    assert office.post(PAGE, data=form | {"share": "20"}).status_code == 409
    visited(world)
    assert choose_due(world.services, NOW) == 1
    assert 'area-name">独立核验' in signed_in(world, "inspector2").get("/field/").text
    assert "独立核验" not in signed_in(world).get("/field/").text
    page = office.get(PAGE).text
    assert "抽到1个，已核验0个" in page
    assert "zebra-crossing" not in page
    assert signed_in(world).get(PAGE).status_code == 403
    assert signed_in(world, "leader").get(PAGE).status_code == 403
