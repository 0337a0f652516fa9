"""Python's collector of garbage waits while millions of values are made that are all kept."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_by_one = Lock()


@contextmanager
def uncollected() -> Iterator[None]:
    """Without collections: they would go through all that is being read again and again, and find nothing.

    What others do meanwhile is collected afterwards. Only one pauses at a time, so that whoever asks again and again
    never keeps it from running.
    """
    if not _by_one.acquire(blocking=False):
        yield
        return
    was = gc.isenabled()
    try:
        gc.disable()
        yield
    finally:
        if was:
            gc.enable()
        _by_one.release()
