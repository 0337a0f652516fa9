"""Making a backup while the server is at work.

1. Originals are read and put: one that a rule removes from here on is there already (the documents say so before).
2. The files of the store and of the log get second names at one moment, no act half in it (``store.moment``), and with
   them the list of what waits to be done.
3. Their bytes are read and put, then all other files of the data folder.
4. The originals that came meanwhile: one that a document of the moment names was kept before it.
5. The contents, encrypted; then the list, by which the snapshot is there.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from ..photos import PhotoStore
from ..photos.damage import OriginalDamaged
from ..store.moment import Frozen
from .data_folder import ASIDE, files_of, name_of
from .keys import PublicKey
from .repository import PIECE_BYTES, Repository, contents_name, list_name, lives, partial_name, piece_name, sealed
from .snapshot import BackupDamaged, Contents, KeptFile, Needed, stamp_of

_LASTS_S = 24 * 3600.0
_NOTED_EVERY = 256
"""Objects after which it is noted what was put."""


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What is backed up: the data folder, that of the photos, the store's files at one moment, the originals by the
    folder that they belong to (``photos``), and files of the data folder that lie elsewhere, by their names.
    """

    data: Path
    photos: Path
    frozen: Callable[[Path], list[Frozen]]
    originals: Mapping[str, PhotoStore]
    elsewhere: Mapping[str, Path] = field(default_factory=dict)


@dataclass(slots=True)
class Made:
    """A backup that was made: its name, files in it, bytes in all (encrypted ones of what was there already), objects
    and bytes that are new in the repository.
    """

    stamp: str
    files: int = 0
    bytes: int = 0
    new_objects: int = 0
    new_bytes: int = 0
    lost: tuple[str, ...] = ()


def create(repository: Repository, source: BackedUp, key: PublicKey, naming_key: bytes) -> Made:
    """Make a backup of what is there now. Originals that are gone or damaged are told as ``lost``; the rest is kept.

    Raises ``Occupied``, ``NotOurs``, ``BackupDamaged`` where it cannot be told whose the repository is, and ``OSError``
    where the place or the disk fails.
    """
    with repository.held() as assert_held:
        repository.assert_own(naming_key)
        return _Creating(repository, source, key, naming_key, assert_held).run()


class _Unreadable(Exception):
    """A file of the data folder cannot be read; where the place of the backup fails, all does."""


