"""Whether an installation holds demonstration data, which every page then has to say."""

from __future__ import annotations

from datetime import datetime

from ..domain.weeks import utc_text
from ..store import Store

_SETTINGS, _DEMO = "settings", "demo"


def is_demonstration(store: Store) -> bool:
    """Whether demonstration data was ever put in here, all of it or a part."""
    return store.get(_SETTINGS, _DEMO) is not None


def demonstration_is_complete(store: Store) -> bool:
    """Whether all of it was put in; a fill that was interrupted is not."""
    stored = store.get(_SETTINGS, _DEMO)
    return stored is not None and stored.document["state"] == "complete"


def begin_demonstration(store: Store, now: datetime) -> None:
    """Mark the installation, before the first demonstration record is made."""
    store.put_once(_SETTINGS, _DEMO, {"state": "filling", "began_at": utc_text(now)}, same_by="state")


def complete_demonstration(store: Store) -> None:
    """Note that the fill came to its end."""
    stored = store.get(_SETTINGS, _DEMO)
    if stored is not None:
        store.update(_SETTINGS, _DEMO, {**stored.document, "state": "complete"}, expected_revision=stored.revision)
