"""Evidence (照片证据): one photo as the phone describes it, and how that is told to readers."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from ..numbers import is_number
from ..place.positions import Fix, Located, fix_from_json, fix_to_json, parse_fix
from ..place.proximity import Extended, metres_from
from ..problems import Details, Problem, deeper
from ..weeks import instant_from, instant_of, utc_text
from .marks import Mark, mark_from_json, mark_to_json, parse_marks

CAPTURE_TITLES: Mapping[str, str] = {"live": "现场拍摄", "camera": "系统相机", "gallery": "相册"}
"""How a photo came about: in the page's own camera (it was taken then), in the phone's camera, picked from a file."""
NO_FIX_TITLES: Mapping[str, str] = {
    "denied": "没有定位权限",
    "unavailable": "手机定不了位",
    "timeout": "定位超时",
    "insecure": "页面不是经 HTTPS 打开",
    "unsupported": "浏览器不支持定位",
}
"""Why a photo carries no position."""
MAX_TEXT, MAX_SIDE, MAX_BYTES = 100, 1_000_000, 10_000_000_000
_MAX_CLOCK_ERROR_MS = 1e13
"""300 years: a phone whose clock began in 1970 has an error of that order."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CAMERA_TIME = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}([+-][0-9]{2}:[0-9]{2}|Z)?")


@dataclass(frozen=True, slots=True)
class CameraFix:
    """The position that a camera wrote into its file, in WGS-84 degrees; of unknown accuracy and age."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Original:
    """What the phone read in the file before it made it smaller; None where it read nothing. Said, not checked.

    ``width`` and ``height`` are pixels as stored, ``orientation`` is that of EXIF (1 to 8), ``taken_at`` is by the
    camera's own clock: ISO 8601, mostly without a zone.
    """

    bytes: int | None = None
    width: int | None = None
    height: int | None = None
    orientation: int | None = None
    taken_at: str | None = None
    fix: CameraFix | None = None
    make: str | None = None
    model: str | None = None
    software: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One photo of an inspection: its SHA-256, the item it shows, when and (where known) where it was taken.

    The rest is None where the phone does not say: ``no_fix`` is why there is no position; ``clock_error_ms`` bounds the
    error of ``captured_at`` against the server's clock, infinite where the phone had not been in contact with it;
    ``clock_offset_ms`` is how far the phone's own clock was ahead of the server's (behind where negative).
    """

    sha256: str
    item: str
    captured_at: datetime
    fix: Fix | None
    no_fix: str | None = None
    clock_error_ms: float | None = None
    source: str | None = None
    original: Original | None = None
    clock_offset_ms: float | None = None
    marks: tuple[Mark, ...] = ()


_FIELDS = tuple(field.name for field in fields(Evidence))
_ORIGINAL_FIELDS = tuple(field.name for field in fields(Original))


def is_sha256(text: object) -> bool:
    """Whether this is a SHA-256 in lower-case hexadecimal."""
    return isinstance(text, str) and bool(_SHA256.fullmatch(text))


def parse_evidence(raw: object, where: Details, items: Collection[str]) -> Evidence | list[Problem]:
    """One photo of a submission; ``items`` are the ids of the checklist's items.

    Everything beyond hash, item and instant may be absent, as older clients leave it out.
    """
    if not isinstance(raw, Mapping):
        return [Problem("evidence.photo_no_object", details=where)]
    problems = _unknown(raw, _FIELDS, where)
    if not is_sha256(raw.get("sha256")):
        problems.append(Problem("evidence.hash_malformed", ("sha256",), details=where))
    if raw.get("item") not in items:
        problems.append(Problem("evidence.item_unknown", ("item",), details={**where, "item": str(raw.get("item"))}))
    captured = instant_from(raw["captured_at"]) if isinstance(raw.get("captured_at"), str) else None
    if captured is None:
        problems.append(Problem("evidence.instant_malformed", ("captured_at",), details=where))
    fix = parse_fix(raw["fix"], deeper(where, within=("fix",))) if raw.get("fix") is not None else None
    if isinstance(fix, list):
        problems += fix
        fix = None
    no_fix = _choice(raw, "no_fix", NO_FIX_TITLES, where, problems)
    if no_fix is not None and raw.get("fix") is not None:
        problems.append(Problem("evidence.no_fix_besides_fix", ("no_fix",), details=where))
    source = _choice(raw, "source", CAPTURE_TITLES, where, problems)
    clock_error_ms = _clock_error_ms(raw, where, problems)
    original = _parse_original(raw.get("original"), deeper(where, within=("original",)), problems)
    marks = parse_marks(raw.get("marks"), deeper(where, within=("marks",)), problems)
    offset_ms = raw.get("clock_offset_ms")
    if offset_ms is not None and not (is_number(offset_ms) and abs(offset_ms) <= _MAX_CLOCK_ERROR_MS):
        problems.append(
            Problem(
                "evidence.clock_offset_malformed", ("clock_offset_ms",), details={**where, "got": _short(offset_ms)}
            )
        )
    if problems or captured is None:
        return problems
    return Evidence(
        raw["sha256"], raw["item"], captured, fix, no_fix, clock_error_ms, source, original, offset_ms, marks
    )


