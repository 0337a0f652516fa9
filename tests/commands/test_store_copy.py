"""``store copy`` from a shell beside a server at work, and what is wrong with where from and where to."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import forks
from tests.conftest import ServerProcess
from tests.store.databases import empty_database
from tests.web.test_full_disk import Asking
from tests.world import PASSWORD, World, evidence, first_item, headers, new_id, photo, received

in_a_folder = pytest.mark.folder("begins in a folder")


def store(*command: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return forks.flask("store", *map(str, command), check=False, **environment)


@in_a_folder
def test_beside_a_server_it_moves_all_and_phones_and_sessions_go_on_at_the_new_place(
    world: World, serve: Callable[..., ServerProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    item = first_item(world.checklist("zebra-crossing"), "compliance").id
    raw = world.submission(photos=[evidence(photo(1), item)])
    received(world.services, photo(1))
    world.services.store.close()
    monkeypatch.setenv("INSPECT_DATA", str(world.data))
    database, server = empty_database(), serve(world.data)
    office, phone, id = Asking(server.port), headers(world.tokens["inspector"]), new_id()
    json_too = {**phone, "Content-Type": "application/json"}
    assert office.send("/login", "/login", name="supervisor", password=PASSWORD)[0] == 302

    ahead = store("copy", "--to", database, "--ahead")
    assert (ahead.returncode, "还没有切换" in ahead.stdout) == (0, True), ahead.stderr
    status, receipt = office("PUT", f"/api/v1/inspections/{id}", json.dumps(raw), **json_too)
    assert status == 201, "the server goes on"
    done = store("copy", "--to", database)
    assert (done.returncode, "已切换：其间" in done.stdout) == (0, True), done.stderr
    assert "inspections\t1 份" in done.stdout
    assert "链完整" in done.stdout

    late = new_id()
    status, said = office("PUT", f"/api/v1/inspections/{late}", json.dumps(raw), **json_too)
    assert (status, "这里不再保存" in json.loads(said)["error"]) == (503, True)
    status, page = office.send("/login", "/login", name="inspector", password=PASSWORD)
    assert (status, "这里不再保存" in page.decode()) == (503, True)
    server.kill()

    monkeypatch.setenv("INSPECT_DATABASE", database)
    checked = forks.flask("check", check=False)
    assert (checked.returncode, checked.stdout) == (0, "数据完整。\n"), checked.stdout
    office._port = serve(world.data).port
    assert office("GET", "/review/desk/")[0] == 200, "who was signed in still is"
    assert office("PUT", f"/api/v1/inspections/{id}", json.dumps(raw), **json_too) == (200, receipt)
    assert office("PUT", f"/api/v1/inspections/{late}", json.dumps(raw), **json_too)[0] == 201

    again = store("copy", "--to", database, INSPECT_DATABASE="")
    assert (again.returncode, "早已搬到" in again.stdout) == (0, True), again.stderr
    refused = store("reopen", INSPECT_DATABASE="")
    assert (refused.returncode, "--yes" in refused.stderr) == (1, True)


@in_a_folder
def test_a_file_of_settings_names_both_sides_and_its_password_stands_in_no_list_of_processes(
    world: World, tmp_path: Path
) -> None:
    world.services.store.close()
    database = empty_database()
    old, new = tmp_path / "old.env", tmp_path / "new.env"
    old.write_text(f"# before\n\nINSPECT_DATA={world.data}\n")
    new.write_text(f'INSPECT_DATA="{tmp_path / "there"}"\nexport INSPECT_DATABASE={database}\n')
    moved = store("copy", "--from", old, "--to", new, INSPECT_DATA=str(world.data))
    assert (moved.returncode, "密钥和其他文件" in moved.stdout) == (0, True), moved.stderr
    started = store("upgrade", "--dry-run", INSPECT_DATA=str(tmp_path / "there"), INSPECT_DATABASE=database)
    assert (started.returncode, started.stderr) == (0, "")
    left = store("upgrade", "--dry-run", INSPECT_DATA=str(world.data))
    assert (left.returncode, "搬到 数据库 postgres" in left.stderr) == (1, True)
    reopened = store("reopen", "--yes", INSPECT_DATA=str(world.data))
    assert (reopened.returncode, "照旧在这里启动" in reopened.stdout) == (0, True)
    assert store("upgrade", "--dry-run", INSPECT_DATA=str(world.data)).returncode == 0


@in_a_folder
def test_what_is_wrong_with_a_place_is_said_with_exit_code_1_and_nothing_is_left(world: World, tmp_path: Path) -> None:
    world.services.store.close()
    nameless, odd = tmp_path / "nameless.env", tmp_path / "odd.env"
    nameless.write_text("INSPECT_CITY=荆州市\n")
    odd.write_text("INSPECT_DATA\n")
    full = empty_database()
    other = tmp_path / "other"
    assert store("copy", "--to", full, INSPECT_DATA=str(World.made_in(other).data)).returncode == 0
    for place, said in (
        ("mysql://u:geheim@h/x", "应为 PostgreSQL 数据库的网址"),
        ("postgresql://u:geheim@127.0.0.1:1/x", "没有启动"),
        (full, "已有文档"),
        (nameless, "没有 INSPECT_DATA"),
        (odd, "应为 名字=值"),
        (world.data / "inside", "里面"),
        (world.data, "同一处|已有文档"),
    ):
        ended = store("copy", "--to", place, INSPECT_DATA=str(world.data))
        assert ended.returncode == 1, (place, ended)
        assert any(one in ended.stderr for one in said.split("|")), (place, ended.stderr)
        assert "geheim" not in ended.stderr
        assert "Traceback" not in ended.stderr
    assert store("upgrade", "--dry-run", INSPECT_DATA=str(world.data)).returncode == 0
