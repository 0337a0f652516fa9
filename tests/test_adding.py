"""docs/develop/adding.md holds: what it says to add, added to a copy of the project, goes the whole way."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import browser, open_browser  # noqa: F401
from tests.conftest import PROJECT, ServerProcess
from tests.copies import copy_of, with_compiled

TOYS = PROJECT / "tests" / "toys"
COPIED = ("inspect_app", "static", "templates", "checklists", "tests", "docs", "run.py", "pyproject.toml")
STARS_ROW = "| `stars` | 1–5星 | `full_from` 得满分的星数，默认5 | 星数 ÷ `full_from`，最多1 |"
STARRED = """
id = "starred"
title = "星级测评"
[[items]]
id = "kind"
text = "服务热情"
method = "stars"
full_from = 4
weight = 10
dimension = "公共服务"
photo = "optional"
clauses = ["(五)4(1)"]
units = ["市城管局"]
[[items]]
id = "clean"
text = "地面干净"
method = "stars"
weight = 10
dimension = "公共环境"
photo = "optional"
clauses = ["(五)4(1)"]
units = ["市城管局"]
"""


@pytest.fixture(scope="module")
def stars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the toy method ``stars``, a row on it in the documentation, and a checklist of it."""
    copy = with_compiled(copy_of(COPIED, tmp_path_factory.mktemp("stars") / "project", "toys"))
    shutil.copytree(TOYS / "stars", copy, dirs_exist_ok=True)
    page = copy / "docs" / "use" / "checklists.md"
    page.write_text(re.sub(r"(\| `proximity` .*\n)", rf"\1{STARS_ROW}\n", page.read_text("utf-8")), "utf-8")
    (copy / "checklists" / "starred.toml").write_text(STARRED, "utf-8")
    shutil.copy(TOYS / "whole_way.py", copy / "tests" / "test_whole_way.py")
    return copy


def run_in(copy: Path, *arguments: str) -> None:
    """Run Python there; what it says where it fails."""
    ran = subprocess.run([sys.executable, *arguments], cwd=copy, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-4000:]


def test_a_method_takes_four_files():
    """Its module, its module of the phone and its template; and the row in docs/use/checklists.md."""
    assert len([path for path in (TOYS / "stars").rglob("*") if path.is_file()]) + 1 <= 4


def test_a_method_that_is_added_has_all_parts(stars: Path):
    """The tests of every method, over one more."""
    run_in(
        stars,
        *("-m", "pytest", "-p", "no:cacheprovider"),
        "tests/domain/checklists/test_methods.py",
        "tests/web/inspecting/test_methods.py",
        "tests/exports/checklists/test_methods.py",
        "tests/test_docs.py::test_every_field_of_a_checklist_file_is_explained",
    )


def test_a_method_that_is_added_goes_the_whole_way(stars: Path):
    run_in(stars, "-m", "pytest", "-p", "no:cacheprovider", "tests/test_whole_way.py")


def test_a_method_that_is_added_in_part_is_told_at_the_start(stars: Path):
    """Not when somebody answers the first item of it."""
    said = (
        "import inspect_app.domain.checklists.methods.stars as module\n"
        "del module.Stars.describe\n"
        "from abc import update_abstractmethods\n"
        "update_abstractmethods(module.Stars)\n"
        "try:\n"
        "    module.Stars()\n"
        "except TypeError as error:\n"
        "    assert 'describe' in str(error)\n"
        "else:\n"
        "    raise SystemExit('made all the same')\n"
    )
    run_in(stars, "-c", said)


@pytest.mark.browser
def test_a_method_that_is_added_is_answered_on_the_phone(
    stars: Path,
    tmp_path: Path,
    serve: Callable[..., ServerProcess],
    open_browser: Callable[..., BrowserContext],  # noqa: F811
):
    """With its own module: marked where points are lost, filled in with the rest, sent and scored."""
    made = "import sys, pathlib; from tests.world import World; World.made_in(pathlib.Path(sys.argv[1]))"
    run_in(stars, "-c", made, str(tmp_path / "data"))
    server = serve(tmp_path / "data", project=stars)
    from tests.browser.phone import open_form, sign_in

    page = open_browser().new_page()
    sign_in(page, server.address, "inspector")
    open_form(page, server.address, "starred-1")
    page.locator('#item-kind input[value="3"]').check(force=True)
    expect(page.locator("#item-kind")).to_have_class(re.compile(r"\bfailed\b"))
    page.locator("#rest").click()
    page.locator("#rest-dialog button[value=yes]").click()
    expect(page.locator('#item-clean input[value="5"]')).to_be_checked()
    page.locator("#submit").click()
    page.wait_for_url("**/inspections/*")
    expect(page.locator("main")).to_contain_text("87.50")
