"""The program's folder is only read: two installations of one program are apart, and a restore brings edits back."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest
from openpyxl import load_workbook

from tests.conftest import ServerProcess
from tests.copies import copy_of, with_compiled
from tests.web.builders import hidden
from tests.world import BUREAU, PASSWORD, World


class Browser:
    """An administrator who has signed in at a running server."""

    def __init__(self, server: ServerProcess) -> None:
        self.address = server.address
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.post("/login", "/login", name="administrator", password=PASSWORD)

    def get(self, path: str) -> bytes:
        with self._opener.open(f"{self.address}{path}", timeout=20) as answer:
            return answer.read()

    def post(self, page: str, path: str, **fields: str) -> str:
        """The page behind a form of ``page`` that is sent to ``path``."""
        token = hidden(self.get(page).decode(), "csrf_token")
        return self._send(
            path, urlencode({"csrf_token": token, **fields}).encode(), "application/x-www-form-urlencoded"
        )

    def upload(self, page: str, path: str, content: bytes) -> str:
        """The page after a file was sent."""
        token, edge = hidden(self.get(page).decode(), "csrf_token"), "edge"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'.encode(),
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="x.xlsx"\r\n\r\n'.encode(),
            content,
            f"\r\n--{edge}--\r\n".encode(),
        ]
        return self._send(path, b"".join(parts), f"multipart/form-data; boundary={edge}")

    def _send(self, path: str, body: bytes, kind: str) -> str:
        request = urllib.request.Request(f"{self.address}{path}", body, {"Content-Type": kind})
        with self._opener.open(request, timeout=20) as answer:
            return answer.read().decode()


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # Where what Python compiles goes elsewhere anyway it may: a dozen processes then compile the program once.
    if sys.pycache_prefix is None:
        monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("INSPECT_CHECKLISTS", raising=False)
    return installed(tmp_path / "program")


def installed(folder: Path) -> Path:
    """The program as it is copied onto a machine, where it has run once: what Python compiled is there."""
    return with_compiled(copy_of(("inspect_app", "templates", "static", "checklists", "run.py"), folder))


def files_of(folder: Path) -> dict[str, str]:
    """Every file with a SHA-256 of what is in it."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def command(program: Path, data: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "inspect_app", *arguments],
        cwd=program,
        env={**os.environ, "INSPECT_DATA": str(data)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def heavier(workbook: bytes) -> bytes:
    """A checklist's workbook with another weight of its first item."""
    book = load_workbook(io.BytesIO(workbook))
    book["测评项"]["E2"] = 33
    changed = io.BytesIO()
    book.save(changed)
    return changed.getvalue()


def changed_on_pages(browser: Browser) -> None:
    """Both pages by which an administrator changes what the starting set has."""
    page = browser.upload("/checklists/upload", "/checklists/upload", heavier(browser.get("/checklists/market.xlsx")))
    browser.post("/checklists/upload", "/checklists/take", draft=hidden(page, "draft"), reason="试")
    for clause in ("(五)2", "(五)4"):
        browser.post("/admin/units/routing", "/admin/units/routing", unit=BUREAU, clause=clause)
    shown = hidden(browser.get("/admin/units/routing").decode(), "rule")
    browser.post("/admin/units/routing", "/admin/units/routing/1/remove", rule=shown)


def changed_by_commands(program: Path, data: Path, folder: Path) -> None:
    """Every command that changes what the starting set has."""
    command(program, data, "checklists", "export", "bus", "--to", str(folder))
    (folder / "bus.xlsx").write_bytes(heavier((folder / "bus.xlsx").read_bytes()))
    command(program, data, "checklists", "import", str(folder / "bus.xlsx"), "--write", "--reason", "试")
    (folder / "index.toml").write_text("[types]\nbus = 3\n", "utf-8")
    command(program, data, "checklists", "take", str(folder / "index.toml"))
    (folder / "deadlines.toml").write_text(command(program, data, "checklists", "text", "deadlines"), "utf-8")
    command(program, data, "checklists", "take", str(folder / "deadlines.toml"))
    command(program, data, "checklists", "reset", "deadlines")


def seen(browser: Browser) -> tuple[str, bool]:
    """What an installation shows of those changes: the weight in market's first row, and whether there is a rule."""
    sheet = load_workbook(io.BytesIO(browser.get("/checklists/market.xlsx")))["测评项"]
    rules = browser.get("/admin/units/routing").decode()
    return str(sheet["E2"].value), bool(re.search(r"条款 \(五\)4", rules))


@pytest.mark.slow
def test_changes_stay_in_their_data_folder_and_the_program_s_folder_as_it_was(
    program: Path, tmp_path: Path, serve: Callable[..., ServerProcess]
):
    """Also with the program's folder read-only, where that keeps whoever runs the tests from writing."""
    before = files_of(program)
    for path in program.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    ours, theirs = (World.made_in(tmp_path / name) for name in ("ours", "theirs"))
    for world in (ours, theirs):
        world.services.store.close()
    here, there = (Browser(serve(world.data, project=program)) for world in (ours, theirs))
    untouched = seen(there)
    changed_on_pages(here)
    changed_by_commands(program, ours.data, tmp_path)
    assert seen(here) == ("33", True)
    assert seen(there) == untouched
    assert untouched[0] != "33"
    assert files_of(program) == before

    fresh = installed(tmp_path / "fresh")
    restored = Path(shutil.copytree(ours.data, tmp_path / "restored"))
    assert seen(Browser(serve(restored, project=fresh))) == ("33", True)
    names = {line.split("\t")[0] for line in command(fresh, restored, "checklists", "editions").splitlines()}
    assert names - {"presence"} == {"market", "routing", "bus", "index", "deadlines"}
    assert command(fresh, restored, "checklists", "text", "index") == "[types]\nbus = 3\n"
    assert "日志完整" in command(fresh, restored, "audit", "verify")


def test_edits_that_stood_in_the_program_s_folder_go_with_the_data_once_it_was_opened(program: Path, tmp_path: Path):
    """As an earlier version of the program wrote them, whose folder was upgraded in place."""
    data = tmp_path / "data"
    (data / "store").mkdir(parents=True)  # a command founds nothing
    (program / "checklists" / "index.toml").write_text("[types]\nbus = 3\n", "utf-8")
    command(program, data, "checklists", "list")
    fresh = installed(tmp_path / "fresh")
    assert command(fresh, data, "checklists", "text", "index") == "[types]\nbus = 3\n"
