"""Reference photos: only what the office stands by and has redacted, small, without a trace of where it is from."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from inspect_app.domain.accounts.scope import EVERYTHING, Scope
from inspect_app.domain.checklists.references import MOST_BYTES
from inspect_app.domain.evidence.redaction import Box
from inspect_app.photos.small import small_jpeg
from inspect_app.services.audit import entries_of
from inspect_app.services.evidence.redacting import finish, publish_photo, redaction_of
from inspect_app.services.evidence.references import (
    Candidate,
    adopt,
    candidates,
    drop,
    note_upload,
    picture,
    references_of,
    restore,
    sets_of,
)
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.evidence.sweeping import sweep
from inspect_app.store import Stale
from tests.services.inspecting.test_last_visit import visited
from tests.world import NOW, WEEK, World, photo, received, sha256

CHECKLIST = "zebra-crossing"
FACE = Box(0.0, 0.0, 0.5, 0.5, "face")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.in_memory(tmp_path / "data")


def redacted_visit(world: World, *, decision: str = "confirmed", seed: int = 1) -> Candidate:
    """A visit with a decided finding whose photo is redacted."""
    id, item = visited(world, seed=seed)
    done = decide(world.services, "supervisor", id, item, decision, "看过照片", 1, NOW, scope=EVERYTHING)
    assert not isinstance(done, list), done
    hide(world, id, sha256(photo(seed)))
    return Candidate(id, sha256(photo(seed)), item, failed=True)


def hide(world: World, owner: str, sha: str) -> None:
    redaction = redaction_of(world.services, owner, sha, scope=EVERYTHING)
    assert redaction
    assert not isinstance(finish(world.services, "supervisor", redaction, [FACE], NOW), list)


def taken(world: World, one: Candidate, *, grade: str = "severe", expected: int = 0) -> list[str]:
    checklist = world.checklist(CHECKLIST)
    made = adopt(world.services, "supervisor", checklist, one, grade, "压线等候", NOW, expected=expected)
    return [problem.code for problem in made]


def test_a_confirmed_and_redacted_photo_becomes_a_small_picture_that_tells_nothing(world):
    one = redacted_visit(world)
    assert candidates(world.services, CHECKLIST, WEEK) == [one]
    assert taken(world, one) == []
    (reference,) = references_of(world.services, world.checklist(CHECKLIST))
    small = picture(world.services, reference.picture)
    assert small
    assert len(small) <= MOST_BYTES
    shown = Image.open(io.BytesIO(small))
    assert not shown.getexif()
    assert "comment" not in shown.info
    assert sha256(small) == reference.picture
    whole = Image.open(io.BytesIO(photo(1))).resize(shown.size)
    hidden = [abs(a - b) for a, b in zip(shown.convert("L").tobytes(), whole.convert("L").tobytes(), strict=True)]
    rows = [hidden[row * shown.width : (row + 1) * shown.width] for row in range(shown.height)]
    face = [value for row in rows[: shown.height // 3] for value in row[: shown.width // 3]]
    rest = [value for row in rows[shown.height * 2 // 3 :] for value in row[shown.width * 2 // 3 :]]
    assert sum(face) / len(face) > 3 * sum(rest) / len(rest), "the face is gone from its pixels"


def test_a_photo_that_is_redacted_anew_is_seen_no_more_as_it_was(world):
    """A face that was overlooked does not stay on the phones; the office makes a reference of it again."""
    one = redacted_visit(world)
    taken(world, one)
    (before,) = references_of(world.services, world.checklist(CHECKLIST))
    redaction = redaction_of(world.services, one.owner, one.sha256, scope=EVERYTHING)
    later = NOW + timedelta(hours=1)
    finish(world.services, "supervisor", redaction, [FACE, Box(0.5, 0.5, 0.5, 0.5, "face")], later)
    assert references_of(world.services, world.checklist(CHECKLIST)) == ()
    assert picture(world.services, before.picture) is None
    again = adopt(world.services, "supervisor", world.checklist(CHECKLIST), one, "severe", "压线", later, expected=1)
    assert again == []
    (after,) = references_of(world.services, world.checklist(CHECKLIST))
    assert picture(world.services, after.picture)
    assert after.picture != before.picture
    assert picture(world.services, before.picture) is None


def test_what_is_not_confirmed_or_not_redacted_or_of_another_item_is_none(world):
    rejected = redacted_visit(world, decision="rejected")
    assert candidates(world.services, CHECKLIST, WEEK) == []
    assert taken(world, rejected) == ["references.not_from_log"]
    open_id, item = visited(world, seed=2)
    assert taken(world, Candidate(open_id, sha256(photo(2)), item, failed=True)) == ["references.not_from_log"]
    decide(world.services, "supervisor", open_id, item, "confirmed", "看过", 1, NOW, scope=EVERYTHING)
    assert taken(world, Candidate(open_id, sha256(photo(2)), item, failed=True)) == ["references.not_redacted"]
    other = world.checklist(CHECKLIST).items[-1].id
    assert taken(world, Candidate(open_id, sha256(photo(2)), other, failed=True)) == ["references.not_from_log"]
    assert taken(world, Candidate("nobody", sha256(photo(2)), item, failed=True)) == ["references.not_from_log"]
    assert sets_of(world.services, CHECKLIST) == []


def test_an_upload_is_redacted_first_is_never_public_and_lies_in_nobodys_areas(world):
    services, checklist = world.services, world.checklist(CHECKLIST)
    received(services, photo(3))
    item = checklist.items[0].id
    id = note_upload(services, "supervisor", checklist, item, sha256(photo(3)), NOW)
    assert isinstance(id, str)
    one = Candidate(id, sha256(photo(3)), item, failed=False)
    assert taken(world, one, grade="good") == ["references.not_redacted"]
    assert redaction_of(services, id, one.sha256, scope=Scope(areas=("421002",))) is None
    hide(world, id, one.sha256)
    redaction = redaction_of(services, id, one.sha256, scope=EVERYTHING)
    assert redaction
    assert isinstance(publish_photo(services, "supervisor", redaction, True, NOW), list)
    assert taken(world, one, grade="good") == []
    assert sweep(services, NOW.replace(year=2030)).files == 0, "what a set names is kept"


def test_each_change_is_a_set_of_its_own_in_the_log_and_can_be_undone(world):
    services, checklist = world.services, world.checklist(CHECKLIST)
    assert taken(world, redacted_visit(world)) == []
    (reference,) = references_of(services, checklist)
    place = (reference.item, reference.grade, reference.picture)
    with pytest.raises(Stale):
        drop(services, "supervisor", checklist, place, NOW, expected=0)
    drop(services, "supervisor", checklist, place, NOW, expected=1)
    assert references_of(services, checklist) == ()
    assert restore(services, "administrator", checklist, 1, NOW, expected=2) == []
    assert references_of(services, checklist) == (reference,)
    assert [one.number for one in sets_of(services, checklist.id)] == [1, 2, 3]
    assert [one.code for one in restore(services, "administrator", checklist, 9, NOW, expected=3)] == [
        "references.no_set"
    ]
    acts = [entry["act"] for entry in entries_of(services, f"references/{checklist.id}")]
    assert acts == ["references.changed"] * 3


def test_a_picture_that_is_no_reference_is_not_given(world):
    assert picture(world.services, sha256(received(world.services, photo(1)).sha256.encode())) is None
    assert picture(world.services, sha256(photo(1))) is None


def test_even_noise_becomes_small():
    noise = Image.effect_noise((1600, 1200), 120).convert("RGB")
    assert 1000 < len(small_jpeg(noise, MOST_BYTES)) <= MOST_BYTES
