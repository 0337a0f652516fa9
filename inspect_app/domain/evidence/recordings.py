"""Recordings (录音): notes of an item that the inspector spoke instead of typing. For reviewing, never for others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..numbers import is_number
from ..problems import Details, Problem
from ..weeks import instant_from, instant_of, utc_text
from .photo import is_sha256
from .sent_lists import ListWrong, parse_list

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
    no_list = Problem("evidence.recordings_no_list", ("audio",))
    too_many = Problem("evidence.too_many_recordings", ("audio",), details={"most_recordings": MAX_RECORDINGS})
    wrong = ListWrong(no_list, MAX_RECORDINGS, too_many)
    return parse_list(raw, "audio", wrong, lambda entry, number: _parse(entry, {"recording": number}, items))


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


def _parse(raw: object, where: Details, items: Collection[str]) -> Recording | list[Problem]:
    if not isinstance(raw, Mapping):
        return [Problem("evidence.recording_no_object", details=where)]
    problems = [
        Problem("evidence.recording_field_unknown", (field,), details={**where, "field": field})
        for field in raw
        if field not in _FIELDS
    ]
    if not is_sha256(raw.get("sha256")):
        problems.append(Problem("evidence.hash_malformed", ("sha256",), details=where))
    if raw.get("item") not in items:
        problems.append(Problem("evidence.item_unknown", ("item",), details={**where, "item": str(raw.get("item"))}))
    captured = instant_from(raw["captured_at"]) if isinstance(raw.get("captured_at"), str) else None
    if captured is None:
        problems.append(Problem("evidence.instant_malformed", ("captured_at",), details=where))
    seconds: Any = raw.get("seconds")
    if not is_number(seconds) or not 0 <= seconds <= MAX_SECONDS:
        problems.append(
            Problem("evidence.seconds_out_of_range", ("seconds",), details={**where, "most_seconds": MAX_SECONDS})
        )
    if problems or captured is None:
        return problems
    return Recording(raw["sha256"], raw["item"], captured, float(seconds))
