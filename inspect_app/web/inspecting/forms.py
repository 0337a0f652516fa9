"""A checklist as a Flask-WTF form, for phones without JavaScript: fields by method, and field data as a submission.

The fields take text as it was typed and judge nothing: what is wrong with it is said by the same rules that judge the
programming interface. Names join with dots (``answers.<item>.class.<class>.yes``), which no id contains.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from werkzeug.datastructures import FileStorage, MultiDict
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

from ...domain.blanking import is_but_blanked
from ...domain.checklists.checklist import Checklist, Item
from ...domain.checklists.fields import Field, Group, Part, Rows, Typed
from ...domain.checklists.method import NOT_APPLICABLE
from ...domain.checklists.methods import method_of
from ...domain.evidence.photo import is_sha256
from ...domain.inspecting.inspection import Inspection
from ...domain.problems import Problem, placed, under
from ...domain.weeks import utc_text
from ...services import Services
from ...services.evidence.receiving import PHOTO, count_problem
from ..forms import PageForm
from .uploads import take_photo


def inspection_form(checklist: Checklist, sent: MultiDict[str, Any] | None = None) -> PageForm:
    """The form of a checklist, filled from what was sent: where nothing is given, from the request where it is a POST.

    The guard has checked the CSRF token.
    """
    return _form_class(checklist)(*() if sent is None else (sent,), meta={"csrf": False})


def answer_form(form: PageForm, item: Item) -> Any:
    """The part of the form that belongs to one item."""
    return form[f"answers.{item.id}"].form


def receive_photos(services: Services, form: PageForm, checklist: Checklist) -> dict[str, list[Problem]]:
    """Keep every photo that came with the form and note its SHA-256 in the form; what was wrong with others, by item.

    A form that is refused and shown again thereby names the photos of the earlier try, which need not be sent again.
    """
    if problem := count_problem(PHOTO, _count(form, checklist)):
        return {"": [problem]}
    problems: dict[str, list[Problem]] = {}
    for item in checklist.items:
        fields = answer_form(form, item)
        taken = [_receive(services, file, item) for file in fields["photos"].data or [] if file]
        rows = list(_rows_with_photos(fields, item))
        for row in rows:
            if row["photo"].data:
                one = _receive(services, row["photo"].data, item)
                row["kept"].data = "" if isinstance(one, Problem) else one
                taken.append(one)
        kept = [sha for sha in (*fields["kept"].data, *(row["kept"].data for row in rows), *taken) if is_sha256(sha)]
        fields["kept"].data = list(dict.fromkeys(kept))
        if wrong := [problem for problem in taken if isinstance(problem, Problem)]:
            problems[item.id] = under(wrong, "answers", item.id)
    return problems


def filled_form(checklist: Checklist, answers: Mapping[str, Any]) -> PageForm:
    """The form of a checklist as somebody has filled it in who gave these answers (as they are kept)."""
    fields: MultiDict[str, str] = MultiDict()
    for item in checklist.items:
        for name, text in _texts(item, answers[item.id]).items():
            fields[f"answers.{item.id}.{name}"] = text
    return _form_class(checklist)(formdata=fields, meta={"csrf": False})


def _texts(item: Item, answer: Mapping[str, Any]) -> dict[str, str]:
    """The fields of one item by their names in it."""
    method, value = method_of(item), answer["value"]
    written = {name: answer[name] for name in ("note", "no_photo_reason") if answer.get(name)}
    if value == NOT_APPLICABLE:
        is_ticked = any(isinstance(part, Field) and part.name == "na" for part in method.form(item.rule, item))
        return {**written, **({"na": "y"} if is_ticked else {"value": NOT_APPLICABLE})}
    return {**written, **method.typed(item.rule, value)}


def submission_from(form: PageForm, checklist: Checklist, site: str, now: datetime) -> dict[str, object]:
    """The form's data as the submission that the programming interface takes, its photos without a position."""
    at = utc_text(now)
    answers = {item.id: _answer(item, answer_form(form, item), at) for item in checklist.items}
    return {
        "site": site,
        "checklist": checklist.id,
        "version": checklist.version,
        "started_at": form["started_at"].data or "",
        "finished_at": at,
        **({"partner": form["partner"].data} if form["partner"].data else {}),
        "answers": {id: answer for id, answer in answers.items() if answer["value"] is not None},
        "photos": [
            {"sha256": sha, "item": item.id, "captured_at": at, "fix": None}
            for item in checklist.items
            for sha in answer_form(form, item)["kept"].data
        ],
    }


def says_the_same(raw: Mapping[str, Any], kept: Inspection, checklist: Checklist, sites: Collection[str]) -> bool:
    """Whether a form sent again says what was kept the first time, at one of the sites that it was kept at.

    Its end is the server's clock, so it may differ; where words were blanked since, any may stand.
    """
    sent, answers = _untimed(raw["answers"], checklist), _untimed(kept.answers, checklist)
    return (
        raw["version"] == kept.version
        and raw["site"] in sites
        and raw.get("partner", "") == kept.partner
        and (sent == answers or (bool(kept.blanked) and _same_but_blanked(sent, answers)))
        and [(photo["sha256"], photo["item"]) for photo in raw["photos"]]
        == [(photo.sha256, photo.item) for photo in kept.photos]
    )


