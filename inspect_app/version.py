"""Which release this program is. ``CHANGELOG.md`` has the same numbers (tests/test_version.py)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

VERSION = "1.0.0.dev0"
"""The number of a release, or of the one that is being worked on, with ``.dev0`` (PEP 440)."""
_PROJECT = Path(__file__).resolve().parent.parent
_SHOWN = 12


@cache
def program() -> str:
    """The version as people are told it: ``1.0.0``; between releases with the commit, where it can be known."""
    commit = commit_of(_PROJECT) if ".dev" in VERSION else ""
    return f"{VERSION}+{commit}" if commit else VERSION


def commit_of(project: Path) -> str:
    """The first digits of the commit that a folder is at, by git's own files; empty where it is no repository."""
    try:
        folder = _repository(project / ".git")
        head = (folder / "HEAD").read_text("ascii").strip()
        found = _commit(folder, head.removeprefix("ref: ")) if head.startswith("ref: ") else head
    except (OSError, ValueError):
        return ""
    return found[:_SHOWN]


def _repository(path: Path) -> Path:
    """A repository's folder; that of a second work tree is named in a file."""
    return path if path.is_dir() else Path(path.read_text("utf-8").removeprefix("gitdir:").strip())


def _commit(folder: Path, ref: str) -> str:
    """What a branch is at: a file of its own, or a line of the packed ones."""
    common = folder / "commondir"
    folders = (folder, folder / common.read_text("utf-8").strip()) if common.exists() else (folder,)
    for one in folders:
        if (one / ref).is_file():
            return (one / ref).read_text("ascii").strip()
    lines = (folders[-1] / "packed-refs").read_text("utf-8").splitlines()
    return next((line.split()[0] for line in lines if line.endswith(f" {ref}")), "")
