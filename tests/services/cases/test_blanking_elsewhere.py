"""Words are blanked wherever somebody wrote: in what waits, in plans, in what the log tells of visits and sites."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest

from inspect_app.collections.cases.case import CASES
from inspect_app.collections.checklists.references import REFERENCE_SETS, references_id
from inspect_app.collections.index.week_frame import WEEK_FRAMES
from inspect_app.collections.inspecting.held_import import HELD_IMPORTS
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.collections.plan.week_plan import WEEK_PLANS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.blanking import BLANK
from inspect_app.domain.checklists.references import Reference, ReferenceSet
from inspect_app.domain.commitments import commitment
from inspect_app.domain.inspecting.held_import import UNIT
from inspect_app.domain.problems import Problem
from inspect_app.services.audit import Entry, entries_of, extract, keep, verify
from inspect_app.services.cases.blanking import blank, written_about
from inspect_app.services.cases.held_reports import accept_held
from inspect_app.services.cases.unit_reports import AFTER
from inspect_app.services.cases.written_elsewhere import FRAME, REFERENCES, SITE
from inspect_app.services.checking import check
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.hidden import as_hidden, hidden_in
from inspect_app.services.inspecting import holding
from inspect_app.services.inspecting.correcting import correct
from inspect_app.services.inspecting.submitting import Taken, submit
from inspect_app.services.place.sites_changing import change_site, find_with_revision
from inspect_app.services.plan.framing import content_now, framing
from inspect_app.services.plan.planning import drop
from inspect_app.services.reconciling import Compared, compare
from inspect_app.store import Head
from inspect_app.store.chain import hash_of
from inspect_app.web.inspecting.forms import says_the_same
from inspect_app.wording import all_said
from tests.cases import acted_on, dispatched
from tests.cases import user as account
from tests.plans import planned
from tests.web.evidence.test_desk import visit
from tests.world import NOW, WEEK, World, evidence, new_id, photo, received

LATER = NOW + timedelta(days=1)
NAME = "王大明"
TOLD = f"店主{NAME}说"


@pytest.fixture
def office(tmp_path: Path) -> World:
    return World.in_memory(tmp_path / "data")


def blanked(world: World, id: str) -> int:
    done = blank(world.services, "administrator", id, NAME, "误写了个人信息", NOW)
    assert isinstance(done, int), done
    return done


def with_note(world: World) -> dict:
    """A submission with a name in a remark."""
    raw = world.submission()
    item = next(iter(raw["answers"]))
    return {**raw, "answers": {**raw["answers"], item: {**raw["answers"][item], "note": TOLD}}}


def held(world: World, raw: dict) -> str:
    """Refused and left with the office, under its id."""
    id, user = new_id(), world.user()
    refused = submit(world.services, user, id, raw, NOW)
    assert holding.hold_refused(world.services, user, id, raw, refused.problems, NOW)
    return id


def kept_of(world: World, id: str) -> str:
    """The document of what is held, as it is kept."""
    return json.dumps(dict(world.services.store.get("held_imports", id).document), ensure_ascii=False)


def test_what_was_refused_is_blanked_and_nothing_that_is_sent_again_brings_it_back(office):
    raw = {**with_note(office), "site": "nowhere"}
    id = held(office, raw)
    assert NAME in kept_of(office, id)
    assert blanked(office, id) == 1
    assert NAME not in kept_of(office, id)
    assert BLANK in kept_of(office, id)
    again = holding.hold_refused(office.services, office.user(), id, raw, [], NOW)
    assert (again.id, NAME in kept_of(office, id)) == (id, False), "the same is known by what came"
    mended = {**raw, "site": "nowhere either"}
    holding.hold_refused(office.services, office.user(), id, mended, [], NOW)
    assert "nowhere either" in kept_of(office, id)
    assert NAME not in kept_of(office, id)
    assert [one.id for one in HELD_IMPORTS.find(office.services.store)] == [id]


def test_what_is_taken_over_is_as_blanked_and_the_phone_is_told_that_it_is_there(office):
    id, raw, user = new_id(), with_note(office), office.user()
    assert holding.hold(office.services, user, id, raw, "administrator", "没有签名", NOW).taken is Taken.HELD
    blanked(office, id)
    assert holding.hold(office.services, user, id, raw, "administrator", "没有签名", NOW).taken is Taken.HELD
    assert holding.accept(office.services, "administrator", id, "问过本人", NOW).kept
    kept = INSPECTIONS.get(office.services.store, id).value
    assert NAME not in json.dumps(dict(kept.answers), ensure_ascii=False)
    assert [(one.places, one.by, one.reason) for one in kept.blanked] == [(1, "administrator", "误写了个人信息")]
    checklist = office.services.library.version(raw["version"])
    assert says_the_same(raw, kept, checklist, {raw["site"]}), "the form without JavaScript, sent again"
    assert submit(office.services, user, id, raw, NOW).taken is Taken.SAME
    assert isinstance(compare(office.services), Compared)


def test_what_an_inspection_was_taken_over_from_is_blanked_with_it(office):
    id, raw = new_id(), with_note(office)
    holding.hold(office.services, office.user(), id, raw, "administrator", "没有签名", NOW)
    assert holding.accept(office.services, "administrator", id, f"问过{NAME}", NOW).kept
    blanked(office, id)
    assert NAME not in kept_of(office, id)
    assert NAME not in json.dumps(entries_of(office.services, id), ensure_ascii=False)
    assert not any(NAME in text for text in written_about(office.services, id).texts)


def test_what_nobody_could_read_is_blanked_and_what_is_odd_in_it_does_no_harm(office):
    raw = {"unreadable": TOLD, "inspection": {"a": [1]}, "case": ["b"]}
    id = new_id()
    assert holding.hold_refused(office.services, office.user(), id, raw, [], NOW)
    visit(office, 0)
    assert blanked(office, id) == 1
    assert HELD_IMPORTS.get(office.services.store, id).value.raw["unreadable"] == f"店主{BLANK}说"


def test_reasons_of_changes_to_a_plan_are_blanked(office):
    plan = planned(office.services, WEEK, NOW)
    code = plan.value.sites[0].code
    drop(office.services, "supervisor", plan, code, TOLD, NOW, scope=EVERYTHING)
    before = WEEK_PLANS.get(office.services.store, WEEK).value
    blanked(office, WEEK)
    plan = WEEK_PLANS.get(office.services.store, WEEK).value
    assert NAME not in repr(plan)
    assert plan.changes[0].reason == plan.site(code).dropped == f"店主{BLANK}说"
    assert [one.code for one in plan.sites] == [one.code for one in before.sites]
    traces = [(one.places, one.by, one.reason) for one in written_about(office.services, WEEK).blanked]
    assert sorted(traces) == [(2, "administrator", "误写了个人信息"), (3, "administrator", "误写了个人信息")]
    assert isinstance(compare(office.services), Compared)


def test_earlier_entries_are_shown_and_leave_without_the_words_and_prove_themselves(office):
    id = visit(office, 0)
    decide(office.services, "supervisor", id, "jam", "rejected", TOLD, 1, NOW, scope=EVERYTHING)
    whole = verify(office.services)
    assert blanked(office, id) >= 2, "the review and the log"
    (shown,) = [one for one in entries_of(office.services, id) if one["act"] == "finding.rejected"]
    assert shown["after"]["reason"] == BLANK
    assert "seed" not in shown, "with it the words could be tried out"
    (left,) = extract(office.services, {f"{id}/jam"}, lambda act, name, value: True)
    assert "after/reason" not in left["opened"]
    assert NAME not in json.dumps(left, ensure_ascii=False)
    assert hash_of(left) == left["hash"]
    opened = {name: commitment(salt, name, value) for name, (salt, value) in left["opened"].items()}
    assert left["commitments"] == {**opened, "after/reason": left["commitments"]["after/reason"]}
    assert isinstance(verify(office.services, [whole]), Head)
    assert [str(one) for one in blank(office.services, "a", id, NAME, "再一次", NOW)] == ["texts.not_written"]


def test_the_reason_of_an_earlier_blanking_is_blanked_itself(office):
    id = visit(office, 0)
    decide(office.services, "supervisor", id, "jam", "rejected", "店主说的", 1, NOW, scope=EVERYTHING)
    waiting = held(office, {**with_note(office), "site": "nowhere", "started_at": "2026-03-01T00:00:00Z"})
    for one in (id, waiting):
        assert isinstance(blank(office.services, "administrator", one, "店主", f"误写了{NAME}", NOW), int)
        assert f"误写了{NAME}" in written_about(office.services, one).texts
        blanked(office, one)
        about = written_about(office.services, one)
        assert NAME not in repr((about.blanked, about.texts, [part.kept.value.blanked for part in about.parts]))
        assert NAME not in json.dumps(entries_of(office.services, one), ensure_ascii=False)
        kept = [trace.reason for part in about.parts for trace in part.kept.value.blanked]
        assert (set(kept), {trace.reason for trace in about.blanked}) == (
            {f"误写了{BLANK}", "误写了个人信息"},
            {BLANK, "误写了个人信息"},
        ), "of documents the word is gone, of the log the field is not shown"
    assert isinstance(compare(office.services), Compared)


def test_the_reason_of_a_blanking_about_a_plan_or_site_is_blanked_itself(office):
    plan = planned(office.services, WEEK, NOW)
    drop(office.services, "supervisor", plan, plan.value.sites[0].code, TOLD, NOW, scope=EVERYTHING)
    assert isinstance(blank(office.services, "administrator", WEEK, "店主", f"误写了{NAME}", NOW), int)
    blanked(office, WEEK)
    about = written_about(office.services, WEEK)
    assert NAME not in repr((about.blanked, about.texts))


def refused(world: World, id: str, raw: dict) -> str:
    """Refused of the inspector under this id; the id under which it lies with the office."""
    outcome = submit(world.services, world.user(), id, raw, NOW)
    assert outcome.problems
    return holding.hold_refused(world.services, world.user(), id, raw, outcome.problems, NOW).id


@pytest.mark.parametrize("wrong", [{"photos": None}, {"site": "nowhere"}], ids=["photos", "site"])
def test_what_was_refused_of_the_same_form_under_another_id_is_blanked_with_the_inspection(office, wrong):
    raw, sent = with_note(office), new_id()
    first = refused(office, new_id(), {**raw, **wrong})
    assert submit(office.services, office.user(), sent, raw, NOW).taken is Taken.CREATED
    stranger = held(office, {**with_note(office), "site": "nowhere", "started_at": "2026-03-01T00:00:00Z"})
    blanked(office, sent)
    assert (NAME in kept_of(office, first), NAME in kept_of(office, stranger)) == (False, True)


def test_other_content_under_the_inspection_s_id_is_blanked_with_it(office):
    raw, sent = with_note(office), new_id()
    assert submit(office.services, office.user(), sent, raw, NOW).taken is Taken.CREATED
    other = {**raw, "started_at": raw["finished_at"]}
    lies = refused(office, sent, other)
    assert lies != sent
    blanked(office, sent)
    assert NAME not in kept_of(office, lies)
    assert holding.hold_refused(office.services, office.user(), sent, other, [], NOW).id == lies
    assert NAME not in kept_of(office, lies)


def test_what_is_held_twice_of_one_form_is_blanked_together(office):
    raw = {**with_note(office), "site": "nowhere"}
    one, two = held(office, raw), held(office, {**raw, "site": "nowhere either"})
    assert blanked(office, one) == 2
    assert NAME not in kept_of(office, one) + kept_of(office, two)


def test_a_correction_that_names_its_inspection_in_capitals_is_blanked_with_it(office):
    sent = visit(office, 0)
    lies = refused(office, new_id(), {"inspection": sent.upper(), "base": 7, "reason": TOLD})
    blanked(office, sent)
    assert NAME not in kept_of(office, lies)


def renamed(world: World, name: str, reason: str) -> str:
    """A site of the register with another name; its code."""
    site, revision = find_with_revision(world.services.store, "zebra-crossing-1")
    change_site(world.services, "administrator", replace(site, name=name), revision, NOW, reason)
    return site.code


def test_words_in_a_site_s_present_name_are_to_be_changed_there_first(office):
    id = f"{SITE}{renamed(office, TOLD, '改名')}"
    before = written_about(office.services, id)
    problems = blank(office.services, "administrator", id, NAME, "误写", NOW)
    assert [one.code for one in problems] == ["texts.in_name"]
    assert "先改点位名称" in all_said(problems)
    assert written_about(office.services, id) == before
    renamed(office, "小店", "写了姓名")
    assert blanked(office, id) == 2, "the name after one change, and before the next"
    assert NAME not in json.dumps(entries_of(office.services, "site/zebra-crossing-1"), ensure_ascii=False)


PHONE_NUMBER = "13800138000"


def test_in_what_was_refused_words_are_blanked_wherever_they_stand_and_nothing_that_programs_go_by(office):
    raw = office.submission()
    item, number = next(iter(raw["answers"])), int(PHONE_NUMBER)
    odd = {item: {"value": TOLD, "note": TOLD}, "z": TOLD, TOLD: {"value": [number]}, f"店主{NAME[:2]} 明说": 1}
    raw = {**raw, "site": TOLD, "memo": f"{TOLD}，电话{PHONE_NUMBER}", TOLD: 3, "answers": {**raw["answers"], **odd}}
    id = held(office, raw)
    before = HELD_IMPORTS.get(office.services.store, id).value
    assert {TOLD, PHONE_NUMBER} <= set(written_about(office.services, id).texts)
    assert blanked(office, id) >= 9
    assert blank(office.services, "administrator", id, PHONE_NUMBER, "电话", NOW) == 2
    assert NAME not in kept_of(office, id)
    assert PHONE_NUMBER not in kept_of(office, id)
    value = HELD_IMPORTS.get(office.services.store, id).value
    assert len(value.raw["answers"]) == len(raw["answers"]), "no answer is lost for a name that is another's by now"
    same = ("checklist", "version", "started_at", "finished_at", "photos")
    assert [value.raw[field] for field in same] == [raw[field] for field in same]
    assert (value.fingerprint, value.begun, value.opened) == (before.fingerprint, before.begun, before.opened)


def test_what_lies_with_the_office_is_known_as_the_same_form_after_words_of_its_site_were_blanked(office):
    id = held(office, {**with_note(office), "site": TOLD})
    key = HELD_IMPORTS.get(office.services.store, id).value.begun
    blanked(office, id)
    assert [one.id for one in HELD_IMPORTS.find(office.services.store, begun=key)] == [id]


def test_a_word_within_a_name_of_the_checklist_leaves_what_waits_as_it_can_be_accepted(office):
    id = held(office, {**with_note(office), "photos": None})
    before = HELD_IMPORTS.get(office.services.store, id).value.raw
    item = next(iter(before["answers"]))
    assert [one.code for one in blank(office.services, "administrator", id, item, "误写", NOW)] == ["texts.not_written"]
    assert HELD_IMPORTS.get(office.services.store, id).value.raw == before


def test_what_was_blanked_of_a_held_correction_is_told_of_its_inspection(office):
    id, corrected, user = visit(office, 0), new_id(), office.user()
    kept = INSPECTIONS.get(office.services.store, id).value
    raw = {
        "inspection": id,
        "version": kept.version,
        "base": 0,
        "reason": TOLD,
        "answers": with_note(office)["answers"],
    }
    refusal = [Problem("correction.unknown")]
    assert holding.hold_refused(office.services, user, corrected, raw, refusal, NOW).id == corrected
    blanked(office, corrected)
    assert holding.accept(office.services, "administrator", corrected, "问过本人", NOW).kept
    kept = INSPECTIONS.get(office.services.store, id).value
    assert [one.reason for one in kept.corrections] == [f"店主{BLANK}说"]
    assert [(one.places, one.reason) for one in kept.blanked] == [(2, "误写了个人信息")]


def test_what_was_blanked_of_a_held_report_is_told_of_its_case(office):
    case, content, id = acted_on(office, dispatched(office), "unit", "accept"), photo(54), new_id()
    received(office.services, content)
    raw = {"case": case.id, "note": TOLD, "photos": [evidence(content, AFTER)]}
    holding.hold_refused(office.services, account(office, "unit"), id, raw, [], LATER, origin=UNIT)
    assert blanked(office, case.value.inspection) == 1
    assert accept_held(office.services, "administrator", id, "问过单位", LATER) == []
    after = CASES.get(office.services.store, case.id).value
    assert (after.steps[-1].reason, [one.places for one in after.blanked]) == (f"店主{BLANK}说", [1])
    assert written_about(office.services, case.value.inspection).blanked


def test_what_is_said_of_a_mended_one_brings_no_words_back(office):
    raw = {**with_note(office), "site": TOLD, TOLD: 1}
    id, mended = held(office, raw), {**raw, "partner": "somebody"}
    problems = submit(office.services, office.user(), id, mended, NOW).problems
    assert NAME in all_said(problems)
    blanked(office, id)
    kept = holding.hold_refused(office.services, office.user(), id, mended, problems, NOW)
    assert kept.value.raw["partner"] == "somebody"
    assert NAME not in kept_of(office, id)
    assert BLANK in kept.value.site
    assert BLANK in kept.value.why


def test_what_was_said_of_a_site_blanked_before_stays_without_the_words(office):
    """Documents in which only what is said about them was blanked, and not the site's code."""
    raw = {**with_note(office), "site": TOLD}
    id = held(office, raw)
    blanked(office, id)
    kept = HELD_IMPORTS.get(office.services.store, id)
    HELD_IMPORTS.update(office.services.store, kept, replace(kept.value, raw={**kept.value.raw, "site": TOLD}))
    again = holding.hold_refused(office.services, office.user(), id, {**raw, "partner": "x"}, [], NOW)
    assert NAME not in again.value.site


