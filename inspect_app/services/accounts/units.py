"""Units (责任单位): who is sent cases, under which names the checklists know them, and how they are told."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from ...collections import Kept
from ...collections.accounts.unit import IN_USE, UNITS
from ...collections.accounts.user import USERS
from ...domain.accounts.unit import Reach, Unit, UnitOnRecord
from ...domain.place.areas import is_area_code
from ...domain.problems import Problem
from ...store import Stale, Store, Write

MAX_NAME, MAX_LISTED = 40, 50
_MAIL = re.compile(r"[^@\s,;，；]+@[^@\s,;，；]+\.[^@\s,;，；]+")


@dataclass(frozen=True, slots=True)
class KeptUnit:
    """A unit as kept. Retired units keep their cases and get no new ones."""

    unit: Unit
    reach: Reach
    active: bool
    revision: int


def add_unit(store: Store, unit: Unit, reach: Reach) -> KeptUnit | list[Problem]:
    """A new unit, under an id of chance; ``unit.id`` is not looked at."""
    made = replace(unit, id=secrets.token_hex(4))
    if problems := unit_problems(store, made, reach):
        return problems
    _, kept = UNITS.put_once(store, made.id, UnitOnRecord(made, reach))
    return _kept(kept)


def change_unit(store: Store, unit: Unit, reach: Reach, active: bool, expected_revision: int) -> list[Problem]:
    """Replace a unit. With one that retires end the sessions and tokens of its accounts.

    Raises ``Stale`` where it was changed since, or there is none.
    """
    if problems := unit_problems(store, unit, reach):
        return problems
    kept = UNITS.get(store, unit.id)
    if kept is None or kept.revision != expected_revision:
        raise Stale(f"{UNITS.name}/{unit.id}")
    retiring = kept.value.active and not active
    ended = _accounts_ended(store, unit.id) if retiring else []
    store.act([UNITS.writing(unit.id, UnitOnRecord(unit, reach, active), kept.revision), *ended])
    return []


def _accounts_ended(store: Store, unit: str) -> list[Write]:
    """The accounts of a unit with another epoch each: sessions and tokens do not come back with the unit."""
    found = [kept for kept in USERS.find(store) if kept.value.user.unit == unit]
    others = [replace(kept.value, user=replace(kept.value.user, epoch=secrets.token_hex(8))) for kept in found]
    return [USERS.writing(kept.id, other, kept.revision) for kept, other in zip(found, others, strict=True)]


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
        problems.append(Problem("名称", f"应为1到{MAX_NAME}个字"))
    for field, values in (("清单中的叫法", unit.names), ("管辖区域", unit.areas), ("邮箱", reach.mail)):
        if len(values) > MAX_LISTED or any(len(value) > 100 for value in values):
            problems.append(Problem(field, f"最多{MAX_LISTED}个，每个最多100个字"))
    problems += [Problem("管辖区域", f"「{code}」不是区划代码") for code in unit.areas if not is_area_code(code)]
    problems += [Problem("邮箱", f"「{one}」不是邮箱地址") for one in reach.mail if not _MAIL.fullmatch(one)]
    if reach.webhook and (urlsplit(reach.webhook).scheme not in ("http", "https") or len(reach.webhook) > 500):
        problems.append(Problem("群机器人", "应为 http 或 https 开头的地址，最多500个字"))
    for other in all_units(store):
        taken = {other.unit.name, *other.unit.names} & {unit.name, *unit.names}
        if other.unit.id != unit.id and taken:
            problems.append(Problem("名称", f"「{'、'.join(sorted(taken))}」已是「{other.unit.name}」的名称"))
    return problems


def _kept(kept: Kept[UnitOnRecord]) -> KeptUnit:
    found = kept.value
    return KeptUnit(found.unit, found.reach, found.active, kept.revision)


def _listed(text: str) -> tuple[str, ...]:
    parts: Sequence[str] = re.split(r"[,，、;；\s]+", text)
    return tuple(dict.fromkeys(part for part in parts if part))
