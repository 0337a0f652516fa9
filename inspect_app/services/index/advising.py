"""What differences a week's number of sites can show, for whoever plans it; by what sites differed by lately."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from math import sqrt
from statistics import fmean, median

from ...domain.index.comparing import detectable
from ...domain.index.figures import WeekHead
from .. import Services
from ..publications import published_weeks
from .publishing import readable

TYPICAL_DEVIATION = 12.0
"""Points by which sites of a street differ after their types, where no week of the city's own says so yet."""
_WEEKS, _LOOKED_BACK = 4, 13


@dataclass(frozen=True, slots=True)
class Showing:
    """The difference, in points, that shows in 80 % of weeks: with so many ``sites``, and with twice as many."""

    sites: float
    points: float
    doubled: float


@dataclass(frozen=True, slots=True)
class PlanAdvice:
    """What the sites of a plan can show, if all are inspected.

    ``street``: two streets with the usual number of sites each; ``city``: the city against the week before, with as
    many sites then; None of a part of the city. ``streets``: by area code, each against another with as many.
    ``deviation``: points by which sites of a street differ after their types, of so many ``weeks``; typical for 0.
    """

    deviation: float
    weeks: int
    street: Showing
    city: Showing | None
    streets: Mapping[str, Showing]


def advice(services: Services, week: str, sites: Mapping[str, float], *, whole: bool) -> PlanAdvice | None:
    """What a week's sites (how many, by street) can show; None without any. ``whole``: these are all of the city's."""
    there = {street: count for street, count in sites.items() if count > 0}
    if not there:
        return None
    known = list(islice(_variances(services, week), _WEEKS))
    deviation = sqrt(fmean(known)) if known else TYPICAL_DEVIATION
    return PlanAdvice(
        deviation,
        len(known),
        _showing(deviation, median(there.values())),
        _showing(deviation, sum(there.values())) if whole else None,
        {street: _showing(deviation, count) for street, count in there.items()},
    )


def shared_out(count: int, least: int, listed: Mapping[str, int]) -> dict[str, float]:
    """How many of ``count`` sites each street gets by its number of registered ones, as far as that is known
    before the draw: none less than ``least``, and none more than it has.
    """
    whole = sum(listed.values()) or 1
    return {street: float(min(of, max(least, count * of / whole))) for street, of in listed.items()}


def _showing(deviation: float, sites: float) -> Showing:
    return Showing(sites, detectable(deviation, sites), detectable(deviation, 2 * sites))


def _variances(services: Services, week: str) -> Iterator[float]:
    """Those of sites after their types in the published weeks before that have any, points², newest first."""
    for one in [name for name in published_weeks(services.store) if name <= week][:_LOOKED_BACK]:
        shown = readable(services, one)
        if shown and (variance := _variance(shown.head)) > 0:
            yield variance


def _variance(head: WeekHead) -> float:
    """A type's own in a street and a site's in it together: what one site of a street says less than all of it."""
    return (head.variances.get("cell") or 0.0) + (head.variances.get("site") or 0.0)
