"""What a store holds, written as the files of a folder's store: for backups of a store that is in no folder.

The same documents give the same bytes, so a backup has each week that did not change once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import IO

from .acts import FOLDER as ACTS
from .chain import head_in
from .copying import Image, Part
from .folder_copying import kept_text
from .inventory import Inventory, LogSize, Size
from .lines import Text, encode_changes, text_of
from .moment import Frozen
from .table import LOCATOR, TABLE, WHOLE

_JOURNAL = "journal.0"


def write_folder(image: Image, aside: Path, folder: Path, log: Path) -> list[Frozen]:
    """Write all of an image into ``aside``; its files by where they belong in ``folder``, the log as ``log``.

    They need not survive a crash. Raises ``StoreDamaged`` where something is missing, and ``OSError``.
    """
    names, sizes = aside / "store", dict[str, Size]()
    for collection, parts in groupby(sorted(image.parts()), key=lambda part: part[0]):
        own = list(parts)
        if own == [(collection, WHOLE)]:
            sizes[f"{collection}/{WHOLE}"] = _write_set(names / collection / WHOLE, _lines(image, own[0]))
        else:
            sizes |= _write_weeks(image, own, names, collection)
    _write_set(names / ACTS, ())
    length, last = _write_log(image, aside / "log")
    Inventory(names).replace(sizes, LogSize(length, head_in(last).hash) if last else None)
    found = [(folder / path.relative_to(names), path) for path in sorted(names.rglob("*")) if path.is_file()]
    return [Frozen(to, path, path.stat().st_size) for to, path in [*found, (log, aside / "log")]]


def _write_weeks(image: Image, parts: Sequence[Part], names: Path, collection: str) -> dict[str, Size]:
    """The weeks of a collection, and beside them which week has an id."""
    sizes = {}
    path = names / collection / LOCATOR
    _write_set(path, ())
    with (path / _JOURNAL).open("wb") as ids:
        for part in parts:
            lines = _noting(_lines(image, part), ids, _claim(part[1]))
            sizes["/".join(part)] = _write_set(names.joinpath(*part), lines)
        sizes[f"{collection}/{LOCATOR}"] = Size(0, ids.tell(), 0)
    return sizes


def _claim(week: str) -> Text:
    return text_of({"week": week, "turn": 0})


def _noting(lines: Iterable[tuple[str, bytes]], ids: IO[bytes], claim: Text) -> Iterator[tuple[str, bytes]]:
    """Lines as they are, the id of each written down on the way."""
    for id, line in lines:
        ids.write(_line(id, claim))
        yield id, line


def _lines(image: Image, part: Part) -> Iterator[tuple[str, bytes]]:
    """A record for each document, with its id."""
    return ((row.id, _line(row.id, kept_text(row))) for row in image.rows(part))


def _line(id: str, kept: Text) -> bytes:
    return encode_changes([(TABLE, id, kept)])


def _write_set(path: Path, lines: Iterable[tuple[str, bytes]]) -> Size:
    path.mkdir(parents=True)
    (path / "lock").touch()
    with (path / _JOURNAL).open("wb") as file:
        file.writelines(line for _, line in lines)
        return Size(0, file.tell(), 0)


def _write_log(image: Image, path: Path) -> tuple[int, bytes]:
    """Its length in bytes, and its last line."""
    last = b""
    with path.open("wb") as file:
        for last in image.lines(0):
            file.write(last + b"\n")
        return file.tell(), last
