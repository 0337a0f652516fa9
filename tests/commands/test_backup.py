"""``backup`` from a shell beside a server at work: made, looked through, restored elsewhere, started there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import forks
from tests.conftest import ServerProcess
from tests.web.test_full_disk import Asking
from tests.world import PASSWORD, World, photo, received, sha256


def flask(*command: str | Path) -> subprocess.CompletedProcess[str]:
    data = os.environ.get("INSPECT_DATA")
    return forks.flask("backup", *map(str, command), check=False, **({"INSPECT_DATA": data} if data else {}))


def test_a_backup_beside_a_server_brings_back_accounts_sessions_and_photos_on_a_machine_that_has_only_it(
    world: World, tmp_path: Path, serve: Callable[..., ServerProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    received(world.services, photo(1))
    world.services.store.close()
    monkeypatch.setenv("INSPECT_DATA", str(world.data))
    refused = flask("create")
    assert (refused.returncode, "INSPECT_BACKUPS_PUBLIC_KEY" in refused.stderr) == (1, True)
    made = flask("key").stdout
    assert list(world.data.glob("**/*age*")) == []
    (tmp_path / "key.txt").write_text(made)
    monkeypatch.setenv("INSPECT_BACKUPS", str(tmp_path / "backups"))
    monkeypatch.setenv("INSPECT_BACKUPS_PUBLIC_KEY", made.split("# ")[-1].strip())

    server = serve(world.data)
    office = Asking(server.port)
    assert office.send("/login", "/login", name="supervisor", password=PASSWORD)[0] == 302
    created = flask("create")
    assert (created.returncode, created.stderr) == (0, "")
    server.kill()

    monkeypatch.setenv("INSPECT_DATA", str(tmp_path / "nothing"))
    assert "MB" in flask("list").stdout
    assert "没有给密钥" in flask("verify").stdout
    assert "都能打开" in flask("verify", "--key", tmp_path / "key.txt").stdout
    target = tmp_path / "another place" / "data"
    assert "需要密钥" in flask("restore", "--to", target).stderr
    restored = flask("restore", "--to", target, "--key", tmp_path / "key.txt")
    assert (restored.returncode, restored.stderr) == (0, "")
    assert not (tmp_path / "nothing").exists()
    again = flask("restore", "--to", target, "--key", tmp_path / "key.txt")
    assert (again.returncode, "已有内容" in again.stderr) == (1, True)

    other = serve(target)
    office._port = other.port
    assert office("GET", "/review/desk/")[0] == 200, "who was signed in still is"
    path = target / "photos" / "originals" / sha256(photo(1))[:2] / sha256(photo(1))
    assert path.read_bytes() == photo(1)


def test_what_is_wrong_is_said_and_told_by_the_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "key.txt").write_text("no key")
    monkeypatch.delenv("INSPECT_BACKUPS", raising=False)
    for command, said in (
        (["verify", "--from", tmp_path / "empty"], "没有备份"),
        (["verify"], "没有设置 INSPECT_BACKUPS"),
        (["restore", "--from", tmp_path / "empty", "--to", tmp_path / "x", "--key", tmp_path / "key.txt"], "没有备份"),
        (["restore", "--from", tmp_path / "gone", "--to", tmp_path / "x"], "gone"),
    ):
        ended = flask(*command)
        assert (ended.returncode != 0, said in ended.stderr) == (True, True), (command, ended.stderr)
