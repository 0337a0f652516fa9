"""The release's number: one for the program, its commands and the list of changes."""

from __future__ import annotations

import re
import subprocess
import sys

from packaging.version import Version

from inspect_app.version import VERSION, commit_of, program
from tests.conftest import PROJECT
from tests.forks import flask, run


def headings() -> list[str]:
    return re.findall(r"^## (.*)$", (PROJECT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)


def test_the_list_of_changes_has_the_numbers_of_all_releases_the_newest_first():
    first, *older = headings()
    released = [one for one in (first, *older) if one != "Unreleased"]
    assert all(re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+ - 20[0-9]{2}-[01][0-9]-[0-3][0-9]", one) for one in released)
    numbers = [Version(one.split()[0]) for one in released]
    assert numbers == sorted(set(numbers), reverse=True)
    own = Version(VERSION)
    if own.is_devrelease:
        assert first == "Unreleased"
        assert all(one < Version(own.base_version) for one in numbers), "the next release has a new number"
    else:
        assert first == "Unreleased" or numbers[0] == own
        assert numbers[0] == own


def test_the_program_and_its_command_line_say_which_one_they_are(tmp_path):
    said = f"明察暗访 {program()}\n"
    assert run(["run.py", "--version"], check=True).stdout == said
    closed = {"INSPECT_DATA": str(tmp_path / "none")}
    assert flask("version", **closed).stdout == said, "also where no installation can be opened"
    assert list(tmp_path.iterdir()) == []


def test_between_releases_the_commit_is_told_as_git_does(tmp_path):
    repository, tree = tmp_path / "one", tmp_path / "two"

    def git(*arguments: str) -> str:
        named = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(repository), *arguments]
        return subprocess.run(named, check=True, capture_output=True, text=True).stdout.strip()

    assert commit_of(repository) == ""
    repository.mkdir()
    git("init", "-q")
    assert commit_of(repository) == "", "nothing is committed"
    git("commit", "-q", "--allow-empty", "-m", "first")
    assert git("rev-parse", "HEAD").startswith(commit_of(repository))
    git("worktree", "add", "-q", "-b", "other", str(tree))
    assert git("rev-parse", "HEAD").startswith(commit_of(tree))
    git("pack-refs", "--all")
    for folder in (repository, tree):
        assert len(commit_of(folder)) == 12
        assert git("rev-parse", "HEAD").startswith(commit_of(folder))
    git("checkout", "-q", "--detach")
    assert git("rev-parse", "HEAD").startswith(commit_of(repository))


def test_the_version_is_told_without_what_is_installed():
    bare = subprocess.run([sys.executable, "-S", "run.py", "--version"], cwd=PROJECT, capture_output=True, text=True)
    assert bare.stdout == f"明察暗访 {program()}\n", bare.stderr
