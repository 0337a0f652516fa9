"""A scheme's table as CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from ...domain.index.schemes.inputs import number_of
from ...domain.index.schemes.kept import PrintedTable, mean_to_json, standing_to_json
from ...domain.index.schemes.reading import scheme_table
from ...domain.index.schemes.scheme import PublicationScheme
from ...domain.index.schemes.standing import SchemeTable, Standing
from ...domain.numbers import exact_of, plain_text
from ..csv_text import plain
from .scheme_words import part_heading

Cell = str | Decimal | int | None
CHANGES: Mapping[bool | None, str] = {None: "", True: "超出误差", False: "变化不显著"}
"""What is said of a change, by whether it is beyond its error."""


_FIXED = (
    *("名次", "区域代码", "区域", "级别", "分组", "组内名次", "区间下限", "区间上限", "可能名次", "等级", "较上期"),
    *("变化", "进步名次", "周数", "红黑榜", "说明"),
)
"""Headings that are the table's own: a part of such a name is told apart."""


def headings(scheme: PublicationScheme, table: SchemeTable) -> list[str]:
    """The columns of a table for people; those of which no row says anything are left out."""
    return [heading for heading, _ in _columns(scheme, table)]


def lines(scheme: PublicationScheme, table: SchemeTable) -> list[list[Cell]]:
    """The rows in the columns of ``headings``."""
    columns = _columns(scheme, table)
    return [[cells[number] for _, cells in columns] for number in range(len(table.rows))]


def scheme_csv(scheme: PublicationScheme, table: SchemeTable) -> bytes:
    """The table for people, with a byte-order mark; figures as they are printed."""
    return _csv(headings(scheme, table), lines(scheme, table))


def means_csv(scheme: PublicationScheme, table: SchemeTable) -> bytes:
    """The means of levels and groups."""
    return _csv(
        ["级别", "分组", "区域数", "平均"], [[one.level, one.group, one.areas, one.total] for one in table.means]
    )


def table_json(scheme: PublicationScheme, table: SchemeTable, **head: object) -> bytes:
    """Scheme, rows and means; figures are texts, exactly as printed."""
    document = {
        **head,
        "scheme": scheme_table(scheme),
        "rows": [standing_to_json(row) for row in table.rows],
        "means": [mean_to_json(mean) for mean in table.means],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_number).encode()


def input_table(printed: PrintedTable) -> tuple[list[str], list[list[str | float | None]]]:
    """The figures that a table was computed from as ``parse_inputs`` reads them: headings and a row for each area.

    A number that a float does not hold exactly is a text.
    """
    columns = list(dict.fromkeys(column for cells in printed.inputs.values() for column in cells))
    rows: list[list[str | float | None]] = [
        [row.area, row.name, row.level, row.above, *(_exact(cells.get(column, "")) for column in columns)]
        for row in printed.table.rows
        for cells in [printed.inputs.get(row.area, {})]
    ]
    return ["区域代码", "名称", "级别", "上级", *columns], rows


def _exact(text: str) -> str | float | None:
    number = number_of(text) if text else None
    return float(number) if number is not None and exact_of(float(number)) == number else text or None


def written(cell: Cell) -> str:
    """A cell as people read it: figures with the decimals that they were rounded to, ranks without."""
    return "" if cell is None else str(cell)


def _columns(scheme: PublicationScheme, table: SchemeTable) -> list[tuple[str, list[Cell]]]:
    rows = table.rows
    is_code = any(row.area != row.name for row in rows)
    found: list[tuple[str, list[Cell]]] = [
        ("名次", [_rank(row.rank) for row in rows]),
        ("区域代码", [row.area if is_code else None for row in rows]),
        ("区域", [row.name for row in rows]),
        ("级别", [row.level for row in rows]),
        ("分组", [row.group for row in rows]),
        ("组内名次", [_rank(row.group_rank) for row in rows]),
        *_parts(scheme, rows),
        (scheme.title, [row.total for row in rows]),
        ("区间下限", [row.low for row in rows]),
        ("区间上限", [row.high for row in rows]),
        ("可能名次", [f"{row.rank_low}—{row.rank_high}" if row.rank_low else None for row in rows]),
        ("等级", [row.band for row in rows]),
        ("较上期", [row.change for row in rows]),
        ("变化", [CHANGES[row.change_sure] for row in rows]),
        ("进步名次", [_rank(row.change_rank) for row in rows]),
        ("周数", [row.weeks for row in rows]),
        ("红黑榜", ["红榜" if row.red else "黑榜" if row.black else None for row in rows]),
        ("说明", [row.note for row in rows]),
    ]
    always = ("名次", "区域")
    return [(heading, cells) for heading, cells in found if heading in always or any(map(_says, cells))]


def _parts(scheme: PublicationScheme, rows: Sequence[Standing]) -> Iterator[tuple[str, list[Cell]]]:
    for part in scheme.parts:
        heading = part_heading(part)
        taken = heading in _FIXED or heading == scheme.title
        yield f"{heading}（部分）" if taken else heading, [row.parts.get(part.id) for row in rows]


def _says(cell: Cell) -> bool:
    return cell is not None and cell != ""


def _rank(rank: Decimal | None) -> str | None:
    return None if rank is None else plain_text(rank)


def _csv(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([plain(one) for one in head])
    writer.writerows([one if isinstance(one, Decimal) else plain(written(one)) for one in row] for row in rows)
    return ("\ufeff" + text.getvalue()).encode()


def _number(value: object) -> object:
    """Weights and bounds, which a scheme is read from again, as numbers."""
    assert isinstance(value, Decimal), value
    return int(value) if value == value.to_integral_value() else float(value)
