"""Messages as jobs: one job for each way to each address, which tells what was not told by it yet.

1. Before a message goes it is kept which reminders are in it, and by which id its receiver knows it (``Delivery``).
2. Once it was taken, one act notes the reminders as told and ends the delivery.
3. What nobody took is tried again: soon and often where nobody answered, a few times where it was refused, and is then
   set aside, with the reason. On the next day it is tried anew. One address holds up no other.

Who is killed between 1 and 2 cannot know whether it was taken: it is sent once more, under the same id, by which mail
servers and mailboxes know it again. Robots know no such thing, and may say it twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from ...collections import Kept
from ...collections.cases.delivery import DELIVERIES, Delivery
from ...collections.cases.reminder import REMINDERS
from ...domain.accounts.unit import Reach
from ...notices import NotSent, Robot, post_to_robot, send_mail
from ...store.jobs import Waiting
from .. import Services
from ..accounts.units import unit_names
from ..afterwards import InLine, KnownFailure, NotNow

NOTICES = "notices"
"""What these jobs are called."""
OFFICE = "office"
"""Whom the office's are for, as a unit's id is."""
_AGAIN_S = 240.0
_PASSING_FOR, _ANEW_AFTER = timedelta(days=2), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Told:
    """One message that was sent, or was not: to whom, which way (``mail``, ``robot``), about how many cases, and what
    went wrong. One about no cases is about the server.
    """

    to: str
    way: str
    cases: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """A way to somebody: ``name`` tells it from others, ``kind`` is ``mail`` or ``robot``; ``send`` takes subject, text
    and the message's id.
    """

    name: str
    kind: str
    send: Callable[[str, str, str], None]


@dataclass(frozen=True, slots=True)
class Topic:
    """What is told in one message: the keys of what is due, and subject and text about some of these."""

    name: str
    keys: Sequence[str]
    said: Callable[[Sequence[str]], tuple[str, str]]
    is_cases: bool = True


@dataclass(frozen=True, slots=True)
class Addressee:
    """A unit or the office: its id, what it is called, the ways to it, and what it is to be told."""

    id: str
    name: str
    ways: Sequence[Route]
    topics: Sequence[Topic]


def ways_to(services: Services, reach: Reach, now: datetime) -> list[Route]:
    """By mail to each address, and by the robot of a chat group."""
    ways, mail = [], services.settings.mail
    for address in reach.mail if mail else ():
        assert mail
        digest = hashlib.sha256(address.encode()).hexdigest()[:16]
        ways.append(Route(f"mail/{digest}", "mail", partial(_by_mail, partial(send_mail, mail, [address]))))
    if reach.webhook:
        robot, networks = Robot(reach.webhook, reach.webhook_secret), services.settings.webhook_networks
        ways.append(Route("robot", "robot", lambda _, text, id: post_to_robot(robot, text, now, networks)))
    return ways


def is_told(services: Services, key: str, way: Route) -> bool:
    """Whether a thing was told by a way; earlier versions of the program noted all addresses of a unit together."""
    names = dict.fromkeys((way.name, way.kind))
    return any(REMINDERS.get(services.store, f"{key}/{name}") for name in names)


def deliver(services: Services, addressees: Sequence[Addressee], now: datetime) -> list[Told]:
    """Enter what is to be told as jobs, and do those that are due; what became of each that was tried."""
    by_job = {f"{one.id}/{way.name}": (one, way) for one in addressees for way in one.ways}
    _enter(services, {job: to for job, (to, way) in by_job.items() if any(_next(services, job, to, way))}, now)
    told: list[Told] = []

    def perform(work: Waiting, turn: InLine) -> None:
        if pair := by_job.get(work.id):  # else that way is none any more
            _tell_all(services, work, *pair, now, told.append)

    services.after.do_apart((NOTICES,), perform)
    return told


def notice_words(services: Services, job: str) -> str:
    """Whom a job tells, and which way, in Chinese: without the address."""
    id, _, way = job.partition("/")
    name = "督导" if id == OFFICE else unit_names(services.store).get(id, id)
    return f"{name}，{'群机器人' if way == 'robot' else '邮件'}"


def _enter(services: Services, jobs: Mapping[str, Addressee], now: datetime) -> None:
    """List what is not listed yet; of what was set aside only what was tried on another day.

    What was set aside goes where nobody is to be told by it any more, as after an address was put right.
    """
    waiting = services.after.waiting
    aside = {one.id for one in waiting.set_aside() if one.kind == NOTICES}
    waiting.add_all(NOTICES, [(job, 0) for job in jobs if job not in aside])
    for job in aside.difference(jobs):
        waiting.give_up(NOTICES, job)
    for job in aside.intersection(jobs):
        names = [f"{job}/{topic.name}" for topic in jobs[job].topics]
        tried = [kept for name in names if (kept := DELIVERIES.get(services.store, name))]
        if all(now - kept.value.begun_at >= _ANEW_AFTER for kept in tried):
            for kept in tried:
                DELIVERIES.update(services.store, kept, replace(kept.value, begun_at=now))
            waiting.add(NOTICES, job)


def _next(
    services: Services, job: str, to: Addressee, way: Route
) -> Iterator[tuple[Topic, Kept[Delivery] | None, list[str]]]:
    """The messages that are to be sent: those on their way with what is still due of them, else what was not told."""
    for topic in to.topics:
        kept = DELIVERIES.get(services.store, f"{job}/{topic.name}")
        begun = set(kept.value.keys) if kept else set[str]()
        keys = [key for key in topic.keys if (key in begun if begun else not is_told(services, key, way))]
        if keys or begun:
            yield topic, kept, keys


def _tell_all(
    services: Services, work: Waiting, to: Addressee, way: Route, now: datetime, note: Callable[[Told], None]
) -> None:
    for _ in range(2):  # what was on its way, and then what came since
        for topic, kept, keys in list(_next(services, work.id, to, way)):
            cases = len(keys) if topic.is_cases else 0
            try:
                _tell(services, f"{work.id}/{topic.name}", topic, kept, keys, way, now)
            except NotSent as error:
                note(Told(to.name, way.kind, cases, str(error)))
                if error.is_passing and now - work.since < _PASSING_FOR:
                    raise NotNow(str(error), _AGAIN_S) from error
                raise KnownFailure(str(error)) from error
            if keys:
                note(Told(to.name, way.kind, cases))


def _tell(
    services: Services,
    id: str,
    topic: Topic,
    kept: Kept[Delivery] | None,
    keys: Sequence[str],
    way: Route,
    now: datetime,
) -> None:
    """Send one message, and note it. What is due no more by now is not told, as if it had been. Raises ``NotSent``."""
    store = services.store
    if not (kept and kept.value.keys):
        begun = Delivery(str(uuid4()), tuple(keys), now)
        store.act([DELIVERIES.writing(id, begun, kept.revision if kept else 0)])
        kept = DELIVERIES.get(store, id)
        assert kept
    if keys:
        way.send(*topic.said(keys), kept.value.message)
    notes = [f"{key}/{way.name}" for key in kept.value.keys]
    new = [REMINDERS.writing(note, now) for note in notes if REMINDERS.get(store, note) is None]
    store.act([*new, DELIVERIES.writing(id, replace(kept.value, keys=()), kept.revision)])


def _by_mail(send: Callable[..., None], subject: str, text: str, id: str) -> None:
    send(subject, text, id=id)
