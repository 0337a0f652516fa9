"""A phone with a wrong clock: its visit is taken, filed in the week in which it was, and shows presence as any."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.index.weekly import inspected_sites
from inspect_app.services.inspecting.submitting import Outcome, Taken, submit
from tests.world import NOW, STREET, WEEK, World, evidence, new_id, photo, received

SENT = NOW + timedelta(minutes=13)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world with the rules that come with the program."""
    made = World.in_memory(tmp_path / "data")
    assert made.services.library.keep("presence", None, "administrator", NOW) == []
    return made


def send(world: World, raw: dict[str, Any], id: str, **more: Any) -> Outcome:
    user = find_user(world.services.store, "inspector")
    assert user
    return submit(world.services, user, id, raw, SENT, **more)


def by_its_clock(world: World, ahead: timedelta, **clock: Any) -> dict[str, Any]:
    """A visit of today with a live photo, told by a phone that never met the server and is ahead by so much."""
    started = NOW + ahead
    raw = world.submission("zebra-crossing", started=started)
    content = photo(7)
    received(world.services, content)
    item = world.checklist("zebra-crossing").items[0].id
    fix = {**raw["presence"]["fixes"][0], "at": (started + timedelta(minutes=4)).isoformat()}
    picture = {**evidence(content, item), "captured_at": fix["at"], "fix": fix, "source": "live"}
    own = {name: raw[name] for name in ("started_at", "finished_at")}
    return {
        **raw,
        "photos": [picture],
        "presence": {"fixes": raw["presence"]["fixes"], "tickets": []},
        "clock": {**own, "error_ms": None},
        **clock,
    }


@pytest.mark.parametrize("ahead", [timedelta(days=2), timedelta(days=400)])
def test_a_phone_that_is_fast_can_submit_and_its_photos_are_of_the_visit(world: World, ahead: timedelta):
    kept = send(world, by_its_clock(world, ahead), id := new_id()).kept
    assert kept
    assert (kept.value.week, kept.value.presence.state, kept.value.finished_at) == (WEEK, "shown", SENT)
    assert kept.value.clock
    assert (kept.value.clock.corrections, kept.value.clock.started_at) == (("ahead",), NOW + ahead)
    assert kept.value.photos[0].captured_at == SENT - timedelta(minutes=8)
    assert inspected_sites(world.services, WEEK) == {"zebra-crossing-1": 1}
    assert send(world, by_its_clock(world, ahead), id).taken is Taken.SAME
    assert INSPECTIONS.get(world.services.store, id) == kept


@pytest.mark.parametrize("ahead", [timedelta(days=-8), timedelta(days=3)])
def test_without_any_contact_the_difference_on_sending_files_it_in_the_right_week(world: World, ahead: timedelta):
    kept = send(world, by_its_clock(world, ahead), new_id(), phone_now=SENT + ahead).kept
    assert kept
    assert (kept.value.week, kept.value.started_at, kept.value.presence.state) == (WEEK, NOW, "shown")
    assert kept.value.photos[0].fix
    assert kept.value.photos[0].fix.at == NOW + timedelta(minutes=4)
    assert kept.value.presence.claim.fixes[0].at == NOW


def test_a_start_by_another_clock_than_the_end_does_not_file_a_visit_in_the_week_before(world: World):
    raw = by_its_clock(world, timedelta())
    del raw["clock"]
    slow = {**raw, "started_at": (NOW - timedelta(days=8)).isoformat(), "taps": {raw["photos"][0]["item"]: 5}}
    kept = send(world, slow, new_id()).kept
    assert kept
    assert (kept.value.week, kept.value.started_at, dict(kept.value.taps)) == (WEEK, NOW, {})
    assert kept.value.clock
    assert kept.value.clock.corrections == ("start_too_early",)


def test_a_start_days_ago_that_the_phone_is_sure_of_waits_for_the_office(world: World):
    raw = {**by_its_clock(world, timedelta()), "started_at": (NOW - timedelta(days=13)).isoformat()}
    kept = send(world, {**raw, "clock": {"error_ms": 0}}, new_id()).kept
    assert kept
    assert kept.value.clock
    assert kept.value.clock.corrections == ()
    assert (kept.value.presence.state, "too_long" in kept.value.presence.reasons) == ("waiting", True)


def test_what_was_kept_of_the_clock_is_read_again(world: World):
    kept = send(world, by_its_clock(world, timedelta()), id := new_id()).kept
    assert kept
    assert kept.value.clock
    assert kept.value.clock.error_ms == float("inf")
    again = INSPECTIONS.get(world.services.store, id)
    assert again
    assert again.value == kept.value


def test_a_report_from_a_phone_that_is_fast_is_taken(world: World):
    adhoc = world.services.library.ad_hoc
    assert adhoc
    started = NOW + timedelta(days=2)
    own = {"started_at": started.isoformat(), "finished_at": (started + timedelta(minutes=1)).isoformat()}
    answers = {adhoc.items[0].id: {"value": "fail", "no_photo_reason": "没有电了"}}
    about = {"kind": "adhoc", "checklist": adhoc.id, "version": adhoc.version, "area": STREET, "place": "路口"}
    raw = {**about, **own, "clock": {**own, "error_ms": None}, "answers": answers, "photos": []}
    kept = send(world, raw, new_id()).kept
    assert kept
    assert (kept.value.week, kept.value.finished_at) == (WEEK, SENT)
