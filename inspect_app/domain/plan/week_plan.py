"""A week's plan: what was announced, what was drawn by it, who inspects it, and what was changed since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

SECOND_SHARE, GAP_WEEKS = 0.1, 8


@dataclass(frozen=True, slots=True)
class PlannedSite:
    """A drawn site: its stratum's numbers, who inspects it and who inspects it a second time (both may be nobody).

    ``chance`` is the one it had beforehand, as a fraction; ``problem`` is why nobody was found; ``dropped`` why it was
    taken out during the week.
    """

    code: str
    area: str
    site_type: str
    taken: int
    of: int
    inspectors: tuple[str, ...] = ()
    second: tuple[str, ...] = ()
    problem: str = ""
    dropped: str = ""
    chance: str = ""


@dataclass(frozen=True, slots=True)
class How:
    """How drawn sites are shared out: ``second_share`` of them are inspected twice, nobody the same site within weeks.

    ``value`` is the value of the announced seed, where it had none yet.
    """

    value: str = ""
    second_share: float = SECOND_SHARE
    gap_weeks: int = GAP_WEEKS
    in_pairs: bool = False


@dataclass(frozen=True, slots=True)
class PlanChange:
    """One site changed during the week: when (UTC), by whom and why, as it was before and after."""

    at: datetime
    by: str
    code: str
    reason: str
    before: PlannedSite
    after: PlannedSite


@dataclass(frozen=True, slots=True)
class WeekPlan:
    """A week's plan. Until it is drawn, ``drawn_at`` and ``how`` are None and ``sites`` is empty.

    ``register`` is the SHA-256 of the file of the register that it is drawn from, empty where none was kept; ``count``
    and ``least_per_area`` are how many sites. ``changes`` are oldest first.
    """

    week: str
    seed: str
    register: str
    count: int
    least_per_area: int
    announced_at: datetime
    announced_by: str
    drawn_at: datetime | None = None
    drawn_by: str = ""
    how: How | None = None
    sites: tuple[PlannedSite, ...] = ()
    changes: tuple[PlanChange, ...] = ()

    @property
    def whole_seed(self) -> str:
        """What the draw is made with: the announced seed with its value, where it has one by now, behind it."""
        return f"{self.seed} {self.how.value if self.how else ''}".strip()

    def site(self, code: str) -> PlannedSite | None:
        """The drawn site with this code; None where none was drawn."""
        return next((site for site in self.sites if site.code == code), None)
