"""How an installation stands, in numbers: what waits and for how long, for whoever watches it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from . import Services
from .cases.unsent_notices import unsent_notices
from .evidence.working import KINDS, TITLES

NOTICES = "notices"


@dataclass(frozen=True, slots=True)
class Queue:
    """Things of a kind that wait, since when the oldest (UTC), and how many were set aside after several failures."""

    name: str
    title: str
    length: int
    oldest: datetime | None
    set_aside: int = 0


def queues(services: Services) -> Sequence[Queue]:
    """All that waits: work on photos (in photos), and messages that nobody took."""
    found = []
    for kind in KINDS:
        waits = services.after.waiting.backlog(kind)
        found.append(Queue(kind, f"照片{TITLES[kind]}", waits.photos, waits.oldest, waits.set_aside))
    left = unsent_notices(services)
    return [*found, Queue(NOTICES, "发不出去的邮件和群消息", left.messages, left.since)]
