"""Photos in an object store: ``<folder>/originals/ab/<sha256>``, and what is made of them, as in a folder.

**Removing beside keeping.** Who sends a photo again has it counted as come anew, and an original that nobody names is
removed when it is old. Servers on several machines do both, and objects cannot be removed on a condition. So whoever
renews an old original or removes one first claims its name, by an object that only one can put:

1. ``keep`` finds the original there and put lately (less than ``_RENEWED_AFTER`` ago): nobody removes it, since what
   is removed is at least ``_KEPT_AT_LEAST`` old. It claims nothing.
2. ``keep`` finds it older: it claims the name, puts the original once more, gives the claim back, and then returns.
3. ``remove`` claims the name, looks when the original was put, and removes it where that is still too long ago and the
   claim is fresh (``_REMOVED_WITHIN``).
4. A claim whose owner was killed counts until ``_CLAIM_LASTS``; then the next one takes it over, by its tag, which only
   one can.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

from ..domain.evidence.photo import is_sha256
from .compared import ComparedOriginals
from .damage import OriginalDamaged
from .jpeg import came_whole
from .objects import Found, Objects, ObjectsAway, ObjectUnreadable, unique

_log = logging.getLogger(__name__)
_RENEWED_AFTER, _KEPT_AT_LEAST = timedelta(hours=6), timedelta(hours=20)
_CLAIM_LASTS, _REMOVED_WITHIN = timedelta(minutes=10), 60.0
DERIVED = ("thumbnails", "reviews", "shared", "public")
_PATIENCE_S, _LOOK_EVERY_S = 15.0, 0.1


class BucketPhotoStore:
    """A photo store in a folder of an object store. Raises ``ObjectsAway`` where that does not answer."""

    def __init__(
        self,
        objects: Objects,
        folder: str,
        *,
        renewed_after: timedelta = _RENEWED_AFTER,
        kept_at_least: timedelta = _KEPT_AT_LEAST,
    ) -> None:
        self._objects = objects
        self._folder = folder
        self._renewed_after, self._kept_at_least = renewed_after, kept_at_least
        self._compared = ComparedOriginals()

    def has(self, sha256: str) -> bool:
        return self._objects.find(self._original(sha256)) is not None

    def is_whole(self, sha256: str) -> bool:
        found = self._objects.find(self._original(sha256))
        return found is not None and (self._compared.has(sha256, found.version) or self._read_whole(sha256) is not None)

    def is_read_whole(self, sha256: str) -> bool:
        return self._read_whole(sha256) is not None

    def keep(self, sha256: str, content: bytes) -> bool:
        # That the store acknowledges it is not taken for its bytes being there: who gives a receipt reads them.
        return self._objects.put_new(self._original(sha256), content) or self._keep_again(sha256, content)

    def read(self, sha256: str) -> bytes | None:
        with suppress(ObjectUnreadable):
            if got := self._objects.get(self._original(sha256)):
                return got[0]
        return None

    def whole(self, sha256: str) -> bytes:
        name = self._original(sha256)
        try:
            content = self._read_whole(sha256)
        except ObjectUnreadable as error:
            raise OriginalDamaged(f"{error}：过几分钟再看，仍然如此就请从备份恢复") from error
        if content is None:
            raise OriginalDamaged(f"对象「{name}」{'已损坏' if self.has(sha256) else '缺失'}，请从备份恢复")
        return content

    def size(self, sha256: str) -> int | None:
        found = self._objects.find(self._original(sha256))
        return found.size if found else None

    def is_empty(self) -> bool:
        return not any(is_sha256(_last(found)) for found in self._objects.under(f"{self._folder}/originals"))

    def kept_before(self, instant: datetime) -> Iterator[str]:
        for found in self._objects.under(f"{self._folder}/originals"):
            if is_sha256(_last(found)) and found.put_at < instant:
                yield _last(found)

    def remove(self, sha256: str, before: datetime) -> bool:
        name, latest = self._original(sha256), datetime.now(UTC) - self._kept_at_least
        with self._claimed(sha256) as began:
            found = self._objects.find(name)
            if found is None or found.put_at >= min(before, latest) or time.monotonic() - began > _REMOVED_WITHIN:
                return False
            self._objects.remove(name)
        self._objects.remove(self._derived("thumbnails", sha256))
        return True

    def forget_derived(self, sha256: str) -> None:
        for kind in DERIVED:
            for found in self._objects.under(f"{self._folder}/{kind}/{sha256[:2]}"):
                if _last(found).startswith(sha256):
                    self._objects.remove(found.name)

    def derived(self, kind: str, name: str) -> bytes | None:
        got = self._objects.get(self._derived(kind, name))
        return got[0] if got and came_whole(got[0]) else None

    def keep_derived(self, kind: str, name: str, content: bytes) -> None:
        try:
            self._objects.put(self._derived(kind, name), content)
        except ObjectsAway as error:
            _log.warning("%s：%s，没有保存", self._derived(kind, name), error)

    def _keep_again(self, sha256: str, content: bytes) -> bool:
        """Something is under the name: have it be the original, and not be removed as an old one."""
        name = self._original(sha256)
        got = self._readable(name)
        is_whole = got is not None and got[0] == content
        if got and is_whole and datetime.now(UTC) - got[1].put_at < self._renewed_after:
            return False
        with self._claimed(sha256) as began:
            self._objects.put(name, content)
            if time.monotonic() - began > _REMOVED_WITHIN:  # another one may have taken the claim over, and removed it
                raise ObjectsAway(f"「{sha256[:12]}…」存得太久，不能确认")
        if got and not is_whole:
            _log.warning("%s：对象损坏（%d字节），已由重新收到的%d字节修复", name, len(got[0]), len(content))
        return not is_whole

    def _readable(self, name: str) -> tuple[bytes, Found] | None:
        """An object as ``Objects.get`` has it; None also where its bytes do not come."""
        try:
            return self._objects.get(name)
        except ObjectUnreadable as error:
            _log.warning("%s", error)
            return None

    def _read_whole(self, sha256: str) -> bytes | None:
        """The original where it has the hash that names it."""
        got = self._objects.get(self._original(sha256))
        if got is None or hashlib.sha256(got[0]).hexdigest() != sha256:
            return None
        self._compared.note(sha256, got[1].version)
        return got[0]

    @contextmanager
    def _claimed(self, sha256: str) -> Iterator[float]:
        """Nobody else renews or removes an original meanwhile; gives when that began, as ``time.monotonic`` tells it.

        Raises ``ObjectsAway`` where another one holds it for long.
        """
        claim, until = f"{self._folder}/claims/{sha256}", time.monotonic() + _PATIENCE_S
        token = unique()
        while not self._claim(claim, token):
            if time.monotonic() > until:
                raise ObjectsAway(f"「{sha256[:12]}…」正在由另一台服务器处理")
            time.sleep(_LOOK_EVERY_S)
        try:
            yield time.monotonic()
        finally:
            got = self._readable(claim)
            if got and got[0] == token:  # not that of who took it over
                self._objects.remove(claim)

    def _claim(self, name: str, token: bytes) -> bool:
        if self._objects.put_new(name, token):
            return True
        got = self._readable(name)
        found = got[1] if got else self._objects.find(name)
        if found is None:
            return False
        if got and got[0] == token:  # it was put, and the answer was lost
            return True
        is_left = datetime.now(UTC) - found.put_at > _CLAIM_LASTS
        # A clock of this machine that is fast must not end the claim of who is about to remove.
        is_left = is_left and self._objects.clock() - found.put_at > _CLAIM_LASTS
        return is_left and self._objects.replace(found, token)

    def _original(self, sha256: str) -> str:
        return f"{self._folder}/originals/{sha256[:2]}/{sha256}"

    def _derived(self, kind: str, name: str) -> str:
        return f"{self._folder}/{kind}/{name[:2]}/{name}.jpg"


def _last(found: Found) -> str:
    return found.name.rpartition("/")[2]
