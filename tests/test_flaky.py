"""Only tests listed in ``flaky.toml`` are asked again, and ``bin/test`` runs all it has and fails for any of it."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests import flaky
from tests.conftest import PROJECT

BESIDE = "import os\nbeside = 'PYTEST_XDIST_WORKER' in os.environ\n"
SHAKY = "def test_shaky():\n    assert not beside\n"
BROKEN = "def test_broken():\n    assert not 'broken'\n"
SOUND = "def test_sound():\n    pass\n"


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run tests of a folder in a process beside the one that reports, with some of them listed."""

    def run(source: str, listed: Iterable[str] = ()) -> subprocess.CompletedProcess[str]:
        (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -q\n")
        (tmp_path / "test_toy.py").write_text(BESIDE + source)
        rows = [f'[[test]]\nid = "test_toy.py::{name}"\ncause = "{name} is slow"\n' for name in listed]
        (tmp_path / "list.toml").write_text("".join(rows))
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.flaky",
            "--flaky",
            "list.toml",
            "-p",
            "xdist",
            "-n",
            "1",
        ]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environment |= {"PYTHONPATH": str(PROJECT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)

    return run


def asked(done: subprocess.CompletedProcess[str]) -> list[tuple[str, str]]:
    """What the run says of each test that it asked again."""
    return re.findall(r"^(passes|fails) by itself: test_toy\.py::(.*) is slow\)$", done.stdout, re.MULTILINE)


def test_a_listed_test_that_passes_by_itself_is_named_with_its_cause_and_the_run_passes(run):
    done = run(SHAKY + SOUND, ["test_shaky"])
    assert done.returncode == 0, done.stdout
    assert asked(done) == [("passes", "test_shaky (test_shaky")]
    assert "1 failed, 1 passed" in done.stdout, "that it failed is not hidden"


def test_one_that_is_not_listed_is_not_asked_again(run):
    done = run(SHAKY + SOUND, ["test_sound"])
    assert (done.returncode, asked(done)) == (1, [])


def test_a_listed_test_that_fails_by_itself_as_well_fails_the_run(run):
    done = run(SHAKY + BROKEN, ["test_shaky", "test_broken"])
    assert done.returncode == 1
    assert sorted(asked(done)) == [("fails", "test_broken (test_broken"), ("passes", "test_shaky (test_shaky")]
    assert done.stdout.count("assert not 'broken'") >= 2, "what it said by itself is shown"


def test_a_listed_test_excuses_no_other(run):
    done = run(SHAKY + BROKEN, ["test_shaky"])
    assert (done.returncode, asked(done)) == (1, [("passes", "test_shaky (test_shaky")])


def test_all_parameters_are_listed_together_or_one_by_itself(run):
    each = "import pytest\n@pytest.mark.parametrize('n', [1, 2])\ndef test_each(n):\n    assert not beside\n"
    assert run(each, ["test_each"]).returncode == 0
    done = run(each, ["test_each[1]"])
    assert (done.returncode, asked(done)) == (1, [("passes", "test_each[1] (test_each[1]")])


def test_a_fixture_that_fails_counts_as_its_test(run):
    setup = "import pytest\n@pytest.fixture\ndef slow():\n    assert not beside\ndef test_shaky(slow):\n    pass\n"
    assert run(setup, ["test_shaky"]).returncode == 0
    assert run(setup).returncode == 1


def test_a_module_that_cannot_be_read_fails_the_run(run):
    assert run("raise OSError\n" + SHAKY, ["test_shaky"]).returncode not in (0, 5)


def test_where_all_passes_nothing_is_asked(run):
    done = run(SOUND, ["test_sound"])
    assert (done.returncode, asked(done)) == (0, [])


@pytest.mark.parametrize("row", ['id = "a"', 'id = "a"\ncause = " "', 'cause = "a"', 'id = "a"\ncause = "b"\nx = 1'])
def test_no_test_is_listed_without_a_cause(tmp_path, row):
    (tmp_path / "list.toml").write_text(f"[[test]]\n{row}\n")
    with pytest.raises(ValueError, match=r"list\.toml"):
        flaky.read(tmp_path / "list.toml")


def test_every_test_that_is_listed_exists():
    for id in flaky.read(flaky.LIST):
        path, _, name = id.partition("::")
        module = ast.parse((PROJECT / path).read_text("utf-8"))
        names = {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
        assert name.partition("[")[0] in names, id


# bin/test itself, in a project of which every program only writes down that it was called


@pytest.fixture
def whole(tmp_path: Path) -> Callable[..., tuple[int, list[str]]]:
    """Run bin/test where pytest fails for some markers, or another program; its exit code, and each call of pytest."""
    folder = tmp_path / "a project"
    for place in ("bin", ".venv/bin"):
        (folder / place).mkdir(parents=True)
    shutil.copy(PROJECT / "bin" / "test", folder / "bin")
    (folder / "bin" / "setup").write_text("")
    for name in ("ruff", "mypy", "python"):
        (folder / ".venv" / "bin" / name).write_text(
            f'#!/bin/sh\necho "{name} $*" >>called\ncase "{name} $*" in *"-m $FAILS" | "$FAILS "*) exit 1; esac\n'
        )
        (folder / ".venv" / "bin" / name).chmod(0o755)

    def run(*options: str, fails: str) -> tuple[int, list[str]]:
        (folder / "called").unlink(missing_ok=True)
        command = ["bash", folder / "bin" / "test", *options]
        done = subprocess.run(command, env={**os.environ, "FAILS": fails}, capture_output=True, text=True, timeout=60)
        called = (folder / "called").read_text().splitlines()
        return done.returncode, [line for line in called if line.startswith("python")]

    return run


@pytest.mark.parametrize(("fails", "code"), [("nothing", 0), ("not alone", 1), ("alone", 1), ("mypy", 1)])
def test_the_tests_that_want_to_be_alone_run_whatever_the_others_say(whole, fails, code):
    ended, (beside, alone) = whole(fails=fails)
    assert ended == code
    assert re.fullmatch(r"python -m pytest -n \d+ --dist worksteal -p tests\.flaky -m not alone", beside)
    assert alone == "python -m pytest -m alone"


def test_options_are_passed_on_and_nothing_else_is_run(whole):
    assert whole("-k", "one", fails="nothing") == (0, ["python -m pytest -k one"])