@pytest.mark.parametrize("is_same_id", [True, False], ids=["same id", "another id"])
def test_a_visit_that_was_mended_after_words_were_blanked_does_not_bring_them_back(office, is_same_id):
    raw, user = with_note(office), office.user()
    item = next(iter(raw["answers"]))
    wrong = {**raw, "answers": {**raw["answers"], item: {**raw["answers"][item], "value": NAME}}}
    id = held(office, wrong)
    blanked(office, id)
    sent = id if is_same_id else new_id()
    assert submit(office.services, user, sent, raw, NOW).taken is Taken.CREATED
    visit = INSPECTIONS.get(office.services.store, sent).value
    assert visit.answers[item] == {**raw["answers"][item], "note": f"店主{BLANK}说"}
    assert [one.reason for one in visit.blanked] == ["误写了个人信息"]
    assert submit(office.services, user, sent, raw, NOW).taken is Taken.SAME
    assert isinstance(compare(office.services), Compared)


def test_what_is_refused_anew_of_a_form_or_inspection_of_which_words_were_blanked_brings_none_back(office):
    raw, sent = with_note(office), new_id()
    assert submit(office.services, office.user(), sent, raw, NOW).taken is Taken.CREATED
    blanked(office, sent)
    beside = refused(office, sent, {**raw, "finished_at": raw["started_at"]})
    assert beside != sent
    assert NAME not in kept_of(office, beside)
    other = {**with_note(office), "site": "nowhere"}
    first = held(office, other)
    blanked(office, first)
    assert NAME not in kept_of(office, held(office, {**other, "partner": "x"}))


