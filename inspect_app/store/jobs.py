"""Work that waits to be done, durably: the interface of the queue, and what is the same wherever it is kept.

A job is one kind of work on one thing, and is there once. Whoever takes it holds it for ``LEASE_S`` and says again and
again that they are alive; a job whose worker was killed is anybody's after that. Tries are counted before they are
made: what kills its process is not tried for ever. The effects of a job are those of one run, however often it is run.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

LEASE_S = 15.0
"""How long a job is its worker's alone without a sign of life."""
MOST_TRIES = 5
NOTHING_BEHIND: Mapping[str, str] = MappingProxyType({})
FREED_AT_ONCE = 2
"""Tries up to which a job whose worker is known to be dead is taken again without a wait."""
_FIRST_WAIT_S = 30.0
KILLED = "进程在处理时中断"
"""Why a job was set aside of which no failure was told."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work of a ``kind`` on what has this ``id``. ``place`` is another one when it was asked for again.

    ``tries`` are those made before.
    """

    place: int
    kind: str
    id: str
    since: datetime
    tries: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many photos wait for a kind of work, since when the oldest, and how many things were set aside."""

    photos: int
    oldest: datetime | None
    set_aside: int


@dataclass(frozen=True, slots=True)
class SetAside:
    """Work that failed too often to be tried again by itself, and what the last failure said."""

    kind: str
    id: str
    error: str


class JobState(StrEnum):
    """How far a job is. ``AGAIN`` failed, or was broken off, and waits for its next try."""

    QUEUED = "queued"
    RUNNING = "running"
    AGAIN = "again"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class KindTotal:
    """How many jobs of a kind are in a state, and since when the oldest was asked for."""

    kind: str
    state: JobState
    jobs: int
    oldest: datetime


class Jobs(Protocol):
    """The queue of an installation. Safe for threads and processes; on a database, of any number of machines.

    Nothing raises where a list of this machine cannot be written: what was not listed is found in the history, once
    ``is_complete`` says so. A database that is away raises ``StoreAway``.
    """

    @property
    def is_complete(self) -> bool:
        """Whether all that waits is listed: the history was looked through, and nothing can have got lost since."""

    def note_complete(self) -> None:
        """The history was looked through."""

    def take_over(self) -> None:
        """List what earlier lists of this installation still hold; some of it may be done by now."""

    def free_what_the_dead_hold(self) -> None:
        """Have what a process of this machine had in hand that is no more begun at once, and so in its turn.

        Of two photos that are alike the first came first. On a database, with servers anywhere, the lease runs out.
        """

    def add(self, kind: str, id: str, photos: int = 0) -> int:
        """List work on something, or list it anew behind all others; its place, 0 where it could not be listed."""

    def add_all(self, kind: str, ids: Sequence[tuple[str, int]]) -> None:
        """List what is not listed yet, with its photos."""

    def entered(self, kind: str, id: str, photos: int) -> AbstractContextManager[int]:
        """List work with the act that is done in the block, by this thread. Gives its place where it has one already.

        Where the store can it is listed by the act's own transaction; else before, and who takes it before the act
        finds nothing to work on yet. 0 where it could not be listed.
        """

    def due(
        self, kinds: Sequence[str], most: int, but: Collection[int] = (), behind: Mapping[str, str] = NOTHING_BEHIND
    ) -> list[Waiting]:
        """What may be done now, kinds in the order given, each in the order in which it came; without some places.

        What is of a kind in ``behind`` waits for all of that other kind that was listed before it, by whichever worker
        it is done. For what failed, or killed more than ``FREED_AT_ONCE`` workers, nobody waits.
        """

    def begun(self, work: Waiting) -> bool:
        """Take it, and count the try; False where somebody else was quicker."""

    def alive(self, places: Collection[int]) -> None:
        """Hold on to what this process has taken."""

    def done(self, work: Waiting) -> None:
        """Strike it off, unless it was asked for again meanwhile."""

    def failed(self, work: Waiting, error: str, *, for_good: bool = False) -> None:
        """Say why: it is tried again later, or is set aside where it failed often enough, or ``for_good``."""

    def put_off(self, work: Waiting, seconds: float, why: str = "") -> None:
        """It cannot be done yet, which is no failure; ``why`` is for who looks at what waits."""

    def backlog(self, kind: str) -> Backlog:
        """What waits of a kind."""

    def totals(self) -> list[KindTotal]:
        """What there is, by kind and state."""

    def state(self, kind: str, id: str) -> JobState | None:
        """How far work on something is; None where it is not listed, or done."""

    def troubled(self, kind: str) -> list[SetAside]:
        """What of a kind failed or could not be done last time, set aside or not, and what was said."""

    def set_aside(self) -> list[SetAside]:
        """What was set aside, of all kinds, the longest listed first."""

    def try_again(self, kind: str = "", id: str = "") -> list[SetAside]:
        """Have what was set aside (or this of it) tried as if for the first time; what it was."""

    def give_up(self, kind: str, id: str) -> bool:
        """Strike off what was set aside; False where there is no such thing."""

    def close(self) -> None:
        """Give the files back; they are opened again by who still asks."""


def again_after(tries: int) -> float:
    """Seconds after which what failed is tried again, ``tries`` having been made before: five tries in 43 minutes."""
    return float(_FIRST_WAIT_S * 4**tries)


def lease_for(tries: int) -> float:
    """Seconds for which nobody else takes what is begun, where no sign of life comes.

    Whatever ran beside one that kills its process was broken off with it. What was broken off more than once waits
    by chance, so that both are not tried side by side again.
    """
    return LEASE_S if tries < FREED_AT_ONCE else again_after(tries) * random.uniform(0.3, 1.0)
