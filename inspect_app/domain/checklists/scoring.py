"""Scores: of one item's answer, and of a whole inspection (docs/scoring.md has a worked example)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ..place.outlines import Ground
from ..place.positions import Place
from ..place.proximity import Within
from ..zones.judging import MEASURES, Judged, judge_distance
from .answers import Answer, Count, Premises
from .checklist import (
    Category,
    Checklist,
    GradeRule,
    Item,
    MeasureRule,
    Method,
    OccurrencesRule,
    ProximityRule,
    RatioRule,
)

Origin = Place | Ground | None
"""What distances are measured from: a site's registered position or its ground; None where neither is known."""


@dataclass(frozen=True, slots=True)
class ItemScore:
    """One item's part: ``score`` in [0, 1], None where it is left out.

    ``state`` is scored, na (不适用), insufficient (样本不足) or uncertain (疑似,待复核). ``failed`` means that there is
    a finding: points were lost, or may have been. ``detail`` says in Chinese what was observed.
    """

    item_id: str
    state: str
    score: float | None
    weight: float
    failed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class InspectionScore:
    """``rate`` in percent, None where no item could be scored; ``capped`` where a failed veto item held it down."""

    rate: float | None
    capped: bool
    items: tuple[ItemScore, ...]


def score_inspection(
    checklist: Checklist, answers: Mapping[str, Answer], *, site: Origin, left_out: Collection[str] = ()
) -> InspectionScore:
    """``100 × Σ w·s / Σ w`` over the items that applied; at most the veto cap where a veto item lost points.

    ``left_out`` are items whose finding a supervisor rejected: what was entered does not stand, so they do not count.
    """
    return total(checklist, tuple(score_item(item, answers[item.id], site) for item in checklist.items), left_out)


def as_decided(item: ItemScore, decision: str | None) -> ItemScore:
    """An item's score as a supervisor's decision leaves it: one that was 疑似 scores 0 once it is confirmed."""
    if decision == "confirmed" and item.state == "uncertain":
        return replace(item, state="scored", score=0.0)
    return item


def counts(item: ItemScore, decision: str | None) -> bool:
    """Whether an item is part of the rate: it was scored, and what was entered was not rejected."""
    return item.score is not None and decision != "rejected"


def counted_scores(items: Iterable[ItemScore], decisions: Mapping[str, str]) -> dict[str, float]:
    """The scores in [0, 1] of the items that count, by item id, as the decisions on them leave them."""
    decided = [(as_decided(item, decisions.get(item.item_id)), decisions.get(item.item_id)) for item in items]
    return {item.item_id: item.score for item, decision in decided if item.score is not None and counts(item, decision)}


def total(
    checklist: Checklist,
    items: tuple[ItemScore, ...],
    left_out: Collection[str] = (),
    confirmed: Collection[str] = (),
) -> InspectionScore:
    """The whole score of items that are scored already, as kept with an inspection or just now.

    ``confirmed`` are items whose finding a supervisor confirmed: one that was 疑似 then scores 0.
    """
    decisions = {**dict.fromkeys(left_out, "rejected"), **dict.fromkeys(confirmed, "confirmed")}
    items = tuple(as_decided(item, decisions.get(item.item_id)) for item in items)
    counted = [item for item in items if counts(item, decisions.get(item.item_id))]
    if not counted:
        return InspectionScore(None, False, items)
    possible = sum(item.weight for item in counted)
    rate = 100 * sum(item.weight * (item.score or 0.0) for item in counted) / possible
    rate = min(100.0, max(0.0, rate))
    vetoed = any(item.failed and checklist.item(item.item_id).veto for item in counted)
    if vetoed and checklist.veto_cap is not None and rate > checklist.veto_cap:
        return InspectionScore(checklist.veto_cap, True, items)
    return InspectionScore(rate, False, items)


def score_item(item: Item, answer: Answer, site: Origin) -> ItemScore:
    """One item's score by its method."""
    if answer.value is None:
        return ItemScore(item.id, "na", None, item.weight, False, "不适用")
    state, score, detail = _METHODS[item.method](item, answer.value, site)
    failed = state == "uncertain" or (score is not None and score < 1)
    return ItemScore(item.id, state, score, item.weight, failed, detail)


def format_rate(rate: float | None) -> str:
    """A score rate or index for readers: two decimals, halves up; ``—`` where there is none."""
    if rate is None:
        return "—"
    return str(Decimal(repr(rate)).quantize(Decimal("0.01"), ROUND_HALF_UP))


