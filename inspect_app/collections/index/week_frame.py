"""The frames of weeks as documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.index.frame import Frame
from ...domain.index.weights import weights_from_json, weights_to_json
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


def _read(week: str, document: Mapping[str, Any]) -> tuple[Frame, ...]:
    return tuple(map(_frame, document["frames"]))


def _write(frames: tuple[Frame, ...]) -> Document:
    return {"frames": [frame_document(frame) for frame in frames]}


def _frame(raw: Mapping[str, Any]) -> Frame:
    return Frame(**{**raw, "at": instant_of(raw["at"]), "weights": weights_from_json(raw["weights"])})


def frame_document(frame: Frame) -> Document:
    """Also what the log of acts says of a frame."""
    return {
        "at": utc_text(frame.at),
        "by": frame.by,
        "occasion": frame.occasion,
        "reason": frame.reason,
        "register": frame.register,
        "areas": frame.areas,
        "weights": weights_to_json(frame.weights),
        "minimum": frame.minimum,
        "least_response": frame.least_response,
        "checklists": dict(frame.checklists),
    }


WEEK_FRAMES: Collection[tuple[Frame, ...]] = Collection("week_frames", _read, _write)
"""The frames of a week under it, oldest first: the last one is in force."""

FRAME_AREAS: Collection[str] = Collection(
    "frame_areas", lambda id, document: str(document["file"]), lambda file: {"file": file}
)
"""The files of the areas of frames, under their SHA-256. Their registers are among those of draws."""
