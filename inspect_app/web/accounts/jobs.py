"""What is done behind the answers: the administrator's page of what waits, what failed, and what runs by the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ...domain.accounts.permissions import Permission
from ...services import Services
from ...services.cases.delivering import NOTICES, notice_words
from ...services.evidence.working import TITLES
from ...services.queued import SCHEDULED, give_up, queued, try_again
from ...store.jobs import KILLED, JobState
from .. import access
from ..context import now, services, user
from ..refusing import refuse

blueprint = Blueprint("jobs", __name__, url_prefix="/admin/jobs")
_STATES = {
    JobState.QUEUED: "排队",
    JobState.RUNNING: "正在做",
    JobState.AGAIN: "失败，稍后再试",
    JobState.SET_ASIDE: "已搁置",
}
_TITLES = {**TITLES, NOTICES: "发送提醒和通知"}
_MOST = 200
"""Jobs set aside that the page shows; the others come up as these are decided about."""


@blueprint.get("")
@access.allowed(Permission.ACCOUNT_MANAGE)
def show() -> str:
    found = queued(services())
    return render_template(
        "accounts/jobs.html",
        queued=found,
        titles=_TITLES,
        things={one.id: notice_words(services(), one.id) for one in found.set_aside if one.kind == NOTICES},
        states=_STATES,
        scheduled=SCHEDULED,
        killed=KILLED,
        most=_MOST,
    )


@blueprint.post("/retry")
@access.allowed(Permission.ACCOUNT_MANAGE)
def retry() -> BaseResponse:
    return _decided(try_again)


@blueprint.post("/give-up")
@access.allowed(Permission.ACCOUNT_MANAGE)
def drop() -> BaseResponse:
    return _decided(give_up)


def _decided(act: Callable[[Services, str, str, str, datetime], bool]) -> BaseResponse:
    kind, id = request.form.get("kind", ""), request.form.get("id", "")
    if not (kind and id and act(services(), user().name, kind, id, now())):
        refuse(409, "这一项已经不在搁置的任务里：可能别人刚处理过，请返回后台任务查看")
    return redirect(url_for("jobs.show"), 303)
