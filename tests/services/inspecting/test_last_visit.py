"""What an inspector may look at of the last inspection of a site, and that it tells nothing of second visits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from inspect_app.collections.index.publication import PUBLICATIONS
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.evidence.marks import mark_from_json
from inspect_app.domain.inspecting.last_visit import may_be_shown
from inspect_app.domain.weeks import shifted
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.evidence.marking import marks_name
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.evidence.shared_copies import shared_copy
from inspect_app.services.inspecting import last_visit as module
from inspect_app.services.inspecting.last_visit import last_visit
from inspect_app.services.inspecting.submitting import Taken, submit
from tests.web.builders import signed_in
from tests.world import NOW, WEEK, World, evidence, failing, new_id, photo, received, sha256

SITE = "zebra-crossing-1"
LATER = shifted(WEEK, 2)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.in_memory(tmp_path / "data")


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every week is."""
    monkeypatch.setattr(module, "is_published", lambda store, week: True)


def visited(world: World, *, weeks_ago: int = 0, seed: int = 1, **more: Any) -> tuple[str, str]:
    """A visit with one finding and its photo, of which ``more`` is said: its id, and the item."""
    content = photo(seed)
    received(world.services, content)
    checklist = world.checklist("zebra-crossing")
    item = next(one.id for one in checklist.items if one.method == "compliance")
    raw = world.submission(started=NOW - timedelta(weeks=weeks_ago), photos=[{**evidence(content, item), **more}])
    raw["answers"] = failing(raw["answers"], checklist, item)
    user = find_user(world.services.store, "inspector")
    id = new_id()
    assert user
    assert submit(world.services, user, id, raw, NOW).taken is Taken.CREATED
    return id, item


@pytest.mark.parametrize(
    ("weeks", "published", "shown"),
    [(0, False, False), (0, True, False), (1, False, False), (1, True, True), (2, False, False), (60, True, True)],
)
def test_nothing_of_a_week_whose_second_visits_may_still_be_made(weeks: int, published: bool, shown: bool):
    assert may_be_shown(shifted(WEEK, -weeks), WEEK, published=published) is shown


def test_a_later_week_is_never_shown():
    assert not may_be_shown(shifted(WEEK, 1), WEEK, published=True)


@pytest.mark.usefixtures("published")
def test_day_score_failures_and_photos_without_who_it_was(world: World):
    _, item = visited(world)
    found = last_visit(world.services, SITE, LATER)
    assert found
    (failed,) = found.failed
    assert (found.day, found.rate, failed.photos) == ("2026-11-23", 95.0, (sha256(photo(1)),))
    assert failed.text == world.checklist("zebra-crossing").item(item).text
    assert "inspector" not in repr(found)


def test_the_newest_that_may_be_shown_is(world: World, monkeypatch: pytest.MonkeyPatch):
    visited(world, weeks_ago=3, seed=1)
    visited(world, seed=2)
    published = {shifted(WEEK, -3)}
    monkeypatch.setattr(module, "is_published", lambda store, week: week in published)
    assert shown_day(world, LATER) == "2026-11-02"
    published.add(WEEK)
    by_week = {week: last_visit(world.services, SITE, week) for week in (WEEK, shifted(WEEK, 1), LATER)}
    assert [one and one.day for one in by_week.values()] == ["2026-11-02", "2026-11-23", "2026-11-23"]


def shown_day(world: World, week: str) -> str:
    found = last_visit(world.services, SITE, week)
    assert found
    return found.day


def test_last_week_is_shown_once_it_is_published(world: World, monkeypatch: pytest.MonkeyPatch):
    visited(world)
    monkeypatch.setattr(module, "is_published", lambda store, week: week == WEEK)
    assert PUBLICATIONS.get(world.services.store, WEEK) is None
    assert last_visit(world.services, SITE, shifted(WEEK, 1))
    assert last_visit(world.services, SITE, WEEK) is None


@pytest.mark.usefixtures("published")
def test_an_inspector_named_in_what_was_written_is_left_out(world: World):
    id, item = visited(world)
    kept = INSPECTIONS.get(world.services.store, id)
    assert kept
    items = tuple(
        replace(one, detail="inspector说标线没了") if one.item_id == item else one for one in kept.value.items
    )
    world.services.store.act([INSPECTIONS.writing(id, replace(kept.value, items=items), kept.revision)])
    found = last_visit(world.services, SITE, LATER)
    assert found
    assert [one.detail for one in found.failed] == ["（姓名略）说标线没了"]


@pytest.mark.usefixtures("published")
def test_what_a_supervisor_rejected_is_no_failure(world: World):
    id, item = visited(world)
    kept = INSPECTIONS.get(world.services.store, id)
    assert kept
    decide(world.services, "supervisor", id, item, "rejected", "看错了", kept.revision, NOW, scope=EVERYTHING)
    found = last_visit(world.services, SITE, LATER)
    assert found
    assert (found.rate, found.failed) == (100.0, ())


def test_the_fold_is_on_every_form_and_says_nothing_of_this_week(tmp_path: Path):
    world = World.made_in(tmp_path / "data")
    visited(world)
    for name in ("inspector", "inspector2"):
        client = signed_in(world, name)
        form = client.get(f"/field/sites/{SITE}").text
        assert '<details class="last-visit" id="last-visit">' in form
        assert sha256(photo(1)) not in form
        for query in ("", "?part=1"):
            assert client.get(f"/field/last/{SITE}{query}").status_code == 200
    assert client.get("/field/last/nowhere").status_code == 404
    assert client.get(f"/field/last/{SITE}/photos/{sha256(photo(9))}").status_code == 404
    assert signed_in(world, "supervisor").get(f"/field/last/{SITE}").status_code == 403


@pytest.mark.usefixtures("published")
def test_what_was_blurred_is_gone_from_its_photo(tmp_path: Path):
    world = World.made_in(tmp_path / "data")
    blur = {"kind": "blur", "points": [[250, 250], [750, 750]]}
    visited(world, weeks_ago=3, marks=[blur])
    answer = signed_in(world).get(f"/field/last/{SITE}/photos/{sha256(photo(1))}")
    hidden = shared_copy(world.services, sha256(photo(1)), marks=[mark_from_json(blur)], small=True)
    bare = shared_copy(world.services, sha256(photo(1)), marks=(), small=True)
    assert hidden != bare
    assert answer.data == hidden
    assert marks_name([mark_from_json(blur)]) in answer.headers["ETag"]
