"""A photo store that knows which originals a rule of retention removed."""

from __future__ import annotations

from collections.abc import Callable

from . import PhotoStore
from .damage import OriginalRemoved
from .laid_over import LaidOverPhotoStore

SENTENCE = "照片已按保存期限规则删除"


class KnowingPhotoStore(LaidOverPhotoStore):
    """Another store, with a word for what was removed: ``removed(sha256)`` says whether that was by a rule."""

    def __init__(self, store: PhotoStore, removed: Callable[[str], bool]) -> None:
        super().__init__(store)
        self._removed = removed

    def whole(self, sha256: str) -> bytes:
        if not self._store.has(sha256) and self._removed(sha256):
            raise OriginalRemoved(SENTENCE)
        return self._store.whole(sha256)
