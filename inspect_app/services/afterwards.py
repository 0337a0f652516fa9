"""Work that waits until after the acknowledgement, done by threads that stand back behind requests.

There are two kinds of it. What is listed durably (``listed``, then ``begin``) is found again whatever
happens to the process, and done by kinds in the order of a table. What is merely offered is a call that nobody misses
where it gets lost, because it is done when it is needed, or offered again at the next start.
"""

from __future__ import annotations

import logging
import math
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..collections import TooNew
from ..photos.objects import ObjectsAway
from ..photos.turns import patiently
from ..store import StoreAway, StoreDamaged, StoreUnfit
from ..store.jobs import LEASE_S, NOTHING_BEHIND, Jobs, Waiting

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
_NOT_THERE_YET_S, _LOOK_AGAIN_S = 60.0, 2.0
"""An act is done, or never will be, in this time; meanwhile it is asked for now and then."""
_AWAY_S = 20.0
_BEAT_S = LEASE_S / 4
_UNTOLD = (StoreAway, StoreDamaged, StoreUnfit, OSError)
"""Where the list cannot be told something: its database is away, full, damaged, or lets nobody in."""
LIMIT_S = 900.0
"""What takes longer hangs: a check of ten photos takes some seconds."""


class NotYet(Exception):
    """What is to be worked on is not kept yet, or no more: its act may be under way."""


class NotNow(Exception):
    """It cannot be done now, by no fault of its own: why, in Chinese, and after how many seconds it is tried again."""

    def __init__(self, why: str, seconds: float) -> None:
        super().__init__(why)
        self.seconds = seconds


class KnownFailure(Exception):
    """It failed for a reason that is known, said in Chinese; trying again may help."""


class InLine:
    """Where a piece of work stands among those that began before it, on whatever thread."""

    def __init__(self, ended: threading.Event, before: threading.Event | None) -> None:
        self.ended = ended
        self._before = before
        self._is_waiting = False
        self._since = time.monotonic()

    def wait(self) -> None:
        """Return when all work of the kind that came before is done."""
        if self._before:
            self._is_waiting = True
            self._before.wait()
            self._since, self._is_waiting = time.monotonic(), False

    def is_beyond(self, seconds: float) -> bool:
        """Whether the work takes longer by itself, not by what came before it."""
        return not self._is_waiting and time.monotonic() - self._since > seconds


@dataclass(frozen=True, slots=True)
class _Running:
    """A job in hand."""

    work: Waiting
    turn: InLine


Perform = Callable[[Waiting, InLine], object]


