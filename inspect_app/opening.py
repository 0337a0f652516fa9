"""Which doors the server opens: by the options of ``run.py`` and whether a proxy is named."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import segno
from flask import Flask

from .listening import Listening
from .network import in_url, is_this_machine_only, lan_address, lan_address_6
from .serving import Door, ServingLimits, plain_door, through_proxy
from .tls import Tls, names_of_this_machine, open_tls
from .tls.authority import has_run_out
from .tls.names import names_of
from .tls.plain import lead_to_https
from .ways import DEFAULT_HTTPS_PORT, EVERYWHERE, WayIn, https_port_of, way_of


@dataclass(frozen=True, slots=True)
class Opening:
    """Doors, this machine's own address of them, what to say once they are open, and what one client may have."""

    doors: Sequence[Door]
    here: str
    say: Callable[[], None]
    limits: ServingLimits


def opening_for(app: Flask, chosen: argparse.Namespace, listening: Listening) -> Opening:
    """HTTP for this machine and HTTPS for all others, unless something else was asked for."""
    trusted = app.extensions["inspect"].settings.trusted_proxy
    match way_of(chosen, trusted, listening):
        case WayIn.HTTPS_ONLY:
            return _https_only(app, chosen, trusted)
        case WayIn.EVERYBODY_PLAIN:
            return _for_everybody(app, chosen, trusted)
        case WayIn.BEHIND_PROXY:
            return _behind_proxy(app, chosen, trusted)
        case WayIn.HERE_ONLY:
            return _here_only(app, chosen, DEFAULT_HTTPS_PORT)
        case WayIn.BOTH:
            return _both(app, chosen, https_port_of(chosen))


def _both(app: Flask, chosen: argparse.Namespace, port: int) -> Opening:
    """HTTP to this machine; to others only the certificate, and the way to HTTPS."""
    tls = _tls(app, chosen, port)
    others = lead_to_https(app, port, tls.host_for)
    doors = [
        Door(chosen.host, chosen.port, plain_door(app, "", others)),
        Door(chosen.host, port, app, tls.context),
    ]
    return _opening(app, doors, "http", chosen.host, chosen.port, lambda: _say_https(tls, chosen, port))


def _https_only(app: Flask, chosen: argparse.Namespace, trusted: str) -> Opening:
    """HTTPS on its port, and on the other one what leads there."""
    port = https_port_of(chosen)
    tls = _tls(app, chosen, port)
    doors = [
        Door(chosen.host, port, through_proxy(app, trusted, _prefix(app)), tls.context),
        Door(chosen.host, chosen.port, lead_to_https(app, port, tls.host_for)),
    ]
    return _opening(app, doors, "https", chosen.host, port, lambda: _say_https(tls, chosen, port))


def _for_everybody(app: Flask, chosen: argparse.Namespace, trusted: str) -> Opening:
    def say() -> None:
        _say_phones(chosen.host, chosen.port, "http")
        print("\n  注意：--plain-http 不加密，同一网络里的人能看到密码和照片；手机上的定位、页面内相机、离线也用不了。")

    doors = [Door(chosen.host, chosen.port, through_proxy(app, trusted, _prefix(app)))]
    return _opening(app, doors, "http", chosen.host, chosen.port, say)


def _behind_proxy(app: Flask, chosen: argparse.Namespace, trusted: str) -> Opening:
    def say() -> None:
        print(
            f"  其他机器经代理 {trusted} 打开。"
            if trusted
            else "  只供本机打开。给手机用：不写 --host，见 docs/operate/https.md。"
        )

    doors = [Door(chosen.host, chosen.port, plain_door(app, trusted, prefix=_prefix(app)))]
    return _opening(app, doors, "http", chosen.host, chosen.port, say)


def _here_only(app: Flask, chosen: argparse.Namespace, port: int) -> Opening:
    def say() -> None:
        print(f"  注意：端口 {port} 已被别的程序占用，手机暂时打不开。请用 --https-port 另选一个端口，重新启动。")

    doors = [Door(chosen.host, chosen.port, plain_door(app, ""))]
    return _opening(app, doors, "http", chosen.host, chosen.port, say)


def _opening(
    app: Flask, doors: Sequence[Door], scheme: str, host: str, port: int, say_more: Callable[[], None]
) -> Opening:
    """An opening that says first where this machine finds it."""
    here = f"{scheme}://{in_url(_here(host))}:{port}"

    def say() -> None:
        print(f"  本机打开：  {here}")
        say_more()

    return Opening(doors, here, say, _limits(app))


def _tls(app: Flask, chosen: argparse.Namespace, port: int) -> Tls:
    """The installation's own authority and certificate, which is renewed while the server runs."""
    folder, keys, now = (
        app.extensions["inspect"].settings.data / "tls",
        app.extensions["inspect"].keys,
        datetime.now(UTC),
    )
    with keys.made_elsewhere("tls/authority.pem", lambda: has_run_out(folder, now), now):
        tls = open_tls(folder, lambda: names_of_this_machine(chosen.https_name), now)
    tls.keep_renewing()
    app.extensions["tls"] = tls
    app.config["HTTPS_PORT"] = port
    lacking = tls.left_out()
    asked = names_of(chosen.https_name).addresses
    if names := [*lacking.hosts, *(str(one) for one in lacking.addresses if one in asked)]:
        lacked = "、".join(names)
        print(f"  注意：证书里没有 {lacked}，建立 CA 时还没有这些名称。办法见 docs/operate/https.md「CA 的私钥」。")
    return tls


def _prefix(app: Flask) -> str:
    prefix: str = app.extensions["inspect"].settings.prefix
    return prefix


def _limits(app: Flask) -> ServingLimits:
    settings = app.extensions["inspect"].settings
    proxies = frozenset({settings.trusted_proxy} - {""})
    whole = ServingLimits(
        per_address=settings.connections_per_address,
        receiving_bytes=settings.receiving_bytes,
        proxies=proxies,
    )
    return whole.shared_by(settings.processes, settings.max_request_bytes)


def _say_phones(host: str, port: int, scheme: str) -> None:
    phone = _for_phones(host)
    if phone is None:
        print("  没有找到局域网地址，手机暂时无法访问。")
        return
    address = f"{scheme}://{in_url(phone)}:{port}"
    print(f"  手机打开：  {address}（与本机在同一网络）\n")
    segno.make(address, error="m").terminal(compact=True, border=2)


def _say_https(tls: Tls, chosen: argparse.Namespace, port: int) -> None:
    """Where phones find it, and the certificate that they need first."""
    _say_phones(chosen.host, port, "https")
    host = in_url(_for_phones(chosen.host) or _here(chosen.host))
    print(f"  手机第一次打开前先装证书：http://{host}:{chosen.port}/trust")
    print(f"  证书指纹(SHA-256)：{tls.authority.fingerprint}")


def _for_phones(host: str) -> str | None:
    """The address of this machine for others; None where it has none, or only itself is listened to."""
    if host in EVERYWHERE:
        return lan_address() or (lan_address_6() if host == "::" else None)
    return None if is_this_machine_only(host) else host


def _here(host: str) -> str:
    return "127.0.0.1" if host in EVERYWHERE else host
