"""Rules that cities' schemes have: full marks to deduct from, ends of parts, ways of rounding, lists, progress."""

from __future__ import annotations

import decimal
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.index.schemes.comparing import is_comparable
from inspect_app.domain.index.schemes.inputs import inputs_of, parse_inputs
from inspect_app.domain.index.schemes.kept import PrintedTable
from inspect_app.domain.index.schemes.reading import parse_scheme, scheme_json, scheme_toml
from inspect_app.domain.index.schemes.scheme import Rounding
from inspect_app.domain.index.schemes.standing import table_of
from inspect_app.domain.numbers import rounded
from inspect_app.exports.index.scheme_words import scheme_words
from inspect_app.web.index.scheme_form import form_from, scheme_from_form
from tests.domain.index.test_schemes import one_part, rows, scheme_of

DEDUCTING = """
id = "d"
title = "考核得分"
[[parts]]
id = "base"
title = "基准分"
source = "constant"
[[parts]]
id = "litter"
title = "垃圾"
role = "deduction"
each = 0.5
most = 20
[[parts]]
id = "ads"
title = "小广告"
role = "deduction"
each = 2
"""
IN_TWO_PARTS = """
id = "d"
title = "考核得分"
combine = "sum"
[[parts]]
id = "clean"
title = "保洁"
source = "parts"
combine = "sum"
full = 20
floor = 0
[[parts]]
id = "clean-base"
title = "保洁基准分"
of = "clean"
source = "constant"
full = 20
[[parts]]
id = "litter"
title = "垃圾"
of = "clean"
role = "deduction"
each = 3
[[parts]]
id = "order"
title = "秩序"
full = 80
ceiling = 80
"""


def words_of(text: str) -> str:
    scheme = scheme_of(text)
    printed = PrintedTable("市", scheme, 1, "2026-11", "2026年11月", (), (), table_of(scheme, ()))
    return "\n".join(scheme_words(printed))


@pytest.mark.parametrize(
    ("litter", "ads", "total"),
    [("", "", "100.00"), ("—", "无", "100.00"), ("3", "1", "96.50"), ("41", "", "80.00"), ("0", "60", "0.00")],
)
def test_what_was_found_is_deducted_from_full_marks(litter, ads, total):
    """100 − min(20, 0.5 × 垃圾) − 2 × 小广告, no less than 0."""
    assert rows(DEDUCTING, f"街道,垃圾,小广告\n甲,{litter},{ads}\n")["甲"].total == Decimal(total)


def test_full_marks_may_be_others_than_100():
    text = DEDUCTING.replace('title = "考核得分"', 'title = "考核得分"\nfull = 1000')
    assert rows(text, "街道,小广告\n甲,7\n")["甲"].total == 986


def test_a_part_is_deducted_from_until_nothing_is_left():
    """保洁 20 − 3 × 垃圾, no less than 0 (not −7); 秩序 no more than its 80."""
    found = rows(IN_TWO_PARTS, "街道,垃圾,秩序\n甲,9,70\n乙,2,85\n丙,,60\n")
    assert {area: (row.parts["clean"], row.parts["order"], row.total) for area, row in found.items()} == {
        "甲": (0, 70, 70),
        "乙": (14, 80, 94),
        "丙": (20, 60, 80),
    }


def test_full_marks_ask_for_no_figure():
    scheme = scheme_of(DEDUCTING)
    assert scheme.columns == ("垃圾", "小广告")
    assert scheme.is_deducting
    assert not scheme_of(IN_TWO_PARTS).is_deducting
    (known,) = parse_inputs("街道,垃圾\n甲,3\n", "x.csv", scheme)
    assert inputs_of(scheme, known) == {"垃圾": "3"}


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("half_up", ("85.13", "85.12", "85.13", "-0.13")),
        ("down", ("85.12", "85.12", "85.12", "-0.12")),
        ("up", ("85.13", "85.13", "85.13", "-0.13")),
        ("half_even", ("85.12", "85.12", "85.13", "-0.12")),
    ],
)
def test_a_figure_is_rounded_as_the_scheme_says(way, expected):
    text = one_part(rounding=f'"{way}"', floor='"none"')
    found = rows(text, "街道,数\n甲,85.125\n乙,85.1249\n丙,85.1251\n丁,-0.125\n")
    assert tuple(str(found[area].total) for area in "甲乙丙丁") == expected


@given(st.decimals(-1000, 1000, places=6), st.integers(0, 4), st.sampled_from(Rounding))
def test_ways_of_rounding_are_those_of_decimal_arithmetic(value, digits, way):
    quantum = Decimal(1).scaleb(-digits)
    assert rounded(Fraction(value), digits, way) == value.quantize(quantum, getattr(decimal, f"ROUND_{way.name}"))


