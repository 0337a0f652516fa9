"""Checklists and answers that hypothesis makes up, for rules that hold for every checklist."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from inspect_app.domain.checklists.answers import Answer
from inspect_app.domain.checklists.checklist import Checklist, Item, PhotoRule
from inspect_app.domain.checklists.item import Rule
from inspect_app.domain.checklists.methods import METHODS
from inspect_app.domain.checklists.methods.compliance import ComplianceRule
from inspect_app.domain.checklists.methods.grade import Grade, GradeRule
from inspect_app.domain.checklists.methods.measure import MeasureRule
from inspect_app.domain.checklists.methods.occurrences import OccurrencesRule
from inspect_app.domain.checklists.methods.proximity import Category, FoundPremises, ProximityRule
from inspect_app.domain.checklists.methods.ratio import Count, RatioClass, RatioRule
from inspect_app.domain.place.positions import Fix, Place
from inspect_app.domain.zones.judging import MEASURES, Walk
from tests.methods import parsed, right, rules_of, wrong

SITE = Place(30.3105, 112.2412, 5.0)
AT = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)


def item(method: str, rule: Rule, *, id: str = "one", weight: float = 1.0, veto: bool = False) -> Item:
    """An item where only what scoring looks at matters."""
    return Item(
        id,
        f"测评项{id}",
        "",
        method,
        weight,
        "公共秩序",
        ("(五)4(1)",),
        ("市城管局",),
        (),
        PhotoRule.OPTIONAL,
        veto,
        rule,
    )


def checklist(*items: Item, veto_cap: float | None = None) -> Checklist:
    return Checklist("sample", "样例", veto_cap, items)


def occurrences(deduct: float = 0.2, **more: Any) -> Item:
    return item("occurrences", OccurrencesRule(deduct, "处"), **more)


def compliance(**more: Any) -> Item:
    return item("compliance", ComplianceRule(), **more)


def ratio(minimum: int = 10, full_marks_from: float | None = None, classes: tuple[str, ...] = (), **more: Any) -> Item:
    kinds = tuple(RatioClass(id, id) for id in classes)
    return item("ratio", RatioRule(minimum, full_marks_from, "让行", "未让行", kinds), **more)


def grade(**more: Any) -> Item:
    grades = (Grade("A", "好", 1.0), Grade("B", "较好", 0.8), Grade("C", "一般", 0.6), Grade("D", "差", 0.0))
    return item("grade", GradeRule(grades), **more)


def measure(at_least: float | None = 3, at_most: float | None = None, **more: Any) -> Item:
    return item("measure", MeasureRule("处", at_least, at_most), **more)


def proximity(
    radius_m: float = 200, measure: str = "boundary", own_m: float | None = None, reach_m: float = 0.0, **more: Any
) -> Item:
    """Internet cafés are banned, measured as said and within a radius of their own; shops are not."""
    categories = (Category("cafe", "网吧", True, own_m, measure), Category("shop", "商店", False))
    return item("proximity", ProximityRule(radius_m, categories, reach_m), **more)


def premises(
    lat: float, lon: float, accuracy_m: float = 5.0, category: str = "cafe", walk: Walk | None = None
) -> FoundPremises:
    return FoundPremises(category, Fix(lat, lon, accuracy_m, "browser", AT), "", None, walk)


def _measured(most: float) -> st.SearchStrategy[float]:
    """What can be measured, and so be a bound: nothing finer than a billionth."""
    return st.just(0.0) | st.floats(1e-9, most) | st.floats(-most, -1e-9)


_MAKERS = {
    "occurrences": lambda draw, more: occurrences(draw(st.floats(0.01, 1)), **more),
    "compliance": lambda draw, more: compliance(**more),
    "ratio": lambda draw, more: ratio(
        draw(st.integers(1, 30)), draw(st.none() | st.floats(1, 100)), draw(st.sampled_from([(), ("a", "b")])), **more
    ),
    "grade": lambda draw, more: grade(**more),
    "measure": lambda draw, more: measure(draw(_measured(5)), **more),
    "proximity": lambda draw, more: proximity(
        draw(st.sampled_from([100.0, 200.0])),
        draw(st.sampled_from(list(MEASURES))),
        draw(st.none() | st.floats(50, 300)),
        draw(st.sampled_from([0.0, 0.0, 40.0])),
        **more,
    ),
}


def _example(draw: st.DrawFn, method: str, more: dict[str, Any]) -> Item:
    return item(method, draw(st.sampled_from(rules_of(method))), **more)


@st.composite
def checklists(draw: st.DrawFn) -> Checklist:
    """Up to eight items of any methods and weights, some with a veto."""
    methods = draw(st.lists(st.sampled_from(list(METHODS)), min_size=1, max_size=8))
    items = []
    for number, method in enumerate(methods):
        more = {"id": f"i{number}", "weight": draw(st.floats(0.1, 50)), "veto": draw(st.booleans())}
        items.append(_MAKERS[method](draw, more) if method in _MAKERS else _example(draw, method, more))
    return checklist(*items, veto_cap=draw(st.floats(0, 100)))


@st.composite
def values(draw: st.DrawFn, of: Item) -> Any:
    """Any answer that the item's method allows, 不适用 among them."""
    some = (
        _VALUES[of.method](of)
        if of.method in _VALUES
        else st.sampled_from([parsed(of, right(of)), parsed(of, wrong(of))])
    )
    return draw(st.none() | some)


def _counts(of: Item) -> st.SearchStrategy[dict[str, Count]]:
    assert isinstance(of.rule, RatioRule)
    count = st.integers(0, 60).flatmap(lambda n: st.builds(Count, st.integers(0, n), st.just(n)))
    return st.fixed_dictionaries({kind.id: count for kind in of.rule.classes} or {"": count})


_VALUES = {
    "occurrences": lambda of: st.integers(0, 200),
    "compliance": lambda of: st.booleans(),
    "ratio": _counts,
    "grade": lambda of: st.sampled_from("ABCD"),
    "measure": lambda of: _measured(10),
    "proximity": lambda of: st.lists(
        st.builds(
            premises,
            st.floats(30.305, 30.316),
            st.floats(112.236, 112.247),
            st.floats(0, 150),
            st.sampled_from(["cafe", "shop"]),
        ),
        max_size=4,
    ).map(tuple),
}


@st.composite
def answered(draw: st.DrawFn) -> tuple[Checklist, dict[str, Answer]]:
    """A checklist with an answer for each item."""
    made = draw(checklists())
    return made, {entry.id: Answer(draw(values(entry))) for entry in made.items}
