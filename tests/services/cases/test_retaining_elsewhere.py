"""Photos and recordings whose time is over, with documents in a database and originals in an object store: as in a
folder, and what only an object store does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inspect_app.collections.evidence.removed import REMOVED
from inspect_app.photos.bucket import BucketPhotoStore
from inspect_app.photos.damage import OriginalRemoved
from inspect_app.photos.objects import Objects, ObjectsAway
from inspect_app.photos.removed import KnowingPhotoStore
from inspect_app.services import PHOTOS, RECORDINGS, Services, open_services
from inspect_app.services.audit import verify
from inspect_app.services.cases import retaining
from inspect_app.services.checking import check
from inspect_app.services.moving import move
from inspect_app.settings import Settings, settings_from
from inspect_app.store import Head
from tests.objects import READER, Weed
from tests.old_folders import application_over, copied, environment, settled
from tests.store.databases import empty_database

DAYS = 365
NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=800)
BUCKET = "city"


@pytest.fixture
def settings(tmp_path: Path, weed: Weed) -> Settings:
    """The installation of a year ago, moved into a database and an object store."""
    here = settings_from({**environment(copied(tmp_path / "old")), "INSPECT_RETENTION_DAYS": str(DAYS)})
    there = replace(here, data=tmp_path / "there", photos=tmp_path / "there/photos", database=empty_database())
    there = replace(there, objects=weed.place(BUCKET))
    move(here, there, NOW, lambda said: None)
    return there


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    opened = open_services(settings)
    yield opened
    opened.store.close()


def as_old(services: Services, objects: Objects) -> Services:
    """The same where what is in the bucket is not of the last hours: nobody can date an object back."""

    def aged(kind: str) -> KnowingPhotoStore:
        store = BucketPhotoStore(objects, kind, kept_at_least=timedelta())
        return KnowingPhotoStore(store, lambda sha256: REMOVED.get(services.store, sha256) is not None)

    return replace(services, photos=aged(PHOTOS), recordings=aged(RECORDINGS))


def named(services: Services) -> set[str]:
    """The last parts of the names of all objects: hashes of originals and pictures that were made of them."""
    return {found.name.rpartition("/")[2] for found in services.objects.under("")}


def due(plan: retaining.Expiry) -> set[str]:
    return {sha256 for one in plan.due for sha256 in one.files}


def test_what_is_due_goes_from_the_bucket_and_nothing_else(services: Services):
    old, before = as_old(services, services.objects), named(services)
    planned = retaining.plan(old, LATER)
    assert {kind for _, kind in planned.counts()} == {PHOTOS, RECORDINGS}
    done = retaining.run(old, LATER)
    assert (done.counts(), done.later) == (planned.counts(), 0)
    gone = due(planned)
    assert {name for name in before - named(services) if name[:64] not in gone} == set()
    assert not gone & {name[:64] for name in named(services)}
    assert check(services) == []
    assert isinstance(verify(services), Head)
    with pytest.raises(OriginalRemoved):
        services.photos.whole(
            next(sha256 for one in planned.due for sha256, (kind, _) in one.files.items() if kind == PHOTOS)
        )
    again = retaining.run(as_old(open_services(services.settings), services.objects), LATER)
    assert (again.due, again.left) == ((), ())


def test_what_came_in_the_last_hours_is_said_to_be_there_and_goes_later(services: Services):
    before, planned = named(services), retaining.plan(services, LATER)
    assert retaining.run(services, LATER).later == sum(len(one.files) for one in planned.due)
    assert named(services) == before
    assert check(services) == []
    later = retaining.run(as_old(services, services.objects), LATER)
    assert ({sha256 for _, sha256 in later.left}, later.later) == (due(planned), 0)
    assert not due(planned) & named(services)


def test_a_bucket_that_is_only_read_ends_the_run_and_the_next_one_goes_on(services: Services):
    reader = Objects(replace(services.settings.objects, key=READER))
    planned = retaining.plan(services, LATER)
    with pytest.raises(ObjectsAway, match="权限"):
        retaining.run(as_old(services, reader), LATER)
    assert due(planned) <= named(services)
    assert check(services) == []
    told = {kept.id for kept in REMOVED.find(services.store)}
    assert told == set(planned.due[0].files)
    done = retaining.run(as_old(services, services.objects), LATER)
    assert ({sha256 for _, sha256 in done.left} | due(done), done.later) == (due(planned), 0)
    entries = [entry for entry in services.audit.entries() if entry["act"] == "retention.removed"]
    assert len(entries) == len(planned.due)


def test_that_a_bucket_keeps_what_is_removed_is_said(settings: Settings, weed: Weed):
    place = {"INSPECT_DATA": str(settings.data), "INSPECT_DATABASE": settings.database, **weed.environment(BUCKET)}
    app = application_over(settings.checklists.parent, **place, INSPECT_RETENTION_DAYS=str(DAYS))
    runner, services = app.test_cli_runner(), app.extensions["inspect"]
    assert "版本控制" not in runner.invoke(args=["retention", "plan"]).output
    weed.keep_versions(BUCKET)
    told = runner.invoke(args=["retention", "run"])
    assert (told.exit_code, "版本控制" in told.output) == (0, True), told.output
    services.objects.put("photos/secret", b"1")
    services.objects.remove("photos/secret")
    assert services.objects.find("photos/secret") is None
    assert "photos/secret" in weed.versions(BUCKET)
    settled(app)
