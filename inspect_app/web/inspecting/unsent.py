"""The page of forms that came after their session had ended: what waits in this browser, to be sent by its owner.

Each is shown before it is sent, and is then taken as the form itself would have been.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.datastructures import CombinedMultiDict, FileStorage, MultiDict
from werkzeug.wrappers import Response as BaseResponse

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.permissions import Permission
from ...domain.checklists.fields import Field, Group, Part, Rows
from ...domain.checklists.methods import method_of
from ...domain.inspecting.inspection import Inspection
from ...domain.inspecting.submission import parse_id
from ...domain.place.sites import Site
from ...services.inspecting.unsent import Unsent, contents, drop, of_browser
from ...services.place.register import find_site
from .. import access
from ..context import now, services, user, visitor
from ..refusing import refuse
from . import adhoc, correcting, field
from .signed_out import browsers_secret

blueprint = Blueprint("unsent", __name__, url_prefix="/field/unsent")
_SHOWN = 200
_ROW = re.compile(r"\.\d+\.")


@dataclass(frozen=True, slots=True)
class Row:
    """One that waits: its site (None for a report from the way, or where there is none any more), item and answer each.

    ``received`` is the id of the account's inspection that it has become already, empty where it has not;
    ``corrected`` the site's name of the inspection that it corrects.
    """

    one: Unsent
    site: Site | None
    corrected: str
    said: tuple[tuple[str, str], ...]
    received: str


@blueprint.get("")
@access.allowed(Permission.INSPECTION_SEND)
def show() -> str:
    """What waits of the account in this browser; of others' no more than that there is some."""
    found = _waiting()
    own = [_row(one) for one in found if one.sent.account == user().name]
    return render_template("inspecting/unsent.html", rows=own, others=len(found) - len(own))


@blueprint.post("/<number>/send")
@access.allowed(Permission.INSPECTION_SEND)
def send(number: str) -> BaseResponse:
    """Send one as the form itself would have been, ended when it came. It waits on where something is wrong with it."""
    if _received(id := request.form.get("id", "")) and not _found(number):  # a double tap
        return redirect(url_for("inspections.show", id=id), 303)
    one = _own(number)
    try:
        files = [(file.field, _storage(file.field, file.name, content)) for file, content in contents(services(), one)]
    except FileNotFoundError:
        refuse(404, "这份表单的照片已经不在了，请重新填写")
    form, photos = MultiDict(one.sent.fields), MultiDict(files)
    if one.sent.corrects:
        answer = correcting.taken(one.sent.corrects, CombinedMultiDict((photos, form)), one.at)
    elif one.sent.site:
        answer = field.taken(one.sent.site, CombinedMultiDict((photos, form)), one.at)
    else:
        answer = adhoc.taken(form, photos.getlist("answers.photos"), one.at)
    if answer.status_code == 303:
        drop(services(), one)
    return answer


@blueprint.post("/<number>/drop")
@access.allowed(Permission.INSPECTION_SEND)
def leave(number: str) -> BaseResponse:
    """Forget one that is not wanted."""
    drop(services(), _own(number))
    return redirect(url_for("unsent.show"), 303)


@blueprint.app_context_processor
def _shared() -> dict[str, object]:
    return {"unsent_here": unsent_here}


def unsent_here() -> list[Unsent]:
    """What waits in this browser: of the account that is signed in, or of any while none is."""
    found, who = _waiting(), visitor()
    return [one for one in found if who is None or one.sent.account == who.name]


def _waiting() -> list[Unsent]:
    secret = browsers_secret()
    return of_browser(services(), secret, now()) if secret else []


def _own(number: str) -> Unsent:
    found = _found(number)
    if found is None:
        refuse(404, "这个浏览器里没有您的这份表单：已经提交、删除，或超过24小时")
    return found


def _found(number: str) -> Unsent | None:
    return next((one for one in _waiting() if one.number == number and one.sent.account == user().name), None)


