"""Teams of two: the partner is kept, finds the visit, is told to nobody else, and has been there."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from inspect_app.collections import Kept
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.nameless import as_written
from inspect_app.domain.accounts.permissions import Permission
from inspect_app.domain.accounts.scope import EVERYTHING, Scope
from inspect_app.domain.inspecting.inspection import Inspection
from inspect_app.domain.plan.week_plan import How
from inspect_app.domain.weeks import shifted
from inspect_app.services.accounts.accounts import find_user, set_active
from inspect_app.services.accounts.may import may
from inspect_app.services.evidence.reviewing import inspection_for, inspections_of, seen, view_inspection
from inspect_app.services.index.weekly import twice_inspected
from inspect_app.services.inspecting.partners import companions
from inspect_app.services.inspecting.presence import settle, waiting
from inspect_app.services.inspecting.submitting import Outcome, Taken, submit
from inspect_app.services.place.register import all_sites
from inspect_app.services.plan.assigning import been
from inspect_app.services.quality.measuring import quality_of
from tests.inspections import inspection
from tests.plans import planned
from tests.world import NOW, WEEK, World, new_id

SITE = "zebra-crossing-1"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.in_memory(tmp_path / "data")


def outcome(world: World, who: str = "inspector", at: datetime = NOW, **said: Any) -> Outcome:
    user = world.user(who)
    return submit(world.services, user, new_id(), {**world.submission("zebra-crossing", started=at), **said}, at)


def sent(world: World, who: str = "inspector", **said: Any) -> Kept[Inspection]:
    kept = outcome(world, who, **said).kept
    assert kept
    return kept


def test_both_find_the_visit_and_see_it_whole_and_nobody_else_of_the_inspectors_does(world: World):
    kept = sent(world, partner="inspector2")
    assert (kept.value.partner, kept.value.presence.reasons) == ("inspector2", ())
    for name in ("inspector", "inspector2"):
        user = world.user(name)
        assert [one.id for one in inspections_of(world.services, name, WEEK)] == [kept.id]
        assert inspection_for(world.services, user, kept.id) == (kept, EVERYTHING)
    alone = sent(world)
    partner = world.user("inspector2")
    assert inspection_for(world.services, partner, alone.id) is None
    assert [one.id for one in inspections_of(world.services, "inspector2", WEEK)] == [kept.id]


def test_the_partner_is_withheld_wherever_the_inspector_is(world: World):
    kept = sent(world, partner="inspector2")
    shown = seen(world.services, kept, Scope(inspectors=False), as_written).value
    assert (shown.inspector, shown.partner, shown.visitors) == ("", "", frozenset())
    leader, unit = (find_user(world.services.store, name) for name in ("leader", "unit"))
    assert leader
    assert unit
    view = view_inspection(world.services, leader, kept.id)
    assert view
    assert view.inspection.partner == ""
    assert view_inspection(world.services, unit, kept.id) is None
    assert not may(unit, Permission.INSPECTOR_SEE)


def test_the_log_tells_of_the_partner_so_that_it_cannot_be_changed_unseen(world: World):
    kept = sent(world, partner="inspector2")
    (told,) = [one["after"] for one in world.services.audit.entries() if one["of"] == kept.id]
    assert told["partner"] == "inspector2"


@pytest.mark.parametrize("partner", ["nobody", "supervisor", "unit", "inspector2"])
def test_whoever_is_no_inspector_in_use_is_kept_as_told_and_waits_for_the_office(world: World, partner: str):
    assert set_active(world.services.store, "inspector2", False, NOW) == []
    kept = sent(world, partner=partner)
    assert (kept.value.partner, kept.value.presence.state) == (partner, "waiting")
    assert kept.value.presence.reasons == ("partner_unknown",)
    assert [one.id for one in waiting(world.services, WEEK, scope=EVERYTHING)] == [kept.id]


@pytest.mark.parametrize(
    ("partner", "code"),
    [("inspector", "submission.partner_oneself"), (" inspector ", "submission.partner_oneself"),
     (7, "submission.partner_malformed"), ("a" * 65, "submission.partner_malformed")],
)  # fmt: skip
def test_nobody_is_their_own_partner_and_a_partner_is_a_name(world: World, partner: object, code: str):
    refused = outcome(world, partner=partner)
    assert (refused.taken, [one.code for one in refused.problems]) == (Taken.REFUSED, [code])


def test_who_went_along_makes_no_blind_second_visit(world: World):
    sent(world, partner="inspector2")
    again = sent(world, "inspector2", at=NOW + timedelta(hours=2))
    found = quality_of(world.services, WEEK, scope=EVERYTHING)
    assert (found.inspections, found.twice) == (2, 0)
    assert twice_inspected(world.services, WEEK) == set()
    odd = {one.id for one in found.doubtful if "went_along" in {signal.name for signal in one.signals}}
    assert odd == {again.id}


def planned_apart(world: World) -> None:
    """A plan in which each of the two inspectors makes one of the site's visits."""
    count = len(all_sites(world.services.store, active_only=True))
    site = planned(world.services, WEEK, NOW, how=How(second_share=1.0), count=count).value.site(SITE)
    assert site
    assert {*site.inspectors, *site.second} == {"inspector", "inspector2"}


