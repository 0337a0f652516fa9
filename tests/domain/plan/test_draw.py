"""The draw: repeatable, of known chances, and fair: counted over 20,000 draws."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.plan.draw import Drawn, Listed, allocate, draw, parts
from inspect_app.domain.problems import Problem
from inspect_app.wording import say

WEEK = "2026-W49"
SEED = "沪深300收盘3921.47"
EXPECTED = [
    "421002001-main-road-2", "421002001-market-1", "421002001-market-11", "421002001-market-5", "421002001-market-8",
    "421002001-public-toilet-2", "421002002-market-0", "421002002-market-3", "421002002-market-5",
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


def test_a_new_site_leaves_the_sites_of_every_other_stratum_whose_share_stays():
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
    assert len(set(same)) > 2
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
    shares = allocate(sizes, count, least, seed=SEED, week=WEEK)
    assert sum(shares.values()) == sum(parts(sizes, count, least).values()) == count
    assert all(0 <= shares[stratum] <= sizes[stratum] for stratum in sizes)
    for area, size in by_area.items():
        assert sum(shares[stratum] for stratum in sizes if stratum[0] == area) >= min(least, size)


@given(SIZES, st.data())
def test_without_a_least_no_share_is_off_its_part_by_one_or_more(sizes, data):
    count = data.draw(st.integers(1, sum(sizes.values())))
    shares = allocate(sizes, count, seed=SEED, week=WEEK)
    for stratum, size in sizes.items():
        assert abs(shares[stratum] - Fraction(count * size, sum(sizes.values()))) < 1


def test_a_site_that_is_the_only_one_of_its_kind_is_not_left_out_for_ever():
    """Twenty kinds with one site each, two drawn a week: each has its turn, and nobody can tell when."""
    lonely = [Listed(f"s{number}", "421002001", f"kind-{number}") for number in range(20)]
    seen = {one.code for number in range(200) for one in draw(lonely, seed=str(number), week=WEEK, count=2)}
    assert seen == {one.code for one in lonely}


def test_the_stated_chances_are_the_same_for_all_but_where_a_least_lifts_an_area():
    assert {one.chance for one in drawn(count=10)} == {Fraction(10, len(REGISTER))}
    # 421002001 and 421003001 have 20 and 10 sites, 421002002 has 10: with at least 5 each it is half of the latter.
    chances = {one.stratum[0]: one.chance for one in drawn(count=16, least_per_area=5)}
    assert chances == {"421002001": Fraction(6, 20), "421002002": Fraction(5, 10), "421003001": Fraction(5, 10)}


def test_over_20000_draws_every_site_comes_as_often_as_its_chance_says():
    """Chi-squared within each stratum over its sites, and of each stratum's share against its part."""
    draws, seen, spread, squares = 20_000, Counter(), Counter(), Counter()
    sizes = Counter(one.stratum for one in REGISTER)
    mean, whole = parts(sizes, 12, 2), Counter(one.area for one in REGISTER)
    part = {stratum: mean[stratum[0]] * size / whole[stratum[0]] for stratum, size in sizes.items()}
    for number in range(draws):
        found = draw(REGISTER, seed=str(number), week=WEEK, count=12, least_per_area=2)
        seen.update(one.code for one in found)
        for stratum, taken in Counter(one.stratum for one in found).items():
            spread[stratum] += taken / sizes[stratum] * (1 - taken / sizes[stratum])
            squares[stratum] += 1 if taken > floor(part[stratum]) else 0
    within = freedom = between = 0.0
    for stratum, size in sizes.items():
        codes = [one.code for one in REGISTER if one.stratum == stratum]
        middle = sum(seen[code] for code in codes) / size
        if spread[stratum]:
            within += sum((seen[code] - middle) ** 2 for code in codes) / spread[stratum] * (size - 1) / size
            freedom += size - 1
        up = float(part[stratum] - floor(part[stratum]))
        assert sum(seen[code] for code in codes) == draws * floor(part[stratum]) + squares[stratum]
        if up:
            between = max(between, abs(squares[stratum] - draws * up) / math.sqrt(draws * up * (1 - up)))
    # The 99.99 % quantiles: by Wilson and Hilferty, and of the largest of nine normal values.
    assert within < freedom * (1 - 2 / (9 * freedom) + 3.719 * math.sqrt(2 / (9 * freedom))) ** 3, (within, freedom)
    assert between < 4.4


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
    assert [say(one).where for one in found if isinstance(one, Problem)] == [where]
