"""Registered site types of which a week saw no site: no part of its figures, and in their error (``whole``)."""

from __future__ import annotations

from collections import Counter

from .figures import PublishedWeek
from .sample import DRAWN


def unseen_types(week: PublishedWeek) -> dict[str, int]:
    """Their titles, with how many sites the frame has of each, most first; empty where no plan drew the week.

    A type without weight is no part of the index, seen or not.
    """
    sample, top = week.sample, week.top
    if sample is None or top is None or sample.basis != DRAWN:
        return {}
    widest = [row.area for row in week.rows if len(row.area) == len(top.area)]
    parts = [part for area in widest for part in week.details[area].types]
    seen = {part.key for part in parts if part.rate is not None or part.counts_with is not None}
    weights = week.head.weights.get("types", {})
    found: Counter[str] = Counter()
    for _, id, listed in sample.strata:
        if id not in seen and weights.get(id, 1.0) > 0:
            found[sample.types.get(id, id)] += listed
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def unseen_text(week: PublishedWeek) -> str:
    """All of them in a sentence; empty where there is none.

    Of what is published before the week is over too: it would tell which types the plan has still to come to.
    """
    early = week.head.revision > 0 and week.sample is not None and not week.sample.responses
    if early or not (found := unseen_types(week)):
        return ""
    said = "、".join(f"{title}（{listed}个）" for title, listed in found.items())
    return (
        f"登记在册、这一周一个点位也没有测到的类型有{len(found)}类，共{sum(found.values())}个点位：{said}。"
        "指数里没有它们，误差里有：当作类型之间的差别与测到的各类一样大。"
    )
