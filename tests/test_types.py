"""The types in the comments of static/js hold: tsc --checkJs finds nothing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import PROJECT

TYPES = PROJECT / "tests" / "types"
TOOLS = PROJECT / ".venv" / "tools" / "node_modules" / "@typescript"


def tsc(config: Path, *options: str) -> str:
    """What tsc has to say on a project; nothing where all is well."""
    found = [*TOOLS.glob("typescript-*/lib/tsc"), *TOOLS.glob("typescript-*/lib/tsc.exe")]
    assert found, "TypeScript is not there; bash bin/setup --dev installs it"
    command = [found[0], "-p", config, "--pretty", "false", *options]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return ran.stdout + ran.stderr


@pytest.mark.parametrize("project", ["page", "worker"])
def test_the_modules_have_the_types_that_they_claim(project: str):
    assert tsc(TYPES / f"{project}.json") == ""


def test_every_module_is_checked():
    listed = "\n".join(tsc(TYPES / f"{project}.json", "--listFilesOnly") for project in ("page", "worker"))
    checked = {Path(line).resolve() for line in listed.splitlines()}
    assert set((PROJECT / "static" / "js").rglob("*.js")) <= checked


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('/** @type {number} */ export const count = "three";', "TS2322"),
        ("export const first = document.querySelector('p').textContent;", "TS2531"),
        ("export const gone = noSuchName;", "TS2304"),
    ],
)
def test_a_wrong_type_would_be_found(tmp_path: Path, line: str, told: str):
    for file in TYPES.glob("*.json"):
        shutil.copy(file, tmp_path)
    (tmp_path / "wrong.js").write_text(line + "\n", "utf-8")
    (tmp_path / "wrong.json").write_text('{"extends": "./page.json", "include": ["wrong.js"]}', "utf-8")
    assert told in tsc(tmp_path / "wrong.json")
