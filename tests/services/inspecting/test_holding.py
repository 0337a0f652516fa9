"""What waits for the office is decided once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from inspect_app.collections.inspecting.held_import import HELD_IMPORTS
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.inspecting import holding
from inspect_app.services.inspecting.submitting import Taken
from inspect_app.store import Stale
from tests.world import NOW, World, new_id


@pytest.fixture
def held(tmp_path):
    """An office, and the id of a submission that waits."""
    world, id = World.in_memory(tmp_path), new_id()
    inspector = find_user(world.services.store, "inspector")
    raw = world.submission()
    assert holding.hold(world.services, inspector, id, raw, "administrator", "没有签名", NOW).taken is Taken.HELD
    return world, id, raw


def test_of_two_who_decide_at_once_the_second_changes_nothing(held, monkeypatch):
    world, id, _ = held
    waiting = holding.undecided

    def raced(services, id, reason, revision):
        kept = waiting(services, id, reason, revision)
        monkeypatch.setattr(holding, "undecided", waiting)
        assert holding.refuse(services, "supervisor", id, "本人没有去过", NOW) == []
        return kept

    monkeypatch.setattr(holding, "undecided", raced)
    with pytest.raises(Stale):
        holding.accept(world.services, "administrator", id, "见过手机", NOW)
    assert INSPECTIONS.get(world.services.store, id) is None
    assert HELD_IMPORTS.get(world.services.store, id).value.decision == "refused"


def test_the_office_s_own_delay_makes_no_visit_late(held):
    world, id, _ = held
    assert world.services.library.keep("presence", "late_days = 1", "administrator", NOW) == []
    outcome = holding.accept(world.services, "administrator", id, "见过手机", NOW + timedelta(days=9))
    assert outcome.kept.value.presence.reasons == ()
    assert outcome.kept.value.received_at == NOW + timedelta(days=9)
    other = new_id()
    inspector = find_user(world.services.store, "inspector")
    came = NOW + timedelta(days=3)
    raw = world.submission("community")
    assert holding.hold(world.services, inspector, other, raw, "administrator", "没有签名", came).taken is Taken.HELD
    late = holding.accept(world.services, "administrator", other, "见过手机", came)
    assert late.kept.value.presence.reasons == ("too_late",)


def test_another_submission_under_the_same_id_is_a_conflict(held):
    world, id, raw = held
    for who, content in (("inspector", {**raw, "photos": [1]}), ("inspector2", raw)):
        inspector = find_user(world.services.store, who)
        outcome = holding.hold(world.services, inspector, id, content, "administrator", "", NOW)
        assert (outcome.taken, outcome.kept) == (Taken.CONFLICT, None)
    assert HELD_IMPORTS.get(world.services.store, id).value.raw == raw


def test_what_can_be_no_visit_does_not_wait(held):
    world, _, raw = held
    inspector, id = find_user(world.services.store, "inspector"), new_id()
    outcome = holding.hold(world.services, inspector, id, {**raw, "site": "nowhere"}, "administrator", "", NOW)
    assert (outcome.taken, bool(outcome.problems)) == (Taken.REFUSED, True)
    assert HELD_IMPORTS.get(world.services.store, id) is None
