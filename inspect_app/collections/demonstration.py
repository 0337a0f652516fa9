"""The mark of an installation that holds demonstration data, as a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.demonstration import Demonstration
from ..domain.weeks import instant_of, utc_text
from .collection import Collection, Document

DEMO = "demo"
"""The mark's id."""


def _read(id: str, document: Mapping[str, Any]) -> Demonstration:
    return Demonstration(instant_of(document["began_at"]), complete=document["state"] == "complete")


def _write(mark: Demonstration) -> Document:
    return {"state": "complete" if mark.complete else "filling", "began_at": utc_text(mark.began_at)}


DEMONSTRATION: Collection[Demonstration] = Collection("settings", _read, _write)
"""At most the mark, under ``DEMO``."""
