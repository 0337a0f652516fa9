"""``objects``: photos, recordings and published weeks in an object store."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from ..photos.objects import ObjectsAway, ObjectsUnfit
from ..services.objects import copy_to_bucket, copy_to_folder
from .shared import services

objects = AppGroup("objects", help="对象存储里的照片、录音和已发布的数据")
_TITLES = {"photos": "照片", "audio": "录音", "published": "已发布的数据"}


@objects.command("copy")
@click.option(
    "--to", "target", type=click.Choice(["bucket", "folder"]), required=True, help="复制到对象存储，或复制回目录"
)
def copy_command(target: str) -> None:
    """在目录和对象存储之间复制全部原件，逐个核对哈希；已有的跳过，中断后再运行一次即可。原处不删除。"""
    copy = copy_to_bucket if target == "bucket" else copy_to_folder
    damaged = 0
    try:
        for moved in copy(services(), lambda said: click.echo(said, err=True)):
            damaged += moved.damaged
            click.echo(
                f"{_TITLES[moved.kind]}：复制 {moved.copied} 个（{moved.bytes / 1e6:.1f} MB），已有 {moved.there} 个"
            )
    except (ObjectsUnfit, ObjectsAway) as error:
        raise click.ClickException(str(error)) from error
    if damaged:
        raise click.ClickException(f"有 {damaged} 个原件已损坏或缺失，没有复制；请先从备份恢复，再运行一次")
