"""Group commit: who comes while others are at work waits, and all who waited are served together by one of them."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Generic, TypeVar

_MOST = 64
"""Jobs of a batch: so many answers may have to wait for the slowest of them."""


class Job:
    """Something that is to be done in a batch, and how that ended: well, or with ``error``."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.is_over = False
        self.woken = threading.Event()

    def goes_with(self, earlier: Sequence[Job]) -> bool:
        """Whether it can be done together with these, which came before."""
        raise NotImplementedError


_J = TypeVar("_J", bound=Job)


class Batches(Generic[_J]):
    """Jobs in the order in which they came, done one batch after another; each batch by the thread of its first job.

    ``work`` does a batch. It notes in each job what went wrong with that alone; what it raises went wrong with all.
    """

    def __init__(self, work: Callable[[Sequence[_J]], None]) -> None:
        self._work = work
        self._mutex = threading.Lock()
        self._jobs: list[_J] = []
        """The batch that is being done, and behind it what waits."""

    def do(self, job: _J) -> None:
        """Return once a job is over. Raises what went wrong with it."""
        with self._mutex:
            self._jobs.append(job)
            if self._jobs[0] is job:
                job.woken.set()
        try:
            job.woken.wait()
        finally:  # an interrupted thread comes to its turn as well: others wait behind it
            job.woken.wait()
            if not job.is_over:
                self._lead()
        if job.error:
            raise job.error

    def _lead(self) -> None:
        with self._mutex:
            batch = self._next()
        try:
            self._work(batch)
        except BaseException as error:
            for job in batch[1:]:
                job.error = job.error or _told_to_others(error)
            raise
        finally:
            self._hand_over(batch)

    def _next(self) -> list[_J]:
        """The first job, and those behind it up to one that does not go with them."""
        batch = self._jobs[:1]
        for job in islice(self._jobs, 1, _MOST):
            if not job.goes_with(batch):
                break
            batch.append(job)
        return batch

    def _hand_over(self, batch: Sequence[_J]) -> None:
        """Let the next thread lead, then tell those who were served."""
        with self._mutex:
            del self._jobs[: len(batch)]
            following = self._jobs[:1]
        for job in batch:
            job.is_over = True
        for job in (*following, *batch):
            job.woken.set()


def _told_to_others(error: BaseException) -> Exception:
    """What the other threads of a batch raise: an error object of their own."""
    return copy.copy(error) if isinstance(error, Exception) else OSError("一起写入的操作被中断")