def test_a_correction_that_was_mended_after_words_were_blanked_does_not_bring_them_back(office):
    id, corrected, user = visit(office, 0), new_id(), office.user()
    version = INSPECTIONS.get(office.services.store, id).value.version
    raw = {"inspection": id, "version": version, "base": 7, "reason": TOLD, "answers": with_note(office)["answers"]}
    assert holding.hold_refused(office.services, user, corrected, raw, [Problem("correction.outdated")], NOW)
    blanked(office, corrected)
    assert correct(office.services, user, corrected, {**raw, "base": 0}, NOW).taken is Taken.CREATED
    kept = INSPECTIONS.get(office.services.store, id).value
    assert NAME not in repr((kept.answers, kept.corrections))
    assert kept.blanked


def no_witness_against(world: World) -> None:
    """The log, the store and what the checks of both say of it."""
    assert isinstance(verify(world.services), Head)
    assert isinstance(compare(world.services), Compared)
    assert check(world.services) == []


def test_the_reason_for_freezing_a_week_again_is_blanked_with_its_entries(office):
    store, content = office.services.store, content_now(office.services, WEEK)
    first = framing(office.services, WEEK, content, "程序", NOW, "over")
    keep(store, "程序", NOW, [first.entry], [first.write])
    anew = framing(office.services, WEEK, replace(content, minimum=5), "supervisor", NOW, "anew", TOLD)
    keep(store, "supervisor", NOW, [anew.entry], [anew.write])
    id = f"{FRAME}{WEEK}"
    assert written_about(office.services, id).texts == [TOLD]
    assert blanked(office, id) == 2
    after = WEEK_FRAMES.get(store, WEEK).value
    assert after == (first.frame, replace(anew.frame, reason=f"店主{BLANK}说"))
    shown = [as_hidden(one, hidden_in(entries_of(office.services))) for one in entries_of(office.services)]
    assert NAME not in json.dumps(shown, ensure_ascii=False)
    assert len(written_about(office.services, id).blanked) == 2
    assert blank(office.services, "administrator", id, NAME, "再来", NOW) == [Problem("texts.not_written")]
    assert written_about(office.services, f"{FRAME}2026-W01") is None
    no_witness_against(office)


def test_captions_of_references_are_blanked_in_every_set(office):
    checklist, store = "zebra-crossing", office.services.store
    item = office.checklist(checklist).items[0].id
    one = Reference(item, "slight", TOLD, "a" * 64, "x", "b" * 64)
    for number, references in ((1, (one,)), (2, (one, replace(one, grade="severe", caption="别的")))):
        told = {"number": number, "version": "v", "references": [asdict(each) for each in references]}
        kept = ReferenceSet(checklist, number, "v", references, "supervisor", NOW)
        write = REFERENCE_SETS.writing(references_id(checklist, number), kept)
        keep(store, "supervisor", NOW, [Entry("references.changed", f"references/{checklist}", after=told)], [write])
    assert blanked(office, f"{REFERENCES}{checklist}") == 4
    captions = [[each.caption for each in kept.value.references] for kept in REFERENCE_SETS.find(store)]
    assert captions == [[f"店主{BLANK}说"], [f"店主{BLANK}说", "别的"]]
    shown = [as_hidden(entry, hidden_in(entries_of(office.services))) for entry in entries_of(office.services)]
    assert NAME not in json.dumps(shown, ensure_ascii=False)
    assert written_about(office.services, f"{REFERENCES}market") is None
    no_witness_against(office)
