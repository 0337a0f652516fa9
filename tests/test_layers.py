"""Imports run one way between layers, and in one order between the rooms inside a layer.

Layers: web, commands, demo → services → domain, store, photos; wording → domain; the domain knows nothing of ours.
``python -m tests.test_layers`` prints the picture as a table.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "inspect_app"
TOP = "inspect_app"

# What each part may import of ours, besides itself. A part that is not named here is a failure of the test below.
MAY_IMPORT = {
    "domain": set(),
    "wording": {"domain"},
    "logs": {"settings"},
    "settings": {"tiles", "notices", "durable", "network", "object_place", "sftp_address"},
    "notices": set(),
    "tiles": set(),
    "durable": set(),
    "object_place": set(),
    "sftp_address": {"object_place"},
    "backup": {"durable", "object_place", "photos", "sftp_address", "store"},
    "data": set(),
    "store": {"domain", "durable"},
    "photos": {"domain", "durable", "object_place"},
    "collections": {"domain", "store"},
    "services": {
        *("backup", "collections", "domain", "durable", "notices", "object_place", "photos", "private", "settings"),
        *("sftp_address", "store", "version", "wording"),
    },
    "charts": {"domain", "photos"},
    "exports": {"collections", "services", "domain", "store", "photos", "charts"},
    "first_run": {"services", "domain"},
    "demo": {"collections", "services", "exports", "domain", "store", "photos"},
    "commands": {
        *(
            "backup",
            "collections",
            "services",
            "exports",
            "domain",
            "store",
            "photos",
            "settings",
            "network",
            "durable",
            "wording",
            "usable",
            "founding",
            "sftp_address",
            "version",
        )
    },
    "web": {
        *("collections", "services", "exports", "charts", "domain", "store", "photos", "settings", "network", "tls"),
        *("wording", "durable", "bundles", "logs", "processes", "version"),
    },
    "version": set(),
    "bundles": {"settings"},
    "network": set(),
    "private": set(),
    "tls": {"network", "durable"},
    "serving": {"tls", "listening", "network", "durable"},
    "listening": {"network"},
    "ways": {"listening", "network", "options"},
    "processes": {"listening", "logs", "settings", "ways"},
    "options": {"settings"},
    "usable": {"durable"},
    "opening": {"listening", "network", "serving", "tls", "ways"},
    "founding": set(),
    "starting": {
        TOP,
        "first_run",
        "founding",
        "demo",
        "exports",
        "listening",
        "logs",
        "opening",
        "photos",
        "private",
        "processes",
        "serving",
        "settings",
        "services",
        "store",
        "tls",
        "usable",
        "version",
        "ways",
    },
    TOP: {"domain", "founding", "private", "settings", "services", "web", "commands"},
}
# Third-party packages where they are the point of the layer; Flask and what belongs to it only where people meet it.
DOMAIN_PACKAGES = {"geopy", "geographiclib", "shapely", "numpy", "scipy", "krippendorff", "chinese_calendar", "tyme4py"}
FLASK = {"flask", "flask_wtf", "wtforms", "jinja2", "click"}
FLASK_PARTS = {"web", "commands", "serving", "opening", "starting", TOP}

# The rooms inside each of these layers, in their order: a room may use those before it, and the layer's shared pieces,
# which stand in no room and use none.
LAYERS = ("domain", "collections", "services", "web", "exports", "commands")
ROOMS = ("accounts", "place", "zones", "checklists", "evidence", "inspecting", "plan", "index", "quality", "cases")
SHARED = "(shared)"
# These put the rooms of their layer together, so they know them all.
ASSEMBLIES = {
    f"{TOP}.{name}"
    for name in (
        "collections",
        "services",
        "services.checkup",
        "services.standing",
        "services.server_status",
        "web",
        "commands",
    )
}

MODULES = sorted(PACKAGE.rglob("*.py"))
DOMAIN = [path for path in MODULES if path.is_relative_to(PACKAGE / "domain")]


def part_of(module: str) -> str:
    """``inspect_app.web.inspecting.api`` → ``web``; the package's own ``__init__`` → ``inspect_app``."""
    names = module.split(".")
    return names[1] if len(names) > 1 else TOP


