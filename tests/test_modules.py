"""Modules as they are sent: the same code without its comments; a page names all that it will need."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from inspect_app.web.modules import imported, without_comments
from tests.conftest import PROJECT
from tests.test_types import tsc
from tests.web.builders import signed_in
from tests.world import World

JS = PROJECT / "static" / "js"


def test_leaving_out_comments_leaves_the_code_as_it_was(tmp_path: Path):
    """A compiler that drops comments makes the same of every module, before and after."""
    compiled = {}
    for kind, change in (("as written", str), ("as sent", without_comments)):
        folder = tmp_path / kind
        for path in JS.rglob("*.js"):
            target = folder / "in" / path.relative_to(JS)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(change(path.read_text("utf-8")), "utf-8")
        (folder / "tsconfig.json").write_text(
            """{"compilerOptions": {"allowJs": true, "checkJs": false, "removeComments": true, "target": "esnext",
                "module": "esnext", "moduleResolution": "bundler", "types": [], "rootDir": "in", "outDir": "out"},
                "include": ["in/**/*.js"]}""",
            "utf-8",
        )
        assert tsc(folder / "tsconfig.json") == ""
        out = folder / "out"
        compiled[kind] = {str(path.relative_to(out)): path.read_text("utf-8") for path in out.rglob("*.js")}
    assert len(compiled["as sent"]) > 20
    assert compiled["as written"] == compiled["as sent"]


@pytest.mark.parametrize(
    ("code", "sent"),
    [
        ("// why\nlet a = 1;\n", "\nlet a = 1;\n"),
        ('let a = "// no comment";\n', 'let a = "// no comment";\n'),
        ("let a = 1; // stays\n", "let a = 1; // stays\n"),
        ("/**\n * @param {string} a\n */\nf();\n", "\n\n\nf();\n"),
        ("/* one */ f();\n/* two */\n", "/* one */ f();\n\n"),
        ("g(/** @type {any} */ (a));\n", "g((a));\n"),
    ],
)
def test_only_comments_that_fill_lines_and_types_go(code: str, sent: str):
    assert without_comments(code) == sent


def test_what_is_loaded_when_needed_is_asked_for_again_where_it_did_not_arrive():
    """But for what a page loads as it opens, and once: nobody can ask for it a second time without opening it again."""
    at_once = {"inspecting/waiting.js"}
    lazily = re.compile(r"(?<!\{)(?<!type )(?:(arriving\(\(\) => )|)import\(\"\.")
    calls = {
        path.relative_to(JS).as_posix(): lazily.findall(without_comments(path.read_text("utf-8")))
        for path in sorted(JS.rglob("*.js"))
    }
    assert sum(map(len, calls.values())) > 20
    assert {name for name, found in calls.items() if not all(found)} == at_once


def test_a_page_names_every_module_that_it_will_need(world: World):
    page = signed_in(world).get("/field/sites/zebra-crossing-1").text
    named = {address.partition("/js/")[2] for address in re.findall(r'rel="modulepreload" href="([^"]+)"', page)}
    methods = {item.method for item in world.checklist("zebra-crossing").items}
    entries = ["js/inspecting/form.js", *(f"js/checklists/methods/{method}.js" for method in methods)]
    needed = {module for entry in entries for module in (entry, *imported(entry, _text))}
    assert named == {name.removeprefix("js/") for name in needed}
    assert {"checklists/answers.js", "inspecting/storage/database.js", "checklists/methods/ratio.js"} <= named
    assert "checklists/methods/proximity.js" not in named, "no item of this checklist needs it"


def _text(name: str) -> str:
    return (PROJECT / "static" / name).read_text("utf-8")


def test_static_files_carry_no_cookie_and_no_headers_of_pages(world: World):
    client = signed_in(world)
    address = re.findall(r'href="(/static/[^"]+base\.css)"', client.get("/field/").text)[0]
    answer = client.get(address)
    assert answer.status_code == 200
    assert "public" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert sum(len(name) + len(value) + 4 for name, value in answer.headers) < 350
    assert "Set-Cookie" in client.get("/field/").headers


def test_names_on_the_map_are_nodes_because_leaflet_takes_a_text_for_html():
    showing = re.compile(r"(?:bindTooltip|bindPopup|set(?:Tooltip|Popup)?Content)\(\s*([^\s,)]+)")
    shown = [(path.name, first) for path in JS.rglob("*.js") for first in showing.findall(path.read_text("utf-8"))]
    assert len(shown) >= 5
    # A node made on the spot, a function that makes one, or one made before.
    assert [one for one in shown if not re.match(r"made\(|\(|link$", one[1])] == []


def test_the_page_of_signing_in_looks_for_the_database_that_the_phone_keeps():
    waiting = _text("js/inspecting/waiting.js")
    assert "name === NAME" in waiting
    assert re.search(r'NAME\b.* = await import\("./storage/database.js"\)', waiting)
    assert "indexedDB.open(NAME" in (database := _text("js/inspecting/storage/database.js"))
    assert "export const NAME = " in database
