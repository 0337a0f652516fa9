"""Calibration: published and hand-worked figures, and what is asked of a round."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from inspect_app.domain.quality.calibration import (
    EVERY,
    Judging,
    Question,
    Round,
    is_due,
    judging_problems,
    results,
    round_problems,
)

AT = datetime(2026, 11, 23, tzinfo=UTC)
FIVE = {str(grade): f"{grade}级" for grade in range(1, 6)}


def made(answers: dict[str, str], *, keys: str = "", grades: dict[str, str] = FIVE) -> tuple[Round, list[Judging]]:
    """A round of one item, and who judged how: a digit for each question."""
    count = len(next(iter(answers.values())))
    told = [keys[n] if keys else "" for n in range(count)]
    questions = tuple(Question("market", "ground", "地面", grades, picture=str(n), key=told[n]) for n in range(count))
    return Round("四季度", questions, "supervisor", AT), [
        Judging("r", name, tuple(several), AT) for name, several in answers.items()
    ]


def test_alpha_is_the_worked_example_of_two_observers_and_ten_units():
    """Krippendorff 2011, A, two observers and ten binary units: alpha 0.095; with two grades every level is one."""
    found = results(*made({"a": "0100000010", "b": "1110010000"}, grades={"0": "好", "1": "坏"}))
    assert found.overall.alpha == pytest.approx(0.095, abs=0.0005)
    assert found.items[0].agreed.alpha == pytest.approx(0.095, abs=0.0005)
    assert found.items[0].agreed.is_low


def test_alpha_of_ordinal_grades_is_worked_by_hand():
    """Units (1, 1), (2, 2), (3, 3), (3, 4); n = 2, 2, 3, 1 of the grades 1 to 4, 8 values.

    Ordinal squares: δ²(c, k) = (n_c + … + n_k − (n_c + n_k) / 2)². Observed: one unit, δ²(3, 4) = 2² = 4, twice in 8.
    D_o = 2 × 4 / 8 = 1. Expected: pairs n_c n_k δ²: 1-2: 4 × 2² = 16; 1-3: 6 × 4.5² = 121.5; 1-4: 2 × 6.5² = 84.5;
    2-3: 6 × 2.5² = 37.5; 2-4: 2 × 4.5² = 40.5; 3-4: 3 × 2² = 12; sum 312, D_e = 2 × 312 / (8 × 7) = 11.142857.
    alpha = 1 − 1 / 11.142857 = 0.910256.
    """
    found = results(*made({"a": "1233", "b": "1234"}))
    assert found.items[0].agreed.alpha == pytest.approx(0.910256, abs=1e-6)
    assert found.overall.low is None, "four questions have no interval"


def test_an_interval_is_there_with_enough_questions_and_holds_the_figure():
    found = results(*made({"a": "12345123", "b": "12345132", "c": "12354123"})).overall
    assert found.low < found.alpha < found.high <= 1
    alike = results(*made({"a": "12345", "b": "12345"})).overall
    assert (alike.alpha, alike.low) == (1.0, None)
    assert results(*made({"a": "11111", "b": "11111"})).overall.alpha is None, "nothing varies"


def test_a_severe_inspector_is_told_by_how_much_with_and_without_a_key():
    """One grade of five is a quarter of the scale: 25 points."""
    answers = {"mild": "11223", "right": "11223", "severe": "22334"}
    by_key = {one.inspector: one for one in results(*made(answers, keys="11223")).deviations}
    assert by_key["severe"].points == pytest.approx(25)
    assert (by_key["severe"].same, by_key["severe"].asked) == (0, 5)
    assert by_key["mild"].points == 0
    by_others = {one.inspector: one.points for one in results(*made(answers)).deviations}
    assert by_others["severe"] == pytest.approx(25)
    assert by_others["mild"] == pytest.approx(-12.5)
    assert next(iter(by_others)) == "severe"


def test_agreement_with_the_key_is_counted_and_a_low_one_is_told_although_all_agree():
    found = results(*made({"a": "2222", "b": "2222"}, keys="1122")).items[0].agreed
    assert (found.same, found.asked, found.share) == (4, 8, 0.5)
    assert found.alpha is None
    assert found.is_low


def test_of_two_nobody_is_told_what_the_other_judged():
    """Against the only other, one's own deviation is the other's answer; against the key it is not."""
    answers = {"a": "1112", "b": "1221"}
    assert results(*made(answers)).deviations == ()
    keyed = {one.inspector: one.points for one in results(*made(answers, keys="1111")).deviations}
    assert keyed == {"a": pytest.approx(25 / 4), "b": pytest.approx(50 / 4)}


def test_one_judge_alone_deviates_from_nobody():
    found = results(*made({"a": "1234"}))
    assert found.overall.alpha is None
    assert found.deviations == ()
    assert results(made({"a": "1234"})[0], []).overall.questions == 4


def test_a_round_wants_a_title_questions_and_keys_that_are_grades():
    round, _ = made({"a": "123"})
    assert round_problems("四季度", round.questions) == []
    wrong = [replace(round.questions[0], key="9"), *round.questions[1:]]
    assert [one.code for one in round_problems("", wrong[:2])] == [
        "calibration.count",
        "calibration.title",
        "calibration.key",
    ]


def test_all_questions_are_answered_by_their_own_grades_while_the_round_is_open():
    round, _ = made({"a": "123"})
    assert judging_problems(round, ("1", "2", "3")) == []
    (open_ones,) = judging_problems(round, ("1", "", "9"))
    assert open_ones.details["numbers"] == ("2", "3")
    (closed,) = judging_problems(replace(round, closed_at=AT), ("1", "2", "3"))
    assert closed.code == "calibration.closed"


def test_a_round_is_due_a_quarter_after_the_last_one():
    assert is_due([], AT)
    assert not is_due([AT - EVERY, AT - 2 * EVERY], AT)
    assert is_due([AT - EVERY - timedelta(seconds=1)], AT)


def test_of_few_questions_pairs_that_agree_are_counted():
    """Three judges, one question: of three pairs one agrees."""
    found = results(*made({"a": "1", "b": "1", "c": "3"})).items[0].agreed
    assert (found.alpha, found.alike) == (None, pytest.approx(1 / 3))
    assert found.is_low
    assert not results(*made({"a": "1", "b": "1"})).items[0].agreed.is_low


def test_of_a_question_that_one_was_not_asked_nothing_is_told_that_says_what_the_only_other_chose():
    """Of three, c took the first photo: of it only a and b are left, and it has no key."""
    round, judgings = made({"a": "1233", "b": "4234", "c": "1234"})
    without = [*judgings[:2], replace(judgings[2], grades=("", *judgings[2].grades[1:]))]
    found = {one.inspector: one.points for one in results(round, without).deviations}
    rest = {one.inspector: one.points for one in results(*made({"a": "233", "b": "234", "c": "234"})).deviations}
    assert found == pytest.approx(rest)
    keyed = results(round, [replace(one, grades=("",) * 4) for one in judgings])
    assert (keyed.deviations, keyed.overall.alpha, keyed.overall.alike, keyed.overall.asked) == ((), None, None, 0)
