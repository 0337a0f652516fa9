"""Keys that are lost: told, never made anew unasked; what needs them waits, all else works."""

from __future__ import annotations

import errno
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from inspect_app import create_app
from inspect_app.collections.index.publication import PUBLICATIONS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.services import open_services
from inspect_app.services.audit import sign_head, verify
from inspect_app.services.checking import check
from inspect_app.services.evidence.bundle import sealed_bundle
from inspect_app.services.evidence.unit_bundle import unit_bundle
from inspect_app.services.index.publishing import publish
from inspect_app.services.keys import (
    AUTHORITY,
    KEY_FILES,
    RECEIPTS,
    SEALS,
    SESSIONS,
    KeyLost,
    Keys,
    _new_signing_key,
    signing_key,
)
from inspect_app.services.signing import office_key
from inspect_app.settings import settings_from
from inspect_app.starting import _say_damage
from inspect_app.store import Broken, Head, StoreDamaged
from inspect_app.tls import authority, names_of_this_machine, open_tls
from tests.old_folders import application_over, copied, environment, given
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
    folder, keys = world.data / "tls", open_services(world.settings).keys
    with keys.made_elsewhere(AUTHORITY.name, lambda: authority.has_run_out(folder, now), now):
        open_tls(folder, lambda: names_of_this_machine([]), now)
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


@pytest.mark.folder("damages the files of documents")
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


@pytest.fixture
def unnoted(tmp_path: Path, monkeypatch) -> tuple[Path, bytes]:
    """A folder as versions without notes of keys left it, with a week published, its key lost; and its public half."""
    place = copied(tmp_path / "folder")
    with monkeypatch.context() as before:
        before.setattr(Keys, "_note", lambda *given: None)
        services = open_services(settings_from(environment(place)))
        week = max(kept.id for kept in PUBLICATIONS.find(services.store))
        assert isinstance(publish(services, "admin", week, "更正", NOW), int)
        services.store.close()
    (place / "data" / RECEIPTS.name).unlink()
    return place, services.office.pem


def test_a_lost_key_that_was_never_noted_accuses_no_publication(unnoted):
    place, _ = unnoted
    app = application_over(place)
    services = app.extensions["inspect"]
    assert services.office.pem == b""
    assert isinstance(verify(services), Head)
    assert [said for said in check(services, files=False) if "签名不是" in said] == []
    told = app.test_cli_runner().invoke(args=["audit", "verify", "--no-files"])
    assert told.exit_code == 1, "what was not compared is not said to be whole"
    assert "没有核对签名" in told.stderr
    client = app.test_client()
    assert client.get("/key/office.pem").status_code == 404
    assert "/key/office.pem" not in client.get("/key/").text


def test_what_cannot_be_signed_leaves_no_entry(unnoted):
    place, _ = unnoted
    services, before = (opened := open_services(settings_from(environment(place)))), opened.audit.head()
    path = given()["bundle"].split("/")
    week = max(kept.id for kept in PUBLICATIONS.find(services.store))
    for ask in (
        lambda: sign_head(services, "admin", week, NOW),
        lambda: unit_bundle(services, "supervisor", path[2], path[4], NOW, scope=EVERYTHING),
        lambda: sealed_bundle(services, "supervisor", path[2], path[4], "法院", NOW, scope=EVERYTHING),
    ):
        with pytest.raises(KeyLost):
            ask()
    assert services.audit.head() == before


def test_a_public_half_that_was_kept_elsewhere_is_handed_in_with_the_renewal(unnoted, tmp_path):
    place, pem = unnoted
    kept, other = tmp_path / "office.pem", tmp_path / "other.pem"
    kept.write_bytes(pem)
    other.write_bytes(office_key(signing_key(_new_signing_key())).pem)
    run = application_over(place).test_cli_runner().invoke
    renew = ["keys", "renew", RECEIPTS.name]
    assert "--former" in run(args=renew).stderr
    for wrong in (other, place / "nothing", place / "data" / SESSIONS.name):
        refused = run(args=[*renew, "--yes", "--former", str(wrong)])
        assert (refused.exit_code, "没有更换" in refused.stderr) == (1, True)
    assert run(args=["keys", "renew", SESSIONS.name, "--yes", "--former", str(kept)]).exit_code == 1
    assert not (place / "data" / RECEIPTS.name).exists()
    assert "--former" not in run(args=[*renew, "--former", str(kept)]).stderr
    assert run(args=[*renew, "--yes", "--former", str(kept)]).exit_code == 0
    services = open_services(settings_from(environment(place)))
    assert [one.pem for one in services.office.former] == [pem]
    assert isinstance(verify(services), Head)


def test_one_that_was_renewed_without_it_takes_it_with_the_next_renewal(unnoted, tmp_path):
    place, pem = unnoted
    (tmp_path / "office.pem").write_bytes(pem)
    run = application_over(place).test_cli_runner().invoke
    assert run(args=["keys", "renew", RECEIPTS.name, "--yes"]).exit_code == 0
    assert isinstance(verify(open_services(settings_from(environment(place)))), Broken)
    args = ["keys", "renew", RECEIPTS.name, "--yes", "--former", str(tmp_path / "office.pem")]
    assert run(args=args).exit_code == 0
    assert isinstance(verify(open_services(settings_from(environment(place)))), Head)


def test_where_notes_of_keys_cannot_be_read_that_is_said_and_no_publication_accused(unnoted):
    place, _ = unnoted
    services = open_services(settings_from(environment(place)))
    services.keys.renew(RECEIPTS, "命令行", NOW)
    services.store.close()
    for path in (place / "data" / "store" / "noted_keys").rglob("*"):
        if path.is_file():
            path.write_bytes(b"{" + path.read_bytes())
    with pytest.raises(StoreDamaged):
        verify(open_services(settings_from(environment(place))))
