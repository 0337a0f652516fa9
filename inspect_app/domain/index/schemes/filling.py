"""What an office fills in for a scheme's period, out of a table that it keeps in a spreadsheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ...problems import Details, Problem
from ...reading import nearest
from ...tables import Headings, RawTable, heading_key, read_table
from .headings import without_none
from .inputs import complaint
from .kept import SchemeFigures
from .scheme import FILLED_IN, PublicationScheme

CODE, NAME = "区域代码", "区域"
"""The columns that say of which area a row is; the code counts where a row has both."""
MOST_TYPED = 50
"""Characters of a figure as it is typed."""
_CODES = ("区划代码", "代码", "area", "code")
_NAMES = ("地区", "街道", "单位", "名称", "区域名称", "name")


@dataclass(frozen=True, slots=True)
class FillingHeadings(Headings):
    """A scheme's columns: one that is named exactly is meant, whatever another one is called without its brackets."""

    def named(self, heading: object) -> str | None:
        return str(heading) if heading in self.aliases else Headings.named(self, heading)


def filling_headings(scheme: PublicationScheme) -> Headings:
    """The columns of the table: the area, and each figure that is filled in."""
    figures = {column: (heading_key(column),) for column in scheme.columns}
    areas = {CODE: _CODES, NAME: _NAMES}
    return FillingHeadings(figures | {name: own for name, own in areas.items() if name not in figures}, key=NAME)


def renamed_columns(scheme: PublicationScheme, earlier: Iterable[PublicationScheme]) -> dict[str, str]:
    """By columns that a scheme has no more, those that the same parts have their figures in."""
    own = _columns_by_part(scheme)
    found: dict[str, set[str]] = {}
    for one in earlier:
        for part, column in _columns_by_part(one).items():
            if column not in scheme.columns and part in own:
                found.setdefault(column, set()).add(own[part])
    return {column: only for column, (only, *others) in found.items() if not others}


def renamed_figures(figures: SchemeFigures, columns: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The figures, those of columns that were renamed under the new name; what that has already stands."""
    return {
        area: {
            **{columns[column]: text for column, text in cells.items() if column in columns},
            **{column: text for column, text in cells.items() if column not in columns},
        }
        for area, cells in figures.items()
    }


def _columns_by_part(scheme: PublicationScheme) -> dict[tuple[str, str], str]:
    return {
        (part.id, name): column
        for part in scheme.parts
        if part.source in FILLED_IN
        for name, column in (("of", part.column), ("base", part.base))
        if column
    }


def parse_filling(
    table: RawTable | str, file: str, scheme: PublicationScheme, areas: Mapping[str, tuple[str, ...]]
) -> dict[str, dict[str, str]] | list[Problem]:
    """By area and column what the table says, as it was typed; or all that is wrong, by row.

    ``areas`` are those that the scheme asks figures of: by code, the names that they go by. Every column has to be
    there; a cell that is empty says nothing.
    """
    read = read_table(table, file, filling_headings(scheme), (NAME, *scheme.columns))
    if isinstance(read, list):
        return read
    codes = _codes_by_name(areas)
    problems: list[Problem] = []
    found: dict[str, dict[str, str]] = {}
    for number, row in without_none(read.items()).items():
        where: Details = {"file": file, "row": number}
        said = row.get(CODE) or row[NAME]
        area = said if said in areas else codes.get(said, "")
        problems += _row_problems(row, scheme, said, area, area in found, where, codes)
        found[area] = {column: row[column] for column in scheme.columns if row[column]}
    if not read:
        problems.append(Problem("index.no_figures", details={"file": file}))
    return problems or found


def _complaint(column: str, text: str) -> str:
    return "schemes.figure_malformed" if len(text) > MOST_TYPED else complaint(column, text)


def _codes_by_name(areas: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The areas by name; a name that several go by is none of them."""
    times = Counter(name for names in areas.values() for name in set(names))
    return {name: code for code, names in areas.items() for name in names if times[name] == 1}


def _row_problems(
    row: Mapping[str, str],
    scheme: PublicationScheme,
    said: str,
    area: str,
    again: bool,
    where: Details,
    names: Collection[str],
) -> list[Problem]:
    problems = []
    if not said:
        problems.append(Problem("schemes.area_missing", details=where))
    elif not area:
        near = nearest(said, names)[:1]
        problems.append(Problem("schemes.area_not_asked", details={**where, "area": said, "near": near}))
    elif again:
        problems.append(Problem("schemes.area_repeated", details={**where, "area": said}))
    problems += [
        Problem(code, details={**where, "column": column, "value": row[column][:MOST_TYPED]})
        for column in scheme.columns
        if row[column] and (code := _complaint(column, row[column]))
    ]
    return problems
