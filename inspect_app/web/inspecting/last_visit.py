"""The last inspection of a site (上次检查), for the fold at the top of its form, and as a page without JavaScript."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from ...domain.accounts.permissions import Permission
from ...domain.place.sites import Site
from ...services.evidence.marking import marks_name
from ...services.evidence.shared_copies import shared_copy
from ...services.inspecting.last_visit import LastVisit, last_visit
from ...services.place.register import find_site
from .. import access
from ..context import services, this_week
from ..pictures import picture
from ..refusing import refuse

blueprint = Blueprint("last_visit", __name__, url_prefix="/field/last")


@blueprint.get("/<code>")
@access.allowed(Permission.INSPECTION_SEND)
def show(code: str) -> str:
    """What was found the last time; with ``part`` without the page around it."""
    site = _site(code)
    template = "inspecting/last/part.html" if "part" in request.args else "inspecting/last/page.html"
    return render_template(template, site=site, last=_last(code))


@blueprint.get("/<code>/photos/<sha256>")
@access.allowed(Permission.INSPECTION_SEND)
def photo(code: str, sha256: str) -> Response:
    """One of its photos, small, and without what would tell whose phone took it."""
    last = _last(_site(code).code)
    if last is None or sha256 not in last.marks:
        refuse(404, "没有这张照片")
    marks = last.marks[sha256]
    answer = picture(shared_copy(services(), sha256, marks=marks, small=True), f"{sha256}-shared{marks_name(marks)}")
    # Good for the day only, as what was found is: a phone keeps it itself, and deletes it.
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _site(code: str) -> Site:
    site = find_site(services().store, code)
    if site is None:
        refuse(404, f"没有点位「{code}」")
    return site


def _last(code: str) -> LastVisit | None:
    return last_visit(services(), code, this_week())
