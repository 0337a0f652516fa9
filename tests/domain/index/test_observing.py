"""Visits made columns: whatever they have in common, and however their results are kept."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from inspect_app.domain.index.observing import ItemKey, Observed, Result, ScoredResults, Visit, observe

ITEMS = [ItemKey(kind, f"item-{n}", f"text {n}", "公共环境", ("(一)1",)) for kind in "ab" for n in range(4)]
SCORES = st.none() | st.sampled_from([0.0, 0.1, 1 / 3, 1.0]) | st.floats(0, 1)
RESULTS = st.lists(st.builds(Result, st.sampled_from(ITEMS), SCORES, st.sampled_from([1.0, 5.0, 12.5])), max_size=5)
VISITS = st.lists(
    st.builds(
        lambda **fields: Visit(**fields),
        area=st.sampled_from(["421002001", "421002002"]),
        site=st.sampled_from(["s1", "s2", "s3"]),
        site_type=st.sampled_from("ab"),
        rate=st.none() | st.floats(0, 100),
        results=RESULTS.map(tuple),
        cap=st.none() | st.just(60.0),
        inspector=st.sampled_from(["", "x", "y"]),
        chance=st.none() | st.just(0.25),
        planned=st.booleans(),
    ),
    max_size=12,
)


def columns_one_by_one(visits: list[Visit]) -> tuple[list[ItemKey], list[tuple[int, int, float, float]]]:
    """What ``observe`` says of results, in the plainest way: one after another, items numbered as they first count."""
    items: dict[ItemKey, int] = {}
    rows = [
        (number, items.setdefault(one.item, len(items)), one.score, one.weight)
        for number, visit in enumerate(visits)
        for one in visit.results
        if one.score is not None
    ]
    return list(items), rows


def same(one: Observed, other: Observed) -> bool:
    """Bit for bit."""
    pairs = [(getattr(one, field.name), getattr(other, field.name)) for field in dataclasses.fields(Observed)]
    return all(
        a.dtype == b.dtype and a.tobytes() == b.tobytes() if isinstance(a, np.ndarray) else a == b for a, b in pairs
    )


@settings(max_examples=300, deadline=None)
@given(VISITS)
def test_results_come_in_the_order_of_visits_and_items_in_the_order_in_which_they_first_count(visits):
    observed = observe(visits)
    items, rows = columns_one_by_one(visits)
    found = (observed.result_visit, observed.result_item, observed.result_score, observed.result_weight)
    assert list(observed.items) == items
    assert [tuple(row) for row in zip(*(column.tolist() for column in found), strict=True)] == rows


@settings(max_examples=300, deadline=None)
@given(VISITS)
def test_results_that_are_kept_together_make_the_same_columns(visits):
    together = [one._replace(results=ScoredResults.made(one.results)) for one in visits]
    assert [list(one.results) for one in together] == [list(one.results) for one in visits]
    assert same(observe(together), observe(visits))