class _Creating:
    def __init__(
        self,
        repository: Repository,
        source: BackedUp,
        key: PublicKey,
        naming_key: bytes,
        assert_held: Callable[[], None],
    ) -> None:
        self._repository, self._source, self._key, self._naming_key = repository, source, key, naming_key
        self._assert_held = assert_held
        self._at = datetime.now(UTC)
        while stamp_of(self._at) in (stamps := repository.stamps()):
            self._at = datetime.now(UTC)
        self._there = _there(repository, stamps)
        self._needed: dict[str, tuple[int, str]] = {}
        self._put_now: dict[str, tuple[int, str]] = {}
        self._files: list[KeptFile] = []
        self._read: dict[str, set[str]] = {folder: set() for folder in source.originals}
        """The originals that were read, by their folder."""
        self._lost: list[str] = []
        self._made = Made(stamp_of(self._at))

    def run(self) -> Made:
        _remove_left(self._source.data / ASIDE)
        self._all_originals()
        aside = self._source.data / ASIDE / f"{os.getpid()}-{secrets.token_hex(8)}"
        try:
            frozen = self._source.frozen(aside)
            for one in frozen:
                name = name_of(one.path, self._source.data, self._source.photos)
                with one.bytes_at.open("rb") as file:
                    try:
                        self._file(name, file, one.length, one.path)
                    except _Unreadable as error:
                        self._lost.append(f"{name}：读不出来（{error}）")
            self._others({one.path for one in frozen})
        finally:
            shutil.rmtree(aside, ignore_errors=True)
            with suppress(OSError):  # another backup, to another place, has its own there
                aside.parent.rmdir()
        self._all_originals()
        return self._finished()

    def _others(self, done: set[Path]) -> None:
        for name, path in files_of(self._source.data, self._source.photos, self._source.elsewhere):
            if path in done:
                continue
            try:
                file = path.open("rb")
            except FileNotFoundError:
                continue  # it went meanwhile
            except OSError as error:
                self._lost.append(f"{name}：读不出来（{error.strerror}）")
                continue
            with file:
                try:
                    self._file(name, file, os.fstat(file.fileno()).st_size, path)
                except _Unreadable as error:
                    self._lost.append(f"{name}：读不出来（{error}）")

    def _file(self, name: str, file: BinaryIO, length: int, path: Path) -> None:
        pieces = []
        left = length
        while left > 0 and (piece := _read(file, min(left, PIECE_BYTES))):
            left -= len(piece)
            pieces.append(self._piece(piece, pressed=True))
        try:
            changed_at = path.stat().st_mtime
        except FileNotFoundError:
            changed_at = self._at.timestamp()
        self._note(KeptFile(name, length - left, changed_at, tuple(pieces)), length - left)

    def _all_originals(self) -> None:
        """Those that were not read yet."""
        for folder, originals in self._source.originals.items():
            self._originals(folder, originals)

    def _originals(self, folder: str, originals: PhotoStore) -> None:
        """An original that is kept already is not looked at again: be it damaged by now, its piece is whole."""
        for sha256 in originals.kept_before(datetime.max.replace(tzinfo=UTC)):
            if sha256 in self._read[folder]:
                continue
            self._read[folder].add(sha256)
            name, at = f"{folder}/originals/{sha256[:2]}/{sha256}", self._at.timestamp()
            piece = piece_name(self._naming_key, sha256)
            if known := self._there.get(piece):
                self._needed[piece] = known
                self._note(KeptFile(name, None, at, (sha256,)), known[0])
                continue
            try:
                content = originals.whole(sha256)
            except OriginalDamaged as error:
                if originals.size(sha256) is not None:  # else it was removed just now, as nothing named it
                    self._lost.append(str(error))
                continue
            pieces = tuple(self._piece(one, pressed=False) for one in _pieces(content))
            self._note(KeptFile(name, len(content), at, pieces), len(content))

    def _piece(self, piece: bytes, *, pressed: bool) -> str:
        sha256 = hashlib.sha256(piece).hexdigest()
        name = piece_name(self._naming_key, sha256)
        if name not in self._needed:
            self._needed[name] = self._there.get(name) or self._put(name, sealed(piece, self._key, pressed=pressed))
        return sha256

    def _put(self, name: str, content: bytes) -> tuple[int, str]:
        self._repository.place.put(name, content)
        self._made.new_objects += 1
        self._made.new_bytes += len(content)
        looks = len(content), hashlib.sha256(content).hexdigest()
        self._put_now[name] = looks
        if len(self._put_now) >= _NOTED_EVERY:
            self._note_put()
        return looks

    def _note_put(self) -> None:
        """Say what was put so far, so that a backup after one that was killed need not put it again."""
        number = self._made.new_objects
        self._repository.place.put(partial_name(self._made.stamp, number), Needed(self._put_now).to_bytes())
        self._put_now = {}

    def _note(self, file: KeptFile, size: int) -> None:
        self._files.append(file)
        self._made.files += 1
        self._made.bytes += size

    def _finished(self) -> Made:
        stamp = self._made.stamp
        contents = Contents(self._at, self._naming_key, tuple(self._files), tuple(self._lost))
        name = contents_name(stamp)
        self._needed[name] = self._put(name, self._key.sealed(contents.to_bytes()))
        self._assert_held()  # whoever has it now may have removed what no list names yet
        self._repository.place.put(list_name(stamp), Needed(self._needed).to_bytes())
        for partial in self._repository.put_aside():
            self._repository.place.remove(partial)
        self._made.lost = tuple(self._lost)
        return self._made


def _there(repository: Repository, stamps: list[str]) -> dict[str, tuple[int, str]]:
    """Pieces that lie in the repository and of which a list says how they must look; others are put anew."""
    listed: dict[str, tuple[int, str]] = {}
    for name in [*map(list_name, stamps), *repository.put_aside()]:
        try:
            listed |= repository.listed(name).objects
        except BackupDamaged:
            continue
    lying = set(repository.place.names("blobs"))
    return {name: found for name, found in listed.items() if name in lying}


def _remove_left(aside: Path) -> None:
    """Remove what backups of processes that are no more had put aside, or put aside more than a day ago."""
    for left in aside.glob("*"):
        process, token, _ = left.name.partition("-")
        is_ours = token and process.isdecimal() and lives(int(process))
        if not is_ours or time.time() - left.stat().st_mtime > _LASTS_S:
            shutil.rmtree(left, ignore_errors=True)
            with suppress(OSError):  # a file, of an earlier version
                left.unlink()


def _read(file: BinaryIO, length: int) -> bytes:
    """Raises ``_Unreadable``."""
    try:
        return file.read(length)
    except OSError as error:
        raise _Unreadable(error.strerror or str(error)) from error


def _pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), PIECE_BYTES):
        yield content[start : start + PIECE_BYTES]
