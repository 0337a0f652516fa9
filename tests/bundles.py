"""The pages' scripts as set-up makes them, or one by one as they are written: what a test's servers send."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from inspect_app.settings import BUNDLES, PROJECT


@cache
def made() -> Path:
    """The folder with the bundle of the sources as they are."""
    subprocess.run([sys.executable, PROJECT / "bin" / "bundle"], check=True, timeout=120)
    return BUNDLES


@contextmanager
def bundled() -> Iterator[None]:
    """Servers that are started meanwhile send the bundle: a page in a quarter of the requests."""
    with _sent(str(made())):
        yield


@contextmanager
def one_by_one() -> Iterator[None]:
    """Servers that are started meanwhile send scripts as they are written, as where set-up could not bundle them."""
    with _sent(""):
        yield


@contextmanager
def _sent(bundles: str) -> Iterator[None]:
    before = os.environ.get("INSPECT_BUNDLES", "")
    os.environ["INSPECT_BUNDLES"] = bundles
    try:
        yield
    finally:
        os.environ["INSPECT_BUNDLES"] = before
