"""What units and office were told already."""

from __future__ import annotations

from datetime import datetime

from ...domain.weeks import instant_of, utc_text
from ..collection import Collection

REMINDERS: Collection[datetime] = Collection(
    "reminders", lambda id, document: instant_of(document["at"]), lambda at: {"at": utc_text(at)}
)
"""When a thing was told (UTC); an id is the reminder's key and the way it went: ``<key>/mail``."""
