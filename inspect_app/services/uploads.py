"""Uploaded files that were shown and wait to be taken over: below the data folder, or in the database for all."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..domain.evidence.photo import is_sha256
from ..store.shelf import Shelved
from . import Services
from .shelf_files import OUTLINES, SITES

__all__ = ["OUTLINES", "SITES", "drop", "keep", "read"]
_KEPT_FOR = timedelta(hours=24)


def keep(services: Services, kind: str, content: bytes) -> str:
    """Keep a file until it is dropped or a day has passed; its SHA-256, by which it is found again."""
    name = hashlib.sha256(content).hexdigest()
    if services.shelf:
        now = datetime.now(UTC)
        services.shelf.sweep(kind, now - _KEPT_FOR)
        services.shelf.put(Shelved(kind, name, now, content))
        return name
    drafts = services.settings.data / kind
    drafts.mkdir(exist_ok=True)
    for old in drafts.iterdir():
        if old.stat().st_mtime < time.time() - _KEPT_FOR.total_seconds():
            old.unlink(missing_ok=True)
    (drafts / name).write_bytes(content)
    return name


def read(services: Services, kind: str, name: str) -> bytes | None:
    """A file that was kept; None where there is none of this name (any more)."""
    if not is_sha256(name):
        return None
    if services.shelf:
        found = services.shelf.get(kind, name)
        return found.content if found else None
    path = _path(services, kind, name)
    return path.read_bytes() if path.is_file() else None


def drop(services: Services, kind: str, name: str) -> None:
    """Forget a file that ``read`` found."""
    if services.shelf:
        services.shelf.remove(kind, name)
        return
    _path(services, kind, name).unlink(missing_ok=True)


def _path(services: Services, kind: str, name: str) -> Path:
    return services.settings.data / kind / name
