"""The figures of a week (期) as they are published: plain values, to JSON and back without loss.

Every rate is percent, every interval is 95 %. A field is None where there is no figure, and why is told by the fields
beside it (``enough``, ``sites``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ..place.outlines import Outline
from ..plan.validation import ValidationFigure
from ..signed_heads import SignedHead
from .plausibility_figure import PlausibilityFigure
from .sample import WeekSample
from .severity_found import SeverityFound


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an area's figure: one site type, dimension, clause or item.

    ``key`` names it (a checklist's id, a dimension, a clause, ``checklist/item``), ``share`` is its weight in the
    whole, percent, None where it has none of its own. ``observations`` are item results that counted.
    ``counts_with`` is what a site type counts with in the area's figure: what was seen of it, completed by what the
    model predicts of its sites that were not; None where it counts with ``rate``.
    """

    key: str
    title: str
    rate: float | None
    low: float | None
    high: float | None
    sites: int
    inspections: int
    observations: int
    share: float | None = None
    counts_with: float | None = None


@dataclass(frozen=True, slots=True)
class AreaWeek:
    """One area's week.

    ``listed``: sites in use that the register has there, ``planned``: those drawn for the week, None where no plan was
    drawn; ``planned_done`` of them were inspected. ``enough`` is False where the sample is too small (样本不足): shown,
    not ranked. ``tier`` counts from 1: two areas in different tiers can be told apart. ``rank`` counts from 1 within
    the level, it may as well be any from ``rank_low`` to ``rank_high``. ``change`` is percentage points against the
    week before; ``change_sure`` whether it is beyond chance. ``moving`` is the mean of the last ``moving_weeks`` weeks,
    this one included, at most four.
    ``composite`` is the composite index (综合指数), None where the city has none or a part of it is missing;
    ``composite_low`` to ``composite_high`` its interval, where this index's is known.

    Of weeks by method 3: ``basis`` is "drawn" where the figure is estimated from the week's plan, "chosen" where there
    was none: a plain summary of places chosen by hand, without interval; empty before. ``rate`` is adjusted for
    inspectors' severity, ``plain`` is not. ``error`` is the standard error, ``freedom`` its degrees of freedom,
    ``freedom_apart`` that of what is left of it in a difference to another area of the week.
    ``one_sided``: all that was seen is at the end of the scale, and the interval is a bound on one side. Two areas of
    a level that have no letter of ``letters`` (a compact letter display) in common differ beyond chance.
    """

    area: str
    name: str
    level: str
    parent: str
    rate: float | None
    low: float | None
    high: float | None
    sites: int
    inspections: int
    observations: int
    listed: int
    planned: int | None
    planned_done: int
    enough: bool
    tier: int | None = None
    rank: int | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    change: float | None = None
    change_sure: bool | None = None
    moving: float | None = None
    moving_weeks: int = 0
    composite: float | None = None
    composite_low: float | None = None
    composite_high: float | None = None
    basis: str = ""
    plain: float | None = None
    error: float | None = None
    freedom: float | None = None
    one_sided: bool = False
    letters: str = ""
    freedom_apart: float | None = None


@dataclass(frozen=True, slots=True)
class PastWeek:
    """An area's figure in an earlier week, as published then; fields as in ``AreaWeek``."""

    week: str
    rate: float | None
    low: float | None
    high: float | None
    error: float | None = None
    freedom: float | None = None
    basis: str = ""

    @staticmethod
    def of(row: AreaWeek, week: str) -> PastWeek:
        """What of a row other weeks are compared with."""
        return PastWeek(week, row.rate, row.low, row.high, row.error, row.freedom, row.basis)


def row_to_json(row: AreaWeek) -> dict[str, object]:
    """A row as JSON; of a composite's interval there is no word where it has none, as before there was any."""
    found = asdict(row)
    if row.freedom_apart is None:
        del found["freedom_apart"]
    if row.composite_low is None:
        del found["composite_low"], found["composite_high"]
    return found


