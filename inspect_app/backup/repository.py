"""The objects of a repository: pieces of content by keyed hash, snapshots, and who may write just now."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import socket
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from .keys import PublicKey, SecretKey, Unopenable
from .places import BackupPlace
from .snapshot import FORMAT, BackupDamaged, Contents, KeptFile, Needed, stamp_in, with_hash, without_hash

PIECE_BYTES = 32 * 1024 * 1024
"""Longer files are kept in pieces: memory stays bounded, and of a file that only grows the first ones are the same."""
PARTIAL = ".partial"
"""How ends the name of a list of what was put by a backup that is not whole yet."""
_LOCK, OWNER = "lock", "repository.json"
_LOCK_LASTS = timedelta(hours=24)
_PLAIN, _PRESSED = b"\x00", b"\x01"


class Occupied(Exception):
    """Another process writes into the repository; the message says which and since when, in Chinese."""


class NotOurs(Exception):
    """The repository is another installation's; the message is in Chinese."""


class Repository:
    """The backups in a place. Raises ``OSError`` where the place fails."""

    def __init__(self, place: BackupPlace) -> None:
        self.place = place

    def stamps(self) -> list[str]:
        """The snapshots, the oldest first."""
        return sorted(stamp for name in self.place.names("snapshots") if (stamp := stamp_in(name)))

    def put_aside(self) -> list[str]:
        """The names of lists of what a backup put that has no list of its own: it is being made, or was killed."""
        return sorted(name for name in self.place.names("snapshots") if name.endswith(PARTIAL))

    def listed(self, name: str) -> Needed:
        """What a list says. Raises ``BackupDamaged``."""
        content = self.place.get(name)
        if content is None:
            raise BackupDamaged(f"{name}：缺失")
        return Needed.from_bytes(content, name)

    def needed(self, stamp: str) -> Needed:
        """What a snapshot needs. Raises ``BackupDamaged``."""
        return self.listed(list_name(stamp))

    def contents(self, stamp: str, key: SecretKey) -> Contents:
        """Raises ``BackupDamaged``, ``KeyWrong``."""
        return Contents.from_bytes(self._opened(contents_name(stamp), key))

    def file_pieces(self, file: KeptFile, contents: Contents, key: SecretKey) -> Iterator[bytes]:
        """The bytes of a file, each piece compared with its hash. Raises ``BackupDamaged``, ``KeyWrong``."""
        return (self.piece(sha256, contents, key) for sha256 in file.pieces)

    def piece(self, sha256: str, contents: Contents, key: SecretKey) -> bytes:
        """A piece by its hash, compared with it. Raises ``BackupDamaged``, ``KeyWrong``."""
        name = piece_name(contents.naming_key, sha256)
        piece = _unpacked(self._opened(name, key), name)
        if hashlib.sha256(piece).hexdigest() != sha256:
            raise BackupDamaged(f"{name}：已损坏")
        return piece

    def assert_own(self, naming_key: bytes) -> None:
        """Take an empty repository, or find it to be of the installation with this key.

        Of two installations in one, each would prune what is the other's only backup of a day. Raises ``NotOurs``, and
        ``BackupDamaged`` where it cannot be told.
        """
        of = hmac.digest(naming_key, b"repository", "sha256").hex()
        if self.place.put_new(OWNER, with_hash(json.dumps({"format": FORMAT, "of": of}).encode())):
            return
        if (content := self.place.get(OWNER)) is None:
            raise OSError(f"{OWNER}：刚刚不见了")
        if json.loads(without_hash(content, OWNER))["of"] != of:
            raise NotOurs("这里是另一套安装的备份，或 backup.key 不是原来的：请另指一个目录")

    @contextmanager
    def held(self) -> Iterator[Callable[[], None]]:
        """Nobody else writes meanwhile. Raises ``Occupied``; so does what is given, once another one has it.

        What a process of this machine left that is no more is taken over, and what is older than a day.
        """
        now = datetime.now(UTC)
        own = _claim(now)
        if not self.place.put_new(_LOCK, own):
            self._assert_left(now)
            self.place.put(_LOCK, own)
            if self.place.get(_LOCK) != own:  # another one took it over at the same moment
                raise Occupied("备份正在由另一个进程使用")

        def assert_held() -> None:
            if self.place.get(_LOCK) != own:
                raise Occupied("做得太久，备份的目录已由另一个进程接手，这一次不算数")

        try:
            yield assert_held
        finally:
            if self.place.get(_LOCK) == own:
                self.place.remove(_LOCK)

    def _assert_left(self, now: datetime) -> None:
        try:
            other = json.loads(self.place.get(_LOCK) or b"")
            since = datetime.fromisoformat(other["since"])
        except (ValueError, KeyError, TypeError):
            return
        here = other["machine"] == socket.gethostname()
        if now - since < _LOCK_LASTS and not (here and not lives(other["process"])):
            raise Occupied(
                f"备份正在由 {other['machine']} 的进程 {other['process']} 使用，自 {since:%Y-%m-%d %H:%M} UTC 起"
            )

    def _opened(self, name: str, key: SecretKey) -> bytes:
        content = self.place.get(name)
        if content is None:
            raise BackupDamaged(f"{name}：缺失")
        try:
            return key.opened(content)
        except Unopenable as error:
            raise BackupDamaged(f"{name}：已损坏") from error


def _claim(now: datetime) -> bytes:
    """Who holds the repository, unlike any other claim."""
    who = {
        "machine": socket.gethostname(),
        "process": os.getpid(),
        "since": now.isoformat(),
        "own": secrets.token_hex(8),
    }
    return json.dumps(who).encode()


def sealed(piece: bytes, key: PublicKey, *, pressed: bool) -> bytes:
    """A piece as it is kept: compressed where that is worth it, and encrypted."""
    packed = _PRESSED + zlib.compress(piece, 3) if pressed else _PLAIN + piece
    return key.sealed(packed)


def piece_name(naming_key: bytes, sha256: str) -> str:
    """What a piece is called, by the hash of its content."""
    name = hmac.digest(naming_key, bytes.fromhex(sha256), "sha256").hex()
    return f"blobs/{name[:2]}/{name}"


def list_name(stamp: str) -> str:
    return f"snapshots/{stamp}.list"


def partial_name(stamp: str, number: int) -> str:
    return f"snapshots/{stamp}.{number}{PARTIAL}"


def contents_name(stamp: str) -> str:
    return f"snapshots/{stamp}.age"


def _unpacked(packed: bytes, name: str) -> bytes:
    try:
        return zlib.decompress(packed[1:]) if packed[:1] == _PRESSED else packed[1:]
    except zlib.error as error:
        raise BackupDamaged(f"{name}：已损坏") from error


def lives(process: object) -> bool:
    """Whether a process of this machine is there; where that cannot be told, it is."""
    if os.name == "nt" or not isinstance(process, int):
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another account's
        pass
    return True
