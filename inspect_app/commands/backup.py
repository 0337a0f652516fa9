"""``backup``: made, looked through, restored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from ..backup.keys import KeyWrong, SecretKey
from ..backup.places import FolderPlace
from ..backup.repository import Occupied, Repository
from ..backup.restoring import NotEmpty
from ..backup.restoring import restore as restored
from ..backup.snapshot import BackupDamaged, instant_of
from ..backup.verifying import Retention
from ..backup.verifying import prune as pruned
from ..backup.verifying import verify as verified
from ..services.backing_up import CannotBackUp, back_up, repository_of
from ..settings import SettingsError, settings_from
from .shared import services_of_installation

backup = AppGroup("backup", help="备份：制作、检查、恢复")
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_NEW_FOLDER = click.Path(path_type=Path, file_okay=False)
_FROM = click.option("--from", "folder", type=_FOLDER, help="备份所在的目录，不写则按 INSPECT_BACKUPS")
_KEY = click.option("--key", "key_file", type=_FILE, help="密钥文件")
_KEPT = Retention()
_NAMED = 20


@backup.command("key", with_appcontext=False)
def key_command() -> None:
    """生成一对密钥。密钥打印出来一次，不保存在本机：抄存到别处，丢了它备份就打不开。"""
    key = SecretKey.new()
    click.echo("# 密钥：存成文件，放在服务器以外的地方（保险柜、另一台机器），恢复时要用；本机不保存")
    click.echo(str(key))
    click.echo("# 公钥：设为 INSPECT_BACKUPS_PUBLIC_KEY")
    click.echo(f"# {key.public.text}")


@backup.command("create")
def create_command() -> None:
    """现在做一次备份；服务器照常运行。已备过的内容不再传。"""
    try:
        made = back_up(services_of_installation(), datetime.now(UTC))
    except CannotBackUp as error:
        raise click.ClickException(str(error)) from error
    click.echo(
        f"备份 {made.stamp}：{made.files} 个文件，{made.bytes / 1e6:.1f} MB；"
        f"新存 {made.new_objects} 个，{made.new_bytes / 1e6:.1f} MB"
    )


@backup.command("list", with_appcontext=False)
@_FROM
def list_command(folder: Path | None) -> None:
    """列出备份，最早的在前。"""
    with _reached(folder) as repository:
        zone = settings_from().timezone
        for stamp in repository.stamps():
            try:
                needed = repository.needed(stamp)
            except BackupDamaged as error:
                click.echo(f"{stamp}  {error}", err=True)
                continue
            size = sum(bytes_ for bytes_, _ in needed.objects.values())
            click.echo(f"{stamp}  {instant_of(stamp).astimezone(zone):%Y-%m-%d %H:%M}  {size / 1e6:.1f} MB")


@backup.command("verify", with_appcontext=False)
@_FROM
@_KEY
def verify_command(folder: Path | None, key_file: Path | None) -> None:
    """检查全部备份是否完整：每个对象都读出来核对；给出密钥时还逐个打开，与备份时的内容核对。有问题时退出码为 1。"""
    count = 0
    with _reached(folder) as repository:
        stamps = repository.stamps()
        if not stamps:
            raise click.ClickException("这里没有备份")
        for said in verified(repository, _secret(key_file) if key_file else None):
            count += 1
            if count <= _NAMED:
                click.echo(f"✗ {said}", err=True)
    if count:
        raise click.ClickException(f"{count} 处有问题")
    click.echo(f"{len(stamps)} 个备份完整" + ("，都能打开" if key_file else "（没有给密钥，只核对了存着的内容）"))


@backup.command("restore", with_appcontext=False)
@_FROM
@_KEY
@click.option("--to", "target", type=_NEW_FOLDER, required=True, help="恢复到哪个空目录")
@click.option("--snapshot", "stamp", help="哪一个备份（backup list 列出的名字），不写则是最新的")
def restore_command(folder: Path | None, key_file: Path | None, target: Path, stamp: str | None) -> None:
    """把备份恢复到一个空目录。恢复后用 --data 指向它启动，并运行一次 check。"""
    if key_file is None:
        raise click.ClickException("恢复需要密钥文件：--key")
    with _reached(folder) as repository:
        stamps = repository.stamps()
        if not stamps or (stamp and stamp not in stamps):
            raise click.ClickException(f"没有备份「{stamp}」" if stamp else "这里没有备份")
        done = restored(repository, stamp or stamps[-1], _secret(key_file), target)
    click.echo(f"已恢复备份 {stamp or stamps[-1]}：{done.files} 个文件，{done.bytes / 1e6:.1f} MB，在 {target}")
    for said in done.lost[:_NAMED]:
        click.echo(f"✗ {said}", err=True)
    if done.lost:
        raise click.ClickException(f"{len(done.lost)} 个文件没有恢复；其余完整，可以启动，check 会指出影响到什么")
    click.echo("请用 --data 指向它启动；先运行一次 flask --app inspect_app check")


@backup.command("prune", with_appcontext=False)
@_FROM
@click.option("--days", default=_KEPT.days, show_default=True, help="最近多少天各留一个")
@click.option("--weeks", default=_KEPT.weeks, show_default=True, help="最近多少周各留一个")
@click.option("--months", default=_KEPT.months, show_default=True, help="最近多少个月各留一个")
def prune_command(folder: Path | None, days: int, weeks: int, months: int) -> None:
    """删除不必再留的旧备份，和没有备份再用到的内容；最新的总是留下。"""
    with _reached(folder) as repository:
        try:
            gone, pieces = pruned(repository, Retention(days, weeks, months))
        except (BackupDamaged, Occupied) as error:
            raise click.ClickException(f"没有删除什么：{error}") from error
    click.echo(f"删除了 {len(gone)} 个备份，{pieces} 个不再用到的内容")


@contextmanager
def _reached(folder: Path | None) -> Iterator[Repository]:
    """The repository; what goes wrong with it, or with the disk, is said in one sentence."""
    try:
        yield Repository(FolderPlace(folder)) if folder else repository_of(settings_from())
    except (CannotBackUp, NotEmpty, BackupDamaged, KeyWrong, SettingsError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"读写失败：{error}") from error


def _secret(path: Path) -> SecretKey:
    try:
        return SecretKey(path.read_text("utf-8"))
    except (KeyWrong, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path}：{error}") from error
