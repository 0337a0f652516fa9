"""What a run on a database leaves out is known by name."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parent
ON_A_DATABASE = ("services", "web", "commands")
"""The folders that pass on a database as well."""
ABOUT_FILES = {
    "commands/test_store_copy.py": 1,
    "commands/test_store_migrate.py": 1,
    "services/evidence/test_working.py": 1,
    "services/test_keys.py": 1,
    "services/test_moving.py": 2,
    "web/inspecting/test_unsent.py": 1,
    "web/test_full_disk.py": 1,
    "web/test_really_full_disk.py": 1,
}
"""Where tests are about files of a data folder by nature, and how many marks say so; each mark has the reason."""


def marks_of(path: Path) -> int:
    names = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute))
    return sum(node.attr == "folder" and ast.unparse(node.value) == "pytest.mark" for node in names)


def test_what_is_not_run_on_a_database_is_listed_here():
    found = Counter(
        {
            path.relative_to(TESTS).as_posix(): marks_of(path)
            for folder in ON_A_DATABASE
            for path in (TESTS / folder).rglob("*.py")
        }
    )
    assert +found == Counter(ABOUT_FILES)


def test_these_folders_are_those_that_the_command_names_and_ci_calls_it():
    command = (TESTS.parent / "bin" / "test-database").read_text("utf-8")
    assert f"bin/test-database {' '.join(f'tests/{name}' for name in ON_A_DATABASE)}" in command
    assert "bash bin/test-database ||" in (TESTS.parent / ".ci" / "run").read_text("utf-8")
