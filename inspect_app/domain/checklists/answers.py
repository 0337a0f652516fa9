"""Answers to a checklist's items: what the inspector entered, read by the item's method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..problems import Problem, under
from .checklist import Checklist, Item
from .method import MAX_TEXT, NOT_APPLICABLE
from .methods import method_of

_FIELDS = ("value", "note", "no_photo_reason", "bulk")


@dataclass(frozen=True, slots=True)
class Answer:
    """One item's answer. ``value`` is what the item's method made of it, None for 不适用.

    ``bulk``: it was not answered by itself but with all that were left open (「其余都合格」).
    """

    value: object
    note: str = ""
    no_photo_reason: str = ""
    bulk: bool = False


def parse_answers(checklist: Checklist, raw: object) -> dict[str, Answer] | list[Problem]:
    """An answer for every item of the checklist and for nothing else, or all that is wrong."""
    if not isinstance(raw, Mapping):
        return [Problem("answers", "应为对象：测评项代号对应答案", ("answers",))]
    known = {item.id for item in checklist.items}
    problems = [
        Problem(f"测评项「{id}」", "清单中没有这一项", ("answers", str(id)), "unknown_item")
        for id in raw
        if id not in known
    ]
    answers: dict[str, Answer] = {}
    for item in checklist.items:
        if item.id not in raw:
            where = f"测评项「{item.text}」({item.id})"
            problems.append(Problem(where, "没有作答", ("answers", item.id), "unanswered"))
            continue
        answer = parse_answer(item, raw[item.id])
        if isinstance(answer, list):
            problems += under(answer, "answers", item.id)
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
        if not isinstance(text, str) or len(text) > MAX_TEXT:
            problems.append(Problem(f"{where} {field}", f"应为最多{MAX_TEXT}个字的文字", (field,)))
        texts[field] = str(text).strip()
    if not isinstance(raw.get("bulk", False), bool):
        problems.append(Problem(f"{where} bulk", "应为 true 或 false", ("bulk",)))
    value = None if raw["value"] == NOT_APPLICABLE else method_of(item).parse(item.rule, raw["value"], where)
    if isinstance(value, list):
        problems += under(value, "value")
    return problems or Answer(value, **texts, bulk=raw.get("bulk", False))
