"""The figures of cases as a letter to the units (DOCX): whole, units, areas, and how every rate is defined."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime

from ...domain.cases.figures import DUE, RATES, Figures, rate_text
from ...domain.cases.spans import period_title
from ...domain.weeks import utc_text
from ...services.cases.figures import CaseFigures
from ..index.bulletin import Grid
from ..index.docx_paper import table
from ..index.packing import repacked
from ..official_paper import BODY, HEAD, paper, signature, text

_COLUMNS = ("closing", "in_time", "sent_back", "extension", "rectification")
"""What fits beside a name across the page; the whole has all."""


def case_report(figures: CaseFigures, office: str, day: date, now: datetime) -> bytes:
    """The letter that ``office`` signs on ``day``; the same figures give the same bytes at the same instant."""
    document = paper("整改情况通报", office)
    first, last = period_title(figures.first), period_title(figures.last)
    span = first if first == last else f"{first}至{last}"
    text(document, f"{span}立案的整改件，截至{day.year}年{day.month}月{day.day}日的办理情况通报如下。", BODY)
    text(document, "一、总体情况", HEAD)
    text(document, _whole(figures.whole), BODY)
    text(document, "二、各责任单位", HEAD)
    units = [(figures.names.get(one.unit, one.unit), one.figures) for one in figures.units]
    table(document, _grid("责任单位办理情况", "责任单位", units))
    text(document, "三、各区域", HEAD)
    table(document, _grid("区域办理情况", "区域", [(one.name, one.figures) for one in figures.areas]))
    text(document, "四、指标算法", HEAD)
    for words in (DUE, *(f"{rate.label}：{rate.definition}" for rate in RATES.values())):
        text(document, f"{words}。", BODY)
    signature(document, office, f"{day.year}年{day.month}月{day.day}日")
    out = io.BytesIO()
    document.save(out)
    return repacked(out.getvalue(), utc_text(now))


def _whole(whole: Figures) -> str:
    rates = "，".join(f"{rate.label}{_percent(whole, name)}" for name, rate in RATES.items())
    counts = f"共立案{whole.filed}件，应结案{whole.due}件，结案{whole.closed}件，超期未办{whole.overdue}件。"
    return f"{counts}{rates}。"


def _percent(figures: Figures, name: str) -> str:
    rate = figures.rate(name)
    return "—" if rate is None else f"{rate_text(rate)}%"


def _grid(title: str, first: str, lines: Sequence[tuple[str, Figures]]) -> Grid:
    headings = (first, "立案", "应结案", "超期", *(f"{RATES[name].label}%" for name in _COLUMNS))
    rows = tuple(
        (name, str(one.filed), str(one.due), str(one.overdue), *(rate_text(one.rate(key)) for key in _COLUMNS))
        for name, one in lines
    )
    return Grid(title, headings, (3.4, 1.1, 1.2, 1.1, *(1.5 for _ in _COLUMNS)), rows)
