"""Units (责任单位): who is sent cases, under which names the checklists know them, and how they are told."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from ...collections import Kept
from ...collections.accounts.unit import IN_USE, UNITS
from ...collections.accounts.user import USERS
from ...domain.accounts.unit import Reach, Unit, UnitOnRecord
from ...domain.place.areas import is_area_code
from ...domain.problems import Problem
from ...store import Stale, Store, Write
from ..audit import Entry, keep

MAX_NAME, MAX_LISTED = 40, 50
_MAIL = re.compile(r"[^@\s,;，；]+@[^@\s,;，；]+\.[^@\s,;，；]+")


@dataclass(frozen=True, slots=True)
class KeptUnit:
    """A unit as kept. Retired units keep their cases and get no new ones."""

    unit: Unit
    reach: Reach
    active: bool
    revision: int


def add_unit(store: Store, by: str, unit: Unit, reach: Reach, now: datetime) -> KeptUnit | list[Problem]:
    """A new unit, under an id of chance; ``unit.id`` is not looked at. ``by`` is the account that does it."""
    made = replace(unit, id=secrets.token_hex(4))
    if problems := unit_problems(store, made, reach):
        return problems
    new = UnitOnRecord(made, reach)
    entry = Entry("unit.added", _entry_id(made.id), after=_told(new))
    return _kept(UNITS.kept(keep(store, by, now, [entry], [UNITS.writing(made.id, new)])[0]))


def change_unit(
    store: Store, by: str, unit: Unit, reach: Reach, active: bool, expected_revision: int, now: datetime
) -> list[Problem]:
    """Replace a unit. With one that retires end the sessions and tokens of its accounts.

    Raises ``Stale`` where it was changed since, or there is none.
    """
    if problems := unit_problems(store, unit, reach):
        return problems
    kept = UNITS.get(store, unit.id)
    if kept is None or kept.revision != expected_revision:
        raise Stale(f"{UNITS.name}/{unit.id}")
    changed = UnitOnRecord(unit, reach, active)
    entry = Entry("unit.changed", _entry_id(unit.id), before=_told(kept.value), after=_told(changed))
    retiring = kept.value.active and not active
    ended = _accounts_ended(store, unit.id) if retiring else []
    keep(store, by, now, [entry], [UNITS.writing(unit.id, changed, kept.revision), *ended])
    return []


def _accounts_ended(store: Store, unit: str) -> list[Write]:
    """The accounts of a unit with another epoch each: sessions and tokens do not come back with the unit."""
    found = [kept for kept in USERS.find(store) if kept.value.user.unit == unit]
    others = [replace(kept.value, user=replace(kept.value.user, epoch=secrets.token_hex(8))) for kept in found]
    return [USERS.writing(kept.id, other, kept.revision) for kept, other in zip(found, others, strict=True)]


def _entry_id(id: str) -> str:
    return f"{UNITS.name}/{id}"


def _told(kept: UnitOnRecord) -> Mapping[str, object]:
    """A unit as the log of acts tells of it. How it is reached stays out: a robot's address is a secret."""
    unit = kept.unit
    return {"name": unit.name, "names": list(unit.names), "areas": list(unit.areas), "active": kept.active}


def find_unit(store: Store, id: str) -> KeptUnit | None:
    kept = UNITS.get(store, id) if id else None
    return _kept(kept) if kept else None


def all_units(store: Store, *, active_only: bool = False) -> list[KeptUnit]:
    """The units by name."""
    found = UNITS.find(store, **(IN_USE if active_only else {}))
    return sorted(map(_kept, found), key=lambda kept: kept.unit.name)


def unit_names(store: Store) -> dict[str, str]:
    """The name of each unit, retired ones too, by id."""
    return {kept.id: kept.value.unit.name for kept in UNITS.find(store)}


def unit_from_fields(fields: Mapping[str, str], id: str = "") -> tuple[Unit, Reach]:
    """A unit from text fields as an administrator writes them; lists are parted by commas, 、 or line breaks."""
    unit = Unit(
        id=id,
        name=fields.get("name", "").strip(),
        names=_listed(fields.get("names", "")),
        areas=_listed(fields.get("areas", "")),
    )
    reach = Reach(
        mail=_listed(fields.get("mail", "")),
        webhook=fields.get("webhook", "").strip(),
        webhook_secret=fields.get("webhook_secret", "").strip(),
    )
    return unit, reach


def unit_problems(store: Store, unit: Unit, reach: Reach) -> list[Problem]:
    """What is wrong with a unit that is to be kept: no name stands for two units."""
    problems = []
    if not 0 < len(unit.name) <= MAX_NAME:
        problems.append(Problem("units.name_malformed", details={"most_name": MAX_NAME}))
    for field, values in (("清单中的叫法", unit.names), ("管辖区域", unit.areas), ("邮箱", reach.mail)):
        if len(values) > MAX_LISTED or any(len(value) > 100 for value in values):
            problems.append(Problem("units.list_too_long", details={"field": field, "most_listed": MAX_LISTED}))
    problems += [
        Problem("units.area_code_malformed", details={"code": code}) for code in unit.areas if not is_area_code(code)
    ]
    problems += [
        Problem("units.mail_malformed", details={"mail": one}) for one in reach.mail if not _MAIL.fullmatch(one)
    ]
    if reach.webhook and (urlsplit(reach.webhook).scheme not in ("http", "https") or len(reach.webhook) > 500):
        problems.append(Problem("units.robot_malformed"))
    for other in all_units(store):
        taken = {other.unit.name, *other.unit.names} & {unit.name, *unit.names}
        if other.unit.id != unit.id and taken:
            problems.append(
                Problem("units.name_taken", details={"taken": tuple(sorted(taken)), "unit": other.unit.name})
            )
    return problems


def _kept(kept: Kept[UnitOnRecord]) -> KeptUnit:
    found = kept.value
    return KeptUnit(found.unit, found.reach, found.active, kept.revision)


def _listed(text: str) -> tuple[str, ...]:
    parts: Sequence[str] = re.split(r"[,，、;；\s]+", text)
    return tuple(dict.fromkeys(part for part in parts if part))
