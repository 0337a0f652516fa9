"""Whether a visit counts by itself, and why not: by live photos, fixes and tickets, time, caps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from inspect_app.domain.evidence.photo import Evidence
from inspect_app.domain.inspecting.presence import (
    MAX_FIXES,
    REASONS,
    UNASKED,
    Claim,
    Load,
    Presence,
    Settling,
    Visited,
    parse_claim,
    presence_of,
    reasons_against,
    rests_on_photos,
    settled,
)
from inspect_app.domain.inspecting.presence_rules import PresenceRules, parse_presence
from inspect_app.domain.inspecting.tickets import DAYS_AHEAD, holds, tickets_for
from inspect_app.domain.place.positions import Fix, Place, fix_to_json
from inspect_app.settings import PROJECT
from inspect_app.wording import say

START = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
SITE = Place(30.31, 112.24, 20.0)

METRE = 1 / 111_000
RULES = PresenceRules()


def fix(minutes: float = 1, *, north_m: float = 0, accuracy_m: float = 8, source: str = "browser") -> Fix:
    return Fix(SITE.lat + north_m * METRE, SITE.lon, accuracy_m, source, START + timedelta(minutes=minutes))


def live(where: Fix | None, minutes: float = 3, source: str = "live") -> Evidence:
    return Evidence("a" * 64, "open", START + timedelta(minutes=minutes), where, source=source)


HONEST = Visited(
    started_at=START,
    finished_at=START + timedelta(minutes=12),
    received_at=START + timedelta(minutes=13),
    states=("scored", "na"),
    taps=(20_000, 60_000, 400_000),
    photos=(),
    claim=Claim(("ticket",), (fix(1), fix(11))),
    ticketed=True,
    ground=SITE,
    minimum_s=60.0,
)
NO_FIXES = replace(HONEST, claim=Claim(), ticketed=False)


def reasons(visit: Visited, load: Load | None = None) -> tuple[str, ...]:
    return reasons_against(visit, RULES, load or Load())


def test_fixes_at_the_site_with_a_ticket_of_the_day_are_enough():
    assert reasons(HONEST) == ()
    assert presence_of(HONEST, RULES, Load(), "2026-11-23") == Presence("shown", (), HONEST.claim, "2026-11-23")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"claim": Claim()}, "no_presence"),
        ({"ticketed": False}, "foreign_ticket"),
        ({"ticketed": False, "claim": Claim((), (fix(),))}, "no_ticket"),
        ({"claim": Claim(("ticket",), (fix(north_m=300),))}, "off_site"),
        ({"claim": Claim(("ticket",), (fix(accuracy_m=501),))}, "no_presence"),
        ({"claim": Claim(("ticket",), (fix(source="manual"), fix(source="exif")))}, "no_presence"),
        ({"claim": Claim(("ticket",), (fix(-30), fix(60)))}, "no_presence"),
        ({"finished_at": START + timedelta(seconds=59)}, "too_short"),
        ({"minimum_s": 721.0}, "too_short"),
        ({"started_at": START - timedelta(days=1), "taps": ()}, "too_long"),
        ({"states": ("na", "na")}, "nothing_seen"),
        ({"received_at": START + timedelta(days=8)}, "too_late"),
    ],
)
def test_what_is_lacking_is_said(changed: dict[str, Any], reason: str):
    assert reasons(replace(HONEST, **changed)) == (reason,)


@pytest.mark.parametrize(
    ("load", "reason"),
    [
        (Load(site_day=4), "site_day"),
        (Load(site_week=8), "site_week"),
        (Load(inspector_day=60), "inspector_day"),
        (Load(published=True), "published"),
    ],
)
def test_caps_and_a_published_week_stop_it(load: Load, reason: str):
    assert reasons(HONEST, load) == (reason,)
    assert reasons(HONEST, Load(2, 5, 59)) == ()


def test_an_office_may_have_no_caps():
    rules = PresenceRules(site_day=0, site_week=0, inspector_day=0)
    assert reasons_against(HONEST, rules, Load(999, 999, 999)) == ()


def test_distance_is_measured_beyond_both_errors():
    """200 m of reach, 8 m of the fix, 20 m of the site: 228 m are still at the site."""
    assert reasons(replace(HONEST, claim=Claim(("ticket",), (fix(north_m=225),)))) == ()
    assert reasons(replace(HONEST, claim=Claim(("ticket",), (fix(north_m=235),)))) == ("off_site",)


@pytest.mark.parametrize(
    ("photo", "expected"),
    [
        (live(fix(3)), ()),
        (live(fix(3, north_m=900)), ("off_site",)),
        (live(None), ("no_presence",)),
        (live(fix(3), source="gallery"), ("no_presence",)),
        (live(fix(3), source="camera"), ("no_presence",)),
        (live(fix(-600), minutes=-600), ("no_presence",)),
        (live(fix(3, source="manual")), ("no_presence",)),
    ],
)
def test_a_live_photo_at_the_site_is_enough_without_a_ticket(photo: Evidence, expected: tuple[str, ...]):
    assert reasons(replace(NO_FIXES, photos=(photo,))) == expected


def test_a_photo_of_another_inspection_shows_nothing_whatever_time_is_said():
    visit = replace(NO_FIXES, photos=(live(fix(3)),))
    assert rests_on_photos(visit, RULES)
    assert not rests_on_photos(HONEST, RULES)
    assert reasons(replace(visit, used={"a" * 64})) == ("used_photo",)
    assert reasons(replace(visit, used={"b" * 64})) == ()
    assert reasons(replace(HONEST, photos=visit.photos, used={"a" * 64})) == (), "its fixes show it"
    assert reasons(replace(visit, ground=None, used={"a" * 64})) == ("used_photo",)


def test_where_nobody_knows_the_place_a_live_photo_or_any_fix_will_do():
    assert reasons(replace(NO_FIXES, ground=None, photos=(live(None),))) == ()
    assert reasons(replace(HONEST, ground=None, claim=Claim(("ticket",), (fix(north_m=9_000),)))) == ()
    assert reasons(replace(NO_FIXES, ground=None)) == ("no_presence",)


def test_answers_in_one_burst_need_something_before_or_after_them():
    """Who looked for ten minutes and then tapped everything at once has fixes of those ten minutes."""
    at_once = replace(HONEST, taps=(700_000, 700_000, 703_000))
    assert reasons(at_once) == ()
    at_the_end = Claim(("ticket",), (fix(11.7),))
    assert reasons(replace(at_once, claim=at_the_end)) == ("one_burst",)
    assert reasons(replace(at_once, taps=(), claim=at_the_end)) == (), "older clients send no taps"


def test_all_that_is_lacking_is_said_together_and_has_words():
    late = replace(NO_FIXES, finished_at=START + timedelta(seconds=1), received_at=START + timedelta(days=3650))
    found = reasons(late, Load(99, 99, 99, published=True))
    whole = ("no_presence", "too_short", "too_late", "published", "site_day", "site_week", "inspector_day")
    assert found == whole
    assert all(REASONS[one] for one in found)


def test_a_visit_that_saw_nothing_waits_for_nobody():
    presence = presence_of(replace(HONEST, states=("na",)), RULES, Load(), "2026-11-23")
    assert (presence.state, presence.counts, presence.can_be_settled) == ("left_out", False, False)


def test_a_supervisor_settles_what_waits_and_may_do_so_again():
    waits = presence_of(NO_FIXES, RULES, Load(), "2026-11-23")
    assert (waits.state, waits.counts, waits.can_be_settled) == ("waiting", False, True)
    counted = settled(waits, Settling("accepted", "两人同行", "supervisor", START))
    out = settled(counted, Settling("left_out", "认错了", "supervisor", START))
    assert (counted.counts, counted.reasons) == (True, waits.reasons)
    assert (out.counts, out.can_be_settled, len(out.settled)) == (False, True, 2)
    assert UNASKED.counts
    assert not UNASKED.can_be_settled


def test_a_ticket_is_of_one_account_and_day():
    key, today = b"k" * 32, date(2026, 11, 23)
    given = tickets_for(key, "li", "phone", today)
    assert len(given) == DAYS_AHEAD + 1 == len(set(given))
    assert holds(key, "li", given, [today])
    assert holds(key, "li", given[3:4], [today + timedelta(days=3)])
    assert not holds(key, "li", given, [today - timedelta(days=1)])
    assert not holds(key, "li", given[:1], [today + timedelta(days=1)])
    assert not holds(key, "wang", given, [today])
    assert not holds(b"o" * 32, "li", given, [today])
    for forged in (given[0][:-1] + "0", "2026-11-23", "", "2026-99-99." + given[0][11:], given[0] + "\n"):
        assert forged == given[0] or not holds(key, "li", [forged], [today])


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ([], ("presence",)),
        ({"nonce": "x"}, ("presence", "nonce")),
        ({"tickets": "x"}, ("presence", "tickets")),
        ({"tickets": [1]}, ("presence", "tickets")),
        ({"tickets": ["x" * 101]}, ("presence", "tickets")),
        ({"tickets": ["x"] * 17}, ("presence", "tickets")),
        ({"phone": 5}, ("presence", "phone")),
        ({"phone": "x" * 65}, ("presence", "phone")),
        ({"fixes": {}}, ("presence", "fixes")),
        ({"fixes": [fix_to_json(fix())] * (MAX_FIXES + 1)}, ("presence", "fixes")),
        ({"fixes": [{**fix_to_json(fix()), "lat": 91}]}, ("presence", "fixes", 0, "lat")),
    ],
)
def test_a_claim_that_is_none_is_refused_with_its_place(raw: object, path: tuple[str | int, ...]):
    problems = parse_claim(raw)
    assert isinstance(problems, list)
    assert [one.path for one in problems] == [path]


def test_a_claim_may_say_little():
    assert parse_claim(None) == parse_claim({}) == Claim()
    raw = {"tickets": ["t"], "fixes": [fix_to_json(fix())], "phone": "p"}
    assert parse_claim(raw) == Claim(("t",), (fix(),), "p")


def test_the_rules_that_come_with_the_program_are_the_usual_ones():
    text = (PROJECT / "checklists" / "presence.toml").read_text("utf-8")
    assert parse_presence(text, ["community"]) == PresenceRules()


def test_a_checklist_may_take_longer():
    rules = parse_presence(
        'minimum_seconds = 90\n[[checklists]]\nchecklist = "community"\nminimum_seconds = 300', ["community", "bus"]
    )
    assert isinstance(rules, PresenceRules)
    assert (rules.minimum_for("community"), rules.minimum_for("bus"), rules.reach_m) == (300, 90, 200)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("late_days = 0", "late_days"),
        ("site_day = 'three'", "site_day"),
        ("reach = 5", "reach"),
        ('[[checklists]]\nchecklist = "nowhere"\nminimum_seconds = 5', "checklist"),
        ('[[checklists]]\nchecklist = "bus"', "minimum_seconds"),
        ("late_days =", "TOML"),
    ],
)
def test_rules_that_are_wrong_are_refused_by_field(text: str, said: str):
    problems = parse_presence(text, ["bus"])
    assert isinstance(problems, list)
    assert said in str(say(problems[0]))
