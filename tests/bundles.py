"""The pages' scripts as set-up makes them, for tests of what phones are sent."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inspect_app.settings import BUNDLES, PROJECT


def made() -> Path:
    """The folder with the bundle of the sources as they are."""
    subprocess.run([sys.executable, PROJECT / "bin" / "bundle"], check=True, timeout=120)
    return BUNDLES


@contextmanager
def bundled() -> Iterator[None]:
    """Servers that are started meanwhile send the bundle."""
    os.environ["INSPECT_BUNDLES"] = str(made())
    try:
        yield
    finally:
        os.environ["INSPECT_BUNDLES"] = ""
