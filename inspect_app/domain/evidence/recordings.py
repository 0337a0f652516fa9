"""Recordings (录音): notes of an item that the inspector spoke instead of typing. For reviewing, never for others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..numbers import is_number
from ..problems import Problem
from ..weeks import instant_from, instant_of, utc_text
from .photo import is_sha256
from .sent_lists import parse_list

MAX_RECORDINGS, MAX_SECONDS = 50, 300.0
MAX_BYTES = 8 * 1024 * 1024
"""Five minutes at 200 kbit/s; phones record speech at 24 to 64."""
_FIELDS = ("sha256", "item", "captured_at", "seconds")


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording of an inspection: its SHA-256, the item it is about, when it began, and its length in seconds."""

    sha256: str
    item: str
    captured_at: datetime
    seconds: float


def parse_recordings(raw: object, items: Sequence[str]) -> tuple[Recording, ...] | list[Problem]:
    """The recordings of a submission; ``items`` are the ids of the checklist's items."""
    return parse_list(raw, "audio", ("段", "录音"), MAX_RECORDINGS, lambda entry, where: _parse(entry, where, items))


def recording_to_json(recording: Recording) -> dict[str, object]:
    """As ``parse_recordings`` reads it and as it is kept."""
    return {
        "sha256": recording.sha256,
        "item": recording.item,
        "captured_at": utc_text(recording.captured_at),
        "seconds": recording.seconds,
    }


def recording_from_json(raw: Mapping[str, Any]) -> Recording:
    """A recording from what ``recording_to_json`` wrote, without looking for mistakes."""
    return Recording(raw["sha256"], raw["item"], instant_of(raw["captured_at"]), raw["seconds"])


def mimetype_of(content: bytes) -> str | None:
    """What browsers record: WebM, MP4 (Safari) or Ogg, told by the first bytes; None for anything else."""
    if content.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in content[:64]:
        return "audio/webm"
    if content[4:8] == b"ftyp" and len(content) >= 16:
        return "audio/mp4"
    if content.startswith(b"OggS"):
        return "audio/ogg"
    return None


def _parse(raw: object, where: str, items: Collection[str]) -> Recording | list[Problem]:
    if not isinstance(raw, Mapping):
        return [Problem(where, "应为对象")]
    problems = [Problem(f"{where} {field}", "没有这个字段", (field,)) for field in raw if field not in _FIELDS]
    if not is_sha256(raw.get("sha256")):
        problems.append(Problem(f"{where} sha256", "应为64位小写十六进制的SHA-256", ("sha256",)))
    if raw.get("item") not in items:
        problems.append(Problem(f"{where} item", f"清单中没有测评项「{raw.get('item')}」", ("item",)))
    captured = instant_from(raw["captured_at"]) if isinstance(raw.get("captured_at"), str) else None
    if captured is None:
        problems.append(
            Problem(f"{where} captured_at", "应为带时区的时间，例如 2026-11-23T08:30:00Z", ("captured_at",))
        )
    seconds: Any = raw.get("seconds")
    if not is_number(seconds) or not 0 <= seconds <= MAX_SECONDS:
        problems.append(Problem(f"{where} seconds", f"应为0到{MAX_SECONDS:g}之间的秒数", ("seconds",)))
    if problems or captured is None:
        return problems
    return Recording(raw["sha256"], raw["item"], captured, float(seconds))