def test_to_name_who_makes_the_other_visit_waits_for_the_office_and_spoils_no_blind_pair(world: World):
    planned_apart(world)
    kept = sent(world, partner="inspector2")
    assert (kept.value.presence.state, kept.value.presence.reasons) == ("waiting", ("partner_apart",))
    sent(world, at=NOW + timedelta(minutes=30))
    sent(world, "inspector2", at=NOW + timedelta(hours=2))
    assert twice_inspected(world.services, WEEK) == {SITE}


def test_who_still_has_to_go_there_blind_does_not_see_a_visit_that_names_them(world: World):
    planned_apart(world)
    kept, partner = sent(world, partner="inspector2"), find_user(world.services.store, "inspector2")
    assert partner
    assert inspections_of(world.services, "inspector2", WEEK) == []
    assert inspection_for(world.services, partner, kept.id) is None
    own = sent(world, "inspector2", at=NOW + timedelta(hours=2))
    assert {one.id for one in inspections_of(world.services, "inspector2", WEEK)} == {kept.id, own.id}
    assert inspection_for(world.services, partner, kept.id) == (kept, EVERYTHING)


def test_who_went_along_by_the_word_of_the_office_sees_the_visit(world: World):
    planned_apart(world)
    kept = sent(world, partner="inspector2")
    settle(world.services, "supervisor", kept.id, "accepted", "确实同行", kept.revision, NOW, scope=EVERYTHING)
    assert [one.id for one in inspections_of(world.services, "inspector2", WEEK)] == [kept.id]


def test_two_who_went_alone_do(world: World):
    sent(world)
    sent(world, "inspector2")
    assert quality_of(world.services, WEEK, scope=EVERYTHING).twice == 1
    assert twice_inspected(world.services, WEEK) == {SITE}


def test_who_went_along_was_there_for_the_plans_of_later_weeks(world: World):
    sent(world, partner="inspector2")
    there = been(world.services, shifted(WEEK, 1), How(gap_weeks=4), ["inspector2"])
    assert there.sites["inspector2"] == {SITE: 1}


def test_one_can_take_along_every_other_inspector_in_use(world: World):
    user = world.user("inspector")
    assert [one.name for one in companions(world.services, user)] == ["inspector2"]
    assert set_active(world.services.store, "inspector2", False, NOW) == []
    assert companions(world.services, user) == []


def test_a_visit_of_before_there_were_teams_was_made_alone():
    document = INSPECTIONS.written(inspection())
    del document["partner"]
    old = INSPECTIONS.upgraded({**document, "v": 5})
    assert INSPECTIONS.read("id", old) == inspection()
