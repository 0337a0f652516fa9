"""What the office is shown of visits that came for a week after it was published."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.index.as_read import LEFT_OUT
from ...domain.weeks import utc_text
from ...services.index.late import AreaEffect, effects, late_visits
from ..context import scope, services


@dataclass(frozen=True, slots=True)
class LateVisit:
    """One of them: where, when it was made and when it came (UTC), whether it counts by now, or was left out since."""

    id: str
    site: str
    started_at: str
    received_at: str
    counts: bool
    left_out: bool


@dataclass(frozen=True, slots=True)
class LateView:
    """The visits, and what a correction that counts them would change of the areas, percent."""

    visits: tuple[LateVisit, ...]
    effects: tuple[AreaEffect, ...]

    @property
    def waiting(self) -> bool:
        return not all(one.counts for one in self.visits)


def late_view(week: str) -> LateView | None:
    """What came late for a week, as whoever is signed in may see it; None where nothing did."""
    kept = late_visits(services(), week, scope=scope())
    if not kept:
        return None
    visits = tuple(
        LateVisit(
            one.id,
            one.value.site.name,
            utc_text(one.value.started_at),
            utc_text(one.value.received_at),
            one.value.presence.counts,
            one.value.presence.state == LEFT_OUT,
        )
        for one in kept
    )
    return LateView(visits, effects(services(), week, [one.id for one in kept], scope=scope()))
