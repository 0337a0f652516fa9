"""What about a visit deserves a question, told from the others of its week."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.evidence.photo import Evidence
from inspect_app.domain.inspecting.inspection import Inspection
from inspect_app.domain.inspecting.presence import Claim, Presence
from inspect_app.domain.place.positions import Fix, Place
from inspect_app.domain.quality.visit_signals import VISIT_SIGNALS, visit_signals
from tests.inspections import SITE, inspection
from tests.world import NOW

PHOTO = Evidence("a" * 64, "open", NOW, None, clock_offset_ms=0.0)
FIXES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=4)
"""Few minutes and places, so that many are the same."""
HERE, THERE = Place(30.31, 112.24, 20.0), Place(30.41, 112.24, 20.0)


def visit(minutes: float = 0, *, site: str = "one", place: Place = HERE, long: float = 10, **said: Any) -> Inspection:
    at = NOW + timedelta(minutes=minutes)
    whole: dict[str, Any] = {
        "site": replace(SITE, code=site, name=site, place=place),
        "started_at": at,
        "finished_at": at + timedelta(minutes=long),
        "received_at": at + timedelta(minutes=long + 1),
        "photos": (PHOTO,),
    }
    return inspection(**{**whole, **said})


def at_place(*fixes: tuple[float, float], phone: str = "") -> Presence:
    """Fixes as minutes after NOW and latitudes."""
    found = tuple(Fix(lat, 112.24, 8.0, "browser", NOW + timedelta(minutes=minutes)) for minutes, lat in fixes)
    return Presence("shown", (), Claim((), found, phone), "2026-11-23")


def names(*visits: Inspection) -> list[list[str]]:
    found = visit_signals({str(number): one for number, one in enumerate(visits)})
    return [[signal.name for signal in found.get(str(number), ())] for number in range(len(visits))]


def test_an_honest_day_gives_none():
    taps = {f"item-{n}": n * 20_000 for n in range(8)}
    day = [
        visit(0, taps=taps, presence=at_place((1, 30.310011), (6, 30.310023), phone="a")),
        visit(25, site="two", taps=taps, presence=at_place((26, 30.310412), phone="a")),
        visit(5, site="three", inspector="inspector2", presence=at_place((6, 30.31009), phone="b")),
    ]
    assert names(*day) == [[], [], []]


@pytest.mark.parametrize(
    ("visits", "expected"),
    [
        ([visit(photos=())], [["no_photo"]]),
        (
            [visit(presence=at_place((1, 30.31))), visit(30, site="two", presence=at_place((31, 30.31)))],
            [["identical_fixes"], ["identical_fixes"]],
        ),
        (
            [visit(presence=at_place((1, 30.31))), visit(30, presence=at_place((1, 30.31)))],
            [["identical_fixes"], ["identical_fixes"]],
        ),
        ([visit(presence=at_place(*((n, 30.31) for n in range(5))))], [["identical_fixes"]]),
        ([visit(taps={f"item-{n}": 500_000 + n * 900 for n in range(8)})], [["one_burst"]]),
        ([visit(taps={f"item-{n}": 500_000 for n in range(8)})], [[]]),
        ([visit(), visit(5, site="two")], [[], ["impossible_order"]]),
        ([visit(), visit(5)], [[], []]),
        ([visit(), visit(12, site="far", place=THERE)], [[], ["impossible_order"]]),
        ([visit(), visit(40, site="far", place=THERE)], [[], []]),
        (
            [visit(presence=at_place(phone="a")), visit(90, inspector="other", presence=at_place(phone="a"))],
            [["shared_phone"], ["shared_phone"]],
        ),
        ([visit(photos=(PHOTO, replace(PHOTO, clock_offset_ms=61_000.0)))], [["clock_jump"]]),
        ([visit(received_at=NOW)], [["clock_jump"]]),
        ([visit(presence=at_place((8, 30.31), (1, 30.32)))], [["clock_jump"]]),
    ],
)
def test_what_is_odd_is_named(visits: list[Inspection], expected: list[list[str]]):
    assert names(*visits) == expected


def test_every_signal_has_a_title_and_a_sentence():
    found = visit_signals({"one": visit(photos=()), "two": visit(5, site="two", photos=())})
    assert {one.name for signals in found.values() for one in signals} <= VISIT_SIGNALS.keys()
    assert all(one.text for signals in found.values() for one in signals)
    assert all(kind.title for kind in VISIT_SIGNALS.values())


@given(st.lists(st.tuples(st.sampled_from(["one", "two", "three"]), FIXES), max_size=9))
def test_of_identical_fixes_each_other_visit_is_counted_once(drawn: list[tuple[str, list[tuple[int, int]]]]):
    """Against the rule as it is said: the same measurement at another site, or at the same instant."""
    visits = {
        str(number): visit(site=site, presence=at_place(*((minutes, 30.31 + lat) for minutes, lat in fixes)))
        for number, (site, fixes) in enumerate(drawn)
    }
    found = visit_signals(visits)
    for id, own in visits.items():
        others = {
            other
            for other, theirs in visits.items()
            for fix in own.presence.claim.fixes
            for same in theirs.presence.claim.fixes
            if other != id and same.lat == fix.lat and (same.at == fix.at or theirs.site.code != own.site.code)
        }
        told = [one.text for one in found.get(id, ()) if one.name == "identical_fixes"]
        assert told == ([f"定位与另外{len(others)}次测评一模一样"] if others else [])


def test_who_comes_again_after_going_along_is_told_and_who_comes_again_alone_is_not():
    along = visit(partner="wang")
    assert names(along, visit(60, inspector="wang")) == [[], ["went_along"]]
    assert names(along, visit(60)) == [[], []]
    assert names(visit(), visit(60, inspector="wang")) == [[], []]
    assert names(visit(), visit(60, inspector="wang", partner="inspector")) == [[], ["went_along"]]
    assert names(along, visit(60, site="two", inspector="wang")) == [[], []]


def test_a_partner_cannot_be_at_two_places_either():
    assert names(visit(partner="wang"), visit(5, site="two", inspector="wang"))[1] == ["impossible_order"]


def test_who_is_named_on_a_visit_that_waits_for_the_office_is_asked_nothing():
    doubted = Presence("waiting", ("partner_apart",), Claim(), "2026-11-23")
    named, own = visit(partner="wang", presence=doubted), visit(5, site="two", inspector="wang")
    assert names(named, own) == [[], []]
    assert names(own, replace(named, started_at=own.started_at))[1] == []
    assert names(named, visit(60, inspector="wang")) == [[], []]
    assert names(named, visit(5, site="two"))[1] == ["impossible_order"], "of who made it nothing is doubted"
