"""A photo store that is laid over another one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from . import PhotoStore


class LaidOverPhotoStore:
    """Asks the store below for everything; who is laid over it says otherwise where it knows better."""

    def __init__(self, store: PhotoStore) -> None:
        self._store = store

    def has(self, sha256: str) -> bool:
        return self._store.has(sha256)

    def is_whole(self, sha256: str) -> bool:
        return self._store.is_whole(sha256)

    def is_read_whole(self, sha256: str) -> bool:
        return self._store.is_read_whole(sha256)

    def keep(self, sha256: str, content: bytes) -> bool:
        return self._store.keep(sha256, content)

    def read(self, sha256: str) -> bytes | None:
        return self._store.read(sha256)

    def whole(self, sha256: str) -> bytes:
        return self._store.whole(sha256)

    def size(self, sha256: str) -> int | None:
        return self._store.size(sha256)

    def is_empty(self) -> bool:
        return self._store.is_empty()

    def kept_before(self, instant: datetime) -> Iterator[str]:
        return self._store.kept_before(instant)

    def remove(self, sha256: str, before: datetime) -> bool:
        return self._store.remove(sha256, before)

    def forget_derived(self, sha256: str) -> None:
        self._store.forget_derived(sha256)

    def derived(self, kind: str, name: str) -> bytes | None:
        return self._store.derived(kind, name)

    def keep_derived(self, kind: str, name: str, content: bytes) -> None:
        self._store.keep_derived(kind, name, content)
