"""Cases as kept: numbers, races, who may do what, and what a review may change no more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from inspect_app.collections.cases.case import CASES
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.cases import working_time
from inspect_app.domain.cases.life_cycle import State
from inspect_app.domain.cases.recurrence import Recurrence
from inspect_app.domain.cases.unit_view import for_unit
from inspect_app.services import open_services
from inspect_app.services.audit import entries_of
from inspect_app.services.cases import acts
from inspect_app.services.cases.acts import (
    AskedAct,
    act_on,
    cases_of_unit,
    count_overdue,
    open_case,
    proposal_for,
)
from inspect_app.services.cases.rechecks import ask_recheck, seen_since
from inspect_app.services.evidence import reviewing
from inspect_app.services.evidence.filed import case_of_finding
from inspect_app.services.evidence.reviewing import decide, reopen
from inspect_app.services.inspecting import correcting
from inspect_app.services.inspecting.correcting import correct
from inspect_app.services.inspecting.submitting import Taken
from inspect_app.store import Stale
from inspect_app.wording import all_said, say
from tests.cases import DEADLINE, FILED_AT, acted_on, after_photo, confirmed, dispatched, filed, handled, user
from tests.web.evidence.test_review import inspected
from tests.world import BUREAU, DISTRICT, NOW, failing, new_id


def test_a_confirmed_finding_becomes_one_case_however_often_it_is_filed(world):
    id, item = confirmed(world)
    first = open_case(world.services, "supervisor", id, item, "请修复", FILED_AT, scope=EVERYTHING)
    again = open_case(world.services, "administrator", id, item, "另一段话", FILED_AT, scope=EVERYTHING)
    assert first.id == "2026-00001"
    assert again == first
    assert first.value.description == "请修复"
    assert first.value.state == "filed"
    assert first.value.place.name == "public-toilet点位"
    assert [entry["act"] for entry in entries_of(world.services, first.id)] == ["case.filed"]


def test_only_confirmed_findings_are_filed(world):
    id = inspected(world)
    item = next(
        one["item_id"] for one in world.services.store.get("inspections", id).document["items"] if one["failed"]
    )
    assert "已确认" in all_said(open_case(world.services, "supervisor", id, item, "", FILED_AT, scope=EVERYTHING))
    assert "没有编号" in all_said(
        open_case(world.services, "supervisor", "nowhere", item, "", FILED_AT, scope=EVERYTHING)
    )
    confirmed_id, confirmed_item = confirmed(world, seed=2)
    assert "1000" in all_said(
        open_case(world.services, "supervisor", confirmed_id, confirmed_item, "长" * 1001, FILED_AT, scope=EVERYTHING)
    )
    assert world.services.store.find("cases") == []


def test_the_log_says_of_a_deadline_that_it_is_a_guess(world, monkeypatch):
    monkeypatch.setattr(working_time, "_LAST_YEAR", 2025)
    case = dispatched(world)
    acted_on(world, case, "unit", "accept")
    sent, accepted = [entry for entry in entries_of(world.services, case.id) if entry["act"] != "case.filed"]
    assert sent["after"]["holidays_unknown"] == [2026]
    assert "holidays_unknown" not in accepted["after"], "it set none"


def test_a_deadline_in_a_year_that_is_known_is_sure(world):
    case = dispatched(world)
    assert "holidays_unknown" not in entries_of(world.services, case.id)[-1]["after"]


def test_numbers_run_through_a_year_under_races_of_threads_and_processes(world_on_disk):
    world = world_on_disk
    findings = [confirmed(world, seed=seed) for seed in range(1, 9)]
    other = open_services(world.settings)

    def file(number: int) -> str:
        id, item = findings[number % 8]
        return open_case((world.services, other)[number % 2], "supervisor", id, item, "", FILED_AT, scope=EVERYTHING).id

    with ThreadPoolExecutor(8) as threads:
        given = list(threads.map(file, range(32)))
    other.store.close()
    of_finding = [set(given[number::8]) for number in range(8)]
    assert all(len(numbers) == 1 for numbers in of_finding)
    assert set(given) == {f"2026-0000{number}" for number in range(1, 9)}, "none is left out"
    assert len(world.services.store.find("cases")) == 8
    filed = [entry["of"] for entry in world.services.audit.entries() if entry["act"] == "case.filed"]
    assert sorted(filed) == sorted(set(given))


def test_a_number_that_a_case_has_already_is_not_given_again(world):
    """As where the running numbers come from an older backup than the cases."""
    other = filed(world)
    kept = world.services.store.get("case_numbers", "2026")
    world.services.store.update("case_numbers", "2026", {"last": 0}, expected_revision=kept.revision)
    id, item = confirmed(world, seed=2)
    assert other.id == "2026-00001"
    assert open_case(world.services, "supervisor", id, item, "", FILED_AT, scope=EVERYTHING).id == "2026-00002"


def test_of_filing_a_finding_and_taking_its_decision_back_at_once_the_later_is_refused(world, monkeypatch):
    """Either comes when the other has looked, and not yet kept anything."""
    id, item = confirmed(world)
    revision = world.services.store.get("inspections", id).revision

    def taken_back(*arguments):
        monkeypatch.undo()
        assert not isinstance(
            reopen(world.services, "supervisor", id, item, revision, FILED_AT, scope=EVERYTHING), list
        )
        return acts._case(*arguments)

    monkeypatch.setattr(acts, "_case", taken_back)
    problems = open_case(world.services, "supervisor", id, item, "", FILED_AT, scope=EVERYTHING)
    assert "已确认" in str(say(problems[0]))
    assert world.services.store.find("cases") == world.services.store.find("filed_findings") == []

    id, item = confirmed(world, seed=2)
    revision = world.services.store.get("inspections", id).revision

    def filed_meanwhile(*arguments):
        monkeypatch.undo()
        assert open_case(world.services, "supervisor", id, item, "", FILED_AT, scope=EVERYTHING).id == "2026-00001"
        return reviewing.with_review(*arguments)

    monkeypatch.setattr(reviewing, "with_review", filed_meanwhile)
    with pytest.raises(Stale):
        reopen(world.services, "supervisor", id, item, revision, FILED_AT, scope=EVERYTHING)
    assert world.services.store.get("inspections", id).document["reviews"][item]["decision"] == "confirmed"


def test_a_number_claimed_before_a_crash_is_used_by_the_next_attempt(world):
    id, item = confirmed(world)
    world.services.store.put_once("filed_findings", f"{id}/{item}", {"case": "2026-00007"})
    assert open_case(world.services, "supervisor", id, item, "", FILED_AT, scope=EVERYTHING).id == "2026-00007"


def test_the_year_of_a_number_is_the_citys(world):
    id, item = confirmed(world)
    late = FILED_AT.replace(year=2026, month=12, day=31, hour=17)
    assert open_case(world.services, "supervisor", id, item, "", late, scope=EVERYTHING).id == "2027-00001"


def test_a_case_walks_from_filing_to_closing_and_every_step_is_logged(world):
    case = handled(world)
    assert case.value.state == "handled"
    closed = acted_on(world, case, "supervisor", "close")
    assert closed.value.state == "closed"
    assert closed.value.closed_at
    assert closed.value.after[0].sha256 == "a" * 64
    acts = [entry["act"] for entry in entries_of(world.services, case.id)]
    assert acts == ["case.filed", "case.dispatch", "case.accept", "case.handle", "case.close"]
    assert closed.value.state is State.CLOSED


def test_a_unit_acts_on_its_own_cases_only_and_never_for_the_office(world):
    case = dispatched(world)
    refused = [
        (user(world, "unit2"), AskedAct("accept")),
        (user(world, "unit"), AskedAct("close")),
        (user(world, "supervisor"), AskedAct("accept")),
        (user(world, "unit"), AskedAct("dispatch", unit=world.unit(BUREAU), deadline=DEADLINE)),
    ]
    for who, asked in refused:
        problems = act_on(world.services, who, case.id, asked, case.revision, FILED_AT + timedelta(hours=5))
        assert isinstance(problems, list), (who, asked)
    assert CASES.get(world.services.store, case.id) == case


def test_two_at_once_one_is_told_to_look_again(world):
    case = dispatched(world)
    acted_on(world, case, "unit", "accept")
    with pytest.raises(Stale):
        acted_on(world, case, "supervisor", "suspend", reason="等待拆迁")


def test_a_clock_that_was_set_back_holds_nothing_up(world):
    case = acted_on(world, dispatched(world), "unit", "accept", at=FILED_AT - timedelta(days=2))
    times = [step.at for step in case.value.steps]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"act": "dispatch", "unit": "nobody", "deadline": DEADLINE}, "责任单位"),
        ({"act": "dispatch", "deadline": DEADLINE}, "责任单位"),
        ({"act": "dispatch", "unit": BUREAU}, "期限"),
        ({"act": "dispatch", "unit": BUREAU, "deadline": NOW}, "期限"),
        ({"act": "dispatch", "unit": BUREAU, "joint": (BUREAU,), "deadline": DEADLINE}, "协办"),
        ({"act": "cancel"}, "理由"),
        ({"act": "cancel", "reason": "长" * 501}, "理由"),
        ({"act": "paint"}, "没有这种操作"),
    ],
)
def test_an_act_that_lacks_something_says_what_and_changes_nothing(world, said, told):
    case = filed(world)
    ids = {BUREAU: world.unit(BUREAU)}
    said = {**said, "unit": ids.get(said.get("unit"), said.get("unit", ""))}
    said["joint"] = tuple(ids.get(one, one) for one in said.get("joint", ()))
    problems = act_on(world.services, user(world, "supervisor"), case.id, AskedAct(**said), case.revision, FILED_AT)
    assert told in str(say(problems[0]))
    assert CASES.get(world.services.store, case.id) == case


def test_a_decision_stands_as_long_as_its_case_does(world):
    case = filed(world)
    id, item = case.value.inspection, case.value.item
    revision = world.services.store.get("inspections", id).revision
    assert "已立案" in all_said(reopen(world.services, "supervisor", id, item, revision, FILED_AT, scope=EVERYTHING))
    assert "已立案" in all_said(
        decide(world.services, "supervisor", id, item, "rejected", "看错", revision, FILED_AT, scope=EVERYTHING)
    )
    acted_on(world, case, "supervisor", "cancel", reason="重复")
    assert case_of_finding(world.services.store, id, item) is None
    again = open_case(world.services, "supervisor", id, item, "", FILED_AT, scope=EVERYTHING)
    assert again.id == "2026-00002"
    acted_on(world, again, "supervisor", "cancel", reason="误判")
    assert not isinstance(reopen(world.services, "supervisor", id, item, revision, FILED_AT, scope=EVERYTHING), list)


def test_the_unit_named_by_the_item_is_proposed_with_the_district_to_help_where_it_is_named(world):
    assert proposal_for(world.services, filed(world, kind="zebra-crossing").value).lead == world.unit(BUREAU)
    toilet = proposal_for(world.services, filed(world, seed=2).value)
    assert (toilet.lead, toilet.why) == (world.unit(DISTRICT), "按属地")


def test_the_same_item_at_the_same_site_again_is_the_second_and_the_third_time(world):
    times = []
    for number in range(3):
        case = filed(world, seed=number + 1, at=NOW + timedelta(weeks=4 * number))
        times.append((case.value.recurrence.of, case.value.recurrence.times))
    assert times == [(None, 1), ("2026-00001", 2), ("2026-00002", 3)]
    long_after = filed(world, seed=9, at=NOW + timedelta(weeks=40))
    assert long_after.value.recurrence == Recurrence(None, 1)


def test_a_units_cases_are_those_it_leads_and_helps_with_by_deadline(world):
    late = dispatched(world, seed=1, deadline=DEADLINE + timedelta(days=3))
    soon = dispatched(world, seed=2)
    other = acted_on(
        world,
        filed(world, seed=3),
        "supervisor",
        "dispatch",
        unit=world.unit(DISTRICT),
        joint=(world.unit(BUREAU),),
        deadline=DEADLINE + timedelta(days=1),
    )
    assert [one.id for one in cases_of_unit(world.services, world.unit(BUREAU))] == [soon.id, other.id, late.id]
    assert [one.id for one in cases_of_unit(world.services, world.unit(DISTRICT))] == [other.id]
    assert count_overdue(world.services, DEADLINE + timedelta(days=2), scope=EVERYTHING) == 2
    assert count_overdue(world.services, DEADLINE, scope=EVERYTHING) == 0


def test_what_a_unit_may_know_names_no_person_and_nobody_before_it(world):
    case = dispatched(world, unit=DISTRICT)
    case = acted_on(world, case, "unit2", "return", reason="不属本区管理")
    case = acted_on(world, case, "supervisor", "dispatch", unit=world.unit(BUREAU), deadline=DEADLINE)
    names = {world.unit(BUREAU): BUREAU, world.unit(DISTRICT): DISTRICT}
    seen = for_unit(case.id, case.value, world.unit(BUREAU), names, "沙市区 中山街道")
    assert [step.label for step in seen.steps] == ["派遣"]
    assert seen.acts == ("accept", "return")
    text = repr(seen)
    for hidden in ("inspector", "supervisor", "unit2", DISTRICT, case.value.inspection):
        assert hidden not in text.replace("沙市区 中山街道", ""), hidden


def test_after_photos_are_kept_with_the_step_that_names_them(world):
    case = acted_on(world, dispatched(world), "unit", "accept")
    case = acted_on(world, case, "unit", "handle", after=(after_photo("b" * 64), after_photo("c" * 64)))
    assert case.value.steps[-1].photos == ("b" * 64, "c" * 64)
    assert [photo.sha256 for photo in case.value.after] == ["b" * 64, "c" * 64]


RECHECKED = FILED_AT + timedelta(hours=8)


def looked_at_again(world):
    """A case for which somebody was sent again and went: the case, the visit, and a correction by which it failed."""
    case = handled(world)
    asked = ask_recheck(world.services, "supervisor", case.id, "inspector", case.revision, RECHECKED, scope=EVERYTHING)
    visit = inspected(world, seed=None, at=RECHECKED + timedelta(minutes=1))
    checklist = world.checklist("public-toilet")
    answers = failing(world.submission("public-toilet")["answers"], checklist, case.value.item)
    answers[case.value.item]["no_photo_reason"] = "没有拍"
    said = {"inspection": visit, "version": checklist.version, "base": 0, "reason": "点错了", "answers": answers}
    return asked, visit, said


def corrected(world, said):
    return correct(world.services, user(world, "inspector"), new_id(), said, RECHECKED + timedelta(hours=5))


@pytest.mark.parametrize(("act", "more"), [("close", {}), ("send_back", {"reason": "没修", "deadline": DEADLINE})])
def test_a_visit_by_which_the_office_decided_on_a_case_is_not_corrected_any_more(world, act, more):
    case, visit, said = looked_at_again(world)
    acted_on(world, case, "supervisor", act, at=RECHECKED + timedelta(hours=4), **more)
    late = corrected(world, said)
    assert (late.taken, [one.code for one in late.problems]) == (Taken.CONFLICT, ["correction.rechecked"])
    assert not INSPECTIONS.get(world.services.store, visit).value.corrections
    assert "已按这次复查" in all_said(late.problems)


def test_of_a_correction_and_a_decision_by_the_visit_at_the_same_moment_one_is_kept(world, monkeypatch):
    case, visit, said = looked_at_again(world)
    judged = correcting.corrected

    def meanwhile(*of):
        monkeypatch.setattr(correcting, "corrected", judged)
        acted_on(world, case, "supervisor", "close", at=RECHECKED + timedelta(hours=4))
        return judged(*of)

    monkeypatch.setattr(correcting, "corrected", meanwhile)
    assert corrected(world, said).problems[0].code == "correction.rechecked"
    assert not INSPECTIONS.get(world.services.store, visit).value.corrections


def test_until_then_the_office_sees_that_it_was_corrected(world):
    case, _, said = looked_at_again(world)
    assert corrected(world, said).taken is Taken.CREATED
    (seen,) = seen_since(world.services, case.value, RECHECKED + timedelta(hours=5))
    assert (seen.in_order, seen.corrected) == (False, True)