def _received(id: str) -> str:
    """The id itself where the account has an inspection under it, else nothing."""
    kept = _inspection(id)
    return kept.id if kept is not None else ""


def _corrected(one: Unsent) -> Kept[Inspection] | None:
    return _inspection(one.sent.corrects) if one.sent.corrects else None


def _inspection(id: str) -> Kept[Inspection] | None:
    """The account's own."""
    parsed = str(parse_id(id) or "")
    kept = INSPECTIONS.get(services().store, parsed) if parsed else None
    return kept if kept is not None and kept.value.inspector == user().name else None


def _storage(field: str, name: str, content: bytes) -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name, name=field)


def _row(one: Unsent) -> Row:
    return Row(
        one=one,
        site=find_site(services().store, one.sent.site) if one.sent.site else None,
        said=tuple(_said(one)),
        received=_became(one),
        corrected=corrected.value.site.name if (corrected := _corrected(one)) else "",
    )


def _became(one: Unsent) -> str:
    if not one.sent.corrects:
        return _received(one.sent.id)
    kept, id = _corrected(one), str(parse_id(one.sent.id) or "")
    return kept.id if kept and any(version.correction == id for version in kept.value.corrections) else ""


def _said(one: Unsent) -> list[tuple[str, str]]:
    """What was entered, an item and its answer each, as far as anything was."""
    fields = MultiDict(one.sent.fields)
    if not one.sent.site and not one.sent.corrects:
        return _report_said(fields)
    checklist = services().library.version(fields.get("version", ""))
    items = [(item, method_of(item).form(item.rule, item)) for item in checklist.items] if checklist else []
    said = [("更正原因", fields.get("note", ""))] if one.sent.corrects else []
    said += [(item.text, _answer(fields, f"answers.{item.id}.", parts)) for item, parts in items]
    return [(text[:_SHOWN], answer) for text, answer in said if answer]


def _answer(fields: MultiDict[str, str], prefix: str, parts: Sequence[Part]) -> str:
    """What was entered for one item, as the form words it."""
    entered = [(name.removeprefix(prefix), text) for name, text in fields.items(multi=True) if name.startswith(prefix)]
    words = _words(parts)
    said = [words[plain](text) for name, text in entered if text.strip() and (plain := _ROW.sub(".", name)) in words]
    return "；".join(one[:_SHOWN] for one in said)


def _words(parts: Sequence[Part]) -> Mapping[str, Callable[[str], str]]:
    """How each field says what was entered in it, by its name without the numbers of rows."""
    named = [("", "", [part for part in parts if isinstance(part, Field)])]
    named += [(f"{part.name}.", part.label, list(part.fields)) for part in parts if isinstance(part, Group)]
    named += [(f"{part.name}.", "", list(part.fields)) for part in parts if isinstance(part, Rows)]
    own = {prefix + one.name: partial(_word, one, label) for prefix, label, fields in named for one in fields}
    return {**{name: says for name, says in own.items() if says.args[0].kind in _SAID}, **_SHARED}


def _word(field: Field, group: str, text: str) -> str:
    label = " ".join(filter(None, (group, field.label)))
    if field.kind == "tick":
        return label
    word = dict(field.choices).get(text, text)
    return f"{label}：{word}" if label and field.kind == "text" else word


_SAID = ("text", "tick", "choice")
_SHARED: Mapping[str, Callable[[str], str]] = {
    "note": "备注：{}".format,
    "no_photo_reason": "无法拍照的原因：{}".format,
}


def _report_said(fields: MultiDict[str, str]) -> list[tuple[str, str]]:
    checklist, kind = services().library.ad_hoc, fields.get("answers.kind", "")
    titles = {item.id: item.text for item in checklist.items} if checklist else {}
    told = {
        "问题类别": titles.get(kind, kind),
        "说明": fields.get("answers.note", ""),
        "地点": fields.get("answers.place", ""),
    }
    return [(title, text[:_SHOWN]) for title, text in told.items() if text]
