"""The captures next before and after a photo: as a search through everything finds them, but read once."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from inspect_app.domain.weeks import shifted, utc_text, week_of
from inspect_app.services.evidence.captures import Captures
from inspect_app.services.layouts import LAYOUTS
from inspect_app.store import Stored
from inspect_app.store.tiny import open_store

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


def inspection(number: int, rng: random.Random) -> Stored:
    """Of one of three inspectors, in one of three weeks; its photos are out of order and some have no position."""
    started = START + timedelta(minutes=rng.randrange(12_000))
    photos = []
    for one in range(rng.randrange(4)):
        at = utc_text(started + timedelta(minutes=rng.randrange(-30, 30)))
        source = rng.choice(["browser", "browser", "exif", "manual"])
        fix = {"lat": 30 + number / 1000, "lon": 112.0, "accuracy_m": 5.0, "source": source, "at": at}
        photos.append({"sha256": f"{number % 40}-{one}", "captured_at": at, "fix": fix if rng.random() < 0.8 else None})
    document = {"week": week_of(started, ZONE), "inspector": f"inspector{number % 3}", "photos": photos}
    return Stored(f"id{number}", 1, document)


def searched(all: list[Stored], inspector: str, week: str, at: datetime, id: str, sha256: str):
    """The slow way."""
    found = [
        (datetime.fromisoformat(photo["captured_at"]), photo["fix"]["lat"], one.id, photo["sha256"])
        for one in all
        if one.document["inspector"] == inspector and one.document["week"] in {shifted(week, by) for by in (-1, 0, 1)}
        for photo in one.document["photos"]
        if photo["fix"] and photo["fix"]["source"] != "manual" and photo["sha256"] != sha256
    ]
    before = max((when for when, *_ in found if when < at), default=None)
    after = min((when for when, _, other, _ in found if when >= at and other != id), default=None)
    return before, after


def asked(captures: Captures, one: Stored, photo: dict):
    at = datetime.fromisoformat(photo["captured_at"])
    where = (one.document["inspector"], one.document["week"], at, one.id, photo["sha256"])
    found = captures.around(*where)
    return where, tuple(capture and capture.at for capture in found)


def test_whatever_the_order_of_arrival_the_neighbours_are_those_that_a_search_finds(run_seed):
    rng, kept, read = random.Random(run_seed), [], 0

    def of_week(week: str, skip: int) -> list[Stored]:
        nonlocal read
        new = [one for one in kept if one.document["week"] == week][skip:]
        read += len(new)
        return new

    captures = Captures(of_week)
    for number in range(300):
        kept.append(inspection(number, rng))
        for photo in kept[-1].document["photos"]:
            where, found = asked(captures, kept[-1], photo)
            assert found == searched(kept, *where), f"seed {run_seed}, inspection {number}"
    assert read <= 300, "each inspection is read once"


def test_what_another_process_kept_is_known_at_the_next_question(tmp_path):
    rng = random.Random(7)
    mine, other = (open_store(tmp_path / "store", LAYOUTS) for _ in range(2))
    captures = Captures(lambda week, skip: mine.find("inspections", week=week, skip=skip))
    kept = []
    for number in range(60):
        one = inspection(number, rng)
        kept.append(one)
        (mine if number % 2 else other).put_once("inspections", one.id, one.document)
        for photo in one.document["photos"]:
            where, found = asked(captures, one, photo)
            assert found == searched(kept, *where)
        kept_again = mine.get("inspections", one.id)
        mine.update("inspections", one.id, {**one.document, "reviews": {}}, expected_revision=kept_again.revision)
