"""Sending reminders: each thing once by each way, again where nobody took it, by one process of an installation."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ...collections.cases.case import CASES
from ...collections.cases.reminder import REMINDERS
from ...domain.accounts.scope import Scope
from ...domain.accounts.unit import Reach
from ...domain.cases.case import WITH_UNIT
from ...domain.cases.deadlines import Deadlines, guessed_years
from ...domain.cases.reminders import Due, Reminder, is_quiet, message, reminders
from ...domain.weeks import week_of
from ...notices import NotSent, Robot, post_to_robot, send_mail
from ...store import StoreDamaged
from .. import Services
from ..accounts.nameless import words_for
from ..accounts.units import all_units, unit_names
from ..backing_up import backup_warning
from ..disk import Disk, Room, fullest, warning
from ..repeating import keep_doing_once
from .recounting import BY_ITSELF, recount_all
from .unsent_notices import note_unsent

_log = logging.getLogger(__name__)
_EVERY_S = 300.0
_noted_here: set[str] = set()
"""What this process told of a disk that could not take a note of it."""
_WITH_UNIT_AGAIN = ("dispatch", "resume", "reopen", "send_back")
"""The acts after which a unit has something to do that it had not before."""
_DEADLINE_GIVEN = (*_WITH_UNIT_AGAIN, "grant")


@dataclass(frozen=True, slots=True)
class Told:
    """One message that was sent, or was not: to whom, which way, about how many cases, and what went wrong.

    One about no cases is about the disk.
    """

    to: str
    way: str
    cases: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to somebody: ``name`` tells it from others, ``send`` takes subject and text."""

    name: str
    send: Callable[[str, str], None]


def remind(services: Services, now: datetime, *, at_night: bool = False) -> list[Told]:
    """Tell units and office what they have not been told yet. Nothing is sent at night, or while another process sends.

    What nobody took is tried again the next time. A crash between sending and noting it down may tell a thing twice.
    Raises ``StoreAway`` where it cannot be noted what is sent.
    """
    if is_quiet(now, services.settings.timezone) and not at_night:
        return []
    with services.turns.turn("reminders") as mine:
        if not mine:
            return []
        _refuse_to_forget(services)
        told = _remind(services, now)
        note_unsent(services, [one.problem for one in told if one.problem], now)
        return told


def keep_reminding(services: Services) -> None:
    """Recount deadlines, and remind, each every few minutes as long as the process lives; returns at once."""
    recount = partial(recount_all, services, BY_ITSELF)
    keep_doing_once(services.turns, "recounting", recount, every_s=_EVERY_S, first_s=_EVERY_S)
    keep_doing_once(services.turns, "reminding", partial(_remind_and_log, services), every_s=_EVERY_S, first_s=_EVERY_S)


def _remind_and_log(services: Services, now: datetime) -> None:
    for told in remind(services, now):
        if told.problem:
            _log.warning("%s %s: %s", told.to, told.way, told.problem)


def _refuse_to_forget(services: Services) -> None:
    """What is sent and cannot be noted would be sent every few minutes. A full disk is told of all the same."""
    with suppress(OSError, StoreDamaged):
        services.store.probe()


def _remind(services: Services, now: datetime) -> list[Told]:
    settings, deadlines = services.settings, services.library.deadlines
    disk = fullest(settings)
    told = _tell_of_disk(services, disk, now) if disk else []
    told += _tell_of_backup(services, now)
    if disk and disk.room is Room.FULL:  # what was told could not be noted down, and would be told again and again
        return told
    due = list(reminders(_due(services, deadlines, now), deadlines, settings.timezone, now))
    for kept in all_units(services.store):
        mine = [one for one in due if not one.occasion.to_office and one.case.unit == kept.unit.id]
        link = f"{settings.address}/unit/" if settings.address else ""
        told += _tell(services, kept.unit.name, _ways(services, kept.reach, now), mine, now, link, {})
    office = [one for one in due if one.occasion.to_office]
    link = f"{settings.address}/cases/?view=overdue" if settings.address else ""
    names = unit_names(services.store)
    return told + _tell(services, "督导", _ways(services, _office_reach(services), now), office, now, link, names)


