"""An inspector corrects what was submitted, until the office has decided; both versions stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from inspect_app.collections.evidence.checks import PHOTO_CHECKS
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.evidence.marks import mark_from_json
from inspect_app.domain.inspecting.correction import as_submitted, rise, steps, withdrawn
from inspect_app.domain.problems import Problem
from inspect_app.domain.quality.severity import Rated
from inspect_app.services.audit import entries_of
from inspect_app.services.cases.blanking import blank
from inspect_app.services.evidence import examining
from inspect_app.services.evidence.desk import Decision, decide_seen
from inspect_app.services.evidence.examining import check_inspection, unchecked
from inspect_app.services.evidence.reviewing import decide, reopen
from inspect_app.services.index.unfinished import open_points
from inspect_app.services.inspecting import correcting, holding
from inspect_app.services.inspecting.correcting import correct
from inspect_app.services.inspecting.lacking import photos_lacking
from inspect_app.services.inspecting.presence import settle
from inspect_app.services.inspecting.submitting import Outcome, Taken, submit
from inspect_app.services.inspecting.visits import all_visits
from inspect_app.services.quality import measuring
from inspect_app.services.quality.measuring import quality_of
from inspect_app.services.reconciling import Compared, Difference, compare
from inspect_app.store import Stale
from tests.world import NOW, WEEK, World, evidence, failing, first_item, new_id, photo, received, sha256

LATER = NOW + timedelta(hours=1)
CROSSING = "zebra-crossing"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.in_memory(tmp_path / "data")


def item_of(world: World) -> str:
    """A compliance item of the crossing."""
    return next(item.id for item in world.checklist(CROSSING).items if item.method == "compliance")


def failed_visit(world: World) -> tuple[str, dict[str, Any]]:
    """A visit with one finding and a photo of it: its id, and what was sent."""
    content = photo(1)
    received(world.services, content)
    item = item_of(world)
    raw = world.submission(CROSSING, photos=[evidence(content, item)])
    raw["answers"] = failing(raw["answers"], world.checklist(CROSSING), item)
    id = new_id()
    assert submit(world.services, world.user(), id, raw, NOW).taken is Taken.CREATED
    return id, raw


def correction(world: World, id: str, answers: dict[str, Any], **more: Any) -> dict[str, Any]:
    version = world.checklist(CROSSING).version
    return {"inspection": id, "version": version, "base": 0, "reason": "点错了", "answers": answers, **more}


def righted(world: World, id: str, raw: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The correction by which nothing failed."""
    return correction(world, id, world.submission(CROSSING)["answers"], **more)


def sent(world: World, raw: dict[str, Any], cid: str = "", who: str = "inspector") -> Outcome:
    return correct(world.services, world.user(who), cid or new_id(), raw, LATER)


def kept(world: World, id: str):
    found = INSPECTIONS.get(world.services.store, id)
    assert found
    return found


def confirmed(world: World, id: str, revision: int | None = None):
    found = kept(world, id)
    act = (item_of(world), "confirmed", "", revision or found.revision)
    return decide(world.services, "supervisor", id, *act, LATER, scope=EVERYTHING)


def code(outcome: Outcome) -> str:
    return outcome.problems[0].code


def test_a_correction_scores_anew_and_keeps_the_earlier_version_whole(world: World):
    id, raw = failed_visit(world)
    before = kept(world, id).value
    outcome = sent(world, righted(world, id, raw))
    assert outcome.taken is Taken.CREATED
    after = kept(world, id).value
    assert (before.state, after.state, after.rate) == ("open", "clear", 100.0)
    assert as_submitted(after) == before
    same = ("started_at", "finished_at", "received_at", "site", "presence", "photos", "taps", "fingerprint", "week")
    assert all(getattr(after, name) == getattr(before, name) for name in same)
    assert withdrawn(after) == (item_of(world),)
    assert rise(after) == pytest.approx(100 - before.rate)
    (step,) = steps(after)
    (change,) = step.changes
    assert (change.item, change.before.failed, change.after.failed) == (item_of(world), True, False)
    assert (step.version.reason, step.version.at, step.version.by) == ("点错了", LATER, "inspector")
    (entry,) = [one for one in entries_of(world.services, id) if one["act"] == "inspection.corrected"]
    assert entry["before"]["rate"] == before.rate
    assert entry["after"]["rate"] == 100.0
    assert [one.id for one in all_visits(world.services.store, WEEK)] == [id]


