"""Checklists as workbooks: lossless both ways, and every mistake told with sheet, row and column."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given, settings
from openpyxl import Workbook, load_workbook

from inspect_app.domain.checklists.checklist import Checklist
from inspect_app.domain.checklists.files import parse_checklist
from inspect_app.domain.checklists.toml import checklist_to_toml
from inspect_app.exports.checklists.xlsx import SHEETS, checklist_workbook, heading_of, parse_checklist_xlsx
from inspect_app.wording import say

from ...domain.samples import checklist as checklist_of
from ...domain.samples import compliance, grade, measure, occurrences, proximity, ratio
from ..samples import TRICKY, readable_checklists

SAMPLE = checklist_of(
    occurrences(0.2, id="litter"),
    ratio(10, 95, ("bus", "taxi"), id="yield"),
    grade(id="clean"),
    measure(3, id="lamps"),
    proximity(id="cafes", veto=True),
    compliance(id="signs"),
    veto_cap=60,
)
# Rows of the sheet 测评项: litter 2, yield 3, clean 4, lamps 5, cafes 6, signs 7.
COLUMNS = {heading_of(column): number for number, column in enumerate(SHEETS[1].columns, start=1)}


def edited(change: Callable[[Workbook], object], made: Checklist = SAMPLE) -> bytes:
    """The workbook of a checklist as somebody saved it after a change."""
    workbook = load_workbook(io.BytesIO(checklist_workbook(made)))
    change(workbook)
    output = io.BytesIO()
    workbook.save(output)
    return output.getvalue()


def with_cell(sheet: str, cell: str, value: object) -> bytes:
    def change(workbook: Workbook) -> None:
        workbook[sheet][cell] = value

    return edited(change)


def cell_of(heading: str, row: int) -> str:
    return f"{chr(ord('A') + COLUMNS[heading] - 1)}{row}"


def problems_of(content: bytes, plan=None) -> list[str]:
    found = parse_checklist_xlsx(content, "清单.xlsx", plan)
    assert isinstance(found, list), found
    assert found
    return [str(say(problem)) for problem in found]


def test_toml_to_workbook_to_toml_gives_equal_values_for_every_built_in_checklist(checklist, plan):
    from_workbook = parse_checklist_xlsx(checklist_workbook(checklist), "清单.xlsx", plan)
    assert from_workbook == checklist
    again = parse_checklist(checklist_to_toml(from_workbook), f"{checklist.id}.toml", plan)
    assert again == checklist
    assert again.version == checklist.version


@settings(max_examples=100, deadline=None)
@given(readable_checklists())
def test_any_checklist_comes_back_the_same(made):
    again = parse_checklist_xlsx(checklist_workbook(made), "清单.xlsx")
    assert again == made
    assert again.version == made.version


def test_a_workbook_saved_again_by_another_program_comes_back_the_same():
    assert parse_checklist_xlsx(edited(lambda workbook: None), "清单.xlsx") == SAMPLE


def test_texts_are_read_as_excel_and_wps_write_them():
    """They keep all texts in one table, in runs of different looks, with the sound of words beside them."""
    content = checklist_workbook(SAMPLE)
    texts: list[str] = []

    def shared(found: re.Match[str]) -> str:
        half = 0 if "&" in found[2] else len(found[2]) // 2
        texts.append(
            f'<si><r><t xml:space="preserve">{found[2][:half]}</t></r><r><rPr><b/></rPr>'
            f'<t xml:space="preserve">{found[2][half:]}</t></r><rPh sb="0" eb="1"><t>yin</t></rPh></si>'
        )
        return f'{found[1]} t="s"><v>{len(texts) - 1}</v></c>'

    inline = re.compile(r'(<c [^>]*?) t="inlineStr"><is><t[^>]*>([^<]*)</t></is></c>')
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(output, "w") as new:
        for part in old.infolist():
            text = old.read(part).decode()
            if part.filename.startswith("xl/worksheets/"):
                text = inline.sub(shared, text)
            if part.filename == "[Content_Types].xml":
                kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
                text = text.replace(
                    "</Types>", f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
                )
            new.writestr(part.filename, text)
        space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        new.writestr("xl/sharedStrings.xml", f'<sst xmlns="{space}">{"".join(texts)}</sst>')
    assert len(texts) > 100
    assert parse_checklist_xlsx(output.getvalue(), "清单.xlsx") == SAMPLE


@pytest.mark.parametrize("text", TRICKY)
def test_text_that_looks_like_something_else_stays_text(text):
    made = checklist_of(measure(1))
    made = Checklist(made.id, text, None, made.items)
    content = checklist_workbook(made)
    cell = load_workbook(io.BytesIO(content))["清单"]["B2"]
    assert cell.data_type == "s"
    assert cell.quotePrefix == text.startswith(("=", "+", "-", "@", "'"))
    assert parse_checklist_xlsx(content, "清单.xlsx").title == text


def test_numbers_are_numbers_lists_have_lines_and_words_are_chinese():
    sheet = load_workbook(io.BytesIO(checklist_workbook(SAMPLE)))["测评项"]
    row = {heading: sheet.cell(2, number).value for heading, number in COLUMNS.items()}
    assert row["扣分"] == 0.2
    assert row["计分方法"] == "计次扣分"
    assert row["拍照"] == "不要求"
    assert row["一票否决"] == "否"
    assert sheet.freeze_panes == "C2"
    offered = {str(choices.sqref).split("2")[0]: choices.formula1 for choices in sheet.data_validations.dataValidation}
    assert offered["D"] == '"合格判定,计次扣分,比例,等级,测量,周边场所"'
    assert len(offered) == 5


def test_the_guide_explains_every_column_and_method():
    workbook = load_workbook(io.BytesIO(checklist_workbook(SAMPLE)))
    guide = "\n".join(str(row[0]) for row in workbook["说明"].iter_rows(values_only=True))
    for word in ("扣分", "满分线", "最少观察数", "类别", "等级", "分类", "半径", "下限", "合格判定", "周边场所"):
        assert word in guide


@pytest.mark.parametrize(
    ("heading", "row", "value", "said"),
    [
        ("扣分", 2, 1.5, "不超过1"),
        ("扣分", 2, "两成", "应为大于0"),
        ("扣分", 2, None, "缺少"),
        ("扣分", 2, True, "应为大于0"),
        ("扣分", 2, datetime(2026, 1, 2), "日期"),
        ("扣分", 2, "=1/5", "公式"),
        ("扣分", 7, 0.2, "不用"),
        ("权重", 3, 0, "大于0"),
        ("权重", 3, "nan", "应为大于0"),
        ("计分方法", 4, "打分", "合格判定、计次扣分、比例、等级、测量、周边场所 之一"),
        ("维度", 2, "环境", "公共环境"),
        ("拍照", 2, "随便", "有问题时、必须、不要求 之一"),
        ("一票否决", 2, "大概", "是 或 否"),
        ("代号", 2, "Litter", "小写字母"),
        ("代号", 3, "litter", "重复"),
        ("代号", 2, None, "缺少"),
        ("标准", 2, None, "缺少"),
        ("条款", 2, None, "缺少"),
        ("满分线", 3, 0, "0到100"),
        ("最少观察数", 3, 2.5, "整数"),
        ("下限", 5, None, "「下限」 与 「上限」 至少要有一个"),
        ("半径", 6, -1, "大于0"),
    ],
)
def test_a_wrong_cell_is_told_with_sheet_row_column_and_what_is_accepted(heading, row, value, said):
    problems = problems_of(with_cell("测评项", cell_of(heading, row), value))
    assert any(problem.startswith(f"测评项 第{row}行 {heading}：") and said in problem for problem in problems), (
        problems
    )


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "where", "said"),
    [
        ("等级", "D3", 2, "等级 第3行 得分", "0到1"),
        ("等级", "D3", 1, "测评项 第4行 等级", "从高到低"),
        ("等级", "B3", "A", "测评项 第4行 等级", "重复"),
        ("等级", "A3", "cleen", "等级 第3行 测评项代号", "没有代号「cleen」"),
        ("等级", "A3", None, "等级 第3行 测评项代号", "缺少"),
        ("等级", "A3", "signs", "测评项 第7行 等级", "不用"),
        ("类别", "C2", None, "类别 第2行 含义", "缺少"),
        ("分类", "D2", "也许", "分类 第2行 禁设", "是 或 否"),
        ("清单", "C2", 101, "清单 第2行 一票否决封顶", "0到100"),
        ("清单", "C2", None, "清单 第2行 一票否决封顶", "封顶"),
        ("清单", "A2", "../x", "清单 第2行 代号", "小写"),
        ("清单", "A2", "plan", "清单 第2行 代号", "不是 plan"),
        ("清单", "A3", "second", "清单", "实有2行"),
        ("测评项", "A1", "编号", "测评项 第1行 A列", "没有名为「编号」的列"),
        ("测评项", "A1", None, "测评项 第1行", "缺少「代号」列"),
        ("测评项", "B1", "代号", "测评项 第1行", "重复「代号」列"),
        ("测评项", "Z3", "旁注", "测评项 Z列", "没有标题"),
    ],
)
def test_the_other_sheets_and_the_headings_are_checked_as_well(sheet, cell, value, where, said):
    problems = problems_of(with_cell(sheet, cell, value))
    assert any(problem.startswith(f"{where}：") and said in problem for problem in problems), problems


def test_one_wrong_cell_is_told_once():
    assert len(problems_of(with_cell("测评项", cell_of("扣分", 2), "=1/5"))) == 1
    assert len(problems_of(with_cell("测评项", cell_of("计分方法", 2), "打分"))) == 1


def test_a_percentage_is_not_taken_for_a_number():
    def change(workbook: Workbook) -> None:
        cell = workbook["测评项"][cell_of("满分线", 3)]
        cell.value, cell.number_format = 0.95, "0%"

    assert problems_of(edited(change)) == ["测评项 第3行 满分线：单元格是百分比格式，请改为常规格式后填数，例如 95"]


def test_clauses_and_units_must_be_the_plans(plan):
    problems = problems_of(with_cell("测评项", cell_of("责任单位", 2), "城管局"), plan)
    assert "测评项 第2行 责任单位：没有责任单位「城管局」，是否指 市城管局" in "\n".join(problems)


def test_what_people_do_to_tables_does_no_harm():
    """Columns and rows in another order, blank rows, sheets of their own, numbers as text, a number as a word."""

    def change(workbook: Workbook) -> None:
        items = workbook["测评项"]
        items.move_range("A2:U7", rows=3)
        items.move_range("L1:L10", cols=20)
        workbook["清单"]["C2"] = " 60 "
        workbook["清单"]["B2"] = 2026
        workbook.create_sheet("草稿")["A1"] = "=1+1"
        items[cell_of("责任单位", 5)] = " 市城管局 \n\n市公安局\n"

    found = parse_checklist_xlsx(edited(change), "清单.xlsx")
    assert isinstance(found, Checklist), found
    assert (found.title, found.veto_cap) == ("2026", 60)
    assert found.items[0].units == ("市城管局", "市公安局")
    assert found.items[1:] == SAMPLE.items[1:]


def test_a_new_item_is_read_with_words_or_with_the_names_of_toml():
    def change(workbook: Workbook) -> None:
        row = {"代号": "new", "标准": "新", "计分方法": "compliance", "权重": 1, "维度": "公共环境", "条款": "(五)4(1)"}
        for heading, value in {**row, "责任单位": "市城管局", "拍照": "always", "一票否决": True}.items():
            workbook["测评项"][cell_of(heading, 8)] = value

    found = parse_checklist_xlsx(edited(change), "清单.xlsx")
    assert isinstance(found, Checklist), found
    assert (found.items[-1].photo, found.items[-1].veto) == ("always", True)


def test_a_workbook_of_the_time_before_live_capture_is_still_read():
    """The column 现场拍摄 is younger than workbooks that people have."""

    def change(workbook: Workbook) -> None:
        items = workbook["测评项"]
        (column,) = [cell.column for cell in items[1] if cell.value == "现场拍摄"]
        items.delete_cols(column)

    assert parse_checklist_xlsx(edited(change), "清单.xlsx") == SAMPLE
