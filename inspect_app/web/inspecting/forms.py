"""A checklist as a Flask-WTF form, for phones without JavaScript: fields by method, and field data as a submission.

The fields take text as it was typed and judge nothing: what is wrong with it is said by the same rules that judge the
programming interface. Names join with dots (``answers.<item>.class.<class>.yes``), which no id contains.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import (
    BooleanField,
    FieldList,
    FileField,
    Form,
    FormField,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectChoice,
    StringField,
    TextAreaField,
)

from ...domain.checklists.answers import NOT_APPLICABLE
from ...domain.checklists.checklist import Checklist, GradeRule, Item, MeasureRule, Method, OccurrencesRule, RatioRule
from ...domain.evidence.photo import is_sha256
from ...domain.inspecting.inspection import Inspection
from ...domain.problems import Problem
from ...domain.weeks import utc_text
from ...services import Services
from ...services.evidence.photo_intake import receive_photo

_NA = SelectChoice(NOT_APPLICABLE, "不适用")
_PREMISES_ROWS = 3
_NOT_ANSWERED = object()
_PHOTO_NUMBER = re.compile(r"第(\d+)张照片")
Fields = dict[str, Any]


def inspection_form(checklist: Checklist) -> FlaskForm:
    """The form of a checklist, filled from the request where it is a POST. The guard has checked the CSRF token."""
    return _form_class(checklist)(meta={"csrf": False})


def answer_form(form: FlaskForm, item: Item) -> Any:
    """The part of the form that belongs to one item."""
    return form[f"answers.{item.id}"].form


def receive_photos(services: Services, form: FlaskForm, checklist: Checklist) -> dict[str, list[Problem]]:
    """Keep every photo that came with the form and note its SHA-256 in the form; what was wrong with others, by item.

    A form that is refused and shown again thereby names the photos of the earlier try, which need not be sent again.
    """
    problems: dict[str, list[Problem]] = {}
    for item in checklist.items:
        fields = answer_form(form, item)
        taken = [_receive(services, file, item) for file in fields["photos"].data or [] if file]
        for row in _premises(fields):
            if row["photo"].data:
                one = _receive(services, row["photo"].data, item)
                row["kept"].data = "" if isinstance(one, Problem) else one
                taken.append(one)
        kept = [sha for sha in (*fields["kept"].data, *(_premises_photos(fields)), *taken) if is_sha256(sha)]
        fields["kept"].data = list(dict.fromkeys(kept))
        if wrong := [problem for problem in taken if isinstance(problem, Problem)]:
            problems[item.id] = wrong
    return problems


def submission_from(form: FlaskForm, checklist: Checklist, site: str, now: datetime) -> dict[str, Any]:
    """The form's data as the submission that the programming interface takes, its photos without a position."""
    at = utc_text(now)
    answers = {item.id: _answer(item, answer_form(form, item), at) for item in checklist.items}
    return {
        "site": site,
        "checklist": checklist.id,
        "version": checklist.version,
        "started_at": form["started_at"].data or "",
        "finished_at": at,
        "answers": {id: answer for id, answer in answers.items() if answer["value"] is not _NOT_ANSWERED},
        "photos": [
            {"sha256": sha, "item": item.id, "captured_at": at, "fix": None}
            for item in checklist.items
            for sha in answer_form(form, item)["kept"].data
        ],
    }


def says_the_same(raw: Mapping[str, Any], kept: Inspection) -> bool:
    """Whether a form sent again says what was kept the first time. Its end is the server's clock, so it may differ."""
    return (
        (raw["site"], raw["version"]) == (kept.site.code, kept.version)
        and _untimed(raw["answers"]) == _untimed(kept.answers)
        and [(photo["sha256"], photo["item"]) for photo in raw["photos"]]
        == [(photo.sha256, photo.item) for photo in kept.photos]
    )


def problems_by_item(checklist: Checklist, problems: Iterable[Problem], form: FlaskForm) -> dict[str, list[Problem]]:
    """Problems under the id of the item that each is about; under ``""`` where it is about none."""
    photos = [item.id for item in checklist.items for _ in answer_form(form, item)["kept"].data]
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(_item_of(problem, checklist, photos), []).append(problem)
    return found


