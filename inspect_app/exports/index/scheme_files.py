"""A published table of a scheme as files (letter, workbook, CSV, JSON): the same table gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from ...domain.index.schemes.kept import PrintedTable
from ...domain.index.schemes.standing import Standing
from ...domain.numbers import plain_text
from ...domain.text import xml_text
from ...services.index.frozen import WeekFile
from ...services.index.schemes import TABLE_FILE, SchemeFilesMaker
from . import LICENCE, LICENCE_URL
from .bulletin import Block, Bulletin, Grid, Heading, Paragraph
from .dating import day_text, published_day
from .packing import repacked
from .scheme_tables import CHANGES, headings, input_table, lines, scheme_csv, table_json
from .scheme_words import part_heading, scheme_words

_JSON, _CSV = "application/json; charset=utf-8", "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SCHEME_FILES = {"table.xlsx": "工作簿（XLSX）", "letter.docx": "通报（DOCX）", "letter.pdf": "通报（PDF）"}
SCHEME_DATA = {"table.csv": "表格（CSV）", TABLE_FILE: "JSON"}
_MOST_PARTS = 4
"""Parts that fit into a letter's table; the workbook has them all."""
_NAMED = 8


def maker_for(zone: ZoneInfo) -> SchemeFilesMaker:
    """Makes the files of a table; letters bear the day of publication in this zone."""
    return partial(scheme_files, zone=zone)


def scheme_files(printed: PrintedTable, zone: ZoneInfo) -> Iterator[tuple[str, WeekFile]]:
    """All files of a table by name."""
    # Typesetting brings large libraries, which are loaded when they are needed.
    from .docx_paper import docx_of
    from .pdf_paper import pdf

    letter = scheme_letter(printed, zone)
    yield TABLE_FILE, WeekFile(_JSON, printed_json(printed))
    yield "table.csv", WeekFile(_CSV, scheme_csv(printed.scheme, printed.table))
    yield "table.xlsx", WeekFile(_XLSX, scheme_workbook(printed))
    yield "letter.docx", WeekFile(_DOCX, docx_of(letter, printed.published_at))
    yield "letter.pdf", WeekFile("application/pdf", pdf(letter))


def printed_json(printed: PrintedTable) -> bytes:
    """The table with its head and the scheme that it was computed by."""
    names = ("city", "edition", "period", "period_title", "weeks", "lacking", "revision", "published_at", "reason")
    head = {name: getattr(printed, name) for name in names}
    head |= {"industries": printed.industries} if printed.industries else {}
    head |= {"inputs": printed.inputs} if printed.inputs else {}
    head |= {"new_scale": True} if printed.new_scale else {}
    head |= {"chosen": printed.chosen} if printed.chosen else {}
    head |= {"few": printed.few} if printed.few else {}
    return table_json(printed.scheme, printed.table, **head, licence=LICENCE, licence_url=LICENCE_URL)


def scheme_workbook(printed: PrintedTable) -> bytes:
    """Sheets 排名, 平均, 数据 and 方案."""
    from openpyxl import Workbook

    from ..sheets import SheetColumn, Value, add_sheet

    book = Workbook()
    book.remove(book.active)
    about = f"{printed.city}{printed.scheme.title} {printed.period_title}"
    book.properties.title, book.properties.creator = xml_text(about), xml_text(printed.city)
    shown = "0" + ("." + "0" * printed.scheme.decimals if printed.scheme.decimals else "")
    names = headings(printed.scheme, printed.table)
    columns = [
        SheetColumn(name, 18 if name in ("区域", "说明") else 11, "" if name in _WORDS else shown) for name in names
    ]
    rows: list[list[Value]] = [
        [float(cell) if isinstance(cell, Decimal) else cell for cell in row]
        for row in lines(printed.scheme, printed.table)
    ]
    add_sheet(book, "排名", about, columns, rows, frozen="B2")
    means: list[list[Value]] = [
        [one.level, one.group or "全部", one.areas, float(one.total)] for one in printed.table.means
    ]
    mean_columns = [SheetColumn("级别", 12), SheetColumn("分组", 18), SheetColumn("区域数", 9, "0")]
    add_sheet(book, "平均", about, [*mean_columns, SheetColumn("平均", 11, shown)], means, frozen="A2")
    if printed.inputs:
        names, inputs = input_table(printed)
        add_sheet(book, "数据", about, [SheetColumn(name, 14) for name in names], inputs, frozen="C2")
    add_sheet(book, "方案", about, [SheetColumn("说明", 100)], [[line] for line in scheme_words(printed)], frozen="A2")
    out = io.BytesIO()
    book.save(out)
    return repacked(out.getvalue(), printed.published_at)


