"""Keys that are lost: told, never made anew unasked; what needs them waits, all else works."""

from __future__ import annotations

import errno
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from inspect_app import create_app
from inspect_app.opening import open_own_tls
from inspect_app.services import open_services
from inspect_app.services.audit import sign_head, verify
from inspect_app.services.checking import check
from inspect_app.services.keys import AUTHORITY, KEY_FILES, RECEIPTS, SEALS, SESSIONS, KeyLost, Keys
from inspect_app.settings import settings_from
from inspect_app.starting import _say_damage
from inspect_app.store import Head, StoreDamaged
from inspect_app.tls import authority, names_of_this_machine
from tests.old_folders import copied, environment
from tests.plans import announced
from tests.world import NOW, WEEK, World, headers, new_id


@pytest.fixture
def whole(tmp_path: Path) -> World:
    """A folder in which each key was made."""
    world = World.made_in(tmp_path / "data")
    announced(world.services, WEEK, NOW)
    made_authority(world)
    return world


def made_authority(world: World, now: datetime = NOW) -> bytes:
    open_own_tls(open_services(world.settings).keys, lambda: names_of_this_machine([]), now)
    return (world.data / AUTHORITY.name).read_bytes()


DAMAGES = {
    "removed": lambda path: path.unlink(),
    "emptied": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:20]),
    "another": lambda path: path.write_bytes(path.read_bytes()[::-1]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_lost_keys_are_named_by_check_and_at_the_start_and_left_as_they_are(whole, damage, capsys):
    paths = [whole.data / name for name in KEY_FILES]
    for path in paths:
        DAMAGES[damage](path)
    contents = [path.read_bytes() if path.exists() else None for path in paths]
    for _ in range(2):
        app = create_app(whole.settings)
        _say_damage(app)
        at_start = capsys.readouterr().out
        found = app.test_cli_runner().invoke(args=["check", "--no-files"])
        assert found.exit_code == 1
        for said in (at_start, found.output):
            assert [path for path in paths if f"{path} " not in said] == []
            assert [name for name, one in KEY_FILES.items() if one.without not in said] == []
            assert [name for name in KEY_FILES if f"keys renew {name}" not in said] == []
    assert [path.read_bytes() if path.exists() else None for path in paths] == contents


def test_without_its_key_an_older_folder_founds_no_other(tmp_path):
    """There is no note of a key in it: that there are accounts tells that there was one."""
    place = copied(tmp_path / "folder")
    for name in (RECEIPTS.name, SESSIONS.name):
        (place / "data" / name).unlink()
    services = open_services(settings_from(environment(place)))
    said = "\n".join(check(services))
    assert f"{RECEIPTS.name} 缺失" in said
    assert f"{SESSIONS.name} 缺失" in said
    assert not (place / "data" / RECEIPTS.name).exists()


def test_without_the_signing_key_no_receipt_is_given_and_pages_are_as_before(tmp_path):
    world = World.made_in(tmp_path / "data")
    before = world.app().test_client().get("/key/").text
    (world.data / RECEIPTS.name).unlink()
    client, sent = world.app().test_client(), headers(world.tokens["inspector"])
    address = f"/api/v1/inspections/{new_id()}"
    answer = client.put(address, json=world.submission(), headers=sent)
    assert answer.status_code == 503
    assert "receipt.key 缺失" in answer.json["error"]
    assert str(world.data) not in answer.json["error"]
    assert "signature" not in answer.text
    assert client.get("/api/v1/session", headers=sent).status_code == 200
    assert client.get("/key/").text == before, "the public half was noted"
    assert not (world.data / RECEIPTS.name).exists()


def test_a_lost_session_key_signs_in_for_this_run_and_nothing_is_kept_of_it(tmp_path):
    world = World.made_in(tmp_path / "data")
    (world.data / SESSIONS.name).unlink()
    first, second = open_services(world.settings), open_services(world.settings)
    assert len(first.session_key) == 32
    assert first.session_key != second.session_key
    assert not (world.data / SESSIONS.name).exists()


def test_renewed_it_is_logged_and_what_the_old_one_signed_is_still_told(whole):
    old = whole.services.office
    signed, feed = sign_head(whole.services, "supervisor", WEEK, NOW), whole.services.receipts.first
    (whole.data / RECEIPTS.name).unlink()
    run = create_app(whole.settings).test_cli_runner().invoke
    told = run(args=["keys", "renew", RECEIPTS.name])
    assert told.exit_code == 1
    assert "以前的公钥" in told.stderr
    assert not (whole.data / RECEIPTS.name).exists()
    assert run(args=["keys", "renew", RECEIPTS.name, "--yes"]).exit_code == 0
    services = open_services(whole.settings)
    assert check(services) == []
    assert services.office.fingerprint != old.fingerprint
    assert [one.fingerprint for one in services.office.former] == [old.fingerprint]
    assert services.office.has_signed(signed)
    assert services.receipts.first == feed, "feeds keep their names"
    (entry,) = [one for one in services.audit.entries() if one["act"] == "key.renewed"]
    assert (entry["of"], entry["before"]["public"].encode()) == (f"key/{RECEIPTS.name}", old.pem)
    assert entry["after"]["public"].encode() == services.office.pem
    assert isinstance(verify(services), Head)
    page = whole.app().test_client().get("/key/").text
    assert old.fingerprint in page
    assert services.office.fingerprint in page


def test_a_key_that_may_have_leaked_is_put_aside(whole):
    content = (whole.data / SESSIONS.name).read_bytes()
    run = create_app(whole.settings).test_cli_runner().invoke
    assert run(args=["keys", "renew", SESSIONS.name, "--yes"]).exit_code == 0
    (aside,) = whole.data.glob(f"{SESSIONS.name}.*")
    assert aside.read_bytes() == content
    assert open_services(whole.settings).session_key not in (content, whole.services.session_key)


def test_the_authority_is_made_once_more_only_when_that_was_asked_for(whole):
    old = (whole.data / AUTHORITY.name).read_bytes()
    shutil.rmtree(whole.data / "tls")
    with pytest.raises(KeyLost, match=r"authority\.pem 缺失"):
        made_authority(whole)
    whole.services.keys.renew(AUTHORITY, "命令行", NOW)
    made = made_authority(whole)
    assert made != old
    assert made_authority(whole) == made


def test_an_authority_that_ran_out_makes_room_for_another_and_a_crash_before_the_note_loses_nothing(whole, monkeypatch):
    later, old = NOW + timedelta(days=4000), (whole.data / AUTHORITY.name).read_bytes()
    monkeypatch.setattr(Keys, "_note", lambda *given: None)  # it ends before this
    made = made_authority(whole, later)
    monkeypatch.undo()
    assert made != old
    assert made_authority(whole, later) == made
    services = open_services(whole.settings)
    assert services.keys.lost() == []
    (entry,) = [one for one in services.audit.entries() if one["act"] == "key.renewed"]
    assert (entry["of"], entry["after"]["digest"]) == (f"key/{AUTHORITY.name}", "")


def test_an_authority_of_another_that_ran_out_is_told_as_lost(whole):
    made = authority.make_authority(names_of_this_machine([]), NOW)
    (whole.data / AUTHORITY.name).write_bytes(authority.pem(made.key, made.certificate))
    with pytest.raises(KeyLost, match="不是原来的"):
        made_authority(whole, NOW + timedelta(days=4000))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("name", [RECEIPTS.name, AUTHORITY.name])
def test_where_another_key_cannot_be_noted_the_old_one_stays(whole, name, monkeypatch):
    folder = (whole.data / name).parent
    before, keys = contents(folder), open_services(whole.settings).keys

    def full(*given: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patched:
        patched.setattr("inspect_app.services.keys.keep", full)
        with pytest.raises(OSError, match="full"):
            keys.renew(KEY_FILES[name], "命令行", NOW)
    assert contents(folder) == before
    for path in (whole.data / "store" / "noted_keys").rglob("*"):
        if path.is_file():
            path.write_bytes(b"{" + path.read_bytes())
    with pytest.raises(StoreDamaged):
        open_services(whole.settings).keys.renew(KEY_FILES[name], "命令行", NOW)
    assert contents(folder) == before


def test_a_second_renewal_in_the_same_second_keeps_what_the_first_put_aside(whole):
    first, keys = (whole.data / SEALS.name).read_bytes(), whole.services.keys
    aside = keys.renew(SEALS, "命令行", NOW)
    second = (whole.data / SEALS.name).read_bytes()
    another = keys.renew(SEALS, "命令行", NOW)
    assert aside != another
    assert (aside.read_bytes(), another.read_bytes()) == (first, second)
    assert {path.stat().st_mode & 0o777 for path in (aside, another, whole.data / SEALS.name)} == {0o600}


def test_a_file_that_is_too_long_to_be_the_key_of_seals_is_told_as_damaged(tmp_path):
    world = World.made_in(tmp_path / "data")
    (world.data / SEALS.name).write_bytes(b"k" * 33)
    with pytest.raises(KeyLost, match="已损坏"):
        open_services(world.settings).keys.opened(SEALS)
