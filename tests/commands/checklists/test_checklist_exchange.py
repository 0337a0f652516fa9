"""``checklists export``, ``import`` and ``xlsform``: out as spreadsheets, back in as a new version, or not at all."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from inspect_app import create_app
from inspect_app.services import open_services
from inspect_app.services.checklists.library import ChecklistLibrary
from inspect_app.wording import say
from tests.world import NOW


@pytest.fixture
def folder(world, tmp_path) -> Path:
    """A copy of the checklists that a test may write to."""
    return Path(shutil.copytree(world.settings.checklists, tmp_path / "checklists"))


@pytest.fixture
def library(world, folder) -> ChecklistLibrary:
    """What another process has open on the same store and folder."""
    return open_services(replace(world.settings, checklists=folder)).library


@pytest.fixture
def run(world, folder):
    runner = create_app(replace(world.settings, checklists=folder)).test_cli_runner()
    return lambda *arguments: runner.invoke(args=["checklists", *map(str, arguments)])


def changed(library: ChecklistLibrary) -> set[str]:
    """What the office changed, beside what every world of tests has of its own."""
    return {edition.name for edition in library.newest_editions()} - {"presence"}


def listed(printed: str) -> set[str]:
    return {line.split("\t")[0] for line in printed.splitlines()} - {"presence"}


def edit(file: Path, sheet: str, cell: str, value: object) -> Path:
    workbook = load_workbook(file)
    workbook[sheet][cell] = value
    workbook.save(file)
    return file


def test_all_checklists_or_some_are_exported(run, world, tmp_path):
    assert run("export", "--to", tmp_path / "all").exit_code == 0
    assert {path.stem for path in (tmp_path / "all").iterdir()} == set(world.services.library.current)
    printed = run("export", "public-toilet", "--to", tmp_path / "one").stdout
    assert printed.strip() == str(tmp_path / "one" / "public-toilet.xlsx")
    assert run("xlsform", "public-toilet", "bus", "--to", tmp_path / "odk").exit_code == 0
    assert {path.name for path in (tmp_path / "odk").iterdir()} == {"public-toilet-xlsform.xlsx", "bus-xlsform.xlsx"}


def test_an_unknown_checklist_is_told_with_those_that_there_are(run, tmp_path):
    for command in ("export", "xlsform"):
        result = run(command, "tank", "--to", tmp_path / "x")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "zebra-crossing" in result.stderr
    assert not (tmp_path / "x").exists()


def test_what_would_change_is_shown_and_nothing_is_written_without_write(run, folder, library, tmp_path):
    run("export", "public-toilet", "--to", tmp_path)
    before = (folder / "public-toilet.toml").read_bytes()
    file = tmp_path / "public-toilet.xlsx"
    assert run("import", file).stdout == "没有变化\n"
    result = run("import", edit(file, "测评项", "E2", 16))
    assert (result.exit_code, result.stdout) == (0, "更改「按公示时间开放」(open)权重：15 → 16\n")
    assert (folder / "public-toilet.toml").read_bytes() == before
    assert library.editions_of("public-toilet") == []


def test_an_import_with_write_is_the_new_version_and_keeps_the_comment_on_top(run, folder, library, tmp_path):
    run("export", "public-toilet", "--to", tmp_path)
    comment = (folder / "public-toilet.toml").read_text("utf-8").splitlines()[0]
    assert comment.startswith("#")
    result = run("import", edit(tmp_path / "public-toilet.xlsx", "测评项", "E2", 16), "--write")
    assert result.exit_code == 0
    library.look_again()
    new = library.current["public-toilet"]
    assert new.item("open").weight == 16
    assert new.version in result.stdout
    assert library.text("public-toilet").startswith(f"{comment}\n")
    assert not [path for path in folder.iterdir() if path.suffix != ".toml"]


def test_a_new_checklist_can_come_from_a_spreadsheet(run, library, tmp_path):
    run("export", "public-toilet", "--to", tmp_path)
    result = run("import", edit(tmp_path / "public-toilet.xlsx", "清单", "A2", "car-park"), "--write")
    assert "新的清单「公共厕所」(car-park)，9项" in result.stdout
    library.look_again()
    assert library.current["car-park"].title == "公共厕所"


def test_a_wrong_workbook_is_told_cell_by_cell_and_changes_nothing(run, folder, library, tmp_path):
    run("export", "public-toilet", "--to", tmp_path)
    before = (folder / "public-toilet.toml").read_bytes()
    result = run("import", edit(tmp_path / "public-toilet.xlsx", "测评项", "M6", 3), "--write")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("测评项 第6行 扣分：应为大于0、不超过1的数")
    assert (folder / "public-toilet.toml").read_bytes() == before
    assert library.editions_of("public-toilet") == []


def test_nothing_is_kept_while_another_text_is_wrong(run, folder, library, tmp_path):
    run("export", "public-toilet", "--to", tmp_path)
    file = edit(tmp_path / "public-toilet.xlsx", "测评项", "E2", 16)
    before = (folder / "public-toilet.toml").read_bytes()
    (folder / "bus.toml").write_text("id = 3", "utf-8")
    problems = library.keep("public-toilet", before.decode(), "x", NOW)
    assert say(problems[0]).where.startswith("bus.toml")
    assert run("import", file, "--write").exit_code == 1
    assert (folder / "public-toilet.toml").read_bytes() == before
    assert library.editions_of("public-toilet") == []


def test_a_wrong_text_is_never_kept(library, folder):
    assert library.keep("public-toilet", 'id = "bus"', "x", NOW)
    assert library.keep("../outside", 'id = "../outside"', "x", NOW)
    assert not (folder.parent / "outside.toml").exists()
    assert changed(library) == set()


def test_a_text_goes_out_is_edited_and_taken_and_every_edition_is_listed(run, library, tmp_path):
    assert listed(run("editions").stdout) == set()
    file = tmp_path / "index.toml"
    file.write_text("[types]\nbus = 3\n", "utf-8")
    assert run("take", file, "--reason", "公交更要紧").exit_code == 0
    file.write_text(run("text", "index").stdout.replace("3", "4"), "utf-8")
    assert run("take", file).exit_code == 0
    library.look_again()
    assert library.weights.types == {"bus": 4}
    rows = [line.split("\t") for line in run("editions", "index").stdout.splitlines()]
    assert [[row[0], row[1], row[3], *row[4:]] for row in rows] == [
        ["index", "1", "命令行", "公交更要紧"], ["index", "2", "命令行"]
    ]  # fmt: skip
    assert run("text", "index", "--edition", "1").stdout == "[types]\nbus = 3\n"
    assert run("reset", "index", "--reason", "用回原来的").stdout.rstrip().endswith("用回原来的\t沿用清单目录")
    library.look_again()
    assert library.weights.types == {}
    assert listed(run("editions").stdout) == {"index"}
    assert run("remove", "adhoc").stdout.endswith("停用\n")
    library.look_again()
    assert library.ad_hoc is None


def test_what_cannot_be_taken_is_told_and_changes_nothing(run, library, tmp_path):
    file = tmp_path / "index.toml"
    file.write_text("[types]\ntank = 3\n", "utf-8")
    result = run("take", file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "没有这类点位" in result.stderr
    for arguments in (
        ["reset", "index"],
        ["remove", "tank"],
        ["remove", "plan"],
        ["editions", "index"],
        ["text", "tank"],
        ["text", "index", "--edition", "7"],
    ):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr
    assert changed(library) == set()
