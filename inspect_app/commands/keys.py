"""``keys``: the files of the data folder that nothing else can be made from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from ..durable import keep_once
from ..services import Services
from ..services.handing_keys import KeysRefused, keys_to_hand_over, new_code, take_keys
from ..services.index.timestamping import is_former, unsigned_by
from ..services.keys import KEY_FILES, RECEIPTS, KeyFile
from ..services.signing import public_pem
from ..settings import SettingsError, settings_from
from ..store import StoreAway, StoreDamaged, StoreUnfit
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
@click.option("--former", type=click.Path(path_type=Path), help="留存的以前的公钥 office.pem，本目录没有记下它时交上")
@click.option("--yes", is_flag=True, help="已经明白换掉它意味着什么")
def renew_command(name: str, former: Path | None, yes: bool) -> None:
    """换一把新的密钥：旧的丢失而没有备份，或可能泄露。旧的文件（还在时）留在旁边；写入日志。"""
    file, services = KEY_FILES[name], services_of_installation()
    public = _former(services, file, former) if former else ""
    if not yes:
        unknown = "" if public or file is not RECEIPTS else _unknown(services)
        raise click.ClickException(f"换掉 {name}（{file.title}）意味着：{file.renewed}。{unknown}确要更换，请加 --yes")
    try:
        aside = services.keys.renew(file, "命令行", datetime.now(UTC), former=public)
    except OSError as error:
        raise click.ClickException(
            f"{services.keys.path(file).parent} 写不进去，没有更换：{error.strerror}。"
            "INSPECT_KEYS 指向的目录只能读时，先指向一个能写的副本，换好再放回去"
        ) from error
    if aside:
        click.echo(f"旧的在 {aside}：核对无误后请移到别处保管，或删除。")
    click.echo(f"已更换 {name}，写入日志。服务正在运行的，请重新启动，从那时起用新的。")


@keys.command("export")
@click.option("--to", "path", type=click.Path(path_type=Path, dir_okay=False), required=True, help="写到哪个新文件")
def export_command(path: Path) -> None:
    """把密钥加密成一个文件，给同一个数据库的另一台服务器；打开它的口令只打印这一次。写入日志。"""
    if path.exists():
        raise click.ClickException(f"{path} 已经有了，请另写一个文件名")
    code = new_code()
    try:
        keep_once(path, keys_to_hand_over(services_of_installation(), code, "命令行", datetime.now(UTC)))
    except (KeysRefused, StoreDamaged, StoreAway) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{path} 写不进去：{error.strerror or error}") from error
    click.echo(f"已写到 {path}，写入日志。在另一台服务器上：flask --app inspect_app keys import {path.name}")
    click.echo(f"口令（只显示这一次，与文件分开告诉对方；用完把文件删除）：{code}")


@keys.command("import", with_appcontext=False)
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--code", prompt="口令", hide_input=True, help="keys export 打印的口令；不写则询问")
def import_command(path: Path, code: str) -> None:
    """在新的一台服务器上放入 keys export 导出的密钥：与数据库里记下的逐把核对，不覆盖已有的；可以重复运行。"""
    try:
        new = take_keys(settings_from(), path.read_bytes(), code)
    except (KeysRefused, SettingsError, StoreDamaged, StoreAway, StoreUnfit) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or path} 读不出或写不进：{error.strerror or error}") from error
    click.echo(f"已放入：{'、'.join(new)}" if new else "都已经在了，与数据库里记下的相符")
    click.echo("现在可以启动这一台。请删除导出的文件。")


def _former(services: Services, file: KeyFile, path: Path) -> str:
    """The public half in a file, which a published head proves to be the office's."""
    if file is not RECEIPTS:
        raise click.ClickException(f"--former 只用于 {RECEIPTS.name}")
    try:
        pem = public_pem(path.read_bytes())
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{path} 不是公钥，或读不出来。没有更换。") from error
    if not is_former(services, pem):
        raise click.ClickException(
            f"发布过的日志末条没有一条是用 {path} 里的公钥能核对的：不是本办公室以前的。没有更换。"
        )
    return pem.decode()


def _unknown(services: Services) -> str:
    """What is said where heads were printed whose key nobody knows."""
    count = len(unsigned_by(services, services.office))
    return (
        f"有{count}条发布过的日志末条，签名用的公钥没有记下：请用 --former 交上留存的 office.pem，否则它们不能再核对。"
        if count
        else ""
    )
