"""What a snapshot says: its files, and what of the repository it needs."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

FORMAT = 1
_STAMP = "%Y%m%dT%H%M%SZ"
_STAMPED = re.compile(r"snapshots/(\d{8}T\d{6}Z)\.list")


class BackupDamaged(Exception):
    """A part of a backup is gone or is not what was written; the message names it, in Chinese."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of the data folder: its name there, bytes (None where nobody looked: its piece tells), when it was last
    changed (seconds since 1970), and the SHA-256 of each of its pieces in order.
    """

    name: str
    size: int | None
    changed_at: float
    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """The files of a snapshot, and by which key pieces are named. ``lost`` names files that could not be read then."""

    made_at: datetime
    naming_key: bytes = field(repr=False)
    files: tuple[KeptFile, ...]
    lost: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        return zlib.compress(
            json.dumps(
                {
                    "format": FORMAT,
                    "made_at": self.made_at.isoformat(),
                    "naming_key": self.naming_key.hex(),
                    "files": [[one.name, one.size, one.changed_at, list(one.pieces)] for one in self.files],
                    "lost": list(self.lost),
                },
                ensure_ascii=False,
            ).encode()
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> Contents:
        """Raises ``BackupDamaged``."""
        try:
            found = json.loads(zlib.decompress(content))
            if found["format"] != FORMAT:
                raise BackupDamaged(f"备份的格式是 {found['format']}，本程序只认 {FORMAT}，请用更新的版本")
            files = tuple(KeptFile(name, size, at, tuple(pieces)) for name, size, at, pieces in found["files"])
            key = bytes.fromhex(found["naming_key"])
            return cls(datetime.fromisoformat(found["made_at"]), key, files, tuple(found["lost"]))
        except (zlib.error, ValueError, KeyError, TypeError) as error:
            raise BackupDamaged("备份的目录读不出来") from error


@dataclass(frozen=True, slots=True)
class Needed:
    """What a snapshot needs of the repository: bytes and SHA-256 of each object as it lies there, by name."""

    objects: Mapping[str, tuple[int, str]]

    def to_bytes(self) -> bytes:
        body = json.dumps({"format": FORMAT, "objects": self.objects}, sort_keys=True).encode()
        return with_hash(body)

    @classmethod
    def from_bytes(cls, content: bytes, name: str) -> Needed:
        """Raises ``BackupDamaged``."""
        found = json.loads(without_hash(content, name))["objects"]
        return cls({one: (size, sha256) for one, (size, sha256) in found.items()})


def with_hash(line: bytes) -> bytes:
    """A line, and a second one by which it is known whether the first is whole."""
    return line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n"


def without_hash(content: bytes, name: str) -> bytes:
    """The line. Raises ``BackupDamaged`` where it is not as its hash says."""
    line, _, rest = content.partition(b"\n")
    if rest != hashlib.sha256(line).hexdigest().encode() + b"\n":
        raise BackupDamaged(f"{name}：已损坏")
    return line


def stamp_of(instant: datetime) -> str:
    """How a snapshot is called: its time (UTC), as 20261129T023000Z."""
    return instant.astimezone(UTC).strftime(_STAMP)


def instant_of(stamp: str) -> datetime:
    """When a snapshot was made (UTC)."""
    return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)


def stamp_in(name: str) -> str | None:
    """The snapshot whose list has this name; None where it is no list."""
    found = _STAMPED.fullmatch(name)
    return found[1] if found else None