_Scored = tuple[str, float | None, str]


def _compliance(item: Item, passed: bool, site: Origin) -> _Scored:
    return "scored", float(passed), "合格" if passed else "不合格"


def _occurrences(item: Item, count: int, site: Origin) -> _Scored:
    assert isinstance(item.rule, OccurrencesRule)
    return "scored", max(0.0, 1 - count * item.rule.deduct), f"发现{count}{item.rule.unit}" if count else "未发现"


def _ratio(item: Item, counts: Mapping[str, Count], site: Origin) -> _Scored:
    """The pooled share over all classes; each class's own share is named in the detail."""
    assert isinstance(item.rule, RatioRule)
    yes, of = sum(count.yes for count in counts.values()), sum(count.of for count in counts.values())
    detail = f"观察{of},{item.rule.yes_label}{yes}" + (f"({format_rate(100 * yes / of)}%)" if of else "")
    labels = {entry.id: entry.label for entry in item.rule.classes}
    by_class = [f"{labels[id]}{count.yes}/{count.of}" for id, count in counts.items() if id and count.of]
    detail += f":{'、'.join(by_class)}" if by_class else ""
    if of < item.rule.minimum:
        return "insufficient", None, f"样本不足（至少{item.rule.minimum}）:{detail}"
    full = item.rule.full_marks_from
    # Compared as whole numbers of hundredths of a percent, so that 80 % of 5 is 80 % and not a hair less.
    if full is not None and yes * 100 >= full * of:
        return "scored", 1.0, detail
    return "scored", yes / of, detail


def _grade(item: Item, key: str, site: Origin) -> _Scored:
    assert isinstance(item.rule, GradeRule)
    grade = next(grade for grade in item.rule.grades if grade.key == key)
    return "scored", grade.score, f"{grade.key}:{grade.label}"


def _measure(item: Item, number: float, site: Origin) -> _Scored:
    assert isinstance(item.rule, MeasureRule)
    low, high = item.rule.at_least, item.rule.at_most
    meets = (low is None or number >= low) and (high is None or number <= high)
    bounds = "、".join(
        text
        for text in (f"不少于{low:g}" if low is not None else "", f"不超过{high:g}" if high is not None else "")
        if text
    )
    return "scored", float(meets), f"{number:g}{item.rule.unit}（要求{bounds}{item.rule.unit}）"


def _proximity(item: Item, found: tuple[Premises, ...], site: Origin) -> _Scored:
    """0 where any banned premises are surely inside; 疑似 where one may be; 1 where all are surely outside."""
    assert isinstance(item.rule, ProximityRule)
    categories = {category.id: category for category in item.rule.categories}
    banned = [premises for premises in found if categories[premises.category].banned]
    if not banned:
        return "scored", 1.0, "未发现" if not found else f"发现{len(found)}处，均不在禁止之列"
    if site is None:
        return "uncertain", None, f"发现{len(banned)}处，点位没有登记位置，疑似，待复核"
    judged = [(one, _judge(one, categories[one.category], item.rule, site)) for one in banned]
    detail = ";".join(
        f"{categories[one.category].label}{one.name and f'「{one.name}」'}{_distance(answer, item.rule)}"
        for one, answer in judged
    )
    answers = {answer.within for _, answer in judged}
    if Within.INSIDE in answers:
        return "scored", 0.0, detail
    return ("uncertain", None, detail) if Within.UNCERTAIN in answers else ("scored", 1.0, detail)


def _judge(premises: Premises, category: Category, rule: ProximityRule, site: Place | Ground) -> Judged:
    radius_m, reach_m = rule.radius_of(category), rule.point_reach_m
    return judge_distance(premises.fix, site, radius_m, category.measure, reach_m, premises.walk)


def _distance(judged: Judged, rule: ProximityRule) -> str:
    """Metres and the answer; the way of measuring and the radius where they are not the usual ones."""
    way = "" if judged.measured == MEASURES["boundary"] else judged.measured
    limit = "" if judged.radius_m == rule.radius_m else f"，限{judged.radius_m:g}米"
    return f"{way}{judged.interval}（{judged.within.label}{limit}）"


_METHODS: dict[Method, Callable[[Item, Any, Origin], _Scored]] = {
    Method.COMPLIANCE: _compliance,
    Method.OCCURRENCES: _occurrences,
    Method.RATIO: _ratio,
    Method.GRADE: _grade,
    Method.MEASURE: _measure,
    Method.PROXIMITY: _proximity,
}
