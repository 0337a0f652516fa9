"""A published table says what it was made of: a second person computes it again from its files alone."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from inspect_app.collections.index.publication import PUBLICATIONS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.index.periods import period_of
from inspect_app.domain.index.publication import Publication, Revision
from inspect_app.domain.index.schemes.comparing import is_comparable
from inspect_app.domain.index.schemes.computing import AreaFigures, Measured
from inspect_app.domain.index.schemes.inputs import exact_text, headings_of, inputs_of, parse_inputs
from inspect_app.domain.index.schemes.reading import parse_scheme, scheme_toml
from inspect_app.domain.index.schemes.scheme import Basis, FigureSource, ListRule
from inspect_app.domain.index.schemes.standing import table_of
from inspect_app.exports.index.scheme_files import printed_json, scheme_letter, scheme_workbook
from inspect_app.exports.index.scheme_tables import headings
from inspect_app.exports.index.scheme_words import scheme_words
from inspect_app.exports.tables import read_rows
from inspect_app.services.index.period_figures import period_figures
from inspect_app.services.index.schemes import (
    find_scheme,
    keep_filled_in,
    keep_scheme,
    preview_table,
    printed_from,
    publish_table,
)
from tests.services.index.test_schemes import files, kept, published
from tests.weeks import DISTRICTS, made_week
from tests.world import NOW, World

TEXT = """
id = "c"
title = "成绩"
level = "区县"
roll_up = "weighted"
tie_parts = ["s"]
[[parts]]
id = "i"
title = "文明"
source = "index"
weight = 0.7
[[parts]]
id = "s"
title = "群众"
key = "问卷"
weight = 0.3
[[parts]]
id = "r"
title = "整改率"
source = "cases"
key = "整改率"
role = "deduction"
each = 2
most = 20
short_of = 95
"""
PERIOD = "2026-11"


@pytest.fixture
def world(tmp_path) -> World:
    return World.in_memory(tmp_path)


def rates(first: str, last: str, week: str):
    return {DISTRICTS[0]: {"整改率": Fraction(41000, 452)}}


def filled(world: World, text: str = TEXT):
    """Three weeks, the third of them of one district alone; 问卷 and weights of both."""
    for week, more in (("2026-W45", 0.0), ("2026-W46", 0.11)):
        published(world, week, more=more)
    made = made_week()
    rows = tuple(row for row in made.rows if row.area == DISTRICTS[0])
    digest = world.services.frozen.keep(replace(made, head=replace(made.head, digest=""), rows=rows))
    revision = Revision("2026-W47", 1, NOW, "supervisor", "", digest)
    PUBLICATIONS.put_once(world.services.store, "2026-W47", Publication((revision,)))
    scheme = kept(world, text)
    cells = {DISTRICTS[0]: {"问卷": "88.5", "权数": "3"}, DISTRICTS[1]: {"问卷": "91", "权数": "1"}}
    assert keep_filled_in(world.services, "supervisor", scheme.scheme, PERIOD, cells, 0, NOW) == []
    return scheme


def preview(world: World, scheme, period: str = PERIOD):
    return preview_table(world.services, scheme, period_of(period), rates, scope=EVERYTHING)


def test_a_second_person_computes_the_same_from_the_published_workbook(world):
    """Means of three weeks and 41,000/452 are no decimals: they are written as the ratios that they are."""
    printed = replace(preview(world, filled(world)), published_at="2026-11-30T01:00:00.000Z")
    sheet = load_workbook(io.BytesIO(scheme_workbook(printed)))["数据"]
    head = [cell.value for cell in sheet[1]]
    assert {"区域代码", "文明", "文明下限", "文明上限", "问卷", "权数", "整改率"} <= set(head)
    found = {row[0].value: dict(zip(head, (cell.value for cell in row), strict=True)) for row in sheet.iter_rows()}
    assert found[DISTRICTS[0]]["整改率"] == "10250/113"
    assert found[DISTRICTS[1]]["整改率"] is None
    scheme = parse_scheme(scheme_toml(printed.scheme), "方案.toml")
    alone = io.BytesIO()
    book = load_workbook(io.BytesIO(scheme_workbook(printed)))
    for name in book.sheetnames:
        if name != "数据":
            book.remove(book[name])
    book.save(alone)
    table = read_rows(alone.getvalue(), "数据.xlsx", headings_of(scheme))
    areas = parse_inputs(table, "数据.xlsx", scheme)
    assert isinstance(areas, tuple), areas
    again = {row.area: row for row in table_of(scheme, areas).rows}
    for row in printed.table.rows:
        same = again[row.area]
        assert (same.total, same.rank, same.parts, same.low, same.high) == (
            row.total,
            row.rank,
            row.parts,
            row.low,
            row.high,
        )


def test_a_month_with_cases_is_over_with_its_last_day_and_not_with_its_last_week(world):
    """W48 ends on the 29th, November on the 30th: cases of that day belong to it."""
    scheme, period = filled(world), period_of(PERIOD)
    monday = datetime(2026, 11, 30, 10, tzinfo=UTC)
    (problem,) = publish_table(world.services, "supervisor", scheme, period, "", monday, files, rates)
    assert problem.code == "schemes.period_open"
    tuesday = monday + timedelta(days=1)
    assert publish_table(world.services, "supervisor", scheme, period, "", tuesday, files, rates) == 1


def test_inputs_are_frozen_with_the_table_and_read_back(world):
    printed = preview(world, filled(world))
    told = json.loads(printed_json(printed))
    assert told["inputs"][DISTRICTS[0]]["问卷"] == "88.5"
    assert told["inputs"][DISTRICTS[1]]["文明"] == "79.055"
    assert printed_from(printed_json(printed)) == printed


def test_a_converted_part_says_that_it_is_converted(world):
    printed = replace(preview(world, filled(world)), published_at="2026-11-30T01:00:00.000Z")
    assert "整改率（不到95的）" in headings(printed.scheme, printed.table)
    assert "整改率（不到95的）" in str(scheme_letter(printed, world.services.settings.timezone))


def test_a_district_that_was_seen_in_fewer_weeks_says_so(world):
    """Of three published weeks the one is in all, the other in two."""
    printed = preview(world, filled(world))
    assert {row.area: row.weeks for row in printed.table.rows if row.level == "区县"} == {
        DISTRICTS[0]: 3,
        DISTRICTS[1]: 2,
    }
    assert "周数" in headings(printed.scheme, printed.table)
    assert any("「周数」不到的区域" in line for line in scheme_words(printed))
    found = period_figures(world.services, period_of(PERIOD), DISTRICTS[1])
    assert {row.area: row.weeks for row in found.areas["区县"]} == {DISTRICTS[0]: 3, DISTRICTS[1]: 2}
    assert {row.weeks for row in found.kinds["dimensions"]} == {2}


def test_where_all_were_seen_alike_there_is_no_such_column(world):
    published(world, "2026-W45")
    index = 'id = "w"\ntitle = "周"\nlevel = "区县"\n[[parts]]\nid = "i"\ntitle = "文明"\nsource = "index"\n'
    printed = preview(world, kept(world, index))
    assert "周数" not in headings(printed.scheme, printed.table)


def test_nothing_is_compared_with_a_period_of_another_scale(world):
    """Out of 100 in one week and of 1,000 in the next there is no progress of 738 points."""
    index = (
        'id = "w"\ntitle = "周"\nlevel = "区县"\n[[parts]]\nid = "i"\ntitle = "文明"\nsource = "index"\nfull = 100\n'
    )
    for week in ("2026-W45", "2026-W46"):
        published(world, week)
    first = kept(world, index)
    assert publish_table(world.services, "supervisor", first, period_of("2026-W45"), "", NOW, files) == 1
    assert preview(world, first, "2026-W46").table.rows[0].change == Decimal("0.00")
    wider = replace(first.scheme, full=Decimal(1000))
    assert keep_scheme(world.services, "supervisor", wider, "千分制", 1, NOW) == []
    printed = preview(world, find_scheme(world.services, "w"), "2026-W46")
    assert [(row.total, row.change) for row in printed.table.rows] == [
        (Decimal("820.00"), None),
        (Decimal("790.00"), None),
    ]
    assert any("不与上一期比较" in line for line in scheme_words(printed))
    assert printed_from(printed_json(printed)) == printed


def test_another_name_list_or_order_of_parts_is_the_same_scale():
    scheme = parse_scheme(TEXT, "x.toml")
    first, second, third = scheme.parts
    named = replace(scheme, title="考核", red=ListRule(3), parts=(second, replace(first, title="指数"), third))
    assert is_comparable(named, scheme)
    assert is_comparable(replace(scheme, parts=(first, replace(second, key="满意度"), third)), scheme)
    for other in (
        (replace(first, weight=Decimal(1)), second, third),
        (first, second),
        (first, second, replace(third, key="结案率")),
        (first, second, replace(third, short_of=Decimal(90))),
    ):
        assert not is_comparable(replace(scheme, parts=other), scheme)


def test_the_sentences_say_what_decides(world):
    text = TEXT.replace('tie_parts = ["s"]', 'tie_parts = ["s"]\nabsent = "reweight"\nceiling = 110\nbasis = "exact"')
    text += '[[bands]]\ntitle = "优"\nat_least = 90\n'
    scheme = parse_scheme(text + "[black]\nbound = 60\n", "x.toml")
    words = "".join(scheme_words(replace(preview(world, filled(world)), scheme=scheme)))
    for said in (
        "「整改率」：只算不到95的部分；每1扣2分，最多20分，没有数的不扣。",
        "缺一部分的，由其余部分分摊（按权重，相加的按满分）。",
        "上级区域没有自己的数的，取下级区域按权数平均。",
        "总分最高110。",
        "用未四舍五入的数，多的在前，同分先比群众，相同的并列占位",
        "等级：90起为优。",
        "黑榜是不到60的",
        "「整改率」取2026-11-01至2026-11-30立案的件",
        "相邻两周误差的相关算在区间里",
    ):
        assert said in words, said
    assert Basis.EXACT is scheme.basis


@given(st.fractions(-(10**6), 10**6, max_denominator=10**12), st.integers(0, 10**6), st.integers(0, 10**6))
def test_whatever_was_computed_from_is_read_as_the_same(value, below, above):
    """The value exactly, of a denominator that counts and their products have; the ends of its interval as floats."""
    scheme = parse_scheme('id = "x"\ntitle = "总分"\n[[parts]]\nid = "v"\ntitle = "数"\nsource = "index"\n', "x.toml")
    known = AreaFigures("a", "甲", {f"{FigureSource.INDEX}:": Measured(value, below / 1000, above / 1000)})
    cells = inputs_of(scheme, known)
    assert cells["数"] == exact_text(value)
    table = ",".join(["区域代码", *cells]) + "\n" + ",".join(["a", *cells.values()]) + "\n"
    areas = parse_inputs(table, "x.csv", scheme)
    assert isinstance(areas, tuple), areas
    (measured,) = areas[0].figures.values()
    assert measured.value == value
    assert abs(measured.below - below / 1000) < 1e-9
    assert abs(measured.above - above / 1000) < 1e-9
