"""What came in files and waits for the office: taken over as somebody's visit, or left out, with a reason."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ...domain.accounts.permissions import Permission
from ...domain.inspecting.held_import import MAX_REASON
from ...domain.problems import Problem
from ...services.inspecting.holding import accept, refuse, waiting
from ...store import Stale
from .. import access
from ..context import now, services, user

blueprint = Blueprint("held", __name__, url_prefix="/admin/imports")


@blueprint.get("/")
@access.allowed(Permission.ACCOUNT_MANAGE)
def show() -> str:
    return _page()


@blueprint.post("/<id>/accept")
@access.allowed(Permission.ACCOUNT_MANAGE)
@access.recently_proved
def take_over(id: str) -> BaseResponse | tuple[str, int]:
    """Have it be a visit of the inspector whom it names."""
    found = accept(services(), user().name, id, _reason(), now())
    return _decided(found if isinstance(found, list) else [])


@blueprint.post("/<id>/refuse")
@access.allowed(Permission.ACCOUNT_MANAGE)
def leave_out(id: str) -> BaseResponse | tuple[str, int]:
    """Leave it out; it stays readable in the log."""
    return _decided(refuse(services(), user().name, id, _reason(), now()))


@blueprint.errorhandler(Stale)
def decided_meanwhile(_: Stale) -> tuple[str, int]:
    """Somebody else was quicker."""
    return _page([Problem("importing.handled_meanwhile")]), 409


def _reason() -> str:
    return request.form.get("reason", "")


def _decided(problems: list[Problem]) -> BaseResponse | tuple[str, int]:
    return (_page(problems), 422) if problems else redirect(url_for("held.show"), 303)


def _page(problems: list[Problem] | None = None) -> str:
    return render_template(
        "inspecting/held/waiting.html", held=waiting(services()), problems=problems or [], max_reason=MAX_REASON
    )
