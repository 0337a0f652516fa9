"""``keys``: the files of the data folder that nothing else can be made from."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from ..services.keys import KEY_FILES
from .shared import services_of_installation

keys = AppGroup("keys", help="数据目录里的密钥。")


@keys.command("list")
def list_command() -> None:
    """列出每把密钥：是否都在，是否还是原来的那一把；有问题时退出码为 1。"""
    found = services_of_installation().keys
    lost = found.lost()
    for file in KEY_FILES.values():
        if found.noted(file):
            click.echo(f"{file.name}\t{file.title}")
    for said in lost:
        click.echo(f"✗ {said}")
    raise SystemExit(1 if lost else 0)


@keys.command("renew")
@click.argument("name", type=click.Choice(list(KEY_FILES)))
@click.option("--yes", is_flag=True, help="已经明白换掉它意味着什么")
def renew_command(name: str, yes: bool) -> None:
    """换一把新的密钥：旧的丢失而没有备份，或可能泄露。旧的文件（还在时）留在旁边；写入日志。"""
    file, services = KEY_FILES[name], services_of_installation()
    if not yes:
        raise click.ClickException(f"换掉 {name}（{file.title}）意味着：{file.renewed}。确要更换，请加 --yes")
    aside = services.keys.renew(file, "命令行", datetime.now(UTC))
    if aside:
        click.echo(f"旧的在 {aside}：核对无误后请移到别处保管，或删除。")
    click.echo(f"已更换 {name}，写入日志。服务正在运行的，请重新启动，从那时起用新的。")
