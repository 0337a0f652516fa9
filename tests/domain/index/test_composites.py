"""The composite index of a week: ranked, rolled up, with its interval, in every file."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from docx import Document
from openpyxl import load_workbook

from inspect_app.domain.index.composites import composite_ranking, with_composites
from inspect_app.domain.index.weights import CompositePart, Weights
from inspect_app.exports.index.bulletin import Grid, bulletin
from inspect_app.exports.index.docx_paper import docx
from inspect_app.exports.index.table import areas_table, as_csv
from inspect_app.exports.index.workbook import workbook
from tests.weeks import DISTRICTS, made_week

PARTS = (CompositePart("civility", "公共文明指数", 0.7), CompositePart("sanitation", "环卫指数", 0.3))
WEIGHTS = Weights(parts=PARTS)
FIGURES = {DISTRICTS[0]: {"sanitation": 80.0}, DISTRICTS[1]: {"sanitation": 96.0}}


def test_the_composite_ranks_and_the_city_is_made_of_its_districts():
    """82 ± 1.5 with 80, 79 ± 1.5 with 96: 81.4 and 84.1 ± 1.05, the reverse of the index; the city 82.75."""
    rows = with_composites(made_week().rows, WEIGHTS, FIGURES)
    found = composite_ranking(rows)
    assert [(one.row.area, one.rank, one.low, one.high) for one in found["区县"]] == [
        (DISTRICTS[1], 1, 1, 1),
        (DISTRICTS[0], 2, 2, 2),
    ]
    best = found["区县"][0].row
    assert (best.composite, best.composite_low) == (pytest.approx(84.1), pytest.approx(83.05))
    assert found["市"][0].row.composite == pytest.approx(82.75)
    assert "街道乡镇" not in found


def test_an_area_is_not_made_of_some_of_those_below():
    rows = with_composites(made_week().rows, WEIGHTS, {DISTRICTS[0]: {"sanitation": 80.0}})
    assert [row.area for row in rows if row.composite is not None] == [DISTRICTS[0]]


def test_an_index_without_an_interval_leaves_the_composite_s_open():
    districts = [row for row in made_week().rows if row.level == "区县"]
    rows = [replace(row, low=None, high=None) if row.area == DISTRICTS[1] else row for row in districts]
    found = composite_ranking(with_composites(rows, WEIGHTS, FIGURES))["区县"]
    assert [(one.row.area, one.low, one.high) for one in found] == [(DISTRICTS[1], 1, 2), (DISTRICTS[0], 1, 2)]
    assert found[0].row.composite_low is None


def test_letter_workbook_and_table_have_the_ranking_by_composite():
    week = made_week()
    parts = {"parts": [{"id": part.id, "title": part.title, "weight": part.weight} for part in PARTS]}
    head = replace(week.head, weights={**week.head.weights, **parts})
    week = replace(week, head=head, rows=with_composites(week.rows, WEIGHTS, FIGURES))
    letter = bulletin(week, None)
    grid = next(one for one in letter.blocks if isinstance(one, Grid) and one.title == "各区县综合指数")
    assert grid.rows[0][:5] == ("1", "荆区", "84.1000", "83.0500—85.1500", "1")
    words = "".join(one.text for one in Document(io.BytesIO(docx(week, letter))).paragraphs)
    assert "环卫指数（权重0.3）" in words
    sheet = load_workbook(io.BytesIO(workbook(week)))["综合指数"]
    assert [sheet.cell(2, column).value for column in (2, 4)] == ["荆州市", 1]
    assert "composite_rank" in as_csv(areas_table(week)).decode("utf-8-sig").splitlines()[0]


def test_a_week_without_composites_says_nothing_of_them():
    letter = bulletin(made_week(), None)
    assert not any("综合指数" in getattr(block, "text", "") for block in letter.blocks)
