"""``users``: accounts."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from ...domain.accounts.permissions import Role
from ...services.accounts.accounts import add_user, all_users, random_password, set_active, set_password
from ...services.accounts.units import all_units
from ..shared import fail, services

users = AppGroup("users", help="账号管理。")


@users.command("list")
def list_users() -> None:
    """列出全部账号。"""
    for user in all_users(services().store):
        click.echo(f"{user.name}\t{user.role.label}\t{'正常' if user.active else '停用'}\t{user.title}")


@users.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--title", default="", help="姓名或岗位，显示给管理人员")
@click.option("--unit", default="", help="责任单位的编号或名称，角色为 unit 时必填")
@click.option("--password", help="不给则随机生成并显示一次")
def add(name: str, role: str, title: str, unit: str, password: str | None) -> None:
    """新建账号，显示密码。"""
    chosen = password or random_password()
    store = services().store
    called = {kept.unit.name: kept.unit.id for kept in all_units(store)}
    added = add_user(store, name, role, chosen, datetime.now(UTC), title, called.get(unit, unit))
    if isinstance(added, list):
        fail(added)
    if not password:
        click.echo(chosen)


@users.command("password")
@click.argument("name")
@click.option("--password", help="不给则随机生成并显示一次")
def change_password(name: str, password: str | None) -> None:
    """重设密码；该账号在所有设备上退出登录。"""
    chosen = password or random_password()
    if problems := set_password(services().store, name, chosen):
        fail(problems)
    if not password:
        click.echo(chosen)


@users.command("block")
@click.argument("name")
def block(name: str) -> None:
    """停用账号。"""
    if problems := set_active(services().store, name, False):
        fail(problems)


@users.command("unblock")
@click.argument("name")
def unblock(name: str) -> None:
    """恢复账号。"""
    if problems := set_active(services().store, name, True):
        fail(problems)
