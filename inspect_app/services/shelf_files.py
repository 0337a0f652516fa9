"""What servers hold for each other (``store/shelf.py``), as files of a data folder.

They lie there where documents do, and where a release of before this left them beside a database. When an installation
is moved, they are put into the new folder, out of which the first start takes them over.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ..durable import make_folder, replace_file, sync_folder
from ..store.shelf import Shelf, Shelved

UNSENT, SITES, OUTLINES = "unsent", "site-drafts", "outline-drafts"
"""Folders, and kinds of things: forms, uploaded files of sites and of areas' outlines."""
NOTES, KEYS = "notes", "keys"
"""Kinds of things that are one file each, of the name that they have."""
NOTICES, BACKUP_RESULT, NAMING_KEY = "notices.json", "backup.json", "backup.key"
_FOLDERS = (UNSENT, SITES, OUTLINES)
_FILES = ((NOTES, NOTICES), (NOTES, BACKUP_RESULT), (KEYS, NAMING_KEY))
_log = logging.getLogger(__name__)
_FORM = ".json"
"""How the name of a form's file ends; those of its photos end with their hashes."""


def things_in(data: Path) -> Iterator[Shelved]:
    """What lies in a data folder, parts and all, one after another. Nothing in it is looked into.

    What the disk does not give any more is told in the log and left out: a form keeps no server from starting.
    """
    for kind, name, path in _files_in(data):
        try:
            thing = _thing(kind, name, path)
        except FileNotFoundError:  # gone by now
            continue
        except OSError as error:
            _log.warning("%s：读不出来（%s），留在原处", path, error.strerror)
            continue
        yield thing


def put_in(data: Path, thing: Shelved) -> None:
    """Have a thing in a data folder, on disk, as old as it is; the newer stays where one is there, but of keys."""
    path = _path(data, thing)
    if thing.kind != KEYS and path.exists() and path.stat().st_mtime >= thing.at.timestamp():
        return
    make_folder(path.parent)
    if path.parent != data:
        path.parent.chmod(0o700)
    for part, content in thing.parts.items():
        _put(data / UNSENT / f"{thing.name}.{part}", content, thing.at)
    _put(path, thing.content, thing.at)


def take_over(data: Path, shelf: Shelf) -> None:
    """Put on the shelf what lies in a data folder, and remove it there: what a kill leaves is taken over by the next.

    The key of backups stays as well. Raises ``StoreAway`` and ``OSError``.
    """
    for thing in things_in(data):
        if thing.kind == KEYS:
            shelf.put_once(thing)
            continue
        shelf.put_newer(thing)
        _path(data, thing).unlink(missing_ok=True)
        for part in thing.parts:
            (data / UNSENT / f"{thing.name}.{part}").unlink(missing_ok=True)
    unread = {kind for kind, _, _ in _files_in(data)}
    for folder in _FOLDERS:
        if folder not in unread:  # photos of a form that never came whole
            shutil.rmtree(data / folder, ignore_errors=True)
    sync_folder(data)


def _files_in(data: Path) -> Iterator[tuple[str, str, Path]]:
    """Kind, name and file of each thing that may be there."""
    for folder in _FOLDERS:
        for path in sorted((data / folder).glob("*")):
            if not path.name.startswith(".") and (folder != UNSENT or path.suffix == _FORM):
                yield folder, path.stem if folder == UNSENT else path.name, path
    for kind, name in _FILES:
        yield kind, name, data / name


def _thing(kind: str, name: str, path: Path) -> Shelved:
    """The one of a file. Raises ``OSError``."""
    parts = {}
    if kind == UNSENT:
        beside = [one for one in path.parent.glob(f"{name}.*") if one.suffix != _FORM]
        parts = {one.suffix[1:]: one.read_bytes() for one in beside}
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    owner = name.partition("-")[0] if kind == UNSENT else ""
    return Shelved(kind, name, at, path.read_bytes(), owner, parts)


def _path(data: Path, thing: Shelved) -> Path:
    if thing.kind == UNSENT:
        return data / UNSENT / f"{thing.name}{_FORM}"
    return data / thing.name if thing.kind in (NOTES, KEYS) else data / thing.kind / thing.name


def _put(path: Path, content: bytes, at: datetime) -> None:
    replace_file(path, content, private=True)
    os.utime(path, (at.timestamp(), at.timestamp()))
