"""Which earlier photos look like this one: perceptual hashes of all photos, compared at once.

A million photos are 90 MB; comparing one photo with all of them is a few XORs and bit counts over arrays, which takes
some milliseconds (benchmarks/similar.py). No tree does better at the distances that matter, and an array can be
appended to. Kept in a file of fixed records beside the photos, and backed up with them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from .asking import EVERYWHERE_BITS, AskedPrints
from .prints import COMPARED, VIEWS

_RECORD = np.dtype([("sha256", "V32"), ("inspection", "V16"), ("prints", "<u8", (len(VIEWS),))])
NEAR_BITS = 6
"""Up to so many differing bits two photos are taken for the same scene. More would find a few more copies, but among a
million photos each would have some false ones (docs/develop/photos.md has the measurement)."""
_FEW, _MORE_BITS = 100, 4
"""Among so few a guess may be so many bits further off: there are no more to be looked at."""


@dataclass(frozen=True, slots=True)
class SimilarPhoto:
    """A photo that looks like another: its SHA-256, the inspection it belongs to, and in how many bits they differ."""

    sha256: str
    inspection: str
    bits: int


@dataclass(frozen=True, slots=True)
class EarlierPhoto:
    """A photo that may be the one that another was made of: ``slack`` is by how many bits it lies within the limit of
    what was guessed, ``mirrored`` whether it would have been mirrored.
    """

    sha256: str
    inspection: str
    mirrored: bool
    slack: int


class SimilarPhotos:
    """The hashes of all photos of an installation. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._read_bytes = 0
        self._count = 0
        self._names = np.empty(0, "V48")
        self._columns = [np.empty(0, np.uint64) for _ in VIEWS]

    def add(self, sha256: str, inspection: str, prints: tuple[int, ...]) -> None:
        """Add the hashes of a photo of an inspection (a UUID); see ``add_all``."""
        self.add_all([(sha256, inspection, prints)])

    def add_all(self, photos: Sequence[tuple[str, str, tuple[int, ...]]]) -> None:
        """Add photos with their inspections and hashes. What is added twice is found once.

        Returns once they are on disk: the photos then count as checked, and nothing would add them again.
        """
        if not photos:
            return
        records = np.zeros(len(photos), _RECORD)
        for record, (sha256, inspection, prints) in zip(records, photos, strict=True):
            record["sha256"] = np.void(bytes.fromhex(sha256))
            record["inspection"] = np.void(UUID(inspection).bytes)
            record["prints"] = prints
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._lock:
            # One write of whole records: another process that appends at the same time does not get in between.
            with self._path.open("ab", buffering=0) as file:
                torn = file.tell() % _RECORD.itemsize
                if torn:
                    file.truncate(file.tell() - torn)
                file.write(records.tobytes())
                os.fsync(file.fileno())
            self._catch_up()

    def near(self, prints: tuple[int, ...], bits: int = NEAR_BITS) -> list[SimilarPhoto]:
        """The photos that look like this one, the nearest first; the very same one among them."""
        with self._lock:
            self._catch_up()
            distance = self._distances(prints)
            (at,) = np.nonzero(distance <= bits)
            found = {self._names[index].tobytes(): int(distance[index]) for index in at}
        ordered = sorted(found.items(), key=lambda one: (one[1], one[0]))
        return [SimilarPhoto(name[:32].hex(), str(UUID(bytes=name[32:])), bits) for name, bits in ordered]

    def candidates(
        self, asked: Sequence[AskedPrints], around: Iterable[str], *, most: int, nearby: int
    ) -> list[EarlierPhoto]:
        """Of which photos a new one may have been made, the likeliest first, at most so many.

        ``around`` are the inspections of its surroundings, of whose photos the last ``nearby`` are asked by all
        guesses; all others only within ``EVERYWHERE_BITS``.
        """
        with self._lock:
            self._catch_up()
            near = self._rows_of(around)[-nearby:]
            more = _MORE_BITS if len(near) <= _FEW else 0
            found = _Slack(near, [column[near] for column in self._columns])
            for one in asked:
                found.take(one, one.bits + more)
            everywhere = _Slack(np.arange(self._count), [column[: self._count] for column in self._columns])
            for one in asked:
                if one.everywhere:
                    everywhere.take(one, EVERYWHERE_BITS)
            chosen = [*found.best(), *everywhere.best()]
            named = [(slack, self._names[row].tobytes(), mirrored) for row, mirrored, slack in chosen]
        best: dict[tuple[bytes, bool], int] = {}
        for slack, name, mirrored in named:
            best[name, mirrored] = max(best.get((name, mirrored), slack), slack)
        ordered = sorted(best.items(), key=lambda one: (-one[1], one[0]))[:most]
        return [
            EarlierPhoto(name[:32].hex(), str(UUID(bytes=name[32:])), mirrored, slack)
            for (name, mirrored), slack in ordered
        ]

    def _rows_of(self, inspections: Iterable[str]) -> NDArray[np.intp]:
        """The records of the photos of these inspections, in the order in which they were added."""
        wanted = {UUID(one).bytes for one in inspections}
        if not wanted:
            return np.empty(0, np.intp)
        names = self._names[: self._count].view("<u8").reshape(-1, 6)
        # By 16 bits of the inspection first: few of a million remain to be compared.
        listed = np.zeros(1 << 16, np.bool_)
        listed[[int.from_bytes(one[:2], "little") for one in wanted]] = True
        (at,) = np.nonzero(listed[names[:, 4] & np.uint64(0xFFFF)])
        return np.array([row for row in at if self._names[row].tobytes()[32:] in wanted], np.intp)

    def has(self, sha256: str) -> bool:
        """Whether the very same bytes are a photo of an inspection, or of a case."""
        wanted = np.frombuffer(bytes.fromhex(sha256), "<u8")
        with self._lock:
            self._catch_up()
            names = self._names[: self._count].view("<u8").reshape(-1, 6)
            (at,) = np.nonzero(names[:, 0] == wanted[0])
            return bool((names[at, :4] == wanted).all(axis=1).any())

    def names(self) -> set[str]:
        """The SHA-256 of every photo of an inspection."""
        with self._lock:
            self._catch_up()
            return {name.tobytes()[:32].hex() for name in self._names[: self._count]}

    def __len__(self) -> int:
        with self._lock:
            self._catch_up()
            return self._count

    def _distances(self, prints: tuple[int, ...]) -> NDArray[np.uint8]:
        nearest = np.full(self._count, 64, np.uint8)
        index = {view: number for number, view in enumerate(VIEWS)}
        for mine, other in COMPARED:
            apart = np.bitwise_count(self._columns[index[other]][: self._count] ^ np.uint64(prints[index[mine]]))
            np.minimum(nearest, apart, out=nearest)
        return nearest

    def _catch_up(self) -> None:
        """Read what was appended since, by this process or another."""
        try:
            size = self._path.stat().st_size // _RECORD.itemsize * _RECORD.itemsize
        except FileNotFoundError:
            size = 0
        if size < self._read_bytes:  # made anew
            self._read_bytes = self._count = 0
        if size == self._read_bytes:
            return
        with self._path.open("rb") as file:
            file.seek(self._read_bytes)
            new = np.frombuffer(file.read(size - self._read_bytes), _RECORD)
        self._make_room(self._count + len(new))
        self._names[self._count : self._count + len(new)] = _names_of(new)
        for number, column in enumerate(self._columns):
            column[self._count : self._count + len(new)] = new["prints"][:, number]
        self._count += len(new)
        self._read_bytes = size

    def _make_room(self, wanted: int) -> None:
        if wanted <= len(self._names):
            return
        room = max(1024, wanted, 2 * len(self._names) if wanted < 2 * len(self._names) else wanted)
        self._names = np.resize(self._names, room) if len(self._names) else np.zeros(room, "V48")
        self._columns = [np.resize(c, room) if len(c) else np.zeros(room, np.uint64) for c in self._columns]


