"""Rules of publication schemes, each with its figures worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from inspect_app.domain.index.schemes.computing import AreaFigures, Measured
from inspect_app.domain.index.schemes.inputs import parse_inputs
from inspect_app.domain.index.schemes.reading import parse_scheme, scheme_json, scheme_toml
from inspect_app.domain.index.schemes.scheme import PublicationScheme, Ties
from inspect_app.domain.index.schemes.standing import ranks, table_of
from inspect_app.domain.numbers import exact_of, rounded
from inspect_app.wording import say

WUHAN = """
id = "wuhan"
title = "综合得分"
source = "武汉 2022 年第一季度"
[[parts]]
id = "onsite"
title = "实地"
source = "parts"
weight = 60
[[parts]]
id = "third"
title = "第三方"
of = "onsite"
weight = 90
[[parts]]
id = "office"
title = "城管委"
of = "onsite"
weight = 10
[[parts]]
id = "survey"
title = "问卷"
weight = 40
"""


def scheme_of(text: str) -> PublicationScheme:
    found = parse_scheme(text, "方案.toml")
    assert isinstance(found, PublicationScheme), [str(say(one)) for one in found]
    return found


def rows(text: str, table: str):
    scheme = scheme_of(text)
    areas = parse_inputs(table, "数据.csv", scheme)
    assert not isinstance(areas, list), [str(say(one)) for one in areas]
    return {row.area: row for row in table_of(scheme, areas).rows}


def one_part(**fields: str) -> str:
    """A scheme of one part, with what is to be tried of its own fields."""
    lines = "\n".join(f"{name} = {value}" for name, value in fields.items())
    return f'id = "x"\ntitle = "总分"\n{lines}\n[[parts]]\nid = "v"\ntitle = "数"\n'


def test_wuhan_s_tree_of_parts():
    """实地 = 0.9 × 90 + 0.1 × 80 = 89; 0.6 × 89 + 0.4 × 95 = 91.4."""
    found = rows(WUHAN, "area,第三方,城管委,问卷\n江岸区,90,80,95\n江汉区,90,80,\n")
    assert (found["江岸区"].total, found["江岸区"].parts["onsite"]) == (Decimal("91.40"), Decimal("89.00"))
    assert (found["江汉区"].total, found["江汉区"].rank, found["江汉区"].note) == (None, None, "缺项：问卷")


def test_a_thousand_points_with_deductions_bonus_and_veto():
    """300 × 0.9 + 700 × 0.8 = 830; three things of the negative list cost 3 each, the bonus is capped at 20."""
    text = """
id = "beijing"
title = "总分"
full = 1000
decimals = 1
[[parts]]
id = "a"
title = "环境"
weight = 300
full = 100
[[parts]]
id = "b"
title = "秩序"
weight = 700
full = 50
[[parts]]
id = "n"
title = "负面清单"
role = "deduction"
each = 3
[[parts]]
id = "g"
title = "创新"
role = "bonus"
most = 20
[[parts]]
id = "f"
title = "重大事故"
role = "veto"
cap = 600
[[parts]]
id = "c"
title = "造假"
role = "veto"
"""
    table = "area,环境,秩序,负面清单,创新,重大事故,造假\n甲,90,40,3,25,,\n乙,90,40,,,1,\n丙,90,40,,,,1\n"
    found = rows(text, table)
    assert [found[area].total for area in "甲乙丙"] == [Decimal("841.0"), Decimal("600.0"), Decimal("830.0")]
    assert [found[area].rank for area in "甲乙丙"] == [1, 2, None]
    assert found["丙"].note == "一票否决：造假"


def test_a_shortfall_costs_points_and_steps_convert():
    """95 is asked for: 92.5 lacks 2.5, at 2 points each; 满意度 from 90 on is worth 10 points, from 80 on 6."""
    text = """
