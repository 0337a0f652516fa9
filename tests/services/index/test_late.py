"""A visit that comes for a published week is told with what it would change, and accepted or declined with a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from inspect_app.collections.index.publication import PUBLICATIONS
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING, Scope
from inspect_app.domain.index.publication import Publication
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.index.late import effects, late_visits, settle_late, weeks_with_late_visits
from inspect_app.services.index.publishing import preview, publish, published
from inspect_app.services.inspecting.presence import settle
from inspect_app.services.inspecting.submitting import submit
from tests.world import NOW, STREET, WEEK, World, failing, first_item, new_id

PUBLISHED = NOW + timedelta(days=7)
SENT = PUBLISHED + timedelta(days=2)
OTHER = Scope(("421003",))


def send(world: World, kind: str, came_at, *, phone_now=None, **said) -> str:
    """A visit of the week that came then; its id."""
    submission, id = {**world.submission(kind), **said}, new_id()
    taken = submit(
        world.services, find_user(world.services.store, "inspector"), id, submission, came_at, phone_now=phone_now
    )
    assert taken.kept, taken
    world.services.after.wait()
    return id


@pytest.fixture
def late(tmp_path) -> tuple[World, str]:
    """A zebra crossing at 100 published, and another site's visit with faults that came two days later."""
    world = World.in_memory(tmp_path / "data")
    send(world, "zebra-crossing", NOW + timedelta(hours=1))
    assert publish(world.services, "supervisor", WEEK, "", PUBLISHED) == 1
    road = world.checklist("main-road")
    answers = failing(world.submission("main-road")["answers"], road, first_item(road, "compliance").id)
    answers[first_item(road, "compliance").id]["no_photo_reason"] = "手机没电"
    return world, send(world, "main-road", SENT, answers=answers)


def change_of(world: World, *ids: str) -> dict[str, tuple[float, float]]:
    found = effects(world.services, WEEK, ids, scope=EVERYTHING)
    return {one.level: (one.before, round(one.after, 2)) for one in found}


def test_what_comes_for_a_published_week_is_told_with_what_it_would_change_of_each_area(late):
    world, id = late
    assert [one.id for one in late_visits(world.services, WEEK, scope=EVERYTHING)] == [id]
    assert weeks_with_late_visits(world.services, scope=EVERYTHING) == {WEEK: 1}
    assert weeks_with_late_visits(world.services, scope=OTHER) == {}
    rate = INSPECTIONS.get(world.services.store, id).value.rate
    after = round((100 + rate) / 2, 2)
    assert change_of(world, id) == dict.fromkeys(("市", "区县", "街道乡镇"), (100.0, after))
    assert effects(world.services, WEEK, [id], scope=OTHER) == ()
    # It waits: nothing that is shown counts it yet.
    assert preview(world.services, WEEK, scope=EVERYTHING).row(STREET).rate == 100
    assert published(world.services, WEEK).row(STREET).rate == 100


def test_what_is_accepted_counts_in_the_correction_and_is_late_no_more(late):
    world, id = late
    before = change_of(world, id)["街道乡镇"]
    assert settle_late(world.services, "supervisor", WEEK, [id], "accepted", "网络中断两天", SENT) == []
    assert change_of(world, id)["街道乡镇"] == before
    assert weeks_with_late_visits(world.services, scope=EVERYTHING) == {WEEK: 1}, "until the correction is published"
    assert publish(world.services, "supervisor", WEEK, "补录", SENT + timedelta(hours=1)) == 2
    assert round(published(world.services, WEEK).row(STREET).rate, 2) == before[1]
    assert late_visits(world.services, WEEK, scope=EVERYTHING) == []
    (entry,) = [one for one in world.services.audit.entries() if one["act"] == "presence.accepted"]
    assert (entry["who"], entry["of"], entry["after"]["reason"]) == ("supervisor", id, "网络中断两天")


def test_what_is_declined_counts_in_no_correction(late):
    world, id = late
    wrong = [
        settle_late(world.services, "supervisor", WEEK, [id], "left_out", " ", SENT),
        settle_late(world.services, "supervisor", WEEK, [], "left_out", "太晚", SENT),
        settle_late(world.services, "supervisor", WEEK, [new_id()], "left_out", "太晚", SENT),
    ]
    assert [one.code for (one,) in wrong] == ["presence.reason_wanted", "index.not_late", "index.not_late"]
    assert settle_late(world.services, "supervisor", WEEK, [id], "left_out", "太晚", SENT) == []
    assert weeks_with_late_visits(world.services, scope=EVERYTHING) == {}
    assert publish(world.services, "supervisor", WEEK, "错字", SENT) == 2
    assert published(world.services, WEEK).row(STREET).rate == 100
    assert "presence.left_out" in {one["act"] for one in world.services.audit.entries()}


def test_what_counted_and_was_left_out_since_is_told_until_a_correction(late):
    world, id = late
    assert settle_late(world.services, "supervisor", WEEK, [id], "accepted", "网络中断两天", SENT) == []
    assert publish(world.services, "supervisor", WEEK, "补录", SENT + timedelta(hours=1)) == 2
    both = round(published(world.services, WEEK).row(STREET).rate, 2)
    kept = INSPECTIONS.get(world.services.store, id)
    out = SENT + timedelta(hours=2)
    settle(world.services, "supervisor", id, "left_out", "走错了路段", kept.revision, out, scope=EVERYTHING)
    assert [one.id for one in late_visits(world.services, WEEK, scope=EVERYTHING)] == [id]
    assert change_of(world, id)["街道乡镇"] == (both, 100.0)
    assert publish(world.services, "supervisor", WEEK, "走错了路段", out + timedelta(hours=1)) == 3
    assert late_visits(world.services, WEEK, scope=EVERYTHING) == []


