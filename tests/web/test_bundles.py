"""The pages' scripts as one file each: what phones are sent after set-up, and what they keep for later."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import brotli
import pytest
from flask.testing import FlaskClient

from inspect_app.bundles import MANIFEST, bundle_name, sources_digest
from inspect_app.settings import BUNDLES, settings_from
from tests.bundles import made
from tests.conftest import PROJECT
from tests.web.builders import signed_in
from tests.world import World

JS = PROJECT / "static" / "js"
SCRIPT = re.compile(r'<script type="module" src="([^"]+)"')
PRELOAD = re.compile(r'rel="modulepreload" href="([^"]+)"')
STYLE = re.compile(r'rel="stylesheet" href="([^"]+)"')
# What a phone can do without is no part of this: 60 KB are for all of it, and some grows with each release.
FORM_BYTES = 45_000
FORM_REQUESTS = 6
PAGES = ["/field/", "/field/sites/zebra-crossing-1", "/field/sites/school-perimeter-1", "/field/adhoc", "/field/outbox"]


@pytest.fixture(scope="module")
def bundles() -> Path:
    return made()


@pytest.fixture
def client(world: World, bundles: Path) -> FlaskClient:
    world.settings = replace(world.settings, bundles=bundles)
    return signed_in(world)


def needed(page: str) -> set[str]:
    """The addresses that a page needs before it takes entries."""
    return {*SCRIPT.findall(page), *PRELOAD.findall(page), *STYLE.findall(page)}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_needs_little_before_it_takes_entries(client: FlaskClient, path: str):
    """Each answer with its headers, compressed; six requests fit on a browser's connections to one host at once."""
    page = client.get(path, headers={"Accept-Encoding": "br"})
    html = brotli.decompress(page.data).decode() if page.content_encoding == "br" else page.text
    answers = [page, *(client.get(address, headers={"Accept-Encoding": "br"}) for address in needed(html))]
    assert {answer.status_code for answer in answers} == {200}
    assert len(answers) <= FORM_REQUESTS
    sizes = [len(answer.data) + sum(len(name) + len(value) + 4 for name, value in answer.headers) for answer in answers]
    assert sum(sizes) <= FORM_BYTES
    assert len(SCRIPT.findall(html)) == 1


def test_a_script_brings_what_it_imports_and_the_methods_that_are_named_later(client: FlaskClient):
    page = client.get("/field/sites/zebra-crossing-1").text
    (address,) = SCRIPT.findall(page)
    script = client.get(address).text
    assert not re.search(r'(?:from|import)\s*"\.', script), "it needs nothing before it runs"
    assert not re.search(r"import\(`[^`]*\$\{", script), "what is named later comes with it"
    # A sentence of each of three methods' modules.
    for path in ("ratio.js", "occurrences.js", "proximity/rows.js"):
        words = re.findall(r'"([^"]*[\u4e00-\u9fff]{4,}[^"$]*)"', (JS / "checklists/methods" / path).read_text("utf-8"))
        assert words
        assert words[0] in script, path


def test_the_worker_keeps_all_that_bundled_pages_load_later_and_nothing_that_is_not_there(client: FlaskClient):
    worker = client.get("/field/sw.js").text
    files = set(json.loads(re.search(r"begin\((\{.*\})\)", worker)[1])["files"])
    assert {client.get(address).status_code for address in files} == {200}
    scripts = {address for address in files if address.endswith(".js")}
    todo = {address for path in PAGES for address in needed(client.get(path).text)} | {
        re.search(r'from "([^"]+)"', worker)[1]
    }
    assert todo <= files
    for address in scripts:
        text = client.get(address).text
        folder = address.rsplit("/", 1)[0]
        for name in re.findall(r'(?:from|import)\s*\(?\s*["`](\.[^"`]+)["`]', text):
            assert str(Path(f"{folder}/{name}").resolve()) in scripts, (address, name)
    assert len(scripts) < len(list(JS.rglob("*.js")))


