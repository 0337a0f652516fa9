"""Which weeks are published; what was, the index room knows."""

from __future__ import annotations

from ..collections.index.publication import PUBLICATIONS
from ..store import Store


def is_published(store: Store, week: str) -> bool:
    """Whether a week has been published."""
    return PUBLICATIONS.get(store, week) is not None


def published_weeks(store: Store) -> list[str]:
    """Weeks that have been published, newest first."""
    return sorted((kept.id for kept in PUBLICATIONS.find(store)), reverse=True)