class _SentAgain(HiddenField):  # type: ignore[misc]
    """Hashes of photos that an earlier try of this form brought."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = list(valuelist)

    def process_data(self, value: object) -> None:
        self.data = []


@cache
def _form_class(checklist: Checklist) -> type[FlaskForm]:
    parts = {f"answers.{item.id}": FormField(_item_class(item), separator=".") for item in checklist.items}
    hidden = {name: HiddenField() for name in ("id", "version", "started_at")}
    return type("InspectionForm", (FlaskForm,), {**hidden, **parts})


def _item_class(item: Item) -> type[Form]:
    shared = {
        "note": TextAreaField("备注"),
        "no_photo_reason": StringField("无法拍照的原因"),
        "photos": MultipleFileField("照片"),
        "kept": _SentAgain(),
    }
    return type("ItemForm", (Form,), {**_FIELDS[item.method](item), **shared})


def _compliance_fields(item: Item) -> Fields:
    choices = [SelectChoice("pass", "合格"), SelectChoice("fail", "不合格"), _NA]
    return {"value": RadioField(choices=choices, validate_choice=False)}


def _occurrences_fields(item: Item) -> Fields:
    assert isinstance(item.rule, OccurrencesRule)
    return {"value": StringField(f"发现几{item.rule.unit}"), **_not_applicable()}


def _ratio_fields(item: Item) -> Fields:
    assert isinstance(item.rule, RatioRule)
    count = type("CountForm", (Form,), {"yes": StringField(item.rule.yes_label), "of": StringField("观察总数")})
    labels = {entry.id: entry.label for entry in item.rule.classes} or {"": item.text}
    return {
        **{f"class.{id}": FormField(count, label=label, separator=".") for id, label in labels.items()},
        **_not_applicable(),
    }


def _grade_fields(item: Item) -> Fields:
    assert isinstance(item.rule, GradeRule)
    choices = [SelectChoice(grade.key, grade.label) for grade in item.rule.grades]
    return {"value": RadioField(choices=[*choices, _NA], validate_choice=False)}


def _measure_fields(item: Item) -> Fields:
    assert isinstance(item.rule, MeasureRule)
    return {"value": StringField(f"测得（{item.rule.unit}）"), **_not_applicable()}


def _proximity_fields(item: Item) -> Fields:
    row = {
        "category": StringField("类别"),
        "name": StringField("名称"),
        "lat": StringField("纬度"),
        "lon": StringField("经度"),
        "accuracy_m": StringField("误差（米）"),
        "walk_metres": StringField("步行到校门（米）"),
        "walk_track": HiddenField(),
        "source": HiddenField(),
        "at": HiddenField(),
        "photo": FileField("照片"),
        "kept": HiddenField(),
    }
    premises = FormField(type("PremisesForm", (Form,), row), separator=".")
    return {
        "none": BooleanField("未发现"),
        "premises": FieldList(premises, min_entries=_PREMISES_ROWS, separator="."),
        **_not_applicable(),
    }


def _not_applicable() -> Fields:
    return {"na": BooleanField("不适用")}


_FIELDS: Mapping[Method, Callable[[Item], Fields]] = {
    Method.COMPLIANCE: _compliance_fields,
    Method.OCCURRENCES: _occurrences_fields,
    Method.RATIO: _ratio_fields,
    Method.GRADE: _grade_fields,
    Method.MEASURE: _measure_fields,
    Method.PROXIMITY: _proximity_fields,
}


def _answer(item: Item, fields: Any, at: str) -> dict[str, Any]:
    ticked = "na" in fields and fields["na"].data
    value = NOT_APPLICABLE if ticked else _VALUES[item.method](fields, at)
    texts = {name: (fields[name].data or "").strip() for name in ("note", "no_photo_reason")}
    return {"value": value, **{name: text for name, text in texts.items() if text}}


def _choice(fields: Any, at: str) -> object:
    return fields["value"].data or _NOT_ANSWERED


def _whole(fields: Any, at: str) -> object:
    return _typed(fields["value"].data, int)


def _decimal(fields: Any, at: str) -> object:
    return _typed(fields["value"].data, float)


def _counts(fields: Any, at: str) -> object:
    """``{"yes", "of"}``, by class where the item has classes; classes left empty are left out."""
    counts = {}
    for field in fields:
        if field.short_name.startswith("class."):
            yes, of = (_typed(field.form[name].data, int) for name in ("yes", "of"))
            if yes is not _NOT_ANSWERED or of is not _NOT_ANSWERED:
                counts[field.short_name.removeprefix("class.")] = {
                    "yes": 0 if yes is _NOT_ANSWERED else yes,
                    "of": 0 if of is _NOT_ANSWERED else of,
                }
    return counts.get("", counts) or _NOT_ANSWERED


def _found(fields: Any, at: str) -> object:
    rows = _premises(fields)
    if not rows and not fields["none"].data:
        return _NOT_ANSWERED
    return [_one_found(row, at) for row in rows]


def _one_found(row: Any, at: str) -> dict[str, Any]:
    numbers = {name: _typed(row[name].data, float) for name in ("lat", "lon", "accuracy_m")}
    fix = {name: None if number is _NOT_ANSWERED else number for name, number in numbers.items()}
    optional = {"name": (row["name"].data or "").strip(), "photo": row["kept"].data}
    return {
        "category": row["category"].data or None,
        **{name: value for name, value in optional.items() if value},
        **_walk(row["walk_metres"].data, row["walk_track"].data),
        "fix": {**fix, "source": row["source"].data or "manual", "at": row["at"].data or at},
    }


def _walk(metres: str | None, track: str | None) -> dict[str, Any]:
    """A walked way: the track where one was recorded, else a measuring wheel's metres."""
    if track:
        try:
            return {"walk": {"by": "track", "track": json.loads(track)}}
        except (ValueError, RecursionError):
            return {"walk": {"by": "track", "track": track}}
    typed = _typed(metres, float)
    return {} if typed is _NOT_ANSWERED else {"walk": {"by": "wheel", "metres": typed}}


