"""Visits that were not made, sent as a client may send them: taken, shown to the office, and not counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from inspect_app.collections import Kept
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.inspecting.inspection import Inspection
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.index.publishing import preview, publish, published
from inspect_app.services.index.unfinished import open_points
from inspect_app.services.index.weekly import inspected_sites, live_index
from inspect_app.services.inspecting.presence import settle, tickets, waiting
from inspect_app.services.inspecting.submitting import submit
from inspect_app.services.inspecting.visits import counted_visits, visits_made
from inspect_app.services.quality.measuring import quality_of
from inspect_app.store import Stale
from tests.world import HERE, NOW, WEEK, World, evidence, new_id, photo, received, tickets_of

SITE = "zebra-crossing-1"
Send = Callable[..., Kept[Inspection]]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world with the rules that come with the program."""
    made = World.in_memory(tmp_path / "data")
    assert made.services.library.keep("presence", None, "administrator", NOW) == []
    return made


@pytest.fixture
def send(world: World) -> Send:
    """Submit a visit, received a minute after its end unless told otherwise; what is kept of it."""

    def sent(raw: dict[str, Any], who: str = "inspector", late: timedelta = timedelta(minutes=1)) -> Kept[Inspection]:
        user = find_user(world.services.store, who)
        assert user
        now = datetime.fromisoformat(raw["finished_at"]) + late
        outcome = submit(world.services, user, new_id(), raw, now)
        assert outcome.kept, outcome.problems
        return outcome.kept

    return sent


def bare(world: World, **said: Any) -> dict[str, Any]:
    """A visit as the review invented it: all well, no photo, nothing that shows that anybody was there."""
    raw = {**world.submission("zebra-crossing"), **said}
    del raw["presence"]
    return raw


def reasons(kept: Kept[Inspection]) -> tuple[str, ...]:
    return kept.value.presence.reasons


def test_an_honest_visit_counts(world: World, send: Send):
    kept = send(world.submission("zebra-crossing"))
    assert (kept.value.presence.state, reasons(kept)) == ("shown", ())
    assert inspected_sites(world.services, WEEK) == {SITE: 1}


def test_twelve_invented_visits_count_nowhere_and_are_shown(world: World, send: Send):
    send(world.submission("zebra-crossing"))
    rows = live_index(world.services, WEEK)
    invented = {send(bare(world)).id for _ in range(12)}
    assert inspected_sites(world.services, WEEK) == {SITE: 1}
    assert live_index(world.services, WEEK) == rows
    assert len(counted_visits(world.services.store, WEEK)) == 1
    assert {one.id for one in waiting(world.services, WEEK, scope=EVERYTHING)} == invented
    quality = quality_of(world.services, WEEK, scope=EVERYTHING)
    assert quality.inspections == 1
    assert {one.id for one in quality.doubtful} == invented
    assert all({signal.name for signal in one.signals} >= {"no_photo"} for one in quality.doubtful)
    said = [point.text for point in open_points(world.services, WEEK, NOW + timedelta(days=7), scope=EVERYTHING)]
    assert "12次测评待确认到场，现不计入" in said


def test_invented_visits_do_not_use_up_the_site_for_an_honest_one(world: World, send: Send):
    for _ in range(12):
        send(bare(world))
    assert send(world.submission("zebra-crossing")).value.presence.counts


def test_with_everything_forged_no_more_count_than_the_caps_allow(world: World, send: Send):
    """A thief of an account has its tickets, and can invent fixes: docs/develop/presence.md says so."""
    for number in range(12):
        send(world.submission("zebra-crossing", started=NOW + timedelta(minutes=15 * number)))
    assert inspected_sites(world.services, WEEK) == {SITE: 4}
    days = [NOW + timedelta(days=day, minutes=15 * number) for day in (1, 2) for number in range(6)]
    last = [reasons(send(world.submission("zebra-crossing", started=at))) for at in days]
    assert inspected_sites(world.services, WEEK) == {SITE: 8}
    assert last == [*4 * [()], *2 * [("site_day", "site_week")], *6 * [("site_week",)]]


