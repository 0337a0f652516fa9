"""Figures of cases: filed, closed, on time, sent back, hours, overdue, recurrence; the ranking, and 红黄牌.

The share on time is that of GB/T 30428.4's 按期结案率: of the cases that should be closed by now, those that were put
right by their deadline. Should be closed: those that are, those past their deadline with the unit, and those that the
unit reported late. A case that its unit reported in time and the office verified later was in time; one that was late
once stays so, whatever deadline it gets when it is sent back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from statistics import median

LEAST_DUE = 5
"""Units with fewer cases that should be closed are listed and not ranked: one case more or less would decide."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A case as the figures need it. ``in_time`` is None where it is neither closed nor late.

    ``hours`` are working hours from the first dispatch to the unit's last report, None before that.
    """

    unit: str
    area: str
    clauses: tuple[str, ...]
    week: str
    closed: bool
    overdue: bool
    in_time: bool | None
    sent_back: bool
    recurrent: bool
    hours: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one group of cases. Rates are percent, None where nothing is to be divided by."""

    filed: int
    closed: int
    due: int
    in_time: int
    sent_back: int
    overdue: int
    recurrent: int
    median_hours: float | None

    @property
    def in_time_rate(self) -> float | None:
        return _percent(self.in_time, self.due)

    @property
    def sent_back_rate(self) -> float | None:
        return _percent(self.sent_back, self.closed)

    @property
    def recurrent_rate(self) -> float | None:
        return _percent(self.recurrent, self.filed)


@dataclass(frozen=True, slots=True)
class Cards:
    """From where on a unit is shown a card: shares on time in percent below which, numbers overdue from which on.

    None turns a threshold off. A unit with fewer than ``LEAST_DUE`` cases due gets none for its share.
    """

    yellow_rate: float | None = None
    red_rate: float | None = None
    yellow_overdue: int | None = None
    red_overdue: int | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A unit's line: its rank (None where not ranked), figures and card (``red``, ``yellow`` or empty)."""

    unit: str
    rank: int | None
    figures: Figures
    card: str


def figures_of(facts: Iterable[Fact]) -> Figures:
    """The figures of these cases together."""
    found = list(facts)
    hours = [fact.hours for fact in found if fact.hours is not None and fact.closed]
    return Figures(
        filed=len(found),
        closed=sum(fact.closed for fact in found),
        due=sum(fact.in_time is not None for fact in found),
        in_time=sum(fact.in_time is True for fact in found),
        sent_back=sum(fact.sent_back and fact.closed for fact in found),
        overdue=sum(fact.overdue for fact in found),
        recurrent=sum(fact.recurrent for fact in found),
        median_hours=median(hours) if hours else None,
    )


def grouped(facts: Iterable[Fact], keys: Callable[[Fact], Iterable[Hashable]]) -> dict[Hashable, Figures]:
    """The figures of each group; a case counts in every group that ``keys`` names, in the order of the keys."""
    groups: dict[Hashable, list[Fact]] = defaultdict(list)
    for fact in facts:
        for key in keys(fact):
            groups[key].append(fact)
    return {key: figures_of(groups[key]) for key in sorted(groups, key=str)}


def ranked(by_unit: Mapping[str, Figures], cards: Cards) -> list[Ranked]:
    """The units in order: by share on time, then fewer sent back (share), then fewer overdue; equal ones share a rank.

    Those with too few cases due come last, unranked, with the most filed first.
    """
    enough = [unit for unit, figures in by_unit.items() if figures.due >= LEAST_DUE]
    ordered = sorted(enough, key=lambda unit: (_order(by_unit[unit]), unit))
    places = [_order(by_unit[unit]) for unit in ordered]
    lines = [
        Ranked(unit, places.index(_order(by_unit[unit])) + 1, by_unit[unit], card_of(by_unit[unit], cards))
        for unit in ordered
    ]
    rest = sorted((unit for unit in by_unit if unit not in enough), key=lambda unit: (-by_unit[unit].filed, unit))
    return lines + [Ranked(unit, None, by_unit[unit], card_of(by_unit[unit], cards)) for unit in rest]


def card_of(figures: Figures, cards: Cards) -> str:
    """The card that these figures call for: ``red``, ``yellow`` or none."""
    rate = figures.in_time_rate if figures.due >= LEAST_DUE else None
    for card, least_rate, most in (
        ("red", cards.red_rate, cards.red_overdue),
        ("yellow", cards.yellow_rate, cards.yellow_overdue),
    ):
        if least_rate is not None and rate is not None and rate < least_rate:
            return card
        if most is not None and figures.overdue >= most:
            return card
    return ""


def _order(figures: Figures) -> tuple[float, float, int]:
    rate, back = figures.in_time_rate, figures.sent_back_rate
    assert rate is not None
    return -rate, back or 0.0, figures.overdue


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None
