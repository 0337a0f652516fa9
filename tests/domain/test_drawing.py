"""The draw: repeatable, of known chances, and fair: counted over 20,000 draws."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.drawing import Drawn, Listed, allocate, draw
from inspect_app.domain.problems import Problem

WEEK = "2026-W49"
SEED = "沪深300收盘3921.47"
EXPECTED = [
    "421002001-main-road-2", "421002001-market-1", "421002001-market-11", "421002001-market-5", "421002001-market-8",
    "421002001-public-toilet-2", "421002002-market-3", "421002002-market-5", "421002002-public-toilet-1",
    "421003001-main-road-2", "421003001-main-road-5", "421003001-market-2",
]  # fmt: skip
REGISTER = [
    Listed(f"{area}-{type}-{number}", area, type)
    for area, counts in {"421002001": (12, 3, 5), "421002002": (7, 2, 1), "421003001": (4, 0, 6)}.items()
    for type, count in zip(("market", "public-toilet", "main-road"), counts, strict=True)
    for number in range(count)
]
SIZES = st.dictionaries(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz")), st.integers(1, 40), min_size=1, max_size=10
)


def drawn(**how) -> list[Drawn]:
    found = draw(REGISTER, **{"seed": SEED, "week": WEEK, "count": 12, **how})
    assert all(isinstance(one, Drawn) for one in found), found
    return found


def test_the_same_seed_draws_the_same_sites_on_any_machine():
    """Written down once: another result anywhere is a broken promise to those who check the draw."""
    codes = [one.code for one in drawn()]
    assert codes == [one.code for one in drawn()]
    assert codes == [one.code for one in draw(REGISTER[::-1], seed=SEED, week=WEEK, count=12)]
    assert codes == EXPECTED
    assert codes != [one.code for one in drawn(seed="沪深300收盘3921.48")]
    assert codes != [one.code for one in drawn(week="2026-W50")]


def test_a_new_site_changes_no_stratum_but_its_own_where_the_shares_stay():
    before, after = (
        drawn(count=20),
        draw([*REGISTER, Listed("new", "421003001", "main-road")], seed=SEED, week=WEEK, count=20),
    )
    shares = {one.stratum: one.taken for one in before}
    same = [
        one.stratum
        for one in after
        if shares.get(one.stratum) == one.taken and one.stratum != ("421003001", "main-road")
    ]
    assert len(set(same)) > 3
    for stratum in set(same):
        assert [one.code for one in before if one.stratum == stratum] == [
            one.code for one in after if one.stratum == stratum
        ]


@given(SIZES, st.data())
def test_shares_sum_up_and_keep_the_least_and_no_stratum_gives_more_than_it_has(sizes, data):
    least = data.draw(st.integers(0, 5))
    by_area = Counter()
    for (area, _), size in sizes.items():
        by_area[area] += size
    lowest = max(1, sum(min(least, size) for size in by_area.values()))
    count = data.draw(st.integers(lowest, sum(sizes.values())))
    shares = allocate(sizes, count, least)
    assert sum(shares.values()) == count
    assert all(0 <= shares[stratum] <= sizes[stratum] for stratum in sizes)
    for area, size in by_area.items():
        assert sum(shares[stratum] for stratum in sizes if stratum[0] == area) >= min(least, size)


@given(SIZES, st.data())
def test_without_a_least_no_share_is_off_its_part_by_one_or_more(sizes, data):
    count = data.draw(st.integers(1, sum(sizes.values())))
    shares = allocate(sizes, count)
    for stratum, size in sizes.items():
        assert abs(shares[stratum] - Fraction(count * size, sum(sizes.values()))) < 1


def test_over_20000_draws_every_site_comes_as_often_as_its_chance_says():
    """Chi-squared over all sites of strata that are not drawn whole; the 99.99 % quantile by Wilson and Hilferty."""
    draws, seen = 20_000, Counter()
    for number in range(draws):
        seen.update(one.code for one in draw(REGISTER, seed=str(number), week=WEEK, count=12, least_per_area=2))
    shares = allocate(Counter(one.stratum for one in REGISTER), 12, 2)
    sizes = Counter(one.stratum for one in REGISTER)
    statistic = freedom = 0.0
    for stratum, size in sizes.items():
        taken = shares[stratum]
        codes = [one.code for one in REGISTER if one.stratum == stratum]
        if taken in (0, size):
            assert all(seen[code] == draws * (taken > 0) for code in codes)
            continue
        expected = draws * taken / size
        # Within a stratum the counts are of a sample without replacement: (N-1)/N of the usual statistic's freedom.
        statistic += (
            sum((seen[code] - expected) ** 2 for code in codes) / (expected * (1 - taken / size)) * (size - 1) / size
        )
        freedom += size - 1
    limit = freedom * (1 - 2 / (9 * freedom) + 3.719 * math.sqrt(2 / (9 * freedom))) ** 3
    assert statistic < limit, (statistic, freedom)


@pytest.mark.parametrize(
    ("how", "where"),
    [
        ({"count": 0}, "抽取数"),
        ({"count": len(REGISTER) + 1}, "抽取数"),
        ({"seed": " "}, "种子"),
        ({"seed": "x" * 201}, "种子"),
        ({"least_per_area": 5}, "每个区域至少"),
        ({"least_per_area": -1}, "每个区域至少"),
    ],
)
def test_what_cannot_be_drawn_is_said(how, where):
    found = draw(REGISTER, **{"seed": "x", "week": WEEK, "count": 12, **how})
    assert [one.where for one in found if isinstance(one, Problem)] == [where]
