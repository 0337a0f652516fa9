"""Rules and values of any scoring method, from the examples and samples that it gives of itself."""

from __future__ import annotations

from typing import Any

from inspect_app.domain.checklists.checklist import Checklist, Item
from inspect_app.domain.checklists.files import checklist_from_table
from inspect_app.domain.checklists.item import Rule
from inspect_app.domain.checklists.method import Sample
from inspect_app.domain.checklists.methods import METHODS, method_of
from inspect_app.domain.checklists.source import Source
from inspect_app.wording import say

FIX = {"lat": 30.3105, "lon": 112.2412, "accuracy_m": 5.0, "source": "browser", "at": "2026-11-23T02:30:00.000Z"}
"""Right at the sites of these tests."""


def checklist_of(*rules: tuple[str, dict[str, Any]], **more: Any) -> Checklist:
    """A checklist with an item for each method and fields of its own, as out of a file."""
    shared = {"weight": 1, "dimension": "公共秩序", "clauses": ["(五)4(2)"], "units": ["市公安局"], **more}
    items = [
        {"id": f"{method}-{number}", "text": f"第{number}项", "method": method, **shared, **fields}
        for number, (method, fields) in enumerate(rules, start=1)
    ]
    found = checklist_from_table(
        {"id": "sample", "title": "样例", "items": items}, None, Source({"file": "sample.toml"})
    )
    assert isinstance(found, Checklist), [str(say(problem)) for problem in found]
    return found


def every_example(**more: Any) -> Checklist:
    """A checklist with an item for each example of each method."""
    return checklist_of(*((name, dict(one)) for name, method in METHODS.items() for one in method.examples), **more)


def rules_of(method: str) -> list[Rule]:
    """The rules of a method's examples."""
    return [item.rule for item in every_example().items if item.method == method]


def right(item: Item) -> Sample:
    return method_of(item).right(item.rule)


def wrong(item: Item) -> Sample:
    return method_of(item).wrong(item.rule, FIX)


def parsed(item: Item, sample: Sample) -> Any:
    """What the item's method makes of a sample."""
    value = method_of(item).parse(item.rule, sample.value, {})
    assert not isinstance(value, list), value
    return value
