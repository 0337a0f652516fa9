"""Files that the disk gives no more: opening one fails as it does there. Rights would not do, tests may run as root."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest


def make_unreadable(monkeypatch: pytest.MonkeyPatch, *paths: Path, error: int = errno.EIO) -> None:
    """Have opening these files fail from now on."""
    real, wanted = Path.open, set(paths)

    def fail(path: Path, *arguments: Any, **named: Any) -> Any:
        if path in wanted:
            raise OSError(error, os.strerror(error))
        return real(path, *arguments, **named)

    monkeypatch.setattr(Path, "open", fail)
