"""What is new for an inspector: told once, from what is kept, and never which visit is the blind one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from inspect_app.collections import Kept
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.inspecting.inspection import Inspection
from inspect_app.domain.plan.week_plan import How
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.inspecting.correcting import correct
from inspect_app.services.inspecting.holding import hold_refused, refuse
from inspect_app.services.inspecting.presence import settle
from inspect_app.services.inspecting.submitting import submit
from inspect_app.services.place.register import find_site
from inspect_app.services.place.sites_changing import change_site, find_with_revision
from inspect_app.services.plan.news import mark_of, news_for, note_seen
from inspect_app.services.plan.planning import drop, find_plan
from tests.plans import planned
from tests.world import NOW, WEEK, World, failing, new_id

REASON = "照片看不清"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.in_memory(tmp_path / "data")


def told(world: World, name: str = "inspector", *, hours: float = 1) -> list[str]:
    return [one.text for one in news_for(world.services, world.user(name), NOW + timedelta(hours=hours))]


def look(world: World, name: str = "inspector", *, hours: float = 1) -> None:
    user, now = world.user(name), NOW + timedelta(hours=hours)
    assert note_seen(world.services, user, mark_of(news_for(world.services, user, now)), now)


def failed(world: World, **said: object) -> Kept[Inspection]:
    """A kept visit with one finding."""
    raw = world.submission("zebra-crossing")
    answers = failing(raw["answers"], world.checklist("zebra-crossing"), "jam")
    answers["jam"]["no_photo_reason"] = "禁止拍照"
    outcome = submit(world.services, world.user(), new_id(), {**raw, "answers": answers, **said}, NOW)
    assert outcome.kept, outcome.problems
    return outcome.kept


def decided(world: World, kept: Kept[Inspection], decision: str = "rejected") -> None:
    done = decide(world.services, "supervisor", kept.id, "jam", decision, REASON, kept.revision, NOW, scope=EVERYTHING)
    assert isinstance(done, Kept), done


def test_a_rejected_finding_is_told_to_both_who_were_there_until_each_has_looked(world: World):
    kept = failed(world, partner="inspector2")
    assert told(world) == []
    decided(world, kept)
    (said,) = told(world)
    assert "被驳回" in said
    assert REASON in said
    assert told(world, "inspector2") == [said]
    look(world)
    assert told(world) == []
    assert told(world, "inspector2") == [said]


def test_a_confirmed_finding_is_no_news_and_one_of_others_neither(world: World):
    decided(world, failed(world), "confirmed")
    assert told(world) == []
    decided(world, failed(world))
    assert told(world, "inspector2") == []


def test_what_came_after_the_page_was_made_stays_new(world: World):
    kept = failed(world)
    shown = mark_of(news_for(world.services, world.user(), NOW))
    decided(world, kept)
    assert not note_seen(world.services, world.user(), shown, NOW + timedelta(hours=1))
    assert len(told(world)) == 1


def test_what_was_decided_about_a_visit_that_waited_is_told_with_its_reason(world: World):
    raw = world.submission("zebra-crossing")
    del raw["presence"]
    kept = submit(world.services, world.user(), new_id(), raw, NOW).kept
    assert kept
    assert isinstance(
        settle(world.services, "supervisor", kept.id, "left_out", "没有去", kept.revision, NOW, scope=EVERYTHING), Kept
    )
    (said,) = told(world)
    assert "不计入：没有去" in said


def test_what_was_refused_of_the_phone_and_not_taken_is_told(world: World):
    id, raw = new_id(), {**world.submission("zebra-crossing"), "site": "nowhere"}
    outcome = submit(world.services, world.user(), id, raw, NOW)
    assert hold_refused(world.services, world.user(), id, raw, outcome.problems, NOW)
    assert refuse(world.services, "administrator", id, "没有这个点位", NOW, revision=1) == []
    assert told(world) == ["办公室没有收下您的一份提交（点位「nowhere」）：没有这个点位"]


def test_of_a_correction_that_waited_it_is_said_what_it_is(world: World):
    kept = failed(world)
    decided(world, kept, "confirmed")
    said = {"inspection": kept.id, "version": kept.value.version, "base": 0, "reason": "点错了"}
    raw = {**said, "answers": world.submission("zebra-crossing")["answers"]}
    outcome = correct(world.services, world.user(), new_id(), raw, NOW)
    id = new_id()
    assert hold_refused(world.services, world.user(), id, raw, outcome.problems, NOW)
    assert refuse(world.services, "administrator", id, "已经复核", NOW, revision=1) == []
    assert told(world) == [f"办公室没有收下您的一份更正（{kept.value.site.name}）：已经复核"]


def test_a_changed_checklist_is_told_for_two_weeks(world: World):
    text = world.services.library.text("zebra-crossing").replace('title = "', 'title = "新的', 1)
    assert world.services.library.keep("zebra-crossing", text, "administrator", NOW) == []
    (said,) = told(world)
    assert "改版" in said
    assert told(world, hours=24 * 15) == []


def test_the_own_part_of_the_plan_is_told_alike_for_first_and_second_visits(world: World):
    plan = planned(world.services, WEEK, NOW, count=4, how=How(second_share=1.0)).value
    assert all(site.inspectors and site.second for site in plan.sites)
    both = [told(world, name) for name in ("inspector", "inspector2")]
    assert both == [["这一周的计划有了，4个点位要去"]] * 2
    look(world)
    look(world, "inspector2")
    one, other = plan.sites[0].code, plan.sites[1].code
    kept = find_plan(world.services, WEEK)
    assert kept
    assert isinstance(drop(world.services, "supervisor", kept, one, "王病了", NOW, scope=EVERYTHING), Kept)
    found = find_with_revision(world.services.store, other)
    assert found
    change_site(world.services, "administrator", replace(found[0], name="新名字"), found[1], NOW)
    both = [told(world, name) for name in ("inspector", "inspector2")]
    site = find_site(world.services.store, one)
    assert site
    assert both[0] == both[1]
    assert set(both[0]) == {f"「{site.name}」不用去了", "「新名字」的登记改了，去之前请再看一遍"}
    look(world)
    assert told(world) == []


def test_inspections_of_the_week_are_found_by_those_who_were_there(world: World):
    kept = failed(world, partner="inspector2")
    assert [one.id for one in INSPECTIONS.find(world.services.store, week=WEEK, partner="inspector2")] == [kept.id]
