"""``devices``: who is signed in where, and a QR code that signs a phone in."""

from __future__ import annotations

from datetime import UTC, datetime

import click
import segno
from flask.cli import AppGroup

from ...domain.problems import Problem
from ...domain.weeks import utc_text
from ...network import lan_address
from ...services.accounts import devices as kept
from ...services.accounts.sign_in_codes import codes_waiting, make_code, revoke_code
from ..shared import fail, services

devices = AppGroup("devices", help="登录的设备与手机登录码。")


@devices.command("list")
@click.option("--user", help="只列出这个账号的设备")
@click.option("--all", "ended", is_flag=True, help="已结束的也列出")
def list_devices(user: str | None, ended: bool) -> None:
    """列出设备的编号、账号、名称、浏览器、登录时间、最近使用和状态，以及等待使用的登录码。"""
    store, now = services().store, datetime.now(UTC)
    for device in kept.all_devices(store, now):
        if user in (None, device.user) and (ended or device.end is None):
            state = device.end.label if device.end else "已登录"
            times = f"{utc_text(device.created_at)}\t{utc_text(device.last_seen)}"
            click.echo(f"{device.number}\t{device.user}\t{device.name}\t{device.browser}\t{times}\t{state}")
    for code in codes_waiting(store, now):
        if user in (None, code.user):
            click.echo(f"{code.number}\t{code.user}\t登录码\t\t{utc_text(code.created_at)}\t\t等待使用")


@devices.command("name")
@click.argument("number")
@click.argument("name")
def name(number: str, name: str) -> None:
    """按编号给设备起名。"""
    store = services().store
    device = kept.device_by_number(store, number, datetime.now(UTC))
    if isinstance(device, Problem):
        fail([device])
    if problems := kept.name_device(store, device.id, name):
        fail(problems)


@devices.command("revoke")
@click.argument("number")
def revoke(number: str) -> None:
    """按编号作废一台设备，或一个还没有用的登录码。"""
    store, now = services().store, datetime.now(UTC)
    codes = [code for code in codes_waiting(store, now) if len(number) >= 6 and code.id.startswith(number)]
    if len(codes) == 1:
        if not revoke_code(store, codes[0].id, now):
            fail([Problem("accounts.code_just_used")])
        return
    device = kept.device_by_number(store, number, now)
    if isinstance(device, Problem):
        fail([device])
    kept.revoke_device(store, device.id, now)


@devices.command("code")
@click.argument("user")
@click.option("--address", help="手机打开本站的地址，如 https://inspect.example.cn；不给则为局域网地址和端口8000")
def code(user: str, address: str | None) -> None:
    """为账号生成一次性的手机登录码，五分钟内有效，在终端显示二维码。"""
    found = lan_address()
    root = address or (f"http://{found}:8000" if found else "")
    if not root.startswith(("http://", "https://")):
        fail([Problem("accounts.address_wanted")])
    made = make_code(services().store, user, "", datetime.now(UTC))
    if isinstance(made, list):
        fail(made)
    text, kept_code = made
    link = f"{root.rstrip('/')}/enter/{text}"
    segno.make_qr(link, error="m").terminal(compact=True, border=2)
    click.echo(link)
    click.echo(f"扫码的手机将以账号 {user} 登录；只能用一次，五分钟内有效。作废：devices revoke {kept_code.number}")
