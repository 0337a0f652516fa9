"""The same documents in memory and in a database, and inspections by chance: what is told of both must be the same."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import strategies as st

from inspect_app.collections import LAYOUTS
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.inspecting.inspection import AD_HOC, VISIT, Inspection, Review
from inspect_app.services import open_services
from inspect_app.services.inspecting.submitting import submit
from inspect_app.store import Write
from inspect_app.store.memory import MemoryStore
from tests.store.databases import empty_database
from tests.world import NOW, World, new_id

AREAS = ("421002001", "421002002", "421003001", "no-such-area")


class Both:
    """The same documents in memory and in a database."""

    def __init__(self, world: World, folder: Path) -> None:
        address = empty_database()
        shutil.copytree(world.data, folder, dirs_exist_ok=True)
        database = open_services(replace(world.settings, data=folder, database=address))
        memory = MemoryStore(LAYOUTS)
        writes = [Write(one.name, kept.id, kept.document, 0) for one in LAYOUTS for kept in _kept(world, one.name)]
        memory.act(writes)
        database.store.act([one for one in writes if database.store.get(one.collection, one.id) is None])
        self.address, self.database = address, database
        self.memory = open_services(world.settings, store=memory)

    def put(self, id: str, visit: Inspection) -> None:
        for services in (self.memory, self.database):
            kept = INSPECTIONS.get(services.store, id)
            services.store.act([INSPECTIONS.writing(id, visit, kept.revision if kept else 0)])

    def sql(self, text: str, *values: object) -> None:
        """Said to the database by hand."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            assert connection.execute(text.encode(), values).rowcount


def _kept(world: World, name: str) -> list[Any]:
    return world.services.store.find(name)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("both")
    made = Both(World.in_memory(folder / "data"), folder / "database")
    yield made
    made.database.store.close()


@pytest.fixture(scope="module")
def visits(both: Both) -> list[Inspection]:
    """Visits as the program takes them, of three site types."""
    found = []
    for checklist in ("zebra-crossing", "public-toilet", "main-road"):
        id = new_id()
        world = World(both.memory.settings.data, both.memory.settings, both.memory, {})
        submit(both.memory, world.user(), id, world.submission(checklist), NOW + timedelta(hours=1))
        kept = INSPECTIONS.get(both.memory.store, id)
        assert kept
        found.append(kept.value)
    return found


SEEN = st.fixed_dictionaries(
    {
        "type": st.integers(0, 2),
        "site": st.integers(0, 4),
        "area": st.sampled_from(AREAS),
        "inspector": st.sampled_from(["inspector", "inspector2"]),
        "partner": st.sampled_from(["", "supervisor"]),
        "kind": st.sampled_from([VISIT, VISIT, VISIT, AD_HOC]),
        "counting": st.sampled_from(["shown", "shown", "accepted", "waiting", "left_out"]),
        "rate": st.none() | st.floats(0, 100),
        "scores": st.lists(st.none() | st.floats(0, 1), min_size=30, max_size=30),
        "decided": st.lists(st.sampled_from(["", "", "confirmed", "rejected"]), min_size=30, max_size=30),
        "hours": st.integers(0, 100),
    }
)


def visit_of(visits: list[Inspection], week: str, seen: dict[str, Any]) -> Inspection:
    """One as drawn by chance."""
    base = visits[seen["type"]]
    scored = [
        replace(item, score=score, state="scored" if score is not None else "uncertain", failed=score != 1)
        for item, score in zip(base.items, seen["scores"], strict=False)
    ]
    decided = {
        item.item_id: Review(decision, "", "supervisor", NOW)
        for item, decision in zip(scored, seen["decided"], strict=False)
        if decision and item.failed
    }
    site = replace(
        base.site, code=f"{base.checklist}-{seen['site']}", name=f"点位\n{seen['hours']}“", area=seen["area"]
    )
    return replace(
        base,
        week=week,
        kind=seen["kind"],
        site=site,
        area=seen["area"],
        inspector=seen["inspector"],
        partner=seen["partner"],
        rate=seen["rate"],
        items=tuple(scored),
        reviews=decided,
        presence=replace(base.presence, state=seen["counting"]),
        started_at=base.started_at + timedelta(hours=seen["hours"]),
    )