def test_what_comes_from_npm_is_sent_with_its_licence_and_not_before_a_tap(client: FlaskClient, bundles: Path):
    folder = bundles / bundle_name(sources_digest())
    (reader,) = (folder / "js" / "place" / "sites").glob("decode-*.js")
    assert reader.read_text("utf-8").startswith("/*! qr\nThe MIT License (MIT)\n\nCopyright (c) 2023 Paul Miller")
    name = reader.relative_to(folder).as_posix()
    assert name in client.get("/field/sw.js").text
    assert not any(name in client.get(path).text for path in PAGES)


def test_workers_that_scripts_start_are_there(client: FlaskClient):
    names = {
        name for path in JS.rglob("*.js") for name in re.findall(r'fileAt\("(js/[^"]+)"\)', path.read_text("utf-8"))
    }
    assert names
    base = STYLE.findall(client.get("/field/").text)[0].partition("css/")[0]
    for name in names:
        assert "import" not in client.get(base + name).text, "one file, as other scripts are"


def test_a_script_does_not_ask_where_it_stands():
    """In one file with others it stands elsewhere; ``fileAt`` of root.js knows the address of a file."""
    asking = {path.name for path in JS.rglob("*.js") if "import.meta" in path.read_text("utf-8")}
    assert asking == {"root.js"}


def test_bundled_and_written_scripts_are_two_versions(world: World, client: FlaskClient):
    bundled = re.search(r"/static/([0-9a-f]{12})/", client.get("/field/").text)[1]
    written = re.search(
        r"/static/([0-9a-f]{12})/", signed_in(World.made_in(world.data.parent / "other")).get("/field/").text
    )[1]
    assert bundled == bundle_name(sources_digest()) != written


def test_without_a_bundle_of_these_sources_scripts_are_sent_as_they_are_written(
    world: World, bundles: Path, tmp_path: Path
):
    other = tmp_path / "bundles"
    shutil.copytree(bundles / bundle_name(sources_digest()), other / "0123456789ab")
    world.settings = replace(world.settings, bundles=other)
    client = signed_in(world)
    page = client.get("/field/sites/zebra-crossing-1").text
    assert len(PRELOAD.findall(page)) > 20
    # Pages that were opened before go on with the scripts of then.
    old = client.get("/static/0123456789ab/js/inspecting/form.js")
    assert old.data == (other / "0123456789ab/js/inspecting/form.js").read_bytes()
    assert "immutable" in old.headers["Cache-Control"]


def test_a_bundle_that_cannot_be_read_is_as_good_as_none(world: World, bundles: Path, tmp_path: Path):
    name = bundle_name(sources_digest())
    shutil.copytree(bundles / name, tmp_path / name)
    (tmp_path / name / MANIFEST).write_bytes(b"")
    world.settings = replace(world.settings, bundles=tmp_path)
    assert len(PRELOAD.findall(signed_in(world).get("/field/sites/zebra-crossing-1").text)) > 20


@pytest.mark.parametrize("path", ["../manifest.json", "manifest.json", "js/../../../pyvenv.cfg", "js/none.js"])
def test_of_a_bundle_only_scripts_are_served(client: FlaskClient, path: str):
    assert client.get(f"/static/{bundle_name(sources_digest())}/{path}").status_code == 404


def test_the_setting_names_another_folder_or_none(tmp_path: Path):
    assert settings_from({}).bundles == BUNDLES
    assert settings_from({"INSPECT_BUNDLES": ""}).bundles is None
    assert settings_from({"INSPECT_BUNDLES": str(tmp_path)}).bundles == tmp_path


def test_made_once_it_is_left_alone(bundles: Path):
    manifest = bundles / bundle_name(sources_digest()) / MANIFEST
    before = manifest.stat()
    done = subprocess.run([sys.executable, PROJECT / "bin" / "bundle"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert manifest.stat() == before
