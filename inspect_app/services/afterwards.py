"""Work that waits until after the acknowledgement, done by threads that stand back behind requests.

There are two kinds of it. What is listed durably (``listed``, then ``begin``) is found again whatever
happens to the process, and done by kinds in the order of a table. What is merely offered is a call that nobody misses
where it gets lost, because it is done when it is needed, or offered again at the next start.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from ..photos.turns import patiently
from ..store import StoreAway
from ..store.waiting import Waiting, WaitingList

_log = logging.getLogger(__name__)
_MOST_OFFERED = 20_000
_READ_AT_ONCE = 64
_NICENESS = 10
_LOOK_EVERY_S = 15.0
"""How often idle threads look for what is to be tried again by now, or what another process has listed."""
_REST_S = 0.5
"""How long idle threads last in a process that is no server."""
_LATE = timedelta(minutes=1)
"""Work that is older is no longer done behind all other programs of the machine."""
_NOT_THERE_YET_S = 60.0
_AWAY_S = 20.0


class NotYet(Exception):
    """What is to be worked on is not kept yet, or no more: its act may be under way."""


class InLine:
    """Where a piece of work stands among those that began before it, on whatever thread."""

    def __init__(self, ended: threading.Event, before: threading.Event | None) -> None:
        self.ended = ended
        self._before = before

    def wait(self) -> None:
        """Return when all work of the kind that came before is done."""
        if self._before:
            self._before.wait()


Perform = Callable[[Waiting, InLine], object]


class Afterwards:
    """The list of what waits, calls that were offered, and the threads that do both; they begin with the first."""

    def __init__(self, waiting: WaitingList, threads: int | None = None) -> None:
        self.waiting = waiting
        self._most = threads or max(1, min(4, os.cpu_count() or 1))
        self._changed = threading.Condition()
        self._offered: deque[tuple[str, Callable[[], object]]] = deque()
        self._ready: deque[Waiting] = deque()
        self._held: set[int] = set()
        """Places in the list that this process has in hand or read already."""
        self._kinds: tuple[str, ...] = ()
        self._perform: Perform | None = None
        self._threads: dict[int, threading.Thread] = {}
        self._stays = False
        self._busy = 0
        self._look_at = 0.0
        self._last: dict[str, threading.Event] = {}
        """Of each kind, when the work that was taken last is done."""
        self._calling = self._is_over = False

    def offer(self, name: str, task: Callable[[], object]) -> bool:
        """Do the task soon; False where there is no room for it now. ``name`` is for the log."""
        with self._changed:
            if len(self._offered) >= _MOST_OFFERED:
                _log.info("no room for %s now; it is done when it is needed, or after the next start", name)
                return False
            self._offered.append((name, task))
            self._start()
        return True

    def stay(self) -> None:
        """Have idle threads look for what is due by now, for as long as the process lasts; else they end."""
        with self._changed:
            self._stays = True

    def work(self, kinds: tuple[str, ...], perform: Perform) -> None:
        """Do what is listed from now on; ``kinds`` in the order in which they matter."""
        with self._changed:
            self._kinds, self._perform = kinds, perform

    @contextmanager
    def listed(self, kind: str, id: str, photos: int) -> Iterator[int]:
        """Work on what is kept inside the block, listed before; not begun before the block ends. Gives its place."""
        with self._changed:
            place = self.waiting.add(kind, id, photos)
            self._held.add(place)
        try:
            yield place
        finally:
            with self._changed:
                self._held.discard(place)

    def begin(self) -> None:
        """Something was listed that can be done now."""
        with self._changed:
            self._look_at = 0.0
            self._start()

    def wait(self) -> None:
        """Return when all that was offered and listed is done, but for what is to be tried again later."""
        with self._changed:
            self._look_at = 0.0
            self._changed.notify_all()
            while self._busy or self._offered or self._fill():
                self._start()
                self._changed.wait(1)

    def hand_over(self, within_s: float) -> bool:
        """Begin nothing more, and wait for what is in hand; whether that is done.

        What is listed is found again by the next process, or another one; calls that were offered are not missed.
        """
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._busy, within_s)

    def _start(self) -> None:
        """Called with the lock."""
        for number in range(2 * self._most):
            if number not in self._threads:
                run = self._run if number < self._most else self._run_late
                self._threads[number] = threading.Thread(
                    target=run, args=(number,), name=f"afterwards {number}", daemon=True
                )
                self._threads[number].start()
        self._changed.notify_all()

    def _fill(self) -> bool:
        """Whether there is listed work at hand; the list is read when it has run dry. Called with the lock."""
        if not self._ready and self._perform and time.monotonic() >= self._look_at:
            found = self.waiting.due(self._kinds, _READ_AT_ONCE, self._held)
            self._ready.extend(found)
            self._held.update(one.place for one in found)
            if not found:
                self._look_at = time.monotonic() + _LOOK_EVERY_S
        return bool(self._ready)

    def _run(self, number: int) -> None:
        if sys.platform == "linux":  # where a priority goes for the one thread
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        self._work(number, lambda: self._can_call() or self._fill())

    def _run_late(self, number: int) -> None:
        """A thread that stands back cannot come forward again, so there are others for what is late."""
        self._work(number, lambda: self._fill() and datetime.now(UTC) - self._ready[0].since > _LATE)

    def _work(self, number: int, has_some: Callable[[], bool]) -> None:
        while True:
            with self._changed:
                while self._is_over or not has_some():
                    if self._is_over:
                        self._threads.pop(number, None)
                        return
                    told = self._changed.wait(_LOOK_EVERY_S if self._stays else _REST_S)
                    # What was offered while the wait came to its end is told to nobody.
                    if not (told or self._stays or self._is_over or has_some()):
                        del self._threads[number]
                        return
                self._busy += 1
                work = self._taken()
            try:
                with patiently():
                    work()
            finally:
                with self._changed:
                    self._busy -= 1
                    self._changed.notify_all()

    def _can_call(self) -> bool:
        """Calls are made one at a time, in the order in which they were offered."""
        return bool(self._offered) and not self._calling

    def _taken(self) -> Callable[[], None]:
        """Called with the lock: the next call, else the next of the list."""
        if self._can_call():
            self._calling = True
            name, task = self._offered.popleft()
            return lambda: self._call(name, task)
        one = self._ready.popleft()
        turn = InLine(threading.Event(), self._last.get(one.kind))
        self._last[one.kind] = turn.ended
        return lambda: self._do(one, turn)

    def _call(self, name: str, task: Callable[[], object]) -> None:
        try:
            task()
        except StoreAway as error:
            _log.warning("%s is left for the next time: %s", name, error)
        except Exception:
            _log.exception("%s failed", name)
        finally:
            with self._changed:
                self._calling = False

    def _do(self, one: Waiting, turn: InLine) -> None:
        assert self._perform
        self.waiting.begun(one)
        try:
            self._perform(one, turn)
        except NotYet:
            old = (datetime.now(UTC) - one.since).total_seconds() > _NOT_THERE_YET_S
            self.waiting.done(one) if old else self.waiting.put_off(one, _NOT_THERE_YET_S)
        except StoreAway as error:  # no failure of this work
            _log.warning("%s of %s is put off: %s", one.kind, one.id, error)
            self.waiting.put_off(one, _AWAY_S)
        except Exception as error:
            _log.exception("%s of %s failed", one.kind, one.id)
            self.waiting.failed(one, f"{type(error).__name__}: {error}")
        else:
            self.waiting.done(one)
        finally:
            # What came before it is done too, when the next one is told so.
            turn.wait()
            turn.ended.set()
            with self._changed:
                self._held.discard(one.place)
