"""The files of a data folder besides its documents and originals."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

ASIDE = "backup-moment"
LEFT_OUT = frozenset(
    {
        *("store", "templates", "waiting", "schedule", "unsent", "outline-drafts", "site-drafts"),
        *(ASIDE, "before-repair", "database.txt"),
        *(
            "photos/thumbnails",
            "photos/reviews",
            "photos/shared",
            "photos/public",
            "photos/marks",
            "backup.json",
            "notices.json",
        ),
    }
)
"""What is made again when it is missing, is nobody's after a day, comes by another way, or tells of this place only."""


def files_of(data: Path, photos: Path) -> Iterator[tuple[str, Path]]:
    """All files by the name that they have in a data folder with the photos inside it, without what is left out."""
    inside = ((path.relative_to(data).as_posix(), path) for path in _in(data) if not path.is_relative_to(photos))
    beside = ((f"photos/{path.relative_to(photos).as_posix()}", path) for path in _in(photos))
    yield from ((name, path) for found in (inside, beside) for name, path in found if not _is_left_out(name))


def _in(folder: Path) -> Iterable[Path]:
    """The files in a folder, those of ``originals`` not looked at: they are many."""
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if one != "originals")
        for path in (Path(at) / name for name in sorted(names)):
            if path.is_file() and not path.is_symlink():
                yield path


def _is_left_out(name: str) -> bool:
    parts = name.split("/")
    return bool({"/".join(parts[:count]) for count in (1, 2)} & LEFT_OUT)
