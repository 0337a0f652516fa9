"""Too fast, and in one line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.quality.haste import RUN_ITEMS, RUN_MS, Timing, at_once, hasty, longest_run

CALM = tuple(range(0, 200_000, 10_000))


def timing(seconds: float, taps: tuple[int, ...] | None = CALM, id: str = "x") -> Timing:
    return Timing(id, "road", 20, seconds, taps)


def test_faster_than_reading_is_asked_about():
    """20 items in 59 seconds: less than 3 seconds each."""
    assert hasty([timing(59)])[0].reasons == ("20项只用了59秒",)
    assert hasty([timing(61)]) == []


def test_much_faster_than_others_is_asked_about():
    """Five at 600 seconds and one at 150: less than 0.3 of the median."""
    found = hasty([*(timing(600, id=f"o{n}") for n in range(5)), timing(150, id="fast")])
    assert [(one.inspection, one.reasons) for one in found] == [("fast", ("用时2.5分钟，同类一般10.0分钟",))]


def test_answers_in_one_line_are_asked_about_and_the_rest_button_is_not():
    line = tuple(5_000 + n * 800 for n in range(RUN_ITEMS))
    assert hasty([timing(300, line)])[0].reasons == (f"连续{RUN_ITEMS}项每项不到1.5秒",)
    assert hasty([timing(300, line[:-1])]) == []
    rest = (1_000, 30_000, *(60_000 for _ in range(15)))
    assert hasty([timing(300, rest)]) == []
    assert at_once(rest) == 14


def test_without_taps_only_the_time_counts():
    assert hasty([timing(300, None)]) == []


@given(st.lists(st.integers(0, 10_000_000), max_size=40))
def test_a_run_is_never_longer_than_the_taps_and_calm_taps_make_none(taps):
    assert longest_run(taps) <= len(set(taps))
    assert longest_run([n * (RUN_MS + 1) for n in range(len(taps))]) <= 1
