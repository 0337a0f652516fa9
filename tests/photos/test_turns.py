"""Who waits for a picture to be decoded, and who is sent away."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from inspect_app.photos.turns import Busy, Turns, patiently


class Held:
    """A turn that is taken until it is let go, and threads that wait behind it."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.go, self.done = turns, threading.Event(), []
        self.threads: list[threading.Thread] = []
        begun = threading.Event()
        self._start(lambda: (begun.set(), self.go.wait(10)))
        assert begun.wait(10)

    def _start(self, work: Callable[[], object], patient: bool = False) -> None:
        def run() -> None:
            if patient:
                with patiently(), self.turns.taken():
                    work()
            else:
                with self.turns.taken():
                    work()

        self.threads.append(threading.Thread(target=run, daemon=True))
        self.threads[-1].start()

    def wait_behind(self, count: int, patient: bool = False) -> None:
        before = self.turns._waiting
        for number in range(count):
            self._start(lambda number=number: self.done.append(number), patient)
        if not patient:
            while self.turns._waiting < before + count:
                assert any(thread.is_alive() for thread in self.threads)

    def let_go(self) -> None:
        self.go.set()
        for thread in self.threads:
            thread.join(10)


def test_two_wait_and_the_third_is_sent_away_at_once():
    held = Held(Turns(most_waiting=2))
    held.wait_behind(2)
    with pytest.raises(Busy), held.turns.taken():
        pass
    held.let_go()
    assert sorted(held.done) == [0, 1]
    with held.turns.taken():
        pass


def test_who_is_patient_waits_and_takes_no_place():
    held = Held(Turns(most_waiting=1))
    held.wait_behind(5, patient=True)
    held.wait_behind(1)
    with pytest.raises(Busy), held.turns.taken():
        pass
    held.let_go()
    assert len(held.done) == 6


def test_one_that_fails_gives_its_turn_back():
    turns = Turns()
    with pytest.raises(ZeroDivisionError), turns.taken():
        1 / 0  # noqa: B018
    with turns.taken():
        pass
