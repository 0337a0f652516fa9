"""A year's arrangement out of a table: spans by row, and what is wrong with each."""

from __future__ import annotations

from datetime import date

import pytest

from inspect_app.domain.cases.arrangement_tables import parse_arrangement_table
from inspect_app.domain.cases.arrangements import arrangement_text, parse_arrangement
from inspect_app.wording import say

HEAD = "开始,结束,安排\n"
YEAR = (
    f"{HEAD}2027-01-01,2027-01-03,放假\n2027/2/5,2027年2月11日,休\n2027-02-14,,上班\n2027-02-20 00:00:00,,补班\n"
    "2027-04-05,,放假\n2027-05-01,2027-05-05,放假\n2027-06-09,,放假\n2027-09-15,,放假\n2027-10-01,2027-10-07,放假\n"
)


def test_a_table_says_the_same_as_the_notice():
    found = parse_arrangement_table(YEAR, "2027.csv")
    assert found == parse_arrangement(
        "2027年：1月1日至3日放假。2月5日至11日放假，共7天。2月14日、2月20日上班。4月5日放假。5月1日至5日放假。"
        "6月9日放假。9月15日放假。10月1日至7日放假。"
    )
    assert found.on == {date(2027, 2, 14), date(2027, 2, 20)}
    assert parse_arrangement(arrangement_text(found)) == found


def test_days_before_new_year_are_of_the_year_that_they_begin():
    found = parse_arrangement_table(YEAR.replace("2027-01-01,", "2026-12-31,"), "2027.csv")
    assert (found.year, date(2026, 12, 31) in found.off) == (2027, True)


@pytest.mark.parametrize(
    ("rows", "where", "what"),
    [
        ("2027-02-30,,放假\n", "第2行", "「2027-02-30」不是日期"),
        ("2027-02-05,2027-02-04,放假\n", "第2行", "截止早于开始"),
        ("2027-02-05,2027-04-04,放假\n", "第2行", "超过31天"),
        ("2月5日,,放假\n", "第2行", "不是日期"),
        ("2027-02-05,,也许\n", "第2行", "「也许」应为放假或上班"),
        ("2027-02-05,,\n", "第2行", "应为放假或上班"),
        ("2027-02-14,,上班\n", "", "没有读出放假的日子"),
        ("2027-01-01,,放假\n", "", "法定节假日"),
        ("1999-01-01,,放假\n", "a.csv", "1999"),
        ("", "", "没有读出放假的日子"),
    ],
)
def test_what_is_wrong_is_told_by_row(rows, where, what):
    found = parse_arrangement_table(HEAD + rows, "a.csv")
    assert isinstance(found, list)
    told = "；".join(str(say(one)) for one in found)
    assert where in told
    assert what in told
