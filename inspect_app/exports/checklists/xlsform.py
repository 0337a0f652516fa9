"""A checklist as an XLSForm, so that it runs in ODK Collect and KoboToolbox (docs/develop/checklist-spreadsheets.md).

The form asks what our own form asks, under the same values, and works out each item's score and the score rate by the
rules of ``domain/checklists/scoring``. How an item is asked is its method's to say.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping

from openpyxl import Workbook

from ...domain.checklists.checklist import Checklist, Item, PhotoRule
from ...domain.checklists.methods import method_of
from ...domain.checklists.questions import (
    GUIDANCE,
    HINT,
    LABEL,
    LANGUAGE,
    SHARED_LISTS,
    WRONG,
    Row,
    calculation,
    decimal,
    photo_or_reason,
    question,
    question_name,
    shown,
    sum_of,
)
from ..cells import put

_SURVEY = (
    "type", "name", LABEL, HINT, GUIDANCE, "required", "relevant", "constraint", WRONG, "calculation", "appearance",
    "default", "repeat_count", "parameters", "bind::type",
)  # fmt: skip
_CHOICES = ("list_name", "name", LABEL)
_SETTINGS = ("form_title", "form_id", "version", "default_language", "instance_name")


def xlsform_workbook(checklist: Checklist) -> bytes:
    """The XLSForm of a checklist: sheets survey, choices and settings."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    for title, columns, rows in (
        ("survey", _SURVEY, _survey(checklist)),
        ("choices", _CHOICES, _choices(checklist)),
        ("settings", _SETTINGS, [_settings(checklist)]),
    ):
        sheet = workbook.create_sheet(title)
        for number, column in enumerate(columns, start=1):
            put(sheet, 1, number, column)
        for line, row in enumerate(rows, start=2):
            for number, column in enumerate(columns, start=1):
                put(sheet, line, number, row.get(column))
        sheet.freeze_panes = "A2"
    output = io.BytesIO()
    workbook.save(output)
    return output.getvalue()


def _settings(checklist: Checklist) -> Row:
    return {
        "form_title": shown(checklist.title),
        "form_id": checklist.id,
        "version": checklist.version,
        "default_language": LANGUAGE,
        "instance_name": "concat(${site_code}, ' ', ${inspected_on})",
    }


def _choices(checklist: Checklist) -> Iterator[Row]:
    for name, choices in SHARED_LISTS.items():
        yield from _list(name, choices)
    for item in checklist.items:
        yield from _list(question_name(item.id), method_of(item).ask(item.rule, item).choices)


def _list(name: str, choices: Mapping[str, str]) -> Iterator[Row]:
    for choice, label in choices.items():
        yield {"list_name": name, "name": choice, LABEL: shown(label)}


def _survey(checklist: Checklist) -> Iterator[Row]:
    yield {"type": "start", "name": "start"}
    yield {"type": "end", "name": "end"}
    yield {"type": "begin_group", "name": "visit", LABEL: "测评", "appearance": "field-list"}
    yield question("text", "site_code", "点位编码", required="yes")
    yield question("date", "inspected_on", "日期", required="yes", default="today()")
    position = "站在点位的登记位置（例如学校大门）定位，等精度到10米以内再保存。"
    yield question("geopoint", "position", "点位位置", required="yes", **{HINT: position})
    yield {"type": "end_group"}
    for number, item in enumerate(checklist.items, start=1):
        yield from _item(number, item)
    yield from _totals(checklist)


def _item(number: int, item: Item) -> Iterator[Row]:
    """One item: all on one screen, but for a repeat, which gets screens of its own."""
    asked = method_of(item).ask(item.rule, item)
    photos = [] if asked.has_own_photos else list(_photo(item))
    name = question_name(item.id)
    label = f"第{number}项 {item.dimension}"
    score = calculation(f"{name}__score", asked.score)
    inner = [*asked.rows, *photos] if asked.pages else [*asked.rows, score, *photos]
    yield {"type": "begin_group", "name": f"{name}__item", LABEL: label, "appearance": "field-list"}
    yield from inner
    yield {"type": "end_group"}
    if asked.pages:
        yield from asked.pages
        yield score


def _photo(item: Item) -> Iterator[Row]:
    """The photo rule: a photo, or a reason why there is none; our own form asks for the same."""
    name = question_name(item.id)
    failed, applies = _failed(name), f"${{{name}__score}} != ''"
    needed = {PhotoRule.ALWAYS: applies, PhotoRule.ON_FAILURE: failed, PhotoRule.OPTIONAL: failed}[item.photo]
    yield from photo_or_reason(name, needed, "" if item.photo is PhotoRule.OPTIONAL else "true()", item.live)
    yield question("text", f"{name}__note", "说明", relevant=failed)


def _totals(checklist: Checklist) -> Iterator[Row]:
    """``100 × Σ w·s / Σ w`` over the items that have a score; at most the veto cap where a veto item lost points."""
    scores = [(f"${{{question_name(item.id)}__score}}", decimal(item.weight)) for item in checklist.items]
    vetoes = [f"({_failed(question_name(item.id))})" for item in checklist.items if item.veto]
    yield calculation("weight_counted", sum_of(f"if({score} = '', 0, {weight})" for score, weight in scores))
    yield calculation("points", sum_of(f"if({score} = '', 0, {weight} * {score})" for score, weight in scores))
    share = "100 * ${points} div ${weight_counted}"
    yield calculation("rate_uncapped", f"if(${{weight_counted}} = 0, '', if({share} > 100, 100, {share}))")
    rate = "${rate_uncapped}"
    if vetoes and checklist.veto_cap is not None:
        cap = decimal(checklist.veto_cap)
        yield calculation("vetoed", f"if({' or '.join(vetoes)}, 1, 0)", "int")
        rate = f"if(${{vetoed}} = 1 and ${{rate_uncapped}} != '' and ${{rate_uncapped}} > {cap}, {cap}, {rate})"
    yield calculation("score_rate", rate)
    rounded = "if(${score_rate} = '', '—', round(${score_rate} * 100) div 100)"
    yield calculation("score_rate_shown", rounded, "string")
    yield {"type": "note", "name": "result", LABEL: "得分率：${score_rate_shown}", HINT: "不适用和样本不足的项目不计"}


def _failed(name: str) -> str:
    return f"${{{name}__score}} != '' and ${{{name}__score}} < 1"
