"""``users``: accounts."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from ...domain.accounts.permissions import Role
from ...domain.accounts.user import COMMAND_LINE
from ...services.accounts.accounts import add_user, all_users, set_active, set_password, set_scope
from ...services.accounts.factors import reset_factors
from ...services.accounts.passwords import random_password
from ...services.accounts.units import all_units
from ...services.place.register import area_tree
from ..shared import fail, services

users = AppGroup("users", help="账号管理。")


@users.command("list")
def list_users() -> None:
    """列出全部账号，限定了区域的附区划代码。"""
    for user in all_users(services().store):
        state, scope = "正常" if user.active else "停用", "、".join(user.scope)
        click.echo("	".join((user.name, user.role.label, state, user.title, *([scope] if scope else []))))


@users.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--title", default="", help="姓名或岗位，显示给管理人员")
@click.option("--unit", default="", help="责任单位的编号或名称，角色为 unit 时必填")
@click.option("--scope", multiple=True, help="督导员、领导只负责这个区域（区划代码）及其下级，可多次")
@click.option("--password", help="不给则随机生成并显示一次")
def add(name: str, role: str, title: str, unit: str, scope: tuple[str, ...], password: str | None) -> None:
    """新建账号，显示密码；本人第一次登录时必须修改。"""
    chosen = password or random_password()
    store = services().store
    called = {kept.unit.name: kept.unit.id for kept in all_units(store)}
    areas = area_tree(store)
    now, unit = datetime.now(UTC), called.get(unit, unit)
    added = add_user(store, name, role, chosen, now, title, unit, scope, areas, must_change=True)
    if isinstance(added, list):
        fail(added)
    if not password:
        click.echo(chosen)


@users.command("password")
@click.argument("name")
@click.option("--password", help="不给则随机生成并显示一次")
def change_password(name: str, password: str | None) -> None:
    """重设密码；该账号在所有设备上退出登录，令牌作废，本人下次登录时必须修改。"""
    chosen = password or random_password()
    if problems := set_password(services().store, name, chosen, datetime.now(UTC), must_change=True):
        fail(problems)
    if not password:
        click.echo(chosen)


@users.command("scope")
@click.argument("name")
@click.argument("codes", nargs=-1)
def scope(name: str, codes: tuple[str, ...]) -> None:
    """限定账号只负责 CODES 这些区域（区划代码）及其下级；不写 CODES 则恢复为全市。"""
    store = services().store
    if problems := set_scope(store, COMMAND_LINE, name, codes, area_tree(store), datetime.now(UTC)):
        fail(problems)


@users.command("block")
@click.argument("name")
def block(name: str) -> None:
    """停用账号。"""
    if problems := set_active(services().store, name, False, datetime.now(UTC)):
        fail(problems)


@users.command("unblock")
@click.argument("name")
def unblock(name: str) -> None:
    """恢复账号。"""
    if problems := set_active(services().store, name, True, datetime.now(UTC)):
        fail(problems)


@users.command("recover")
@click.argument("name")
def recover(name: str) -> None:
    """手机丢失时，停用账号的全部二次验证。"""
    reset_factors(services().store, name, datetime.now(UTC), COMMAND_LINE)
