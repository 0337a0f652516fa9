"""Figures of cases, their ranking and 红黄牌."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.cases.figures import LEAST_DUE, Cards, Fact, card_of, figures_of, grouped, ranked

FACT = Fact("u", "421002001", ("(五)4",), "2026-W48", True, False, True, False, False, 7.0)


def facts(in_time: int, late: int, *, unit: str = "u", back: int = 0) -> list[Fact]:
    """Closed cases; the first ``back`` were sent back once."""
    found = [replace(FACT, unit=unit, in_time=number < in_time) for number in range(in_time + late)]
    return [replace(fact, sent_back=number < back) for number, fact in enumerate(found)]


def test_figures_worked_out_by_hand():
    """Six cases: closed in time with 5 and 9 hours, closed late with 30, overdue, with the unit in time, filed only."""
    given = [
        replace(FACT, hours=5.0),
        replace(FACT, hours=9.0, sent_back=True),
        replace(FACT, hours=30.0, in_time=False),
        replace(FACT, closed=False, overdue=True, in_time=False, hours=None, recurrent=True),
        replace(FACT, closed=False, in_time=None, hours=None),
        replace(FACT, closed=False, in_time=None, hours=None, unit=""),
    ]
    figures = figures_of(given)
    assert (figures.filed, figures.closed, figures.due, figures.in_time, figures.overdue) == (6, 3, 4, 2, 1)
    assert figures.in_time_rate == 50
    assert figures.sent_back_rate == pytest.approx(100 / 3)
    assert figures.recurrent_rate == pytest.approx(100 / 6)
    assert figures.median_hours == 9


def test_nothing_has_no_rates():
    figures = figures_of([])
    assert (figures.in_time_rate, figures.sent_back_rate, figures.recurrent_rate, figures.median_hours) == (None,) * 4


def test_units_are_ranked_by_share_in_time_then_sent_back_and_few_cases_not_at_all():
    by_unit = {
        "half": figures_of(facts(5, 5)),
        "all": figures_of(facts(6, 0)),
        "all, one back": figures_of(facts(10, 0, back=1)),
        "also all": figures_of(facts(9, 0)),
        "few": figures_of(facts(LEAST_DUE - 1, 0)),
    }
    lines = ranked(by_unit, Cards())
    assert [(line.unit, line.rank) for line in lines] == [
        ("all", 1),
        ("also all", 1),
        ("all, one back", 3),
        ("half", 4),
        ("few", None),
    ]


@pytest.mark.parametrize(
    ("in_time", "late", "expected"), [(8, 2, ""), (7, 3, "yellow"), (5, 5, "red"), (0, LEAST_DUE - 1, "")]
)
def test_a_card_is_for_a_share_below_the_threshold(in_time, late, expected):
    assert card_of(figures_of(facts(in_time, late)), Cards(yellow_rate=80, red_rate=60)) == expected


@pytest.mark.parametrize(("overdue", "expected"), [(2, ""), (3, "yellow"), (9, "yellow"), (10, "red")])
def test_a_card_is_for_many_overdue(overdue, expected):
    open_ones = [replace(FACT, closed=False, overdue=True, in_time=False)] * overdue
    assert card_of(figures_of(open_ones), Cards(yellow_overdue=3, red_overdue=10)) == expected
    assert card_of(figures_of(open_ones), Cards()) == ""


FACTS = st.lists(
    st.builds(
        Fact,
        unit=st.sampled_from("abc"),
        area=st.just("421002"),
        clauses=st.lists(st.sampled_from(["(一)", "(二)"]), unique=True).map(tuple),
        week=st.sampled_from(["2026-W47", "2026-W48"]),
        closed=st.booleans(),
        overdue=st.booleans(),
        in_time=st.none() | st.booleans(),
        sent_back=st.booleans(),
        recurrent=st.booleans(),
        hours=st.none() | st.floats(0, 500),
    ),
    max_size=40,
)


@given(FACTS)
def test_parts_add_up_to_the_whole_and_rates_are_percent(given_facts):
    whole = figures_of(given_facts)
    parts = grouped(given_facts, lambda fact: [fact.unit]).values()
    for name in ("filed", "closed", "due", "in_time", "sent_back", "overdue", "recurrent"):
        assert sum(getattr(part, name) for part in parts) == getattr(whole, name)
    rates = (whole.in_time_rate, whole.sent_back_rate, whole.recurrent_rate)
    assert all(rate is None or 0 <= rate <= 100 for rate in rates)


@given(FACTS)
def test_nobody_ranked_before_another_has_a_smaller_share(given_facts):
    by_unit = grouped(given_facts, lambda fact: [fact.unit])
    lines = [line for line in ranked(by_unit, Cards()) if line.rank]
    shares = [line.figures.in_time_rate for line in lines]
    assert shares == sorted(shares, reverse=True)
    assert len(ranked(by_unit, Cards())) == len(by_unit)
