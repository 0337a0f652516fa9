"""The collection of published weeks: a week's id, and its revisions with the digest of what was frozen."""

from __future__ import annotations

from ..store import Store

PUBLISHED = "publications"


def published_weeks(store: Store) -> list[str]:
    """Weeks that have been published, newest first."""
    return sorted((stored.id for stored in store.find(PUBLISHED)), reverse=True)
