"""The time-stamp (RFC 3161) of a head of the log that was published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_FIRST_WAIT = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Timestamp:
    """What became of asking for it. Instants are UTC; ``problem`` is why the last try failed, in Chinese.

    ``token`` is the service's answer as DER; empty, and ``stamped_at`` None, as long as there is none.
    """

    token: bytes
    stamped_at: datetime | None
    tries: int
    tried_at: datetime
    problem: str

    def is_due(self, now: datetime) -> bool:
        """Whether to ask again: each time after twice as long, at least four times a day."""
        wait = min(_FIRST_WAIT * 2 ** min(self.tries - 1, 10), _LONGEST_WAIT)
        return not self.token and now >= self.tried_at + wait