def room_of(module: str) -> str:
    """``inspect_app.web.cases.unit`` → ``cases``; ``inspect_app.web.access`` → ``SHARED``."""
    names = module.split(".")
    return names[2] if len(names) > 2 and names[2] in ROOMS else SHARED


def name_of(path: Path) -> str:
    names = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(names[:-1] if names[-1] == "__init__" else names)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imports_of(path: Path) -> frozenset[str]:
    """The full names of all modules that a file imports, also those imported inside functions."""
    return frozenset(_imports_of(path))


def _imports_of(path: Path) -> Iterator[str]:
    package = name_of(path) if path.name == "__init__.py" else name_of(path).rpartition(".")[0]
    for node in ast.walk(tree_of(path)):
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


def packages_of(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports_of(path)}


def wrong_in(modules: Iterable[Path], wrong: Callable[[Path], set[str]]) -> dict[str, set[str]]:
    """What is wrong in each module in which something is, by the module's name."""
    return {name_of(path): found for path in modules if (found := wrong(path))}


def test_every_part_has_a_row():
    """Say in MAY_IMPORT what it may import, and in docs/develop/architecture.md what it is for."""
    assert {part_of(name_of(path)) for path in MODULES} <= set(MAY_IMPORT)


def imports_not_allowed(path: Path) -> set[str]:
    part = part_of(name_of(path))
    ours = {part_of(name) for name in imports_of(path) if name.split(".")[0] == TOP}
    return ours - {part} - MAY_IMPORT[part]


def test_a_module_imports_only_what_its_part_may():
    assert wrong_in(MODULES, imports_not_allowed) == {}


def test_flask_stays_where_people_meet_the_tool():
    inside = [path for path in MODULES if part_of(name_of(path)) not in FLASK_PARTS]
    assert wrong_in(inside, lambda path: packages_of(path) & FLASK) == {}


def test_the_domain_needs_python_and_geometry_only():
    known = set(sys.stdlib_module_names) | DOMAIN_PACKAGES | {TOP}
    assert len(DOMAIN) > 50
    assert wrong_in(DOMAIN, lambda path: packages_of(path) - known) == {}


def clocks_and_chances(path: Path) -> set[str]:
    called = {
        f"{node.func.value.id}.{node.func.attr}"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
    }
    return called & {"datetime.now", "datetime.utcnow", "date.today", "time.time", "random.random", "random.choice"}


def test_the_domain_has_no_clock_and_no_chance_of_its_own():
    assert wrong_in(DOMAIN, clocks_and_chances) == {}


def arrows(layer: str) -> Iterator[tuple[str, str]]:
    """Importing and imported module of each arrow inside a layer, by full name."""
    for path in MODULES:
        name = name_of(path)
        if part_of(name) == layer:
            yield from ((name, other) for other in sorted(imports_of(path)) if part_of(other) == layer)


def is_up(importing: str, imported: str) -> bool:
    """Whether an arrow runs against the order of the rooms."""
    order = (SHARED, *ROOMS)
    return importing not in ASSEMBLIES and order.index(room_of(importing)) < order.index(room_of(imported))


@pytest.mark.parametrize("layer", LAYERS)
def test_rooms_are_used_in_one_order(layer: str):
    assert [arrow for arrow in arrows(layer) if is_up(*arrow)] == []


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_has_no_other_folders_than_rooms(layer: str):
    assert {path.name for path in (PACKAGE / layer).iterdir() if path.is_dir()} - {"__pycache__"} <= set(ROOMS)


def test_no_module_imports_itself_by_way_of_others():
    """Assemblies are left out: rooms take their type ``Services``, and they take the rooms' parts."""
    of = {name_of(path): set(imports_of(path)) for path in MODULES}
    names = set(of) - ASSEMBLIES - {TOP}
    waiting = {name: of[name] & names - {name} for name in names}
    while ready := [name for name, others in waiting.items() if not others]:
        for name in ready:
            del waiting[name]
        waiting = {name: others.difference(ready) for name, others in waiting.items()}
    assert waiting == {}


# Where kept documents are handled as such: the files that know how a type is written down, the store, and the upgrade,
# whose backup is of documents.
DOCUMENTS = ("collections/", "store/", "services/upgrading.py")