class _Slack:
    """By how many bits photos (rows, and their views' hashes) lie within a limit, upright and mirrored."""

    def __init__(self, rows: NDArray[np.intp], columns: list[NDArray[np.uint64]]) -> None:
        self._rows, self._columns = rows, columns
        self._slack = {mirrored: np.full(len(rows), -1, np.int8) for mirrored in (False, True)}

    def take(self, asked: AskedPrints, bits: int) -> None:
        column = self._columns[asked.view]
        for mine, mirrored in zip(asked.prints, asked.mirrored, strict=True):
            apart = np.bitwise_count(column ^ mine).astype(np.int8)
            best = self._slack[bool(mirrored)]
            np.maximum(best, np.int8(bits) - apart, out=best)

    def best(self) -> list[tuple[int, bool, int]]:
        """Row, mirrored or not, slack of those that lie within."""
        found = []
        for mirrored, slack in self._slack.items():
            (at,) = np.nonzero(slack >= 0)
            found += [(int(self._rows[index]), mirrored, int(slack[index])) for index in at]
        return found


def _names_of(records: NDArray[np.void]) -> NDArray[np.void]:
    """Hash and inspection of each record in one value."""
    joined = np.empty((len(records), 48), np.uint8)
    joined[:, :32] = np.frombuffer(records["sha256"].tobytes(), np.uint8).reshape(-1, 32)
    joined[:, 32:] = np.frombuffer(records["inspection"].tobytes(), np.uint8).reshape(-1, 16)
    return joined.view("V48").reshape(-1)
