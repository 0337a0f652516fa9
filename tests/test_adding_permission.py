"""docs/develop/adding.md on permissions and roles holds: what it says to add is enough, in a copy of the project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.copies import copy_of, with_compiled

COPIED = ("inspect_app", "static", "templates", "checklists", "tests", "docs", "run.py", "pyproject.toml")
RULES, VIEW = "inspect_app/domain/accounts/permissions.py", "inspect_app/web/place/map.py"
PERMISSION = {
    RULES: (
        ('    CHECKLIST_MANAGE = "checklist.manage", "更换清单"\n', '    TOY_PLAY = "toy.play", "玩玩具"\n'),
        ("    Role.SUPERVISOR: _READING | {\n", "        _P.TOY_PLAY,\n"),
    ),
    VIEW: (
        (
            'blueprint = Blueprint("map", __name__, url_prefix="/map")\n',
            '\n\n@blueprint.get("/toy")\n@access.allowed(Permission.TOY_PLAY)\ndef toy() -> str:\n    return "玩具"\n',
        ),
    ),
}
ROLE = {
    RULES: (
        ('    LEADER = "leader", "领导"\n', '    GUEST = "guest", "来宾"\n'),
        ("    Role.LEADER: _READING,\n", "    Role.GUEST: frozenset({_P.DEVICE_OWN, _P.TOY_PLAY}),\n"),
    ),
    "tests/web/permissions.py": (('    Role.LEADER: "L",\n', '    Role.GUEST: "G",\n'),),
}
SAID = """
from tests.world import World
import pathlib, sys

world = World.made_in(pathlib.Path(sys.argv[1]))
client = world.app().test_client()
opened = {
    name: client.get("/map/toy", headers={"Authorization": f"Bearer {token}"}).status_code
    for name, token in world.tokens.items()
}
may = {"supervisor", "administrator", "guest"}
assert opened == {name: 200 if name in may else 403 for name in opened}, opened
assert set(opened) >= may
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with one more permission, a view that declares it, and one more role that has it."""
    made = with_compiled(copy_of(COPIED, tmp_path_factory.mktemp("guest") / "project"))
    for edits in (PERMISSION, ROLE):
        for path, additions in edits.items():
            _add(made / path, additions)
    return made


def _add(path: Path, additions: tuple[tuple[str, str], ...]) -> None:
    text = path.read_text("utf-8")
    for after, added in additions:
        assert text.count(after) == 1, f"{after!r} in {path.name}"
        text = text.replace(after, after + added)
    path.write_text(text, "utf-8")


def run_in(copy: Path, *arguments: str) -> None:
    ran = subprocess.run([sys.executable, *arguments], cwd=copy, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-4000:]


def test_a_permission_and_a_role_take_two_files_each():
    assert len(PERMISSION) <= 2
    assert len(ROLE) <= 2


def test_a_permission_that_is_added_opens_its_view_to_those_who_are_granted_it(copy: Path, tmp_path: Path):
    run_in(copy, "-c", SAID, str(tmp_path / "data"))


@pytest.mark.slow
def test_a_permission_and_a_role_that_are_added_are_in_the_matrix(copy: Path):
    run_in(copy, "-m", "pytest", "-p", "no:cacheprovider", "tests/web/test_permissions.py")