def test_who_waits_to_be_believed_was_there_and_who_was_left_out_was_not(world: World, send: Send):
    believed, left_out = send(bare(world)), send(bare(world))
    done = settle(
        world.services, "supervisor", left_out.id, "left_out", "没有去过", left_out.revision, NOW, scope=EVERYTHING
    )
    assert not isinstance(done, list)
    assert [one.id for one in visits_made(world.services.store, WEEK)] == [believed.id]


def test_an_inspector_does_so_many_visits_a_day(world: World, send: Send):
    text = "inspector_day = 2\nsite_day = 100\nsite_week = 100"
    assert world.services.library.keep("presence", text, "administrator", NOW) == []
    found = [reasons(send(world.submission(kind))) for kind in ("community", "market", "bus")]
    assert found == [(), (), ("inspector_day",)]
    assert reasons(send(world.submission("bus"), "inspector2")) == ()


def test_a_visit_of_one_second_waits(world: World, send: Send):
    raw = world.submission("zebra-crossing")
    raw["finished_at"] = (NOW + timedelta(seconds=1)).isoformat()
    assert reasons(send(raw)) == ("too_short",)


def test_a_checklist_may_take_longer(world: World, send: Send):
    text = '[[checklists]]\nchecklist = "zebra-crossing"\nminimum_seconds = 900'
    version = world.checklist("zebra-crossing").version
    assert world.services.library.keep("presence", text, "administrator", NOW) == []
    assert reasons(send(world.submission("zebra-crossing"))) == ("too_short",)
    assert send(world.submission("community")).value.presence.counts
    assert world.checklist("zebra-crossing").version == version


def test_one_of_2016_waits(world: World, send: Send):
    at = datetime(2016, 5, 3, 2, tzinfo=UTC)
    kept = send(world.submission("zebra-crossing", started=at), late=NOW - at)
    assert reasons(kept) == ("too_late",)
    assert counted_visits(world.services.store, "2016-W18") == []


def test_one_for_a_published_week_waits_and_counts_in_a_correction_once_accepted(world: World, send: Send):
    services = world.services
    send(world.submission("zebra-crossing"))
    assert publish(services, "supervisor", WEEK, "", NOW + timedelta(days=6)) == 1
    late = send(world.submission("community", started=NOW + timedelta(hours=1)), late=timedelta(days=6))
    assert reasons(late) == ("published",)
    assert preview(services, WEEK, scope=EVERYTHING).rows[0].inspections == 1
    done = settle(services, "supervisor", late.id, "accepted", "手机断网", late.revision, NOW, scope=EVERYTHING)
    assert isinstance(done, Kept)
    assert published(services, WEEK).rows[0].inspections == 1  # type: ignore[union-attr]
    assert publish(services, "supervisor", WEEK, "补录断网的一次", NOW + timedelta(days=7)) == 2
    assert published(services, WEEK).rows[0].inspections == 2  # type: ignore[union-attr]
    entry = [one for one in services.audit.entries() if one["act"] == "presence.accepted"][-1]
    assert (entry["who"], entry["of"], entry["before"]["reasons"]) == ("supervisor", late.id, ["published"])
    assert entry["after"] == {"counting": "accepted", "reason": "手机断网", "published": True}


def test_all_not_applicable_is_no_visit_and_nobody_can_make_it_one(world: World, send: Send):
    raw = world.submission("zebra-crossing")
    raw["answers"] = {item: {"value": "na"} for item in raw["answers"]}
    kept = send(raw)
    assert (kept.value.presence.state, reasons(kept)) == ("left_out", ("nothing_seen",))
    assert inspected_sites(world.services, WEEK) == {}
    assert waiting(world.services, WEEK, scope=EVERYTHING) == []
    done = settle(world.services, "supervisor", kept.id, "accepted", "好", kept.revision, NOW, scope=EVERYTHING)
    assert isinstance(done, list)


