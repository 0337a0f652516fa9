"""Static files: one address per version, compressed, and nothing outside the folder."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import brotli
import pytest

from inspect_app.domain.checklists.methods import METHODS
from inspect_app.settings import PROJECT
from inspect_app.web.modules import without_comments

MODULE = without_comments((PROJECT / "static" / "js" / "inspecting/form.js").read_text("utf-8")).encode()
IMPORT = re.compile(r'(?:from|import)\s*\(?\s*"(\.[^"]+)"')


@pytest.fixture
def client(world):
    return world.app().test_client()


def version(client) -> str:
    return re.search(r"/static/([0-9a-f]{12})/css/base.css", client.get("/login").text)[1]


def test_a_file_is_kept_for_good_under_its_version_and_looked_at_again_under_another(client):
    fresh = client.get(f"/static/{version(client)}/js/inspecting/form.js")
    assert fresh.data == MODULE
    assert fresh.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert fresh.content_type == "text/javascript; charset=utf-8"
    old = client.get("/static/000000000000/js/inspecting/form.js")
    assert (old.data, old.headers["Cache-Control"]) == (fresh.data, "no-cache")
    assert client.get(old.request.path, headers={"If-None-Match": old.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    ("accepted", "encoding", "decode"),
    [
        ("gzip, br", "br", brotli.decompress),
        ("gzip", "gzip", gzip.decompress),
        ("", None, bytes),
        ("br;q=0", None, bytes),
    ],
)
def test_text_is_compressed_as_the_browser_asks(client, accepted, encoding, decode):
    answer = client.get(f"/static/{version(client)}/js/inspecting/form.js", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == encoding
    assert decode(answer.data) == MODULE
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_pictures_are_sent_as_they_are(client):
    answer = client.get(f"/static/{version(client)}/icons/icon-192.png", headers={"Accept-Encoding": "br"})
    assert answer.data == (PROJECT / "static/icons/icon-192.png").read_bytes()
    assert answer.headers.get("Content-Encoding") is None


@pytest.mark.parametrize("path", ["../run.py", "js/../../run.py", "js", "js/none.js", "..%2frun.py", "%00"])
def test_nothing_outside_the_folder_is_served(client, path):
    assert client.get(f"/static/x/{path}").status_code == 404


def modules(path: Path) -> set[Path]:
    """A module and all that it imports, dynamically too."""
    found, todo = set(), [path]
    while todo:
        here = todo.pop()
        if here not in found:
            found.add(here)
            todo += [(here.parent / name).resolve() for name in IMPORT.findall(here.read_text("utf-8"))]
    return found


def test_the_worker_keeps_every_module_and_style_that_the_pages_of_the_field_need(world, client):
    script = client.get("/field/sw.js")
    assert script.content_type.startswith("text/javascript")
    kept = set(re.findall(r"/static/[0-9a-f]{12}/([^\"]+)", script.text))
    needed = set()
    entries = {f"js/checklists/methods/{method}.js" for method in METHODS}
    for page in PROJECT.glob("templates/inspecting/*.html"):
        text = page.read_text("utf-8")
        needed |= set(re.findall(r"asset\('([^']+\.css)'\)", text))
        entries |= set(re.findall(r"asset\('(js/[^']+)'\)", text))
    for entry in entries:
        paths = modules(PROJECT / "static" / entry)
        needed |= {path.relative_to(PROJECT / "static").as_posix() for path in paths}
    assert {
        "js/inspecting/form.js",
        "js/inspecting/sending/drain.js",
        "js/sha256.js",
        "css/inspecting/field.css",
    } <= needed
    assert needed <= kept


def test_every_picture_that_a_style_names_is_there():
    named = [
        (path.parent / name).resolve()
        for path in (PROJECT / "static").rglob("*.css")
        for name in re.findall(r'url\("([^":#]+)"\)', path.read_text("utf-8"))
    ]
    assert named
    assert [path for path in named if not path.is_file()] == []


@pytest.mark.parametrize("name", ["9" * 300, "js/" + "a" * 5000, "css/%00.css"])
def test_a_name_that_no_file_can_have_is_that_of_no_file(world, name):
    assert world.app().test_client().get(f"/static/x/{name}").status_code == 404
