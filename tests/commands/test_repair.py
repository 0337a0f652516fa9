"""``store repair``: what it says, and with which exit code."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from inspect_app import create_app
from inspect_app.services import open_services
from inspect_app.settings import settings_from
from tests.old_folders import copied, environment


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of an earlier version that was opened once, and left, with a copy beside it."""
    place = copied(tmp_path / "folder")
    open_services(settings_from(environment(place))).store.close()
    shutil.copytree(place, tmp_path / "copy")
    return place


def repair(folder: Path, *options: object):
    runner = create_app(settings_from(environment(folder))).test_cli_runner()
    return runner.invoke(args=["store", "repair", *map(str, options)], env=environment(folder))


def blot(folder: Path) -> Path:
    """Spoil the first record of the visits of a week."""
    path = next((folder / "data" / "store" / "inspections" / "2026-W47").glob("journal.*"))
    path.write_bytes(b"#" * 200 + path.read_bytes()[200:])
    return path


def test_a_sound_folder_needs_no_repair(folder):
    done = repair(folder)
    assert (done.exit_code, "无需修复" in done.output) == (0, True)


@pytest.mark.parametrize(
    ("mark", "said"), [("database.txt", "文档在数据库里"), ("store/moved.txt", "搬到")], ids=["database", "moved"]
)
def test_a_folder_that_was_left_is_told_of_with_exit_code_1(folder, mark: str, said: str):
    application = create_app(settings_from(environment(folder)))
    (folder / "data" / mark).write_text("数据已搬到别处\nelsewhere | 别处\n", "utf-8")
    done = application.test_cli_runner().invoke(args=["store", "repair"], env=environment(folder))
    assert (done.exit_code, said in done.output) == (1, True), done.output


def test_a_dry_run_says_what_is_lost_and_changes_nothing(folder):
    path = blot(folder)
    damaged = path.read_bytes()
    done = repair(folder, "--dry-run")
    assert done.exit_code == 1
    assert f"{path.name} 第0字节起" in done.output
    assert "去掉 --dry-run" in done.output
    assert path.read_bytes() == damaged
    assert not (folder / "data" / "before-repair").exists()


def test_what_is_lost_comes_from_a_restored_backup(folder, tmp_path):
    path = blot(folder)
    done = repair(folder, "--from", tmp_path / "copy" / "data")
    assert "从备份取回" in done.output
    assert "丢失" not in done.output
    assert not path.exists(), "a snapshot stands in its place"
    assert list((folder / "data" / "before-repair").rglob(path.name))
    assert "无需修复" in repair(folder).output


def test_a_folder_that_is_none_is_refused(folder, tmp_path):
    done = repair(folder, "--from", tmp_path)
    assert (done.exit_code, "不是数据目录" in done.output) == (1, True)
