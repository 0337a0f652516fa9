"""The marks on an inspection's photos, wherever a copy of one goes out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.evidence.marks import Mark, mark_to_json
from ...domain.inspecting.inspection import Inspection
from .. import Services


def marks_of(services: Services, id: str, sha256: str) -> tuple[Mark, ...]:
    """The marks on a photo of an inspection; none of what is no inspection's."""
    kept = INSPECTIONS.get(services.store, id)
    return marks_on(kept.value, sha256) if kept else ()


def marks_on(inspection: Inspection, sha256: str) -> tuple[Mark, ...]:
    """All marks on a photo: a file that shows two items is hidden in both by what was hidden for either."""
    marks = (mark for photo in inspection.photos if photo.sha256 == sha256 for mark in photo.marks)
    return tuple(dict.fromkeys(marks))


def marks_name(marks: Sequence[Mark]) -> str:
    """What a copy with these marks is told by among copies of the same photo; empty where there are none."""
    written = json.dumps([mark_to_json(mark) for mark in marks])
    return f"-{hashlib.sha256(written.encode()).hexdigest()[:16]}" if marks else ""
