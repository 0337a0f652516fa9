"""Units (责任单位): who is sent cases, under which names the checklists know them, and how they are told."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from ...domain.cases.routing import Unit
from ...domain.place.areas import is_area_code
from ...domain.problems import Problem
from ...store import Store, Stored

_UNITS = "units"
MAX_NAME, MAX_LISTED = 40, 50
_MAIL = re.compile(r"[^@\s,;，；]+@[^@\s,;，；]+\.[^@\s,;，；]+")


@dataclass(frozen=True, slots=True)
class Reach:
    """How a unit is told of its cases: mail addresses, and the address of a robot of 企业微信 or 钉钉."""

    mail: tuple[str, ...] = ()
    webhook: str = ""
    webhook_secret: str = ""


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
    _, stored = store.put_once(_UNITS, made.id, _document(made, reach, active=True))
    return _kept(stored)


def change_unit(store: Store, unit: Unit, reach: Reach, active: bool, expected_revision: int) -> list[Problem]:
    """Replace a unit. Raises ``Stale`` where it was changed since, or there is none."""
    if problems := unit_problems(store, unit, reach):
        return problems
    store.update(_UNITS, unit.id, _document(unit, reach, active), expected_revision=expected_revision)
    return []


def find_unit(store: Store, id: str) -> KeptUnit | None:
    stored = store.get(_UNITS, id) if id else None
    return _kept(stored) if stored else None


def all_units(store: Store, *, active_only: bool = False) -> list[KeptUnit]:
    """The units by name."""
    found = store.find(_UNITS, state="active" if active_only else None)
    return sorted((_kept(stored) for stored in found), key=lambda kept: kept.unit.name)


def unit_names(store: Store) -> dict[str, str]:
    """The name of each unit, retired ones too, by id."""
    return {stored.id: stored.document["name"] for stored in store.find(_UNITS)}


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


def _document(unit: Unit, reach: Reach, active: bool) -> dict[str, Any]:
    kept = {**asdict(unit), **asdict(reach), "state": "active" if active else "retired"}
    kept.pop("id")
    return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}


def _kept(stored: Stored) -> KeptUnit:
    kept = stored.document
    return KeptUnit(
        unit=Unit(stored.id, kept["name"], tuple(kept["names"]), tuple(kept["areas"])),
        reach=Reach(tuple(kept["mail"]), kept["webhook"], kept["webhook_secret"]),
        active=kept["state"] == "active",
        revision=stored.revision,
    )


def _listed(text: str) -> tuple[str, ...]:
    parts: Sequence[str] = re.split(r"[,，、;；\s]+", text)
    return tuple(dict.fromkeys(part for part in parts if part))
