"""Public exposure: the public's pages, and the office's acts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ...collections import Kept
from ...domain.accounts.permissions import Permission
from ...domain.cases.case import Case
from ...domain.cases.exposure import MOST_DAYS, USUAL_DAYS
from ...domain.problems import Problem
from ...services.cases import exposing
from ...services.cases.acts import find_case
from ...store import Stale
from .. import access
from ..context import now, scope, services, user
from ..numbers import is_number
from ..refusing import refuse

blueprint = Blueprint("exposure", __name__)

_MINUTES_S = 600


@blueprint.get("/exposure/")
@access.public
def public() -> str:
    """Everything that is shown to the public now."""
    return render_template("cases/exposure/public.html", cases=exposing.exposed_cases(services(), now()))


@blueprint.get("/exposure/<id>")
@access.public
def public_case(id: str) -> str:
    """One exposed case with its outcome."""
    case = exposing.exposed_case(services(), id, now())
    if case is None:
        refuse(404, "没有这一件，或已撤回")
    return render_template("cases/exposure/case.html", case=case)


@blueprint.get("/exposure/<id>/photos/<name>.jpg")
@access.public
def photo(id: str, name: str) -> Response:
    """A redacted photo of an exposed case, under a name of chance."""
    content = exposing.exposed_photo(services(), id, name, now())
    if content is None:
        refuse(404, "没有这张照片，或已撤回")
    answer = make_response(content)
    answer.content_type = "image/jpeg"
    # Short, so that a photo that is taken back is gone soon.
    answer.headers["Cache-Control"] = f"public, max-age={_MINUTES_S}"
    return answer


@blueprint.get("/cases/exposure")
@access.allowed(Permission.CASE_READ)
def office() -> str:
    """Every case that was chosen, with since when it is shown, or why it is not."""
    return render_template("cases/exposure/office.html", chosen=exposing.chosen_cases(services(), now(), scope=scope()))


@blueprint.get("/cases/<id>/exposure")
@access.allowed(Permission.CASE_EXPOSE)
def edit(id: str) -> Response:
    """Choose the photos of a case, or take its exposure back."""
    return _page(_found(id))


@blueprint.post("/cases/<id>/exposure")
@access.allowed(Permission.CASE_EXPOSE)
def choose(id: str) -> BaseResponse:
    form, days = request.form, request.form.get("days", "")
    if not is_number(days):
        return _page(_found(id), [Problem("exposure.delay_out_of_range", details={"most_days": MOST_DAYS})])
    photos, text = form.getlist("photo"), form.get("text", "")
    return _answered(
        id,
        lambda revision: exposing.expose(
            services(), user().name, id, photos, text, int(days), revision, now(), scope=scope()
        ),
    )


@blueprint.post("/cases/<id>/exposure/withdraw")
@access.allowed(Permission.CASE_EXPOSE)
def withdraw(id: str) -> BaseResponse:
    reason = request.form.get("reason", "")
    return _answered(
        id, lambda revision: exposing.withdraw(services(), user().name, id, reason, revision, now(), scope=scope())
    )


def _answered(id: str, do: Callable[[int], Kept[Case] | list[Problem]]) -> BaseResponse:
    stored, revision = _found(id), request.form.get("revision", "")
    if not is_number(revision):
        return _page(stored, [Problem("exposure.revision_missing")])
    try:
        done = do(int(revision))
    except Stale:
        return _page(_found(id), [Problem("exposure.changed_meanwhile")], 409)
    return _page(stored, done) if isinstance(done, list) else redirect(url_for("exposure.edit", id=id), 303)


def _found(id: str) -> Kept[Case]:
    stored = find_case(services(), id, scope=scope())
    if stored is None:
        refuse(404, f"没有编号为「{id}」的整改件")
    return stored


def _page(stored: Kept[Case], problems: Sequence[Problem] = (), status: int = 422) -> Response:
    page = render_template(
        "cases/exposure/edit.html",
        id=stored.id,
        revision=stored.revision,
        case=stored.value,
        shown=exposing.exposed_case(services(), stored.id, now()) is not None,
        candidates=exposing.candidates(services(), stored),
        usual_days=USUAL_DAYS,
        most_days=MOST_DAYS,
        most_text=exposing.MAX_TEXT,
        problems=problems,
        form=request.form,
    )
    return make_response(page, status if problems else 200)
