"""Backups on another machine, by SFTP: OpenSSH's own server behind a real connection."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from inspect_app.backup.keys import SecretKey
from inspect_app.backup.places import open_place
from inspect_app.backup.repository import OWNER, Repository
from inspect_app.backup.restoring import restore
from inspect_app.backup.sftp_place import SftpAway, SftpPlace
from inspect_app.backup.verifying import Retention, prune, verify
from inspect_app.services import open_services
from inspect_app.services.backing_up import CannotBackUp, back_up
from inspect_app.services.checking import check
from inspect_app.settings import SettingsError, settings_from
from tests.backup.working import work
from tests.sftp import PASSWORD, SftpServer
from tests.world import NOW, World, photo, sha256

KEY = SecretKey.new()
OTHER_HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDyHRcuNqwXrXc/m9OVDrUfBaXX4o0P6hLtNQ8kq5zCW"


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[SftpServer]:
    folder = tmp_path / "another machine"
    folder.mkdir()
    server = SftpServer(folder)
    server.start()
    yield server
    server.stop()


def test_it_lies_on_another_machine_as_in_a_folder(world: World, sftp: SftpServer, tmp_path: Path) -> None:
    settings = replace(world.settings, backups=sftp.address(), backups_public_key=KEY.public.text)
    services = replace(world.services, settings=settings)
    work(world, services, photo(1))
    first = back_up(services, NOW)
    sftp.cut()
    work(world, services, photo(2))
    made = back_up(services, NOW)
    assert made.new_objects < first.new_objects / 2, "what is there is not put again"
    repository = Repository(open_place(sftp.address()))
    assert list(verify(repository, KEY)) == []
    target = tmp_path / "restored"
    assert restore(repository, made.stamp, KEY, target).lost == []
    again = open_services(replace(world.settings, data=target, photos=target / "photos", database=""))
    assert check(again) == []
    assert again.photos.whole(sha256(photo(2))) == photo(2)
    sftp.stop()
    with pytest.raises(CannotBackUp, match="连不上"):
        back_up(services, NOW)
    sftp.start()
    assert back_up(services, NOW).lost == ()
    gone, _ = prune(repository, Retention(days=1, weeks=1, months=1))
    assert (len(gone), len(repository.stamps())) == (2, 1)
    assert list(verify(repository, KEY)) == []


def test_names_are_taken_once_and_contents_replaced_whole(sftp: SftpServer) -> None:
    place, large = SftpPlace(sftp.address()), os.urandom(3_000_000)
    assert (place.get("a/b"), list(place.names("a"))) == (None, [])
    place.put("a/b/c", large)
    assert (place.put_new("lock", b"one"), place.put_new("lock", b"two"), place.get("lock")) == (True, False, b"one")
    place.put("lock", b"")
    assert (place.get("lock"), place.get("a/b/c"), list(place.names("a"))) == (b"", large, ["a/b/c"])
    place.remove("lock")
    place.remove("lock")
    assert place.get("lock") is None
    assert {path.name for path in (sftp.home / "backups").rglob("*")} == {"a", "b", "c"}, "nothing is left beside"


def test_nobody_else_over_there_reads_it(sftp: SftpServer) -> None:
    SftpPlace(sftp.address()).put("a/b", b"1")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (sftp.home / "backups").rglob("*")}
    assert modes == {"a": 0o700, "b": 0o600}


def test_what_was_begun_and_not_ended_is_no_content_and_can_be_removed(sftp: SftpServer) -> None:
    place = SftpPlace(sftp.address())
    place.put("blobs/aa", b"whole")
    left = sftp.home / "backups" / "blobs" / f".aa.{'0' * 32}"
    left.write_bytes(b"who")
    assert (list(place.names("blobs")), place.get("blobs/aa")) == (["blobs/aa"], b"whole")
    assert (place.remove_unfinished(), left.exists(), place.get("blobs/aa")) == (1, False, b"whole")


def test_a_line_that_was_cut_is_made_anew(sftp: SftpServer) -> None:
    place = SftpPlace(sftp.address())
    place.put("one", b"1")
    for _ in range(3):
        sftp.cut()
        assert place.get("one") == b"1"
    sftp.cut()
    place.put("two", b"2")
    assert sorted(place.names("")) == ["one", "two"]


def test_who_is_let_in_by_a_password_is(sftp: SftpServer) -> None:
    address = sftp.address(INSPECT_BACKUPS_KEY_FILE="", INSPECT_BACKUPS_PASSWORD=PASSWORD)
    SftpPlace(address).put("one", b"1")
    assert PASSWORD not in repr(address)
    with pytest.raises(SftpAway, match="不接受这个账号的私钥或密码"):
        SftpPlace(replace(address, password="another")).get("one")


def test_a_machine_with_another_key_is_not_signed_in_at(sftp: SftpServer) -> None:
    with pytest.raises(SftpAway, match="可能是别的机器冒充，没有登录"):
        SftpPlace(sftp.address(INSPECT_BACKUPS_HOST_KEY=OTHER_HOST_KEY)).put("one", b"1")
    with pytest.raises(SftpAway, match="INSPECT_BACKUPS_HOST_KEY 不是完整的公钥"):
        SftpPlace(sftp.address(INSPECT_BACKUPS_HOST_KEY=OTHER_HOST_KEY[:40])).put("one", b"1")
    assert not (sftp.home / "backups").exists()


def test_a_folder_that_may_not_be_written_is_said(sftp: SftpServer) -> None:
    with pytest.raises(SftpAway, match="没有写的权限"):
        SftpPlace(replace(sftp.address(), folder="/proc/none")).put(OWNER, b"1")


def test_keys_that_do_not_do_are_said(sftp: SftpServer, tmp_path: Path) -> None:
    key = tmp_path / "own"
    place = SftpPlace(sftp.address(INSPECT_BACKUPS_KEY_FILE=str(key)))
    with pytest.raises(SftpAway, match="读不了私钥"):
        place.get("one")
    sftp.write_key(key)
    key.chmod(0o644)
    with pytest.raises(SftpAway, match="chmod 600"):
        place.get("one")
    key.chmod(0o600)
    assert place.get("one") is None
    sftp.write_key(key, passphrase="words")
    with pytest.raises(SftpAway, match="或有口令"):
        SftpPlace(sftp.address(INSPECT_BACKUPS_KEY_FILE=str(key))).get("one")
    key.write_text("no key")
    with pytest.raises(SftpAway, match="不是私钥文件"):
        SftpPlace(sftp.address(INSPECT_BACKUPS_KEY_FILE=str(key))).get("one")


HOST_KEY = {"INSPECT_BACKUPS_HOST_KEY": OTHER_HOST_KEY}
WHERE, LET_IN = {"INSPECT_BACKUPS": "sftp://b@host/x"}, {"INSPECT_BACKUPS_KEY_FILE": "/key"}


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        (WHERE | LET_IN, "INSPECT_BACKUPS_HOST_KEY：应为"),
        (WHERE | LET_IN | {"INSPECT_BACKUPS_HOST_KEY": "SHA256:abc"}, "INSPECT_BACKUPS_HOST_KEY：应为"),
        (WHERE | HOST_KEY, "还要有登录的私钥文件"),
        (HOST_KEY | LET_IN | {"INSPECT_BACKUPS": "sftp://host/x"}, "应为 sftp://账号@主机/目录"),
        (HOST_KEY | LET_IN | {"INSPECT_BACKUPS": "sftp://b@host"}, "应为 sftp://账号@主机/目录"),
        (HOST_KEY | LET_IN | {"INSPECT_BACKUPS": "sftp://b@host:99999/x"}, "应为 sftp://账号@主机/目录"),
        (LET_IN | {"INSPECT_BACKUPS": "/mnt/x"}, "它没有作用"),
        (WHERE | HOST_KEY | LET_IN | {"INSPECT_BACKUPS_SECRET": "x"}, "它没有作用"),
    ],
)
def test_settings_that_cannot_be_meant_are_named(environment: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        settings_from(environment)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError) as error:
        settings_from(HOST_KEY | LET_IN | {"INSPECT_BACKUPS": "sftp://b:hidden@host/x"})
    assert "hidden" not in str(error.value)


@pytest.mark.parametrize(
    ("where", "port", "folder"),
    [
        ("sftp://b@host/srv/x", 22, "/srv/x"),
        ("sftp://b@host:2222/~/x/y", 2222, "x/y"),
        ("sftp://b@[2001:db8::1]:2222/x", 2222, "/x"),
    ],
)
def test_an_address_is_read_as_it_is_written(where: str, port: int, folder: str) -> None:
    found = settings_from(HOST_KEY | LET_IN | {"INSPECT_BACKUPS": where}).backups
    assert (found.port, found.folder, found.user) == (port, folder, "b")  # type: ignore[union-attr]
    assert str(found).replace(":22/", "/") == where
