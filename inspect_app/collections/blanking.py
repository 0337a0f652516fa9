"""How it is written down that words of a document were blanked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain.blanking import Blanking
from ..domain.weeks import instant_of, utc_text
from .collection import Document


def blanking_of(raw: Mapping[str, Any]) -> Blanking:
    return Blanking(raw["places"], raw["reason"], raw["by"], instant_of(raw["at"]))


def blanking_document(blanking: Blanking) -> Document:
    return {
        "places": blanking.places,
        "reason": blanking.reason,
        "by": blanking.by,
        "at": utc_text(blanking.at),
    }


def with_none_blanked(document: Document) -> Document:
    """The upgrade of a version from before words could be blanked."""
    return {**document, "blanked": []}
