"""A checklist as a workbook for people who do not edit TOML (docs/develop/checklist-spreadsheets.md).

Written and read here; what a right checklist is, is judged in ``domain/checklist_files`` alone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from ...domain.checklists.catalogue import Catalogue
from ...domain.checklists.checklist import DIMENSIONS, Checklist
from ...domain.checklists.columns import YES_NO, Column
from ...domain.checklists.files import checklist_from_table
from ...domain.checklists.methods import METHODS
from ...domain.checklists.source import Source
from ...domain.checklists.table import checklist_table
from ...domain.checklists.words import FIELD_LABELS, METHOD_LABELS, PHOTO_LABELS, VALUE_LABELS, value_label
from ...domain.problems import Details, Problem, placed
from ..cells import put
from ..workbook import MAX_ROWS, Cell, Sheet, read_workbook

_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?(e[+-]?[0-9]{1,3})?")
GUIDE = "说明"
ITEM_ID = "测评项代号"
"""Heading of the column that joins the rows of a nested table to their item."""


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """One sheet: its title and its columns; ``field`` is where its rows go in the table of a checklist.

    A younger sheet may be missing, as a younger column may.
    """

    title: str
    field: str
    columns: tuple[Column, ...]
    younger: bool = False

    @property
    def by_heading(self) -> dict[str, Column]:
        return {heading_of(column): column for column in self.columns}


def heading_of(column: Column) -> str:
    """What a column is called in the workbook."""
    return ITEM_ID if column.field == "item" else FIELD_LABELS[column.field]


_YES_NO = tuple(YES_NO.values())
_CHECKLIST = SheetLayout(
    "清单", "", (Column("id", "text", 22), Column("title", "text", 30), Column("veto_cap", "number", 16))
)
_ITEMS = SheetLayout(
    "测评项",
    "items",
    (
        Column("id", "text", 20),
        Column("text", "text", 36),
        Column("guidance", "text", 48),
        Column("method", "choice", 12, tuple(METHOD_LABELS.values())),
        Column("weight", "number", 8),
        Column("dimension", "choice", 12, DIMENSIONS),
        Column("clauses", "lines", 12),
        Column("units", "lines", 24),
        Column("sources", "lines", 36),
        Column("photo", "choice", 10, tuple(PHOTO_LABELS.values())),
        Column("live", "choice", 10, _YES_NO, younger=True),
        Column("veto", "choice", 10, _YES_NO),
        # Two methods may have a field of one name; it has one column.
        *{column.field: column for method in METHODS.values() for column in method.columns}.values(),
        Column("phrases", "lines", 36, younger=True),
        Column("problem", "text", 36, younger=True),
    ),
)
_NESTED = tuple(
    SheetLayout(nested.title, nested.field, (Column("item", "text", 20), *nested.columns), nested.younger)
    for method in METHODS.values()
    for nested in method.nested
)
SHEETS = (_CHECKLIST, _ITEMS, *_NESTED)
_GUIDANCE = (
    "这个工作簿是一个点位类型的测评清单。改好后交回，系统会逐格检查；有错误时指出在哪张表、第几行、哪一列，全部正确才会采用。",
    "一行一个测评项。不要改表名和第一行的标题，不要合并单元格，不要写公式；列和行的先后可以调整，空行不要紧。",
    "「代号」用小写字母、数字和横线，例如 small-ads。已经用过的代号不要改：改了代号，就成了另一个测评项。",
    "「条款」「责任单位」「依据」可以有几个，一行写一个（单元格内按 Alt+回车 换行）。条款和单位须与方案写法一致。",
    "「权重」只看相互比例。「一票否决」为「是」的项目失分时，全次得分率不超过「清单」表中的「一票否决封顶」（0到100，百分数）。",
    "「拍照」：有问题时——失分时须拍照或写明原因；必须——总须拍照；不要求——可拍可不拍。",
    "「现场拍摄」为「是」的项目，照片须在手机页面里当场拍，不从相册选；手机做不到的仍会收下，并标明不是现场拍摄。留空即「否」。",
    "「问题表述」是这一项不合格时，立案、督办单和曝光里对问题的称呼，如「未按公示时间开放」，最多60字；留空时写作「不符合「标准」的要求」。",
    "「常用语」是手机上备注栏下面一点就能写入的话，可以有几句，一行写一句，最多12句、每句40字。",
    "以下各列，只填所选计分方法要用的，其余留空：",
    *(method.guide for method in METHODS.values()),
)


# --- writing ---------------------------------------------------------------------------------------------------------


def checklist_workbook(checklist: Checklist) -> bytes:
    """The workbook of a checklist; ``parse_checklist_xlsx`` reads the same checklist out of it."""
    table = checklist_table(checklist)
    rows = {
        "": [table],
        "items": [{"veto": False, "live": False, **item} for item in table["items"]],
        **{layout.field: _nested_rows(layout.field, table["items"]) for layout in _NESTED},
    }
    workbook = Workbook()
    workbook.remove(workbook.active)
    for layout in SHEETS:
        _write_sheet(workbook.create_sheet(layout.title), layout, rows[layout.field])
    _write_guide(workbook.create_sheet(GUIDE), checklist)
    output = io.BytesIO()
    workbook.save(output)
    return output.getvalue()


def _nested_rows(field: str, items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "item": item["id"]} for item in items for row in item.get(field, [])]


def _write_sheet(sheet: Worksheet, layout: SheetLayout, rows: Sequence[Mapping[str, Any]]) -> None:
    for number, column in enumerate(layout.columns, start=1):
        heading = sheet.cell(1, number, heading_of(column))
        heading.font, heading.fill = Font(bold=True), PatternFill("solid", fgColor="DDE7F0")
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = column.width
        if column.kind != "number":
            # Text format: what people type into new rows stays as typed, and 1-2 does not become a date.
            sheet.column_dimensions[letter].number_format = "@"
        if column.kind == "choice":
            _offer(sheet, f"{letter}2:{letter}{MAX_ROWS}", column.accepted)
        for row, values in enumerate(rows, start=2):
            put(sheet, row, number, _written(column, values.get(column.field)))
    sheet.freeze_panes = "B2" if layout is not _ITEMS else "C2"
    if layout is not _CHECKLIST:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(layout.columns))}{max(len(rows), 1) + 1}"


def _offer(sheet: Worksheet, cells: str, accepted: Sequence[str]) -> None:
    choices = DataValidation("list", formula1=f'"{",".join(accepted)}"', allow_blank=True, showErrorMessage=True)
    choices.error = f"请选 {'、'.join(accepted)} 之一"
    choices.add(cells)
    sheet.add_data_validation(choices)


def _written(column: Column, value: Any) -> str | float | None:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    return "\n".join(value) if isinstance(value, list) else value_label(column.field, value)


def _write_guide(sheet: Worksheet, checklist: Checklist) -> None:
    sheet.column_dimensions["A"].width = 110
    for row, line in enumerate([*_GUIDANCE, f"导出自版本 {checklist.version}。"], start=1):
        put(sheet, row, 1, line)


# --- reading ---------------------------------------------------------------------------------------------------------


def parse_checklist_xlsx(content: bytes, file: str, plan: Catalogue | None = None) -> Checklist | list[Problem]:
    """The checklist of an untrusted workbook, or all that is wrong, each with sheet, row and column."""
    younger = [layout.title for layout in SHEETS if layout.younger]
    sheets = read_workbook(content, file, [layout.title for layout in SHEETS], younger)
    if isinstance(sheets, list):
        return sheets
    problems: list[Problem] = []
    rows = {
        layout.field: _rows(sheets[layout.title], layout, problems) if layout.title in sheets else []
        for layout in SHEETS
    }
    if problems:
        return problems
    if len(rows[""]) != 1:
        return [Problem("workbooks.one_row", details={"sheet": _CHECKLIST.title, "count": len(rows[""])})]
    table = {**rows[""][0].values, "items": [row.values for row in rows["items"]]}
    places = _Places(rows[""][0].place, [_ItemPlace(row.place) for row in rows["items"]])
    for layout in _NESTED:
        _attach(rows[layout.field], layout, table["items"], places, problems)
    found = checklist_from_table(table, plan, places)
    wrong_cells = [cell for of_sheet in rows.values() for row in of_sheet for cell in row.problems]
    told = [_cell_of(problem) for problem in wrong_cells]
    judged = [problem for problem in found if _cell_of(problem) not in told] if isinstance(found, list) else []
    return [*problems, *wrong_cells, *judged] or found


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that is not blank: where it stands, its values by field, and what is wrong with single cells."""

    place: Details
    values: dict[str, Any]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _ItemPlace:
    """Where an item stands, and where each row of its nested tables does."""

    item: Details
    rows: dict[str, list[Details]] = field(default_factory=dict)