id = "x"
title = "总分"
combine = "sum"
[[parts]]
id = "s"
title = "满意度"
steps = [[90, 10], [80, 6]]
[[parts]]
id = "b"
title = "基础分"
[[parts]]
id = "d"
title = "结案率"
source = "rate"
key = "结案"
base = "应结案"
role = "deduction"
each = 2
short_of = 95
"""
    found = rows(text, "area,满意度,基础分,结案,应结案\n甲,89.9,80,370,400\n乙,90,80,400,400\n")
    assert (found["甲"].total, found["乙"].total) == (Decimal("81.00"), Decimal("90.00"))


@pytest.mark.parametrize(
    ("ties", "expected"),
    [
        (Ties.STANDARD, ["1", "2", "2", "4"]),
        (Ties.DENSE, ["1", "2", "2", "3"]),
        (Ties.SHARED, ["1", "2.5", "2.5", "4"]),
        (Ties.ORDINAL, ["1", "2", "3", "4"]),
    ],
)
def test_equal_figures_share_a_rank_as_the_scheme_says(ties, expected):
    assert ranks([Fraction(9), Fraction(8), Fraction(8), Fraction(7)], ties) == [Decimal(one) for one in expected]


def test_what_prints_alike_is_equal_unless_the_scheme_ranks_unrounded_figures():
    table = "area,数\n甲,85.124\n乙,85.121\n"
    assert [row.rank for row in rows(one_part(), table).values()] == [1, 1]
    assert [row.rank for row in rows(one_part(basis='"exact"'), table).values()] == [1, 2]


def test_groups_bands_lists_and_means():
    text = (
        one_part(lists_by_group="true", red="{ places = 1 }", black="{ bound = 80 }")
        + '[[groups]]\ntitle = "中心城区"\nareas = ["甲", "乙"]\n[[groups]]\ntitle = "县市"\nareas = ["丙", "丁"]\n'
        + '[[bands]]\ntitle = "优"\nat_least = 90\n[[bands]]\ntitle = "良"\nat_least = 80\n'
    )
    scheme = scheme_of(text)
    areas = parse_inputs("area,数,上期\n甲,95,96\n乙,90,80\n丙,85,85\n丁,70,\n", "数据.csv", scheme)
    table = table_of(scheme, areas)
    found = {row.area: row for row in table.rows}
    assert [found[area].group_rank for area in "甲乙丙丁"] == [1, 2, 1, 2]
    assert [found[area].band for area in "甲乙丙丁"] == ["优", "优", "良", ""]
    assert [(found[area].red, found[area].black) for area in "甲丙丁"] == [(True, False), (True, False), (False, True)]
    assert [found[area].change_rank for area in "甲乙丙丁"] == [3, 1, 2, None]
    assert [(mean.group, mean.total) for mean in table.means] == [
        ("", Decimal("85.00")), ("中心城区", Decimal("92.50")), ("县市", Decimal("77.50")),
    ]  # fmt: skip


def test_fewest_first_turns_ranks_and_bounds():
    found = rows(
        one_part(lowest_first="true", red="{ bound = 2 }", black="{ bound = 5 }"), "area,数\n甲,2\n乙,6\n丙,5\n"
    )
    assert [found[area].rank for area in "甲乙丙"] == [1, 3, 2]
    assert [(found[area].red, found[area].black) for area in "甲乙丙"] == [(True, False), (False, True), (False, False)]


def test_an_area_above_is_the_mean_of_those_below_by_their_weights():
    """(90 × 3 + 80 × 1) / 4 = 87.5, and the city the mean of its one district."""
    text = one_part(roll_up='"weighted"')
    found = rows(text, "area,above,weight,数\n市,,,\n区,市,2,\n甲,区,3,90\n乙,区,1,80\n")
    assert (found["区"].total, found["市"].total) == (Decimal("87.50"), Decimal("87.50"))


def test_an_interval_goes_along_with_its_weight():
    """± 4 on 70 % is ± 2.8; 环卫 without an interval counts as exact. Ranks that it leaves open are told."""
    scheme = scheme_of(
        'id = "luohu"\ntitle = "综合"\n[[parts]]\nid = "i"\ntitle = "文明"\nsource = "index"\nweight = 0.7\n'
        '[[parts]]\nid = "s"\ntitle = "环卫"\nweight = 0.3\n'
    )
    areas = [
        AreaFigures(name, name, {"index:": Measured(Fraction(rate), 4.0, 4.0), "环卫": Measured(Fraction(90))})
        for name, rate in (("甲", 80), ("乙", 77), ("丙", 60))
    ]
    found = {row.area: row for row in table_of(scheme, areas).rows}
    assert (found["甲"].low, found["甲"].total, found["甲"].high) == (
        Decimal("80.20"),
        Decimal("83.00"),
        Decimal("85.80"),
    )
    assert [(found[area].rank_low, found[area].rank_high) for area in "甲乙丙"] == [(1, 2), (1, 2), (3, 3)]


def test_halves_are_rounded_up_and_zero_has_no_sign():
    assert rounded(exact_of(68.1 / 80 * 100), 2) == Decimal("85.13")
    assert str(rounded(Fraction(-1, 1000), 2)) == "0.00"
    assert rounded(Fraction(-5, 1000), 2) == Decimal("-0.01")


def test_a_scheme_comes_back_the_same_from_toml_and_json():
    scheme = scheme_of(
        WUHAN + '[[groups]]\ntitle = "中心"\nareas = ["江岸区"]\n[[bands]]\ntitle = "优"\nat_least = 92.5\n'
    )
    assert parse_scheme(scheme_toml(scheme), "x.toml") == scheme
    assert parse_scheme(scheme_json(scheme), "x.json") == scheme


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (one_part(full="0"), "大于0"),
        (one_part(decimals="7"), "0到6"),
        (one_part(ties='"x"'), "ties"),
        (one_part(nonsense="1"), "没有这个字段"),
        (one_part(red="{}"), "之一"),
        (one_part() + "floor = 9\nceiling = 8\n", "最低分比最高分还高"),
        (one_part(rounding='"x"'), "rounding"),
        (one_part(tie_parts='["w"]'), "没有代号"),
        (one_part() + 'of = "w"\n', "不能属于它"),
        (one_part() + 'source = "rate"\n', "除数"),
        (one_part() + 'source = "type"\n', "哪一个"),
        (one_part() + "weight = 0\n", "权重应大于0"),
        (one_part() + 'role = "bonus"\n', "没有任何计分的部分"),
        (one_part() + '[[parts]]\nid = "v"\ntitle = "又一"\n', "重复"),
        (one_part() + '[[parts]]\nid = "w"\ntitle = "weight"\n', "另有用处"),
        (one_part() + '[[parts]]\nid = "p"\ntitle = "甲"\nof = "p"\nsource = "parts"\n', "又属于自己"),
        ('{"id": "x", "title": "x"}', "缺少"),
        ("{", "JSON"),
    ],
)
def test_a_scheme_that_cannot_be_is_refused_by_field(text, what):
    found = parse_scheme(text, "方案.toml")
    assert isinstance(found, list)
    assert any(what in str(say(problem)) for problem in found), [str(say(problem)) for problem in found]


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ("area,数\n甲,x\n", "「数」的「x」不是数"),
        ("area,数\n甲,nan\n", "不是数"),
        ("area,数\n甲,1e99\n", "不是数"),
        ("area,数\n甲,1\n甲,2\n", "重复"),
        ("area,数\n,1\n", "没有写区域"),
        ("数\n1\n", "缺少列"),
        ("area,数\n", "没有任何数"),
    ],
)
def test_figures_that_cannot_be_are_refused_by_row(table, what):
    found = parse_inputs(table, "数据.csv", scheme_of(one_part()))
    assert isinstance(found, list)
    assert what in str(say(found[0]))


@pytest.mark.parametrize(
    ("now", "last", "sure"),
    [
        ((3.0, 3.0), (4.0, 4.0), False),  # 5 points, and √(3² + 4²) = 5
        ((3.0, 3.0), (3.9, 3.9), True),
        ((3.0, 9.0), (9.0, 3.9), True),  # a rise: what is below this and above the last decides
        ((0.0, 0.0), (3.0, 3.0), None),
        ((float("inf"), float("inf")), (3.0, 3.0), None),
        ((3.0, 3.0), (None, None), None),
    ],
)
def test_a_change_within_its_error_is_said_to_be_so(now, last, sure):
    scheme = scheme_of(one_part())
    known = AreaFigures("a", "甲", {"数": Measured(Fraction(85), *now)}, "", "", "", Fraction(1), Fraction(80), *last)
    (row,) = table_of(scheme, [known]).rows
    assert (row.change, row.change_sure) == (Decimal("5.00"), sure)


def test_a_fall_is_judged_by_its_own_sides():
    known = AreaFigures(
        "a",
        "甲",
        {"数": Measured(Fraction(75), 9.0, 3.0)},
        previous=Fraction(80),
        previous_below=3.9,
        previous_above=9.0,
    )
    (row,) = table_of(scheme_of(one_part()), [known]).rows
    assert (row.change, row.change_sure) == (Decimal("-5.00"), True)
