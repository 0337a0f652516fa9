"""What administrators see of the work behind the answers, and decide about what was set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..store.jobs import KILLED, JobState, KindTotal, SetAside
from ..store.turns import Ran
from . import Services
from .audit import Entry, keep

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
    found = services.after.waiting.try_again(kind, id)
    for one in found:
        keep(services.store, by, now, [_entry("job.retried", one)], [])
    services.after.begin()
    return bool(found)


def give_up(services: Services, by: str, kind: str, id: str, now: datetime) -> bool:
    """Strike off a job that was set aside; False where it is not there any more."""
    found = next((one for one in services.after.waiting.set_aside() if (one.kind, one.id) == (kind, id)), None)
    if found is None or not services.after.waiting.give_up(kind, id):
        return False
    keep(services.store, by, now, [_entry("job.given_up", found)], [])
    return True


def _entry(act: str, one: SetAside) -> Entry:
    return Entry(act, one.id, before={"kind": one.kind, "why": one.error or KILLED})