class _Places(Source):
    """Sheet, row and column of a checklist's fields, in the words of the spreadsheet."""

    unknown_field = "workbooks.column_unused"

    def __init__(self, whole: Details, items: Sequence[_ItemPlace]) -> None:
        super().__init__(whole)
        self.items = items

    def item(self, number: int, table: Mapping[str, Any]) -> Details:
        return self.items[number - 1].item

    def row(self, number: int, table: Mapping[str, Any], field: str, row: int) -> Details:
        return self.items[number - 1].rows[field][row - 1]

    def field(self, field: str) -> Details:
        return {"heading": FIELD_LABELS[field]}

    def name(self, field: str) -> str:
        return f"「{FIELD_LABELS[field]}」"

    def value(self, field: str, value: object) -> str:
        return value_label(field, value)

    def title(self, field: str) -> str:
        return FIELD_LABELS[field]


def _cell_of(problem: Problem) -> Details:
    """Sheet, row and heading of a problem."""
    return {name: problem.details[name] for name in ("sheet", "row", "heading") if name in problem.details}


def _rows(sheet: Sheet, layout: SheetLayout, problems: list[Problem]) -> list[_Row]:
    headings = _headings(sheet, layout, problems)
    return [
        _row({"sheet": layout.title, "row": number}, cells, headings)
        for number, cells in sheet.rows.items()
        if number > 1 and headings
    ]


