"""Areas and how they changed, as documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.place.area_history import AreaChange
from ...domain.place.areas import Area, AreaOnRecord
from ..collection import Collection, Document


def _read(code: str, document: Mapping[str, Any]) -> AreaOnRecord:
    area = Area(code, document["name"], document["parent"])
    return AreaOnRecord(area, document.get("outline"), document.get("by_change", False))


def _write(kept: AreaOnRecord) -> Document:
    return {
        "name": kept.area.name,
        "parent": kept.area.parent,
        **({"by_change": True} if kept.by_change else {}),
        **({"outline": kept.outline} if kept.outline else {}),
    }


AREAS: Collection[AreaOnRecord] = Collection("areas", _read, _write)
"""The areas from the beginning, and outlines of areas; an id is the area's division code."""


def _read_change(number: str, document: Mapping[str, Any]) -> AreaChange:
    return AreaChange(
        number=int(number),
        week=document["from"],
        areas=tuple(Area(**area) for area in document["areas"]),
        merged=document["merged"],
        reason=document["reason"],
        by=document["by"],
        at=document["at"],
        withdrawn=document["withdrawn"],
    )


def _write_change(change: AreaChange) -> Document:
    return {
        "from": change.week,
        "areas": [{"code": area.code, "name": area.name, "parent": area.parent} for area in change.areas],
        "merged": dict(change.merged),
        "reason": change.reason,
        "by": change.by,
        "at": change.at,
        "withdrawn": change.withdrawn,
    }


def change_id(number: int) -> str:
    """The id of the change with a number."""
    return f"{number:06d}"


AREA_CHANGES: Collection[AreaChange] = Collection("area_changes", _read_change, _write_change)
"""Changes to the tree of areas; appended to, and read in order. An id is ``change_id`` of the change's number."""
