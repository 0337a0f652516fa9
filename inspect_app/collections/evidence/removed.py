"""What was removed by a rule of retention, as documents: that a photo was there, and of which week, stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.evidence.removed import Removed
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


def _read(id: str, document: Mapping[str, Any]) -> Removed:
    at = instant_of(document["at"])
    return Removed(document["kind"], document["of_week"], document["bytes"], document["rule"], at)


def _write(removed: Removed) -> Document:
    return {
        **{"kind": removed.kind, "of_week": removed.week, "bytes": removed.bytes},
        **{"rule": removed.rule, "at": utc_text(removed.at)},
    }


REMOVED: Collection[Removed] = Collection("removed_originals", _read, _write)
"""Under the SHA-256 of the original. Kept before the file goes, so that no file is ever gone without a word."""
