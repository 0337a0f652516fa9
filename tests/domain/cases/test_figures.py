"""Figures of cases, their ranking and 红黄牌."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.cases.figures import (
    LEAST_DUE,
    RATES,
    Cards,
    Reported,
    card_of,
    ranked,
    rate_text,
)
from inspect_app.domain.cases.spans import is_period, period_ends, period_starts

from .plain_figures import Fact, figures_of, grouped

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
    assert figures.sent_back_rate == 25, "one of the four that are due"
    assert figures.recurrent_rate == pytest.approx(100 / 6)
    assert figures.median_hours == 9


PRINTED = {
    "filing": [(51229, 51571, "99.34")],
    "dispatch": [(49151, 51229, "95.94")],
    "closing": [(43523, 52434, "83.01"), (911, 972, "93.72"), (902, 956, "94.35"), (9, 16, "56.25")],
    "in_time": [(40394, 52434, "77.04"), (737, 972, "75.82")],
    "sent_back": [(276, 52434, "0.53"), (274, 18086, "1.51")],
    "extension": [(104, 52434, "0.20")],
    "rectification": [(963, 1032, "93.31"), (410, 452, "90.71")],
}
"""Counts and rates as printed by 郑州 (April 2019; https://lzszcg.com/gsggs/2161.htm), 天门 (December 2016;
http://www.hbcic.net.cn/info/wcm/74587.htm), 台山 (October 2021) and 江门. 郑州 prints 0.2 for 0.20. The counts
are whole, so nothing is left to rounding."""


@pytest.mark.parametrize(
    ("name", "part", "whole", "printed"), [(name, *row) for name, rows in PRINTED.items() for row in rows]
)
def test_rates_are_those_that_the_bulletins_print(name, part, whole, printed):
    counts = {RATES[name].part: part, RATES[name].whole: whole}
    assert rate_text(replace(figures_of([]), **counts).rate(name)) == printed


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(1, 800, "0.13"), (1, 80_000, "0.00"), (1, 20_000, "0.01"), (2, 3, "66.67"), (3, 3, "100.00")],
)
def test_a_rate_is_rounded_exactly_halves_up(part, whole, text):
    """1 of 800 is 0.125 %, 1 of 20,000 is 0.005 %."""
    assert rate_text(replace(figures_of([]), closed=part, due=whole).rate("closing")) == text
    assert rate_text(figures_of([]).rate("closing")) == "—"


def test_what_is_not_due_is_in_no_rate_of_what_is():
    """Dispatched, sent back and given more time, with the unit and in time: none of it is due. Another was closed."""
    given = [
        replace(FACT, closed=False, in_time=None, sent_back=True, extended=True),
        replace(FACT, sent_back=True, extended=True),
        replace(FACT, dispatched=False, closed=False, in_time=None),
    ]
    figures = figures_of(given, [Reported("a", "w", True), Reported("a", "w", False)])
    rates = {name: rate_text(figures.rate(name)) for name in RATES}
    assert (figures.sent_back, figures.extended, figures.due) == (1, 1, 1)
    assert rates["sent_back"] == rates["extension"] == rates["closing"] == "100.00"
    assert (rates["dispatch"], rates["rectification"], rates["filing"]) == ("66.67", "33.33", "50.00")
    assert figures_of(given).rate("filing") is None, "a unit reports nothing"


def test_a_group_with_problems_alone_is_told():
    groups = grouped([FACT], lambda fact: [fact.area], {"elsewhere": [Reported("elsewhere", "w", False)]})
    assert list(groups) == [FACT.area, "elsewhere"]
    assert (groups["elsewhere"].filed, groups["elsewhere"].reported) == (0, 1)
    assert groups[FACT.area].reported == 0


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2026-11", "2026-11-01", "2026-11-30"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("2026-W01", "2025-12-29", "2026-01-04"),
    ],
)
def test_a_period_is_a_week_or_a_month(period, first, last):
    assert (period_starts(period).isoformat(), period_ends(period).isoformat()) == (first, last)
    assert not is_period("2026-13")


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
