"""Whether an installation holds demonstration data, which every page then has to say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ..collections.demonstration import DEMO, DEMONSTRATION
from ..domain.demonstration import Demonstration
from ..store import Store, StoreDamaged


def is_demonstration(store: Store) -> bool:
    """Whether demonstration data was ever put in here, all of it or a part; not where that cannot be read."""
    try:
        return DEMONSTRATION.get(store, DEMO) is not None
    except StoreDamaged:  # every page asks
        return False


def demonstration_is_complete(store: Store) -> bool:
    """Whether all of it was put in; a fill that was interrupted is not."""
    kept = DEMONSTRATION.get(store, DEMO)
    return kept is not None and kept.value.complete


def begin_demonstration(store: Store, now: datetime) -> None:
    """Mark the installation, before the first demonstration record is made."""
    DEMONSTRATION.put_once(store, DEMO, Demonstration(now), same_by="state")


def complete_demonstration(store: Store) -> None:
    """Note that the fill came to its end."""
    kept = DEMONSTRATION.get(store, DEMO)
    if kept is not None:
        DEMONSTRATION.update(store, kept, replace(kept.value, complete=True))
