"""The outbox on the phone: a page that holds nothing of a request, so that it can be kept and opened offline."""

from __future__ import annotations

from flask import Blueprint, render_template

from ...domain.accounts.permissions import Permission
from .. import access
from ..context import user

blueprint = Blueprint("outbox", __name__, url_prefix="/field")


@blueprint.get("/outbox")
@access.allowed(Permission.INSPECTION_SEND)
def show() -> str:
    """What waits on this phone; filled in by the page's script."""
    return render_template("inspecting/outbox.html", data={"inspector": user().name})
