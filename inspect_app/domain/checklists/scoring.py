"""Scores: of one item's answer, and of a whole inspection (docs/use/scoring.md has a worked example)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from .answers import Answer
from .checklist import Checklist, Item
from .method import Origin as Origin
from .methods import method_of
from .rates import format_rate as format_rate


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

    def to_json(self) -> dict[str, str | float | bool | None]:
        """Every field: by hand, as ``asdict`` would copy each of some dozen items' values for every submission."""
        return {
            "item_id": self.item_id,
            "state": self.state,
            "score": self.score,
            "weight": self.weight,
            "failed": self.failed,
            "detail": self.detail,
        }


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
    scored = method_of(item).score(item.rule, answer.value, site)
    failed = scored.state == "uncertain" or (scored.score is not None and scored.score < 1)
    return ItemScore(item.id, scored.state, scored.score, item.weight, failed, scored.detail)
