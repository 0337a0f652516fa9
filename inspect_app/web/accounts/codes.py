"""The administrator's pages about devices: everybody's list, and the QR code that signs a phone in."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from ...domain.accounts.permissions import Permission
from ...domain.accounts.sign_in_code import CodeState, SignInCode
from ...services.accounts.accounts import all_users, find_user
from ...services.accounts.devices import all_devices, find_device
from ...services.accounts.sign_in_codes import codes_waiting, find_code, make_code, revoke_code
from ...wording import say
from .. import access
from ..context import now, services, user
from ..qr import qr_svg
from ..refusing import refuse
from ..roots import root_for_phones

blueprint = Blueprint("codes", __name__, url_prefix="/admin")

_SHOWN = "code"
"""In the administrator's session: id and text of the code that was made last, so that its page can be loaded again."""


@blueprint.get("/devices")
@access.allowed(Permission.ACCOUNT_MANAGE)
def devices() -> str:
    """Everybody's devices; ``user`` shows one account's."""
    store, name = services().store, request.args.get("user", "")
    titles = {one.name: one.title for one in all_users(store)}
    if name and name not in titles:
        refuse(404, f"没有账号「{name}」")
    return render_template(
        "accounts/devices/all.html",
        devices=[device for device in all_devices(store, now()) if name in ("", device.user)],
        codes=[code for code in codes_waiting(store, now()) if name in ("", code.user)],
        titles=titles,
        name=name,
        here=session.get("device"),
    )


@blueprint.post("/users/<name>/sign-in-code")
@access.allowed(Permission.ACCOUNT_MANAGE)
@access.recently_proved
def make(name: str) -> BaseResponse:
    """A new code, and the page that shows it."""
    made = make_code(services().store, name, user().name, now())
    if isinstance(made, list):
        refuse(404, str(say(made[0])))
    text, code = made
    session[_SHOWN] = {"id": code.id, "text": text}
    return redirect(url_for("codes.show", id=code.id), 303)


@blueprint.get("/sign-in-codes/<id>")
@access.allowed(Permission.ACCOUNT_MANAGE)
def show(id: str) -> str:
    """The QR code while it can be used, in the browser that made it; then what became of it."""
    code = _code(id)
    shown = session.get(_SHOWN, {})
    text = shown["text"] if shown.get("id") == id and code.state is CodeState.WAITING else ""
    if shown.get("id") == id and not text:
        session.pop(_SHOWN)
    root, warning = root_for_phones("再重新生成")
    address = root + url_for("devices.enter", code=text) if text else ""
    person = find_user(services().store, code.user)
    return render_template(
        "accounts/devices/code.html",
        code=code,
        person=person,
        device=find_device(services().store, code.device, now()) if code.device else None,
        address=address,
        picture=qr_svg(address) if address else "",
        warning=warning,
        seconds_left=max(0, round((code.expires_at - now()).total_seconds())),
    )


@blueprint.get("/sign-in-codes/<id>/state")
@access.allowed(Permission.ACCOUNT_MANAGE)
def state(id: str) -> Response:
    """For the page's script: how things stand with the code."""
    return jsonify(state=_code(id).state)


@blueprint.post("/sign-in-codes/<id>/revoke")
@access.allowed(Permission.ACCOUNT_MANAGE)
def revoke(id: str) -> BaseResponse:
    """Take a code back. Where a phone was quicker, its page says so and offers to end the phone's session."""
    revoke_code(services().store, _code(id).id, now(), by=user().name)
    return redirect(url_for("codes.show", id=id), 303)


def _code(id: str) -> SignInCode:
    code = find_code(services().store, id, now())
    if code is None:
        refuse(404, "没有这个登录码")
    return code