def evidence_from_json(raw: Mapping[str, Any]) -> Evidence:
    """A photo from what ``evidence_to_json`` wrote, without looking for mistakes."""
    return Evidence(
        sha256=raw["sha256"],
        item=raw["item"],
        captured_at=instant_of(raw["captured_at"]),
        fix=fix_from_json(raw["fix"]) if raw["fix"] else None,
        no_fix=raw.get("no_fix"),
        clock_error_ms=math.inf if raw.get("clock_error_ms", 0) is None else raw.get("clock_error_ms"),
        source=raw.get("source"),
        original=_original_from_json(raw["original"]) if raw.get("original") else None,
        clock_offset_ms=raw.get("clock_offset_ms"),
        marks=tuple(map(mark_from_json, raw.get("marks", ()))),
    )


def evidence_to_json(photo: Evidence) -> dict[str, Any]:
    """As ``parse_evidence`` reads it and as it is kept: fields of which the phone said nothing are left out."""
    optional: dict[str, Any] = {
        "no_fix": photo.no_fix,
        "clock_error_ms": photo.clock_error_ms,
        "source": photo.source,
        "original": _original_to_json(photo.original) if photo.original else None,
        "clock_offset_ms": photo.clock_offset_ms,
        "marks": [mark_to_json(mark) for mark in photo.marks] or None,
    }
    said = {field: value for field, value in optional.items() if value is not None}
    if photo.clock_error_ms == math.inf:
        said["clock_error_ms"] = None
    return {
        "sha256": photo.sha256,
        "item": photo.item,
        "captured_at": utc_text(photo.captured_at),
        "fix": fix_to_json(photo.fix) if photo.fix else None,
        **said,
    }


def metres_from_site(photo: Evidence, site: Located | Extended | None) -> float | None:
    """How far from a site a photo was taken; None where either position is not known."""
    return metres_from(site, photo.fix) if site and photo.fix else None


def capture_words(photo: Evidence) -> str:
    """How a photo came about and how sure its time is; empty where the phone says neither."""
    return " · ".join(filter(None, [CAPTURE_TITLES.get(photo.source or "", ""), clock_words(photo.clock_error_ms)]))


def clock_words(error_ms: float | None) -> str:
    """How sure the time of a photo is; empty where the phone does not say."""
    if error_ms is None:
        return ""
    if error_ms == math.inf:
        return "手机时间未校准"
    seconds = error_ms / 1000
    for size, unit in ((86_400, "天"), (3600, "小时"), (60, "分钟")):
        if seconds >= 2 * size:
            return f"时间误差 ±{math.ceil(seconds / size)} {unit}"
    return f"时间误差 ±{max(seconds, 0.1):.1f} 秒" if seconds < 10 else f"时间误差 ±{math.ceil(seconds)} 秒"


def no_fix_words(reason: str | None) -> str:
    """That a photo carries no position, and why where the phone says so."""
    return f"无定位：{NO_FIX_TITLES[reason]}" if reason else "无定位"


