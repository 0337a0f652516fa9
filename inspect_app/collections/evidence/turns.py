"""Turns of photos as documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.evidence.turns import Turn
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


def _read(id: str, document: Mapping[str, Any]) -> Turn:
    return Turn(document["quarters"], document["by"], instant_of(document["at"]))


def _write(turn: Turn) -> Document:
    return {"quarters": turn.quarters, "by": turn.by, "at": utc_text(turn.at)}


PHOTO_TURNS: Collection[Turn] = Collection("photo_turns", _read, _write)
"""Under a photo's SHA-256: which way is up does not depend on who shows it. A photo that nobody turned has none."""
