"""Who may come in by plain HTTP: this machine, and the proxy that is named. Everybody else is shown to HTTPS."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from waitress.proxy_headers import proxy_headers_middleware

from ..network import prefix_of, without_prefix

_FORWARDED = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
_REFUSAL = "这个端口只供本机和代理使用。请用管理员给的 https 地址打开。"


def through_proxy(app: WSGIApplication, trusted: str, prefix: str = "") -> WSGIApplication:
    """The application with what the proxy in front tells of the browser: its address, HTTPS and host.

    Nobody else may tell such things: where no proxy is named the headers are as the client sent them, and unused.
    ``prefix`` is the path under which the proxy has this site, that of our own address.
    """
    if not trusted:
        return app
    made: WSGIApplication = proxy_headers_middleware(
        app, trusted_proxy=trusted, trusted_proxy_count=1, trusted_proxy_headers=_FORWARDED, clear_untrusted=True
    )

    def door(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if trusted in ("*", environ["REMOTE_ADDR"]):
            _set_browsers_side(environ, prefix)
        return made(environ, start)

    return door


def _set_browsers_side(environ: WSGIEnvironment, prefix: str) -> None:
    """Scheme and prefix as the browser has them, of all that proxies behind one another tell.

    The browser's own scheme is the first: who lies about it has worse cookies, and nothing of others.
    """
    schemes = environ.get("HTTP_X_FORWARDED_PROTO", "").split(",")
    if len(schemes) > 1:
        environ["HTTP_X_FORWARDED_PROTO"] = schemes[0].strip()
    under = prefix_of(lambda name: environ.get(f"HTTP_{name}"), prefix)
    environ["SCRIPT_NAME"] = under
    environ["PATH_INFO"] = without_prefix(environ.get("PATH_INFO", "/"), under)


def plain_door(
    app: WSGIApplication, trusted: str, others: WSGIApplication | None = None, prefix: str = ""
) -> WSGIApplication:
    """The application for this machine and for the proxy; ``others`` for everybody else, who is refused without."""
    inside, outside = through_proxy(app, trusted, prefix), others or _refuse

    def door(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        peer = str(environ["REMOTE_ADDR"])
        is_proxy = bool(trusted) and trusted in ("*", peer)
        return (inside if is_proxy or is_here(peer) else outside)(environ, start)

    return door


def is_here(peer: str) -> bool:
    """Whether a connection comes from this machine by its loopback."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback


def _refuse(_: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    start("403 Forbidden", [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")])
    return [_REFUSAL.encode()]
