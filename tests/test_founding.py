"""What is founded, and what is not: no new administrator over old data, no new installation by a mistyped folder."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.cli import FlaskGroup

from inspect_app import create_app
from inspect_app.first_run import AccountsLost, first_run
from inspect_app.founding import AnotherBeside, is_installation, refuse_beside_another
from inspect_app.services import open_services
from inspect_app.settings import settings_from
from tests.copies import copy_of, with_compiled
from tests.forks import flask
from tests.old_folders import copied, environment
from tests.ports import free_port
from tests.test_starting import said_until_ready
from tests.world import NOW


def test_a_first_run_that_was_interrupted_goes_on_and_a_second_one_makes_nothing(tmp_path):
    services = open_services(settings_from({"INSPECT_DATA": str(tmp_path / "data")}))
    assert sorted(first_run(services, NOW)) == ["admin", "inspector"]
    assert first_run(services, NOW + timedelta(days=1)) == {}


def test_where_accounts_are_lost_no_new_administrator_is_made(tmp_path):
    """By a folder without an inventory, as a program before wrote it: nothing but its other data tells."""
    place = copied(tmp_path)
    for file in (place / "data" / "store" / "users" / "all").iterdir():
        file.unlink()
    services = open_services(settings_from(environment(place)))
    with pytest.raises(AccountsLost, match="store/users"):
        first_run(services, NOW)


@pytest.mark.parametrize("kept", ["photos", "audio", "published"])
def test_where_only_originals_are_left_no_new_administrator_is_made(tmp_path, kept):
    data = copied(tmp_path / "folder") / "data"
    (tmp_path / "data").mkdir()
    (data / kept).rename(tmp_path / "data" / kept)
    services = open_services(settings_from({"INSPECT_DATA": str(tmp_path / "data")}))
    with pytest.raises(AccountsLost, match="store/users"):
        first_run(services, NOW)


def test_a_folder_that_is_not_there_is_founded_unless_another_is_beside_around_or_in_its_place(tmp_path):
    refuse_beside_another(tmp_path / "office" / "data")
    open_services(settings_from({"INSPECT_DATA": str(tmp_path / "office" / "data")}))
    (tmp_path / "office" / "data" / "secret.key").write_bytes(b"k" * 32)
    for wrong in ("office/dat", "office/data/data"):
        with pytest.raises(AnotherBeside) as refused:
            refuse_beside_another(tmp_path / wrong)
        assert str(tmp_path / "office" / "data") in str(refused.value)
    refuse_beside_another(tmp_path / "office" / "data")
    (tmp_path / "office" / "new").mkdir()
    refuse_beside_another(tmp_path / "office" / "new")


def test_what_is_as_deep_beside_a_folder_whose_own_is_missing_too_is_found(tmp_path):
    open_services(settings_from({"INSPECT_DATA": str(tmp_path / "office" / "data")}))
    (tmp_path / "office" / "data" / "secret.key").write_bytes(b"k" * 32)
    with pytest.raises(AnotherBeside, match=str(tmp_path / "office" / "data")):
        refuse_beside_another(tmp_path / "ofice" / "data")


def test_a_folder_whose_key_is_lost_is_an_installation_all_the_same(tmp_path):
    data = copied(tmp_path / "office") / "data"
    for key in data.glob("*.key"):
        key.unlink()
    with pytest.raises(AnotherBeside, match=str(data)):
        refuse_beside_another(tmp_path / "office" / "date")
    (tmp_path / "shop" / "store").mkdir(parents=True)
    assert not is_installation(tmp_path / "shop"), "a folder of this name is nothing of ours yet"


@pytest.mark.parametrize("options", [(), ("--data", "demo-data"), ("--data", "../office/data")])
def test_a_program_that_was_just_unpacked_starts_with_a_data_folder_beside_it(tmp_path, options):
    """As README has it: nothing is there but the program, whose package has folders of the same names."""
    program = with_compiled(
        copy_of(("inspect_app", "templates", "static", "checklists", "run.py"), tmp_path / "program")
    )
    given = {name: value for name, value in os.environ.items() if not name.startswith("INSPECT_")}
    arguments = ["run.py", "--host", "127.0.0.1", "--port", str(free_port()), *options]
    server = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=program,
        env=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        printed = said_until_ready(server)
    finally:
        server.terminate()
        server.wait(15)
    assert printed.splitlines()[-1].startswith("READY http"), printed
    data = program / (options[-1] if options else "data")
    assert is_installation(data)


@pytest.mark.parametrize("beside", [True, False], ids=["beside another", "beside none"])
def test_a_command_founds_nothing_in_a_mistyped_folder(tmp_path, beside):
    if beside:
        create_app(settings_from({"INSPECT_DATA": str(tmp_path / "data")}))
    told = ran(tmp_path / "dat", "check")
    assert told.returncode == 1
    assert f"没有数据目录 {tmp_path / 'dat'}" in told.stderr
    assert (f"INSPECT_DATA={tmp_path / 'data'}" in told.stderr) == beside
    assert "Traceback" not in told.stderr
    assert not (tmp_path / "dat").exists()


def ran(data: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command as a process of its own, which ended."""
    return flask(*command, check=False, INSPECT_DATA=str(data))


@pytest.fixture
def cli(monkeypatch):
    """Flask's own command line in this process, over a folder."""

    def run(data: Path, *command: str):
        monkeypatch.setenv("INSPECT_DATA", str(data))
        monkeypatch.setattr("inspect_app.be_private", lambda: None)  # the rest of the tests are of this process, too
        return CliRunner().invoke(FlaskGroup(), ["--app", "inspect_app", *command])

    return run


COMMANDS = [
    *(["check"], ["check", "--accept"], ["doctor"], ["audit", "verify"], ["audit", "witness"], ["audit", "show", "x"]),
    *(["users", "list"], ["sites", "list"], ["checklists", "list"], ["index", "2026-W48"], ["store", "upgrade"]),
    *(["plan", "reveal"], ["photos", "sweep"], ["token", "list"], ["export", "geo"]),
    ["users", "add", "a", "--role", "inspector"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_over_a_folder_that_is_not_there_makes_none(tmp_path, cli, command):
    told = cli(tmp_path / "dat", *command)
    assert told.exit_code == 1, told.output
    assert f"没有数据目录 {tmp_path / 'dat'}" in told.output
    assert list(tmp_path.iterdir()) == []


def test_a_command_over_a_folder_of_something_else_writes_nothing_there(tmp_path, cli):
    (tmp_path / "letters").mkdir()
    told = cli(tmp_path, "check")
    assert (told.exit_code, told.stdout) == (1, "")
    assert f"{tmp_path} 里没有账号，也没有数据" in told.output
    assert [path.name for path in tmp_path.iterdir()] == ["letters"]


def test_help_is_told_wherever_the_data_is(tmp_path, cli):
    for command in (["--help"], ["check", "--help"]):
        told = cli(tmp_path / "dat", *command)
        assert told.exit_code == 0
        assert "检查数据目录" in told.output
        assert "Traceback" not in told.output


@pytest.mark.parametrize("command", [["check"], ["check", "--accept"], ["doctor"], ["audit", "verify"]])
def test_a_folder_with_nothing_in_it_is_not_said_to_be_whole(tmp_path, command):
    settings = settings_from({"INSPECT_DATA": str(tmp_path / "data")})
    for _ in range(2):
        told = create_app(settings).test_cli_runner().invoke(args=command)
        assert told.exit_code == 1
        assert f"{tmp_path / 'data'} 里没有账号，也没有数据" in told.stderr
        assert told.stdout == ""
