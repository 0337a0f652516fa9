"""What administrators see of the work behind the answers, and decide about what was set aside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..store.jobs import KILLED, JobState, KindTotal, SetAside
from ..store.turns import Ran
from . import Services
from .audit import logged

SCHEDULED = {
    "reminding": "提醒责任单位和督导",
    "recounting": "按放假安排重算期限",
    "backup": "每天备份",
    "framing": "固定已结束的期",
    "timestamps": "申请时间戳",
    "validations": "抽取复测的点位",
    "sweeping": "清理没有引用的照片",
}
"""What scheduled work is called."""


class _GoneMeanwhile(Exception):
    """Somebody else was quicker, or the list cannot be written."""


@dataclass(frozen=True, slots=True)
class Queued:
    """Jobs by kind and state, those set aside, and what became of scheduled work."""

    totals: Sequence[KindTotal]
    set_aside: Sequence[SetAside]
    ran: Sequence[Ran]


def queued(services: Services) -> Queued:
    """All that waits, and what ran by the clock."""
    jobs = services.after.waiting
    ran = [one for one in services.turns.ran() if one.name in SCHEDULED]
    order = list(JobState)
    return Queued(sorted(jobs.totals(), key=lambda one: (one.kind, order.index(one.state))), jobs.set_aside(), ran)


def try_again(services: Services, by: str, kind: str, id: str, now: datetime) -> bool:
    """Have a job that was set aside tried again; False where it is not there any more."""
    jobs = services.after.waiting
    done = _decided(services, by, "job.retried", (kind, id), now, lambda: bool(jobs.try_again(kind, id)))
    services.after.begin()
    return done


def give_up(services: Services, by: str, kind: str, id: str, now: datetime) -> bool:
    """Strike off a job that was set aside; False where it is not there any more."""
    jobs = services.after.waiting
    return _decided(services, by, "job.given_up", (kind, id), now, lambda: jobs.give_up(kind, id))


def _decided(
    services: Services, by: str, act: str, job: tuple[str, str], now: datetime, do: Callable[[], bool]
) -> bool:
    """Whether it was done. The log says it before, and that it is void where it was not: the list has no acts."""
    one = next((one for one in services.after.waiting.set_aside() if (one.kind, one.id) == job), None)
    if one is None:
        return False
    try:
        with logged(services, by, act, one.id, now, before={"kind": one.kind, "why": one.error or KILLED}):
            if not do():
                raise _GoneMeanwhile
    except _GoneMeanwhile:
        return False
    return True
