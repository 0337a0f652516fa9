"""How much an account may send in a day: a phone sends some hundred photos, who fills a disk does not stop there."""

from __future__ import annotations

import logging
import threading
from datetime import date

from ...collections.evidence.sent_bytes import SENT_BYTES
from ...domain.evidence.quota import portion, with_portion
from ...store import Put, Stale, Store, StoreDamaged

_log = logging.getLogger(__name__)


class Quota:
    """Bytes by account on one day, counted in the store for all servers, and from there over restarts. For threads.

    A server takes a portion of the day from the store and counts within it in memory. So together they never give more
    than there is, hardly a photo costs a write, and what a server took and did not use is not given by another.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._day = date.min
        self._left: dict[str, int] = {}
        self._uncounted: dict[str, int] = {}
        """What was given while the store's count was damaged."""

    def take(self, account: str, size: int, day: date, most: int) -> bool:
        """Count bytes where they still fit; whether they did. Raises ``StoreAway``, and ``OSError`` of a full disk."""
        more = 0
        while lacking := self._lacking(account, size, day, more):
            more = self._portion(account, lacking, day, most)
            if not more:
                return False
        return True

    def _lacking(self, account: str, size: int, day: date, more: int) -> int:
        """Count bytes within what is left here and the ``more`` just taken, and 0; else how many are lacking."""
        with self._lock:
            if day != self._day:
                self._day, self._left, self._uncounted = day, {}, {}
            left = self._left.get(account, 0) + more
            self._left[account] = left if size > left else left - size
            return max(0, size - left)

    def _portion(self, account: str, size: int, day: date, most: int) -> int:
        """Bytes from the store, so many or more; 0 where there are not so many. Not under the lock: a disk waits."""
        while True:
            try:
                kept = SENT_BYTES.get(self._store, account)
                sent, more = with_portion(kept.value if kept else {}, day, size, most)
                if not more:
                    return 0
                if kept:
                    SENT_BYTES.update(self._store, kept, sent)
                    return more
                if SENT_BYTES.put_once(self._store, account, sent)[0] is Put.CREATED:
                    return more
            except Stale:
                continue
            except StoreDamaged as error:  # a lost count keeps no evidence out
                _log.warning("%s", error)
                return self._without_the_store(account, size, most)

    def _without_the_store(self, account: str, size: int, most: int) -> int:
        with self._lock:
            more = portion(self._uncounted.get(account, 0), size, most)
            self._uncounted[account] = self._uncounted.get(account, 0) + more
            return more
