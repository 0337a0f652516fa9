"""What of a visit is of the inspector goes; what says where a problem was, and what was sent, stays."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from inspect_app.domain.cases.thinning import (
    BLUR_M,
    GONE,
    coarse,
    thinned_submission,
    thinned_visit,
)
from inspect_app.domain.evidence.photo import CameraFix, Evidence, Original
from inspect_app.domain.inspecting.held_import import UNREADABLE, HeldImport
from inspect_app.domain.inspecting.inspection import Review
from inspect_app.domain.inspecting.presence import Claim, Presence
from inspect_app.domain.place.positions import Fix, distance_m
from tests.inspections import inspection, scored

AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
FIX = Fix(30.315254, 112.246137, 8.0, "browser", AT)
CAMERA = Original(bytes=9, width=4, make="华为", model="P40", software="x", fix=CameraFix(30.3, 112.2))


def shot(item: str) -> Evidence:
    return Evidence(item[0] * 64, item, AT, FIX, original=CAMERA)


@pytest.mark.parametrize("seed", range(20))
def test_a_coarse_position_says_how_far_off_it_may_be_and_stays_as_it_is(seed: int):
    rng = random.Random(seed)
    fix = replace(FIX, lat=rng.uniform(-60, 60), lon=rng.uniform(-180, 180), accuracy_m=rng.uniform(1, 2000))
    made = coarse(fix)
    assert distance_m(fix, made) <= made.accuracy_m - fix.accuracy_m == pytest.approx(BLUR_M)
    assert (made.source, made.at) == (fix.source, fix.at)
    assert coarse(made) == made


def test_the_track_goes_and_a_confirmed_finding_stays_where_it_was():
    presence = Presence("shown", (), Claim(("t",), (FIX, FIX), "phone", "420000"), "2026-11-23")
    review = Review("confirmed", "", "supervisor", AT)
    visit = inspection(
        items=(scored("bad", 0.0), scored("good")),
        reviews={"bad": review},
        photos=(shot("bad"), shot("good")),
        taps={"bad": 5},
        presence=presence,
    )
    visit = replace(visit, items=(replace(visit.items[0], failed=True), visit.items[1]))
    made = thinned_visit(visit)
    assert made.presence == replace(presence, claim=Claim(area="420000"))
    assert made.taps == {}
    assert made.photos == (
        visit.photos[0],
        replace(visit.photos[1], fix=coarse(FIX), original=Original(bytes=9, width=4)),
    )
    assert replace(made, presence=presence, taps=visit.taps, photos=visit.photos) == visit
    assert thinned_visit(made) == made


@pytest.mark.parametrize(
    "photos", [[{"sha256": "a" * 64, "item": "i", "fix": {"lat": 1}, "original": {}}], "none", [7]]
)
def test_what_waited_is_known_by_what_came_when_its_positions_are_gone(photos: object):
    raw = {"site": "Z1", "started_at": "2026-11-23T02:00:00Z", "photos": photos, "taps": {"a": 1}, "presence": {"x": 1}}
    held = HeldImport(raw, "inspector", "某路", "2026-W48", "admin", AT)
    made = thinned_submission(held)
    assert (made.fingerprint, made.begun, made.photos) == (held.fingerprint, held.begun, held.photos)
    kept = [{"sha256": "a" * 64, "item": "i"}] if isinstance(photos, list) and isinstance(photos[0], dict) else photos
    assert made.raw == {"site": "Z1", "started_at": raw["started_at"], "photos": kept}
    assert thinned_submission(made) == made


def test_of_what_cannot_be_read_nothing_stays():
    held = HeldImport({UNREADABLE: "{30.315254, 112.246137"}, "inspector", "", "", "admin", AT)
    made = thinned_submission(held)
    assert (made.raw, made.fingerprint) == ({UNREADABLE: GONE}, held.fingerprint)
