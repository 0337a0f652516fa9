"""Backups of records that are in PostgreSQL: of one moment, in the format of all others, restored into either store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from time import sleep

import pytest

from inspect_app.backup.keys import SecretKey
from inspect_app.backup.restoring import restore
from inspect_app.backup.verifying import verify
from inspect_app.photos.similar import similar_in
from inspect_app.services import Services, open_services
from inspect_app.services.backing_up import CannotBackUp, back_up, is_due, last_backup, repository_of
from inspect_app.services.checking import check
from inspect_app.services.moving import move
from inspect_app.services.opening import source_of
from inspect_app.settings import Settings
from inspect_app.store.copying import Digest, digest_of
from tests.backup.working import at_work, work
from tests.store.databases import Server, empty_database
from tests.store.test_postgres import sql
from tests.world import NOW, World, photo, received, sha256

KEY = SecretKey.new()


@pytest.fixture
def backed(world: World, tmp_path: Path) -> Iterator[Services]:
    """An installation in a database that knows where its backups go."""
    received(world.services, photo(1))
    world.services.store.close()
    there = replace(world.settings, database=empty_database(), data=tmp_path / "own", photos=tmp_path / "own/photos")
    move(world.settings, there, NOW, lambda said: None)
    services = open_services(
        replace(there, backups=tmp_path / "backups", backups_public_key=KEY.public.text, backups_at=time(2, 30))
    )
    yield services
    services.store.close()


def digests(settings: Settings) -> tuple[dict[tuple[str, str], Digest], list[bytes]]:
    """The hash of each part of the documents, and the lines of the log."""
    source = source_of(settings)
    with source.reading() as image:
        found = {part: digest_of(image.rows(part)) for part in image.parts()}, list(image.lines(0))
    source.close()
    return found


def test_made_under_load_it_holds_all_that_was_acknowledged_and_comes_out_in_a_folder_and_in_a_database(
    world: World, backed: Services, tmp_path: Path
) -> None:
    made = []
    with at_work(world, backed, 2) as done:
        for _ in range(2):
            while len(done) < 3 * (len(made) + 1):
                sleep(0.01)
            made.append((list(done), back_up(backed, NOW)))
    backed.after.wait()
    repository = repository_of(backed.settings)
    assert list(verify(repository, KEY)) == []
    for number, (acknowledged, one) in enumerate(made):
        assert one.lost == ()
        target = tmp_path / f"restored-{number}"
        assert restore(repository, one.stamp, KEY, target).lost == []
        folder = replace(backed.settings, data=target, photos=target / "photos", database="")
        before = digests(folder)
        again = open_services(folder)
        assert check(again) == []
        assert [id for id in acknowledged if again.store.get("inspections", id) is None] == []
        assert again.photos.whole(sha256(photo(1))) == photo(1)
        assert (again.session_key, again.receipts.id) == (backed.session_key, backed.receipts.id)
        again.store.close()
        # What opening and looking noted is in both from here on.
        before = digests(folder)
        database = replace(folder, database=empty_database())
        move(folder, database, NOW, lambda said: None)
        assert digests(database) == before
        other = open_services(database)
        assert check(other) == []
        other.store.close()


def test_nothing_that_did_not_change_is_put_again_and_all_at_rest_is_the_same(
    world: World, backed: Services, tmp_path: Path
) -> None:
    work(world, backed, photo(2))
    backed.after.wait()
    stamp = back_up(backed, NOW).stamp
    again = back_up(backed, NOW)
    assert again.new_objects <= 2, "the contents, and what became of the last backup"
    restore(repository_of(backed.settings), stamp, KEY, tmp_path / "restored")
    folder = replace(backed.settings, data=tmp_path / "restored", photos=tmp_path / "restored/photos", database="")
    assert digests(folder) == digests(backed.settings)
    assert similar_in(folder.photos / "similar.bin").names() == backed.similar.names() == {sha256(photo(2))}
    assert not (tmp_path / "restored" / "database.txt").exists()
    assert not list(backed.settings.data.glob("backup-moment*"))
    (next((tmp_path / "restored" / "store" / "inspections").glob("2*")) / "journal.0").unlink()
    assert any("inspections/" in said for said in check(open_services(folder))), "a file that is lost is missed"


def test_the_daily_one_is_made_of_a_database_too(backed: Services) -> None:
    assert is_due(backed, NOW)
    back_up(backed, NOW)
    last = last_backup(backed)
    assert last
    assert (last.problem, len(repository_of(backed.settings).stamps())) == ("", 1)
    assert not is_due(backed, NOW + timedelta(minutes=1))


def test_what_is_missing_or_a_database_that_is_away_is_said_and_no_backup_is_there(
    world: World, backed: Services
) -> None:
    url = backed.settings.database
    work(world, backed, photo(3))
    sql(url, "DELETE FROM users WHERE id = 'inspector2'")
    with pytest.raises(CannotBackUp, match="users/all 缺少文档"):
        back_up(backed, NOW)
    last = last_backup(backed)
    assert last
    assert "缺少文档" in last.problem
    away = Server().start()
    elsewhere = replace(backed.settings, database=empty_database(away))
    away.remove()
    with pytest.raises(CannotBackUp, match="连不上数据库"):
        back_up(replace(backed, settings=elsewhere), NOW)
    assert repository_of(backed.settings).stamps() == []
