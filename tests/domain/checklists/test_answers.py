"""Answers: what each method takes and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.checklists.answers import parse_answer, parse_answers
from inspect_app.domain.checklists.methods.ratio import Count
from inspect_app.domain.problems import Problem
from inspect_app.wording import say
from tests.domain import samples
from tests.domain.samples import checklist, compliance, grade, measure, occurrences, ratio

FIX = {"lat": 30.31, "lon": 112.24, "accuracy_m": 8, "source": "browser", "at": "2026-11-23T02:30:00Z"}
RIGHT: list[tuple[Any, Any, Any]] = [
    (compliance(), "pass", True),
    (compliance(), "fail", False),
    (occurrences(), 3, 3),
    (ratio(), {"yes": 14, "of": 20}, {"": Count(14, 20)}),
    (ratio(classes=("bus", "taxi")), {"bus": {"yes": 1, "of": 2}}, {"bus": Count(1, 2), "taxi": Count(0, 0)}),
    (grade(), "B", "B"),
    (measure(), 2, 2.0),
    (samples.proximity(), [], ()),
]
WRONG: list[tuple[Any, Any]] = [
    (compliance(), "yes"),
    (compliance(), True),
    (compliance(), None),
    (compliance(), ["pass"]),
    (occurrences(), -1),
    (occurrences(), 1.5),
    (occurrences(), True),
    (occurrences(), "3"),
    (occurrences(), 10**9),
    (ratio(), {"yes": 21, "of": 20}),
    (ratio(), {"yes": -1, "of": 20}),
    (ratio(), {"yes": 1}),
    (ratio(), 0.7),
    (ratio(classes=("bus",)), {"tank": {"yes": 1, "of": 2}}),
    (ratio(classes=("bus",)), {"bus": 3}),
    (grade(), "E"),
    (grade(), {}),
    (measure(), "3"),
    (measure(), True),
    (measure(), float("inf")),
    (samples.proximity(), {}),
    (samples.proximity(), [{"category": "cafe"}]),
    (samples.proximity(), [{"category": "bank", "fix": FIX}]),
    (samples.proximity(), [{"category": [], "fix": FIX}]),
    (samples.proximity(), [{"category": "cafe", "fix": {**FIX, "lat": 200}}]),
    (samples.proximity(), [{"category": "cafe", "fix": FIX, "colour": "red"}]),
]


@pytest.mark.parametrize(("item", "raw", "value"), RIGHT)
def test_each_method_takes_its_own_kind_of_value(item, raw, value):
    answer = parse_answer(item, {"value": raw, "note": " 靠近路口 "})
    assert not isinstance(answer, list), answer
    assert (answer.value, answer.note) == (value, "靠近路口")


@pytest.mark.parametrize(("item", "raw"), WRONG)
def test_each_method_refuses_other_values_with_a_sentence_that_names_the_item(item, raw):
    problems = parse_answer(item, {"value": raw})
    assert isinstance(problems, list)
    assert all(isinstance(problem, Problem) and "one" in say(problem).where for problem in problems)


@pytest.mark.parametrize("item", [row[0] for row in RIGHT])
def test_not_applicable_goes_for_every_method(item):
    answer = parse_answer(item, {"value": "na"})
    assert not isinstance(answer, list)
    assert answer.value is None


@pytest.mark.parametrize("raw", [None, [], "pass", {}, {"value": "pass", "score": 1}, {"value": "pass", "note": 3}])
def test_an_answer_of_another_shape_is_refused(raw):
    assert isinstance(parse_answer(compliance(), raw), list)


def test_every_item_is_answered_and_no_other():
    made = checklist(compliance(id="a"), compliance(id="b"))
    problems = parse_answers(made, {"a": {"value": "pass"}, "c": {"value": "pass"}})
    assert isinstance(problems, list)
    assert [say(problem).where for problem in problems] == ["测评项「c」", "测评项「测评项b」(b)"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "yes", "of", "a", "fix", "category"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(st.sampled_from([row[0] for row in RIGHT]), JSON)
def test_no_json_whatever_makes_reading_fail(item, raw):
    for shape in (raw, {"value": raw}, {"value": [raw]}):
        parse_answer(item, shape)
    parse_answers(checklist(item), {"one": raw})
    parse_answers(checklist(item), raw)
