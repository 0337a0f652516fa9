"""A note pasted from a word processor is kept clean, and the same body sent again is still the same."""

from __future__ import annotations

from pathlib import Path

from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.inspecting.submitting import Taken, submit
from tests.world import NOW, World, new_id


def test_a_note_with_odd_characters_is_kept_clean_and_sent_again_is_the_same(tmp_path: Path) -> None:
    world = World.in_memory(tmp_path / "data")
    raw, id = world.submission("zebra-crossing"), new_id()
    user = find_user(world.services.store, "inspector")
    assert user
    for answer in raw["answers"].values():
        answer["note"] = "\u3000斑马线\v模糊\x00\ud83d\u202e"
    first, again = (submit(world.services, user, id, raw, NOW) for _ in range(2))
    assert first.taken is Taken.CREATED, first.problems
    assert first.kept
    assert {answer["note"] for answer in first.kept.value.answers.values()} == {"斑马线\n模糊"}
    assert again.taken is Taken.SAME
