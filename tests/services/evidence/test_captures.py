"""The captures next before and after a photo: as a search through everything finds them, but read once."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from inspect_app.collections import LAYOUTS, Kept
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.evidence.photo import Evidence
from inspect_app.domain.inspecting.inspection import Inspection
from inspect_app.domain.place.positions import Fix
from inspect_app.domain.weeks import shifted, week_of
from inspect_app.services.evidence.captures import Captures, WholeWeeks, captures_asked_for, captures_at_hand
from inspect_app.store.postgres import open_database
from inspect_app.store.tiny import open_store
from tests.inspections import inspection
from tests.store.databases import empty_database

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


def made(number: int, rng: random.Random) -> Kept[Inspection]:
    """Of one of three inspectors, in one of three weeks; its photos are out of order and some have no position."""
    started = START + timedelta(minutes=rng.randrange(12_000))
    photos = []
    for one in range(rng.randrange(4)):
        at = started + timedelta(minutes=rng.randrange(-30, 30))
        source = rng.choice(["browser", "browser", "exif", "manual"])
        fix = Fix(30 + number / 1000, 112.0, 5.0, source, at)
        photos.append(Evidence(f"{number % 40}-{one}", "open", at, fix if rng.random() < 0.8 else None))
    of = {"week": week_of(started, ZONE), "inspector": f"inspector{number % 3}", "photos": tuple(photos)}
    return Kept(f"id{number}", 1, inspection(**of))


def searched(all: list[Kept[Inspection]], inspector: str, week: str, at: datetime, id: str, sha256: str):
    """The slow way."""
    found = [
        (photo.captured_at, one.id, photo.sha256)
        for one in all
        if one.value.inspector == inspector and one.value.week in {shifted(week, by) for by in (-1, 0, 1)}
        for photo in one.value.photos
        if photo.fix and photo.fix.source != "manual" and photo.sha256 != sha256
    ]
    before = max((when for when, *_ in found if when < at), default=None)
    after = min((when for when, other, _ in found if when >= at and other != id), default=None)
    return before, after


def asked(captures: Captures, one: Kept[Inspection], photo: Evidence):
    where = (one.value.inspector, one.value.week, photo.captured_at, one.id, photo.sha256)
    inspector, week, at, id, sha256 = where
    (found,) = captures.around(inspector, week, id, [(at, sha256)])
    return where, tuple(capture and capture.at for capture in found)


def test_whatever_the_order_of_arrival_the_neighbours_are_those_that_a_search_finds(run_seed):
    rng, kept, read = random.Random(run_seed), [], 0

    def of_week(week: str, skip: int) -> list[Kept[Inspection]]:
        nonlocal read
        new = [one for one in kept if one.value.week == week][skip:]
        read += len(new)
        return new

    captures = Captures(WholeWeeks(of_week))
    for number in range(300):
        kept.append(made(number, rng))
        for photo in kept[-1].value.photos:
            where, found = asked(captures, kept[-1], photo)
            assert found == searched(kept, *where), f"seed {run_seed}, inspection {number}"
    assert read <= 300, "each inspection is read once"


def test_what_another_process_kept_is_known_at_the_next_question(tmp_path):
    rng = random.Random(7)
    mine, other = (open_store(tmp_path / "store", LAYOUTS) for _ in range(2))
    captures = captures_at_hand(mine)
    kept = []
    for number in range(60):
        one = made(number, rng)
        kept.append(one)
        INSPECTIONS.put_once(mine if number % 2 else other, one.id, one.value)
        for photo in one.value.photos:
            where, found = asked(captures, one, photo)
            assert found == searched(kept, *where)
        kept_again = INSPECTIONS.get(mine, one.id)
        INSPECTIONS.update(mine, kept_again, replace(one.value, state="reviewed"))


def test_of_two_servers_of_a_database_each_knows_what_came_to_the_other_and_what_was_corrected_there():
    rng, address = random.Random(8), empty_database()
    stores = [open_database(address, LAYOUTS) for _ in range(2)]
    known, kept = [captures_asked_for(store) for store in stores], []
    for number in range(40):
        kept.append(made(number, rng))
        INSPECTIONS.put_once(stores[number % 2], kept[-1].id, kept[-1].value)
        if number % 3 == 0:
            added, corrected = made(number + 1000, rng).value.photos, rng.choice(kept)
            there = INSPECTIONS.get(stores[1 - number % 2], corrected.id)
            assert there
            value = replace(there.value, photos=(*there.value.photos, *added))
            kept[kept.index(corrected)] = INSPECTIONS.update(stores[1 - number % 2], there, value)
        for captures in known:
            for one in rng.sample(kept, min(len(kept), 5)):
                for photo in one.value.photos:
                    where, found = asked(captures, one, photo)
                    assert found == searched(kept, *where)
                    if photo.fix and photo.fix.source != "manual":
                        assert captures.used(where[0], where[1], {photo.sha256, "of nobody"}) == {photo.sha256}
    for store in stores:
        store.close()
