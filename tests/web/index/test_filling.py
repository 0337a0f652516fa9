"""The fill-in page of a scheme takes a table: shown first, kept from the form, and refused whole where it is wrong."""

from __future__ import annotations

import io
import re

import pytest
from openpyxl import load_workbook

from inspect_app.services.index.schemes import filled_in
from tests.web.builders import hidden, signed_in
from tests.web.index.test_schemes import PARTS, PERIOD, WUHAN, entered, fill, form_of, token

PAGE = f"/schemes/wuhan/{PERIOD}/figures"


@pytest.fixture
def client(world):
    found = signed_in(world, "supervisor")
    assert entered(world, found).status_code == 303
    return found


def read(client, content: bytes, name: str):
    data = {"file": (io.BytesIO(content), name), "csrf_token": token(client, PAGE)}
    return client.post(f"{PAGE}/read", data=data)


def test_the_template_goes_out_is_filled_in_and_read_back(world, client):
    assert fill(client, {"421002": ("90.5", "80", "", "")}).status_code == 303
    book = load_workbook(io.BytesIO(client.get(f"{PAGE}.xlsx").data))
    sheet = book.active
    rows = {row[0].value: row for row in sheet.iter_rows(min_row=2)}
    assert [cell.value for cell in sheet[1]] == ["区域代码", "区域", "第三方", "城管委", "问卷", "负面清单"]
    assert [cell.value for cell in rows["421002"]][1:4] == ["沙市区", 90.5, 80]
    rows["421002"][4].value, rows["421003"][2].value = 95, 88
    out = io.BytesIO()
    book.save(out)
    answer = read(client, out.getvalue(), "填报.xlsx")
    assert answer.status_code == 200
    assert "还没有保存" in answer.text
    for value in ('value="90.5"', 'value="95"', 'value="88"'):
        assert value in answer.text
    assert filled_in(world.services, "wuhan", PERIOD) == ({"421002": {"第三方": "90.5", "城管委": "80"}}, 1)


def test_areas_that_a_table_does_not_name_stay_as_they_are(world, client):
    assert fill(client, {"421003": ("77", "66", "55", "")}).status_code == 303
    answer = read(client, "区域,第三方,城管委,问卷,负面清单\n沙市区,90,80,95,\n".encode("gb18030"), "a.csv")
    assert answer.status_code == 200
    assert 'value="77"' in answer.text
    assert 'value="90"' in answer.text


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("区域,第三方,城管委,问卷,负面清单\n沙市区,90,80,95,\n月球区,很好,,,\n", "第3行"),
        ("区域,第三方\n沙市区,90\n", "城管委"),
        ("", "没有选择文件"),
        ("PK\x03\x04不是表格", "a.csv"),
    ],
)
def test_a_wrong_table_is_refused_whole_with_the_form_as_it_was(world, client, content, what):
    fill(client, {"421003": ("77", "66", "55", "")})
    answer = read(client, content.encode(), "a.csv")
    assert answer.status_code == 422
    assert what in answer.text
    assert 'value="77"' in answer.text
    assert 'value="90"' not in answer.text
    assert filled_in(world.services, "wuhan", PERIOD)[1] == 1


def test_columns_that_moved_while_the_page_was_open_take_no_other_s_figures(world, client):
    """A part comes in front, 问卷 gets another name: what was typed stands in its own columns and is not kept."""
    page = client.get(PAGE).text
    parts = [
        {"id": "p9", "title": "街容", "source": "input", "weight": "5"},
        *({"id": f"p{number}", **part} for number, part in enumerate(PARTS, start=1)),
    ]
    parts[4] = {**parts[4], "title": "群众测评"}
    form = {**form_of({**WUHAN, "edition": "1"}, parts), "csrf_token": token(client)}
    assert client.post("/schemes/wuhan/edit", data=form).status_code == 303
    assert fill(client, {"421002": ("66", "", "", "", "")}).status_code == 303
    cells = {f"421002.{place}": value for place, value in enumerate(("91", "82", "73", "4"))}
    fields = {name: hidden(page, name) for name in ("csrf_token", "edition", "revision")}
    answer = client.post(PAGE, data={**cells, **fields})
    assert (answer.status_code, "方案刚刚更改过" in answer.text) == (409, True)
    for column, value in (("街容", "66"), ("第三方", "91"), ("城管委", "82"), ("群众测评", "73"), ("负面清单", "4")):
        assert re.search(rf'value="{value}"[^>]*aria-label="沙市区 {column}"', answer.text), column
    assert filled_in(world.services, "wuhan", PERIOD) == ({"421002": {"街容": "66"}}, 1)
    assert client.post(PAGE, data={**cells, **fields, "edition": ""}).status_code == 400
    assert client.post(PAGE, data={**cells, **fields, "edition": "9"}).status_code == 400


def test_figures_of_a_renamed_part_are_offered_under_its_name(world, client):
    assert fill(client, {"421002": ("90", "80", "95", "")}).status_code == 303
    parts = [{"id": f"p{number}", **part} for number, part in enumerate(PARTS, start=1)]
    parts[3] = {**parts[3], "title": "群众测评"}
    form = {**form_of({**WUHAN, "edition": "1"}, parts), "csrf_token": token(client)}
    assert client.post("/schemes/wuhan/edit", data=form).status_code == 303
    page = client.get(PAGE).text
    assert "「问卷」现在叫「群众测评」" in page
    assert 'value="95"' in page
    assert "缺项：群众测评" in client.get(f"/schemes/wuhan/{PERIOD}/live").text
    assert fill(client, {"421002": ("90", "80", "95", "")}, "1").status_code == 303
    assert "91.40" in client.get(f"/schemes/wuhan/{PERIOD}/live").text
    assert "现在叫" not in client.get(PAGE).text
