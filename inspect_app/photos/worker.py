"""Thumbnails made soon after a photo is acknowledged, by one thread with a bounded queue."""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading

from ..domain.problems import Problem
from . import PhotoStore
from .derive import thumbnail
from .intake import decode

_log = logging.getLogger(__name__)
_WAITING = 20_000
"""Names of photos that may wait. What does not fit, or waits when the server stops, is made when first looked at."""
_NICENESS = 10
"""How far the worker stands back behind threads that answer requests."""


class ThumbnailWorker:
    """Makes thumbnails in the background, and on demand for those it had no room or no time for."""

    def __init__(self, photos: PhotoStore, longest_px: int) -> None:
        self._photos = photos
        self._longest_px = longest_px
        self._queue: queue.Queue[str] = queue.Queue(_WAITING)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def offer(self, sha256: str) -> None:
        """Make this thumbnail soon, if there is room."""
        self._start()
        try:
            self._queue.put_nowait(sha256)
        except queue.Full:
            _log.info("no room for the thumbnail of %s now; it will be made when looked at", sha256[:12])

    def thumbnail(self, sha256: str) -> bytes | None:
        """The thumbnail, made now where there is none yet; None where there is no such photo."""
        return self._photos.thumbnail(sha256) or self._make(sha256)

    def wait(self) -> None:
        """Return when all that was offered is made."""
        self._queue.join()

    def _start(self) -> None:
        # Started with the first photo, in the process that serves it.
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="thumbnails", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        if sys.platform == "linux":  # where a priority goes for the one thread
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        while True:
            sha256 = self._queue.get()
            try:
                if self._make(sha256) is None:
                    _log.warning("no thumbnail of %s: it does not decode to its end", sha256[:12])
            except Exception:
                _log.exception("the thumbnail of %s could not be made", sha256[:12])
            finally:
                self._queue.task_done()

    def _make(self, sha256: str) -> bytes | None:
        content = self._photos.read(sha256)
        picture = decode(content, self._longest_px) if content is not None else None
        if picture is None or isinstance(picture, Problem):
            return None
        made = thumbnail(picture, self._longest_px)
        self._photos.keep_thumbnail(sha256, made)
        return made
