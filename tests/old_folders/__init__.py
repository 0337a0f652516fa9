"""A data folder as an earlier version of the program wrote it: it must open, and say the same, for ever.

``2026_11`` was made at commit 1644899 by ``make_2026_11``. Whatever opens it in the program of today stands here.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from flask import Flask

from inspect_app import create_app
from inspect_app.settings import settings_from
from tests.as_browser import with_tokens_on_pages

FOLDER = Path(__file__).resolve().parent / "2026_11"


def copied(place: Path) -> Path:
    """The folder with data and checklists, copied to a place where it may be written. Git keeps no modes."""
    for part in ("data", "checklists"):
        shutil.copytree(FOLDER / part, place / part)
    for key in (place / "data").glob("*.key"):
        key.chmod(0o600)
    return place


def environment(folder: Path) -> dict[str, str]:
    """The settings under which a copy is opened.

    Its addresses were those of the host that a request named; they are those that are set.
    """
    folders = {"INSPECT_DATA": str(folder / "data"), "INSPECT_CHECKLISTS": str(folder / "checklists")}
    return {**folders, "INSPECT_ADDRESS": "http://localhost"}


def application_over(folder: Path, **more: str) -> Flask:
    """The application of today over a copy of the folder."""
    return with_tokens_on_pages(create_app(settings_from({**environment(folder), **more})))


def settled(app: Flask) -> None:
    """Return when what the application does behind its answers is done."""
    app.extensions["inspect"].after.wait()


def given() -> dict[str, Any]:
    """What lies beside the folder: accounts, tokens, what was sent."""
    found: dict[str, Any] = json.loads((FOLDER / "given.json").read_text("utf-8"))
    return found