def looks_into_documents(text: str) -> bool:
    """Whether a program or a template looks into a kept document instead of holding a value."""
    return bool(re.search(r"\bdocument\[|\bstored\.document\b|\bdocument\.get\(", text))


def test_what_is_kept_is_handled_as_a_value():
    outside = [path for path in MODULES if not path.relative_to(PACKAGE).as_posix().startswith(DOCUMENTS)]
    templates = sorted((PACKAGE.parent / "templates").rglob("*.*"))
    assert len(templates) > 50
    assert [path for path in [*outside, *templates] if looks_into_documents(path.read_text("utf-8"))] == []


def test_a_look_into_a_document_is_seen():
    assert looks_into_documents('rate = stored.document["rate"]')
    assert looks_into_documents("{{ stored.document.user }}")
    assert not looks_into_documents("document.add_paragraph()")


# Where JSON, or a file's table that is read like it, enters or leaves. Elsewhere things are values; what is only
# handed on to be written is ``dict[str, object]``.
JSON_PASSES = (
    "collections/",
    "store/",
    "web/inspecting/api.py",
    "web/strict_json.py",
    "domain/inspecting/submission.py",
    "domain/evidence/marks.py",
    "domain/evidence/photo.py",
    "domain/checklists/table.py",
    "exports/checklists/xlsx.py",
    "services/index/frozen.py",
    "processes/link.py",
)


def has_loose_dicts(text: str) -> bool:
    return bool(re.search(r"\bdict\[str, Any\]", text))


def test_dicts_of_anything_are_only_where_json_passes():
    elsewhere = [path for path in MODULES if not path.relative_to(PACKAGE).as_posix().startswith(JSON_PASSES)]
    assert [path for path in elsewhere if has_loose_dicts(path.read_text("utf-8"))] == []


def test_no_place_for_json_is_named_for_nothing():
    loose = [path for path in MODULES if has_loose_dicts(path.read_text("utf-8"))]
    used = {one for one in JSON_PASSES for path in loose if path.relative_to(PACKAGE).as_posix().startswith(one)}
    assert used == set(JSON_PASSES)


def classes_in(text: str) -> list[str]:
    """The names of a module's classes, also of those inside others."""
    return [node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)]


def test_a_class_has_a_name_of_its_own():
    """Two things of one name are taken for one another, by people and by searches."""
    modules: dict[str, list[str]] = {}
    for path in MODULES:
        for name in classes_in(path.read_text("utf-8")):
            modules.setdefault(name, []).append(name_of(path))
    assert {name: found for name, found in modules.items() if len(found) > 1} == {}


def test_a_class_inside_another_is_seen():
    assert classes_in("class A:\n    class B(A):\n        pass\n\ndef f():\n    class C: ...\n") == ["A", "B", "C"]


def test_the_order_of_rooms_sees_an_arrow_the_other_way():
    assert is_up(f"{TOP}.domain.place.areas", f"{TOP}.domain.cases.case")
    assert is_up(f"{TOP}.domain.problems", f"{TOP}.domain.place.areas")
    assert not is_up(f"{TOP}.domain.cases.case", f"{TOP}.domain.place.areas")
    assert not is_up(f"{TOP}.services", f"{TOP}.services.checklists.library")


def table() -> str:
    """Modules, arrows between them, arrows between rooms, arrows up: a row a layer."""
    rows = ["| layer | modules | arrows between modules | between rooms | of them up |"]
    rows.append("| --- | ---: | ---: | ---: | ---: |")
    counts = Counter(part_of(name_of(path)) for path in MODULES)
    for layer in LAYERS:
        found = list(arrows(layer))
        rooms = {(room_of(a), room_of(b)) for a, b in found if room_of(a) != room_of(b) and a not in ASSEMBLIES}
        up = sum(is_up(*arrow) for arrow in found)
        rows.append(f"| {layer} | {counts[layer]} | {len(found)} | {len(rooms)} | {up} |")
    pairs = ((part_of(name_of(path)), name) for path in MODULES for name in imports_of(path))
    parts = {(part, part_of(name)) for part, name in pairs if name.split(".")[0] == TOP and part != part_of(name)}
    return "\n".join([*rows, "", f"{len(parts)} arrows between {len(MAY_IMPORT)} parts"])


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


if __name__ == "__main__":
    print(table())
