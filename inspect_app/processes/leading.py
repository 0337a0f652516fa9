"""The way from the command line to the parent of several processes; what takes long to load is left to them."""

from __future__ import annotations

import argparse
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..listening import Own, PortTaken
from ..logs import log_into, log_readably
from ..settings import PROJECT, Settings, SettingsError, settings_from
from ..ways import ports_of, way_of
from .parent import supervise


class CannotLead(Exception):
    """The processes cannot be started; the message says why, in Chinese."""


def processes_of(chosen: argparse.Namespace) -> int:
    """How many processes are to serve. Raises ``CannotLead``."""
    try:
        number = int(chosen.processes or settings_from().processes)
    except SettingsError as error:
        raise CannotLead(str(error)) from error
    if number > 1 and sys.platform == "win32":
        raise CannotLead(
            "--processes（INSPECT_PROCESSES）：Windows 上只能用一个进程；要几个进程，请在 Linux 上运行，"
            "或用 PostgreSQL 起几台服务器，放在代理后面"
        )
    return 1 if chosen.debug else number


def lead(chosen: argparse.Namespace, arguments: Sequence[str], number: int) -> int:
    """Have so many processes serve with these arguments of ``run.py``; the exit code. Raises ``CannotLead``."""
    log_readably()
    try:
        settings = settings_from()
        if settings.log:
            log_into(settings.log)
        sockets = _opened(chosen, settings)
    except (SettingsError, PortTaken) as error:
        raise CannotLead(str(error)) from error
    except OSError as error:
        assert settings.log
        raise CannotLead(f"INSPECT_LOG：{settings.log.path} 写不进去：{error.strerror or error}") from error
    command = [sys.executable, str(Path(PROJECT) / "run.py"), *arguments]
    return supervise(command, number, sockets, counts=bool(settings.metrics_token))


def _opened(chosen: argparse.Namespace, settings: Settings) -> Mapping[int, Sequence[socket.socket]]:
    own = Own()
    ports = ports_of(chosen, way_of(chosen, settings.trusted_proxy, own))
    return {port: own.sockets(chosen.host, port, option) for port, option in ports.items()}
