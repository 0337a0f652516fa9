"""What the documentation says is checked against the code: options, variables, commands, fields, examples, links."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from inspect_app.domain.checklists.answers import parse_answers
from inspect_app.domain.checklists.catalogue import Plan
from inspect_app.domain.checklists.checklist import DIMENSIONS, Checklist, PhotoRule
from inspect_app.domain.checklists.files import parse_checklist
from inspect_app.domain.checklists.methods import METHODS
from inspect_app.domain.checklists.scoring import format_rate, score_inspection
from tests.world import World

PROJECT = Path(__file__).resolve().parent.parent
READMES = [PROJECT / "README.md", PROJECT / "README.zh-CN.md"]
PAGES = [*READMES, PROJECT / "CHANGELOG.md", *sorted((PROJECT / "docs").glob("*.md"))]


def text_of(page: str) -> str:
    return (PROJECT / page).read_text("utf-8")


def code_blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text_of(page), re.DOTALL)


@pytest.fixture(scope="module")
def options() -> set[str]:
    helped = subprocess.run([sys.executable, PROJECT / "run.py", "--help"], capture_output=True, text=True, check=True)
    return set(re.findall(r"--[a-z][a-z-]*", helped.stdout)) - {"--help"}


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md", "docs/operate/settings.md"])
def test_every_option_of_run_py_has_its_row(page: str, options: set[str]):
    assert options >= {"--host", "--port", "--data", "--demo", "--debug"}
    assert set(re.findall(r"^\| `(--[a-z-]+)", text_of(page), re.MULTILINE)) == options


def test_every_variable_that_is_read_has_its_row_and_no_other():
    sources = [PROJECT / "run.py", *(PROJECT / "inspect_app").rglob("*.py")]
    read = {name for path in sources for name in re.findall(r'"(INSPECT_[A-Z_]+)"', path.read_text("utf-8"))}
    rows = set(re.findall(r"^\| `(INSPECT_[A-Z_]+)`", text_of("docs/operate/settings.md"), re.MULTILINE))
    assert rows == read


def test_every_variable_named_anywhere_exists():
    rows = set(re.findall(r"^\| `(INSPECT_[A-Z_]+)`", text_of("docs/operate/settings.md"), re.MULTILINE))
    assert {name for page in PAGES for name in re.findall(r"INSPECT_[A-Z_]+", page.read_text("utf-8"))} <= rows


@pytest.mark.parametrize("page", READMES, ids=lambda path: path.name)
def test_every_command_is_in_the_table_and_every_command_there_exists(page: Path, world: World):
    ours = {"users", "token", "devices", "areas", "sites", "checklists", "index", "export", "plan"}
    commands = {name for name in _commands(world.app().cli) if name.split()[0] in ours}
    rows = re.findall(r"^\| (`(?:" + "|".join(ours) + r")\b.*?) \|", page.read_text("utf-8"), re.MULTILINE)
    codes = [code for row in rows for code in re.findall(r"`(.*?)`", row)]
    assert {re.match(r"[a-z]+( [a-z]+)?(?= |$)", code)[0] for code in codes} == commands


def test_every_field_of_a_checklist_file_is_explained():
    page = text_of("docs/use/checklists.md")
    named = {
        constant.value
        for node in ast.parse(text_of("inspect_app/domain/checklists/files.py")).body
        if _target(node) in {"_CHECKLIST_FIELDS", "_ITEM_FIELDS"}
        for constant in ast.walk(node)
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    }
    for method in METHODS.values():
        named |= {*method.fields, *(field for nested in method.nested for field in nested.fields)}
    assert {"veto_cap", "guidance", "full_marks_from", "banned"} <= named
    for name in named | set(METHODS) | set(PhotoRule):
        assert f"`{name}`" in page, name
    assert all(dimension in page for dimension in DIMENSIONS)


def test_the_example_checklist_is_right(plan: Plan):
    (example,) = code_blocks("docs/use/checklists.md", "toml")
    parsed = parse_checklist(example, "back-alley.toml", plan)
    assert isinstance(parsed, Checklist), parsed


def test_the_worked_example_has_the_score_that_the_page_works_out(checklists: dict[str, Checklist]):
    (example,) = code_blocks("docs/use/scoring.md", "json")
    raw = json.loads(example)
    checklist = checklists[raw["checklist"]]
    answers = parse_answers(checklist, raw["answers"])
    assert not isinstance(answers, list), answers
    rate = format_rate(score_inspection(checklist, answers, site=None).rate)
    assert rate == "78.89"
    assert f"= {rate}" in text_of("docs/use/scoring.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_and_picture_leads_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        found = page.parent / path if path else page
        assert found.exists(), target
        assert not anchor or anchor in _anchors(found), target


def test_every_dependency_is_explained():
    page = text_of("docs/develop/dependencies.md").lower()
    for file in ("requirements.txt", "requirements-dev.txt"):
        for package in re.findall(r"^[a-z][a-z0-9-]*", text_of(file), re.MULTILINE):
            assert package in page, package


def test_the_architecture_page_fits_on_a_screen():
    assert len(text_of("docs/develop/architecture.md").splitlines()) <= 60


@pytest.fixture(scope="module")
def plan(library) -> Plan:
    return library[0]


@pytest.fixture(scope="module")
def checklists(library) -> dict[str, Checklist]:
    return library[1]


@pytest.fixture(scope="module")
def library():
    from inspect_app.services.checklists.library import read_checklists

    return read_checklists(PROJECT / "checklists")


def _commands(group: click.Group, above: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        full = f"{above} {name}".strip()
        if isinstance(command, click.Group):
            yield from _commands(command, full)
        else:
            yield full


def _target(node: ast.stmt) -> str:
    """The name that a statement assigns to; empty for all others."""
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return target.id if isinstance(target, ast.Name) else ""


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to headings: lower case, spaces to hyphens, punctuation left out."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