def problems_by_item(checklist: Checklist, problems: Iterable[Problem], form: PageForm) -> dict[str, list[Problem]]:
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
def _form_class(checklist: Checklist) -> type[PageForm]:
    parts = {f"answers.{item.id}": FormField(_item_class(item), separator=".") for item in checklist.items}
    hidden = {name: HiddenField() for name in ("id", "version", "started_at", "partner")}
    return type("InspectionForm", (PageForm,), {**hidden, **parts})


def _item_class(item: Item) -> type[Form]:
    shared = {
        "note": TextAreaField("备注"),
        "no_photo_reason": StringField("无法拍照的原因"),
        "photos": MultipleFileField("照片"),
        "kept": _SentAgain(),
    }
    own = {part.name: _field(part) for part in method_of(item).form(item.rule, item)}
    return type("ItemForm", (Form,), {**own, **shared})


_FIELDS: Mapping[str, Callable[[Field], Any]] = {
    "text": lambda field: StringField(field.label),
    "hidden": lambda field: HiddenField(),
    "tick": lambda field: BooleanField(field.label),
    "photo": lambda field: FileField(field.label),
    "choice": lambda field: RadioField(
        field.label, choices=[SelectChoice(*choice) for choice in field.choices], validate_choice=False
    ),
}


def _field(part: Part) -> Any:
    """The field, group of fields or list of rows that a method's data describe."""
    if isinstance(part, Field):
        return _FIELDS[part.kind](part)
    inner = type("PartForm", (Form,), {field.name: _field(field) for field in part.fields})
    if isinstance(part, Group):
        return FormField(inner, label=part.label, separator=".")
    return FieldList(FormField(inner, separator="."), min_entries=part.least, separator=".")


def _answer(item: Item, fields: Any, at: str) -> dict[str, object]:
    """One item's answer as a submission has it; a value of None where there is none."""
    method = method_of(item)
    typed = _typed(fields, method.form(item.rule, item))
    value = NOT_APPLICABLE if NOT_APPLICABLE in typed.ticked else method.entered(item.rule, typed, at)
    texts = {name: (fields[name].data or "").strip() for name in ("note", "no_photo_reason")}
    return {"value": value, **{name: text for name, text in texts.items() if text}}


def _typed(fields: Any, parts: Iterable[Part]) -> Typed:
    """What was typed into these parts of a form."""
    single = [part for part in parts if isinstance(part, Field)]
    return Typed(
        {part.name: fields[part.name].data or "" for part in single if part.kind in ("text", "hidden", "choice")},
        {part.name for part in single if part.kind == "tick" and fields[part.name].data},
        {part.name: _typed(fields[part.name].form, part.fields) for part in parts if isinstance(part, Group)},
        {
            part.name: [_typed(row, part.fields) for row in _filled(fields, part)]
            for part in parts
            if isinstance(part, Rows)
        },
    )


def _filled(fields: Any, rows: Rows) -> list[Any]:
    """The rows in which anything is filled in."""
    entries = [entry.form for entry in fields[rows.name]]
    return [row for row in entries if any(row[name].data for name in rows.filled_by)]


def _rows_with_photos(fields: Any, item: Item) -> Iterator[Any]:
    """The filled rows of an item that take a photo of their own."""
    for part in method_of(item).form(item.rule, item):
        if isinstance(part, Rows) and any(field.kind == "photo" for field in part.fields):
            yield from _filled(fields, part)


def _receive(services: Services, file: FileStorage, item: Item) -> str | Problem:
    """Keep one uploaded photo; its SHA-256."""
    taken = take_photo(file.read())
    if isinstance(taken, Problem):
        return placed(taken, {"form_item": item.text, "form_item_id": item.id, "photo_file": file.filename or ""})
    return taken.sha256


def _count(form: PageForm, checklist: Checklist) -> int:
    """How many photos came with the form."""
    of_items = [(item, answer_form(form, item)) for item in checklist.items]
    own = sum(bool(file) for _, fields in of_items for file in fields["photos"].data or [])
    return own + sum(bool(row["photo"].data) for item, fields in of_items for row in _rows_with_photos(fields, item))


def _untimed(answers: Mapping[str, Any], checklist: Checklist) -> Any:
    """Answers without the instants of positions typed by hand, which are those of the request."""
    return {
        id: {**answer, "value": method_of(checklist.item(id)).untimed(answer["value"])}
        for id, answer in answers.items()
    }


def _same_but_blanked(sent: Any, kept: Any) -> bool:
    """Whether two values are the same but for what was blanked in the texts of the second."""
    if isinstance(sent, str) and isinstance(kept, str):
        return is_but_blanked(sent, kept)
    if isinstance(sent, Mapping) and isinstance(kept, Mapping):
        return sent.keys() == kept.keys() and all(_same_but_blanked(sent[name], kept[name]) for name in kept)
    if isinstance(sent, list) and isinstance(kept, list):
        return len(sent) == len(kept) and all(map(_same_but_blanked, sent, kept))
    return bool(sent == kept)


def _item_of(problem: Problem, checklist: Checklist, photos: Sequence[str]) -> str:
    """The item that a problem is about, by its path: an answer's own, or that of a photo."""
    match problem.path:
        case ("answers", str(id), *_):
            return id if any(item.id == id for item in checklist.items) else ""
        case ("photos", int(number), *_):
            return photos[number] if number < len(photos) else ""
    return ""
