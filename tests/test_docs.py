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

from inspect_app.domain.accounts.permissions import CITYWIDE, GRANTS, Permission, Role
from inspect_app.domain.checklists.answers import parse_answers
from inspect_app.domain.checklists.catalogue import Catalogue
from inspect_app.domain.checklists.checklist import DIMENSIONS, Checklist, PhotoRule
from inspect_app.domain.checklists.files import parse_checklist
from inspect_app.domain.checklists.methods import METHODS
from inspect_app.domain.checklists.scoring import format_rate, score_inspection
from tests.test_layers import ROOMS
from tests.world import World

PROJECT = Path(__file__).resolve().parent.parent
READMES = [PROJECT / "README.md", PROJECT / "README.zh-CN.md"]
DOCS = sorted((PROJECT / "docs").rglob("*.md"))
PAGES = [*READMES, PROJECT / "CHANGELOG.md", *DOCS]
READERS = {"use": "给", "operate": "给", "develop": "For maintainers"}
"""How each page begins, by its folder."""


def page_name(page: Path) -> str:
    return page.relative_to(PROJECT).as_posix()


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


def test_every_permission_has_its_row_with_the_roles_that_have_it():
    rows = re.findall(r"^\| (\S+) \| `(\w+\.\w+)` \|(.*)\|$", text_of("docs/use/accounts.md"), re.MULTILINE)
    found = {name: (label, [cell.strip() for cell in cells.split("|")]) for label, name, cells in rows}
    assert found == {
        one.value: (
            one.label,
            [*("●" if one in GRANTS[role] else "" for role in Role), "全市" if one in CITYWIDE else ""],
        )
        for one in Permission
    }


def test_the_example_checklist_is_right(plan: Catalogue):
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


@pytest.mark.parametrize("page", PAGES, ids=page_name)
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


@pytest.mark.parametrize("readme", [*READMES, PROJECT / "docs" / "README.md"], ids=page_name)
def test_every_page_is_found_from_here(readme: Path):
    assert [page_name(page) for page in DOCS if page not in _reached(readme)] == []


def test_the_readme_links_every_page_itself_but_the_decisions():
    pages = {page for page in DOCS if page.parent.name != "decisions"}
    assert {page_name(page) for page in pages - _linked(READMES[0])} == set()


@pytest.mark.parametrize("page", [page for page in DOCS if page.parent.name in READERS], ids=page_name)
def test_every_page_begins_by_saying_for_whom_it_is(page: Path):
    title, empty, first, *_ = page.read_text("utf-8").splitlines()
    assert title.startswith("# ")
    assert not empty
    assert first.startswith(READERS[page.parent.name]), first


@pytest.mark.parametrize("page", [page for page in DOCS if page.parent.name in READERS], ids=page_name)
def test_a_page_has_one_language(page: Path):
    """By its headings: a maintainers' page may cite Chinese words, the others may cite names in code."""
    for heading in re.findall(r"^#+ (.+)$", _without_code(page.read_text("utf-8")), re.MULTILINE):
        is_chinese = re.search(r"[\u4e00-\u9fff]", heading) is not None
        if page.parent.name == "develop":
            assert not is_chinese, heading
        else:
            assert is_chinese or re.fullmatch(r"[\w .-]+", heading), heading
            assert "·" not in heading, heading


def test_every_word_of_the_glossary_is_in_its_file():
    rows = re.findall(
        r"^\| (.+?) \| (.+?) \| `(\w+)` \| `(.+?)` \|$", text_of("docs/develop/glossary.md"), re.MULTILINE
    )
    assert len(rows) >= 60
    for chinese, english, name, file in rows:
        assert re.search(r"[\u4e00-\u9fff]", chinese), chinese
        assert not re.search(r"[\u4e00-\u9fff]", english), english
        assert name in _defined(PROJECT / "inspect_app" / file), f"{name} in {file}"


def test_a_decision_is_short_and_says_why_and_what_follows():
    decisions = sorted((PROJECT / "docs" / "develop" / "decisions").glob("[0-9]*.md"))
    assert len(decisions) >= 10
    for page in decisions:
        text = page.read_text("utf-8")
        assert len(text.splitlines()) <= 15, page.name
        assert re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE) == ["Context", "Decision", "Consequence"], page.name


def test_the_architecture_page_names_every_room_in_its_order():
    rows = re.findall(r"^\| `(\w+)` \|", text_of("docs/develop/architecture.md"), re.MULTILINE)
    assert rows == [*ROOMS]


def test_the_architecture_page_fits_on_a_screen():
    assert len(text_of("docs/develop/architecture.md").splitlines()) <= 60


@pytest.fixture(scope="module")
def plan(library) -> Catalogue:
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


def _reached(start: Path) -> set[Path]:
    """All pages that links lead to from one, however many of them."""
    reached: set[Path] = set()
    ahead = [start.resolve()]
    while ahead:
        page = ahead.pop()
        reached.add(page)
        ahead += [target for target in _linked(page) if target not in reached]
    return reached


def _linked(page: Path) -> set[Path]:
    targets = re.findall(r"\]\(([^)#\s]+\.md)", page.read_text("utf-8"))
    return {(page.parent / target).resolve() for target in targets if not target.startswith("http")}


def _without_code(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def _defined(path: Path) -> set[str]:
    """The names that a module defines at its top."""
    nodes = ast.parse(path.read_text("utf-8")).body
    return {getattr(node, "name", "") or _target(node) for node in nodes} - {""}


def _target(node: ast.stmt) -> str:
    """The name that a statement assigns to; empty for all others."""
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return target.id if isinstance(target, ast.Name) else ""


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to headings: lower case, spaces to hyphens, punctuation left out."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
