"""Devices of the person who looks, and signing a phone in with a one-time code."""

from __future__ import annotations

import secrets

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.wrappers import Response as BaseResponse

from ...domain.accounts.browsers import app_around
from ...domain.accounts.device import Device
from ...domain.accounts.permissions import Permission
from ...domain.accounts.sign_in_code import CodeState, SignInCode
from ...services.accounts.accounts import find_user
from ...services.accounts.devices import devices_of, find_device, name_device, revoke_device
from ...services.accounts.sign_in_codes import code_id, find_code, use_code
from ...wording import say
from .. import access
from ..context import browser, may, now, services, user, visitor
from ..own_path import way_back
from ..refusing import refuse

blueprint = Blueprint("devices", __name__)

# Codes that there are not, per address. Guessing one of 2¹²⁸ is hopeless; this keeps those who try from the store.
_PER_ADDRESS = RateLimitItemPerMinute(30, 5, namespace="code")
_failures = FixedWindowRateLimiter(MemoryStorage())
_AGAIN = "请管理员重新出示二维码，五分钟内使用。"
_REFUSALS = {
    CodeState.UNKNOWN: (404, "没有这个登录码", f"请核对地址，或{_AGAIN}"),
    CodeState.USED: (
        410,
        "这个登录码已经用过",
        f"一个登录码只能登录一部手机。如果刚才是在微信等应用里登录的，请回到那里继续；要登录另一部手机，{_AGAIN}",
    ),
    CodeState.REVOKED: (410, "这个登录码已被作废", _AGAIN),
    CodeState.EXPIRED: (410, "登录码已过期", _AGAIN),
    CodeState.ACCOUNT: (410, "登录码已失效", f"这个账号的密码刚刚改过，或账号已停用。{_AGAIN}"),
}


@blueprint.get("/devices")
@access.allowed(Permission.DEVICE_OWN)
def own() -> str:
    """The devices of whoever asks."""
    return render_template(
        "accounts/devices/own.html", devices=devices_of(services().store, user(), now()), here=session.get("device")
    )


@blueprint.post("/devices/<id>/name")
@access.allowed(Permission.DEVICE_OWN)
def rename(id: str) -> BaseResponse:
    """Name one of the own devices; an administrator anybody's."""
    device = _mine(id)
    if problems := name_device(services().store, device.id, request.form.get("name", "")):
        refuse(422, str(say(problems[0])))
    return _back(device)


@blueprint.post("/devices/<id>/revoke")
@access.allowed(Permission.DEVICE_OWN)
def revoke(id: str) -> BaseResponse:
    """End the session on one of the own devices; an administrator on anybody's."""
    device = _mine(id)
    revoke_device(services().store, device.id, now(), by=user().name)
    return _back(device)


@blueprint.get("/enter/<code>")
@access.public
def enter(code: str) -> BaseResponse:
    """Whom a code signs in, and a button. Changes nothing: previews and scanners fetch addresses, too."""
    _stop_guessing()
    found = find_code(services().store, code_id(code), now())
    if found and found.state is CodeState.USED and _is_here(found):
        return redirect(url_for("auth.home"))
    person = find_user(services().store, found.user) if found else None
    if found is None or person is None or found.state is not CodeState.WAITING:
        return _refused(found.state if found else CodeState.UNKNOWN)
    session.setdefault("claim", secrets.token_urlsafe(16))
    page = render_template(
        "accounts/enter.html", person=person, code=found, app=app_around(request.user_agent.string), before=visitor()
    )
    return make_response(page)


@blueprint.post("/enter/<code>")
@access.public
def sign_in(code: str) -> BaseResponse:
    """Sign this browser in: once for each code."""
    _stop_guessing()
    entered = use_code(services().store, code, session.get("claim") or secrets.token_urlsafe(16), browser(), now())
    if isinstance(entered, CodeState):
        return _refused(entered)
    access.begin_session(*entered)
    return redirect(url_for("auth.home"), 303)


@blueprint.after_request
def _keep_codes_here(answer: Response) -> Response:
    """A code stands in the page's address: requests for what the page needs must not name it in logs on the way.

    Not ``no-referrer``: over HTTPS the check of the form's origin needs to see the site.
    """
    if request.endpoint in ("devices.enter", "devices.sign_in"):
        answer.headers["Referrer-Policy"] = "strict-origin"
    return answer


def _stop_guessing() -> None:
    if not _failures.test(_PER_ADDRESS, request.remote_addr or ""):
        refuse(429, "无效的登录码太多，请五分钟后再试")


def _refused(state: CodeState) -> Response:
    if state is CodeState.UNKNOWN:
        _failures.hit(_PER_ADDRESS, request.remote_addr or "")
    status, sentence, advice = _REFUSALS[state]
    return make_response(render_template("accounts/devices/refused.html", sentence=sentence, advice=advice), status)


def _is_here(code: SignInCode) -> bool:
    """Whether this very browser is signed in by the code: its button was tapped twice, or its page came up again."""
    return visitor() is not None and session.get("device") == code.device


def _mine(id: str) -> Device:
    """A device that the person may change. Another's is as if there were none."""
    found = find_device(services().store, id, now())
    if found is None or (found.user != user().name and not may(Permission.ACCOUNT_MANAGE)):
        refuse(404, "没有这台设备")
    return found


def _back(device: Device) -> BaseResponse:
    """To the list where the button was."""
    path = way_back("back") or url_for("devices.own")
    return redirect(f"{path}#device-{device.number}", 303)