_WORDS = (
    "名次",
    "区域代码",
    "区域",
    "级别",
    "分组",
    "组内名次",
    "可能名次",
    "等级",
    "变化",
    "进步名次",
    "红黑榜",
    "周数",
    "说明",
)


def scheme_letter(printed: PrintedTable, zone: ZoneInfo) -> Bulletin:
    """The letter: the result by level, groups, lists and progress, and how it was put together."""
    blocks: list[Block] = [Paragraph(f"现将{printed.period_title}{printed.scheme.title}通报如下。")]
    if printed.reason:
        blocks.append(Paragraph(f"{'更正' if printed.revision > 1 else ''}说明：{printed.reason}。"))
    for level in dict.fromkeys(row.level for row in printed.table.rows):
        rows = [row for row in printed.table.rows if row.level == level]
        blocks += [Heading(f"各{level or '区域'}情况"), *_told(printed, rows), _grid(printed, level, rows)]
    if len(printed.scheme.under("")) > _MOST_PARTS:
        blocks.append(Paragraph(f"表中是前{_MOST_PARTS}部分，其余部分见工作簿。"))
    blocks += [Heading("说明"), *(Paragraph(line) for line in scheme_words(printed))]
    return Bulletin(
        title=f"{printed.city}{printed.scheme.title}通报",
        addressees="各有关单位：",
        blocks=tuple(blocks),
        signed=printed.city,
        day=day_text(published_day(printed.published_at, zone)),
    )


def _told(printed: PrintedTable, rows: list[Standing]) -> Iterator[Block]:
    ranked = [row for row in rows if row.rank is not None]
    means = [one for one in printed.table.means if rows and one.level == rows[0].level]
    said = [f"{one.group or '平均'}{'平均' if one.group else ''}{one.total}" for one in means if len(ranked) > 1]
    lists = (("红榜", [row.name for row in rows if row.red]), ("黑榜", [row.name for row in rows if row.black]))
    said += [f"{title}：{_names(names)}" for title, names in lists if names]
    moved = [row for row in ranked if row.change_rank == 1 and row.change is not None and row.change > 0]
    said += [f"进步最大的：{_names([f'{row.name}（{_moved(row)}）' for row in moved])}"] if moved else []
    unranked = [f"{row.name}（{row.note}）" for row in rows if row.rank is None]
    said += [f"不排名的：{_names(unranked)}"] if unranked else []
    if said:
        yield Paragraph("；".join(said) + "。")


def _moved(row: Standing) -> str:
    """A change as it is written, and that it is within its error where it is."""
    if row.change is None:
        return ""
    number = f"{row.change:+}" if row.change else str(row.change)
    return f"{number}，{CHANGES[False]}" if row.change_sure is False else number


def _names(names: list[str]) -> str:
    return "、".join(names[:_NAMED]) + (f"等{len(names)}个" if len(names) > _NAMED else "")


def _grid(printed: PrintedTable, level: str, rows: list[Standing]) -> Grid:
    parts = printed.scheme.under("")[:_MOST_PARTS]
    optional = [
        ("分组", [row.group for row in rows]),
        ("95%区间", [f"{row.low}—{row.high}" if row.low is not None else "" for row in rows]),
        ("等级", [row.band for row in rows]),
        ("较上期", [_moved(row) for row in rows]),
    ]
    columns = [
        ("名次", [plain_text(row.rank) if row.rank is not None else "—" for row in rows]),
        ("区域", [row.name for row in rows]),
        *[(part_heading(part), [str(row.parts.get(part.id, "—")) for row in rows]) for part in parts],
        ("总分", [str(row.total) if row.total is not None else "—" for row in rows]),
        *[(title, cells) for title, cells in optional if any(cells)],
    ]
    widths = tuple(2.6 if title in ("区域", "95%区间") else 1.5 for title, _ in columns)
    cells = zip(*(column for _, column in columns), strict=True)
    return Grid(
        f"各{level or '区域'}{printed.scheme.title}", tuple(title for title, _ in columns), widths, tuple(cells)
    )