def _tell_of_disk(services: Services, disk: Disk, now: datetime) -> list[Told]:
    """Tell the office that the disk is nearly full: once a week while it is low, then once a day."""
    day = now.astimezone(services.settings.timezone).date()
    key = f"disk/{disk.room.name.lower()}/{week_of(now, services.settings.timezone) if disk.room is Room.LOW else day}"
    return _tell_office(services, key, "服务器的磁盘快满了", warning(disk), now)


def _tell_of_backup(services: Services, now: datetime) -> list[Told]:
    """Tell the office once a day that the daily backup fails or does not come."""
    said = backup_warning(services, now)
    key = f"backup/{now.astimezone(services.settings.timezone).date()}"
    return _tell_office(services, key, "备份没有做好", f"{said}。请管理员查看。", now) if said else []


def _tell_office(services: Services, key: str, subject: str, text: str, now: datetime) -> list[Told]:
    """Tell the office of a thing by each way by which it was not told of it yet."""
    told = []
    for way in _ways(services, _office_reach(services), now):
        one = f"{key}/{way.name}"
        if one in _noted_here or REMINDERS.get(services.store, one):
            continue
        told.append(_sent(way, "督导", 0, f"【明察暗访】{subject}", text))
        if not told[-1].problem:
            _note(services, one, now)
    return told


def _sent(way: _Way, to: str, cases: int, subject: str, text: str) -> Told:
    """Send one message; what became of it."""
    try:
        way.send(subject, text)
    except NotSent as error:
        return Told(to, way.name, cases, str(error))
    return Told(to, way.name, cases)


def _note(services: Services, key: str, now: datetime) -> None:
    """Note that a thing was told; what a full disk does not take is known to this process alone."""
    try:
        REMINDERS.put_once(services.store, key, now, same_by="at")
    except OSError:
        _noted_here.add(key)


def _due(services: Services, deadlines: Deadlines, now: datetime) -> Iterable[Due]:
    words = words_for(services, Scope(inspectors=False))
    for kept in CASES.find(services.store, state=WITH_UNIT):
        case, since = kept.value, kept.value.last(*_WITH_UNIT_AGAIN)
        if case.deadline and since:
            guessed = guessed_years(deadlines, services.settings.timezone, case, now)
            given = case.last("recount", *_DEADLINE_GIVEN)
            yield Due(
                kept.id,
                case.title,
                words(case.place.name),
                case.unit,
                case.deadline,
                since.at,
                guessed,
                recounted=given is not None and given.act == "recount",
            )


def _ways(services: Services, reach: Reach, now: datetime) -> list[_Way]:
    ways = []
    mail = services.settings.mail
    if mail and reach.mail:
        to = list(reach.mail)
        ways.append(_Way("mail", lambda subject, text: send_mail(mail, to, subject, text)))
    if reach.webhook:
        robot, networks = Robot(reach.webhook, reach.webhook_secret), services.settings.webhook_networks
        ways.append(_Way("robot", lambda _, text: post_to_robot(robot, text, now, networks)))
    return ways


def _office_reach(services: Services) -> Reach:
    settings, robot = services.settings, services.settings.office_robot
    return Reach(settings.office_mail, robot.address if robot else "", robot.secret if robot else "")


def _tell(
    services: Services,
    to: str,
    ways: Sequence[_Way],
    due: Sequence[Reminder],
    now: datetime,
    link: str,
    units: dict[str, str],
) -> list[Told]:
    """One message by each way about all that was not told by it yet."""
    told = []
    for way in ways:
        new = [one for one in due if REMINDERS.get(services.store, f"{one.key}/{way.name}") is None]
        if not new:
            continue
        subject, text = message(new, services.library.deadlines, services.settings.timezone, now, link, units)
        told.append(_sent(way, to, len(new), subject, text))
        for one in new if not told[-1].problem else ():
            REMINDERS.put_once(services.store, f"{one.key}/{way.name}", now, same_by="at")
    return told
