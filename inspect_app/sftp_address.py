"""Where backups lie on a machine that is reached by SFTP, as settings name it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .object_place import BACKUPS_AT

_WHERE = re.compile(
    r"sftp://(?P<user>[^\s@/:]+)@(?P<host>\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+)(:(?P<port>[0-9]{1,5}))?(?P<folder>/\S+)"
)
_HOST_KEY = re.compile(r"(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/]+={0,2}( .*)?")
_HOME = "/~/"
_HOST_KEY_AT, _KEY_FILE_AT = "INSPECT_BACKUPS_HOST_KEY", "INSPECT_BACKUPS_KEY_FILE"
_PASSWORD_AT = "INSPECT_BACKUPS_PASSWORD"
SFTP_NAMES = frozenset({_HOST_KEY_AT, _KEY_FILE_AT, _PASSWORD_AT})
"""The variables that belong to it beside the one that names the place."""


class SftpAddressWrong(Exception):
    """A setting of the place cannot be used; the message names it, in Chinese."""


@dataclass(frozen=True, slots=True)
class SftpAddress:
    """A folder of another machine, and who is let in there.

    ``folder`` counts from the account's home where it does not begin with ``/``. ``host_key`` is the one that the
    machine must have (``ssh-ed25519 AAAA…``). There is a ``key_file`` or a ``password``, or both.
    """

    user: str
    host: str
    port: int
    folder: str
    host_key: str
    key_file: Path | None = None
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        folder = self.folder if self.folder.startswith("/") else f"{_HOME}{self.folder}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"sftp://{self.user}@{host}:{self.port}{folder}"


def sftp_address_from(environment: Mapping[str, str]) -> SftpAddress | None:
    """The place of backups; None where it is not set, or is none of SFTP. Raises ``SftpAddressWrong``."""
    where = environment.get(BACKUPS_AT, "")
    if not where.startswith("sftp:"):
        if left := sorted(name for name in SFTP_NAMES if environment.get(name)):
            raise SftpAddressWrong(f"{left[0]}：{BACKUPS_AT} 不是 sftp://…，它没有作用")
        return None
    found = _WHERE.fullmatch(where)
    port = int(found["port"] or 22) if found else 0
    if not found or not 0 < port < 65536:
        said = where if "@" not in where else f"sftp://…@{where.rpartition('@')[2]}"
        raise SftpAddressWrong(f"{BACKUPS_AT}：应为 sftp://账号@主机/目录（密码另设 {_PASSWORD_AT}），实为「{said}」")
    key_file, password = environment.get(_KEY_FILE_AT, ""), environment.get(_PASSWORD_AT, "")
    if not key_file and not password:
        raise SftpAddressWrong(f"{_KEY_FILE_AT}：设置了 {BACKUPS_AT}，还要有登录的私钥文件，或 {_PASSWORD_AT}（密码）")
    return SftpAddress(
        user=found["user"],
        host=found["host"].strip("[]"),
        port=port,
        folder=_folder(found["folder"]),
        host_key=_host_key(environment.get(_HOST_KEY_AT, "")),
        key_file=Path(key_file).expanduser() if key_file else None,
        password=password,
    )


def _folder(text: str) -> str:
    return text.removeprefix(_HOME) if text.startswith(_HOME) else text


def _host_key(text: str) -> str:
    if not _HOST_KEY.fullmatch(text.strip()):
        where = "在对方机器上看 /etc/ssh/ssh_host_ed25519_key.pub"
        raise SftpAddressWrong(f"{_HOST_KEY_AT}：应为对方主机的公钥，如 ssh-ed25519 AAAA…（{where}），实为「{text}」")
    return text.strip()
