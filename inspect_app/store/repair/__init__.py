"""Making a damaged store usable: what can be saved is saved, what is lost is said, the damaged files are kept aside.

For a store on TinyDB that no server has open. A copy of the data folder, from a backup, may give what is lost; it is
only read. Where nothing is damaged nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import portalocker

from ...durable import make_folder, replace_file
from .. import Layout, Stored
from ..acts import FOLDER as ACTS
from ..acts import TABLE as ACTS_TABLE
from ..inventory import NOTHING, Inventory, Size, file_sets
from ..rows import DocumentRows
from ..table import LOCATOR, TABLE
from .file_set import Examined, Lost, examined, keep_copy, locked, rewrite
from .log import LogExamined, examined_log


@dataclass(frozen=True, slots=True)
class Repaired:
    """What became of a file set (``collection/part``).

    ``gone`` are the ids of documents that are lost, ``older`` those of which a change may be; ``unnamed`` counts lost
    stretches in which no id can be made out. ``taken`` came from the copy.
    """

    name: str
    kept: int
    mended: int
    taken: int
    lost: tuple[Lost, ...]
    lacks: tuple[str, ...]
    gone: tuple[str, ...]
    older: tuple[str, ...]

    @property
    def unnamed(self) -> int:
        return sum(not one.ids for one in self.lost)


@dataclass(frozen=True, slots=True)
class EarlierCopy:
    """An earlier copy of a store's folder and of its log."""

    store: Path
    log: Path


def repair(
    folder: Path,
    layouts: Iterable[Layout],
    log: Path,
    aside: Path,
    source: EarlierCopy | None = None,
    *,
    dry_run: bool = False,
) -> tuple[list[Repaired], LogExamined]:
    """Make each damaged file set of a store's folder, and its log, one that opens; what became of them.

    What they were is in ``aside`` afterwards. With ``dry_run`` nothing is written.
    """
    inventory = Inventory(folder)
    noted = inventory.sets
    sets = file_sets(folder) | {name: folder / name for name in noted}
    weekly = {layout.name for layout in layouts if layout.weekly}
    # A collection's weeks before its claims, which may have to be made anew of them.
    order = sorted(sets, key=lambda name: (name.endswith(f"/{LOCATOR}"), name))
    done = []
    for name in order:
        copy = source.store / name if source else None
        found = _repaired(folder, name, noted.get(name, NOTHING), weekly, aside, copy, dry_run=dry_run)
        done += [found] if found else []
    least = inventory.log.length if inventory.log else 0
    return done, _log_repaired(log, aside, source.log if source else None, least, dry_run=dry_run)


def _repaired(
    folder: Path, name: str, noted: Size, weekly: set[str], aside: Path, copy: Path | None, *, dry_run: bool
) -> Repaired | None:
    """Repair one file set; None where nothing is wrong with it."""
    found = examined(folder / name, noted, copy)
    if found.is_sound:
        return None
    rows = found.tables.setdefault(ACTS_TABLE if name == ACTS else TABLE, DocumentRows())
    is_lacking = bool(found.lost or found.lacks) and name != ACTS
    taken = sum(_take(rows, stored) for stored in _documents(copy)) if copy and is_lacking else 0
    collection, _, part = name.partition("/")
    if part == LOCATOR and collection in weekly:
        _claim_what_is_there(folder / collection, rows)
    if not dry_run:
        with locked(folder / name):
            rewrite(folder / name, found.tables, noted, aside / "store" / name)
    return _told(name, found, rows, found.taken + taken)


def _told(name: str, found: Examined, rows: DocumentRows, taken: int) -> Repaired:
    gone = tuple(id for id in sorted(found.older) if id not in rows)
    older = tuple(id for id in sorted(found.older) if id in rows)
    return Repaired(name, len(rows), found.mended, taken, tuple(found.lost), tuple(found.lacks), gone, older)


def _documents(folder: Path) -> Iterator[Stored]:
    return iter(examined(folder).tables.get(TABLE, ())) if folder.is_dir() else iter(())


def _take(rows: DocumentRows, stored: Stored) -> bool:
    """Take a document of the copy over where it is later than what there is; whether it was."""
    own = rows.get(stored.id)
    if own and own.revision >= stored.revision:
        return False
    rows.put(stored)
    return True


def _claim_what_is_there(folder: Path, claims: DocumentRows) -> None:
    """Have each document of a weekly collection found by its id again."""
    for path in sorted(folder.iterdir()):
        for stored in _documents(path) if path.is_dir() and path.name != LOCATOR else ():
            claim = claims.get(stored.id)
            if claim is None or claim.document["week"] != path.name:
                claims.put(Stored(stored.id, 0, {"week": path.name, "turn": 0}))


def _log_repaired(log: Path, aside: Path, copy: Path | None, noted: int, *, dry_run: bool) -> LogExamined:
    if dry_run or not (log.exists() or noted):
        return examined_log(log, copy, noted)
    make_folder(log.parent)
    with log.open("ab") as file:
        portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE)
        found = examined_log(log, copy, noted)
        if found.mended or found.taken or found.cut:
            make_folder(aside / "audit")
            keep_copy(log, aside / "audit" / log.name)
            replace_file(log, b"".join(found.lines))
    return found
