"""Thumbnails made soon after a photo is acknowledged, by one thread with a bounded queue."""

from __future__ import annotations

import logging
import queue
import threading

from ..domain.problems import Problem
from . import PhotoStore
from .derive import thumbnail
from .intake import Picture, decode

_log = logging.getLogger(__name__)
_WAITING = 32
"""Pictures kept in memory for the worker, about 0.6 MB each. What does not fit is made when first looked at."""


class ThumbnailWorker:
    """Makes thumbnails in the background, and on demand for those it had no room or no time for."""

    def __init__(self, photos: PhotoStore, longest_px: int) -> None:
        self._photos = photos
        self._longest_px = longest_px
        self._queue: queue.Queue[tuple[str, Picture]] = queue.Queue(_WAITING)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def offer(self, sha256: str, picture: Picture) -> None:
        """Make this thumbnail soon, if there is room."""
        self._start()
        try:
            self._queue.put_nowait((sha256, picture))
        except queue.Full:
            _log.info("no room for the thumbnail of %s now; it will be made when looked at", sha256[:12])

    def thumbnail(self, sha256: str) -> bytes | None:
        """The thumbnail, made now where there is none yet; None where there is no such photo."""
        made = self._photos.thumbnail(sha256)
        if made is not None:
            return made
        content = self._photos.read(sha256)
        if content is None:
            return None
        picture = decode(content, self._longest_px)
        return None if isinstance(picture, Problem) else self._make(sha256, picture)

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
        while True:
            sha256, picture = self._queue.get()
            try:
                self._make(sha256, picture)
            except Exception:
                _log.exception("the thumbnail of %s could not be made", sha256[:12])
            finally:
                self._queue.task_done()

    def _make(self, sha256: str, picture: Picture) -> bytes:
        made = thumbnail(picture, self._longest_px)
        self._photos.keep_thumbnail(sha256, made)
        return made