def test_a_part_may_be_rounded_in_another_way_before_it_goes_on():
    """截尾 85.129 → 85.12, then × 0.5 + 0.5 × 80.00 = 82.56."""
    text = one_part() + 'decimals = 2\nrounding = "down"\n[[parts]]\nid = "w"\ntitle = "又一"\n'
    row = rows(text, "街道,数,又一\n甲,85.129,80\n")["甲"]
    assert (row.parts["v"], row.total) == (Decimal("85.12"), Decimal("82.56"))


def test_ranks_go_by_the_figure_as_it_is_rounded():
    table = "街道,数\n甲,85.129\n乙,85.121\n"
    assert [row.rank for row in rows(one_part(rounding='"down"'), table).values()] == [1, 1]
    assert [row.rank for row in rows(one_part(), table).values()] == [1, 2]


@pytest.mark.parametrize(
    ("rule", "red"),
    [
        ("{ places = 2, bound = 85 }", "甲"),  # 乙 is second, but below 85
        ("{ places = 2, bound = 80 }", "甲乙"),
        ("{ places = 1, bound = 70 }", "甲"),
        ("{ places = 2 }", "甲乙"),
        ("{ bound = 75 }", "甲乙丙"),
    ],
)
def test_a_red_list_of_the_first_that_reach_a_bound(rule, red):
    found = rows(one_part(red=rule), "街道,数\n甲,90\n乙,80\n丙,75\n丁,60\n")
    assert "".join(area for area, row in found.items() if row.red) == red


def test_a_black_list_of_the_last_that_are_below_a_bound():
    table = "街道,数\n甲,90\n乙,80\n丙,75\n丁,60\n"
    found = rows(one_part(black="{ places = 2, bound = 70 }"), table)
    assert [area for area, row in found.items() if row.black] == ["丁"]
    found = rows(one_part(black="{ places = 2, bound = 70 }", lowest_first="true"), table)
    assert [area for area, row in found.items() if row.black] == ["乙", "甲"]


def test_areas_are_ranked_and_listed_by_progress():
    text = one_part(rank_by='"change"', red="{ places = 1 }", black="{ bound = 0 }") + (
        '[[bands]]\ntitle = "优"\nat_least = 90\n'
    )
    found = rows(text, "街道,数,上期\n甲,95,96\n乙,70,60\n丙,85,80\n丁,99,\n")
    assert {area: (row.rank, row.red, row.black) for area, row in found.items()} == {
        "乙": (1, True, False),
        "丙": (2, False, False),
        "甲": (3, False, True),
        "丁": (None, False, False),
    }
    assert (found["丁"].total, found["丁"].band, found["丁"].note) == (99, "优", "没有上期的数")
    assert found["甲"].band == "优"


def test_fewest_first_progress_is_the_greatest_fall():
    found = rows(one_part(rank_by='"change"', lowest_first="true"), "街道,数,上期\n甲,5,9\n乙,3,4\n")
    assert {area: row.rank for area, row in found.items()} == {"甲": 1, "乙": 2}


def test_a_veto_caps_from_below_where_the_lowest_is_best():
    text = one_part(lowest_first="true") + '[[parts]]\nid = "n"\ntitle = "否决"\nrole = "veto"\ncap = 60\n'
    found = rows(text, "街道,数,否决\n甲,7,1\n乙,8,\n丙,70,1\n")
    assert {area: (row.total, row.rank) for area, row in found.items()} == {"乙": (8, 1), "甲": (60, 2), "丙": (70, 3)}


ALL = (
    one_part(rounding='"half_even"', rank_by='"change"', red="{ places = 3, bound = 85.5 }", black="{ places = 1 }")
    + 'floor = 1\nceiling = 99.5\nrounding = "up"\n[[parts]]\nid = "c"\ntitle = "基准分"\nsource = "constant"\n'
)


def test_these_rules_come_back_from_toml_json_and_the_form():
    scheme = scheme_of(ALL)
    assert parse_scheme(scheme_toml(scheme), "x.toml") == scheme
    assert parse_scheme(scheme_json(scheme), "x.json") == scheme
    assert scheme_from_form(form_from(scheme)) == scheme


def test_these_rules_are_told_in_sentences():
    said = words_of(ALL)
    for words in (
        "四舍六入五成双到2位小数",
        "按较上期的变化",
        "前3名中达到85.5的",
        "后1名",
        "最低1",
        "最高99.5",
        "进一",
    ):
        assert words in said
    assert "扣完为止" in words_of(IN_TWO_PARTS)
    assert "人人相同，由它扣起" in words_of(DEDUCTING)


def test_totals_of_other_ends_of_parts_are_not_compared():
    scheme = scheme_of(IN_TWO_PARTS)
    assert is_comparable(scheme, scheme)
    assert not is_comparable(scheme, scheme_of(IN_TWO_PARTS.replace("floor = 0", "floor = 1")))
