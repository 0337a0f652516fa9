"""What accounts sent in a day as documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ...domain.evidence.quota import SentBytes
from ..collection import Collection, Document


def _read(id: str, document: Mapping[str, Any]) -> SentBytes:
    return {date.fromisoformat(day): given for day, given in document["days"].items()}


def _write(sent: SentBytes) -> Document:
    return {"days": {day.isoformat(): given for day, given in sent.items()}}


SENT_BYTES: Collection[SentBytes] = Collection("sent_bytes", _read, _write)
"""Under the account's name, of the last days alone."""
