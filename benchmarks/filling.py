"""A large installation on PostgreSQL in minutes: the demonstration's own documents, copied under other names.

The demonstration is made first as ever (real submissions, photos, reviews, cases). Each of its visits of a week that is
over is a mould: site, area, inspector, id and dates of it become others, all else stays as the program wrote it; with
it go the checks of its photos and the cases of its findings. The rows are sent by COPY, and indexed as the store does.
Everything follows from the numbers asked for: twice the same numbers are the same rows.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from inspect_app.collections import Kept
from inspect_app.collections.cases.case import CASES, FILED
from inspect_app.collections.collection import Collection
from inspect_app.collections.evidence.checks import PHOTO_CHECKS
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.collections.place.area import AREAS
from inspect_app.collections.place.site import SITES
from inspect_app.demo import fill_demo
from inspect_app.domain.cases.case import Case
from inspect_app.domain.place.areas import Area, AreaOnRecord
from inspect_app.domain.weeks import first_day, week_of
from inspect_app.services import Services, open_services
from inspect_app.services.place.register import BUILT_IN_AREAS, area_tree
from inspect_app.settings import Settings, settings_from
from inspect_app.store import Layout
from inspect_app.store.lines import text_of
from inspect_app.store.postgres.connecting import Database, statement
from inspect_app.store.postgres.schema import content_columns, content_of, make_week
from inspect_app.store.postgres.texts import WHOLE, ids_of, table_of
from tests.areas import import_areas

NOW = datetime(2026, 11, 27, 2, tzinfo=UTC)
"""When the demonstration is made: its weeks are 2026-W46 to W48."""
_SITE, _AREA, _INSPECTOR, _ID, _POSITION, _CASE = "S@@@@@@@@", "@AREA@@@@", "p@@@@@", "@ID@", "@AT@", "@NUMBER@@@@"
"""What is replaced in each row; what may stand in bytes is as long as what replaces it."""
_IN_BYTES = {mark: mark.encode().hex() for mark in (_SITE, _AREA, _INSPECTOR)}
_MARKS = re.compile("(" + "|".join((_SITE, _AREA, _INSPECTOR, _ID, _POSITION, _CASE, *_IN_BYTES.values())) + ")")
_DATE = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is to be filled in: ``visits`` in each week, each of another site while there are ``sites``."""

    weeks: tuple[str, ...]
    sites: int
    visits: int
    streets: int = 0
    """So many further streets with counties, cities and provinces above; 0: the city's own."""
    cases: bool = True


def founded(data: Path, address: str) -> tuple[Settings, dict[str, str]]:
    """A new installation on an empty database with its demonstration; its settings, and its accounts' passwords."""
    settings = settings_from({"INSPECT_DATA": str(data), "INSPECT_DATABASE": address, "INSPECT_PHOTO_WORK": ""})
    services = open_services(settings)
    import_areas(services.store, BUILT_IN_AREAS.read_text("utf-8"), BUILT_IN_AREAS.name)
    passwords = fill_demo(services, NOW)
    services.store.close()
    return settings, passwords


def filled(settings: Settings, size: Size) -> Counter[str]:
    """Fill an installation with a demonstration; how many documents came into each collection."""
    services = open_services(settings)
    areas = _areas(size.streets)
    streets = [code for code in areas if len(code) == 9]
    streets = streets or [area.code for area in area_tree(services.store) if len(area.code) == 9]
    found = _Filling(_patterns(services), size, streets)
    services.store.close()
    with psycopg.connect(settings.database) as database:
        put = _Putting(database)
        put.put(AREAS, "", ((_row_of(area)) for area in areas.values()))
        put.put(SITES, "", found.sites())
        for number, week in enumerate(size.weeks):
            for part, collection in _COLLECTIONS.items():
                if size.cases or part not in ("cases", "filed"):
                    put.put(collection, week if collection.weekly else "", found.of(number, week, part))
    with psycopg.connect(settings.database, autocommit=True) as database:
        database.execute(b"ANALYZE")
    _verify(settings, size)
    return put.counts


