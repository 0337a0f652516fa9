"""Answers to a checklist's items: what the inspector entered, read by the item's method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..numbers import is_number
from ..place.positions import Fix, parse_fix
from ..problems import Problem
from ..zones.judging import Walk
from ..zones.walks import parse_walk
from .checklist import Checklist, GradeRule, Item, Method, ProximityRule, RatioRule

NOT_APPLICABLE = "na"
_FIELDS = ("value", "note", "no_photo_reason", "bulk")
_MAX_COUNT = 100_000
_MAX_TEXT = 500
_MAX_PREMISES = 100


@dataclass(frozen=True, slots=True)
class Count:
    """``yes`` of ``of`` observed."""

    yes: int
    of: int


@dataclass(frozen=True, slots=True)
class Premises:
    """Premises found near a site: category, where they were found, and name, photo and walked way where known."""

    category: str
    fix: Fix
    name: str
    photo: str | None
    walk: Walk | None = None


Value = bool | int | float | str | Mapping[str, Count] | tuple[Premises, ...] | None
"""By method: passed; occurrences; class to count (class "" where there are none); measure; grade; premises.

None is 不适用.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """One item's answer. A ``value`` of None is 不适用.

    ``bulk``: it was not answered by itself but with all that were left open (「其余都合格」).
    """

    value: Value
    note: str = ""
    no_photo_reason: str = ""
    bulk: bool = False


def parse_answers(checklist: Checklist, raw: object) -> dict[str, Answer] | list[Problem]:
    """An answer for every item of the checklist and for nothing else, or all that is wrong."""
    if not isinstance(raw, Mapping):
        return [Problem("answers", "应为对象：测评项代号对应答案")]
    known = {item.id for item in checklist.items}
    problems = [Problem(f"测评项「{id}」", "清单中没有这一项") for id in raw if id not in known]
    answers: dict[str, Answer] = {}
    for item in checklist.items:
        if item.id not in raw:
            problems.append(Problem(f"测评项「{item.text}」({item.id})", "没有作答"))
            continue
        answer = parse_answer(item, raw[item.id])
        if isinstance(answer, list):
            problems += answer
        else:
            answers[item.id] = answer
    return problems or answers


def parse_answer(item: Item, raw: object) -> Answer | list[Problem]:
    """One item's answer from ``{"value": …, "note": …, "no_photo_reason": …, "bulk": …}``."""
    where = f"测评项「{item.text}」({item.id})"
    if not isinstance(raw, Mapping) or "value" not in raw:
        return [Problem(where, "应为对象，含 value")]
    problems = [Problem(where, f"没有字段「{key}」，可用：{'、'.join(_FIELDS)}") for key in raw if key not in _FIELDS]
    texts = {}
    for field in ("note", "no_photo_reason"):
        text = raw.get(field, "")
        if not isinstance(text, str) or len(text) > _MAX_TEXT:
            problems.append(Problem(f"{where} {field}", f"应为最多{_MAX_TEXT}个字的文字"))
        texts[field] = str(text).strip()
    if not isinstance(raw.get("bulk", False), bool):
        problems.append(Problem(f"{where} bulk", "应为 true 或 false"))
    value = None if raw["value"] == NOT_APPLICABLE else _VALUES[item.method](item, raw["value"], where)
    if isinstance(value, Problem):
        problems.append(value)
    if isinstance(value, list):
        problems += value
    if problems or isinstance(value, Problem | list):
        return problems
    return Answer(value, **texts, bulk=raw.get("bulk", False))


def _compliance(item: Item, raw: object, where: str) -> bool | Problem:
    if raw not in ("pass", "fail"):
        return Problem(where, f"应为 pass（合格）、fail（不合格）或 na（不适用），实为{raw!r}")
    return raw == "pass"


def _occurrences(item: Item, raw: object, where: str) -> int | Problem:
    if not _is_count(raw):
        return Problem(where, f"次数应为0到{_MAX_COUNT}的整数，实为{raw!r}")
    assert isinstance(raw, int)
    return raw


