"""``flask doctor``: each thing that is old, open or weak is said, and is the exit code."""

from __future__ import annotations

import os
import re
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.security import generate_password_hash

from inspect_app import create_app
from inspect_app.collections.accounts.user import USERS
from inspect_app.photos import models
from inspect_app.private import close_folder
from inspect_app.services import checkup, disk
from inspect_app.services.checkup import Health, check_up
from inspect_app.settings import SettingsError, settings_from
from tests.store.databases import Server, empty_database
from tests.world import World

NOW = datetime.now(UTC)


@pytest.fixture
def sound(world: World, tmp_path) -> World:
    """An installation of which nothing is to be said."""
    close_folder(world.data)
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "this-week.tar").write_text("x")
    settings = replace(world.settings, backups=tmp_path / "backups", address="https://city.example")
    world.services = replace(world.services, settings=settings)
    return world


def bad(world: World, now: datetime = NOW) -> dict[str, str]:
    return {one.title: one.said for one in check_up(world.services, now) if one.state is Health.BAD}


def has_from_before(world: World, name: str, password: str) -> None:
    """An account with a password of a kind that could be chosen once."""
    kept = USERS.get(world.services.store, name)
    USERS.update(world.services.store, kept, replace(kept.value, password=generate_password_hash(password)))


def with_setting(world: World, **changed) -> World:
    world.services = replace(world.services, settings=replace(world.services.settings, **changed))
    return world


def test_of_a_sound_installation_nothing_is_bad_and_nothing_is_said_of_a_database_that_it_has_not(sound):
    assert bad(sound) == {}
    titles = {one.title for one in check_up(sound.services, NOW)}
    assert ("数据库" in titles) == bool(sound.services.settings.database)


def test_files_that_others_can_read_are_named(sound):
    path = sound.data / "secret.key"
    path.write_bytes(bytes(32))
    path.chmod(0o644)
    assert str(path) in bad(sound)["数据目录的权限"]


@pytest.mark.parametrize("password", ["12345678", "administrator", "supervisor123"])
def test_passwords_that_everybody_guesses_are_found_and_not_shown(sound, password):
    name = "supervisor" if password == "supervisor123" else "administrator"
    has_from_before(sound, name, password)
    said = bad(sound)["密码"]
    assert name in said
    assert password == name or password not in said


def test_an_address_without_encryption_is_bad(sound):
    assert "不加密" in bad(with_setting(sound, address="http://city.example"))["HTTPS"]


def test_a_proxy_that_is_anybody_is_bad_and_one_that_is_no_address_is_no_setting(sound):
    assert "反向代理" in bad(with_setting(sound, trusted_proxy="*"))
    with pytest.raises(SettingsError, match="INSPECT_TRUSTED_PROXY"):
        settings_from({"INSPECT_TRUSTED_PROXY": "nginx"})


def test_a_disk_that_is_nearly_full_is_bad(sound, monkeypatch):
    monkeypatch.setattr(disk, "_disk_of", lambda folder: disk.Disk(folder, 1024**3, 100 * 1024**3))
    assert "1.0 GB" in bad(sound)["磁盘"]


def test_a_database_that_answers_before_it_has_written_is_bad(tmp_path):
    careless = Server(options={"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}).start()
    try:
        world = World.in_database(tmp_path / "data", empty_database(careless))
        found = [one for one in check_up(world.services, NOW) if one.title == "数据库"]
        world.services.store.close()
    finally:
        careless.remove()
    told = {one.said.partition("=")[0]: one.state for one in found}
    assert told == {"fsync": Health.BAD, "full_page_writes": Health.BAD, "synchronous_commit": Health.NOTE}


def test_a_damaged_model_is_bad_and_a_missing_one_is_told(sound, monkeypatch, tmp_path):
    copied = shutil.copytree(models.MODELS, tmp_path / "models")
    monkeypatch.setattr(models, "MODELS", copied)
    assert bad(sound) == {}
    whole = (copied / "centerface.onnx").read_bytes()
    (copied / "centerface.onnx").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "centerface.onnx" in bad(sound)["查找人脸和车牌"]
    (copied / "centerface.onnx").unlink()
    said = {one.title: one for one in check_up(sound.services, NOW)}["查找人脸和车牌"]
    assert (said.state, "没有安装模型" in said.said) == (Health.NOTE, True)


def test_a_clock_behind_what_was_written_is_bad(sound):
    log = sound.data / "audit" / "log.jsonl"
    log.parent.mkdir(exist_ok=True)
    log.touch()
    ahead = time.time() + 3600
    os.utime(log, (ahead, ahead))
    assert "时钟" in bad(sound)


def test_backups_that_are_old_or_missing_are_bad(sound):
    (copy,) = sound.services.settings.backups.iterdir()
    old = time.time() - 9 * 24 * 3600
    os.utime(copy, (old, old))
    assert "备份" in bad(sound)
    copy.unlink()
    assert "没有备份" in bad(sound)["备份"]


def test_holidays_are_known_for_some_time_only(sound):
    later = datetime(checkup.last_known_day().year + 1, 1, 2, tzinfo=UTC)
    assert "节假日" in bad(sound, later)
    near = later - timedelta(days=20)
    assert [one.state for one in check_up(sound.services, near) if one.title == "节假日"] == [Health.NOTE]


def test_packages_older_than_the_lock_are_named(sound, monkeypatch):
    monkeypatch.setattr(checkup.importlib.metadata, "version", lambda name: "3.0.0" if name == "waitress" else "9999")
    said = bad(sound)["依赖"]
    assert re.search(r"waitress 3\.0\.0（应为 3\.0\.\d+）", said)
    assert "flask" not in said


def test_with_a_key_that_was_cut_off_no_session_is_signed(sound):
    """Anybody could forge one; what stands in its place is kept nowhere."""
    (sound.data / "secret.key").write_bytes(b"")
    keys = [create_app(sound.settings).config["SECRET_KEY"] for _ in range(2)]
    assert [len(key) for key in keys] == [32, 32]
    assert keys[0] != keys[1]


def test_the_command_says_every_finding_and_ends_with_1_where_one_is_bad(world, monkeypatch):
    runner = world.app().test_cli_runner()
    has_from_before(world, "administrator", "12345678")
    told = runner.invoke(args=["doctor"])
    assert told.exit_code == 1
    assert "✗ 密码：administrator" in told.stdout
    for title in ("HTTPS", "磁盘", "时钟", "备份", "节假日", "依赖", "Python"):
        assert f"{title}：" in told.stdout
    monkeypatch.setattr("inspect_app.commands.doctor.check_up", lambda *_: [])
    assert runner.invoke(args=["doctor"]).exit_code == 0
