"""Answers to a checklist's items: what the inspector entered, read by the item's method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..problems import Details, Problem, under
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
        return [Problem("answers.not_an_object", ("answers",))]
    known = {item.id for item in checklist.items}
    problems = [
        Problem("answers.item_unknown", ("answers", str(id)), details={"id": id}) for id in raw if id not in known
    ]
    answers: dict[str, Answer] = {}
    for item in checklist.items:
        if item.id not in raw:
            problems.append(Problem("answers.unanswered", ("answers", item.id), details=place_of(item)))
            continue
        answer = parse_answer(item, raw[item.id])
        if isinstance(answer, list):
            problems += under(answer, "answers", item.id)
        else:
            answers[item.id] = answer
    return problems or answers


def place_of(item: Item) -> Details:
    """Where the answer of an item stands."""
    return {"item_text": item.text, "item_id": item.id}


def parse_answer(item: Item, raw: object) -> Answer | list[Problem]:
    """One item's answer from ``{"value": …, "note": …, "no_photo_reason": …, "bulk": …}``."""
    where = place_of(item)
    if not isinstance(raw, Mapping) or "value" not in raw:
        return [Problem("answers.answer_no_object", details=where)]
    problems = [
        Problem("answers.field_unknown", details={**where, "key": key, "accepted": tuple(_FIELDS)})
        for key in raw
        if key not in _FIELDS
    ]
    texts = {}
    for field in ("note", "no_photo_reason"):
        text = raw.get(field, "")
        if not isinstance(text, str) or len(text) > MAX_TEXT:
            problems.append(
                Problem("answers.text_too_long", (field,), details={**where, "field": field, "most_text": MAX_TEXT})
            )
        texts[field] = str(text).strip()
    if not isinstance(raw.get("bulk", False), bool):
        problems.append(Problem("answers.bulk_not_boolean", ("bulk",), details=where))
    value = None if raw["value"] == NOT_APPLICABLE else method_of(item).parse(item.rule, raw["value"], where)
    if isinstance(value, list):
        problems += under(value, "value")
    return problems or Answer(value, **texts, bulk=raw.get("bulk", False))
