"""``units``: units that are sent cases."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from ...domain.accounts.unit import Reach, Unit
from ...domain.accounts.user import COMMAND_LINE
from ...services.accounts.units import add_unit, all_units
from ..shared import fail, services

units = AppGroup("units", help="责任单位。")


@units.command("list")
def list_units() -> None:
    """列出责任单位的编号、名称、其他叫法和管辖区域。"""
    for kept in all_units(services().store):
        unit, state = kept.unit, "在用" if kept.active else "停用"
        click.echo(f"{unit.id}\t{unit.name}\t{'、'.join(unit.names)}\t{'、'.join(unit.areas) or '全市'}\t{state}")


@units.command("add")
@click.argument("name")
@click.option("--called", multiple=True, help="清单里的其他叫法，可多次")
@click.option("--area", multiple=True, help="属地单位管辖的区划代码，可多次；全市的部门不写")
@click.option("--mail", multiple=True, help="提醒发到的邮箱，可多次")
@click.option("--webhook", default="", help="企业微信、钉钉群机器人的地址")
def add(name: str, called: tuple[str, ...], area: tuple[str, ...], mail: tuple[str, ...], webhook: str) -> None:
    """登记责任单位，显示编号。"""
    unit, reach = Unit("", name, called, area), Reach(mail, webhook)
    added = add_unit(services().store, COMMAND_LINE, unit, reach, datetime.now(UTC))
    if isinstance(added, list):
        fail(added)
    click.echo(added.unit.id)
