"""Questions of an XLSForm as rows of its sheets, and the expressions by which the form works out scores.

Item ``small-ads`` is the question ``q_small_ads``, a part of it ``q_small_ads__score``; an item's id has no underscore,
so no two names meet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain

from .item import Item

LANGUAGE = "中文 (zh)"
LABEL, HINT, GUIDANCE = f"label::{LANGUAGE}", f"hint::{LANGUAGE}", f"guidance_hint::{LANGUAGE}"
WRONG = f"constraint_message::{LANGUAGE}"
JUDGEMENT_LIST, NOT_APPLICABLE_LIST = "judgement", "not_applicable"
SHARED_LISTS: Mapping[str, Mapping[str, str]] = {
    JUDGEMENT_LIST: {"pass": "合格", "fail": "不合格", "na": "不适用"},
    NOT_APPLICABLE_LIST: {"na": "不适用"},
}
"""Lists of choices that are in every form: names and labels."""
MAX_COUNT = 100_000
_MAX_PIXELS = 2560
_CHOICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """How one item is asked and scored: its rows, and the expression of its score (nothing where it is left out).

    ``choices`` are names and labels of a list of its own, called as its question. ``pages`` are rows that cannot stand
    on the item's own screen (a repeat); they come after it.
    """

    rows: Sequence[Row]
    score: str
    choices: Mapping[str, str] = field(default_factory=dict)
    pages: Sequence[Row] = ()
    has_own_photos: bool = False


def question_name(item_id: str, part: str = "") -> str:
    """The form's name for an item, or for a part of it."""
    return f"q_{item_id.replace('-', '_')}" + (f"__{part}" if part else "")


def choice_names(ids: Sequence[str]) -> dict[str, str]:
    """The form's name for each choice: the id itself where all of them can stand in a form, else numbers."""
    plain = all(_CHOICE_NAME.fullmatch(id) for id in ids)
    return {id: id if plain else f"n{number}" for number, id in enumerate(ids, start=1)}


def question(type: str, name: str, label: str, **more: str) -> Row:
    return {"type": type, "name": name, LABEL: shown(label), **more}


def count_question(name: str, label: str, relevant: str, **more: str) -> Row:
    """A question for a whole number of things seen."""
    bound = f". >= 0 and . <= {MAX_COUNT}"
    said = f"应为0到{MAX_COUNT}的整数"
    return question(
        "integer", name, label, required="yes", relevant=relevant, constraint=bound, **{WRONG: said, **more}
    )


def not_applicable(name: str) -> Row:
    """A box to tick beside a question that takes a number."""
    return question(f"select_multiple {NOT_APPLICABLE_LIST}", f"{name}__na", "不适用时勾选")


def calculation(name: str, expression: str, type: str = "decimal") -> Row:
    return {"type": "calculate", "name": name, "calculation": expression, "bind::type": type}


def photo_or_reason(name: str, relevant: str, needed: str, live: bool) -> Iterator[Row]:
    """A photo, and where one is needed a reason why there is none; what is to be live cannot be picked from files."""
    if needed:
        reason = "须拍照；不能拍照的，写明原因"
        yield question("text", f"{name}__no_photo_reason", "无法拍照的原因", relevant=relevant, **{HINT: reason})
    required = f"{needed} and ${{{name}__no_photo_reason}} = ''".removeprefix("true() and ") if needed else ""
    more = {"parameters": f"max-pixels={_MAX_PIXELS}", **({"appearance": "new"} if live else {})}
    yield question("image", f"{name}__photo", "照片", relevant=relevant, required=required, **more)


def applies(name: str) -> str:
    return f"not(selected(${{{name}__na}}, 'na'))"


def where_answered(names: Iterable[str], expression: str, applies: str) -> str:
    """Nothing before all is answered and where it does not apply: some clients keep what was entered before."""
    return f"if({' and '.join(chain([applies], (f'${{{name}}} != {_EMPTY}' for name in names)))}, {expression}, '')"


_EMPTY = "''"


def help_of(item: Item) -> dict[str, str]:
    """The hint of an item's question, and its guidance where it has one."""
    return {HINT: shown(hint_of(item)), **({GUIDANCE: shown(item.guidance)} if item.guidance else {})}


def hint_of(item: Item) -> str:
    return f"{'、'.join(item.clauses)}，权重{decimal(item.weight)}{'，一票否决' if item.veto else ''}"


def shown(text: str) -> str:
    """Text that no form takes for a reference to a question."""
    return text.replace("${", "$ {")


def sum_of(terms: Iterable[str]) -> str:
    return " + ".join(terms)


def decimal(value: float) -> str:
    """A number as XPath writes it, which knows no exponents."""
    text = format(Decimal(repr(value)), "f")
    return text.removesuffix(".0")
