"""Every scoring method has all its parts, and they agree with each other."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from inspect_app.domain.checklists.checklist import Item
from inspect_app.domain.checklists.columns import Column
from inspect_app.domain.checklists.method import AnyMethod, Scene
from inspect_app.domain.checklists.methods import METHODS, method_of
from inspect_app.domain.checklists.scoring import Answer, score_item
from inspect_app.domain.checklists.words import FIELD_LABELS, METHOD_LABELS, VALUE_LABELS
from inspect_app.domain.place.positions import Place
from inspect_app.wording import say
from tests.methods import FIX, every_example, parsed, right, rules_of, wrong

SITE = Place(FIX["lat"], FIX["lon"], 5.0)
FOLDER = Path(__file__).resolve().parents[3] / "inspect_app" / "domain" / "checklists" / "methods"
EXAMPLES = [pytest.param(item, id=item.id) for item in every_example().items]


@pytest.fixture(params=list(METHODS))
def method(request: pytest.FixtureRequest) -> AnyMethod:
    return METHODS[request.param]


def test_each_module_is_a_method_of_its_name():
    modules = {path.stem for path in FOLDER.iterdir() if path.stem != "__init__" and path.stem != "__pycache__"}
    assert modules == set(METHODS)
    assert all(method.name == name for name, method in METHODS.items())


def test_lists_have_the_methods_in_one_order_each_with_a_word_of_its_own():
    orders = [method.order for method in METHODS.values()]
    assert orders == sorted(set(orders))
    assert len(set(METHOD_LABELS.values())) == len(METHODS)
    assert list(METHODS)[:6] == ["compliance", "occurrences", "ratio", "grade", "measure", "proximity"]


def test_no_two_methods_mean_different_things_by_one_field():
    """Fields of all methods stand side by side in one sheet, under one word each."""
    words, columns = {}, {}
    for method in METHODS.values():
        for field, word in method.words.items():
            assert words.setdefault(field, word) == word, field
        for column in method.columns:
            assert columns.setdefault(column.field, column) == column, column.field
    titles = Counter(nested.title for method in METHODS.values() for nested in method.nested)
    assert set(titles.values()) <= {1}


def test_every_field_has_a_word_and_every_choice_words_for_its_values(method: AnyMethod):
    for columns in (method.columns, *(nested.columns for nested in method.nested)):
        for column in columns:
            assert FIELD_LABELS[column.field]
            assert _is_a_choice_exactly_where_it_has_words(column), column
    for nested in method.nested:
        assert FIELD_LABELS[nested.field]


def _is_a_choice_exactly_where_it_has_words(column: Column) -> bool:
    words = VALUE_LABELS.get(column.field, {})
    return column.accepted == tuple(words.values()) and (column.kind == "choice") == bool(words)


def test_the_examples_use_every_field(method: AnyMethod):
    assert {field for example in method.examples for field in example} == set(method.fields)
    for nested in method.nested:
        rows = [row for example in method.examples for row in example.get(nested.field, [])]
        assert {field for row in rows for field in row} == set(nested.fields)


def test_a_rule_is_made_again_of_its_values(method: AnyMethod):
    for rule in rules_of(method.name):
        assert type(rule) is method.rule
        assert method.from_values(json.loads(json.dumps(rule.values()))) == rule


@pytest.mark.parametrize("item", EXAMPLES)
def test_the_right_answer_earns_all_points_and_the_wrong_one_does_not(item: Item):
    best, worst = (score_item(item, Answer(parsed(item, sample)), SITE) for sample in (right(item), wrong(item)))
    assert (best.state, best.score, best.failed) == ("scored", 1.0, False)
    assert worst.failed
    assert worst.detail != best.detail


@pytest.mark.parametrize("item", EXAMPLES)
def test_a_reader_is_told_how_it_is_scored_and_what_to_fill_in_on_paper(item: Item):
    assert method_of(item).describe(item.rule)
    assert all(blank.text.strip() for blank in method_of(item).paper(item.rule))
    assert method_of(item).guide.startswith(f"{method_of(item).label}：")


@pytest.mark.parametrize("item", EXAMPLES)
def test_what_is_no_answer_is_refused_with_the_item_named(item: Item):
    for raw in (None, {"x": 1}, [1], "na?", -1, 10**9 + 0.5, True):
        found = method_of(item).parse(item.rule, raw, {"item_text": "一"})
        if isinstance(found, list):
            assert found
            assert all(say(problem).where.startswith("测评项「一」") and say(problem).what for problem in found)
    assert isinstance(method_of(item).parse(item.rule, {"x": 1}, {}), list)


@pytest.mark.parametrize("item", EXAMPLES)
def test_invented_answers_are_answers_and_not_all_alike(item: Item):
    rng = random.Random(1)
    scene = Scene(rng, lambda metres: {**FIX, "lat": FIX["lat"] + metres / 111_000}, "（演示）")
    failed = set()
    for number in range(200):
        raw = method_of(item).invent(item.rule, number % 2 == 0, scene)
        if raw != "na":
            value = method_of(item).parse(item.rule, json.loads(json.dumps(raw)), {})
            assert not isinstance(value, list), value
            failed.add(score_item(item, Answer(value), SITE).failed)
    assert failed == {True, False}
