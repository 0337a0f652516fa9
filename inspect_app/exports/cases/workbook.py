"""The figures of cases as a workbook (XLSX)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from openpyxl import Workbook

from ...collections import Kept
from ...domain.cases.case import Case
from ...domain.cases.figures import DUE, RATES, Figures
from ...domain.numbers import rounded
from ...domain.text import xml_text
from ...services.cases.figures import CaseFigures, Line
from ..sheets import SheetColumn, Value, add_sheet

_RATE, _WHOLE, _HOURS = "0.00", "0", "0.0"
_MORE = ("dispatch", "closing", "extension", "rectification", "filing")
"""The rates of the last columns, each with its part; the others stand beside theirs."""
_FIGURES = (
    SheetColumn("立案", 8, _WHOLE),
    SheetColumn("结案", 8, _WHOLE),
    SheetColumn("应结案", 8, _WHOLE),
    SheetColumn("按期", 8, _WHOLE),
    SheetColumn("按期结案率（%）", 12, _RATE),
    SheetColumn("返工", 8, _WHOLE),
    SheetColumn("返工率（%）", 11, _RATE),
    SheetColumn("超期未办", 10, _WHOLE),
    SheetColumn("复发", 8, _WHOLE),
    SheetColumn("复发率（%）", 11, _RATE),
    SheetColumn("中位办理工时", 13, _HOURS),
    SheetColumn("派遣", 8, _WHOLE),
    SheetColumn("延期", 8, _WHOLE),
    SheetColumn("提出问题", 10, _WHOLE),
    SheetColumn("其中立案", 10, _WHOLE),
    *(SheetColumn(f"{RATES[name].label}（%）", 11, _RATE) for name in _MORE),
)
_DEFINITIONS = (SheetColumn("指标", 14), SheetColumn("算法", 90))
_UNITS = (SheetColumn("名次", 7, _WHOLE), SheetColumn("责任单位", 26), *_FIGURES, SheetColumn("红黄牌", 9))
_CASES = (
    SheetColumn("编号", 13),
    SheetColumn("状态", 9),
    SheetColumn("问题", 44),
    SheetColumn("地点", 28),
    SheetColumn("区域", 22),
    SheetColumn("条款", 12),
    SheetColumn("责任单位", 20),
    SheetColumn("发现日期", 12),
    SheetColumn("立案时间", 18),
    SheetColumn("期限", 18),
    SheetColumn("结案时间", 18),
    SheetColumn("第几次", 8, _WHOLE),
)
CARDS = {"red": "红牌", "yellow": "黄牌", "": None}


def workbook(
    figures: CaseFigures, cases: Sequence[Kept[Case]], city: str, area: Mapping[str, str], timezone: ZoneInfo
) -> bytes:
    """A sheet for each grouping, the cases, and 指标说明. ``area`` are names by code, times local to ``timezone``."""
    about = f"{city}整改统计 {figures.first}—{figures.last}"
    book = Workbook()
    book.remove(book.active)
    book.properties.title, book.properties.creator = xml_text(about), xml_text(city)
    add_sheet(book, "责任单位", about, _UNITS, _units(figures), "C2")
    groups = {"区域": figures.areas, "条款": figures.clauses, "周": figures.weeks, "月": figures.months}
    for name, lines in groups.items():
        add_sheet(book, name, about, (SheetColumn(name, 30), *_FIGURES), _lines(lines), "B2")
    add_sheet(book, "整改件", about, _CASES, _cases(cases, figures.names, area, timezone), "D2")
    add_sheet(book, "指标说明", about, _DEFINITIONS, _definitions(), "A2")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _units(figures: CaseFigures) -> Iterable[Sequence[Value]]:
    for line in figures.units:
        name = figures.names.get(line.unit, line.unit)
        yield (line.rank, name, *_values(line.figures), CARDS[line.card])
    yield (None, "合计", *_values(figures.whole), None)


def _lines(lines: Iterable[Line]) -> Iterable[Sequence[Value]]:
    for line in lines:
        yield (line.name, *_values(line.figures))


def _definitions() -> Iterable[Sequence[Value]]:
    yield ("应结案", DUE.partition("：")[2])
    for rate in RATES.values():
        yield (rate.label, rate.definition)


def _values(figures: Figures) -> tuple[Value, ...]:
    return (
        figures.filed, figures.closed, figures.due, figures.in_time, _rate(figures, "in_time"), figures.sent_back,
        _rate(figures, "sent_back"), figures.overdue, figures.recurrent, _rate(figures, "recurrence"),
        figures.median_hours, figures.dispatched, figures.extended, figures.reported, figures.reported_filed,
        *(_rate(figures, name) for name in _MORE),
    )  # fmt: skip


def _rate(figures: Figures, name: str) -> float | None:
    """As it is printed: a program that rounds the quotient anew may print another digit."""
    rate = figures.rate(name)
    return None if rate is None else float(rounded(rate))


def _cases(
    cases: Iterable[Kept[Case]], units: Mapping[str, str], area: Mapping[str, str], timezone: ZoneInfo
) -> Iterable[Sequence[Value]]:
    def local(at: datetime | None) -> str | None:
        return f"{at.astimezone(timezone):%Y-%m-%d %H:%M}" if at else None

    for kept in cases:
        case = kept.value
        yield (
            kept.id,
            case.state.label,
            case.title,
            case.place.name,
            area.get(case.area, case.area),
            "、".join(case.clauses),
            units.get(case.unit),
            case.found_on,
            local(case.filed_at),
            local(case.deadline),
            local(case.closed_at),
            case.recurrence.times,
        )