def test_tickets_of_another_account_or_day_are_none(world: World, send: Send):
    zone, key = world.settings.timezone, world.services.ticket_key
    raw = world.submission("zebra-crossing")
    for stolen in (
        tickets_of(key, "inspector2", NOW, zone)[:1],
        tickets_of(key, "inspector", NOW - timedelta(days=20), zone),
        tickets_of(key, "inspector", NOW, zone)[1:],
        tickets_of(b"another key", "inspector", NOW, zone),
    ):
        assert reasons(send({**raw, "presence": {**raw["presence"], "tickets": stolen}})) == ("foreign_ticket",)
    assert reasons(send({**raw, "presence": {"fixes": raw["presence"]["fixes"]}})) == ("no_ticket",)


def test_a_phone_that_was_online_once_works_a_week_without_a_network(world: World, send: Send):
    user = find_user(world.services.store, "inspector")
    assert user
    given = tickets(world.services, user, "phone", NOW)
    raw = world.submission("zebra-crossing", started=NOW + timedelta(days=6))
    assert send({**raw, "presence": {**raw["presence"], "tickets": given}}).value.presence.counts


def test_identical_fixes_are_told_to_the_office(world: World, send: Send):
    one, other = send(world.submission("zebra-crossing")), send(world.submission("community"))
    doubtful = {one.id: one for one in quality_of(world.services, WEEK, scope=EVERYTHING).doubtful}
    for id in (one.id, other.id):
        assert "identical_fixes" in {signal.name for signal in doubtful[id].signals}


def test_an_older_client_counts_with_a_live_photo_at_the_site(world: World, send: Send):
    item = world.checklist("zebra-crossing").items[0].id
    content = photo(1)
    received(world.services, content)
    seen = {**evidence(content, item), "source": "live"}
    assert reasons(send(bare(world, photos=[seen]))) == ()
    assert reasons(send(bare(world, photos=[{**seen, "source": "gallery"}]))) == ("no_presence",)
    away = {**HERE, "lat": 30.4, "at": NOW.isoformat()}
    assert reasons(send(bare(world, photos=[{**seen, "fix": away}]))) == ("off_site",)


def test_deciding_needs_a_reason_and_the_state_that_was_seen(world: World, send: Send):
    services, kept = world.services, send(bare(world))
    for decision, reason in (("accepted", " "), ("perhaps", "好"), ("accepted", "好" * 501)):
        done = settle(services, "supervisor", kept.id, decision, reason, kept.revision, NOW, scope=EVERYTHING)
        assert isinstance(done, list)
    assert inspected_sites(services, WEEK) == {}
    settle(services, "supervisor", kept.id, "accepted", "陪同人员证明", kept.revision, NOW, scope=EVERYTHING)
    with pytest.raises(Stale):
        settle(services, "supervisor", kept.id, "left_out", "不是", kept.revision, NOW, scope=EVERYTHING)
    assert inspected_sites(services, WEEK) == {SITE: 1}
    settle(services, "supervisor", kept.id, "left_out", "认错了", kept.revision + 1, NOW, scope=EVERYTHING)
    assert inspected_sites(services, WEEK) == {}


def test_what_was_kept_before_there_was_the_rule_counts(world: World, send: Send):
    kept = send(bare(world))
    stored = world.services.store.get("inspections", kept.id)
    assert stored
    mine = ("counting", "presence", "site_day", "inspector_day")
    old = {name: value for name, value in stored.document.items() if name not in mine} | {"v": 2}
    world.services.store.update("inspections", kept.id, old, expected_revision=kept.revision)
    found = INSPECTIONS.get(world.services.store, kept.id)
    assert found
    assert (found.value.presence.state, found.value.presence.counts) == ("unasked", True)
    assert inspected_sites(world.services, WEEK) == {SITE: 1}
