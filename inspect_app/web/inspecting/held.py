"""What waits for the office, out of files or refused: taken over as a visit, or left out, with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ...collections import Kept
from ...collections.inspecting.held_import import HELD_IMPORTS
from ...domain.accounts.permissions import Permission
from ...domain.inspecting.held_import import MAX_REASON, UNREADABLE, HeldImport
from ...domain.problems import Problem
from ...services.cases.held_reports import accept_held
from ...services.evidence.examining import thumbnail
from ...services.inspecting.holding import refuse, waiting
from ...services.inspecting.lacking import photos_lacking
from ...store import Stale
from .. import access
from ..context import now, services, user
from ..pictures import picture
from ..refusing import refuse as refuse_request

_SHOWN, _SHOWN_OF_TEXT = 200, 2000
blueprint = Blueprint("held", __name__, url_prefix="/admin/imports")


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One that was refused: the hashes of its photos that are here whole, how many are not, each item and its answer.

    ``waived`` are the items that would be taken over without the photo that they ask for.
    """

    kept: Kept[HeldImport]
    photos: tuple[str, ...]
    lacking: int
    said: tuple[tuple[str, str], ...]
    waived: tuple[Problem, ...]


@blueprint.get("/")
@access.allowed(Permission.ACCOUNT_MANAGE)
def show() -> str:
    return _page()


@blueprint.post("/<id>/accept")
@access.allowed(Permission.ACCOUNT_MANAGE)
@access.recently_proved
def take_over(id: str) -> BaseResponse | tuple[str, int]:
    """Have it be a visit of the inspector whom it names, at another site where one is given, or its unit's report."""
    site = request.form.get("site", "")
    return _decided(accept_held(services(), user().name, id, _reason(), now(), site=site, revision=_revision()))


@blueprint.post("/<id>/refuse")
@access.allowed(Permission.ACCOUNT_MANAGE)
def leave_out(id: str) -> BaseResponse | tuple[str, int]:
    """Leave it out; it stays readable in the log."""
    return _decided(refuse(services(), user().name, id, _reason(), now(), revision=_revision()))


@blueprint.get("/<id>/photos/<sha256>")
@access.allowed(Permission.ACCOUNT_MANAGE)
def photo(id: str, sha256: str) -> Response:
    """A photo of one that waits, small."""
    kept = HELD_IMPORTS.get(services().store, id)
    if kept is None or sha256 not in kept.value.photos or not services().photos.has(sha256):
        refuse_request(404, "没有这张照片")
    return picture(thumbnail(services(), sha256), sha256)


@blueprint.errorhandler(Stale)
def decided_meanwhile(_: Stale) -> tuple[str, int]:
    """Somebody else was quicker, or the phone has sent another."""
    return _page([Problem("importing.handled_meanwhile")]), 409


def _row(kept: Kept[HeldImport]) -> RefusedRow:
    named = kept.value.photos
    here = tuple(sha256 for sha256 in named if services().photos.is_whole(sha256))
    waived = tuple(photos_lacking(services(), kept.value))
    return RefusedRow(kept, here, len(named) - len(here), tuple(_said_in(kept.value)), waived)


def _said_in(held: HeldImport) -> list[tuple[str, str]]:
    """What was entered, an item and its answer each, as far as it can be read."""
    if UNREADABLE in held.raw:
        return [("收到的原文", str(held.raw[UNREADABLE])[:_SHOWN_OF_TEXT])]
    if held.is_report:
        return [("说明", str(held.raw.get("note", ""))[:_SHOWN_OF_TEXT])]
    version, answers = held.raw.get("version"), held.raw.get("answers")
    checklist = services().library.version(version) if isinstance(version, str) else None
    titles = {item.id: item.text for item in checklist.items} if checklist else {}
    entries = answers.items() if isinstance(answers, Mapping) else ()
    return [(str(titles.get(id, id))[:_SHOWN], _answer(entry)) for id, entry in entries]


def _answer(entry: object) -> str:
    if not isinstance(entry, Mapping):
        return str(entry)[:_SHOWN]
    told = (entry.get("value"), entry.get("note"), entry.get("no_photo_reason"))
    return "；".join(str(one)[:_SHOWN] for one in told if one not in (None, ""))


def _reason() -> str:
    return request.form.get("reason", "")


def _revision() -> int:
    """That of what was looked at; 0, which nothing has, where the form does not say."""
    return request.form.get("revision", 0, type=int)


def _decided(problems: list[Problem]) -> BaseResponse | tuple[str, int]:
    return (_page(problems), 422) if problems else redirect(url_for("held.show"), 303)


def _page(problems: list[Problem] | None = None) -> str:
    held = waiting(services())
    return render_template(
        "inspecting/held/waiting.html",
        refused=[_row(kept) for kept in held if kept.value.was_refused],
        held=[kept for kept in held if not kept.value.was_refused],
        problems=problems or [],
        max_reason=MAX_REASON,
    )
