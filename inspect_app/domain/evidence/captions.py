"""The words of a photo's caption, as inspectors know them from 水印相机 apps; never the inspector's name.

Which of them stand in it is the office's choice of a list. No free text is among them, so no choice can name anybody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from ..place.positions import SOURCE_TITLES
from ..problems import Problem
from .photo import Evidence, clock_words

FIELDS: Mapping[str, str] = {
    "office": "办公室名称",
    "time": "拍摄时间",
    "place": "区域与点位",
    "item": "测评项与条款",
    "position": "位置、误差和来源",
    "number": "测评编号",
    "hash": "照片校验值的开头",
}
"""What may stand in a caption, in its order, with what an office is told of each."""
USUAL = tuple(name for name in FIELDS if name != "office")
"""What stands in it where the office never chose."""
_SHORT = ("time", "place", "number")
"""What matters first, where a picture has no room for more."""


@dataclass(frozen=True, slots=True)
class CaptionRules:
    """The office's choice: names of ``FIELDS``, in their order. With none of them pictures have no caption."""

    fields: tuple[str, ...] = USUAL


@dataclass(frozen=True, slots=True)
class Caption:
    """The lines below a picture, and those below one that is too small for all of them."""

    lines: tuple[str, ...]
    short: tuple[str, ...]


def caption_rules(chosen: Collection[str]) -> CaptionRules | Problem:
    """A choice by names, in any order."""
    if unknown := tuple(sorted(set(chosen) - set(FIELDS))):
        return Problem("caption.field_unknown", details={"names": unknown})
    return CaptionRules(tuple(name for name in FIELDS if name in chosen))


def caption_of(
    photo: Evidence,
    rules: CaptionRules,
    *,
    office: str,
    inspection: str,
    area: str,
    site: str,
    item: str,
    clauses: str,
    timezone: tzinfo,
) -> Caption:
    """What the office wants said of a photo; times are local. ``inspection`` is the whole id, shown in part."""
    clock = clock_words(photo.clock_error_ms)
    at = f"{photo.captured_at.astimezone(timezone):%Y-%m-%d %H:%M:%S}"
    number = f"编号 {inspection[:8]}"
    words = {
        "office": office,
        "time": f"{at}（{clock}）" if clock else at,
        "place": " · ".join(part for part in (area, site) if part),
        "item": f"{item} {clauses}".strip(),
        "position": _position(photo),
        "number": number,
        "hash": f"照片 {photo.sha256[:12]}",
    }
    lines = [words[name] for name in rules.fields if words[name]]
    if rules.fields[-2:] == ("number", "hash"):
        lines[-2:] = [" · ".join(lines[-2:])]
    in_short = {"time": at, "place": site or area, "number": number}
    short = tuple(in_short[name] for name in _SHORT if name in rules.fields and in_short[name])
    return Caption(tuple(lines), short or tuple(lines))


def _position(photo: Evidence) -> str:
    fix = photo.fix
    if fix is None:
        return "无定位"
    return f"{fix.lat:.5f}, {fix.lon:.5f} ±{fix.accuracy_m:.0f}米 {SOURCE_TITLES[fix.source]}（WGS-84）"
