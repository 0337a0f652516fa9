"""Tiers, ranks and changes."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.index.figures import AreaWeek, PastWeek
from inspect_app.domain.index.ranking import ranked, with_past


def row(area: str, rate: float | None, half: float | None = None, **more) -> AreaWeek:
    low, high = (None, None) if rate is None or half is None else (rate - half, rate + half)
    counts = {"sites": 9, "inspections": 9, "observations": 99, "listed": 20, "planned": None, "planned_done": 0}
    known = {"name": area, "level": "街道乡镇", "parent": "421002", "enough": True, **counts}
    return AreaWeek(area, rate=rate, low=low, high=high, **{**known, **more})


def tiers(*rows: AreaWeek) -> list[int | None]:
    return [one.tier for one in ranked(rows)]


def test_areas_share_a_tier_unless_their_intervals_are_apart():
    assert tiers(row("a", 90, 2), row("b", 85, 2)) == [1, 2]
    assert tiers(row("a", 90, 3), row("b", 85, 2)) == [1, 1]


def test_a_tier_does_not_end_while_any_row_above_reaches_down():
    """The first (60 to 100) cannot be told from the third (71 to 77), though the second (78.5 to 79.5) lies between."""
    assert tiers(row("a", 80, 20), row("b", 79, 0.5), row("c", 74, 3)) == [1, 1, 1]
    assert tiers(row("b", 79, 0.5), row("c", 74, 3)) == [1, 2]


def test_a_row_without_an_interval_may_be_anywhere():
    found = ranked([row("a", 90, 2), row("b", 80), row("c", 70, 2)])
    assert [one.tier for one in found] == [1, 1, 1]
    assert [(one.rank_low, one.rank_high) for one in found] == [(1, 2), (1, 3), (2, 3)]


def test_what_is_too_few_stands_last_without_rank():
    found = ranked([replace(row("a", 99, 1), enough=False), row("b", 50, 1)])
    assert [(one.area, one.rank) for one in found] == [("b", 1), ("a", None)]


ROWS = st.lists(st.tuples(st.floats(0, 100), st.none() | st.floats(0, 40)), min_size=1, max_size=12)


@given(ROWS)
def test_areas_of_different_tiers_are_always_apart_and_ranks_reach_over_what_overlaps(drawn):
    found = ranked([row(f"{n:02}", rate, half) for n, (rate, half) in enumerate(drawn)])
    for one in found:
        assert one.rank_low <= one.rank <= one.rank_high
        for other in found:
            overlap = None in (one.low, other.low) or (one.low <= other.high and other.low <= one.high)
            if one.tier != other.tier:
                assert not overlap
            if not overlap:
                assert (one.rate > other.rate) == (one.rank_high < other.rank_high) or one.tier == other.tier
        lows = sum(1 for other in found if other.low is not None and one.high is not None and other.low > one.high)
        # Those that are printed alike share the first one's rank.
        assert one.rank_low == min(1 + lows, one.rank)


def past(week: str, rate: float | None, half: float = 3.0) -> PastWeek:
    return PastWeek(week, rate, *((None, None) if rate is None else (rate - half, rate + half)))


def test_a_change_is_sure_beyond_the_interval_of_the_difference():
    """Half intervals 4 and 3 give 5: a change of 4.9 may be chance, one of 5.1 is not."""
    now = row("a", 80, 4)
    for before, sure in ((75.1, False), (74.9, True)):
        found = with_past(now, [past("2026-W47", before)], "2026-W47")
        assert (round(found.change, 1), found.change_sure) == (round(80 - before, 1), sure)


def test_a_change_is_against_the_week_before_only():
    found = with_past(row("a", 80, 4), [past("2026-W45", 50)], "2026-W47")
    assert (found.change, found.change_sure) == (None, None)


def test_weeks_of_another_basis_are_neither_compared_nor_averaged():
    """A week by an earlier method, or of places chosen by hand, is a figure of something else."""
    before = [past("2026-W46", 50), replace(past("2026-W47", 60), basis="chosen")]
    found = with_past(replace(row("a", 80, 4), basis="drawn"), before, "2026-W47")
    assert (found.change, found.change_sure) == (None, None)
    assert (found.moving, found.moving_weeks) == (80, 1)


def test_the_moving_value_is_the_mean_of_the_last_four_figures():
    """60 is too old, the week without a figure is passed over: (70 + 72 + 74 + 80) / 4."""
    weeks = [past("2026-W42", 60), past("2026-W43", 70), past("2026-W44", 72), past("2026-W45", None)]
    found = with_past(row("a", 80, 4), [*weeks, past("2026-W46", 74)], "2026-W47")
    assert (found.moving, found.moving_weeks) == (74, 4)


def test_an_interval_cut_at_the_end_of_the_scale_is_as_wide_as_its_longer_side():
    """99 with 91 to 100 is 99 ± 8: against 91 ± 3 no sure change, though 100 - 99 is 1."""
    found = with_past(replace(row("a", 99), low=91.0, high=100.0), [past("2026-W46", 91)], "2026-W46")
    assert found.change_sure is False
