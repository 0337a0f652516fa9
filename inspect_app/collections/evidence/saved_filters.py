"""Saved filters as documents."""

from __future__ import annotations

from collections.abc import Mapping

from ..collection import Collection

SAVED_FILTERS: Collection[Mapping[str, str]] = Collection(
    "saved_filters", lambda id, document: dict(document["filters"]), lambda filters: {"filters": dict(filters)}
)
"""Each supervisor's own filters of the desk under the account's name: name to the arguments of the desk's address."""
