"""A photo beside the earlier ones that it was made of, for supervisors: one laid over the other."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, make_response, render_template, request

from ...domain.accounts.permissions import Permission
from ...services.evidence.comparing import overlay, shown_reuses
from ...services.evidence.reviewing import InspectionView, view_inspection
from .. import access
from ..context import services, user
from ..pictures import picture
from ..refusing import refuse

blueprint = Blueprint("reuse", __name__)


@blueprint.get("/inspections/<id>/photos/<sha256>/reuse")
@access.allowed(Permission.FINDING_DECIDE)
def show(id: str, sha256: str) -> Response:
    """The page; with ``picture`` (``new``, ``marked``, ``earlier``) and ``of`` (SHA-256) one of its pictures."""
    view = view_inspection(services(), user(), id)
    if view is None or sha256 not in {photo.sha256 for photo in view.photos}:
        refuse(404, "没有这张照片")
    if which := request.args.get("picture"):
        return _picture(view, sha256, which, request.args.get("of", ""))
    found = shown_reuses(services(), id, user(), sha256)
    return make_response(render_template("evidence/reuse.html", view=view, sha256=sha256, found=found))


def _picture(view: InspectionView, sha256: str, which: str, of: str) -> Response:
    found = [one.reuse for one in shown_reuses(services(), view.id, user(), sha256) if one.reuse.earlier == of]
    if not found or which not in ("new", "marked", "earlier"):
        refuse(404, "没有这张照片")
    made = overlay(services(), found[0], which)
    if made is None:
        refuse(404, "这张照片无法显示，请查看原片")
    answer = picture(made, hashlib.sha256(made).hexdigest())
    # Another way of comparing, or a turn on the desk, makes another picture under the same address.
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer
