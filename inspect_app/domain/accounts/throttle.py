"""How long somebody who guessed wrong has to wait before the next try: growing and bounded, never for good.

What is counted is named by a key: an account from one address, an account from one known device, an account from
everywhere that is not known. Nobody is shut out by what others do: their keys are others, or their waits are short.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

FORGOTTEN_AFTER = timedelta(days=1)
"""Tries are forgotten when none has come for so long."""
MOST_KEYS = 64
"""Keys that one slot remembers. Those with the fewest tries give way, so that inventing names forgives none."""
_MOST_DOUBLINGS = 20


@dataclass(frozen=True, slots=True)
class TryLimit:
    """The first ``free`` wrong tries cost nothing; then each doubles the wait, from ``first`` up to ``most``."""

    free: int
    first: timedelta
    most: timedelta


ONE_PLACE = TryLimit(free=5, first=timedelta(seconds=10), most=timedelta(minutes=15))
"""For an account from one address or from one known device: at most some 100 guesses a day."""
ELSEWHERE = TryLimit(free=50, first=timedelta(seconds=1), most=timedelta(seconds=30))
"""For an account from all addresses and devices that are not known to be its own: at most some 3,000 guesses a day.

Short, because the owner with a new phone waits as well.
"""
SECOND_FACTOR = TryLimit(free=5, first=timedelta(seconds=10), most=timedelta(minutes=15))
"""For codes after the right password: only who has that can make the owner wait."""


@dataclass(frozen=True, slots=True)
class Tries:
    """How many wrong tries came, and when the last did (UTC)."""

    count: int
    last: datetime


Slot = Mapping[str, Tries]
"""The tries of several keys, which are kept together."""


def wait_for(tries: Tries | None, limit: TryLimit, now: datetime) -> timedelta:
    """How long to wait before the next try; zero where it may come."""
    if tries is None or tries.count < limit.free or now - tries.last >= FORGOTTEN_AFTER:
        return timedelta()
    doublings = 1 << min(tries.count - limit.free, _MOST_DOUBLINGS)
    return max(timedelta(), min(limit.first * doublings, limit.most) - (now - tries.last))


def tried(slot: Slot, key: str, now: datetime) -> Slot:
    """The slot after one more try."""
    before = _remembered(slot, now)
    count = before[key].count + 1 if key in before else 1
    others = sorted((one for one in before if one != key), key=lambda one: (before[one].count, before[one].last))
    staying = others[max(0, len(others) - MOST_KEYS + 1) :]
    return {**{one: before[one] for one in staying}, key: Tries(count, now)}


def forgiven(slot: Slot, key: str, *, whole: bool) -> Slot:
    """The slot after a try turned out right: all tries of the key are forgotten, or that one alone."""
    if key not in slot:
        return slot
    others = {one: tries for one, tries in slot.items() if one != key}
    left = slot[key].count - 1
    return others if whole or not left else {**others, key: replace(slot[key], count=left)}


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one household or office has of IPv6."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    # How a socket that listens for both writes an IPv4 address; the network of these would be that of everybody.
    return str(parsed.ipv4_mapped or IPv6Network((int(parsed) >> 64 << 64, 64)))


def _remembered(slot: Slot, now: datetime) -> dict[str, Tries]:
    return {key: tries for key, tries in slot.items() if now - tries.last < FORGOTTEN_AFTER}
