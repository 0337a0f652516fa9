"""What a store holds, written as the files of a folder's store: for backups of a store that is in no folder.

The same documents give the same bytes, so a backup has each week that did not change once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from .chain import head_in
from .copying import Image, Part
from .folder_copying import kept_text
from .inventory import Inventory, LogSize, Size
from .lines import Text, encode_changes, text_of
from .moment import Frozen
from .table import LOCATOR, TABLE, WHOLE


def write_folder(image: Image, aside: Path, folder: Path, log: Path) -> list[Frozen]:
    """Write all of an image into ``aside``; its files by where they belong in ``folder``, the log as ``log``.

    They need not survive a crash. Raises ``StoreDamaged`` where something is missing, and ``OSError``.
    """
    names, sizes = aside / "store", dict[str, Size]()
    for collection, parts in groupby(sorted(image.parts()), key=lambda part: part[0]):
        claims: list[tuple[str, str]] = []
        for part in parts:
            lines = _lines(image, part, claims)
            sizes["/".join(part)] = _write_set(names.joinpath(*part), lines)
        if claims:
            lines = (_line(id, b'{"week":%s,"turn":0}' % text_of(week)) for id, week in claims)
            sizes[f"{collection}/{LOCATOR}"] = _write_set(names / collection / LOCATOR, lines)
    _write_set(names / "_acts", ())
    length, last = _write_log(image, aside / "log")
    Inventory(names).replace(sizes, LogSize(length, head_in(last).hash) if last else None)
    found = [(folder / path.relative_to(names), path) for path in sorted(names.rglob("*")) if path.is_file()]
    return [Frozen(to, path, path.stat().st_size) for to, path in [*found, (log, aside / "log")]]


def _lines(image: Image, part: Part, claims: list[tuple[str, str]]) -> Iterator[bytes]:
    """A record for each document; the ids of one of a week are noted as well."""
    for row in image.rows(part):
        if part[1] != WHOLE:
            claims.append((row.id, part[1]))
        yield _line(row.id, kept_text(row))


def _line(id: str, kept: bytes) -> bytes:
    return encode_changes([(TABLE, id, Text(kept))])


def _write_set(path: Path, lines: Iterable[bytes]) -> Size:
    path.mkdir(parents=True)
    (path / "lock").touch()
    with (path / "journal.0").open("wb") as file:
        file.writelines(lines)
        return Size(0, file.tell(), 0)


def _write_log(image: Image, path: Path) -> tuple[int, bytes]:
    """Its length in bytes, and its last line."""
    last = b""
    with path.open("wb") as file:
        for last in image.lines(0):
            file.write(last + b"\n")
        return file.tell(), last
