"""What a server refuses never lies on the phone only: the office has it, and no figure does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from inspect_app.collections.inspecting.held_import import HELD_IMPORTS
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.inspecting.held_import import FILE
from inspect_app.domain.problems import Problem
from inspect_app.services import checking
from inspect_app.services.index.unfinished import open_points
from inspect_app.services.index.weekly import inspected_sites, live_index
from inspect_app.services.inspecting import holding
from inspect_app.services.inspecting.lacking import photos_lacking
from inspect_app.services.inspecting.submitting import Outcome, Taken, TakenOver, submit
from inspect_app.services.inspecting.visits import all_visits
from inspect_app.services.plan.news import news_for
from inspect_app.services.quality.measuring import quality_of
from inspect_app.services.reconciling import Compared, Difference, compare
from tests.world import NOW, STREET, WEEK, World, evidence, failing, first_item, new_id, photo, received, sha256

LATER = ("origin", "phone_now", "was_refused", "begun", "sent_as", "blanked")
"""What documents of version 1 did not have."""
UNKNOWN = "没有点位「nowhere」"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.in_memory(tmp_path / "data")


def refused(world: World, raw: dict[str, Any], id: str = "", who: str = "inspector"):
    """Sent, refused, and left with the office."""
    id, user = id or new_id(), world.user(who)
    outcome = submit(world.services, user, id, raw, NOW)
    assert outcome.kept is None
    return holding.hold_refused(world.services, user, id, raw, outcome.problems, NOW)


def nowhere(world: World, checklist: str = "zebra-crossing") -> dict[str, Any]:
    return {**world.submission(checklist), "site": "nowhere"}


def original(world: World, content: bytes) -> Path:
    return world.settings.photos / "originals" / sha256(content)[:2] / sha256(content)


def waiting(world: World) -> list[str]:
    return [one.id for one in holding.waiting(world.services)]


def test_it_lies_in_the_list_with_reason_and_photos_and_counts_nowhere(world: World):
    content = photo(5)
    received(world.services, content)
    item = world.checklist("zebra-crossing").items[0].id
    rows, id = live_index(world.services, WEEK), new_id()
    points = open_points(world.services, WEEK, NOW, scope=EVERYTHING)
    held = refused(world, {**nowhere(world), "photos": [evidence(content, item)]}, id)
    assert held
    assert (held.id, held.value.was_refused, held.value.week, held.value.inspector) == (id, True, WEEK, "inspector")
    assert UNKNOWN in held.value.why
    assert len(held.value.photos) == 1
    assert waiting(world) == [id]
    assert INSPECTIONS.get(world.services.store, id) is None
    assert all_visits(world.services.store, WEEK) == []
    assert inspected_sites(world.services, WEEK) == {}
    assert live_index(world.services, WEEK) == rows
    assert quality_of(world.services, WEEK, scope=EVERYTHING).inspections == 0
    assert open_points(world.services, WEEK, NOW, scope=EVERYTHING) == points
    entry = list(world.services.audit.entries())[-1]
    assert (entry["act"], entry["who"], entry["after"]["problems"]) == (
        "submission.refused",
        "inspector",
        ["submission.site_unknown"],
    )


def test_a_damaged_photo_of_one_that_waits_is_found_and_one_that_never_came_is_not_missed(world: World):
    content, never = photo(5), photo(6)
    received(world.services, content)
    item = world.checklist("zebra-crossing").items[0].id
    held = refused(world, {**nowhere(world), "photos": [evidence(content, item), evidence(never, item)]})
    assert held
    assert len(held.value.photos) == 2
    compared = compare(world.services)
    assert isinstance(compared, Compared)
    assert compared.files == 1
    original(world, content).write_bytes(b"other")
    assert list(checking._originals(world.services)) == [
        f"文件「photos/originals/{sha256(content)[:2]}/{sha256(content)}」已损坏，请从备份恢复（{held.id}）"
    ]
    assert isinstance(compare(world.services), Difference)


def test_the_same_again_is_one_and_what_was_mended_takes_its_place(world: World):
    id = new_id()
    first = refused(world, nowhere(world), id)
    assert refused(world, nowhere(world), id) == first
    mended = {**nowhere(world), "site": "nowhere-else"}
    second = refused(world, mended, id)
    assert second
    assert (waiting(world), second.value.raw) == ([id], mended)
    assert submit(world.services, world.user(), id, world.submission(), NOW).taken is Taken.CREATED
    assert waiting(world) == []


def test_of_a_conflict_the_office_has_the_other_content_and_may_take_both(world: World):
    id, user = new_id(), world.user()
    assert submit(world.services, user, id, world.submission(), NOW).kept
    other = world.submission("public-toilet")
    held = refused(world, other, id)
    assert held
    assert held.id != id
    assert refused(world, other, id) == held
    assert waiting(world) == [held.id]
    taken = holding.accept(world.services, "administrator", held.id, "两次都去了", NOW)
    assert isinstance(taken, Outcome)
    assert len(all_visits(world.services.store, WEEK)) == 2


def test_of_version_3_what_phones_sent_was_refused_and_is_found_by_its_form(world: World):
    held = refused(world, nowhere(world))
    assert held
    stored = world.services.store.get(HELD_IMPORTS.name, held.id)
    assert stored
    earlier = {name: value for name, value in stored.document.items() if name not in ("was_refused", "begun")}
    assert HELD_IMPORTS.upgraded({**earlier, "v": 3}) == {**stored.document, "v": 3}


def test_what_the_office_took_over_is_not_taken_again_under_another_id(world: World):
    """The phone is told 409, the office takes its copy over, and the inspector sends it under a new id, mended too."""
    id, user, raw = new_id(), world.user(), world.submission()
    assert submit(world.services, user, id, world.submission("public-toilet"), NOW).kept
    held = refused(world, raw, id)
    assert held
    assert isinstance(holding.accept(world.services, "administrator", held.id, "问过本人", NOW), Outcome)
    for content in (raw, {**raw, "finished_at": (NOW + timedelta(minutes=9)).isoformat()}):
        again = submit(world.services, user, new_id(), content, NOW)
        assert [one.code for one in again.problems] == ["submission.taken_over"]
    assert holding.hold_refused(world.services, user, new_id(), raw, again.problems, NOW).id == held.id
    assert waiting(world) == [], "the office has it, and has decided"
    later = {**raw, "started_at": (NOW + timedelta(minutes=1)).isoformat()}
    assert submit(world.services, user, new_id(), later, NOW).kept, "another visit"
    assert submit(world.services, world.user("inspector2"), new_id(), raw, NOW).kept, "another's"


@pytest.mark.parametrize(
    "over", [None, TakenOver("administrator", "由测评员本人的手机签名")], ids=["sent", "signed export"]
)
def test_what_waits_is_settled_by_the_same_form_sent_under_another_id(world: World, over: TakenOver | None):
    id, user, raw = new_id(), world.user(), world.submission()
    assert submit(world.services, user, id, world.submission("public-toilet"), NOW).kept
    held, other = refused(world, raw, id), refused(world, {**nowhere(world), "site": "elsewhere"})
    assert held
    assert other
    assert submit(world.services, user, new_id(), raw, NOW, over=over).kept
    assert waiting(world) == [other.id]
    assert [one.code for one in holding.accept(world.services, "administrator", held.id, "问过", NOW)] == [
        "importing.not_waiting"
    ]
    told = [one for one in world.services.audit.entries() if one["act"] == "import.refused"]
    assert [(one["of"], one["who"]) for one in told] == [(held.id, over.by if over else "inspector")]
    assert news_for(world.services, user, NOW) == [], "one's own doing is no news"


def test_a_file_never_takes_the_place_of_what_a_phone_sent(world: World):
    id, user = new_id(), world.user()
    mine = refused(world, nowhere(world), id)
    forged = {**nowhere(world), "site": "elsewhere"}
    file = holding.hold_refused(world.services, user, id, forged, [], NOW, origin=FILE, by="administrator")
    assert file
    assert HELD_IMPORTS.get(world.services.store, id) == mine
    assert (file.id != id, file.value.by, file.value.was_refused) == (True, "administrator", True)


def held_file(world: World, id: str, raw: dict[str, Any], who: str = "inspector") -> Taken:
    """An export without a signature that the office brings."""
    return holding.hold(world.services, world.user(who), id, raw, "administrator", "没有签名", NOW).taken


def test_an_export_of_what_was_mended_takes_the_place_of_what_was_refused_and_still_waits(world: World):
    id = new_id()
    refused(world, nowhere(world), id)
    assert held_file(world, id, world.submission(), "inspector2") is Taken.CONFLICT
    assert held_file(world, id, {**world.submission(), "site": "nowhere-else"}) is Taken.REFUSED
    assert held_file(world, id, world.submission()) is Taken.HELD
    kept = HELD_IMPORTS.get(world.services.store, id)
    assert kept
    assert (kept.value.raw, kept.value.origin, kept.value.by) == (world.submission(), FILE, "administrator")
    assert held_file(world, id, world.submission()) is Taken.HELD
    assert held_file(world, id, world.submission("public-toilet")) is Taken.CONFLICT, "a file replaces no file"
    left = new_id()
    refused(world, nowhere(world), left)
    assert holding.refuse(world.services, "administrator", left, "没有这个地方", NOW) == []
    assert held_file(world, left, world.submission()) is Taken.CONFLICT


def test_another_s_refused_work_is_never_replaced(world: World):
    id = new_id()
    mine = refused(world, nowhere(world), id)
    theirs = refused(world, {**nowhere(world), "site": "elsewhere"}, id, "inspector2")
    assert mine
    assert theirs
    assert HELD_IMPORTS.get(world.services.store, id) == mine
    assert {mine.id, theirs.id} == set(waiting(world))


def test_the_office_takes_it_over_at_the_right_site_and_the_phone_is_told_that_it_is_there(world: World):
    raw, id = {**nowhere(world), "area": "421002002"}, new_id()
    refused(world, raw, id)
    still = holding.accept(world.services, "administrator", id, "问过本人", NOW)
    assert [one.code for one in still] == ["submission.site_unknown"]
    assert waiting(world) == [id]
    done = holding.accept(
        world.services, "administrator", id, "问过本人", NOW + timedelta(days=9), site=" zebra-crossing-1 "
    )
    assert isinstance(done, Outcome)
    assert done.kept
    assert (done.kept.value.site.code, done.kept.value.inspector) == ("zebra-crossing-1", "inspector")
    assert done.kept.value.area == STREET, "that of the right site, not of the one that the phone named"
    assert done.kept.value.presence.counts
    assert waiting(world) == []
    assert submit(world.services, world.user(), id, raw, NOW).taken is Taken.SAME


def test_without_a_photo_that_was_refused_it_is_taken_over_with_those_that_came(world: World):
    checklist = world.checklist("public-toilet")
    item, came = first_item(checklist, "compliance").id, photo(6)
    received(world.services, came)
    answers = failing(world.submission("public-toilet")["answers"], checklist, item)
    raw = {**world.submission("public-toilet"), "answers": answers}
    lost = {**evidence(came, item), "sha256": "f" * 64}
    for photos, left in (([evidence(came, item), lost], 1), ([lost], 0)):
        id = new_id()
        held = refused(world, {**raw, "photos": photos}, id)
        assert held
        done = holding.accept(world.services, "administrator", id, "照片坏了", NOW)
        assert isinstance(done, Outcome)
        assert done.kept
        assert len(done.kept.value.photos) == left
        told = [one["after"] for one in world.services.audit.entries() if one["act"] == "inspection.imported"][-1]
        assert told.get("photos_waived", []) == ([] if left else [item])
    assert isinstance(compare(world.services), Compared)


def test_what_is_left_out_is_said_to_the_phone_with_the_reason(world: World):
    id = new_id()
    refused(world, nowhere(world), id)
    assert holding.refuse(world.services, "administrator", id, "没有这个地方", NOW) == []
    again = refused(world, nowhere(world), id)
    assert again
    assert holding.left_out_problem(again.value) == Problem("importing.left_out", details={"reason": "没有这个地方"})
    assert waiting(world) == []


def test_a_site_that_is_not_found_hides_from_nobody_which_photos_are_waived(world: World):
    checklist = world.checklist("public-toilet")
    item = first_item(checklist, "compliance").id
    raw = world.submission("public-toilet")
    answers = failing(raw["answers"], checklist, item)
    held = refused(world, {**raw, "site": "nowhere", "answers": answers})
    assert held
    assert UNKNOWN in held.value.why
    lacking = photos_lacking(world.services, held.value)
    assert [(one.code, one.path) for one in lacking] == [("submission.photo_wanted", ("answers", item))]
    assert photos_lacking(world.services, replace(held.value, was_refused=False)) == []
    answers[item]["no_photo_reason"] = "手机没电"
    assert photos_lacking(world.services, replace(held.value, raw={**held.value.raw, "answers": answers})) == []


@pytest.mark.parametrize(
    "raw",
    [
        [],
        "text",
        {"site": float("nan")},
        {"note": "长" * (1 << 20)},
        {"site": [[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]},
    ],
    ids=["list", "text", "NaN", "large", "deep"],
)
def test_what_can_be_no_submission_is_not_kept(world: World, raw: Any):
    held = holding.hold_refused(world.services, world.user(), new_id(), raw, [Problem("submission.not_json")], NOW)
    assert held is None
    assert waiting(world) == []


def test_an_id_that_is_none_is_not_kept_and_whatever_else_is_sent_can_be_listed(world: World):
    assert holding.hold_refused(world.services, world.user(), "7", {}, [], NOW) is None
    for number, raw in enumerate(
        ({}, {"photos": "x", "site": 7}, {"photos": [1, {"sha256": 3}]}, {"kind": [], "answers": [], "version": {}})
    ):
        held = refused(world, raw)
        assert held
        assert held.value.photos == ()
        assert photos_lacking(world.services, held.value) == []
        assert len(waiting(world)) == number + 1


def test_one_account_holds_so_many_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(holding, "MOST_REFUSED", 2)
    assert refused(world, nowhere(world))
    id = new_id()
    assert refused(world, nowhere(world), id)
    assert refused(world, nowhere(world)) is None
    assert refused(world, nowhere(world), who="inspector2")
    assert refused(world, {**nowhere(world), "site": "x"}, id), "what is mended takes no more room"


def test_what_waits_is_replaced_so_often_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(holding, "MOST_REPLACED", 2)
    id = new_id()
    done = [refused(world, {**nowhere(world), "site": f"nowhere{number}"}, id) for number in range(5)]
    assert [one is not None for one in done] == [True, True, True, False, False]
    last = HELD_IMPORTS.get(world.services.store, id)
    assert last == done[2]
    assert refused(world, {**nowhere(world), "site": "nowhere2"}, id) == last, "the same again needs no room"


def test_what_was_kept_before_there_were_refused_ones_came_in_a_file(world: World):
    held = refused(world, nowhere(world))
    assert held
    stored = world.services.store.get(HELD_IMPORTS.name, held.id)
    assert stored
    earlier = {name: value for name, value in stored.document.items() if name not in (*LATER, "v")}
    assert not HELD_IMPORTS.read(held.id, HELD_IMPORTS.upgraded(earlier)).was_refused


def test_the_phone_s_clock_is_kept_with_what_waits_and_files_it_in_the_right_week(world: World):
    """A phone eight days slow, that never met the server; the office decides two weeks later."""
    slow, user, id = timedelta(days=-8), world.user(), new_id()
    raw = {**world.submission(started=NOW + slow), "site": "nowhere"}
    raw["clock"] = {**{name: raw[name] for name in ("started_at", "finished_at")}, "error_ms": None}
    sent = NOW + timedelta(minutes=12)
    held = holding.hold_refused(world.services, user, id, raw, [], sent, phone_now=sent + slow)
    assert held
    assert (held.value.week, held.value.phone_now) == (WEEK, sent + slow)
    later = NOW + timedelta(days=14)
    done = holding.accept(world.services, "administrator", id, "问过本人", later, site="zebra-crossing-1")
    assert isinstance(done, Outcome)
    assert done.kept
    assert (done.kept.value.week, done.kept.value.started_at) == (WEEK, NOW)
