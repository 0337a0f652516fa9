"""All files of a week by name: their types, how each is made, and those that are frozen when it is published."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from ...domain.index.figures import PublishedWeek
from ...services.index.frozen import WeekFile
from . import package, table
from .dating import published_day
from .pictures import CARD, drawn, names_of
from .post import post_text

Maker = Callable[[PublishedWeek, date | None], bytes]
"""Makes a file of a week that was published on this day of the city; None of a preview."""


@dataclass(frozen=True, slots=True)
class Format:
    """A file that every week has: its media type, and how it is made."""

    type: str
    make: Maker


# Typesetting and spreadsheets bring large libraries: each is loaded when the first file of its kind is made.
def _workbook(week: PublishedWeek, _: date | None) -> bytes:
    from .workbook import workbook

    return workbook(week)


def _docx(week: PublishedWeek, day: date | None) -> bytes:
    from .bulletin import bulletin
    from .docx_paper import docx

    return docx(week, bulletin(week, day))


def _pdf(week: PublishedWeek, day: date | None) -> bytes:
    from .bulletin import bulletin
    from .pdf_paper import pdf

    return pdf(bulletin(week, day))


_JSON = "application/json; charset=utf-8"
_CSV = "text/csv; charset=utf-8"
FILES: dict[str, Format] = {
    "index.json": Format(_JSON, lambda week, _: table.as_json(week)),
    "areas.csv": Format(_CSV, lambda week, _: table.as_csv(table.areas_table(week))),
    "parts.csv": Format(_CSV, lambda week, _: table.as_csv(table.parts_table(week))),
    "sites.csv": Format(_CSV, lambda week, _: table.as_csv(table.sites_table(week))),
    "frame.csv": Format(_CSV, lambda week, _: table.as_csv(table.frame_table(week))),
    "response.csv": Format(_CSV, lambda week, _: table.as_csv(table.response_table(week))),
    "apart.csv": Format(_CSV, lambda week, _: table.as_csv(table.apart_table(week))),
    "areas.geojson": Format("application/geo+json", lambda week, _: table.as_geojson(week)),
    "datapackage.json": Format(_JSON, lambda week, _: package.datapackage(week)),
    "data.zip": Format("application/zip", lambda week, _: package.archive(week)),
    "index.xlsx": Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _workbook),
    "bulletin.docx": Format("application/vnd.openxmlformats-officedocument.wordprocessingml.document", _docx),
    "bulletin.pdf": Format("application/pdf", _pdf),
    # For people, with Chinese headings; head and rows for other sites; the post without the address of its page.
    "week.csv": Format(_CSV, lambda week, _: table.as_csv(table.areas_table(week), titles=True)),
    "week.json": Format(_JSON, lambda week, _: table.week_json(week)),
    "post.txt": Format("text/plain; charset=utf-8", lambda week, _: post_text(week).encode()),
}
"""Every file of a week by name; ``pictures`` has its charts."""


def made(week: PublishedWeek, name: str, zone: ZoneInfo) -> WeekFile:
    """One of ``FILES``; the same week gives the same bytes, whenever and wherever they are made."""
    return WeekFile(FILES[name].type, FILES[name].make(week, published_day(week.head.published_at, zone)))


def week_files(week: PublishedWeek, zone: ZoneInfo) -> Iterator[tuple[str, WeekFile]]:
    """All that is frozen of a week, one after the other: its files, and the pictures of its page."""
    # Most files tell of each area: read once for all, not once for each file.
    week = replace(week, details=dict(week.details))
    yield from ((name, made(week, name, zone)) for name in FILES)
    for name in names_of(week):
        if found := picture(week, name):
            yield picture_file(name), found


def picture(week: PublishedWeek, name: str) -> WeekFile | None:
    """A chart or the card of a week; None where it has none of that name."""
    content = drawn(week, name)
    return WeekFile("image/png" if name == CARD else "image/svg+xml; charset=utf-8", content) if content else None


def picture_file(name: str) -> str:
    """Under which name a picture is frozen."""
    return name if name == CARD else f"charts/{name}.svg"
