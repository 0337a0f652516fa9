"""The files of a data folder besides its documents and originals."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

ASIDE = "backup-moment"
LEFT_OUT = frozenset(
    {
        *(
            "store",
            "templates",
            "waiting",
            "schedule",
            "onlookers",
            "unsent",
            "outline-drafts",
            "site-drafts",
            "settling",
        ),
        *(ASIDE, "before-repair", "database.txt", "backup.json", "notices.json"),
        *("photos/thumbnails", "photos/reviews", "photos/shared", "photos/public", "photos/marks"),
    }
)
"""What is made again when it is missing, is nobody's after a day, comes by another way, or tells of this place only."""
_NONE: Mapping[str, Path] = {}


def files_of(data: Path, photos: Path, elsewhere: Mapping[str, Path] = _NONE) -> Iterator[tuple[str, Path]]:
    """All files by the name that they have in a data folder with the photos inside it, without what is left out.

    ``elsewhere`` are files that lie in another place, by the name that they would have there.
    """
    paths = chain((path for path in _in(data) if not path.is_relative_to(photos)), _in(photos))
    named = ((name_of(path, data, photos), path) for path in paths)
    yield from ((name, path) for name, path in named if not _is_left_out(name) and name not in elsewhere)
    yield from ((name, path) for name, path in elsewhere.items() if path.is_file())


def name_of(path: Path, data: Path, photos: Path) -> str:
    """The name of a file in a data folder with the photos inside it, wherever they lie."""
    if path.is_relative_to(photos):
        return f"photos/{path.relative_to(photos).as_posix()}"
    return path.relative_to(data).as_posix()


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
