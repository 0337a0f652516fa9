"""A kept inspection: its findings, what counts, and how decisions change it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from inspect_app.domain.evidence.photo import Evidence, metres_from_site
from inspect_app.domain.inspecting.inspection import Inspection, Review, state_of, with_review
from inspect_app.domain.place.positions import Fix, Place
from tests.domain.samples import checklist, compliance
from tests.inspections import inspection, scored
from tests.world import NOW

ROAD = checklist(
    compliance(id="litter", weight=60.0),
    compliance(id="kerb", weight=20.0),
    compliance(id="shop", weight=20.0, veto=True),
)


def visited() -> Inspection:
    """Litter failed (60 of 100 points), the kerb is in order, and whether a shop is too near is 疑似."""
    items = (
        scored("litter", 0.0, weight=60.0),
        scored("kerb", weight=20.0),
        scored("shop", None, state="uncertain", weight=20.0),
    )
    return inspection(items=items, state="open", rate=25.0)


def reviewed(decision: str, item: str, before: Inspection | None = None) -> Inspection:
    return with_review(before or visited(), ROAD, item, Review(decision, "", "supervisor", NOW))


def test_findings_are_the_items_that_failed_with_the_decision_on_each():
    found = reviewed("confirmed", "litter").findings
    assert [(one.item.item_id, one.decision, one.confirmed) for one in found] == [
        ("litter", "confirmed", True),
        ("shop", None, False),
    ]


def test_a_rejected_finding_does_not_count_and_a_confirmed_suspicion_counts_zero():
    assert visited().counted == {"litter": 0.0, "kerb": 1.0}
    assert reviewed("rejected", "litter").counted == {"kerb": 1.0}
    assert reviewed("confirmed", "shop").counted == {"litter": 0.0, "kerb": 1.0, "shop": 0.0}


def test_the_rate_follows_the_decisions_and_the_items_stay_as_submitted():
    """20 of 80 points; without the litter 20 of 20; with the shop confirmed as well 20 of 40."""
    assert visited().score(ROAD).rate == pytest.approx(25)
    rejected = reviewed("rejected", "litter")
    assert rejected.rate == pytest.approx(100)
    both = reviewed("confirmed", "shop", rejected)
    assert both.rate == pytest.approx(50)
    assert both.items == visited().items


def test_a_decision_taken_back_leaves_the_score_as_it_was_and_its_steps_in_the_history():
    back = reviewed("reopened", "litter", reviewed("rejected", "litter"))
    assert (back.rate, back.state, dict(back.reviews)) == (pytest.approx(25), "open", {})
    assert [(step.review.decision, step.item) for step in back.history] == [
        ("rejected", "litter"),
        ("reopened", "litter"),
    ]
    assert [(step.rate_before, step.rate_after) for step in back.history] == [
        (25.0, pytest.approx(100)),
        (pytest.approx(100), pytest.approx(25)),
    ]


def test_an_inspection_is_reviewed_once_every_finding_is_decided():
    items = visited().items
    assert state_of(items, ()) == "open"
    assert state_of(items, {"litter"}) == "open"
    assert state_of(items, {"litter", "shop"}) == "reviewed"
    assert state_of(items[1:2], ()) == "clear"
    assert reviewed("rejected", "shop", reviewed("confirmed", "litter")).state == "reviewed"


def test_a_capped_rate_is_said_to_be_so():
    capped = checklist(*ROAD.items, veto_cap=30.0)
    confirmed = with_review(reviewed("rejected", "litter"), capped, "shop", Review("confirmed", "", "supervisor", NOW))
    assert (confirmed.rate, confirmed.capped) == (30.0, True)


def test_the_distance_of_a_photo_to_its_site_is_known_where_both_positions_are():
    fix = Fix(30.001, 112.0, 5.0, "browser", NOW)
    photo = Evidence("a" * 64, "litter", NOW + timedelta(minutes=1), fix)
    assert metres_from_site(photo, Place(30.0, 112.0, 5.0)) == pytest.approx(110.9, abs=0.2)
    assert metres_from_site(photo, None) is None
    assert metres_from_site(Evidence("a" * 64, "litter", NOW, None), Place(30.0, 112.0, 5.0)) is None


def test_premises_found_for_an_item_say_where_they_are():
    fix = {"lat": 30.0, "lon": 112.0, "accuracy_m": 5.0, "source": "browser", "at": "2026-11-23T02:30:00.000Z"}
    found = inspection(answers={"shop": {"value": [{"category": "net", "fix": fix}]}, "litter": {"value": "fail"}})
    assert [(one.lat, one.at) for one in found.premises_at("shop")] == [(30.0, NOW)]
    assert found.premises_at("litter") == found.premises_at("kerb") == ()