def test_a_correction_that_leaves_nothing_to_review_is_told_to_whoever_publishes(world: World):
    id, raw = failed_visit(world)
    other, _ = failed_visit(world)
    sent(world, righted(world, id, raw))
    points = open_points(world.services, WEEK, LATER, scope=EVERYTHING)
    (told,) = [one for one in points if "更正" in one.text]
    assert told.text.startswith("1次测评经测评员更正撤回了问题")
    assert (told.endpoint, told.arguments) == ("review.inspections", {"state": "clear"})
    assert kept(world, other).value.state == "open"


def test_an_inspector_is_as_severe_as_what_was_sent_first(world: World, monkeypatch: pytest.MonkeyPatch):
    id, raw = failed_visit(world)
    first = kept(world, id).value.rate
    sent(world, righted(world, id, raw))
    rated: list[Rated] = []
    monkeypatch.setattr(measuring, "severities", lambda found: rated.extend(found) or [])
    quality_of(world.services, WEEK, scope=EVERYTHING)
    assert [one.rate for one in rated] == [first] != [kept(world, id).value.rate]


def test_a_finding_that_a_correction_makes_is_open_for_review(world: World):
    id = new_id()
    raw = world.submission(CROSSING)
    submit(world.services, world.user(), id, raw, NOW)
    answers = {**raw["answers"], item_of(world): {"value": "fail", "no_photo_reason": "车太多"}}
    assert sent(world, correction(world, id, answers)).taken is Taken.CREATED
    found = kept(world, id).value
    assert (found.state, [one.item.item_id for one in found.findings]) == ("open", [item_of(world)])
    assert not isinstance(confirmed(world, id), list)


def test_what_is_said_again_stays_as_it_was_noted(world: World):
    id, raw = new_id(), world.submission(CROSSING)
    first = item_of(world)
    others = [one for one in raw["answers"] if one != first]
    raw["answers"] = {one: {**answer, "bulk": True} for one, answer in raw["answers"].items()}
    submit(world.services, world.user(), id, raw, NOW)
    plain = {one: {"value": raw["answers"][one]["value"]} for one in raw["answers"]}
    sent(world, correction(world, id, {**plain, first: {"value": "fail", "no_photo_reason": "车太多"}}))
    after = kept(world, id).value
    assert all(after.answers[one].get("bulk") for one in others)
    assert not after.answers[first].get("bulk")


def test_photos_are_added_and_never_removed(world: World, monkeypatch: pytest.MonkeyPatch):
    # What is checked is checked here, not by the thread at the same moment.
    monkeypatch.setattr(world.services.after, "begin", lambda: None)
    id, raw = failed_visit(world)
    more, item = photo(2), item_of(world)
    received(world.services, more)
    (old,) = kept(world, id).value.photos
    check_inspection(world.services, id)
    late = {**evidence(more, item), "captured_at": LATER.isoformat()}
    outcome = sent(world, correction(world, id, raw["answers"], photos=[late]))
    assert outcome.taken is Taken.CREATED
    found = kept(world, id).value
    assert found.photos[0] == old
    assert len(found.photos) == 2
    assert found.added_photos == found.photos[1:]
    assert (found.came_at(found.photos[0]), found.came_at(found.photos[1])) == (NOW, LATER)
    assert PHOTO_CHECKS.get(world.services.store, id).value.number == 0
    assert len(check_inspection(world.services, id)) == 2
    assert steps(found)[0].changes[0].added == 1


@pytest.mark.parametrize(
    ("minutes", "told"), [(-40, "开始前 40 分钟"), (5, ""), (12 + 4, ""), (12 + 60, "结束后 60 分钟")]
)
def test_of_a_photo_that_a_correction_adds_it_is_said_that_it_was_not_taken_at_the_visit(
    world: World, minutes: int, told: str
):
    id, raw = failed_visit(world)
    visit, more = kept(world, id).value, photo(2)
    assert visit.finished_at - visit.started_at == timedelta(minutes=12)
    received(world.services, more)
    at = visit.started_at + timedelta(minutes=minutes)
    added = {**evidence(more, item_of(world)), "captured_at": at.isoformat()}
    assert sent(world, correction(world, id, raw["answers"], photos=[added])).taken is Taken.CREATED
    world.services.after.wait()
    first, last = check_inspection(world.services, id)
    said = [one.text for one in last.signals if one.name == "outside_visit"]
    assert said == ([f"更正时补的照片，拍摄于测评{told}"] if told else [])
    assert "outside_visit" not in {one.name for one in first.signals}


