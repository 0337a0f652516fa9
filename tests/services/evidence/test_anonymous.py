"""What is told of a visit to whoever is not to know who made it."""

from __future__ import annotations

from pathlib import Path

from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.nameless import as_written
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.evidence.anonymous import without_person
from inspect_app.services.inspecting.submitting import submit
from tests.world import NOW, World, new_id


def test_neither_the_server_s_nor_the_phone_s_clock_tells_when_somebody_was_there(tmp_path: Path):
    world, id = World.in_memory(tmp_path), new_id()
    user = find_user(world.services.store, "inspector")
    assert user
    raw = world.submission()
    raw["clock"] = {name: raw[name] for name in ("started_at", "finished_at")}
    assert submit(world.services, user, id, raw, NOW).kept
    kept = INSPECTIONS.get(world.services.store, id)
    assert kept
    assert kept.value.clock
    shown = without_person(kept.value, world.settings.timezone, as_written)
    assert shown.clock is None
    assert (shown.started_at.hour, shown.finished_at.minute) == (0, 0)
