"""Until when somebody has looked at what is new, as a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.inspecting.news import Looked
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


def _read(account: str, document: Mapping[str, Any]) -> Looked:
    return Looked(instant_of(document["at"]), document["week"], document["sites"])


def _write(seen: Looked) -> Document:
    return {"at": utc_text(seen.at), "week": seen.week, "sites": dict(seen.sites)}


NEWS_SEEN: Collection[Looked] = Collection("news_seen", _read, _write)
"""Under the name of the account."""
