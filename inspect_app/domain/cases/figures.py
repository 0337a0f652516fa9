"""Figures of cases as the bulletins of city management have them; the ranking, and 红黄牌.

``RATES`` defines the rates, each a quotient of two counts. Should be closed (应结案) as GB/T 30428.4 has it: the cases
that are closed, those past their deadline with the unit, and those that the unit reported late. In time are those of
them that were put right by their deadline; rework and extensions are shares of the same. A case that its unit reported
in time and the office verified later was in time; one that was late once stays so, whatever deadline it gets when it is
sent back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ..numbers import rounded

LEAST_DUE = 5
"""Units with fewer cases that should be closed are listed and not ranked: one case more or less would decide."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A problem that an inspector reported, where and when, and whether it is a case (one not cancelled)."""

    area: str
    week: str
    filed: bool
    month: str = ""


@dataclass(frozen=True, slots=True)
class CaseRate:
    """One rate: what it is called, its definition for readers, and the two counts of ``Figures`` that it is of."""

    label: str
    definition: str
    part: str
    whole: str


RATES: Mapping[str, CaseRate] = {
    "filing": CaseRate(
        "立案率",
        "这一段时间测评提出的问题中已立案的 ÷ 提出的问题；撤销的不算立案。不分单位",
        "reported_filed",
        "reported",
    ),
    "dispatch": CaseRate("派遣率", "派遣过的 ÷ 立案", "dispatched", "filed"),
    "closing": CaseRate("结案率", "结案 ÷ 应结案", "closed", "due"),
    "in_time": CaseRate("按期结案率", "按期办结 ÷ 应结案；过期一次就不再算按期", "in_time", "due"),
    "sent_back": CaseRate("返工率", "应结案中返工或重办过的 ÷ 应结案", "sent_back", "due"),
    "extension": CaseRate("延期率", "应结案中准予过延期的 ÷ 应结案", "extended", "due"),
    "rectification": CaseRate("整改率", "结案（核查整改到位）÷ 立案，未到期的也在内", "closed", "filed"),
    "recurrence": CaseRate("复发率", "同一点位同一问题第二次及以上的 ÷ 立案", "recurrent", "filed"),
}
"""As in the monthly bulletins of 郑州 and 天门 (filing to extension) and the red and black lists of 台山 and 江门."""
DUE = "应结案：已结案的、在单位手里已超期的、过了期限才报告的"


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one group of cases. ``reported`` are problems, of an area or time; None where they have none."""

    filed: int
    closed: int
    due: int
    in_time: int
    sent_back: int
    overdue: int
    recurrent: int
    median_hours: float | None
    dispatched: int = 0
    extended: int = 0
    reported: int | None = None
    reported_filed: int | None = None

    def rate(self, name: str) -> Fraction | None:
        """A rate of ``RATES`` in percent, exactly; None where nothing is to be divided by."""
        part, whole = getattr(self, RATES[name].part), getattr(self, RATES[name].whole)
        return Fraction(100 * part, whole) if whole else None

    @property
    def in_time_rate(self) -> float | None:
        return _percent(self.in_time, self.due)

    @property
    def sent_back_rate(self) -> float | None:
        return _percent(self.sent_back, self.due)

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


def rate_text(rate: Fraction | None) -> str:
    """A rate as bulletins print it: two decimals, halves up, ``—`` where there is none."""
    return "—" if rate is None else str(rounded(rate))
