"""Which earlier photos look like this one: perceptual hashes of all photos, compared at once.

A million photos are 90 MB; comparing one photo with all of them is a few XORs and bit counts over arrays, which takes
some milliseconds (benchmarks/similar.py). No tree does better at the distances that matter, and an array can be
appended to. The records are kept in a trail (``trail.py``) that all who take photos in share; each process has them in
memory, and reads before each question what came since.

Whoever first adds a photo and then asks misses nobody who does so too: of two, the one who comes second in the trail
finds the other there, whatever process of whatever machine each is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from .asking import EVERYWHERE_BITS, AskedPrints
from .prints import COMPARED, VIEWS
from .trail import START, FileTrail, Trail

_RECORD = np.dtype([("sha256", "V32"), ("inspection", "V16"), ("prints", "<u8", (len(VIEWS),))])
RECORD_BYTES = _RECORD.itemsize
_AT_ONCE = 1000
"""Records of another trail that are added by one piece."""
NEAR_BITS = 6
"""Up to so many differing bits two photos are taken for the same scene. More would find a few more copies, but among a
million photos each would have some false ones (docs/develop/photos.md has the measurement)."""
_FEW, _MORE_BITS = 100, 4
"""Among so few a guess may be so many bits further off: there are no more to be looked at."""


@dataclass(frozen=True, slots=True)
class SimilarPhoto:
    """A photo that looks like another: its SHA-256, the inspection it belongs to, and in how many bits they differ.

    ``place`` counts up in the order in which photos were first added, which is the same for all who ask.
    """

    sha256: str
    inspection: str
    bits: int
    place: int


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

    def __init__(self, trail: Trail) -> None:
        self._trail = trail
        self._lock = threading.Lock()
        self._read = START
        self._count = 0
        self._names = np.empty(0, "V48")
        self._columns = [np.empty(0, np.uint64) for _ in VIEWS]

    def add(self, sha256: str, inspection: str, prints: tuple[int, ...]) -> None:
        """Add the hashes of a photo of an inspection (a UUID); see ``add_all``."""
        self.add_all([(sha256, inspection, prints)])

    def add_all(self, photos: Sequence[tuple[str, str, tuple[int, ...]]]) -> None:
        """Add photos with their inspections and hashes. What is added twice is found once, at its first place.

        Returns once they are on disk, and all who ask from now on find them. Raises what the trail does.
        """
        if not photos:
            return
        records = np.zeros(len(photos), _RECORD)
        for record, (sha256, inspection, prints) in zip(records, photos, strict=True):
            record["sha256"] = np.void(bytes.fromhex(sha256))
            record["inspection"] = np.void(UUID(inspection).bytes)
            record["prints"] = prints
        self._trail.append(records.tobytes())

    def take_over(self, records: bytes) -> int:
        """Add the records of another trail that are not in this one; how many."""
        found = np.frombuffer(records[: len(records) // RECORD_BYTES * RECORD_BYTES], _RECORD)
        known, names = self.named(), _names_of(found)
        new = found[[name.tobytes() not in known for name in names]]
        for start in range(0, len(new), _AT_ONCE):
            self._trail.append(new[start : start + _AT_ONCE].tobytes())
        return len(new)

    def near(self, prints: tuple[int, ...], bits: int = NEAR_BITS) -> list[SimilarPhoto]:
        """The photos that look like this one, the nearest first; the very same one among them."""
        found: dict[bytes, tuple[int, int]] = {}
        with self._lock:
            self._catch_up()
            distance = self._distances(prints)
            for index in np.nonzero(distance <= bits)[0].tolist():
                name, apart = self._names[index].tobytes(), int(distance[index])
                least, place = found.get(name, (apart, index))
                found[name] = min(least, apart), place
        ordered = sorted(found.items(), key=lambda one: (one[1][0], one[0]))
        return [
            SimilarPhoto(name[:32].hex(), str(UUID(bytes=name[32:])), bits, place) for name, (bits, place) in ordered
        ]

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
        return {name[:32].hex() for name in self.named()}

    def named(self) -> set[bytes]:
        """The 32 bytes of the SHA-256 and the 16 of the inspection of every photo."""
        with self._lock:
            self._catch_up()
            return {name.tobytes() for name in self._names[: self._count]}

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
        """Read what was added since, by this process or another."""
        for records, place, anew in self._trail.since(self._read):
            if anew:
                self._count = 0
            self._take(np.frombuffer(records, _RECORD))
            self._read = place

    def _take(self, new: NDArray[np.void]) -> None:
        end = self._count + len(new)
        self._make_room(end)
        self._names[self._count : end] = _names_of(new)
        for number, column in enumerate(self._columns):
            column[self._count : end] = new["prints"][:, number]
        self._count = end

    def _make_room(self, wanted: int) -> None:
        if wanted > len(self._names):
            room = max(1024, wanted, 2 * len(self._names))
            self._names = _grown(self._names, self._count, room)
            self._columns = [_grown(column, self._count, room) for column in self._columns]


def similar_in(file: Path) -> SimilarPhotos:
    """The photos of an installation on one machine, whose hashes are in a file."""
    return SimilarPhotos(FileTrail(file, RECORD_BYTES))


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


def _grown(array: NDArray[Any], count: int, room: int) -> NDArray[Any]:
    """An array with room for more; what is not used yet takes no memory."""
    grown = np.empty(room, array.dtype)
    grown[:count] = array[:count]
    return grown


def _names_of(records: NDArray[np.void]) -> NDArray[np.void]:
    """Hash and inspection of each record in one value."""
    joined = np.empty((len(records), 48), np.uint8)
    joined[:, :32] = np.frombuffer(records["sha256"].tobytes(), np.uint8).reshape(-1, 32)
    joined[:, 32:] = np.frombuffer(records["inspection"].tobytes(), np.uint8).reshape(-1, 16)
    return joined.view("V48").reshape(-1)
