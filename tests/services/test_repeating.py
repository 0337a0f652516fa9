"""Work that comes back: also after it failed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from inspect_app.services.repeating import keep_doing


def test_what_failed_is_logged_and_done_again():
    done: list[datetime] = []
    thrice = threading.Event()

    def work(now: datetime) -> None:
        done.append(now)
        if len(done) == 3:
            thrice.set()
            threading.Event().wait()  # the thread lasts as long as the process
        if len(done) == 1:
            raise OSError("the disk is full")

    keep_doing("a test's work", work, every_s=0.01)
    assert thrice.wait(10)
    assert all(now.tzinfo is UTC for now in done)
