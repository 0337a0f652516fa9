"""Uploaded files that were shown and wait, below the data folder, to be taken over."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from ..domain.evidence.photo import is_sha256
from . import Services

SITES, OUTLINES = "site-drafts", "outline-drafts"
"""The folders: files of sites, files of areas' outlines."""
_AGE_S = 24 * 3600


def keep(services: Services, folder: str, content: bytes) -> str:
    """Keep a file until it is dropped or a day has passed; its SHA-256, by which it is found again."""
    drafts = services.settings.data / folder
    drafts.mkdir(exist_ok=True)
    for old in drafts.iterdir():
        if old.stat().st_mtime < time.time() - _AGE_S:
            old.unlink(missing_ok=True)
    name = hashlib.sha256(content).hexdigest()
    (drafts / name).write_bytes(content)
    return name


def read(services: Services, folder: str, name: str) -> bytes | None:
    """A file that was kept; None where there is none of this name (any more)."""
    path = _path(services, folder, name)
    return path.read_bytes() if is_sha256(name) and path.is_file() else None


def drop(services: Services, folder: str, name: str) -> None:
    """Forget a file that ``read`` found."""
    _path(services, folder, name).unlink(missing_ok=True)


def _path(services: Services, folder: str, name: str) -> Path:
    return services.settings.data / folder / name
