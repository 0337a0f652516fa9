"""Thinning what records keep of people, by a rule, with a word in the log (docs/operate/retention.md).

A change and its entry are one act: what a killed run did not do is due at the next one. The log tells what was done by
which rule, never what was there. What a document no longer holds is not needed to prove it: figures are frozen,
receipts and submissions go by hashes of what was sent, and the log is a witness of each state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from ...collections import Collection, Kept
from ...collections.accounts.device import DEVICES
from ...collections.accounts.factors import FACTORS
from ...collections.accounts.sign_in_code import SIGN_IN_CODES
from ...collections.accounts.unit import UNITS
from ...collections.accounts.user import USERS
from ...collections.evidence.checks import PHOTO_CHECKS
from ...collections.evidence.saved_filters import SAVED_FILTERS
from ...collections.inspecting.held_import import HELD_IMPORTS
from ...collections.inspecting.inspection import INSPECTIONS
from ...collections.plan.week_plan import AVOIDANCES
from ...domain.cases.case import Case
from ...domain.cases.retention import Stays
from ...domain.cases.thinning import RULE, needed_items, thinned_checks, thinned_submission, thinned_visit
from ...domain.inspecting.inspection import Inspection
from ...store import Stale
from .. import Services
from ..accounts.thinning import (
    ACCOUNTS,
    BROWSERS,
    CODES,
    UNITS_TOLD,
    gone_accounts,
    thinned_accounts,
    thinned_codes,
    thinned_devices,
    thinned_units,
)
from ..audit import Entry, keep
from ..thinned import THINNED, RuledChange
from .old_visits import all_visits, over
from .retaining import RETAINER

VISITS, CHECKED, HELD, AVOIDED, FILTERS = "visits", "checks", "held", "avoidances", "filters"
RULES: Mapping[str, str] = {
    VISITS: "测评：轨迹、手机、作答时刻删去；已确认问题以外的照片，位置改为约 800 米，机型删去",
    CHECKED: "照片的检查结果：已确认问题以外的照片，文件里的位置和机型删去",
    HELD: "等过办公室、已有决定的提交：轨迹、手机、位置、机型删去",
    ACCOUNTS: "停用的账号：姓名封存，改用代号，密码和二次验证删去",
    AVOIDED: "停用的账号：回避的区域删去",
    FILTERS: "停用的账号：自己存的筛选删去",
    UNITS_TOLD: "停用的责任单位：邮箱、机器人地址删去",
    BROWSERS: "登录过、已失效的设备：名称和浏览器删去",
    CODES: "用过或过期的登录码：给谁、谁给的删去",
}
"""What each rule does, in the order in which they are run."""
_AT_ONCE = 50
"""Things that one act changes."""
T = TypeVar("T")


@dataclass(slots=True)
class Thinning:
    """How many things each rule is due for, or was done for; how many old inspections stay whole, for which reason."""

    done: Counter[str] = field(default_factory=Counter)
    stay: Counter[Stays] = field(default_factory=Counter)


def plan(services: Services, now: datetime) -> Thinning:
    """What would be changed now, by the setting; nothing is. Without the setting, nothing is due."""
    found = Thinning()
    for change in _due(services, now, found.stay):
        found.done[change.rule] += change.number
    return found


def run(services: Services, now: datetime) -> Thinning:
    """Change what is due; what was changed, without what somebody worked with meanwhile. A killed one is run again."""
    found = Thinning()
    for some in _acts(_due(services, now, found.stay)):
        for change in _kept(services, some, now):
            found.done[change.rule] += change.number
    if services.settings.personal_days:
        _forget(services, now)
    return found


def _forget(services: Services, now: datetime) -> None:
    """Have no file hold what was there before, whichever run changed it."""
    before = now - timedelta(days=services.settings.personal_days)
    for collection in (INSPECTIONS, PHOTO_CHECKS):
        for week in collection.weeks(services.store):
            if over(services, week) < before:
                services.store.forget_replaced(collection.name, week)
    for other in (HELD_IMPORTS, USERS, FACTORS, AVOIDANCES, SAVED_FILTERS, UNITS, DEVICES, SIGN_IN_CODES):
        services.store.forget_replaced(other.name)


def _due(services: Services, now: datetime, stay: Counter[Stays]) -> Iterator[RuledChange]:
    days = services.settings.personal_days
    if not days:
        return
    store, before = services.store, now - timedelta(days=days)
    yield from _visits(services, before, stay)
    yield from _held(services, before)
    gone = gone_accounts(store, before)
    needed = _needed(services, before) if gone else frozenset[str]()
    yield from thinned_accounts(store, gone, needed)
    for name in gone:
        if name not in needed:
            yield from _emptied(services, name)
    yield from thinned_units(store, before)
    yield from thinned_devices(store, before, now)
    yield from thinned_codes(store, before)


def _visits(services: Services, before: datetime, stay: Counter[Stays]) -> Iterator[RuledChange]:
    for visit in all_visits(services, before):
        if visit.stays:
            stay[visit.stays] += 1
        if visit.is_due:
            kept = visit.inspection
            yield from _changed(VISITS, INSPECTIONS, kept, thinned_visit(kept.value))
            if checks := PHOTO_CHECKS.get(services.store, kept.id):
                yield from _changed(
                    CHECKED, PHOTO_CHECKS, checks, thinned_checks(checks.value, needed_items(kept.value))
                )


def _changed(rule: str, collection: Collection[T], kept: Kept[T], value: T) -> Iterator[RuledChange]:
    if value != kept.value:
        yield RuledChange(rule, kept.id, (collection.writing(kept.id, value, kept.revision),))


def _held(services: Services, before: datetime) -> Iterator[RuledChange]:
    for kept in HELD_IMPORTS.find(services.store):
        decided = kept.value.decided_at
        if decided and decided < before:
            yield from _changed(HELD, HELD_IMPORTS, kept, thinned_submission(kept.value))


def _needed(services: Services, before: datetime) -> frozenset[str]:
    """The accounts of whom a visit tells that is young, or is still worked with."""
    found: set[str] = set()
    for visit in all_visits(services, before):
        if not visit.is_due:
            found |= _people(visit.inspection.value).union(*map(_actors, (case.value for case in visit.cases)))
    return frozenset(found)


def _people(visit: Inspection) -> set[str]:
    return {*visit.knowing, *(step.review.by for step in visit.history), *(one.by for one in visit.presence.settled)}


def _actors(case: Case) -> set[str]:
    return {case.filed_by, *(step.by for step in case.steps)}


def _emptied(services: Services, name: str) -> Iterator[RuledChange]:
    """What an account that is gone had for itself alone."""
    avoided, filters = AVOIDANCES.get(services.store, name), SAVED_FILTERS.get(services.store, name)
    if avoided and avoided.value:
        write = AVOIDANCES.writing(name, (), avoided.revision)
        yield RuledChange(AVOIDED, f"{AVOIDANCES.name}/{name}", (write,))
    if filters and filters.value:
        yield RuledChange(FILTERS, f"users/{name}", (SAVED_FILTERS.writing(name, {}, filters.revision),))


def _acts(changes: Iterator[RuledChange]) -> Iterator[list[RuledChange]]:
    """What one act does: several changes of one document each, or one of several. Each entry has its own witnesses."""
    several: list[RuledChange] = []
    for change in changes:
        if len(change.writes) > 1:
            yield [change]
            continue
        several.append(change)
        if len(several) == _AT_ONCE:
            yield several
            several = []
    if several:
        yield several


def _kept(services: Services, changes: Sequence[RuledChange], now: datetime) -> Sequence[RuledChange]:
    """Which of some changes were made: all in one act; where one meets newer work, each in an act of its own."""
    try:
        _keep(services, changes, now)
    except Stale:
        return [one for one in changes if len(changes) > 1 and _kept(services, [one], now)]
    return changes


def _keep(services: Services, changes: Sequence[RuledChange], now: datetime) -> None:
    rule = RULE.format(days=services.settings.personal_days)
    entries = [Entry(THINNED, one.of, after={"rule": rule, "what": one.rule, "number": one.number}) for one in changes]
    keep(services.store, RETAINER, now, entries, [write for one in changes for write in one.writes])