def _headings(sheet: Sheet, layout: SheetLayout, problems: list[Problem]) -> dict[int, Column]:
    """The column under each heading; empty where a heading is missing, unknown or twice."""
    written = {number: str(cell.value).strip() for number, cell in sheet.rows.get(1, {}).items()}
    complaints = [
        Problem(
            "workbooks.heading_unknown",
            details={
                "sheet": layout.title,
                "row": 1,
                "column_letter": get_column_letter(number),
                "name": heading,
                "accepted": tuple(layout.by_heading),
            },
        )
        for number, heading in written.items()
        if heading not in layout.by_heading
    ]
    for heading, column in layout.by_heading.items():
        count = list(written.values()).count(heading)
        if count != 1 and not (count == 0 and column.younger):
            complaints.append(
                Problem(
                    "workbooks.heading_repeated" if count else "workbooks.heading_missing",
                    details={"sheet": layout.title, "row": 1, "name": heading},
                )
            )
    beyond = {number for row in sheet.rows.values() for number in row if number not in written}
    complaints += [
        Problem("workbooks.heading_blank", details={"sheet": layout.title, "column_letter": get_column_letter(number)})
        for number in sorted(beyond)
    ]
    problems += complaints
    return {} if complaints else {number: layout.by_heading[heading] for number, heading in written.items()}


def _row(place: Details, cells: Mapping[int, Cell], headings: Mapping[int, Column]) -> _Row:
    values: dict[str, Any] = {}
    problems = []
    for number, cell in cells.items():
        column = headings[number]
        value = _READERS[column.kind](cell, column)
        if isinstance(value, Problem):
            problems.append(placed(value, {**place, "heading": heading_of(column)}))
        else:
            values[column.field] = value
    return _Row(place, values, tuple(problems))


def _attach(
    rows: Iterable[_Row],
    layout: SheetLayout,
    items: Sequence[dict[str, Any]],
    places: _Places,
    problems: list[Problem],
) -> None:
    """Give each row of a nested table to its item."""
    ids = [item.get("id") for item in items]
    for row in rows:
        id = row.values.pop("item", None)
        if id not in ids or id is None:
            where = {**row.place, "heading": ITEM_ID}
            known = tuple(str(id) for id in ids if id)
            problems.append(
                Problem("workbooks.item_unknown", details={**where, "id": str(id), "accepted": known})
                if id
                else Problem("reading.missing", details=where)
            )
            continue
        number = ids.index(id)
        items[number].setdefault(layout.field, []).append(row.values)
        places.items[number].rows.setdefault(layout.field, []).append(row.place)


def _text(cell: Cell, column: Column) -> str | Problem:
    """Text; a number that was typed where text belongs is taken as it is shown."""
    if isinstance(cell.value, Problem):
        return cell.value
    if isinstance(cell.value, bool):
        return Problem("workbooks.text_wanted", details={"got": YES_NO[cell.value]})
    if isinstance(cell.value, float) and cell.value.is_integer() and abs(cell.value) < 1e15:
        return str(int(cell.value))
    return str(cell.value)


def _lines(cell: Cell, column: Column) -> list[str] | Problem:
    text = _text(cell, column)
    return text if isinstance(text, Problem) else [line.strip() for line in text.split("\n") if line.strip()]


def _number(cell: Cell, column: Column) -> Any:
    """A number, also where the cell holds it as text; anything else goes on to be judged."""
    if isinstance(cell.value, str) and _NUMBER.fullmatch(cell.value.strip()):
        return float(cell.value)
    if cell.is_percentage and not isinstance(cell.value, Problem):
        return Problem("workbooks.percentage")
    return cell.value


def _choice(cell: Cell, column: Column) -> Any:
    """The value behind a word of the list; a word that is not in it goes on to be judged."""
    if isinstance(cell.value, Problem | bool):
        return cell.value
    word = str(cell.value).strip()
    by_label = {label: value for value, label in VALUE_LABELS.get(column.field, {}).items()}
    return by_label.get(word, word)


_READERS = {"text": _text, "lines": _lines, "number": _number, "choice": _choice}
