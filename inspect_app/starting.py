"""The way from the command line to a server that is ready: open, fill a new folder, say where to find it."""

from __future__ import annotations

import argparse
import gc
import logging
from collections.abc import Mapping
from datetime import UTC, datetime

import segno
from flask import Flask

from . import create_app
from .first_run import first_run
from .network import lan_address
from .services.evidence import catch_up
from .services.library import ChecklistsInvalid
from .serving import PortTaken, serve
from .settings import SettingsError
from .store import StoreDamaged


class StartFailed(Exception):
    """The server cannot start; the message says why, in Chinese."""


def start(chosen: argparse.Namespace) -> None:
    """Serve with the options of ``run.py`` until told to stop. Raises ``StartFailed``."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # Requests that wait for a thread are nothing to write down.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    try:
        app = create_app()
        # What start-up made lives as long as the process; the collector need not go through it again and again.
        gc.freeze()
        _fill(app, chosen.demo)
        if chosen.debug:
            _debug(app, chosen)
            return
        serve(app, chosen.host, chosen.port, chosen.threads, lambda: _ready(app, chosen.host, chosen.port))
    except (SettingsError, ChecklistsInvalid, StoreDamaged, PortTaken) as error:
        raise StartFailed(str(error)) from error


def _fill(app: Flask, demo: bool) -> None:
    services, now = app.extensions["inspect"], datetime.now(UTC)
    _show_passwords(first_run(services, now), "首次运行，已建立账号")
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
    _say_ready(host, port)
    catch_up(app.extensions["inspect"])


def _say_ready(host: str, port: int) -> None:
    here = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    phone = lan_address() if host in ("0.0.0.0", "::") else None
    print(f"  本机打开：  http://{here}:{port}")
    if phone:
        address = f"http://{phone}:{port}"
        print(f"  手机打开：  {address}（与本机在同一网络）\n")
        segno.make(address, error="m").terminal(compact=True, border=2)
        print("\n  手机上的定位需要 HTTPS；用 http 打开时可以填表、拍照、提交，但没有定位。")
    else:
        print("  没有找到局域网地址，手机暂时无法访问。")
    print(f"READY http://{here}:{port}", flush=True)


def _debug(app: Flask, chosen: argparse.Namespace) -> None:
    # The debugger runs any code that its visitor types, so it is never offered to the network.
    print(f"READY http://127.0.0.1:{chosen.port}", flush=True)
    app.run("127.0.0.1", chosen.port, debug=True, use_reloader=False)
