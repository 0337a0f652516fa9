"""Bytes of photos: the originals as received, and what is derived from them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol


class PhotoStore(Protocol):
    """Keeps originals by their SHA-256 (lower-case hexadecimal), byte for byte, and thumbnails beside them."""

    def has(self, sha256: str) -> bool:
        """Whether the original is kept."""

    def keep(self, sha256: str, content: bytes) -> bool:
        """Keep an original whose hash the caller has checked; True where it is new. Returns once it is on disk."""

    def read(self, sha256: str) -> bytes | None:
        """The original, or None."""

    def size(self, sha256: str) -> int | None:
        """Bytes of the original, or None."""

    def kept_before(self, instant: datetime) -> Iterator[str]:
        """The originals that were last kept before an instant."""

    def remove(self, sha256: str, before: datetime) -> bool:
        """Remove an original that was last kept before an instant, and its thumbnail; whether it was removed."""

    def derived(self, kind: str, name: str) -> bytes | None:
        """A JPEG made of an original, where it has been made; kinds are ``thumbnails``, ``reviews``, ``public``."""

    def keep_derived(self, kind: str, name: str, content: bytes) -> None:
        """Keep a derived picture. It can be made again, so it need not survive a crash."""


def open_photo_store(folder: Path) -> PhotoStore:
    """The photo store of an installation: a folder of this machine."""
    from .folder import FolderPhotoStore

    return FolderPhotoStore(folder)
