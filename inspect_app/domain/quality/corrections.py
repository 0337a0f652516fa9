"""How inspectors correct what they sent: how often, and which way the score moves.

A correction that only lifts the score once the visit is over is what a unit would pay for. Here is only whom to ask.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

from ..inspecting.correction import rise
from ..inspecting.inspection import Inspection


@dataclass(frozen=True, slots=True)
class Correcting:
    """Of one inspector: visits in all, how many were corrected, how many of these now score higher than when sent.

    ``change`` is the mean change of the score rate of those corrected, in points; None where none has a score.
    """

    inspector: str
    visits: int
    corrected: int
    raised: int
    change: float | None


def correcting(visits: Iterable[Inspection]) -> list[Correcting]:
    """Who corrected any of their visits, those who lifted most first."""
    own: dict[str, list[Inspection]] = defaultdict(list)
    for visit in visits:
        own[visit.inspector].append(visit)
    rows = [_row(inspector, found) for inspector, found in own.items()]
    return sorted((row for row in rows if row.corrected), key=lambda row: (-row.raised, -row.corrected, row.inspector))


def _row(inspector: str, visits: list[Inspection]) -> Correcting:
    corrected = [visit for visit in visits if visit.corrections]
    changes = [change for visit in corrected if (change := rise(visit)) is not None]
    raised = sum(change > 0 for change in changes)
    return Correcting(inspector, len(visits), len(corrected), raised, fmean(changes) if changes else None)
