"""How much an account may send in a day: a phone sends some hundred photos, who fills a disk does not stop there."""

from __future__ import annotations

import threading
from datetime import date


class Quota:
    """Bytes by account on one day, in memory: a restart forgives, and an attacker cannot restart the server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._day = date.min
        self._sent: dict[str, int] = {}

    def take(self, account: str, size: int, day: date, most: int) -> bool:
        """Count bytes where they still fit; whether they did."""
        with self._lock:
            if day != self._day:
                self._day, self._sent = day, {}
            sent = self._sent.get(account, 0) + size
            if sent > most:
                return False
            self._sent[account] = sent
            return True
