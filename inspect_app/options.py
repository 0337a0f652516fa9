"""The options of ``run.py``: checked before anything is opened, so that each mistake is a sentence."""

from __future__ import annotations

import argparse
import copy
import ipaddress
import re

from .settings import MOST_PROCESSES

_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*\.?")
_NUMBER = re.compile(r"[0-9.]+")
_MOST_THREADS = 256


class OptionWrong(Exception):
    """An option that cannot be; the message says which, in Chinese."""


def checked(chosen: argparse.Namespace) -> argparse.Namespace:
    """The options, each as it can be used; addresses without brackets, as the system writes them.

    Raises ``OptionWrong``.
    """
    made = copy.copy(chosen)
    made.host = _host(chosen.host)
    _check_port("--port", chosen.port)
    if chosen.https_port is not None:
        _check_port("--https-port", chosen.https_port)
    if chosen.port == chosen.https_port:
        raise OptionWrong(f"--https-port：不能与 --port 一样，都是 {chosen.port}")
    if not 0 < chosen.threads <= _MOST_THREADS:
        raise OptionWrong(f"--threads：应为 1 到 {_MOST_THREADS} 之间的整数，实为「{chosen.threads}」")
    if chosen.processes is not None:
        _check_processes(chosen)
    if chosen.data is not None and not chosen.data.strip():
        raise OptionWrong("--data：没有写数据目录")
    return made


def _host(text: str) -> str:
    name = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        found = ipaddress.ip_address(name)
    except ValueError:
        # ``127.1`` and ``300.0.0.1`` are mistyped addresses and no names.
        if not _NAME.fullmatch(name) or _NUMBER.fullmatch(name):
            raise OptionWrong(
                f"--host：应为本机的 IP 地址或主机名，如 0.0.0.0、::、192.168.1.8，实为「{text}」"
            ) from None
        return name
    return str(getattr(found, "ipv4_mapped", None) or found)


def _check_port(option: str, port: int) -> None:
    if not 0 < port < 65536:
        raise OptionWrong(f"{option}：应为 1 到 65535 之间的端口，实为「{port}」")


def _check_processes(chosen: argparse.Namespace) -> None:
    if not 0 < chosen.processes <= MOST_PROCESSES:
        raise OptionWrong(f"--processes：应为 1 到 {MOST_PROCESSES} 之间的整数，实为「{chosen.processes}」")
    if chosen.debug and chosen.processes > 1:
        raise OptionWrong("--processes：不能与 --debug 一起用，调试服务器只有一个进程")