def test_a_score_that_a_decision_changed_since_is_told_until_a_correction(late):
    world, id = late
    assert settle_late(world.services, "supervisor", WEEK, [id], "accepted", "网络中断两天", SENT) == []
    assert publish(world.services, "supervisor", WEEK, "补录", SENT + timedelta(hours=1)) == 2
    before = round(published(world.services, WEEK).row(STREET).rate, 2)
    kept = INSPECTIONS.get(world.services.store, id)
    (item,) = [one.item.item_id for one in kept.value.findings]
    at = SENT + timedelta(hours=2)
    decide(world.services, "supervisor", id, item, "rejected", "照片看不清", kept.revision, at, scope=EVERYTHING)
    assert [one.id for one in late_visits(world.services, WEEK, scope=EVERYTHING)] == [id]
    assert change_of(world, id)["街道乡镇"] == (before, 100.0)


def test_what_is_written_while_its_week_is_being_published_came_late_though_its_request_began_before(tmp_path):
    """It comes when the figures are made and their files are not: nobody knew yet that it would have to wait."""
    world, sent = World.in_memory(tmp_path / "data"), []
    send(world, "zebra-crossing", NOW + timedelta(hours=1))

    def files(week, zone):
        sent.append(send(world, "main-road", PUBLISHED - timedelta(seconds=1)))
        return []

    assert publish(world.services, "supervisor", WEEK, "", PUBLISHED, files=files) == 1
    (late,) = late_visits(world.services, WEEK, scope=EVERYTHING)
    assert (late.id, late.value.presence.counts) == (sent[0], True)
    assert weeks_with_late_visits(world.services, scope=EVERYTHING) == {WEEK: 1}
    assert published(world.services, WEEK).row(STREET).sites == 1
    assert publish(world.services, "supervisor", WEEK, "补录", PUBLISHED + timedelta(hours=1)) == 2
    assert published(world.services, WEEK).row(STREET).sites == 2
    assert weeks_with_late_visits(world.services, scope=EVERYTHING) == {}


def test_what_the_figures_were_made_of_is_not_late_though_it_came_after_the_request_to_publish(tmp_path):
    world = World.in_memory(tmp_path / "data")
    send(world, "zebra-crossing", PUBLISHED + timedelta(seconds=1))
    assert publish(world.services, "supervisor", WEEK, "", PUBLISHED) == 1
    assert published(world.services, WEEK).row(STREET).sites == 1
    assert late_visits(world.services, WEEK, scope=EVERYTHING) == []


def test_of_what_an_earlier_version_published_instants_tell_what_came_since(late):
    world, id = late
    kept = PUBLICATIONS.get(world.services.store, WEEK)
    assert kept.value.revision().visits
    nameless = Publication((replace(kept.value.revision(), visits=""),))
    PUBLICATIONS.update(world.services.store, kept, nameless)
    assert [one.id for one in late_visits(world.services, WEEK, scope=EVERYTHING)] == [id]


def test_a_week_is_that_of_the_server_s_clock(tmp_path):
    """The phone's clock is eight days slow, and it never met the server's: its visit is of the published week."""
    world = World.in_memory(tmp_path / "data")
    send(world, "zebra-crossing", NOW + timedelta(hours=1))
    assert publish(world.services, "supervisor", WEEK, "", NOW + timedelta(days=1)) == 1
    slow = timedelta(days=8)
    at = NOW + timedelta(days=2)
    told = world.submission("main-road", started=at - slow)
    clock = {"started_at": told["started_at"], "finished_at": told["finished_at"], "error_ms": None}
    sent = at + timedelta(minutes=20)
    id = send(world, "main-road", sent, phone_now=sent - slow, **{**told, "clock": clock})
    assert INSPECTIONS.get(world.services.store, id).value.week == WEEK
    assert [one.id for one in late_visits(world.services, WEEK, scope=EVERYTHING)] == [id]


def test_before_a_week_is_published_nothing_is_late(tmp_path):
    world = World.in_memory(tmp_path / "data")
    send(world, "zebra-crossing", PUBLISHED)
    assert late_visits(world.services, WEEK, scope=EVERYTHING) == []
    assert weeks_with_late_visits(world.services, scope=EVERYTHING) == {}


def test_the_desk_reads_no_week_again_in_which_nothing_changed(late, monkeypatch):
    world, id = late
    assert weeks_with_late_visits(world.services, scope=EVERYTHING) == {WEEK: 1}
    asked = []
    monkeypatch.setattr("inspect_app.services.index.late.late_visits", lambda *of, scope: asked.append(of[1]) or [])
    assert weeks_with_late_visits(world.services, scope=EVERYTHING) == {WEEK: 1}
    assert asked == []
    monkeypatch.undo()
    assert settle_late(world.services, "supervisor", WEEK, [id], "left_out", "重复", SENT) == []
    assert weeks_with_late_visits(world.services, scope=EVERYTHING) == {}
    send(world, "back-alley", SENT)
    assert weeks_with_late_visits(world.services, scope=EVERYTHING) == {WEEK: 1}
    assert publish(world.services, "supervisor", WEEK, "补录", SENT + timedelta(days=1)) == 2
    assert weeks_with_late_visits(world.services, scope=EVERYTHING) == {}
