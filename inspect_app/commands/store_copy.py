"""``store copy`` and ``store reopen``: a whole installation moved to another place, and the way back."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from ..photos.objects import ObjectsAway, ObjectsUnfit
from ..services.moving import AlreadyMoved, MovedInstallation, move, reopen
from ..settings import Settings, SettingsError, settings_from
from ..store import StoreAway, StoreDamaged, StoreUnfit
from .store import store

_PLACE = "数据目录、数据库的网址（postgresql://…），或写着 INSPECT_… 的设置文件（每行一个 名字=值，与 systemd 的相同）"
_TITLES = {"photos": "照片", "audio": "录音", "published": "已发布的数据"}
_NAMED = 20
_FAILURES = (StoreUnfit, StoreAway, StoreDamaged, ObjectsUnfit, ObjectsAway, SettingsError)


@store.command("copy")
@click.option("--from", "source", help=f"原来的：{_PLACE}；不写则是现在的设置")
@click.option("--to", "target", required=True, help=f"新的：{_PLACE}；没有说的照原来的")
@click.option("--ahead", is_flag=True, help="只先搬，不切换：服务器照常用原来的，以后再运行一次，剩下的就很少")
@click.option("--despite-damage", is_flag=True, help="有损坏而恢复不了的原件时也切换")
def copy_command(source: str | None, target: str, ahead: bool, despite_damage: bool) -> None:
    """把整套数据搬到另一处：文档、操作日志、照片、录音、已发布的周、密钥。服务器照常运行，最后一会儿不能保存；中断了再运行一次就接着搬。"""
    try:
        old = settings_of(source, settings_from()) if source else settings_from()
        new = settings_of(target, old)
        moved = move(
            *(old, new, datetime.now(UTC), lambda said: click.echo(said, err=True)),
            switch=not ahead,
            despite_damage=despite_damage,
        )
    except AlreadyMoved as error:
        click.echo(str(error))
        return
    except _FAILURES as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"读写失败：{error.strerror or error}，没有切换；排除以后再运行一次") from error
    _tell(moved)


@store.command("reopen")
@click.option("--yes", is_flag=True, help="已经明白：搬走以后在新的地方保存的，这里没有")
def reopen_command(yes: bool) -> None:
    """弃用搬过去的，回到这里（现在的设置）。搬走以后在新的地方保存的不在这里；要一起搬回，请从那里 store copy。"""
    if not yes:
        raise click.ClickException("搬走以后在新的地方保存的，这里没有；请先停下新的服务器。确要回到这里，请加 --yes")
    try:
        there = reopen(settings_from())
    except _FAILURES as error:
        raise click.ClickException(str(error)) from error
    click.echo("可以照旧在这里启动了，不要再启动新的" if there else "这里没有搬走，不用做什么")


def settings_of(place: str, otherwise: Settings) -> Settings:
    """The settings of an installation that is named; what a folder or an address does not say is as ``otherwise``.

    Raises ``SettingsError``.
    """
    if "://" in place:
        return replace(otherwise, database=settings_from({"INSPECT_DATABASE": place}).database)
    path = Path(place).expanduser()
    if path.is_file():
        return settings_from(_environment(path))
    data = path.resolve()
    photos = otherwise.photos if data == otherwise.data else data / "photos"
    return replace(otherwise, data=data, photos=photos, database="")


def _environment(path: Path) -> dict[str, str]:
    """What a file says of settings, beside what is none of ours."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}：读不出来，应为 UTF-8 的文字") from error
    found = {name: value for name, value in os.environ.items() if not name.startswith("INSPECT_")}
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line or line.startswith(("#", ";")):
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise SettingsError(f"{path} 第{number}行：应为 名字=值，实为「{name}」")
        found[name.strip().removeprefix("export ").strip()] = _unquoted(value.strip())
    if not found.keys() & {"INSPECT_DATA", "INSPECT_DATABASE"}:
        raise SettingsError(f"{path}：没有 INSPECT_DATA，不知道是哪一套")
    return found


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _tell(moved: MovedInstallation) -> None:
    for collection, digests in moved.digests.items():
        documents = sum(one.documents for one in digests)
        if documents:
            hashes = digests[0].sha256[:12] if len(digests) == 1 else f"{len(digests)} 周"
            click.echo(f"{collection}\t{documents} 份\t{hashes}…\t与原来的相同")
    if moved.head:
        click.echo(f"操作日志\t{moved.head.seq} 条\t{moved.head.hash[:12]}…\t与原来的相同，链完整")
    for kind, count in moved.originals.items():
        click.echo(f"{_TITLES[kind]}\t{count} 个\t哈希都相符")
    if moved.files:
        click.echo(f"密钥和其他文件\t{moved.files} 个")
    for said in moved.damaged[:_NAMED]:
        click.echo(f"✗ {said}", err=True)
    if moved.still_s is None:
        click.echo("还没有切换：服务器照常用原来的。再运行一次，不带 --ahead，就切换")
    else:
        click.echo(f"已切换：其间 {moved.still_s:.1f} 秒不能保存。原来的不再保存，请用新的设置启动，并运行一次 check")