@dataclass(frozen=True, slots=True)
class AreaDetail:
    """What an area's page shows besides its row. ``best`` and ``worst`` are items, ``history`` is oldest first."""

    area: str
    types: tuple[Part, ...]
    dimensions: tuple[Part, ...]
    clauses: tuple[Part, ...]
    items: tuple[Part, ...]
    best: tuple[Part, ...]
    worst: tuple[Part, ...]
    history: tuple[PastWeek, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteWeek:
    """One inspected site: the mean rate of its inspections in the week. Neither who nor when."""

    site: str
    name: str
    type_title: str
    area: str
    rate: float | None
    inspections: int


@dataclass(frozen=True, slots=True)
class WeekHead:
    """What is said of a week as a whole. ``revision`` is 0 and ``published_at`` empty for a preview.

    ``digest`` is the SHA-256 (hex) over the frozen content, ``weights`` the weights file as used (JSON). ``log`` is the
    head of the log of acts when it was published; None of a preview, and of weeks published before it was printed.
    ``variances`` are those of the model (``whole.Whole``), empty where the week had no plan and before method 3.
    ``industries`` are the items (``checklist/item``) of the city's own industries; empty where it has none.
    """

    city: str
    week: str
    revision: int
    published_at: str
    reason: str
    method: str
    minimum: int
    weights: Mapping[str, Any]
    digest: str = ""
    log: SignedHead | None = None
    variances: Mapping[str, float | None] = field(default_factory=dict)
    industries: Mapping[str, Sequence[str]] = field(default_factory=dict)


SINCE_METHOD_3 = frozenset(
    {"basis", "plain", "error", "freedom", "freedom_apart", "one_sided", "letters", "counts_with"}
)
"""Fields of areas and their parts that method 3 brought."""


def head_to_json(head: WeekHead) -> dict[str, object]:
    """A head as JSON; of a log that is not printed there is no word."""
    found = asdict(head)
    if head.log is None:
        del found["log"]
    if not head.variances:
        del found["variances"]
    if not head.industries:
        del found["industries"]
    return found


def head_from_json(raw: Mapping[str, Any], digest: str) -> WeekHead:
    """The head of frozen content with this digest."""
    log, industries = raw.get("log"), raw.get("industries", {})
    read = {
        "digest": digest,
        "log": SignedHead(**log) if log else None,
        "industries": {title: tuple(items) for title, items in industries.items()},
    }
    return WeekHead(**{**raw, **read})


@dataclass(frozen=True, slots=True)
class PublishedWeek:
    """A week with all its areas (by level, best first, 样本不足 last), their details by area code, and its sites.

    ``outlines`` are those of the areas as they were in that week, of such as have one. ``sample`` is what is said of
    the figures beside them; None of weeks that were published before it was kept. ``validation`` is the city's
    difference of independent validation, None where there were too few pairs. ``plausibility`` is how far it agrees
    with complaints, None where the office does not publish that. ``severity`` is what a preview says of the inspectors,
    for the office: it is not published.
    """

    head: WeekHead
    rows: tuple[AreaWeek, ...]
    details: Mapping[str, AreaDetail]
    sites: tuple[SiteWeek, ...]
    outlines: Mapping[str, Outline] = field(default_factory=dict)
    sample: WeekSample | None = None
    validation: ValidationFigure | None = None
    plausibility: PlausibilityFigure | None = None
    severity: SeverityFound | None = field(default=None, compare=False)

    def row(self, area: str) -> AreaWeek | None:
        """The row of an area; None where it had no inspection in the week."""
        return next((row for row in self.rows if row.area == area), None)

    @property
    def top(self) -> AreaWeek | None:
        """The widest area of the week: the city, where the tree has one."""
        return min(self.rows, key=lambda row: len(row.area), default=None)


def without_unsaid(value: Any) -> Any:
    """JSON values without what weeks before method 3 knew nothing of, where nothing is said of it."""
    if isinstance(value, Mapping):
        return {
            name: without_unsaid(one)
            for name, one in value.items()
            if name not in SINCE_METHOD_3 or one not in (None, "", False)
        }
    return [without_unsaid(one) for one in value] if isinstance(value, list | tuple) else value


def detail_to_json(detail: AreaDetail) -> dict[str, object]:
    """The detail as kept; ``area`` is a field that the store can search."""
    return asdict(detail)


def detail_from_json(raw: Mapping[str, Any]) -> AreaDetail:
    """The detail that was made into this JSON."""
    parts = {
        name: tuple(Part(**part) for part in raw[name])
        for name in ("types", "dimensions", "clauses", "items", "best", "worst")
    }
    return AreaDetail(area=raw["area"], **parts, history=tuple(PastWeek(**past) for past in raw["history"]))
