"""How much an account may send in a day, where several servers count: each takes a portion, and gives of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

SentBytes = Mapping[date, int]
"""Bytes that were given to an account's servers, by the day in the city."""
LARGEST_PORTION = 32 * 1024 * 1024
"""A hundred photos of a phone: so often a server asks. Of the day's 4 GB each server keeps less than a hundredth."""
_SHARE = 8
"""The part of what is left that a server takes at most: the nearer the limit, the smaller what lies idle at one."""
_DAY = timedelta(days=1)


def portion(given: int, size: int, most: int) -> int:
    """The bytes that a server takes which needs ``size`` of them now; 0 where so many are not left of ``most``."""
    left = most - given
    return max(size, min(LARGEST_PORTION, left // _SHARE)) if size <= left else 0


def with_portion(sent: SentBytes, day: date, size: int, most: int) -> tuple[SentBytes, int]:
    """What was given by the days, with the portion of a server that needs ``size`` bytes on a day; and the portion.

    The days beside it are kept, as servers do not change the day at the same instant; all others are forgotten.
    """
    given = sent.get(day, 0)
    more = portion(given, size, most)
    near = {one: bytes for one, bytes in sent.items() if abs(one - day) <= _DAY}
    return {**near, day: given + more}, more
