"""How phones come to trust this server's own certificate."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, render_template, request

from ..tls import Tls
from . import access
from .downloads import download
from .qr import qr_svg
from .refusing import refuse

blueprint = Blueprint("trust", __name__, url_prefix="/trust")
_SYSTEMS = (
    ("HarmonyOS", "harmony"), ("iPhone", "ios"), ("iPad", "ios"), ("Android", "android"),
    ("Windows", "windows"), ("Mac OS", "macos"), ("Linux", "linux"),
)  # fmt: skip


@blueprint.get("")
@access.public
def show() -> str:
    """One page for all systems; that of the visitor is open."""
    tls, port = _tls(), current_app.config.get("HTTPS_PORT")
    host = request.host.rpartition(":")[0] if request.host.rpartition(":")[2].isdecimal() else request.host
    address = f"https://{tls.host_for(host)}" + ("" if port in (None, 443) else f":{port}") if tls else None
    agent = request.user_agent.string
    return render_template(
        "trust.html",
        tls=tls,
        address=address,
        code=qr_svg(address) if address else None,
        system=next((system for word, system in _SYSTEMS if word in agent), ""),
    )


@blueprint.get("/ca.crt")
@access.public
def certificate() -> Response:
    """The authority's certificate (DER), as phones and computers install it."""
    tls = _tls()
    if tls is None:
        refuse(404, "本服务没有自建证书（在代理后面，或用 --plain-http 启动）")
    return download(tls.authority.der, "application/x-x509-ca-cert", "inspect-ca.crt")


def _tls() -> Tls | None:
    return current_app.extensions.get("tls")
