"""The parent of a server's processes: it starts them, starts again who dies, and ends them together."""

from __future__ import annotations

import logging
import os
import selectors
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from ..listening import ConnectionCounts
from .link import AllSeen, Begin, ItsTurn, Link, ProcessSeen, Serves

_log = logging.getLogger(__name__)
COUNTS = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder in which the members count requests (``web/counting.py``)."""
PROCESSES = "INSPECT_PROCESSES"
"""Tells a member how many there are, so that it takes its part of what a server may have."""
_END_S = 65.0
"""Seconds in which a member has ended that was told to (``serving/ending.py``, ``starting.py``)."""
_LASTED_S = 60.0
"""Who served for so long was no failure: it is started again at once."""
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 30.0
_LOOK_EVERY_S = 5.0


@dataclass(slots=True)
class _Place:
    """Where a member is, or will be again. Times are of the monotonic clock, in seconds."""

    number: int
    process: subprocess.Popen[bytes] | None = None
    link: Link | None = None
    here: str = ""
    began_at: float = 0.0
    due_at: float = 0.0
    wait_s: float = 0.0
    starts: int = 0
    went: bool = False

    @property
    def seen(self) -> ProcessSeen:
        return ProcessSeen(bool(self.here), max(0, self.starts - 1))


def supervise(command: Sequence[str], number: int, sockets: Mapping[int, Sequence[socket.socket]], counts: bool) -> int:
    """Have so many members serve at these sockets, by port, until a signal ends them; the exit code.

    ``command`` starts a member when ``--under`` is added to it; ``counts`` whether requests are counted.
    """
    with _folder_of_counts(counts) as folder, _connections(number) as connections:
        environment = {**os.environ, PROCESSES: str(number), **({COUNTS: folder} if folder else {})}
        return Parent(command, number, sockets, environment, connections, folder).run()


@dataclass(slots=True)
class Parent:
    """All members. It is one thread, woken by signals and by what members say."""

    command: Sequence[str]
    number: int
    sockets: Mapping[int, Sequence[socket.socket]]
    environment: Mapping[str, str]
    connections: int
    """The descriptor of ``ConnectionCounts``."""
    counts: str = ""
    _places: list[_Place] = field(default_factory=list)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _asked: int = 0
    _told: int = 0
    _is_founded: bool = False
    """Whether the first member opened the installation, so that the others find it whole."""
    _is_ready: bool = False
    _code: int | None = None
    """How the server ends, once that is settled."""
    _kill_at: float = 0.0

    def run(self) -> int:
        self._places = [_Place(number + 1) for number in range(self.number)]
        with self._on_signals():
            while True:
                if self._code is None:
                    self._go_on()
                self._wait()
                self._reap()
                if self._asked > self._told:
                    self._end(0)
                if self._code is not None and not self._living:
                    return self._code
                if self._code is not None and time.monotonic() > self._kill_at:
                    self._kill()

    @property
    def _living(self) -> list[_Place]:
        return [one for one in self._places if one.process is not None]

    def _go_on(self) -> None:
        """Start who is due; say that the server is ready, once all are.

        All begin at once, which takes a processor for a second; only the first goes on before it has founded.
        """
        now = time.monotonic()
        for place in self._places:
            is_first = place is self._places[0] and not self._is_founded
            if place.process is None and place.due_at <= now:
                self._start(place, founds=is_first)
            if place.link and not place.went and (is_first or self._is_founded):
                place.went = True
                place.link.say(ItsTurn())
        if not self._is_ready and all(one.here for one in self._places):
            self._is_ready = True
            print(f"READY {self._places[0].here}", flush=True)

    def _start(self, place: _Place, *, founds: bool) -> None:
        ours, theirs = socket.socketpair()
        ports = {port: [one.fileno() for one in found] for port, found in self.sockets.items()}
        handed = [theirs.fileno(), self.connections, *(one for found in ports.values() for one in found)]
        try:
            process = subprocess.Popen(
                [*self.command, "--under", str(theirs.fileno())],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=None if founds else subprocess.DEVNULL,  # people are told once
                pass_fds=handed,
                # What a terminal's Ctrl-C says, the parent says: two signals would cut requests off.
                process_group=0,
            )
        except OSError as error:  # no memory, no processes left
            ours.close()
            _log.error("process %d could not be started: %s", place.number, error)
            self._put_off(place)
            return
        finally:
            theirs.close()
        place.process, place.link, place.here, place.went = process, Link(ours), "", False
        place.began_at, place.starts = time.monotonic(), place.starts + 1
        self._selector.register(place.link, selectors.EVENT_READ, place)
        place.link.say(Begin(place.number - 1, self.number, ports, self.connections, founds, self.counts))

    def _wait(self) -> None:
        due = [one.due_at for one in self._places if one.process is None] if self._code is None else [self._kill_at]
        left = min([_LOOK_EVERY_S, *(max(0.0, at - time.monotonic()) for at in due)])
        for key, _ in self._selector.select(left):
            if isinstance(key.data, _Place):
                self._hear(key.data)
            else:
                os.read(key.fd, 512)

    def _hear(self, place: _Place) -> None:
        assert place.link
        found = place.link.read()
        if found is None:
            self._selector.unregister(place.link)
        for said in found or ():
            if isinstance(said, Serves):
                place.here, self._is_founded = said.here, True
                self._tell()

    def _reap(self) -> None:
        for place in self._living:
            assert place.process
            code = place.process.poll()
            if code is not None:
                self._ended(place, code)

    def _ended(self, place: _Place, code: int) -> None:
        """A member is no more: the server ends where it was to, or cannot begin; else there will be another."""
        served, lasted = bool(place.here), time.monotonic() - place.began_at
        assert place.link
        with suppress(KeyError):
            self._selector.unregister(place.link)
        place.link.close()
        ConnectionCounts(self.connections, self.number).clear(place.number - 1)
        place.process, place.link, place.here = None, None, ""
        if self._code is not None:
            # Who is told before it listens to signals, as python itself begins, is ended by that one.
            self._code = self._code or (0 if code in (0, -signal.SIGTERM) else 1)
            return
        why = f"signal {-code}" if code < 0 else f"exit code {code}"
        cannot_begin = not self._is_ready or not any(one.here for one in self._places)
        if not served and cannot_begin:
            if code < 0:  # else it said why
                _log.error("process %d ended (%s) before it served; so does the server", place.number, why)
            self._end(code if code > 0 else 1)
            return
        if lasted >= _LASTED_S:
            place.wait_s = 0.0
        _log.error("process %d ended (%s); another one begins in %.0f s", place.number, why, place.wait_s)
        self._put_off(place)
        self._tell()

    def _put_off(self, place: _Place) -> None:
        """The first time a member is started again at once, then after longer and longer."""
        place.due_at = time.monotonic() + place.wait_s
        place.wait_s = min(_LONGEST_WAIT_S, max(_FIRST_WAIT_S, 2 * place.wait_s))

    def _tell(self) -> None:
        """Have all members know how all are."""
        seen = AllSeen(tuple(one.seen for one in self._places))
        for place in self._living:
            if place.link:
                place.link.say(seen)

    def _end(self, code: int) -> None:
        """Tell all members to end, each time that is asked for: the second time they do at once."""
        # Before, so that the last member to close a port closes it: else the system would go on accepting.
        for one in (one for found in self.sockets.values() for one in found):
            one.close()
        self.sockets = {}
        self._told = self._asked
        if self._code is None:
            self._code, self._kill_at = code, time.monotonic() + _END_S
        for place in self._living:
            assert place.process
            place.process.terminate()

    def _kill(self) -> None:
        self._code, self._kill_at = 1, float("inf")
        for place in self._living:
            assert place.process
            _log.error("process %d does not end, and is killed", place.number)
            place.process.kill()

    @contextmanager
    def _on_signals(self) -> Iterator[None]:
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        self._selector.register(reading, selectors.EVENT_READ, None)

        def asked(*_: object) -> None:
            self._asked += 1

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, asked)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(writing)
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            os.close(writing)
            os.close(reading)


@contextmanager
def _connections(number: int) -> Iterator[int]:
    descriptor = ConnectionCounts.made(number)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _folder_of_counts(wanted: bool) -> Iterator[str]:
    """A folder for the counts of all members; none where none is wanted or can be had, or one was named already."""
    if not wanted or COUNTS in os.environ:
        yield ""
        return
    try:
        made = tempfile.mkdtemp(prefix="inspect-counts-")
    except OSError:
        _log.warning("no folder for the counts of all processes; each tells its own")
        yield ""
        return
    try:
        yield made
    finally:
        shutil.rmtree(Path(made), ignore_errors=True)
