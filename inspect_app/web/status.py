"""The server's state (服务器状态), for who looks after it: what there is to do, before somebody else finds it."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from ..domain.accounts.permissions import Permission
from ..services.checkup import Health
from ..services.server_status import ServerWatched, server_status
from . import access
from .context import now, processes_seen, services

blueprint = Blueprint("status", __name__, url_prefix="/admin/status")


@blueprint.get("")
@access.allowed(Permission.SERVER_WATCH)
def show() -> str:
    """Every line, what needs doing first. Nothing is changed by looking."""
    tls = current_app.extensions.get("tls")
    seen = processes_seen()
    watched = ServerWatched(
        services(),
        current_app.extensions["readiness"],
        tls.ends() if tls else {},
        now(),
        processes=[one.serves for one in seen],
        restarts=sum(one.restarts for one in seen),
    )
    lines = server_status(watched)
    return render_template("status.html", lines=lines, bad=sum(one.state is Health.BAD for one in lines), Health=Health)
