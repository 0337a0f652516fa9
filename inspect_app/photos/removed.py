"""A photo store that knows which originals a rule of retention removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from . import PhotoStore
from .damage import OriginalRemoved

SENTENCE = "照片已按保存期限规则删除"


class KnowingPhotoStore:
    """Another store, with a word for what was removed: ``removed(sha256)`` says whether that was by a rule."""

    def __init__(self, store: PhotoStore, removed: Callable[[str], bool]) -> None:
        self._store = store
        self._removed = removed

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
        if not self._store.has(sha256) and self._removed(sha256):
            raise OriginalRemoved(SENTENCE)
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
