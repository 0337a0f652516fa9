"""Figures of a scheme out of an office's table: which area and column a cell is of, and what is wrong by row."""

from __future__ import annotations

import pytest

from inspect_app.domain.index.schemes.filling import parse_filling
from inspect_app.wording import say
from tests.domain.index.test_schemes import scheme_of

AREAS = {
    "421002001": ("沙市区 中山街道", "中山街道"),
    "421002002": ("沙市区 胜利街道", "胜利街道"),
    "421003001": ("荆州区 胜利街道", "胜利街道"),
}
SCHEME = scheme_of(
    'id = "x"\ntitle = "总分"\n[[parts]]\nid = "a"\ntitle = "得分（上）"\n[[parts]]\nid = "b"\ntitle = "得分（下）"\n'
)
HEAD = "区域代码,区域,得分（上）,得分（下）\n"


def test_rows_are_found_by_code_or_name_and_columns_by_their_whole_name():
    table = f"成绩表\n{HEAD}421002001,随便,90,80\n,荆州区 胜利街道,70.5,\n,中山街道以外,,\n"
    found = parse_filling(table.replace(",中山街道以外,,\n", ""), "x.csv", SCHEME, AREAS)
    assert found == {"421002001": {"得分（上）": "90", "得分（下）": "80"}, "421003001": {"得分（上）": "70.5"}}


@pytest.mark.parametrize(
    ("table", "where", "what"),
    [
        (f"{HEAD},胜利街道,1,2\n", "第2行", "有几个同名"),
        (f"{HEAD},中山街道,1,2\n999,中山街道,1,2\n", "第3行", "「999」不是"),
        (f"{HEAD},中山街到,1,2\n", "第2行", "「中山街到」不是这个方案排名的区域（是否指 中山街道）"),
        (f"{HEAD},中山街道,1,2\n421002001,,1,2\n", "第3行", "重复"),
        (f"{HEAD},中山街道,1,2\n,,3,4\n", "第3行", "没有写区域"),
        (f"{HEAD},中山街道,很好,2\n", "第2行", "「得分（上）」的「很好」不是数"),
        (f"{HEAD},中山街道,{'9' * 51},2\n", "第2行", "不是数"),
        ("区域,得分（上）\n中山街道,1\n", "第1行", "得分（下）"),
        (HEAD, "x.csv", ""),
        ("", "x.csv", ""),
    ],
)
def test_what_is_wrong_is_told_by_row_and_nothing_is_taken(table, where, what):
    found = parse_filling(table, "x.csv", SCHEME, AREAS)
    assert isinstance(found, list)
    told = "；".join(str(say(one)) for one in found)
    assert where in told
    assert what in told
