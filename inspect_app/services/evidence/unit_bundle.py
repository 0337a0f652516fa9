"""The evidence bundle of one finding for the responsible unit: what was found where and on which day, and its pictures.

It is made of a list of fields, not of what is kept less something: nobody can tell from it who inspected, by which
phone, at what time, and no hash in it is over anything that is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import IO

from ...collections import Kept
from ...domain.accounts.scope import Scope
from ...domain.inspecting.inspection import Inspection
from ...domain.problems import Problem
from ...domain.weeks import day_text
from .. import Services
from ..audit import logged
from ..place.register import area_tree
from .bundle import HOW_TO_VERIFY, as_json, assert_held, found_finding, no_finding, written
from .marking import marks_on
from .shared_copies import shared_copy

_README = """证据包，交责任单位。

照片只有画面：重新编码，裁成同一尺寸，不含拍摄设备、时刻和位置；日期为测评当日。
原始照片由办公室保存，法院等依法调取时由管理员另行导出。
"""


@dataclass(frozen=True, slots=True)
class UnitSite:
    """The site as the register has it; WGS-84 degrees."""

    code: str
    name: str
    type: str
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True)
class UnitItem:
    id: str
    text: str
    clauses: tuple[str, ...]
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitDecision:
    decision: str
    on: str


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """All that a unit's bundle says of a finding; days are the city's, ``2026-11-23``."""

    day: str
    week: str
    area: str
    site: UnitSite
    item: UnitItem
    found: str
    decision: UnitDecision | None


def unit_bundle(
    services: Services, who: str, id: str, item: str, now: datetime, *, scope: Scope
) -> IO[bytes] | list[Problem]:
    """The ZIP of a finding for a unit, in a temporary file that the caller closes. Exporting is logged.

    Raises ``OriginalDamaged`` and ``KeyLost`` as ``sealed_bundle``.
    """
    kept = found_finding(services, id, item, scope)
    if kept is None:
        return [no_finding(id, item)]
    assert_held(services, kept, item)
    services.office.refuse_lost()
    with logged(services, who, "evidence.exported", f"{id}/{item}", now):
        about = {
            "format": "inspect-unit-bundle",
            "version": 1,
            "exported_on": day_text(now, services.settings.timezone),
        }
        return written(services.office, about, _files(services, kept, item))


def _files(services: Services, kept: Kept[Inspection], item: str) -> Iterator[tuple[str, bytes]]:
    record = _record(services, kept, item)
    yield "readme.txt", (_README + HOW_TO_VERIFY).encode()
    yield "record.json", as_json(asdict(record))
    for number, sha256 in enumerate(dict.fromkeys(photo.sha256 for photo in kept.value.photos_of(item)), start=1):
        lines = [record.day, f"{record.area} · {record.site.name}", record.item.text]
        marks = marks_on(kept.value, sha256)
        if (picture := shared_copy(services, sha256, marks=marks, lines=lines, anew=True)) is not None:
            yield f"pictures/{number:02}.jpg", picture


def _record(services: Services, kept: Kept[Inspection], item: str) -> UnitRecord:
    inspection, site = kept.value, kept.value.site
    found = services.library.kept(inspection.version).item(item)
    review, place = inspection.reviews.get(item), site.place
    return UnitRecord(
        day=day_text(inspection.started_at, services.settings.timezone),
        week=inspection.week,
        area=area_tree(services.store, inspection.week).full_name(inspection.area),
        site=UnitSite(site.code, site.name, site.site_type, place.lat if place else None, place.lon if place else None),
        item=UnitItem(item, found.text, found.clauses, found.units),
        found=inspection.item(item).detail,
        decision=UnitDecision(review.decision, day_text(review.at, services.settings.timezone)) if review else None,
    )