class Afterwards:
    """The list of what waits, calls that were offered, and the threads that do both; they begin with the first."""

    def __init__(self, waiting: Jobs, threads: int | None = None, *, limit_s: float = LIMIT_S) -> None:
        self.waiting, self._limit_s = waiting, limit_s
        self._most = threads or max(1, min(4, os.cpu_count() or 1))
        self._changed = threading.Condition()
        self._offered: deque[tuple[str, Callable[[], object]]] = deque()
        self._ready: deque[Waiting] = deque()
        self._held: set[int] = set()
        """Places in the list that this process has in hand or read already."""
        self._kinds: tuple[str, ...] = ()
        self._behind = NOTHING_BEHIND
        self._perform: Perform | None = None
        self._threads: dict[int, threading.Thread] = {}
        self._stays = False
        self._busy = 0
        self._look_at = 0.0
        self._again_at = 0.0
        """When something is due that this process found not to be there yet; nobody else comes for it."""
        self._last: dict[str, threading.Event] = {}
        """Of each kind, when the work that was taken last is done."""
        self._calling = self._is_over = False
        self._running: dict[int, _Running] = {}
        """By the thread that is at it, as its ``number``."""
        self._beats = False
        self._apart: list[Afterwards] = []
        """What is done by other threads just now."""

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

    def work(self, kinds: tuple[str, ...], perform: Perform, behind: Mapping[str, str] = NOTHING_BEHIND) -> None:
        """Do what is listed from now on; ``kinds`` in the order in which they matter; ``behind``: see ``Jobs.due``."""
        with self._changed:
            self._kinds, self._perform, self._behind = kinds, perform, behind

    @contextmanager
    def listed(self, kind: str, id: str, photos: int) -> Iterator[int]:
        """Work on what is kept inside the block, listed before; not begun before the block ends. Gives its place."""
        with self._changed:
            entered = self.waiting.entered(kind, id, photos)
            place = entered.__enter__()
            self._held.add(place)
        with ExitStack() as leaving:
            leaving.push(entered)
            leaving.callback(self._let_go, place)
            yield place

    def _let_go(self, place: int) -> None:
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
            while self._busy or (not self._is_over and (self._offered or self._fill())):
                if not self._busy:  # who is at work takes what comes next; two who wait would wake each other for ever
                    self._start()
                self._changed.wait(1)

    def do_apart(self, kinds: tuple[str, ...], perform: Perform) -> None:
        """Do what is due of some other kinds, by threads of their own; returns when it is done, or begun no more.

        For what strangers may hold up, which is not to keep the others from their work.
        """
        apart = Afterwards(self.waiting, 1, limit_s=self._limit_s)
        apart.work(kinds, perform)
        with self._changed:
            if self._is_over:
                return
            self._apart.append(apart)
        try:
            apart.begin()
            apart.wait()
        finally:
            with self._changed:
                self._apart.remove(apart)

    def hand_over(self, within_s: float) -> bool:
        """Begin nothing more, and wait for what is in hand; whether that is done.

        What is listed is found again by the next process, or another one; calls that were offered are not missed.
        """
        until = time.monotonic() + within_s
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
            apart = list(self._apart)
            done = self._changed.wait_for(lambda: not self._busy, within_s)
        return all([done, *(one.hand_over(max(0.0, until - time.monotonic())) for one in apart)])

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
            try:
                found = self.waiting.due(self._kinds, _READ_AT_ONCE, self._held, self._behind)
            except _UNTOLD as error:
                _log.warning("what waits is asked for later: %s", error)
                found = []
            self._ready.extend(found)
            self._held.update(one.place for one in found)
            if not found:
                now = time.monotonic()
                self._look_at = min(now + _LOOK_EVERY_S, self._again_at if self._again_at > now else math.inf)
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
                    told = self._changed.wait(self._rest() if self._stays else _REST_S)
                    # What was offered while the wait came to its end is told to nobody.
                    if not (told or self._stays or self._is_over or has_some()):
                        del self._threads[number]
                        return
                self._busy += 1
                work = self._taken(number)
            try:
                with patiently():
                    work()
            finally:
                with self._changed:
                    is_given_up = self._threads.get(number) is not threading.current_thread()
                    self._busy -= not is_given_up
                    self._changed.notify_all()
            if is_given_up:
                return

    def _rest(self) -> float:
        """Seconds until the list is read again."""
        rest = self._look_at - time.monotonic()
        return rest if 0 < rest < _LOOK_EVERY_S else _LOOK_EVERY_S

    def _can_call(self) -> bool:
        """Calls are made one at a time, in the order in which they were offered."""
        return bool(self._offered) and not self._calling

    def _taken(self, number: int) -> Callable[[], None]:
        """Called with the lock: the next call, else the next of the list."""
        if self._can_call():
            self._calling = True
            name, task = self._offered.popleft()
            return lambda: self._call(name, task)
        one = self._ready.popleft()
        turn = InLine(threading.Event(), self._last.get(one.kind))
        self._last[one.kind] = turn.ended
        self._running[number] = _Running(one, turn)
        if not self._beats:
            self._beats = True
            threading.Thread(target=self._beat, name="afterwards alive", daemon=True).start()
        return lambda: self._do(number, one, turn)

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

    def _do(self, number: int, one: Waiting, turn: InLine) -> None:
        try:
            if self.waiting.begun(one):
                self._perform_one(one, turn)
        except _UNTOLD as error:  # nobody can be told how it ended: it is done once more
            _log.warning("%s of %s is put off: %s", one.kind, one.id, error)
            with self._changed:
                self._look_at = time.monotonic() + _LOOK_EVERY_S
        finally:
            # What came before it is done too, when the next one is told so.
            turn.wait()
            turn.ended.set()
            with self._changed:
                self._held.discard(one.place)
                if one.kind in self._behind.values():
                    self._look_at = 0.0  # what waited for it may be begun
                if (running := self._running.get(number)) and running.turn is turn:
                    del self._running[number]

    def _perform_one(self, one: Waiting, turn: InLine) -> None:
        assert self._perform
        try:
            self._perform(one, turn)
        except NotYet:
            old = (datetime.now(UTC) - one.since).total_seconds() > _NOT_THERE_YET_S
            if old:
                self.waiting.done(one)
                return
            self.waiting.put_off(one, _LOOK_AGAIN_S)
            with self._changed:
                self._again_at = time.monotonic() + _LOOK_AGAIN_S
        except NotNow as error:
            _log.warning("%s of %s is put off: %s", one.kind, one.id, error)
            self.waiting.put_off(one, error.seconds, str(error))
        except KnownFailure as error:
            _log.warning("%s of %s failed: %s", one.kind, one.id, error)
            self.waiting.failed(one, str(error))
        except (StoreAway, ObjectsAway, TooNew) as error:  # no failure of this work; a newer release's server may do it
            _log.warning("%s of %s is put off: %s", one.kind, one.id, error)
            self.waiting.put_off(one, _AWAY_S)
        except Exception as error:
            _log.exception("%s of %s failed", one.kind, one.id)
            self.waiting.failed(one, f"{type(error).__name__}: {error}")
        else:
            self.waiting.done(one)

    def _beat(self) -> None:
        """Hold what is in hand, and give up what hangs, for as long as there is anything."""
        while True:
            time.sleep(min(_BEAT_S, self._limit_s / 4))
            with self._changed:
                hung = [n for n, one in self._running.items() if one.turn.is_beyond(self._limit_s)]
                given_up = [self._give_up(number) for number in hung]
                places = [one.work.place for one in self._running.values()]
                if not places and not given_up:
                    self._beats = False
                    return
            try:
                self.waiting.alive(places)
                for one in given_up:
                    _log.error("%s of %s hangs, and is set aside", one.kind, one.id)
                    self.waiting.failed(one, f"超过 {self._limit_s / 60:.0f} 分钟没有做完", for_good=True)
            except _UNTOLD as error:
                _log.warning("%s", error)

    def _give_up(self, number: int) -> Waiting:
        """A thread cannot be ended: another one takes its place, and nobody waits for it. Called with the lock."""
        running = self._running.pop(number)
        running.turn.ended.set()
        del self._threads[number]
        self._busy -= 1
        self._start()
        return running.work
