"""Why drawn sites were missed, as documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


@dataclass(frozen=True, slots=True)
class MissedSite:
    """That a drawn site was missed in a week: a key of ``SAID``, empty where that was taken back; by whom and when."""

    week: str
    site: str
    reason: str
    by: str
    at: datetime


def _read(id: str, document: Mapping[str, Any]) -> MissedSite:
    return MissedSite(**{**document, "at": instant_of(document["at"])})


def _write(missed: MissedSite) -> Document:
    return {
        "week": missed.week,
        "site": missed.site,
        "reason": missed.reason,
        "by": missed.by,
        "at": utc_text(missed.at),
    }


def missed_id(week: str, site: str) -> str:
    """The id of what was said of a site in a week."""
    return f"{week}/{site}"


MISSED_SITES: Collection[MissedSite] = Collection("missed_sites", _read, _write, by=("week",))
"""What was said of drawn sites that were missed; an id is ``missed_id``."""
