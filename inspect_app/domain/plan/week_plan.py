"""A week's plan: what was announced, what was drawn by it, who inspects it, and what was changed since."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .beacon import Beacon
from .commitment import seed_of
from .sharing import Departure

OPEN_SEED, SEALED = 1, 2
"""The rules of draws: by a seed that all could read beforehand; by a sealed secret and a public number."""
SECOND_SHARE, GAP_WEEKS, STREET_GAP_WEEKS, PER_STREET = 0.1, 8, 4, 2
LEAST_RESPONSE = 0.8
"""Of 100 drawn sites 80 at least: with fewer, those missed may differ from the others by more than the interval says.
Official statistics ask for a study of the bias of non-response below this (OMB, Standards and Guidelines for
Statistical Surveys, 2006, section 3.2)."""


@dataclass(frozen=True, slots=True)
class PlannedSite:
    """A drawn site: its stratum's numbers, who inspects it and who inspects it a second time (both may be nobody).

    ``chance`` is the one it had beforehand, as a fraction; ``twice`` whether the lot wants a second visit; ``problem``
    is why nobody was found; ``dropped`` why it was taken out during the week.
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
    twice: bool = False


@dataclass(frozen=True, slots=True)
class How:
    """How drawn sites are shared out: ``second_share`` of them are inspected twice, nobody the same site within weeks.

    At least ``per_street`` inspectors share a street's sites, and nobody is in a street again within
    ``street_gap_weeks``, where there are enough of them. ``value`` is that of an open seed which had none yet. Where
    less than ``least_response`` (in [0, 1]) of the drawn sites are inspected, figures are shown with a warning.
    """

    value: str = ""
    second_share: float = SECOND_SHARE
    gap_weeks: int = GAP_WEEKS
    in_pairs: bool = False
    per_street: int = PER_STREET
    street_gap_weeks: int = STREET_GAP_WEEKS
    least_response: float = LEAST_RESPONSE


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

    By the rule ``OPEN_SEED`` the ``seed`` was announced. By the rule ``SEALED`` the ``commitment`` was, with the
    ``announced_beacon`` to come; the draw was made with ``beacon``, that of the same day or, where it brought none, of
    a later one. ``sealed`` is the secret, encrypted; ``secret`` is itself (hex), and empty until ``revealed_at``.
    ``replaced`` are the seeds and commitments that were announced before and never drawn by. ``departures`` are where
    the shares depart from the rules.
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
    rule: int = OPEN_SEED
    commitment: str = ""
    announced_beacon: Beacon | None = None
    beacon: Beacon | None = None
    sealed: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    revealed_at: datetime | None = None
    replaced: tuple[str, ...] = ()
    departures: tuple[Departure, ...] = ()

    @property
    def whole_seed(self) -> str:
        """What the draw is made with, as far as it may be known: the open seed with its value, where it has one by now,
        behind it; of a sealed one nothing until it is revealed.
        """
        if self.rule == OPEN_SEED:
            return f"{self.seed} {self.how.value if self.how else ''}".strip()
        return seed_of(bytes.fromhex(self.secret), self.beacon) if self.secret and self.beacon else ""

    def site(self, code: str) -> PlannedSite | None:
        """The drawn site with this code; None where none was drawn."""
        return next((site for site in self.sites if site.code == code), None)
