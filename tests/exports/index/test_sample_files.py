"""A week's files say what its figures are made of, what was missed, and what is no part of them."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date

import frictionless
import pytest
from openpyxl import load_workbook

from inspect_app.domain.index.figures import PublishedWeek
from inspect_app.domain.index.sample import Apart, WeekSample, sample_from_json, sample_to_json
from inspect_app.domain.index.sample_words import (
    RULE,
    apart_text,
    basis_text,
    missed_text,
    percent,
    rule_text,
    sentences,
    warning_text,
)
from inspect_app.domain.plan.response import Response, by, together
from inspect_app.exports.index.bulletin import Grid, Heading, Paragraph, bulletin
from inspect_app.exports.index.package import archive, datapackage
from inspect_app.exports.index.post import post_text
from inspect_app.exports.index.table import apart_table, as_csv, as_json, frame_table, response_table
from inspect_app.exports.index.workbook import workbook
from tests.weeks import made_week

SAMPLE = WeekSample(
    "drawn", 328, 0.8, "2026-11-20T08:00:00.000Z", "drawn", "", "5e" * 32, "a5" * 32,
    apart=(
        Apart("unplanned", "421002001", 3, 2, 2, 60.0), Apart("unplanned", "421003002", 1, 1, 1, 90.0),
        Apart("adhoc", "421002001", 2, 0),
    ),
    responses=(
        Response("421002001", "road", 6, 4, {"closed": 1, "works": 1}), Response("421002001", "toilet", 2, 2),
        Response("421003002", "road", 2, 1, {"works": 1}),
    ),
    strata=(("421002001", "road", 40), ("421002001", "toilet", 12), ("421003002", "road", 276)),
    types={"road": "主次干道", "toilet": "公共厕所"},
)  # fmt: skip
WEEK = replace(made_week(), sample=SAMPLE)


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_response_is_the_share_of_the_drawn_sites_that_were_inspected():
    """7 of 10, 70 %: 80 is set. Of roads 5 of 8."""
    whole = together(SAMPLE.responses)
    assert (whole.drawn, whole.inspected, whole.missed) == (10, 7, {"closed": 1, "works": 2})
    assert basis_text(SAMPLE) == "指数只由抽查计划抽中的点位推算：抽中10个，测了7个（应答率70.00%）。"
    assert warning_text(SAMPLE) == "应答率70.00%，低于80.00%：没有测到的点位可能与测到的不同。"
    assert warning_text(replace(SAMPLE, least_response=0.7)) == ""
    roads = by(SAMPLE.responses, lambda one: one.site_type)["road"]
    assert (percent(roads), missed_text(roads)) == ("62.50%", "关闭1，施工2")
    assert percent(Response("", "", 0, 0)) == "—"


def test_how_much_hangs_on_missed_sites_is_told():
    """3 of 10 were missed: ten points worse each, three points of all. Of a census nothing hangs on any."""
    told = "没有测到的3个要是平均比测到的低10分，真实的指数就约低3.00分；95%区间没有算进这种误差。"
    assert told in rule_text(SAMPLE)
    for said_of in ("".join(said(WEEK)), "".join(sentences(SAMPLE))):
        assert told in said_of
    whole = replace(SAMPLE, responses=SAMPLE.responses[1:2])
    assert rule_text(whole) == RULE
    assert rule_text(replace(SAMPLE, responses=())) == ""


def test_what_stands_apart_is_counted_with_its_plain_mean():
    """Two at 60 and one at 90: 70."""
    unplanned, adhoc = SAMPLE.apart_together
    assert apart_text(unplanned) == "计划外的测评4次（3个点位，平均70.00）"
    assert apart_text(adhoc) == "随手拍2次"


def test_the_tables_have_a_row_for_each_stratum_and_kind():
    told = rows(as_csv(response_table(WEEK)))
    assert told[0][:7] == ["week", "area", "type", "type_title", "drawn", "inspected", "missed_closed"]
    assert told[1][:8] == ["2026-W47", "421002001", "road", "主次干道", "6", "4", "1", "1"]
    assert len(told) == 4
    frame = rows(as_csv(frame_table(WEEK)))
    assert frame[:2] == [
        ["week", "area", "type", "type_title", "listed"], ["2026-W47", "421002001", "road", "主次干道", "40"],
    ]  # fmt: skip
    assert sum(int(row[-1]) for row in frame[1:]) == SAMPLE.listed
    assert rows(as_csv(apart_table(WEEK)))[1] == [
        "2026-W47", "421002001", "计划外的测评", "3", "2", "2", "60.000000",
    ]  # fmt: skip
    assert rows(as_csv(apart_table(WEEK)))[3][-1] == ""


def test_a_week_of_before_has_the_files_that_it_had():
    old = replace(WEEK, sample=None)
    assert len(rows(as_csv(response_table(old)))) == len(rows(as_csv(apart_table(old)))) == 1
    assert "sample" not in json.loads(as_json(old))
    assert [one["name"] for one in json.loads(datapackage(old))["resources"]] == ["areas", "parts", "sites"]
    assert "抽查和应答" not in str(bulletin(old, None))
    assert load_workbook(io.BytesIO(workbook(old))).sheetnames == ["排名", "维度", "测评项", "点位", "方法"]


def test_the_package_has_both_tables_and_the_frame_and_is_valid(tmp_path):
    file = tmp_path / "data.zip"
    file.write_bytes(archive(WEEK))
    limit = csv.field_size_limit()
    try:
        report = frictionless.validate(str(file), type="package")
    finally:
        csv.field_size_limit(limit)
    assert report.valid, report.flatten(["message"])
    document = json.loads(datapackage(WEEK))
    assert [one["name"] for one in document["resources"]][3:] == ["frame", "response", "apart"]
    assert document["frame"]["register"] == SAMPLE.register
    assert document["frame"]["listed"] == 328


def test_letter_workbook_and_post_say_it_in_the_same_words():
    blocks = bulletin(WEEK, date(2026, 11, 23)).blocks
    heading = next(n for n, one in enumerate(blocks) if isinstance(one, Heading) and one.text.endswith("抽查和应答"))
    text, grid = blocks[heading + 1 : heading + 3]
    assert isinstance(text, Paragraph)
    assert isinstance(grid, Grid)
    apart = "另有计划外的测评4次（3个点位，平均70.00），随手拍2次，单独列出，不计入指数。"
    for sentence in (basis_text(SAMPLE), warning_text(SAMPLE), apart):
        assert sentence in text.text
        assert sentence in post_text(WEEK)
    assert grid.rows == (("主次干道", "8", "5", "62.50%", "关闭1，施工2"), ("公共厕所", "2", "2", "100.00%", "—"))
    book = load_workbook(io.BytesIO(workbook(WEEK)))
    assert [cell.value for cell in book["应答"][2]][2:] == ["主次干道", 6, 4, pytest.approx(400 / 6), "关闭1，施工1"]
    assert book["不计入"].max_row == 4


def test_figures_of_chosen_places_say_so():
    chosen = WeekSample("chosen", 328, 0.8)
    assert basis_text(chosen).startswith("这一周没有抽查计划")
    assert warning_text(chosen) == ""
    assert basis_text(replace(chosen, basis="drawn")) == "指数只由抽查计划抽中的点位推算。"


def of_basis(basis: str, **figures: object) -> PublishedWeek:
    """The made week as if its figures were of this basis, those of each area with ``figures``."""
    rows = tuple(replace(row, basis=basis, tier=row.tier and 1, **figures) for row in WEEK.rows)
    return replace(WEEK, rows=rows, sample=WeekSample(basis, 328, 0.8))


def said(week: PublishedWeek) -> list[str]:
    """What its letter, its post and the sheet 方法 say in sentences."""
    letter = "".join(one.text for one in bulletin(week, None).blocks if isinstance(one, Paragraph))
    method = load_workbook(io.BytesIO(workbook(week)))["方法"]
    return [letter, post_text(week), "".join(str(row[1].value) for row in method.iter_rows())]


def test_nothing_is_said_of_errors_and_intervals_where_there_are_none():
    """Two weeks without a plan, one after the other: a change, and nothing that tells whether it is chance."""
    chosen = of_basis("chosen", low=None, high=None, change=-0.4, change_sure=None)
    letter, post, method = said(chosen)
    for text in (letter, post):
        assert "没有区间，分不出档次" in text
        assert "与上周相差 −0.40，没有区间，说不出是不是偶然。" in text
    assert "各区域没有区间，变化说不出是不是偶然。" in letter
    for text in (letter, post, method):
        assert not re.search("误差之内|区间前后相接|测评是抽查|95%", text)


def test_of_areas_without_an_interval_it_is_told_how_many_they_are():
    """The last two streets have none; of the other districts and streets no change is sure."""
    drawn = of_basis("drawn")
    rows = tuple(replace(row, change_sure=None) if row in drawn.rows[-2:] else row for row in drawn.rows)
    letter, *_ = said(replace(drawn, rows=rows))
    assert "12个区域的变化都在误差之内。另有2个区域没有区间，变化说不出是不是偶然。" in letter
    risen = tuple(replace(row, change=2.0, change_sure=True) if row is rows[3] else row for row in rows)
    letter, *_ = said(replace(drawn, rows=risen))
    assert "（+2.00）。其余区域的变化在误差之内。另有2个区域没有区间" in letter


def test_of_a_drawn_week_only_letters_tell_areas_apart():
    """A street with a wide interval joins all tiers; those beside it may differ, and intervals need not touch."""
    letter, post, _ = said(of_basis("drawn"))
    for text in (letter, post):
        assert "分不出档次" in text
        assert not re.search("区间前后相接|相邻的区域分不出高下", text)


def test_what_is_frozen_of_a_sample_is_read_as_it_was():
    assert sample_from_json(json.loads(json.dumps(sample_to_json(SAMPLE)))) == SAMPLE
