"""Copies of the project, with what Python has compiled of it: a process in a copy need not compile the program anew.

What was compiled is taken for a file whose time and size are those of its source, and a copy keeps both.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from importlib.util import cache_from_source
from pathlib import Path

from inspect_app.settings import PROJECT

LEFT_OUT = ("__pycache__", "old_folders", "screenshots")


def copy_of(names: Iterable[str], to: Path, *left_out: str) -> Path:
    """These files and folders of the project, in a folder that is made."""
    to.mkdir(parents=True)
    for name in names:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, to / name, ignore=shutil.ignore_patterns(*LEFT_OUT, *left_out))
        else:
            shutil.copy2(source, to / name)
    return to


def with_compiled(copy: Path) -> Path:
    """The copy, and what was compiled of the files in it where Python keeps that, beside them or apart."""
    for source in copy.rglob("*.py"):
        original = Path(cache_from_source(PROJECT / source.relative_to(copy)))
        target = Path(cache_from_source(source))
        # Of one source there are several: as it is, and with what pytest makes of assertions.
        for one in original.parent.glob(f"{source.stem}.*.pyc"):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(one, target.parent)
    return copy