def test_a_photo_that_came_while_the_first_ones_were_checked_is_checked_too(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(world.services.after, "begin", lambda: None)
    id, raw = failed_visit(world)
    more, check = photo(2), examining._examined
    received(world.services, more)

    def meanwhile(*of: Any, **more_of: Any):
        monkeypatch.setattr(examining, "_examined", check)
        late = correction(world, id, raw["answers"], photos=[evidence(more, item_of(world))])
        assert sent(world, late).taken is Taken.CREATED
        return check(*of, **more_of)

    monkeypatch.setattr(examining, "_examined", meanwhile)
    assert len(check_inspection(world.services, id)) == 1
    assert list(unchecked(world.services)) == [id]
    assert len(check_inspection(world.services, id)) == 2
    assert list(unchecked(world.services)) == []


def test_a_photo_that_did_not_come_is_asked_for(world: World):
    id, raw = failed_visit(world)
    outcome = sent(world, correction(world, id, raw["answers"], photos=[evidence(photo(3), item_of(world))]))
    assert outcome.taken is Taken.REFUSED
    assert len(outcome.missing) == 1
    assert not kept(world, id).value.corrections


def test_the_same_again_changes_nothing(world: World):
    id, raw = failed_visit(world)
    cid, wanted = new_id(), righted(world, id, raw)
    sent(world, wanted, cid)
    revision = kept(world, id).revision
    again = correct(world.services, world.user(), cid, wanted, LATER + timedelta(days=1))
    assert (again.taken, kept(world, id).revision) == (Taken.SAME, revision)
    other = sent(world, {**wanted, "reason": "别的"}, cid)
    assert (other.taken, code(other)) == (Taken.CONFLICT, "submission.id_taken")


def test_the_first_submission_sent_again_is_still_the_same(world: World):
    id, raw = failed_visit(world)
    sent(world, righted(world, id, raw))
    assert submit(world.services, world.user(), id, raw, LATER).taken is Taken.SAME
    assert kept(world, id).value.rate == 100.0


def test_an_old_answer_never_replaces_a_newer_one(world: World):
    id, raw = failed_visit(world)
    sent(world, righted(world, id, raw))
    late = sent(world, correction(world, id, {**raw["answers"], item_of(world): {"value": "na"}}))
    assert (late.taken, code(late)) == (Taken.CONFLICT, "correction.outdated")
    assert kept(world, id).value.rate == 100.0
    assert sent(world, correction(world, id, raw["answers"], base=1)).taken is Taken.CREATED
    assert [version.rate for version in kept(world, id).value.corrections][1] == 100.0


def test_after_a_decision_it_is_too_late_until_that_is_taken_back(world: World):
    id, raw = failed_visit(world)
    confirmed(world, id)
    late = sent(world, righted(world, id, raw))
    assert (late.taken, code(late)) == (Taken.CONFLICT, "correction.reviewed")
    reopen(world.services, "supervisor", id, item_of(world), kept(world, id).revision, LATER, scope=EVERYTHING)
    assert sent(world, righted(world, id, raw)).taken is Taken.CREATED
    assert (steps(kept(world, id).value)[0].rate, rise(kept(world, id).value)) == (100.0, 5.0)


def test_a_later_decision_changes_nothing_of_what_the_correction_did(world: World):
    id = new_id()
    submit(world.services, world.user(), id, world.submission(CROSSING), NOW)
    item = item_of(world)
    answers = {**world.submission(CROSSING)["answers"], item: {"value": "fail", "no_photo_reason": "车太多"}}
    sent(world, correction(world, id, answers))
    act = (item, "rejected", "看错了", kept(world, id).revision, LATER + timedelta(hours=1))
    decide(world.services, "supervisor", id, *act, scope=EVERYTHING)
    found = kept(world, id).value
    assert (found.rate, steps(found)[0].rate, rise(found)) == (100.0, 95.0, -5.0)


def test_a_decision_at_the_same_moment_and_a_correction_never_both_stand(world: World, monkeypatch):
    """Whoever writes first wins; the other is told, and nothing of it is kept."""
    id, raw = failed_visit(world)
    stale = kept(world, id).revision
    sent(world, righted(world, id, raw))
    with pytest.raises(Stale):
        confirmed(world, id, stale)
    assert not kept(world, id).value.reviews

    id, raw = failed_visit(world)
    judged = correcting._judged

    def decided_meanwhile(*arguments: Any):
        found = judged(*arguments)
        if not kept(world, id).value.reviews:
            confirmed(world, id)
        return found

    monkeypatch.setattr(correcting, "_judged", decided_meanwhile)
    late = sent(world, righted(world, id, raw))
    assert (late.taken, code(late)) == (Taken.CONFLICT, "correction.reviewed")
    found = kept(world, id).value
    assert found.reviews
    assert not found.corrections


def test_the_desk_does_not_decide_what_it_has_not_seen(world: World):
    id, raw = failed_visit(world)
    item = item_of(world)
    sent(world, correction(world, id, {**raw["answers"], item: {"value": "fail", "note": "东侧"}}))
    unseen = Decision(id, item, "confirmed", "", None)
    with pytest.raises(Stale):
        decide_seen(world.services, "supervisor", unseen, LATER, scope=EVERYTHING)
    done = decide_seen(world.services, "supervisor", replace(unseen, corrections=1), LATER, scope=EVERYTHING)
    assert not isinstance(done, list)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"reason": " "}, "correction.reason_wanted"),
        ({"base": True}, "correction.base_malformed"),
        ({"inspection": "no-id"}, "correction.unknown"),
        ({"version": "other"}, "correction.other_version"),
        ({"presence": {}}, "submission.field_unknown"),
        ({"started_at": NOW.isoformat()}, "submission.field_unknown"),
        ({"answers": {}}, "answers.unanswered"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(world: World, change: dict[str, Any], problem: str):
    id, raw = failed_visit(world)
    outcome = sent(world, {**righted(world, id, raw), **change})
    assert (outcome.taken, code(outcome)) == (Taken.REFUSED, problem)
    assert not kept(world, id).value.corrections


def test_nothing_but_a_change_is_a_correction(world: World):
    id, raw = failed_visit(world)
    assert code(sent(world, correction(world, id, raw["answers"]))) == "correction.nothing_changed"


def test_only_ones_own_visit_is_corrected(world: World):
    id, raw = failed_visit(world)
    outcome = sent(world, righted(world, id, raw), who="inspector2")
    assert (outcome.taken, code(outcome)) == (Taken.REFUSED, "correction.unknown")


def test_what_the_office_left_out_stays_so(world: World):
    id, raw = failed_visit(world)
    found = kept(world, id)
    waiting = replace(found.value, presence=replace(found.value.presence, state="waiting"))
    found = INSPECTIONS.update(world.services.store, found, waiting)
    act = (id, "left_out", "人不在", found.revision, LATER)
    assert not isinstance(settle(world.services, "supervisor", *act, scope=EVERYTHING), list)
    assert code(sent(world, righted(world, id, raw))) == "correction.left_out"


def test_one_that_was_refused_lies_at_the_office_and_can_be_let_in(world: World):
    id, raw = failed_visit(world)
    confirmed(world, id)
    cid, wanted, user = new_id(), righted(world, id, raw), world.user()
    late = correct(world.services, user, cid, wanted, LATER)
    held = holding.hold_refused(world.services, user, cid, wanted, late.problems, LATER)
    assert held
    assert (held.value.week, held.value.site) == (WEEK, f"更正：{kept(world, id).value.site.name}")
    assert [one.id for one in holding.waiting(world.services)] == [cid]
    refused = holding.accept(world.services, "administrator", cid, "问过", LATER)
    assert isinstance(refused, list)
    assert refused[0].code == "correction.reviewed"
    reopen(world.services, "supervisor", id, item_of(world), kept(world, id).revision, LATER, scope=EVERYTHING)
    done = holding.accept(world.services, "administrator", cid, "问过本人", LATER)
    assert isinstance(done, Outcome)
    assert done.taken is Taken.CREATED
    assert kept(world, id).value.corrections[0].by == "administrator"
    assert not holding.waiting(world.services)
    assert len(all_visits(world.services.store, WEEK)) == 1


def test_one_that_went_through_at_last_waits_no_more(world: World):
    id, raw = failed_visit(world)
    cid, wanted, user = new_id(), righted(world, id, raw), world.user()
    confirmed(world, id)
    late = correct(world.services, user, cid, wanted, LATER)
    holding.hold_refused(world.services, user, cid, wanted, late.problems, LATER)
    reopen(world.services, "supervisor", id, item_of(world), kept(world, id).revision, LATER, scope=EVERYTHING)
    assert correct(world.services, user, cid, wanted, LATER).taken is Taken.CREATED
    assert not holding.waiting(world.services)


def test_blanked_words_are_blanked_in_earlier_versions_too(world: World):
    id, raw = failed_visit(world)
    item = item_of(world)
    sent(world, correction(world, id, {**raw["answers"], item: {"value": "fail", "note": "张三丰的车"}}))
    sent(world, correction(world, id, world.submission(CROSSING)["answers"], base=1, reason="张三丰说错了"))
    assert blank(world.services, "administrator", id, "张三丰", "姓名", LATER) == 3, "the reason is in the log as well"
    assert "张三丰" not in str(kept(world, id).value)


def test_words_of_who_let_a_correction_in_are_hidden_in_the_log(world: World):
    id, raw = failed_visit(world)
    cid, wanted, user = new_id(), righted(world, id, raw), world.user()
    late = [Problem("correction.outdated")]
    holding.hold_refused(world.services, user, cid, wanted, late, LATER)
    assert not isinstance(holding.accept(world.services, "administrator", cid, "张三丰说的", LATER), list)
    assert "张三丰" in str(entries_of(world.services, id))
    assert blank(world.services, "administrator", id, "张三丰", "姓名", LATER) >= 1
    assert "张三丰" not in str(entries_of(world.services, id))


def test_the_log_is_witness_of_a_correction(world: World):
    id, raw = failed_visit(world)
    more = photo(4)
    received(world.services, more)
    late = evidence(more, item_of(world))
    sent(world, righted(world, id, raw, photos=[late]))
    assert isinstance(compare(world.services), Compared)
    found = kept(world, id)
    rewritten = replace(found.value.corrections[0], rate=100.0)
    INSPECTIONS.update(world.services.store, found, replace(found.value, corrections=(rewritten,)))
    assert isinstance(compare(world.services), Difference)


def test_another_content_under_a_used_id_lies_with_the_office_under_its_own(world: World):
    id, raw = failed_visit(world)
    cid, wanted, user = new_id(), righted(world, id, raw), world.user()
    sent(world, wanted, cid)
    other = {**wanted, "reason": "别的"}
    late = correct(world.services, user, cid, other, LATER)
    assert holding.hold_refused(world.services, user, cid, other, late.problems, LATER)
    assert len(holding.waiting(world.services)) == 1


def test_an_earlier_photo_that_is_damaged_keeps_no_correction_back(world: World):
    """Nor is it among what the receipt says to be held."""
    id, raw = failed_visit(world)
    (old,) = kept(world, id).value.photos
    original = world.settings.photos / "originals" / old.sha256[:2] / old.sha256
    original.chmod(0o600)
    original.write_bytes(b"damaged")
    more = photo(5)
    received(world.services, more)
    outcome = sent(world, righted(world, id, raw, photos=[evidence(more, item_of(world))]))
    assert outcome.kept
    assert [one.sha256 for one in correcting.as_held(world.services, outcome.kept).value.photos] == [sha256(more)]


def test_second_visits_are_compared_as_they_were_first_sent(world: World):
    id, raw = failed_visit(world)
    submit(world.services, world.user("inspector2"), new_id(), world.submission(CROSSING), NOW)
    before = quality_of(world.services, WEEK, scope=EVERYTHING)
    sent(world, righted(world, id, raw))
    after = quality_of(world.services, WEEK, scope=EVERYTHING)
    assert (before.twice, after.overall) == (1, before.overall)
    (row,) = after.corrections
    assert (row.inspector, row.visits, row.corrected, row.raised, row.change) == ("inspector", 1, 1, 1, 5.0)


def test_the_office_is_told_which_photos_a_held_correction_lacks_and_so_is_the_log(world: World):
    checklist = world.checklist("public-toilet")
    item, user, id, cid = first_item(checklist, "compliance").id, world.user(), new_id(), new_id()
    raw = world.submission("public-toilet")
    assert submit(world.services, user, id, raw, NOW).taken is Taken.CREATED
    answers = failing(raw["answers"], checklist, item)
    lost = {**evidence(photo(6), item), "sha256": "f" * 64}
    wanted = {**correction(world, id, answers, photos=[lost]), "version": checklist.version}
    refused = sent(world, wanted, cid)
    held = holding.hold_refused(world.services, user, cid, wanted, refused.problems, LATER)
    assert held
    told = [("submission.photo_wanted", ("answers", item))]
    assert [(one.code, one.path) for one in photos_lacking(world.services, held.value)] == told
    assert isinstance(holding.accept(world.services, "administrator", cid, "照片坏了", LATER), Outcome)
    (entry,) = [one for one in entries_of(world.services, id) if one["act"] == "inspection.corrected"]
    assert entry["after"]["photos_waived"] == [item]
    assert isinstance(compare(world.services), Compared)


def test_a_held_correction_that_meets_its_photo_rules_or_cannot_be_read_lacks_none(world: World):
    id, raw = failed_visit(world)
    assert correcting.correction_lacking(world.services, righted(world, id, raw)) == []
    for other in ({"answers": {}}, {"inspection": new_id()}, {"version": "x"}, {"base": "x"}):
        assert correcting.correction_lacking(world.services, {**righted(world, id, raw), **other}) == []


@pytest.mark.parametrize("value", ["fail", "pass"])
def test_a_correction_of_a_form_opened_before_brings_no_blanked_words_back(world: World, value: str):
    item, id = item_of(world), new_id()
    raw = world.submission(CROSSING)
    raw["answers"][item] = {"value": "fail", "note": "张三丰的车占道", "no_photo_reason": "车太多"}
    assert submit(world.services, world.user(), id, raw, NOW).taken is Taken.CREATED
    assert blank(world.services, "administrator", id, "张三丰", "姓名", LATER)
    other = next(one.id for one in world.checklist(CROSSING).items if one.method == "compliance" and one.id != item)
    changed = {item: {**raw["answers"][item], "value": value}, other: {"value": "fail", "no_photo_reason": "车太多"}}
    assert sent(world, correction(world, id, {**raw["answers"], **changed})).taken is Taken.CREATED
    after = kept(world, id).value
    assert (after.answers[item]["value"], after.answers[item]["note"]) == (value, "〔已隐去〕的车占道")
    assert "张三丰" not in str(after)
    said = {**after.answers, item: {**after.answers[item], "note": "〔已隐去〕的车占道，已挪走"}}
    assert sent(world, correction(world, id, said, base=1)).taken is Taken.CREATED
    assert kept(world, id).value.answers[item]["note"] == "〔已隐去〕的车占道，已挪走"


def test_marks_are_added_to_a_photo_that_is_held_and_never_taken_away(world: World):
    content, item, id = photo(1), item_of(world), new_id()
    received(world.services, content)
    arrow = {"kind": "arrow", "points": [[0, 0], [100, 100]]}
    blur = {"kind": "blur", "points": [[300, 300], [600, 600]]}
    raw = world.submission(CROSSING, photos=[{**evidence(content, item), "marks": [arrow]}])
    raw["answers"] = failing(raw["answers"], world.checklist(CROSSING), item)
    assert submit(world.services, world.user(), id, raw, NOW).taken is Taken.CREATED
    again = {**evidence(content, item), "marks": [blur]}
    wanted, cid = correction(world, id, raw["answers"], photos=[again]), new_id()
    assert sent(world, wanted, cid).taken is Taken.CREATED
    assert sent(world, wanted, cid).taken is Taken.SAME
    (shown,) = kept(world, id).value.photos
    assert shown.marks == (mark_from_json(arrow), mark_from_json(blur))
    assert code(sent(world, {**wanted, "base": 1})) == "correction.nothing_changed"
    assert code(sent(world, {**wanted, "base": 1, "photos": [evidence(content, item)]})) == "correction.nothing_changed"
    assert kept(world, id).value.photos == (shown,)
    assert isinstance(compare(world.services), Compared)