_VALUES: Mapping[Method, Callable[[Any, str], object]] = {
    Method.COMPLIANCE: _choice,
    Method.OCCURRENCES: _whole,
    Method.RATIO: _counts,
    Method.GRADE: _choice,
    Method.MEASURE: _decimal,
    Method.PROXIMITY: _found,
}


def _premises(fields: Any) -> list[Any]:
    """The rows of premises in which anything is filled in; none where the item has no such rows."""
    rows = [entry.form for entry in fields["premises"]] if "premises" in fields else []
    typed = ("category", "name", "lat", "lon", "photo", "kept")
    return [row for row in rows if any(row[name].data for name in typed)]


def _premises_photos(fields: Any) -> list[str]:
    return [row["kept"].data for row in _premises(fields)]


def _receive(services: Services, file: FileStorage, item: Item) -> str | Problem:
    """Keep one uploaded photo; its SHA-256."""
    where = f"测评项「{item.text}」（{item.id}）照片「{file.filename}」"
    content = file.read()
    limit = services.settings.max_photo_bytes
    if len(content) > limit:
        return Problem(where, f"超过上限{limit // 1024 // 1024}MB，请缩小后再上传")
    sha = hashlib.sha256(content).hexdigest()
    result = receive_photo(services, sha, content)
    return Problem(where, result.what) if isinstance(result, Problem) else sha


def _typed(text: str | None, kind: Callable[[str], Any]) -> Any:
    """A number from text; the text itself where it is none, for the rules to refuse; a mark where nothing was typed."""
    stripped = (text or "").strip()
    if not stripped:
        return _NOT_ANSWERED
    try:
        return stripped if "_" in stripped else kind(stripped)
    except ValueError:
        return stripped


def _untimed(answers: Mapping[str, Any]) -> Any:
    """Answers without the instants of positions typed by hand, which are those of the request."""
    return {id: {**answer, "value": _untimed_value(answer["value"])} for id, answer in answers.items()}


def _untimed_value(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [{**entry, "fix": {**entry["fix"], "at": None}} for entry in value]


def _item_of(problem: Problem, checklist: Checklist, photos: Sequence[str]) -> str:
    if match := _PHOTO_NUMBER.match(problem.where):
        number = int(match[1])
        return photos[number - 1] if 0 < number <= len(photos) else ""
    named = (
        item.id for item in checklist.items if re.search(rf"[(\uff08]{re.escape(item.id)}[)\uff09]", problem.where)
    )
    return next(named, next((item.id for item in checklist.items if f"「{item.text}」" in problem.where), ""))