def _verify(settings: Settings, size: Size) -> None:
    """What was filled in is what the program reads, and would write the same."""
    services = open_services(settings)
    for collection in (INSPECTIONS, PHOTO_CHECKS, SITES, CASES):
        week = {"week": size.weeks[-1]} if collection.weekly else {}
        for stored in services.store.page(collection.name, limit=100, newest=True, **week).stored:
            again = collection.written(collection.kept(stored).value)
            assert text_of(again) == text_of(stored.document), (collection.name, stored.id)
    assert not services.store.read_all()
    services.store.close()


def _row_of(area: Area) -> list[str]:
    return _Mould.of(AREAS, area.code, AreaOnRecord(area), {}).cut()


@dataclass(frozen=True, slots=True)
class _Mould:
    """A document of the demonstration in which what others have otherwise is marked, as JSON."""

    collection: Collection[Any]
    id: str
    text: str

    @classmethod
    def of(cls, collection: Collection[Any], id: str, value: Any, told: Mapping[str, str]) -> _Mould:
        text = text_of(collection.written(value)).decode()
        for old, mark in told.items():
            text = text.replace(old, mark)
        return cls(collection, id, text)

    def cut(self, week: str = "", later: timedelta = timedelta()) -> list[str]:
        """Its row as COPY takes it, in a week, cut at the marks: every second part is one."""
        text = _DATE.sub(lambda found: str(date.fromisoformat(found[0]) + later), self.text)
        document = json.loads(text)
        if week:
            document["week"] = week
        layout, text = self.collection.layout, text_of(document).decode()
        own = [self.id, *([week] if layout.weekly else []), _POSITION, "1"]
        return _MARKS.split(_row([*own, *content_of(layout, self.id, document, text, revision=1)]))


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A visit of the demonstration with all that belongs to it; ``parts`` are the keys of ``_COLLECTIONS``."""

    week: str
    site: _Mould
    parts: Mapping[str, tuple[_Mould, ...]]


def _patterns(services: Services) -> dict[str, list[_Pattern]]:
    """Those of weeks that are over, by site type."""
    store, found = services.store, dict[str, list[_Pattern]]()
    sites = {kept.id: kept.value for kept in SITES.find(store)}
    cases: dict[str, list[Kept[Case]]] = {}
    for case in CASES.find(store):
        cases.setdefault(case.value.inspection, []).append(case)
    for kept in INSPECTIONS.find(store):
        visit = kept.value
        if visit.week >= week_of(NOW, services.settings.timezone):
            continue
        told = {visit.site.code: _SITE, visit.area: _AREA, visit.inspector: _INSPECTOR, kept.id: _ID}
        mine, checks = cases.get(kept.id, []), PHOTO_CHECKS.get(store, kept.id)
        parts = {
            "visits": (_Mould.of(INSPECTIONS, _ID, visit, told),),
            "checks": (_Mould.of(PHOTO_CHECKS, _ID, checks.value, told),) if checks else (),
            "cases": tuple(_Mould.of(CASES, _CASE, one.value, {**told, one.id: _CASE}) for one in mine),
            "filed": tuple(_Mould.of(FILED, f"{_ID}/{one.value.item}", _CASE, {}) for one in mine),
        }
        site = replace(sites[visit.site.code], code=_SITE, area=_AREA)
        found.setdefault(visit.checklist, []).append(_Pattern(visit.week, _Mould.of(SITES, _SITE, site, {}), parts))
    return found


_COLLECTIONS: Mapping[str, Collection[Any]] = {
    "visits": INSPECTIONS,
    "checks": PHOTO_CHECKS,
    "cases": CASES,
    "filed": FILED,
}


class _Filling:
    """The rows of an installation of some size, without their places."""

    def __init__(self, patterns: Mapping[str, list[_Pattern]], size: Size, streets: Sequence[str]) -> None:
        self._types = [patterns[name] for name in sorted(patterns)]
        self._size, self._streets = size, streets
        self._cases: Counter[str] = Counter()

    def sites(self) -> Iterator[list[str]]:
        cut = [some[0].site.cut() for some in self._types]
        return (self._told(cut[n % len(cut)], n) for n in range(self._size.sites))

    def of(self, number: int, week: str, part: str) -> Iterator[list[str]]:
        """Those of one part of all visits of a week, which is the ``number``th."""
        cut = [[self._cut(one, part, week) for one in some] for some in self._types]
        size = self._size
        for n in range(size.visits):
            site = (number * size.visits + n) % size.sites
            some = cut[site % len(cut)]
            # So that no street and no site always has the same pattern.
            for line in some[(site // len(cut) * 7 + number * 13 + site // 911) % len(some)]:
                self._cases[part] += 1
                id = uuid.UUID(int=(number + 1 << 96) + (4 << 76) + (8 << 60) + n)
                yield self._told(line, site, str(id), f"2025-{self._cases[part]:06}")

    def _cut(self, pattern: _Pattern, part: str, week: str) -> list[list[str]]:
        later = first_day(week) - first_day(pattern.week)
        return [mould.cut(week, later) for mould in pattern.parts[part]]

    def _told(self, line: list[str], site: int, id: str = "", case: str = "") -> list[str]:
        """A row with other names at its marks; its place is left as it is."""
        street = site // len(self._types) % len(self._streets)
        inspector = f"p{street % 340 * 25 + site % 25:05}" if self._size.streets else f"demo-{site % 3 + 1}"
        told = {_SITE: f"S{site:08}", _AREA: self._streets[street], _INSPECTOR: inspector, _ID: id, _CASE: case}
        told |= {_IN_BYTES[mark]: told[mark].encode().hex() for mark in _IN_BYTES}
        row = line.copy()
        for place in range(1, len(row), 2):
            row[place] = told.get(row[place], row[place])
        return row


class _Putting:
    """Rows on their way into a database, whose ``_head`` this transaction has locked."""

    def __init__(self, database: Database) -> None:
        self._database = database
        row = database.execute(b"SELECT position, changed FROM _head FOR UPDATE").fetchone()
        assert row
        self._position, self._changed = row[0], row[1] + 1
        self.counts: Counter[str] = Counter()

    def put(self, collection: Collection[Any], week: str, rows: Iterable[list[str]]) -> None:
        """Put rows into a part of a collection: of a week that has nothing yet, before there are indexes."""
        layout, before = collection.layout, self._position
        if week:
            make_week(self._database, layout, week, fill=lambda table: self._copy(layout, table, rows))
            ids = f"INSERT INTO {ids_of(layout.name)} SELECT id, week, revision FROM {table_of(layout.name, week)}"
            self._database.execute(statement(ids))
        else:
            self._copy(layout, table_of(layout.name), rows)
        count = self._position - before
        self.counts[layout.name] += count
        if not count:
            return
        self._database.execute(
            b"INSERT INTO _parts VALUES (%s, %s, %s, %s) ON CONFLICT (collection, part) DO UPDATE "
            b"SET changed = excluded.changed, documents = _parts.documents + excluded.documents",
            (layout.name, week or WHOLE, self._changed, count),
        )
        self._database.execute(b"UPDATE _head SET position = %s, changed = %s", (self._position, self._changed))

    def _copy(self, layout: Layout, table: str, rows: Iterable[list[str]]) -> None:
        columns = ", ".join(
            ["id", *(["week"] if layout.weekly else []), "position", "revision", *content_columns(layout)]
        )
        with self._database.cursor() as cursor, cursor.copy(statement(f"COPY {table} ({columns}) FROM STDIN")) as copy:
            for row in rows:
                self._position += 1
                row[row.index(_POSITION)] = str(self._position)
                copy.write("".join(row))


def _row(values: Iterable[object]) -> str:
    """A row as COPY takes it."""
    return "\t".join(map(_escaped, map(_value, values))) + "\n"


def _value(value: object) -> str:
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, list):
        return "{" + ",".join('"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"' for one in value) + "}"
    return str(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def _areas(streets: int) -> dict[str, Area]:
    """Streets over 31 provinces, 340 cities and 2,846 counties, with all above them, by code."""
    found: dict[str, Area] = {}
    for n in range(streets):
        city = n % 340
        province, county = f"{city % 31 + 11}", n // 340 % 9
        codes = [province, f"{province}{city // 31 + 60}", "", f"{n // 3060:03}"]
        codes[2] = f"{codes[1]}{county + 10}"
        codes[3] = f"{codes[2]}{codes[3]}"
        for above, code in zip(("", *codes), codes, strict=False):
            found.setdefault(code, Area(code, code, above))
    return found
