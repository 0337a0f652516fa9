"""A partner who says not to have gone along: with a reason, taken back, settled by the office; nobody gains by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from inspect_app.collections import Kept
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.nameless import as_written
from inspect_app.domain.accounts.scope import EVERYTHING, Scope
from inspect_app.domain.inspecting.inspection import Inspection
from inspect_app.domain.plan.week_plan import How
from inspect_app.domain.problems import Problem
from inspect_app.domain.weeks import shifted
from inspect_app.services.audit import entries_of
from inspect_app.services.cases.blanking import blank
from inspect_app.services.evidence.reviewing import inspection_for, inspections_of, seen
from inspect_app.services.index.unfinished import open_points
from inspect_app.services.index.weekly import twice_inspected
from inspect_app.services.inspecting.denials import deny, open_denials, settle_denial, take_back
from inspect_app.services.inspecting.presence import settle, waiting
from inspect_app.services.inspecting.submitting import submit
from inspect_app.services.inspecting.visits import counted_visits
from inspect_app.services.place.register import all_sites
from inspect_app.services.plan.assigning import been
from inspect_app.services.plan.news import news_for
from inspect_app.services.reconciling import Compared, compare
from inspect_app.store import Stale
from tests.inspections import inspection
from tests.plans import planned
from tests.world import NOW, WEEK, World, new_id

WHY = "那天上午我在单位开会"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.in_memory(tmp_path / "data")


def sent(world: World, who: str = "inspector", at: Any = NOW, **said: Any) -> Kept[Inspection]:
    raw = {**world.submission("zebra-crossing", started=at), **said}
    kept = submit(world.services, world.user(who), new_id(), raw, at).kept
    assert kept
    return kept


def denied(world: World, kept: Kept[Inspection], who: str = "inspector2", why: str = WHY) -> Kept[Inspection]:
    after = deny(world.services, world.user(who), kept.id, why, NOW)
    assert isinstance(after, Kept), after
    return after


def found(world: World, kept: Kept[Inspection], decision: str, reason: str = "查了考勤") -> Kept[Inspection]:
    done = settle_denial(world.services, "supervisor", kept.id, decision, reason, kept.revision, NOW, scope=EVERYTHING)
    assert isinstance(done, Kept), done
    return done


def code(answer: object) -> str:
    assert isinstance(answer, Problem)
    return answer.code


def test_a_denial_with_its_reason_leaves_the_visit_counting_and_waits_for_the_office(world: World):
    kept = sent(world, partner="inspector2")
    after = denied(world, kept, why=f"  {WHY} ")
    assert (after.value.presence.state, after.value.presence.reasons) == ("shown", ())
    assert after.value.visitors == {"inspector"}
    assert after.value.knowing == {"inspector", "inspector2"}
    assert [one.id for one in counted_visits(world.services.store, WEEK)] == [kept.id]
    assert waiting(world.services, WEEK, scope=EVERYTHING) == []
    (one,) = open_denials(world.services, WEEK, scope=EVERYTHING)
    assert (one.kept, one.denial.by, one.denial.reason, one.needs_two) == (after, "inspector2", WHY, False)
    assert denied(world, kept, why="另一句") == after, "said twice"
    entry = entries_of(world.services, kept.id)[-1]
    assert (entry["act"], entry["who"], entry["after"]["reason"]) == ("presence.partner_declined", "inspector2", WHY)
    assert any("没有同去" in one.text for one in open_points(world.services, WEEK, NOW, scope=EVERYTHING))


@pytest.mark.parametrize("why", ["", "  ", "长" * 201])
def test_a_denial_without_a_reason_that_can_be_read_is_none(world: World, why: str):
    kept = sent(world, partner="inspector2")
    assert code(deny(world.services, world.user("inspector2"), kept.id, why, NOW)) == "presence.denial_reason_wanted"
    assert INSPECTIONS.get(world.services.store, kept.id) == kept


def test_it_can_be_taken_back_and_said_again_until_the_office_has_settled_it(world: World):
    kept, partner = sent(world, partner="inspector2"), world.user("inspector2")
    denied(world, kept)
    back = take_back(world.services, partner, kept.id, NOW)
    assert isinstance(back, Kept)
    assert back.value == kept.value
    assert take_back(world.services, partner, kept.id, NOW) == back, "taken back twice"
    assert open_denials(world.services, WEEK, scope=EVERYTHING) == []
    told = found(world, denied(world, kept), "along")
    assert code(take_back(world.services, partner, kept.id, NOW)) == "presence.partner_late"
    assert code(deny(world.services, partner, kept.id, WHY, NOW)) == "presence.partner_late"
    assert told.value.visitors == {"inspector", "inspector2"}
    acts = [one["act"] for one in entries_of(world.services, kept.id)]
    assert acts[-4:] == [
        "presence.partner_declined",
        "presence.denial_withdrawn",
        "presence.partner_declined",
        "presence.partner_along",
    ]


def test_who_was_not_there_is_no_partner_reads_it_no_more_and_stays_one_who_knows(world: World):
    kept, partner = sent(world, partner="inspector2"), world.user("inspector2")
    open_ = denied(world, kept)
    assert [one.id for one in inspections_of(world.services, "inspector2", WEEK)] == [kept.id], "to take it back"
    after = found(world, open_, "absent")
    assert (after.value.partner, after.value.visitors, after.value.presence.state) == ("", {"inspector"}, "shown")
    assert inspections_of(world.services, "inspector2", WEEK) == []
    assert inspection_for(world.services, partner, kept.id) is None
    assert code(deny(world.services, partner, kept.id, WHY, NOW)) == "evidence.inspection_unknown"
    sent(world, "inspector2", at=NOW + timedelta(hours=2))
    assert twice_inspected(world.services, WEEK) == set(), "who has read what was found is blind to it no more"
    there = been(world.services, shifted(WEEK, 1), How(gap_weeks=4), ["inspector2"])
    assert there.sites["inspector2"] == {"zebra-crossing-1": 1}
    assert isinstance(compare(world.services), Compared), "the log tells of it"


def test_where_the_plan_wants_two_a_visit_that_one_made_waits_for_the_office(world: World):
    count = len(all_sites(world.services.store, active_only=True))
    site = planned(world.services, WEEK, NOW, how=How(in_pairs=True), count=count).value.site("zebra-crossing-1")
    assert site
    assert set(site.inspectors) == {"inspector", "inspector2"}
    kept = sent(world, partner="inspector2")
    denied(world, kept)
    (one,) = open_denials(world.services, WEEK, scope=EVERYTHING)
    assert one.needs_two
    after = found(world, one.kept, "absent")
    assert (after.value.presence.state, after.value.presence.reasons) == ("waiting", ("partner_absent",))
    assert [one.id for one in waiting(world.services, WEEK, scope=EVERYTHING)] == [kept.id]
    counted = settle(world.services, "supervisor", kept.id, "accepted", "照计", after.revision, NOW, scope=EVERYTHING)
    assert isinstance(counted, Kept)
    assert counted.value.presence.counts


def test_nobody_else_says_so_and_not_after_the_office_has_decided_of_the_visit(world: World):
    kept = sent(world, partner="inspector2")
    for who in ("inspector", "supervisor"):
        assert code(deny(world.services, world.user(who), kept.id, WHY, NOW)) == "evidence.inspection_unknown"
        assert code(take_back(world.services, world.user(who), kept.id, NOW)) == "evidence.inspection_unknown"
    waits = sent(world, partner="nobody", at=NOW + timedelta(hours=3))
    told = settle(world.services, "supervisor", waits.id, "accepted", "看过", waits.revision, NOW, scope=EVERYTHING)
    assert isinstance(told, Kept)
    world.services.store.act([INSPECTIONS.writing(waits.id, replace(told.value, partner="inspector2"), told.revision)])
    assert code(deny(world.services, world.user("inspector2"), waits.id, WHY, NOW)) == "presence.partner_late"


def test_the_office_settles_what_is_open_with_a_reason_and_as_it_saw_it(world: World):
    kept = sent(world, partner="inspector2")

    def problems(revision: int, decision: str = "absent", reason: str = "查过", **held: Any) -> list[str]:
        scope = held.get("scope", EVERYTHING)
        done = settle_denial(world.services, "supervisor", kept.id, decision, reason, revision, NOW, scope=scope)
        assert isinstance(done, list)
        return [one.code for one in done]

    assert problems(kept.revision) == ["presence.denial_unknown"]
    after = denied(world, kept)
    assert problems(after.revision, "accepted", " ") == [
        "presence.denial_decision_unknown",
        "presence.reason_wanted",
    ]
    assert problems(after.revision, scope=Scope(("elsewhere",))) == ["evidence.inspection_unknown"]
    with pytest.raises(Stale):
        problems(kept.revision)
    assert INSPECTIONS.get(world.services.store, kept.id) == after


def test_only_who_may_know_who_inspects_is_told_of_a_denial(world: World):
    kept = denied(world, sent(world, partner="inspector2"))
    assert open_denials(world.services, WEEK, scope=Scope(inspectors=False)) == []
    shown = seen(world.services, kept, Scope(inspectors=False), as_written).value
    assert shown.presence.denial is None


def test_both_are_told_in_plain_words_what_the_office_found_and_the_inspector_not_why_it_is_denied(world: World):
    def told(who: str) -> list[str]:
        texts = (one.text for one in news_for(world.services, world.user(who), NOW + timedelta(hours=1)))
        return [text for text in texts if "同去" in text]

    kept = denied(world, sent(world, partner="inspector2"))
    (line,) = told("inspector")
    assert "说没有同去" in line
    assert WHY not in line
    assert told("inspector2") == []
    found(world, kept, "absent")
    assert told("inspector") == [f"「{kept.value.site.name}」办公室认定同行人没有同去：查了考勤"]
    assert told("inspector2") == [f"「{kept.value.site.name}」办公室认定您没有同去，这次测评不再算您的：查了考勤"]


def test_what_was_written_of_a_denial_can_be_blanked(world: World):
    kept = found(world, denied(world, sent(world, partner="inspector2"), why="王小明说我在"), "along", "王小明作证")
    assert blank(world.services, "supervisor", kept.id, "王小明", "个人信息", NOW) == 4
    after = INSPECTIONS.get(world.services.store, kept.id)
    assert after
    assert "王小明" not in repr(after.value)


def test_a_denial_of_before_there_were_reasons_is_read_as_it_was():
    document = INSPECTIONS.written(inspection(partner="wang"))
    for name in ("denier", "denial"):
        del document[name]
    of_then = {
        "reasons": ["partner_declined"], "tickets": [], "fixes": [], "phone": "", "day": "2026-11-23", "settled": [],
    }  # fmt: skip
    old = INSPECTIONS.upgraded({**document, "v": 8, "counting": "waiting", "presence": of_then})
    read = INSPECTIONS.read("id", old)
    assert (read.visitors, read.presence.state, read.presence.denial) == ({"inspector"}, "waiting", None)
    assert INSPECTIONS.read("id", INSPECTIONS.upgraded({**document, "v": 8})) == inspection(partner="wang")
