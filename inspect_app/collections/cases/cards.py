"""The thresholds of 红黄牌 as a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ...domain.cases.figures import Cards
from ..collection import Collection, Document

CARDS = "cards"
"""The id of the one document."""


def _read(id: str, document: Mapping[str, Any]) -> Cards:
    return Cards(**document["cards"])


def _write(cards: Cards) -> Document:
    return {"cards": asdict(cards)}


CASE_SETTINGS: Collection[Cards] = Collection("case_settings", _read, _write)
