"""What a ranking may say: tiers of areas that cannot be told apart, ranks with their own uncertainty, changes.

Two areas are told apart only where their 95 % intervals do not overlap. That is stricter than a test of the difference
(two equal areas are parted in well under 5 % of weeks), and everybody can check it on the printed figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from math import hypot
from statistics import fmean

import numpy as np

from .figures import AreaWeek, PastWeek

MOVING_WEEKS = 4
_NONE = (None, None)


def ranked(rows: Sequence[AreaWeek]) -> list[AreaWeek]:
    """The rows of one level, best first with tier and rank, 样本不足 last by code.

    A tier ends where a row's interval lies wholly below those of all rows above it, so that any two rows in different
    tiers have intervals apart. A rank reaches as far up and down as there are rows whose intervals overlap. A row
    without an interval may be anywhere: nothing is known of its spread.
    """
    best_first = sorted((row for row in rows if row.enough), key=lambda row: (-(row.rate or 0.0), row.area))
    rest = sorted((row for row in rows if not row.enough), key=lambda row: row.area)
    if not best_first:
        return rest
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
    ] + rest


def with_past(row: AreaWeek, past: Sequence[PastWeek], last_week: str) -> AreaWeek:
    """The row with its change against ``last_week`` and its moving value; ``past`` are earlier weeks, oldest first.

    A change is sure where it is larger than the two half intervals together by their squares: that is the 95 % interval
    of the difference of two independent weeks. The moving value is the plain mean of the last four published figures.
    """
    before = next((week for week in reversed(past) if week.week == last_week and week.rate is not None), None)
    rates = [week.rate for week in past if week.rate is not None][-(MOVING_WEEKS - 1) :]
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
    if row.low is None or row.high is None or before.low is None or before.high is None:
        return change, None
    # An interval that was cut at 0 or 100 is as wide as its longer side.
    half = max(row.rate - row.low, row.high - row.rate)
    half_before = max(before.rate - before.low, before.high - before.rate)
    return change, abs(change) > hypot(half, half_before)
