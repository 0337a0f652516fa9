"""The way from the command line to a server that is ready: open, fill a new folder, say where to find it."""

from __future__ import annotations

import argparse
import gc
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import segno
from flask import Flask

from . import create_app
from .first_run import first_run
from .network import lan_address
from .services.accounts.tokens import DAYS, give_ends
from .services.cases.reminders import keep_reminding
from .services.checklists.reading import ChecklistsInvalid
from .services.evidence.examining import catch_up
from .services.forms import FormUnreadable, behind
from .services.index.timestamping import keep_stamping
from .services.start_settings import note_settings
from .serving import PortTaken, serve, serve_beside
from .settings import SettingsError, settings_from
from .store import StoreDamaged
from .tls import names_of_this_machine, open_tls
from .tls.authority import AuthorityDamaged
from .tls.names import NotAName, names_of
from .tls.plain import lead_to_https

_EVERYWHERE = ("0.0.0.0", "::")


class StartFailed(Exception):
    """The server cannot start; the message says why, in Chinese."""


def start(chosen: argparse.Namespace) -> None:
    """Serve with the options of ``run.py`` until told to stop. Raises ``StartFailed``."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # Requests that wait for a thread are nothing to write down.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    try:
        settings = settings_from()
        if chosen.https:
            settings = replace(settings, secure_cookies=True)
        app = create_app(settings)
        # What start-up made lives as long as the process; the collector need not go through it again and again.
        gc.freeze()
        _fill(app, chosen.demo)
        if chosen.debug:
            _debug(app, chosen)
            return
        if chosen.https:
            _serve_https(app, chosen)
        else:
            serve(app, chosen.host, chosen.port, chosen.threads, lambda: _ready(app, chosen.host, chosen.port))
    except (
        SettingsError,
        ChecklistsInvalid,
        FormUnreadable,
        StoreDamaged,
        PortTaken,
        NotAName,
        AuthorityDamaged,
    ) as error:
        raise StartFailed(str(error)) from error


def _serve_https(app: Flask, chosen: argparse.Namespace) -> None:
    """HTTPS on its port, and on the other one what leads there."""
    folder = app.extensions["inspect"].settings.data / "tls"
    tls = open_tls(folder, lambda: names_of_this_machine(chosen.https_name), datetime.now(UTC))
    tls.keep_renewing()
    app.extensions["tls"] = tls
    lacking = tls.left_out()
    asked = names_of(chosen.https_name).addresses
    if names := [*lacking.hosts, *(str(one) for one in lacking.addresses if one in asked)]:
        lacked = "、".join(names)
        print(f"  注意：证书里没有 {lacked}，建立 CA 时还没有这些名称。办法见 docs/operate/https.md「CA 的私钥」。")
    app.config["HTTPS_PORT"] = chosen.https_port
    serve_beside(lead_to_https(app.wsgi_app, chosen.https_port), chosen.host, chosen.port)

    def ready() -> None:
        _say_ready(chosen.host, chosen.https_port, "https")
        host = _for_phones(chosen.host) or _here(chosen.host)
        print(f"  手机第一次打开前先装证书：http://{host}:{chosen.port}/trust")
        print(f"  证书指纹(SHA-256)：{tls.authority.fingerprint}")
        _announce(chosen.host, chosen.https_port, "https")
        catch_up(app.extensions["inspect"])
        keep_reminding(app.extensions["inspect"])
        keep_stamping(app.extensions["inspect"])

    serve(app, chosen.host, chosen.https_port, chosen.threads, ready, tls.context)


def _fill(app: Flask, demo: bool) -> None:
    services, now = app.extensions["inspect"], datetime.now(UTC)
    note_settings(services.store, services.settings, now)
    if behind(services.form):
        print("\n  数据目录里有旧版本写下的文档，照常可用。方便时运行一次：flask --app inspect_app store upgrade")
    if count := give_ends(services.store, now):
        print(f"\n  {count}个以前建立的令牌没有期限，现在起{DAYS}天后到期；改密码后作废。")
    _show_passwords(first_run(services, now), "首次运行，已建立账号，第一次登录时要修改密码")
    if demo:
        from .demo import DemoRefused, fill_demo

        print("正在生成演示数据……", flush=True)
        try:
            _show_passwords(fill_demo(services, now), "演示账号")
        except DemoRefused as error:
            raise StartFailed(str(error)) from error


def _show_passwords(passwords: Mapping[str, str], title: str) -> None:
    if not passwords:
        return
    print(f"\n  {title}。密码只显示这一次，请立即抄下：")
    for name, password in passwords.items():
        print(f"    账号 {name:<12} 密码 {password}")
    print(flush=True)


def _ready(app: Flask, host: str, port: int) -> None:
    _say_ready(host, port, "http")
    print("\n  手机上的定位、页面内相机、离线打开需要 HTTPS：加 --https，见 docs/operate/https.md。")
    _announce(host, port, "http")
    catch_up(app.extensions["inspect"])
    keep_reminding(app.extensions["inspect"])
    keep_stamping(app.extensions["inspect"])


def _say_ready(host: str, port: int, scheme: str) -> None:
    phone = _for_phones(host)
    print(f"  本机打开：  {scheme}://{_here(host)}:{port}")
    if phone:
        address = f"{scheme}://{phone}:{port}"
        print(f"  手机打开：  {address}（与本机在同一网络）\n")
        segno.make(address, error="m").terminal(compact=True, border=2)
    else:
        print("  没有找到局域网地址，手机暂时无法访问。")


def _for_phones(host: str) -> str | None:
    return lan_address() if host in _EVERYWHERE else None


def _announce(host: str, port: int, scheme: str) -> None:
    """The one line that other programs wait for."""
    print(f"READY {scheme}://{_here(host)}:{port}", flush=True)


def _here(host: str) -> str:
    return "127.0.0.1" if host in _EVERYWHERE else host


def _debug(app: Flask, chosen: argparse.Namespace) -> None:
    # The debugger runs any code that its visitor types, so it is never offered to the network.
    print(f"READY http://127.0.0.1:{chosen.port}", flush=True)
    app.run("127.0.0.1", chosen.port, debug=True, use_reloader=False)