def original_words(original: Original | None) -> list[str]:
    """What the phone read in the file before it was made smaller, a short sentence each; none where it read nothing."""
    if original is None:
        return []
    camera = " ".join(text for text in (original.make, original.model) if text)
    size = [f"{original.width}×{original.height} 像素"] if original.width and original.height else []
    size += [f"{original.bytes / 1e6:.1f} MB"] if original.bytes is not None else []
    facts = {
        "原片": "，".join(size),
        "相机": camera,
        "软件": original.software,
        "相机时间": (original.taken_at or "").replace("T", " "),
        "相机位置": f"{fix.lat:.5f}, {fix.lon:.5f}" if (fix := original.fix) and (fix.lat or fix.lon) else "",
    }
    return [f"{name}：{text}" for name, text in facts.items() if text]


def _clock_error_ms(raw: Mapping[str, Any], where: Details, problems: list[Problem]) -> float | None:
    if "clock_error_ms" not in raw:
        return None
    value = raw["clock_error_ms"]
    if value is None:
        return math.inf
    if is_number(value) and 0 <= value <= _MAX_CLOCK_ERROR_MS:
        return float(value)
    problems.append(
        Problem("evidence.clock_error_malformed", ("clock_error_ms",), details={**where, "got": _short(value)})
    )
    return None


def _parse_original(raw: object, where: Details, problems: list[Problem]) -> Original | None:
    if raw is None:
        return None
    if not isinstance(raw, Mapping):
        problems.append(Problem("evidence.original_no_object", details=where))
        return None
    problems += _unknown(raw, _ORIGINAL_FIELDS, where)
    read: dict[str, Any] = {}
    for field, (accepted, code) in _ORIGINAL.items():
        value = raw.get(field)
        if value is None:
            continue
        if accepted(value):
            read[field] = value
        else:
            problems.append(
                Problem(code, (field,), {**where, "field": field, "most_text": MAX_TEXT, "got": _short(value)})
            )
    if isinstance(fix := read.get("fix"), Mapping):
        read["fix"] = CameraFix(float(fix["lat"]), float(fix["lon"]))
    return Original(**read) if read else None


def _whole(least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_text(value: Any) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value) <= MAX_TEXT
        and not any(unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in value)
    )


def _is_camera_time(value: Any) -> bool:
    if not isinstance(value, str) or not _CAMERA_TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_camera_fix(value: Any) -> bool:
    if not isinstance(value, Mapping) or set(value) != {"lat", "lon"}:
        return False
    lat, lon = value["lat"], value["lon"]
    return is_number(lat) and is_number(lon) and abs(lat) <= 90 and abs(lon) <= 180


_ORIGINAL: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "bytes": (_whole(0, MAX_BYTES), "evidence.original_bytes_malformed"),
    "width": (_whole(1, MAX_SIDE), "evidence.original_pixels_malformed"),
    "height": (_whole(1, MAX_SIDE), "evidence.original_pixels_malformed"),
    "orientation": (_whole(1, 8), "evidence.original_orientation_malformed"),
    "taken_at": (_is_camera_time, "evidence.original_time_malformed"),
    "fix": (_is_camera_fix, "evidence.original_fix_malformed"),
    **dict.fromkeys(("make", "model", "software"), (_is_text, "evidence.original_text_malformed")),
}


def _original_from_json(raw: Mapping[str, Any]) -> Original:
    return Original(**{**raw, "fix": CameraFix(**raw["fix"]) if raw.get("fix") else None})


def _original_to_json(original: Original) -> dict[str, Any]:
    values = {field: getattr(original, field) for field in _ORIGINAL_FIELDS}
    if original.fix:
        values["fix"] = {"lat": original.fix.lat, "lon": original.fix.lon}
    return {field: value for field, value in values.items() if value is not None}


def _choice(
    raw: Mapping[str, Any], field: str, accepted: Collection[str], where: Details, problems: list[Problem]
) -> str | None:
    value = raw.get(field)
    if value is None:
        return None
    if not isinstance(value, str) or value not in accepted:
        problems.append(
            Problem(
                "evidence.not_a_choice",
                (field,),
                details={**where, "field": field, "accepted": tuple(accepted), "got": _short(value)},
            )
        )
        return None
    return value


def _unknown(raw: Mapping[str, Any], accepted: Collection[str], where: Details) -> list[Problem]:
    return [
        Problem("evidence.field_unknown", (field,), details={**where, "field": field, "accepted": tuple(accepted)})
        for field in raw
        if field not in accepted
    ]


def _short(value: object) -> str:
    written = repr(value)
    return written if len(written) <= 60 else f"{written[:60]}…"
