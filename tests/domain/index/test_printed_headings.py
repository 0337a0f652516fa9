"""Tables as cities print them are read: headings with brackets, codes beside names, dashes for what is missing."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.index.schemes.inputs import parse_inputs
from inspect_app.domain.index.schemes.standing import table_of
from inspect_app.exports.index.scheme_tables import scheme_csv
from inspect_app.wording import say
from tests.domain.index.test_schemes import one_part, rows, scheme_of

TWO = """
id = "two"
title = "综合得分"
[[parts]]
id = "day"
title = "实地（白天）"
weight = 60
[[parts]]
id = "night"
title = "实地（夜间）"
weight = 40
"""


def areas(text: str, table: str):
    found = parse_inputs(table, "数据.csv", scheme_of(text))
    assert not isinstance(found, list), [str(say(one)) for one in found]
    return found


@pytest.mark.parametrize("brackets", ["（）", "()"])
def test_what_stands_in_brackets_tells_two_figures_apart(brackets):
    left, right = brackets
    table = f"单位,实地{left}夜间{right},实地{left}白天{right}\n甲,80,90\n"
    assert rows(TWO, table)["甲"].total == Decimal("86.00")  # 0.6 × 90 + 0.4 × 80


def test_a_heading_with_a_note_in_brackets_is_the_figure_unless_another_is_called_exactly_so():
    assert rows(one_part(), "街道,数（85%）\n甲,80\n")["甲"].total == 80
    assert rows(one_part(), "街道,数（折算）,数\n甲,8.5,80\n")["甲"].total == 80


def test_a_heading_that_several_figures_would_have_without_brackets_is_none_of_them():
    (row,) = table_of(scheme_of(TWO), areas(TWO, "街道,实地\n甲,80\n")).rows
    assert row.total is None


def test_a_figure_that_is_there_twice_is_refused():
    found = parse_inputs("街道,数,数\n甲,1,2\n", "数据.csv", scheme_of(one_part()))
    assert isinstance(found, list)
    assert "有几列都是数" in str(say(found[0]))


def test_a_figure_that_was_converted_already_is_not_converted_again():
    text = one_part() + 'short_of = 95\n[[parts]]\nid = "w"\ntitle = "又一"\n'
    found = areas(text, "街道,数（不到95的）,又一\n甲,1,80\n")
    assert "数" not in found[0].figures


@pytest.mark.parametrize(
    ("head", "line", "id", "name"),
    [
        ("区域代码,区域", "421002001,解放街道", "421002001", "解放街道"),
        ("区划代码,名称", "421002001,解放街道", "421002001", "解放街道"),
        ("代码", "421002001", "421002001", "421002001"),
        ("名称", "解放街道", "解放街道", "解放街道"),
        ("area,区域", "421002001,解放街道", "421002001", "解放街道"),
        ("区域代码,area", "421002001,解放街道", "421002001", "解放街道"),
        ("地区,街道", "沙市区,解放街道", "解放街道", "解放街道"),
        ("区县,街道（镇）", "沙市区,解放街道", "解放街道", "解放街道"),
        ("序号,县（市、区）", "1,沙市区", "沙市区", "沙市区"),
        ("街道,社区", "解放街道,红星社区", "红星社区", "红星社区"),
    ],
)
def test_an_area_is_known_by_its_code_and_called_by_its_name(head, line, id, name):
    (found,) = areas(one_part(), f"{head},数\n{line},80\n")
    assert (found.area, found.name, found.figures["数"].value) == (id, name, 80)


@pytest.mark.parametrize("head", ["区县,街道", "所属区域,街道", "地区,镇街"])
def test_streets_of_one_name_in_two_districts_are_two(head):
    table = f"{head},数\n江岸区,和平街道,90\n,劳动街道,70\n青山区,和平街道,80\n"
    found = areas(one_part(), table)
    assert [(one.area, one.name) for one in found] == [
        ("江岸区/和平街道", "和平街道"),
        ("劳动街道", "劳动街道"),
        ("青山区/和平街道", "和平街道"),
    ]
    assert [row.rank for row in table_of(scheme_of(one_part()), found).rows] == [1, 2, 3]


def test_codes_tell_streets_of_one_name_apart():
    table = "区域代码,街道,数\n420102001,和平街道,90\n420107001,和平街道,80\n"
    assert [one.area for one in areas(one_part(), table)] == ["420102001", "420107001"]


def test_a_name_that_is_there_twice_without_a_district_is_refused_in_words():
    found = parse_inputs("街道,数\n和平街道,1\n和平街道,2\n", "数据.csv", scheme_of(one_part()))
    assert isinstance(found, list)
    assert "重复" in str(say(found[0]))


def test_what_a_street_lies_in_is_above_it():
    """Districts have no figure of their own: 江岸区 is (90 + 70) / 2. Above may be a name where rows have codes."""
    text = one_part(roll_up='"mean"')
    for table in (
        "区县,街道,数\n江岸区,,\n江岸区,和平街道,90\n江岸区,劳动街道,70\n",
        "区域代码,名称,上级,数\n420102,江岸区,,\n420102001,和平街道,江岸区,90\n420102002,劳动街道,420102,70\n",
    ):
        (district,) = (row for row in table_of(scheme_of(text), areas(text, table)).rows if row.name == "江岸区")
        assert district.total == 80


@pytest.mark.parametrize("nothing", ["—", "——", "/", "-", "－", "无", "N/A", "\\"])
def test_a_dash_says_that_there_is_nothing(nothing):
    text = one_part() + '[[parts]]\nid = "d"\ntitle = "扣"\nrole = "deduction"\n'
    (one,) = areas(text, f"街道,数,扣,上期,分组\n甲,80,{nothing},{nothing},{nothing}\n")
    assert (one.figures["数"].value, one.previous, one.group) == (80, None, "")
    assert "扣" not in one.figures
    (row,) = table_of(scheme_of(text), [one]).rows
    assert row.total == 80


def test_a_share_with_a_dash_is_missing():
    (row,) = table_of(scheme_of(one_part()), areas(one_part(), "街道,数\n甲,—\n")).rows
    assert (row.total, row.note) == (None, "缺项：数")


def test_a_minus_stays_a_minus():
    assert [one.figures["数"].value for one in areas(one_part(), "街道,数\n甲,-5\n乙,－5\n丙,−5\n")] == [-5] * 3


@pytest.mark.parametrize(
    ("grades", "levels"),
    [(("优", "良", "优"), ("", "", "")), (("一级", "二级", "一级"), ("", "", "")), (("区县", "街道", "镇"),) * 2],
)
def test_a_column_of_grades_is_no_level(grades, levels):
    lines = [f"{name},{grade},{value}" for name, grade, value in zip("甲乙丙", grades, (90, 80, 85), strict=True)]
    found = areas(one_part(), "\n".join(["街道,级别,数", *lines]))
    assert tuple(one.level for one in found) == levels
    ranks = {row.area: row.rank for row in table_of(scheme_of(one_part()), found).rows}
    assert ranks == ({"甲": 1, "乙": 3, "丙": 2} if levels == ("", "", "") else {"甲": 1, "乙": 1, "丙": 1})


def test_a_column_of_kinds_is_of_groups_unless_it_has_grades_or_others_than_the_scheme_s():
    table = "街道,类别,数\n甲,A类,90\n乙,B类,80\n"
    assert [one.group for one in areas(one_part(), table)] == ["A类", "B类"]
    assert [one.group for one in areas(one_part(), table.replace("A类", "优").replace("B类", "良"))] == ["", ""]
    grouped = one_part() + '[[groups]]\ntitle = "中心"\nareas = ["甲"]\n'
    assert rows(grouped, table)["甲"].group == "中心"


def test_the_product_s_own_table_is_read_again():
    text = one_part()
    first = table_of(
        scheme_of(text), areas(text, "区域代码,街道,级别,数\n421002001,解放,街道乡镇,90\n421002002,胜利,街道乡镇,80\n")
    )
    printed = scheme_csv(scheme_of(text), first).decode()
    assert table_of(scheme_of(text), areas(text, printed)) == first


def test_headings_that_are_wrong_are_named_in_chinese():
    (problem,) = parse_inputs("数\n1\n", "数据.csv", scheme_of(one_part()))
    said = str(say(problem))
    assert "区域" in said
    assert not set("abcdefghijklmnopqrstuvwxyz|") & set(said.removeprefix("数据.csv"))


@given(
    st.permutations(["区域代码", "区县", "街道", "实地（白天）", "实地（夜间）", "级别", "名次"]),
    st.lists(st.tuples(st.decimals(0, 100, places=2), st.decimals(0, 100, places=2)), min_size=1, max_size=5),
)
def test_the_order_of_columns_says_nothing(order, figures):
    table = [
        {"区域代码": f"42010200{n}", "区县": "江岸区", "街道": f"街{n}", "级别": "优", "名次": str(n)}
        | {"实地（白天）": str(day), "实地（夜间）": str(night)}
        for n, (day, night) in enumerate(figures)
    ]
    text = "\n".join([",".join(order), *(",".join(row[name] for name in order) for row in table)])
    found = areas(TWO, text)
    assert [one.area for one in found] == [row["区域代码"] for row in table]
    assert [(one.figures["实地（白天）"].value, one.figures["实地（夜间）"].value) for one in found] == [
        (Fraction(day), Fraction(night)) for day, night in figures
    ]


def test_a_part_that_is_called_as_the_scheme_has_a_heading_of_its_own():
    text = one_part().replace('title = "数"', 'title = "总分"') + '[[parts]]\nid = "n"\ntitle = "说明"\n'
    scheme = scheme_of(text)
    head = scheme_csv(scheme, table_of(scheme, areas(text, "街道,总分,说明\n甲,80,90\n"))).decode().splitlines()[0]
    assert head.removeprefix("\ufeff") == "名次,区域,总分（部分）,说明（部分）,总分"
