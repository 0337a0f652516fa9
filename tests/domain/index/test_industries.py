"""Of which items an industry of the city's own is made, and what its file may say."""

from __future__ import annotations

import pytest

from inspect_app.domain.accounts.unit import Unit
from inspect_app.domain.index.industries import Industry, industries_text, items_of, parse_industries
from inspect_app.wording import say

ITEMS = {
    "toilet/open": ("市城管局",),
    "toilet/clean": ("环卫处",),
    "market/scales": ("市场监管局",),
    "market/rubbish": ("环卫处", "市场监管局"),
    "road/lamps": (),
}
UNITS = [Unit("u1", "市城管局", names=("城管", "环卫处"))]


@pytest.mark.parametrize(
    ("industry", "items"),
    [
        (Industry("按类型", types=("toilet",)), ("toilet/open", "toilet/clean")),
        (Industry("按单位", units=("城管",)), ("toilet/open", "toilet/clean", "market/rubbish")),
        (Industry("没有登记的单位", units=("市场监管局",)), ("market/scales", "market/rubbish")),
        (Industry("单独", items=("road/lamps",)), ("road/lamps",)),
        (
            Industry("都有", ("环卫处",), ("toilet",), ("road/lamps",), ("market/rubbish",)),
            (*list(ITEMS)[:2], "road/lamps"),
        ),
        (Industry("已没有的", items=("old/one", "toilet/open")), ("toilet/open", "old/one")),
        (Industry("不是同一份清单", types=("toi",)), ()),
    ],
)
def test_an_industry_is_its_types_units_and_items_but_for_what_is_taken_out(industry, items):
    assert items_of([industry], ITEMS, UNITS) == {industry.title: items}


def test_the_file_says_what_was_written_into_it():
    industries = (
        Industry("城市管理", ("市城管局",), ("toilet",), ("road/lamps",), ("toilet/open",)),
        Industry('带"引号\\的', units=("甲",)),
    )
    assert parse_industries(industries_text(industries)) == industries
    assert parse_industries(industries_text(())) == ()


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ('title = "甲"', "至少写一样"),
        ('units = ["乙"]', "1到100个字"),
        ('title = "甲"\ntypes = ["公厕"]', "公厕"),
        ('title = "甲"\nitems = ["toilet"]', "清单/测评项"),
        ('title = "甲"\nunits = ["乙"]\nscore = 1', "score"),
        ('title = "甲"\nunits = ["乙"]\n[[industries]]\ntitle = "甲"\nunits = ["丙"]', "已有叫「甲」"),
        ('title = "长"\nunits = 3', "units"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(lines, what):
    found = parse_industries(f"[[industries]]\n{lines}\n")
    assert isinstance(found, list)
    told = "；".join(str(say(one)) for one in found)
    assert what in told
    assert "industries.toml" in told
