"""``service``: the unit by which systemd runs the server, with the paths of this installation."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from ..settings import PROJECT, Settings, SettingsError, settings_from
from ..sftp_address import SftpAddress

_TEMPLATE = Path(__file__).resolve().parent.parent / "data" / "inspect.service"
_ENVIRONMENT = Path("/etc/inspect.env")
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_OWN_PORT = re.compile(r"--(https-)?port[= ](\d+)")
_FIRST_FREE_PORT = 1024
"""Lower ones need a capability."""
_STATE, _LOGS = Path("/var/lib"), Path("/var/log")


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--user", default="inspect", show_default=True, help="运行服务的系统账号")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def service(user: str, options: tuple[str, ...]) -> None:
    """显示 systemd 的服务文件，存为 /etc/systemd/system/inspect.service；OPTIONS 是 run.py 的选项。"""
    if not _ACCOUNT.fullmatch(user):
        raise click.ClickException(f"--user：应为系统账号名，实为「{user}」")
    try:
        settings = settings_from()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    click.echo(unit_of(settings, user, options), nl=False)


def unit_of(settings: Settings, user: str, options: Sequence[str]) -> str:
    """The unit of an installation; the folders that it writes to are made by systemd where that can be."""
    python = Path(sys.prefix) / "bin" / "python"
    command = [str(python), str(PROJECT / "run.py"), "--data", str(settings.data), *options]
    needs_port = any(int(one[2]) < _FIRST_FREE_PORT for one in _OWN_PORT.finditer(" ".join(options)))
    folders = _written(settings)
    inside_home = any(path.is_relative_to(home) for path in (*folders, *_read(settings)) for home in _HOMES)
    return _TEMPLATE.read_text("utf-8").format(
        user=user,
        project=_escaped(str(PROJECT)),
        environment=_ENVIRONMENT,
        command=" ".join(map(_quoted, command)),
        writable="\n".join(map(_line_for, folders)),
        home="read-only" if inside_home else "yes",
        capabilities="CAP_NET_BIND_SERVICE" if needs_port else "",
    )


_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))


def _written(settings: Settings) -> list[Path]:
    """The folders that the server writes to, each once."""
    backups = [settings.backups.resolve()] if isinstance(settings.backups, Path) else []
    logs = [settings.log.path.parent] if settings.log else []
    return list(dict.fromkeys([*settings.folders, *backups, *logs]))


def _read(settings: Settings) -> list[Path]:
    """What else the server reads, beside the system."""
    backups = settings.backups
    key_file = backups.key_file if isinstance(backups, SftpAddress) else None
    named = (settings.checklists, settings.bundles, settings.keys, key_file)
    return [PROJECT, Path(sys.prefix), *(path.absolute() for path in named if path)]


def _line_for(folder: Path) -> str:
    """How a folder is opened for writing: made by systemd for the account right under its own places."""
    for place, name in ((_STATE, "State"), (_LOGS, "Logs")):
        if folder.parent == place:
            return f"{name}Directory={_quoted(folder.name)}\n{name}DirectoryMode=0700"
    return f"ReadWritePaths={_quoted(str(folder))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    """A word as systemd reads it (systemd.syntax): whole, with nothing in it that it would replace."""
    escaped = _escaped(text).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"' if re.search(r"[^\w./:=@%+,-]", escaped) else escaped
