"""Demonstration cases: the confirmed findings of the earlier weeks on their way to being put right."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ..collections import Kept
from ..collections.inspecting.inspection import INSPECTIONS
from ..domain.accounts.permissions import Role
from ..domain.accounts.scope import EVERYTHING
from ..domain.accounts.unit import Reach, Unit
from ..domain.accounts.user import COMMAND_LINE, User
from ..domain.cases.case import Case
from ..domain.weeks import first_day, shifted, utc_text
from ..services import Services
from ..services.accounts.accounts import add_user, find_user, set_password
from ..services.accounts.passwords import random_password
from ..services.accounts.units import KeptUnit, add_unit, all_units
from ..services.cases.acts import AskedAct, act_on, default_deadline, open_case, proposal_for
from ..services.cases.unit_reports import AFTER, take_handling
from ..services.evidence.receiving import PHOTO, Received, receive
from ..services.place.register import area_tree
from .answers import fix_near
from .scenes import scene_photo
from .sites import MARK, demo_streets

_NAMED = 3
"""So many of the units that the checklists name most often, besides the districts."""
_ACCOUNT = "demo-unit"
_MOST = 15
"""Cases of a week: enough to look at, and soon made."""


def demo_units(services: Services, now: datetime) -> dict[str, str]:
    """The units with their accounts, and the accounts' passwords."""
    tree = area_tree(services.store)
    known = {kept.unit.name for kept in all_units(services.store)}
    districts = dict.fromkeys(street.parent for street in demo_streets(tree))
    wanted = [Unit("", MARK + name, (name,)) for name in _most_named(services)]
    wanted += [Unit("", f"{MARK}{tree.name(code)}", (tree.name(code),), (code,)) for code in districts]
    for unit in wanted:
        if unit.name not in known:
            assert not isinstance(add_unit(services.store, COMMAND_LINE, unit, Reach(), now), list)
    return {
        _name(number): _account(services, _name(number), kept, now)
        for number, kept in enumerate(_units(services), start=1)
    }


def demo_cases(services: Services, supervisor: User, week: str, now: datetime) -> None:
    """File confirmed findings of a week on the Monday after it, and let some time pass over them."""
    monday = datetime.combine(first_day(shifted(week, 1)), datetime.min.time(), services.settings.timezone)
    begin = monday + timedelta(hours=9, minutes=30)
    if begin > now:
        return
    left = _MOST
    for stored in INSPECTIONS.find(services.store, week=week):
        confirmed = [item for item, decision in stored.value.decisions.items() if decision == "confirmed"]
        for item in confirmed[:left]:
            left -= 1
            case = open_case(services, supervisor.name, stored.id, item, "", begin, scope=EVERYTHING)
            assert not isinstance(case, list), case
            _Walk(services, supervisor, now, begin, random.Random(f"{case.id} case")).go(case)


class _Walk:
    """One case going on, by the ways that the pages take, until chance or ``now`` stops it."""

    def __init__(self, services: Services, supervisor: User, now: datetime, at: datetime, rng: random.Random) -> None:
        self._services, self._supervisor, self._now, self._at, self._rng = services, supervisor, now, at, rng

    def go(self, case: Kept[Case]) -> None:
        if case.value.steps or self._rng.random() < 0.06:
            return
        proposal = proposal_for(self._services, case.value)
        ids = {kept.unit.id for kept in _units(self._services)}
        lead = proposal.lead if proposal.lead in ids else sorted(ids)[self._rng.randrange(len(ids))]
        case = self._office(case, "dispatch", unit=lead, joint=tuple(one for one in proposal.joint if one != lead))
        unit = self._user_of(lead)
        if not self._later(1, 20) or self._rng.random() < 0.1:
            return
        if self._rng.random() < 0.06:
            self._act(unit, case, AskedAct("return", reason=f"{MARK}不归本单位管理"))
            return
        case = self._act(unit, case, AskedAct("accept"))
        if self._rng.random() < 0.08 and case.value.deadline:
            until = case.value.deadline + timedelta(days=3)
            self._act(unit, case, AskedAct("extend", reason=f"{MARK}等待配件", deadline=until))
            return
        if not self._later(5, 90) or self._rng.random() < 0.15:
            return
        case = self._handle(unit, case)
        if not self._later(2, 40) or self._rng.random() < 0.15:
            return
        if self._rng.random() < 0.12:
            case = self._office(case, "send_back", reason=f"{MARK}照片上仍有问题")
            if not self._later(5, 40):
                return
            case = self._handle(unit, case)
            if not self._later(1, 20):
                return
        self._office(case, "close")

    def _later(self, least_hours: int, most_hours: int) -> bool:
        """Let some hours pass; whether that is not in the future."""
        self._at += timedelta(hours=self._rng.uniform(least_hours, most_hours))
        return self._at < self._now

    def _office(self, case: Kept[Case], act: str, **said: Any) -> Kept[Case]:
        if act in ("dispatch", "send_back"):
            said["deadline"] = default_deadline(self._services, case.value, self._at)
        return self._act(self._supervisor, case, AskedAct(act, **said))

    def _act(self, user: User, case: Kept[Case], asked: AskedAct) -> Kept[Case]:
        done = act_on(self._services, user, case.id, asked, case.revision, self._at)
        assert not isinstance(done, list), done
        return done

    def _handle(self, unit: User, case: Kept[Case]) -> Kept[Case]:
        content = scene_photo(case.value.checklist, self._rng)
        taken = receive(self._services, PHOTO, content)
        assert isinstance(taken, Received), taken
        found = INSPECTIONS.get(self._services.store, case.value.inspection)
        site = found.value.site.place if found else None
        near = site if case.value.place.lat else None
        fix = fix_near(near, self._rng.uniform(0, 40), self._at, self._rng) if near else None
        photo = {"sha256": taken.sha256, "item": AFTER, "captured_at": utc_text(self._at), "fix": fix, "source": "live"}
        raw = {"case": case.id, "note": "", "photos": [photo]}
        id = str(UUID(int=self._rng.getrandbits(128), version=4))
        done = take_handling(self._services, unit, id, raw, self._at)
        assert done.case is not None, done.problems
        return done.case

    def _user_of(self, unit: str) -> User:
        number = next(n for n, kept in enumerate(_units(self._services), start=1) if kept.unit.id == unit)
        user = find_user(self._services.store, _name(number))
        assert user is not None
        return replace(user, unit=unit)


def _units(services: Services) -> list[KeptUnit]:
    """The demonstration's units, in an order that stays."""
    return [kept for kept in all_units(services.store) if kept.unit.name.startswith(MARK)]


def _name(number: int) -> str:
    return f"{_ACCOUNT}-{number}"


def _account(services: Services, name: str, kept: KeptUnit, now: datetime) -> str:
    password = random_password()
    if isinstance(add_user(services.store, name, Role.UNIT, password, now, kept.unit.name, kept.unit.id), list):
        set_password(services.store, name, password, now)
    return password


def _most_named(services: Services) -> list[str]:
    """The bureaus that the checklists in force name most often."""
    times: dict[str, int] = {}
    districts = {area.name for area in area_tree(services.store)} | {"荆州开发区"}
    for checklist in services.library.current.values():
        for item in checklist.items:
            for name in item.units:
                if name not in districts:
                    times[name] = times.get(name, 0) + 1
    return sorted(times, key=lambda name: (-times[name], name))[:_NAMED]
