"""The mark of an installation that holds demonstration data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..domain.weeks import instant_of, utc_text
from .collection import Collection, Document

MARK = "demo"
"""The id of the one mark."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """When filling in began (UTC), and whether it came to its end."""

    began_at: datetime
    complete: bool = False


def _read(id: str, document: Mapping[str, Any]) -> Demonstration:
    return Demonstration(instant_of(document["began_at"]), document["state"] == "complete")


def _write(mark: Demonstration) -> Document:
    return {"state": "complete" if mark.complete else "filling", "began_at": utc_text(mark.began_at)}


DEMONSTRATIONS: Collection[Demonstration] = Collection("settings", _read, _write, by=("state",))
