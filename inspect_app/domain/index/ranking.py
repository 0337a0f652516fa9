"""What a ranking may say: tiers of areas that cannot be told apart, ranks with their own uncertainty, changes.

Two areas are told apart by a test of their difference, all pairs of a level at once (``comparing``). Where figures have
no error (before method 3), and in levels with too many pairs, only where their 95 % intervals do not overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import accumulate, groupby
from math import hypot
from statistics import fmean

import numpy as np

from ..numbers import rounded
from .comparing import compared, known_apart, letters, told_apart
from .figures import AreaWeek, PastWeek
from .observing import Values
from .sample import DRAWN

MOVING_WEEKS = 4
_MOST_TESTED = 300
"""Rows of a level up to which every pair is tested: 44,850 pairs."""
_NONE = (None, None)


def ranked(rows: Sequence[AreaWeek], common: float = 0.0) -> list[AreaWeek]:
    """The rows of one level, best first with tier and rank, 样本不足 last by code.

    A tier ends where every row above is told from every row below, so that any two rows in different tiers are told
    apart. A rank reaches as far up and down as there are rows that the row is not told from. A row without an interval
    may be anywhere: nothing is known of its spread. Rows whose figures are printed alike share their rank.
    ``common`` is what all figures of the week err by in common.
    """
    best_first = sorted((row for row in rows if row.enough), key=lambda row: (-printed_rate(row), row.area))
    rest = sorted((row for row in rows if not row.enough), key=lambda row: row.area)
    if not best_first:
        return rest
    tested = len(best_first) <= _MOST_TESTED and any(row.error is not None for row in best_first)
    placed = _by_tests(best_first, common) if tested else _by_intervals(best_first)
    return [*_sharing_ranks(placed), *rest]


def printed_rate(row: AreaWeek) -> Decimal:
    """The figure as it is printed, by which rows are ordered; 0 where there is none."""
    return rounded(row.rate or 0.0)


def _sharing_ranks(rows: Sequence[AreaWeek]) -> list[AreaWeek]:
    """Ranks of rows in order: those printed alike have the first one's."""
    found: list[AreaWeek] = []
    for _, alike in groupby(rows, key=printed_rate):
        together = list(alike)
        rank = len(found) + 1
        found += [replace(one, rank=rank, rank_low=min(one.rank_low or rank, rank)) for one in together]
    return found


def _by_tests(best_first: Sequence[AreaWeek], common: float) -> list[AreaWeek]:
    def column(values: Iterable[float | None]) -> Values:
        return np.array([np.nan if value is None else value for value in values])

    apart = told_apart(
        column(row.rate for row in best_first),
        column(row.error for row in best_first),
        column(known_apart(row, common) for row in best_first),
        common,
    )
    count = len(best_first)
    tier, tiers = 1, []
    for n in range(count):
        tier += int(n > 0 and bool(apart[:n, n:].all()))
        tiers.append(tier)
    above = np.triu(apart).sum(axis=0)
    below = np.triu(apart).sum(axis=1)
    return [
        replace(
            row,
            tier=tiers[n],
            rank=n + 1,
            rank_low=1 + int(above[n]),
            rank_high=count - int(below[n]),
            letters=letter,
        )
        for n, (row, letter) in enumerate(zip(best_first, letters(apart), strict=True))
    ]


def _by_intervals(best_first: Sequence[AreaWeek]) -> list[AreaWeek]:
    low = np.array([-np.inf if row.low is None else row.low for row in best_first])
    high = np.array([np.inf if row.high is None else row.high for row in best_first])
    lowest_above = np.concatenate([[-np.inf], np.minimum.accumulate(low)[:-1]])
    highest_below = np.maximum.accumulate(high[::-1])[::-1]
    # Apart only where no row from here on reaches up into any row above.
    tiers = list(accumulate((int(apart) for apart in highest_below < lowest_above), initial=1))[1:]
    better = len(low) - np.searchsorted(np.sort(low), high, side="right")
    worse = np.searchsorted(np.sort(high), low, side="left")
    return [
        replace(row, tier=tiers[n], rank=n + 1, rank_low=1 + int(better[n]), rank_high=len(best_first) - int(worse[n]))
        for n, row in enumerate(best_first)
    ]


def with_past(row: AreaWeek, past: Sequence[PastWeek], last_week: str) -> AreaWeek:
    """The row with its change against ``last_week`` and its moving value; ``past`` are earlier weeks, oldest first.

    A change is sure where a test of the difference says so; where a week has no standard error (before method 3), where
    it is larger than the two half intervals together by their squares. The moving value is the plain mean of the last
    four published figures. What a plan drew is compared and averaged with what a plan drew: summaries
    of places chosen by hand, and figures of before method 3, are of something else.
    """
    alike = [week for week in past if week.rate is not None and (week.basis == DRAWN) == (row.basis == DRAWN)]
    before = next((week for week in reversed(alike) if week.week == last_week), None)
    rates = [week.rate for week in alike if week.rate is not None][-(MOVING_WEEKS - 1) :]
    rates += [row.rate] if row.rate is not None else []
    change, sure = _change(row, before) if before else _NONE
    return replace(
        row,
        change=change,
        change_sure=sure,
        moving=fmean(rates) if row.rate is not None else None,
        moving_weeks=len(rates) if row.rate is not None else 0,
    )


def _change(row: AreaWeek, before: PastWeek) -> tuple[float | None, bool | None]:
    if row.rate is None or before.rate is None:
        return _NONE
    change = row.rate - before.rate
    if (tested := compared(row, before)) is not None:
        return change, tested.sure
    if row.low is None or row.high is None or before.low is None or before.high is None:
        return change, None
    # An interval that was cut at 0 or 100 is as wide as its longer side.
    half = max(row.rate - row.low, row.high - row.rate)
    half_before = max(before.rate - before.low, before.high - before.rate)
    return change, abs(change) > hypot(half, half_before)
