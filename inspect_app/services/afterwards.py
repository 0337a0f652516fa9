"""Work that waits until after the acknowledgement, done by one thread that stands back behind requests."""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
from collections.abc import Callable

from ..photos.turns import patiently

_log = logging.getLogger(__name__)
_WAITING = 20_000
"""Tasks that may wait. What does not fit, or waits when the server stops, is found again at the next start."""
_NICENESS = 10


class Afterwards:
    """A bounded queue and its thread, which begins with the first task."""

    def __init__(self) -> None:
        self._queue: queue.Queue[tuple[str, Callable[[], object]]] = queue.Queue(_WAITING)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def offer(self, name: str, task: Callable[[], object]) -> bool:
        """Do the task soon; False where there is no room for it now. ``name`` is for the log."""
        self._start()
        try:
            self._queue.put_nowait((name, task))
        except queue.Full:
            _log.info("no room for %s now; it is done when it is needed, or after the next start", name)
            return False
        return True

    def wait(self) -> None:
        """Return when all that was offered is done."""
        self._queue.join()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="afterwards", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        if sys.platform == "linux":  # where a priority goes for the one thread
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        while True:
            name, task = self._queue.get()
            try:
                with patiently():
                    task()
            except Exception:
                _log.exception("%s failed", name)
            finally:
                self._queue.task_done()
