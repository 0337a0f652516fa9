"""The pages' scripts as one file each, made at set-up by ``bin/bundle`` of the very sources that are there.

A bundle lies in a folder that is named by a digest of all static files and of what makes it. Where there is none of
these sources, as after an edit, the scripts are served as they are written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .settings import PROJECT

STATIC = PROJECT / "static"
RECIPE = PROJECT / "bin" / "bundling"
"""What makes bundles: the bundler's lock, and what it is told."""
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Scripts, by their paths below ``folder``, each with those that it needs before it runs."""

    version: str
    folder: Path
    needs: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=8)
def bundle_of(sources: str, bundles: Path) -> Bundle | None:
    """The bundle of the sources that have this digest; None where there is none, or none that can be read."""
    folder = bundles / bundle_name(sources)
    try:
        listed = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not _is_whole(listed):
        return None
    return Bundle(folder.name, folder, {name: tuple(needed) for name, needed in listed.items()})


def _is_whole(listed: object) -> bool:
    """Whether it is what the bundler writes: lists of scripts by script."""
    if not isinstance(listed, dict) or not listed:
        return False
    return all(isinstance(needed, list) and all(isinstance(one, str) for one in needed) for needed in listed.values())


def bundle_name(sources: str) -> str:
    """The name of the bundle of sources that have this digest: it changes with its maker, too."""
    maker = digest(RECIPE, RECIPE.glob("*"))
    return hashlib.sha256(f"{sources} {maker}".encode()).hexdigest()[:12]


def sources_digest() -> str:
    """A digest of all static files."""
    return digest(STATIC, STATIC.rglob("*"))


def digest(root: Path, paths: Iterable[Path]) -> str:
    """12 hexadecimal digits for files of a folder, their names included."""
    found = hashlib.sha256()
    for path in sorted(path for path in paths if path.is_file()):
        found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:12]
