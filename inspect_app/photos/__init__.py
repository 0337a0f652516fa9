"""Bytes of photos: the originals as received, and what is derived from them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .objects import Objects


class PhotoStore(Protocol):
    """Keeps originals by their SHA-256 (lower-case hexadecimal), byte for byte, and thumbnails beside them."""

    def has(self, sha256: str) -> bool:
        """Whether there is something under its name."""

    def is_whole(self, sha256: str) -> bool:
        """Whether the original is kept byte for byte: its hash was compared, and its file has not changed since.

        Raises ``ObjectUnreadable`` where an object store names it and does not give its bytes.
        """

    def is_read_whole(self, sha256: str) -> bool:
        """As ``is_whole``, for who gives a receipt: an object store's bytes are read, whatever was read before."""

    def keep(self, sha256: str, content: bytes) -> bool:
        """Keep an original whose hash the caller has checked; True where it was not there whole.

        Returns once it is on disk.
        """

    def read(self, sha256: str) -> bytes | None:
        """What stands under its name, unchecked, for who compares it; None where nothing is, or it cannot be read."""

    def whole(self, sha256: str) -> bytes:
        """The original, its hash compared just now. Raises ``OriginalDamaged``, also where it is missing."""

    def size(self, sha256: str) -> int | None:
        """Bytes of the original, or None."""

    def is_empty(self) -> bool:
        """Whether no original is kept, by a look at the folders."""

    def kept_before(self, instant: datetime) -> Iterator[str]:
        """The originals that were last kept before an instant."""

    def remove(self, sha256: str, before: datetime) -> bool:
        """Remove an original that was last kept before an instant, and its thumbnail; whether it was removed."""

    def forget_derived(self, sha256: str) -> None:
        """Remove every picture that was made of an original and bears its name."""

    def derived(self, kind: str, name: str) -> bytes | None:
        """A JPEG made of an original, where it has been made; kinds are ``thumbnails``, ``reviews``, ``public``."""

    def keep_derived(self, kind: str, name: str, content: bytes) -> None:
        """Keep a derived picture. It can be made again, so it need not survive a crash, nor find room."""


def open_photo_store(folder: Path, objects: Objects | None = None, name: str = "") -> PhotoStore:
    """A photo store of an installation: a folder of this machine, or the folder ``name`` of an object store."""
    if objects:
        from .bucket import BucketPhotoStore

        return BucketPhotoStore(objects, name)
    from .folder import FolderPhotoStore

    return FolderPhotoStore(folder)
