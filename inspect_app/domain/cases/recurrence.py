"""Recurrence (复发): the same problem at the same site again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..weeks import shifted

WITHIN_WEEKS = 12
"""A problem that comes back within so many weeks of the case before is the same problem again; a quarter."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A case of the same item at the same site: its number, the week of its finding, and the how manieth it was."""

    id: str
    week: str
    times: int


@dataclass(frozen=True, slots=True)
class Recurrence:
    """``times`` is 1 for the first time, else one more than of the case ``of`` (第 N 次)."""

    of: str | None = None
    times: int = 1


def recurrence(week: str, earlier: Iterable[Earlier], within: int = WITHIN_WEEKS) -> Recurrence:
    """What a finding of ``week`` is to the cases before it: linked to the latest of the last ``within`` weeks.

    Of the same week counts as before it; a later one (a finding reviewed late) does not.
    """
    since = shifted(week, -within)
    known = [one for one in earlier if since <= one.week <= week]
    if not known:
        return Recurrence()
    latest = max(known, key=lambda one: (one.week, one.times, one.id))
    return Recurrence(latest.id, latest.times + 1)