def _ratio(item: Item, raw: object, where: str) -> dict[str, Count] | Problem:
    assert isinstance(item.rule, RatioRule)
    classes = [entry.id for entry in item.rule.classes]
    if not isinstance(raw, Mapping):
        return Problem(where, f"应为对象，实为{raw!r}")
    if not classes:
        count = _count(raw, where)
        return count if isinstance(count, Problem) else {"": count}
    if unknown := [str(id) for id in raw if id not in classes]:
        return Problem(where, f"没有类别「{'、'.join(unknown)}」，可用：{'、'.join(classes)}")
    counts: dict[str, Count] = {}
    for id in classes:
        count = _count(raw.get(id, {"yes": 0, "of": 0}), where)
        if isinstance(count, Problem):
            return count
        counts[id] = count
    return counts


def _count(raw: object, where: str) -> Count | Problem:
    if not isinstance(raw, Mapping) or set(raw) != {"yes", "of"}:
        return Problem(where, '应为 {"yes": 符合数, "of": 观察数}')
    if not _is_count(raw["yes"]) or not _is_count(raw["of"]) or raw["yes"] > raw["of"]:
        return Problem(where, f"应为整数且 0 ≤ yes ≤ of ≤ {_MAX_COUNT}，实为 yes={raw['yes']!r} of={raw['of']!r}")
    return Count(raw["yes"], raw["of"])


def _grade(item: Item, raw: object, where: str) -> str | Problem:
    assert isinstance(item.rule, GradeRule)
    keys = [grade.key for grade in item.rule.grades]
    return str(raw) if raw in keys else Problem(where, f"等级应为 {'、'.join(keys)} 或 na，实为{raw!r}")


def _measure(item: Item, raw: object, where: str) -> float | Problem:
    if not is_number(raw) or abs(raw) > 1e12:
        return Problem(where, f"应为数字，实为{raw!r}")
    return float(raw)


def _proximity(item: Item, raw: object, where: str) -> tuple[Premises, ...] | Problem | list[Problem]:
    assert isinstance(item.rule, ProximityRule)
    if not isinstance(raw, list) or len(raw) > _MAX_PREMISES:
        return Problem(where, f"应为列表，最多{_MAX_PREMISES}处")
    categories = [category.id for category in item.rule.categories]
    found: list[Premises] = []
    problems: list[Problem] = []
    for number, entry in enumerate(raw, start=1):
        premises = _premises(entry, categories, f"{where} 第{number}处")
        if isinstance(premises, list):
            problems += premises
        else:
            found.append(premises)
    return problems or tuple(found)


def _premises(raw: object, categories: list[str], where: str) -> Premises | list[Problem]:
    if not isinstance(raw, Mapping):
        return [Problem(where, "应为对象")]
    accepted = ("category", "name", "photo", "fix", "walk")
    problems = [
        Problem(f"{where} {key}", f"没有这个字段，可用：{'、'.join(accepted)}") for key in raw if key not in accepted
    ]
    if raw.get("category") not in categories:
        problems.append(Problem(f"{where} category", f"没有类别{raw.get('category')!r}，可用：{'、'.join(categories)}"))
    name, photo = raw.get("name", ""), raw.get("photo")
    if not isinstance(name, str) or len(name) > _MAX_TEXT:
        problems.append(Problem(f"{where} name", f"应为最多{_MAX_TEXT}个字的文字"))
    if photo is not None and not isinstance(photo, str):
        problems.append(Problem(f"{where} photo", "应为照片的SHA-256"))
    fix = parse_fix(raw.get("fix"), f"{where} fix")
    walk = parse_walk(raw["walk"], f"{where} walk") if raw.get("walk") is not None else None
    problems += [*(fix if isinstance(fix, list) else ()), *(walk if isinstance(walk, list) else ())]
    if problems or isinstance(fix, list) or isinstance(walk, list):
        return problems
    return Premises(raw["category"], fix, name, photo, walk)


def _is_count(raw: object) -> bool:
    return isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw <= _MAX_COUNT


_VALUES: dict[Method, Callable[[Item, Any, str], Any]] = {
    Method.COMPLIANCE: _compliance,
    Method.OCCURRENCES: _occurrences,
    Method.RATIO: _ratio,
    Method.GRADE: _grade,
    Method.MEASURE: _measure,
    Method.PROXIMITY: _proximity,
}
