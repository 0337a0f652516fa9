"""Imports run one way: web, commands, demo → services → domain, store, photos; the domain knows nothing of ours."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "inspect_app"
TOP = "inspect_app"

# What each part may import of ours, besides itself. A part that is not named here is a failure of the test below.
MAY_IMPORT = {
    "domain": set(),
    "settings": {"tiles", "notices"},
    "notices": set(),
    "tiles": set(),
    "durable": set(),
    "data": set(),
    "store": {"domain", "durable"},
    "photos": {"domain", "durable"},
    "services": {"domain", "durable", "store", "photos", "settings", "notices"},
    "charts": {"domain", "photos"},
    "exports": {"services", "domain", "store", "photos", "charts"},
    "first_run": {"services"},
    "demo": {"services", "domain", "store", "photos"},
    "commands": {"services", "exports", "domain", "store", "photos", "settings", "network", "durable"},
    "web": {"services", "exports", "charts", "domain", "store", "photos", "settings", "network", "tls"},
    "network": set(),
    "tls": {"network", "durable"},
    "serving": {"tls"},
    "starting": {TOP, "first_run", "demo", "network", "serving", "settings", "services", "store", "tls"},
    TOP: {"settings", "services", "web", "commands"},
}
# Third-party packages where they are the point of the layer; Flask and what belongs to it only where people meet it.
DOMAIN_PACKAGES = {"geopy", "geographiclib", "shapely", "numpy", "scipy", "krippendorff", "chinese_calendar"}
FLASK = {"flask", "flask_wtf", "wtforms", "jinja2", "click"}
FLASK_PARTS = {"web", "commands", "serving", "starting", TOP}

MODULES = sorted(PACKAGE.rglob("*.py"))


def part_of(module: str) -> str:
    """``inspect_app.web.api`` → ``web``; the package's own ``__init__`` → ``inspect_app``."""
    names = module.split(".")
    return names[1] if len(names) > 1 else TOP


def name_of(path: Path) -> str:
    names = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(names[:-1] if names[-1] == "__init__" else names)


def imports_of(path: Path) -> Iterator[str]:
    """The full names of all modules that a file imports, also those imported inside functions."""
    package = name_of(path) if path.name == "__init__.py" else name_of(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from _imported(module, [alias.name for alias in node.names])


def _imported(module: str, names: list[str]) -> Iterator[str]:
    """``from . import areas`` imports the module ``areas`` where there is one, else a name of the package."""
    folder = PACKAGE.parent.joinpath(*module.split("."))
    modules = [name for name in names if (folder / f"{name}.py").exists() or (folder / name / "__init__.py").exists()]
    yield from (f"{module}.{name}" for name in modules)
    if len(modules) < len(names):
        yield module


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_what_its_part_may(path: Path):
    part = part_of(name_of(path))
    assert part in MAY_IMPORT, f"say in MAY_IMPORT what {part} may import, and in docs/architecture.md what it is for"
    ours = {part_of(name) for name in imports_of(path) if name.split(".")[0] == TOP}
    assert ours - {part} <= MAY_IMPORT[part]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_flask_stays_where_people_meet_the_tool(path: Path):
    packages = {name.split(".")[0] for name in imports_of(path)}
    assert part_of(name_of(path)) in FLASK_PARTS or not packages & FLASK


@pytest.mark.parametrize("path", sorted((PACKAGE / "domain").rglob("*.py")), ids=name_of)
def test_the_domain_needs_python_and_geometry_only(path: Path):
    packages = {name.split(".")[0] for name in imports_of(path)}
    assert packages <= set(sys.stdlib_module_names) | DOMAIN_PACKAGES | {TOP}


@pytest.mark.parametrize("path", sorted((PACKAGE / "domain").rglob("*.py")), ids=name_of)
def test_the_domain_has_no_clock_and_no_chance_of_its_own(path: Path):
    called = {
        f"{node.func.value.id}.{node.func.attr}"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
    }
    assert not called & {"datetime.now", "datetime.utcnow", "date.today", "time.time", "random.random", "random.choice"}


def test_the_walk_sees_an_arrow_the_other_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    wrong = tmp_path / TOP / "domain" / "wrong.py"
    wrong.parent.mkdir(parents=True)
    (tmp_path / TOP / "store").mkdir()
    (tmp_path / TOP / "store" / "tiny.py").touch()
    wrong.write_text(
        "def late():\n    from ..store import tiny\n    from .. import web\n    from inspect_app.services import x\n"
    )
    monkeypatch.setattr(f"{__name__}.PACKAGE", tmp_path / TOP)
    assert {part_of(name) for name in imports_of(wrong)} == {"store", TOP, "services"}
