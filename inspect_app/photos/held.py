"""Whether an original need not be sent, or brought, once more."""

from __future__ import annotations

from . import PhotoStore
from .objects import ObjectUnreadable


def has_whole(store: PhotoStore, sha256: str) -> bool:
    """As ``is_read_whole``; False also where the store names it and does not give its bytes, so that it is kept anew.

    Not for who would go on without it: it may be there again in a minute.
    """
    try:
        return store.is_read_whole(sha256)
    except ObjectUnreadable:
        return False
