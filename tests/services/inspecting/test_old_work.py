"""Old work stays welcome: what the office changes between opening and sending refuses nothing, and counts nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from inspect_app.collections import Kept
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING, Scope
from inspect_app.domain.inspecting.inspection import Inspection
from inspect_app.domain.problems import Problem
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.cases.blanking import blank
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.index.weekly import inspected_sites
from inspect_app.services.inspecting.moving import move
from inspect_app.services.inspecting.presence import settle, waiting
from inspect_app.services.inspecting.submitting import Taken, submit
from inspect_app.services.inspecting.visits import counted_visits
from inspect_app.services.place.register import find_site
from inspect_app.services.reconciling import Compared, compare
from inspect_app.store import Stale
from tests.sites import keep_site
from tests.world import NOW, STREET, WEEK, World, failing, first_item, new_id

CROSSING, TOILET = "zebra-crossing-1", "public-toilet-1"
OTHER_STREET = "421002002"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.in_memory(tmp_path / "data")


def changed(world: World, code: str = CROSSING, **what: Any) -> None:
    """The office changes a site in the register."""
    site = find_site(world.services.store, code)
    assert site
    assert keep_site(world.services.store, replace(site, **what))


def sent(world: World, raw: dict[str, Any]) -> Kept[Inspection]:
    user = find_user(world.services.store, "inspector")
    assert user
    outcome = submit(world.services, user, new_id(), raw, NOW)
    assert outcome.kept, outcome.problems
    return outcome.kept


@pytest.mark.parametrize(
    ("change", "reason", "area", "told"),
    [
        ({"site_type": "public-toilet"}, "site_type_changed", STREET, ""),
        ({"state": "retired"}, "site_retired", STREET, ""),
        ({"area": OTHER_STREET}, "site_moved", OTHER_STREET, STREET),
    ],
)
def test_a_visit_is_taken_as_it_was_begun_and_counts_nowhere_until_the_office_decides(
    world: World, change, reason, area, told
):
    raw = {**world.submission("zebra-crossing"), "area": STREET}
    changed(world, **change)
    kept = sent(world, raw)
    assert (kept.value.presence.state, kept.value.presence.reasons) == ("waiting", (reason,))
    assert (kept.value.site.site_type, kept.value.area, kept.value.checklist) == (
        "zebra-crossing",
        area,
        "zebra-crossing",
    )
    assert kept.value.presence.claim.area == told
    assert inspected_sites(world.services, WEEK) == {}
    assert counted_visits(world.services.store, WEEK) == []
    assert [one.id for one in waiting(world.services, WEEK, scope=EVERYTHING)] == [kept.id]
    done = settle(
        world.services, "supervisor", kept.id, "accepted", "那时还是路口", kept.revision, NOW, scope=EVERYTHING
    )
    assert not isinstance(done, list)
    assert [one.id for one in counted_visits(world.services.store, WEEK)] == [kept.id]


def test_of_an_unchanged_site_nothing_waits_and_whoever_does_not_say_the_area_is_not_asked(world: World):
    assert sent(world, {**world.submission("zebra-crossing"), "area": STREET}).value.presence.reasons == ()
    changed(world, area=OTHER_STREET)
    kept = sent(world, world.submission("zebra-crossing"))
    assert (kept.value.area, kept.value.presence.reasons) == (OTHER_STREET, ())


@pytest.mark.parametrize(("days", "reasons"), [(6, ()), (8, ("checklist_replaced",))])
@pytest.mark.parametrize("is_gone", [True, False])
def test_a_checklist_that_was_replaced_long_before_the_visit_waits(world: World, days: int, reasons, is_gone: bool):
    raw, before = world.submission("zebra-crossing"), NOW - timedelta(days=days)
    text = "" if is_gone else world.services.library.text("zebra-crossing").replace('title = "', 'title = "新的', 1)
    assert world.services.library.keep("zebra-crossing", text, "administrator", before) == []
    assert getattr(world.services.library.current.get("zebra-crossing"), "version", "") != raw["version"]
    assert sent(world, raw).value.presence.reasons == reasons
    assert sent(world, world.submission("public-toilet")).value.presence.reasons == ()


@pytest.mark.parametrize("area", ["421003001", "421002", "4210"])
def test_no_phone_chooses_whose_supervisor_decides(world: World, area: str):
    kept = sent(world, {**world.submission("zebra-crossing"), "area": area})
    assert (kept.value.area, kept.value.site.area) == (STREET, STREET)
    assert (kept.value.presence.reasons, kept.value.presence.claim.area) == (("site_moved",), area)


@pytest.mark.parametrize("area", ["nowhere", "", 7, None, [STREET]])
def test_an_area_that_there_is_not_is_as_if_it_were_not_said(world: World, area):
    kept = sent(world, {**world.submission("zebra-crossing"), "area": area})
    assert (kept.value.area, kept.value.presence.reasons) == (STREET, ())


def test_the_same_sent_again_after_a_change_is_the_same(world: World):
    user, id, raw = find_user(world.services.store, "inspector"), new_id(), world.submission("zebra-crossing")
    assert user
    assert submit(world.services, user, id, raw, NOW).taken is Taken.CREATED
    changed(world, state="retired", site_type="public-toilet")
    again = submit(world.services, user, id, raw, NOW)
    assert again.taken is Taken.SAME
    assert again.kept
    assert again.kept.value.presence.counts


def mistaken(world: World) -> Kept[Inspection]:
    """A visit with the checklist of toilets, sent for the crossing beside the toilet."""
    checklist = world.checklist("public-toilet")
    item = first_item(checklist, "compliance").id
    raw = world.submission("public-toilet")
    answers = failing(raw["answers"], checklist, item)
    answers[item]["no_photo_reason"] = "手机没电"
    return sent(world, {**raw, "site": CROSSING, "answers": answers})


def moved(world: World, kept: Kept[Inspection], code: str, scope: Scope = EVERYTHING):
    reason = "编码抄错了，照片是公厕"
    return move(world.services, "supervisor", kept.id, code, reason, kept.revision, NOW, scope=scope)


def test_a_visit_of_another_site_is_moved_there_and_counts_there_alone(world: World):
    kept = mistaken(world)
    assert kept.value.presence.reasons == ("site_type_changed",)
    done = moved(world, kept, f" {TOILET} ")
    assert not isinstance(done, list), done
    assert (done.value.site.code, done.value.presence.state, done.value.rate) == (TOILET, "accepted", kept.value.rate)
    assert inspected_sites(world.services, WEEK) == {TOILET: 1}
    assert isinstance(compare(world.services), Compared)
    entry = [one for one in world.services.audit.entries() if one["act"] == "presence.moved"][-1]
    assert (entry["before"]["site"], entry["after"]["site"], entry["who"]) == (CROSSING, TOILET, "supervisor")


def test_a_visit_is_moved_to_the_area_in_which_its_site_lies_now(world: World):
    raw = {**world.submission("zebra-crossing"), "area": OTHER_STREET}
    kept = sent(world, raw)
    changed(world, area=OTHER_STREET)
    done = moved(world, kept, CROSSING)
    assert not isinstance(done, list), done
    assert (done.value.area, done.value.site.area) == (OTHER_STREET, OTHER_STREET)


@pytest.mark.parametrize(
    ("code", "said"),
    [("nowhere", "presence.site_unknown"), ("", "presence.site_unknown"), (CROSSING, "presence.site_of_other_type")],
)
def test_where_it_cannot_have_been_made_it_is_not_moved(world: World, code: str, said: str):
    kept = mistaken(world)
    done = moved(world, kept, code)
    assert isinstance(done, list)
    assert [problem.code for problem in done] == [said]
    assert INSPECTIONS.get(world.services.store, kept.id) == kept


def test_of_sites_outside_of_a_scope_nobody_hears(world: World):
    kept = mistaken(world)
    changed(world, TOILET, area="421003001")
    done = moved(world, kept, TOILET, Scope(("421002",)))
    assert done == [Problem("presence.site_unknown", details={"site": TOILET})]


def test_what_is_decided_or_was_seen_in_another_state_is_not_moved(world: World):
    kept = mistaken(world)
    item = kept.value.findings[0].item.item_id
    decided = decide(world.services, "supervisor", kept.id, item, "confirmed", "", kept.revision, NOW, scope=EVERYTHING)
    assert not isinstance(decided, list), decided
    with pytest.raises(Stale):
        moved(world, kept, TOILET)
    done = moved(world, decided, TOILET)
    assert isinstance(done, list)
    assert [problem.code for problem in done] == ["presence.decided_already"]
    counts = sent(world, world.submission("public-toilet"))
    done = moved(world, counts, TOILET)
    assert isinstance(done, list)
    assert [problem.code for problem in done] == ["presence.nothing_to_settle"]


def test_a_visit_of_which_words_were_blanked_is_moved_all_the_same(world: World):
    kept = mistaken(world)
    item, answer = next(iter(kept.value.answers.items()))
    full = {**kept.value.answers, item: {**answer, "note": "王大 " * 166 + "尾巴"}}
    INSPECTIONS.update(world.services.store, kept, replace(kept.value, answers=full))
    assert blank(world.services, "administrator", kept.id, "王大", "误写了姓名", NOW) == 166
    blanked = INSPECTIONS.get(world.services.store, kept.id)
    assert blanked
    done = moved(world, blanked, TOILET)
    assert not isinstance(done, list), done
    assert done.value.answers == blanked.value.answers


def test_a_visit_whose_stored_answers_no_checklist_takes_is_not_moved_and_says_why(world: World):
    kept = mistaken(world)
    item, answer = next(iter(kept.value.answers.items()))
    grown = {**kept.value.answers, item: {**answer, "note": "长" * 501}}
    INSPECTIONS.update(world.services.store, kept, replace(kept.value, answers=grown))
    stored = INSPECTIONS.get(world.services.store, kept.id)
    assert stored
    problems = moved(world, stored, TOILET)
    assert isinstance(problems, list)
    assert [one.code for one in problems] == ["answers.text_too_long"]
    assert INSPECTIONS.get(world.services.store, kept.id) == stored
