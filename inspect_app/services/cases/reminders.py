"""What units and office are to be told: each thing once by each way to each address, by jobs (``delivering.py``)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
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
from ...notices import NotSent
from ...store import StoreDamaged
from .. import Services
from ..accounts.nameless import words_for
from ..accounts.units import all_units, unit_names
from ..backing_up import backup_warning
from ..disk import Disk, Room, fullest, warning
from ..repeating import keep_doing_once
from .delivering import NOTICES, OFFICE, Addressee, Route, Told, Topic, deliver, is_told, ways_to
from .recounting import BY_ITSELF, recount_all
from .unsent_notices import note_unsent

_log = logging.getLogger(__name__)
_EVERY_S = 300.0
_noted_here: set[str] = set()
"""What this process told of a disk that could not take a note of it."""
_WITH_UNIT_AGAIN = ("dispatch", "resume", "reopen", "send_back")
"""The acts after which a unit has something to do that it had not before."""
_DEADLINE_GIVEN = (*_WITH_UNIT_AGAIN, "grant")


def remind(services: Services, now: datetime, *, at_night: bool = False) -> list[Told]:
    """Tell units and office what they have not been told yet. Nothing is sent at night, or while another process sends.

    What nobody took waits as a job for its next try, or is set aside. Raises ``StoreAway`` where it cannot be noted
    what is sent.
    """
    if is_quiet(now, services.settings.timezone) and not at_night:
        return []
    with services.turns.turn("reminders") as mine:
        if not mine:
            return []
        _refuse_to_forget(services)
        told = _remind(services, now)
        problems = [one.problem for one in told if one.problem and not one.cases]
        problems += [one.error for one in services.after.waiting.troubled(NOTICES) if one.error not in problems]
        note_unsent(services, problems, now)
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
    disk = fullest(services.settings)
    told = _tell_of_disk(services, disk, now) if disk else []
    if disk and disk.room is Room.FULL:  # what was told could not be noted down, and would be told again and again
        return told
    return told + deliver(services, _addressees(services, now), now)


def _addressees(services: Services, now: datetime) -> list[Addressee]:
    """Everybody who may have to be told something, and all that is due to have been told by now."""
    settings, deadlines = services.settings, services.library.deadlines
    due = list(reminders(_due(services, deadlines, now), deadlines, settings.timezone, now))
    link = f"{settings.address}/unit/" if settings.address else ""
    found = []
    for kept in all_units(services.store):
        mine = [one for one in due if not one.occasion.to_office and one.case.unit == kept.unit.id]
        topics = [_about_cases(services, mine, now, link, {})]
        found.append(Addressee(kept.unit.id, kept.unit.name, ways_to(services, kept.reach, now), topics))
    office = [one for one in due if one.occasion.to_office]
    link = f"{settings.address}/cases/?view=overdue" if settings.address else ""
    topics = [*_about_backups(services, now), _about_cases(services, office, now, link, unit_names(services.store))]
    return [*found, Addressee(OFFICE, "督导", ways_to(services, _office_reach(services), now), topics)]


def _about_cases(services: Services, due: Sequence[Reminder], now: datetime, link: str, units: dict[str, str]) -> Topic:
    """One message about all that was not told yet."""

    def said(keys: Sequence[str]) -> tuple[str, str]:
        wanted = [one for one in due if one.key in keys]
        return message(wanted, services.library.deadlines, services.settings.timezone, now, link, units)

    return Topic("cases", [one.key for one in due], said)


def _about_backups(services: Services, now: datetime) -> Iterator[Topic]:
    """Once a day that the daily backup fails or does not come."""
    if warned := backup_warning(services, now):
        key = f"backup/{now.astimezone(services.settings.timezone).date()}"
        said = "【明察暗访】备份没有做好", f"{warned}。请管理员查看。"
        yield Topic("backup", [key], lambda _: said, is_cases=False)


def _tell_of_disk(services: Services, disk: Disk, now: datetime) -> list[Told]:
    """Tell the office that the disk is nearly full: once a week while it is low, then once a day."""
    day = now.astimezone(services.settings.timezone).date()
    key = f"disk/{disk.room.name.lower()}/{week_of(now, services.settings.timezone) if disk.room is Room.LOW else day}"
    return _tell_office(services, key, "服务器的磁盘快满了", warning(disk), now)


def _tell_office(services: Services, key: str, subject: str, text: str, now: datetime) -> list[Told]:
    """Tell the office of a thing by each way by which it was not told of it yet, at once: a job may find no room."""
    told = []
    for way in ways_to(services, _office_reach(services), now):
        one = f"{key}/{way.name}"
        if one in _noted_here or is_told(services, key, way):
            continue
        told.append(_sent(way, f"【明察暗访】{subject}", text))
        if not told[-1].problem:
            _note(services, one, now)
    return told


def _sent(way: Route, subject: str, text: str) -> Told:
    """Send one message; what became of it."""
    try:
        way.send(subject, text, "")
    except NotSent as error:
        return Told("督导", way.kind, 0, str(error))
    return Told("督导", way.kind, 0)


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


def _office_reach(services: Services) -> Reach:
    settings, robot = services.settings, services.settings.office_robot
    return Reach(settings.office_mail, robot.address if robot else "", robot.secret if robot else "")
