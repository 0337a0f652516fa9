"""Inspections that were made too fast, or answered in one line, told from the times of the taps.

Nothing here is a proof: an inspector who has a small site by heart is fast as well. It says whom to ask.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

SECONDS_AN_ITEM = 3.0
"""Less than this for an item is less than reading it takes."""
SHARE_OF_MEDIAN = 0.3
"""Of the usual time of the checklist."""
LEAST_FOR_MEDIAN = 5
RUN_ITEMS, RUN_MS = 6, 1_500
"""So many answers one after the other, each within so many milliseconds of the one before, are answered in one line."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One inspection: its checklist, how many items it has, seconds from beginning to end, and the taps.

    ``taps`` are milliseconds from the beginning to each item's first answer, in any order; None where none were sent.
    """

    inspection: str
    checklist: str
    items: int
    seconds: float
    taps: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Hasty:
    """An inspection to ask about, and why, in Chinese."""

    inspection: str
    reasons: tuple[str, ...]


def hasty(timings: Sequence[Timing], usual: Mapping[str, float] | None = None) -> list[Hasty]:
    """The inspections that were too fast or in one line. ``usual`` seconds by checklist; else the timings' medians."""
    usual = usual_seconds(timings) if usual is None else usual
    found = [Hasty(one.inspection, tuple(_reasons(one, usual.get(one.checklist)))) for one in timings]
    return [one for one in found if one.reasons]


def usual_seconds(timings: Sequence[Timing]) -> dict[str, float]:
    """The median time of each checklist that was used often enough."""
    by: dict[str, list[float]] = {}
    for one in timings:
        by.setdefault(one.checklist, []).append(one.seconds)
    return {checklist: median(found) for checklist, found in by.items() if len(found) >= LEAST_FOR_MEDIAN}


def at_once(taps: Sequence[int]) -> int:
    """How many items were answered at the very instant of another: by 「其余都合格」, not each by itself."""
    return len(taps) - len(set(taps))


def longest_run(taps: Sequence[int]) -> int:
    """The most answers in a row each of which came within ``RUN_MS`` of the one before; those at once count once."""
    run = best = 1
    for before, after in pairwise(sorted(set(taps))):
        run = run + 1 if after - before <= RUN_MS else 1
        best = max(best, run)
    return best if taps else 0


def _reasons(one: Timing, usual: float | None) -> list[str]:
    reasons = []
    if one.seconds < SECONDS_AN_ITEM * one.items:
        reasons.append(f"{one.items}项只用了{one.seconds:.0f}秒")
    elif usual is not None and one.seconds < SHARE_OF_MEDIAN * usual:
        reasons.append(f"用时{one.seconds / 60:.1f}分钟，同类一般{usual / 60:.1f}分钟")
    if one.taps is not None and (run := longest_run(one.taps)) >= RUN_ITEMS:
        reasons.append(f"连续{run}项每项不到{RUN_MS / 1000:g}秒")
    return reasons
