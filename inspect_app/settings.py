"""Settings, read once from the environment and checked at start."""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .network import is_prefix
from .notices import Mail, Network, Robot, TimestampService, networks_from
from .notices.mail import PORTS
from .object_place import BACKUPS_AT, NAMES, PHOTOS_AT, ObjectPlace, ObjectPlaceWrong, object_place_from
from .sftp_address import SFTP_NAMES, SftpAddress, SftpAddressWrong, sftp_address_from
from .tiles import TileSource, TilesWrong, tiles_from

PROJECT = Path(__file__).resolve().parent.parent
BUNDLES = Path(sys.prefix) / "bundles"
"""Where set-up puts the pages' scripts as one file each (bin/bundle), beside what else it has made."""
PHOTO_WORK = ("comparisons", "searches")
"""What may be done with photos behind their checks: compared with earlier ones, searched for faces and plates."""
SHORTEST_DAYS = 180
"""No rule of retention may take less: until then receipts are asked for, weeks corrected, and objections raised."""
_OURS = "INSPECT_"
KNOWN = frozenset(
    {
        *("INSPECT_DATA", "INSPECT_CHECKLISTS", "INSPECT_CITY", "INSPECT_TIMEZONE", "INSPECT_ADDRESS"),
        *("INSPECT_MAX_PHOTO_MB", "INSPECT_PHOTO_LONGEST_PX", "INSPECT_MINIMUM_INSPECTIONS"),
        *("INSPECT_TILES", "INSPECT_TILES_SYSTEM", "INSPECT_TILES_ATTRIBUTION", "INSPECT_TILES_MAX_ZOOM"),
        *("INSPECT_TILES_SUBDOMAINS", "INSPECT_SMTP_HOST", "INSPECT_SMTP_PORT", "INSPECT_SMTP_TLS"),
        *("INSPECT_SMTP_USER", "INSPECT_SMTP_PASSWORD", "INSPECT_SMTP_FROM", "INSPECT_OFFICE_MAIL"),
        *("INSPECT_OFFICE_WEBHOOK", "INSPECT_OFFICE_WEBHOOK_SECRET", "INSPECT_WEBHOOK_NETWORKS"),
        *("INSPECT_TIMESTAMP_URL", "INSPECT_TIMESTAMP_ROOTS", "INSPECT_SECURE_COOKIES", "INSPECT_TRUSTED_PROXY"),
        *("INSPECT_CONNECTIONS_PER_ADDRESS", "INSPECT_RECEIVING_MB", "INSPECT_ACCOUNT_MB_PER_DAY"),
        *("INSPECT_PHOTO_KEEP_DAYS", "INSPECT_RETENTION_DAYS", "INSPECT_PERSONAL_DAYS"),
        *("INSPECT_PHOTO_WORK", "INSPECT_BUNDLES"),
        *("INSPECT_BACKUPS_PUBLIC_KEY", "INSPECT_BACKUPS_AT"),
        *NAMES,
        *SFTP_NAMES,
        *("INSPECT_DATABASE", "INSPECT_KEYS", "INSPECT_PROCESSES", "INSPECT_OBJECTS_KEEP_MINUTES"),
        *("INSPECT_METRICS_TOKEN", "INSPECT_LOG", "INSPECT_LOG_MB", "INSPECT_LOG_FILES"),
    }
)
"""The variables that are read (docs/operate/settings.md)."""
MOST_PROCESSES = 64
_LIKENESS = 0.8
"""From which likeness on (``difflib``) a name is taken for a slip: INSPECT_ADRESS, INSPECT_TIME_ZONE."""
_ADDRESS = re.compile(r"https?://(\[[0-9a-fA-F:.]+\]|[\w.-]+)(:(?P<port>[0-9]{1,5}))?(?P<prefix>/[^\s?#]*)?")
_DATABASE = re.compile(r"postgres(ql)?://\S+")
_WEB = re.compile(r"https?://[^\s/?#]+\S*")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_TOO_LARGE = 10**9
_A_WEEK = 7 * 24 * 60
"""In minutes."""


class SettingsError(Exception):
    """A setting that cannot be used; the message is for the administrator, in Chinese."""


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file of JSON lines: it is put aside from ``most_bytes`` on, and ``files`` are kept beside it."""

    path: Path
    most_bytes: int
    files: int


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation can choose.

    Lengths of uploads are in bytes, ``photo_longest_px`` is the longest side of what phones send (0 leaves photos as
    they are), ``minimum_inspections`` is the number of inspections below which an area's week is shown as 样本不足.
    ``address`` is this site's own, to which messages lead; ``webhook_networks`` are those that are not of the internet
    and that robots may be in. ``receiving_bytes`` are those of all large bodies on their way at a time;
    ``photo_keep_days`` is how long a photo stays that nothing names; ``retention_days`` how long one that is named,
    by the rule of ``retention run``, 0 for ever; ``personal_days`` the same of what records keep of people;
    ``photo_work`` what is done with photos of its own accord behind their checks; ``objects`` is where photos,
    recordings and published weeks are kept instead of folders of this machine, and ``objects_keep_minutes`` how
    long they are kept here as well; ``backups`` is where copies are put, encrypted for ``backups_public_key``, at a
    time of the day (the city's) where one is set; ``bundles`` the one of the pages' scripts that are one file each;
    without it they are sent as they are written. ``database`` is the address of the database that has the
    documents; without it they are in the data folder. ``metrics_token`` opens the metrics, which are there only
    where it is set; ``log`` is the file that the server's work is told in besides; ``keys`` the folder of the keys
    that all servers have alike, where it is not the data folder; ``processes`` is how many serve at the same ports.
    """

    data: Path
    photos: Path
    checklists: Path
    timezone: ZoneInfo
    city: str = "荆州市"
    max_photo_bytes: int = 25 * 1024 * 1024
    max_request_bytes: int = 200 * 1024 * 1024
    photo_longest_px: int = 2560
    minimum_inspections: int = 3
    secure_cookies: bool = False
    trusted_proxy: str = ""
    tiles: TileSource | None = None
    address: str = ""
    mail: Mail | None = None
    office_mail: tuple[str, ...] = ()
    office_robot: Robot | None = None
    webhook_networks: tuple[Network, ...] = ()
    connections_per_address: int = 100
    receiving_bytes: int = 1024 * 1024 * 1024
    account_bytes_per_day: int = 4096 * 1024 * 1024
    photo_keep_days: int = 30
    retention_days: int = 0
    personal_days: int = 0
    photo_work: tuple[str, ...] = PHOTO_WORK
    objects: ObjectPlace | None = None
    objects_keep_minutes: int = 60
    backups: Path | ObjectPlace | SftpAddress | None = None
    backups_public_key: str = ""
    backups_at: time | None = None
    bundles: Path | None = None
    timestamps: TimestampService | None = None
    database: str = ""
    metrics_token: str = ""
    log: LogFile | None = None
    keys: Path | None = None
    processes: int = 1

    @property
    def prefix(self) -> str:
        """The path under which ``address`` has this site, as ``/inspect``; empty where it has a host of its own."""
        return address_prefix(self.address)

    @property
    def folders(self) -> tuple[Path, ...]:
        """The data folder, and that of the photos where it stands elsewhere."""
        return (self.data,) if self.photos.is_relative_to(self.data) else (self.data, self.photos)

    @property
    def recordings(self) -> Path:
        return self.data / "audio"

    @property
    def published(self) -> Path:
        return self.data / "published"

    @property
    def settling(self) -> Path:
        return self.data / "settling"

    @property
    def store(self) -> Path:
        return self.data / "store"


def settings_from(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from ``INSPECT_*`` variables (docs/operate/settings.md lists them).

    ``INSPECT_DATA`` names the data folder with the photos inside it. Without it the data lies in ``data/`` and the
    photos in ``photos/`` of the project. Raises ``SettingsError`` naming the variable.
    """
    _check_texts(environment)
    _check_names(environment)
    named = environment.get("INSPECT_DATA")
    data = Path(named).expanduser().resolve() if named else PROJECT / "data"
    photos = data / "photos" if named else PROJECT / "photos"
    return Settings(
        data=data,
        photos=photos,
        checklists=Path(environment.get("INSPECT_CHECKLISTS", PROJECT / "checklists")),
        timezone=_timezone(environment.get("INSPECT_TIMEZONE", "Asia/Shanghai")),
        city=environment.get("INSPECT_CITY", "荆州市"),
        max_photo_bytes=_positive(environment, "INSPECT_MAX_PHOTO_MB", 25) * 1024 * 1024,
        photo_longest_px=_longest_px(environment, "INSPECT_PHOTO_LONGEST_PX", 2560),
        minimum_inspections=_positive(environment, "INSPECT_MINIMUM_INSPECTIONS", 3),
        secure_cookies=_switch(environment, "INSPECT_SECURE_COOKIES"),
        trusted_proxy=_proxy(environment.get("INSPECT_TRUSTED_PROXY", "")),
        tiles=_tiles(environment),
        address=_address(environment.get("INSPECT_ADDRESS", "")),
        mail=_mail(environment),
        office_mail=_mails(environment.get("INSPECT_OFFICE_MAIL", "")),
        office_robot=_office_robot(environment),
        connections_per_address=_positive(environment, "INSPECT_CONNECTIONS_PER_ADDRESS", 100),
        receiving_bytes=_positive(environment, "INSPECT_RECEIVING_MB", 1024) * 1024 * 1024,
        account_bytes_per_day=_positive(environment, "INSPECT_ACCOUNT_MB_PER_DAY", 4096) * 1024 * 1024,
        retention_days=_retention_days(environment, "INSPECT_RETENTION_DAYS"),
        personal_days=_retention_days(environment, "INSPECT_PERSONAL_DAYS"),
        photo_keep_days=_positive(environment, "INSPECT_PHOTO_KEEP_DAYS", 30),
        photo_work=_photo_work(environment.get("INSPECT_PHOTO_WORK")),
        objects=_object_place(environment, PHOTOS_AT),
        objects_keep_minutes=_minutes(environment, "INSPECT_OBJECTS_KEEP_MINUTES", 60),
        backups=_backups(environment),
        backups_public_key=environment.get("INSPECT_BACKUPS_PUBLIC_KEY", ""),
        backups_at=_backups_at(environment),
        bundles=_bundles(environment.get("INSPECT_BUNDLES")),
        webhook_networks=_networks(environment, "INSPECT_WEBHOOK_NETWORKS"),
        timestamps=_timestamps(environment),
        database=_database(environment.get("INSPECT_DATABASE", "")),
        log=_log_file(environment, data),
        keys=_keys(environment.get("INSPECT_KEYS", ""), data),
        metrics_token=_metrics_token(environment.get("INSPECT_METRICS_TOKEN", "")),
        processes=_positive(environment, "INSPECT_PROCESSES", 1, MOST_PROCESSES),
    )


def _backups(environment: Mapping[str, str]) -> Path | ObjectPlace | SftpAddress | None:
    named = environment.get(BACKUPS_AT)
    try:
        elsewhere = _object_place(environment, BACKUPS_AT) or sftp_address_from(environment)
    except SftpAddressWrong as error:
        raise SettingsError(str(error)) from error
    return elsewhere or (Path(named).expanduser() if named else None)


def _backups_at(environment: Mapping[str, str]) -> time | None:
    text, more = environment.get("INSPECT_BACKUPS_AT", ""), ("INSPECT_BACKUPS", "INSPECT_BACKUPS_PUBLIC_KEY")
    if not text:
        return None
    if not _TIME.fullmatch(text):
        raise SettingsError(f"INSPECT_BACKUPS_AT：应为每天备份的时刻，如 02:30，实为「{text}」")
    if lacking := [name for name in more if not environment.get(name)]:
        raise SettingsError(f"INSPECT_BACKUPS_AT：还要设置 {lacking[0]}，见 docs/operate/backup.md")
    return time.fromisoformat(text)


def _object_place(environment: Mapping[str, str], name: str) -> ObjectPlace | None:
    try:
        return object_place_from(environment, name)
    except ObjectPlaceWrong as error:
        raise SettingsError(str(error)) from error


def _database(text: str) -> str:
    """The address of a database. There is a password in it, so a wrong one is not shown."""
    if text and not _DATABASE.fullmatch(text):
        raise SettingsError(
            "INSPECT_DATABASE：应为 PostgreSQL 数据库的网址，如 postgresql://账号:密码@主机:5432/数据库"
        )
    return text


def _log_file(environment: Mapping[str, str], data: Path) -> LogFile | None:
    """Not in the data folder: what is there is backed up and kept for good."""
    named = environment.get("INSPECT_LOG", "")
    most = _positive(environment, "INSPECT_LOG_MB", 20, 10_000) * 1024 * 1024
    files = _positive(environment, "INSPECT_LOG_FILES", 10, 1000)
    if not named:
        return None
    path = Path(named).expanduser()
    if not path.is_absolute() or path.is_dir() or path.resolve().is_relative_to(data):
        raise SettingsError(
            f"INSPECT_LOG：应为数据目录以外一个文件的完整路径，如 /var/log/inspect/inspect.jsonl，实为「{named}」"
        )
    return LogFile(path.resolve(), most, files)


def _keys(named: str, data: Path) -> Path | None:
    """Not in the data folder: what is there is there already."""
    if not named:
        return None
    path = Path(named).expanduser()
    if not path.is_absolute() or not path.is_dir() or path.resolve().is_relative_to(data):
        raise SettingsError(f"INSPECT_KEYS：应为数据目录以外、放密钥的目录的完整路径，已经建好，实为「{named}」")
    return path.resolve()


def _metrics_token(text: str) -> str:
    """What opens the metrics; nobody holds up who guesses, so it is a long one. A wrong one is not shown."""
    if text and not re.fullmatch(r"[A-Za-z0-9._~+/=-]{24,200}", text):
        raise SettingsError(
            "INSPECT_METRICS_TOKEN：应为 24 到 200 个英文字母、数字或 ._~+/=-，例如 openssl rand -hex 24 的输出"
        )
    return text


def _bundles(named: str | None) -> Path | None:
    """Those of set-up unless another folder is named; none for an empty name."""
    return BUNDLES if named is None else (Path(named) if named else None)


def _photo_work(named: str | None) -> tuple[str, ...]:
    """All of it where nothing is said, none for an empty value."""
    wanted = PHOTO_WORK if named is None else named.split()
    if unknown := [one for one in wanted if one not in PHOTO_WORK]:
        raise SettingsError(f"INSPECT_PHOTO_WORK：没有「{unknown[0]}」，可以写 {' '.join(PHOTO_WORK)}，都不要就写空值")
    return tuple(one for one in PHOTO_WORK if one in wanted)


def unknown_names(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Variables that begin as ours do and are none, in order. Those that may be a slip, ``settings_from`` refuses."""
    return sorted(name for name in environment if name.upper().startswith(_OURS) and name not in KNOWN)


def address_prefix(address: str) -> str:
    """The path of a site's address, without a slash at its end."""
    found = _ADDRESS.fullmatch(address)
    return (found["prefix"] or "") if found else ""


def _check_texts(environment: Mapping[str, str]) -> None:
    """Raises ``SettingsError`` where a value is no text: no page, file or log could hold it."""
    for name in sorted(KNOWN & environment.keys()):
        if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in environment[name]):
            raise SettingsError(f"{name}：含有不是文字的内容（换行、控制字符，或不是 UTF-8）")


def _check_names(environment: Mapping[str, str]) -> None:
    """Raises ``SettingsError`` where a name is nearly one of ours: without it the setting would silently not count."""
    for name in unknown_names(environment):
        if meant := _likest(name.upper(), KNOWN):
            raise SettingsError(f"{name}：没有这个设置，是不是 {meant}？请改正或去掉它，见 docs/operate/settings.md")


def _likest(name: str, known: Iterable[str]) -> str | None:
    rests = {one.removeprefix(_OURS).replace("_", ""): one for one in sorted(known)}
    found = difflib.get_close_matches(name.removeprefix(_OURS).replace("_", ""), rests, 1, _LIKENESS)
    return rests[found[0]] if found else None


def _address(text: str) -> str:
    """This site's address, without a slash at its end; it may have a path, as behind a proxy."""
    found = _ADDRESS.fullmatch(text.rstrip("/"))
    if text and not (found and 0 < int(found["port"] or 1) < 65536 and is_prefix(found["prefix"] or "")):
        raise SettingsError(
            f"INSPECT_ADDRESS：应为本站对外的网址，如 https://ming.example.cn 或"
            f" https://city.example.cn/inspect，不带 ? 和 #，实为「{text}」"
        )
    return text.rstrip("/")


def _proxy(text: str) -> str:
    """An IP address as connections name it; ``*`` for everybody, of which ``doctor`` warns."""
    if text in ("", "*"):
        return text
    try:
        found = ipaddress.ip_address(text.strip("[]"))
    except ValueError as error:
        raise SettingsError(f"INSPECT_TRUSTED_PROXY：应为反向代理的 IP 地址，如 127.0.0.1，实为「{text}」") from error
    return str(getattr(found, "ipv4_mapped", None) or found)


def _mails(text: str) -> tuple[str, ...]:
    found = tuple(text.replace(",", " ").split())
    if wrong := [one for one in found if not _MAIL.fullmatch(one)]:
        raise SettingsError(f"INSPECT_OFFICE_MAIL：「{wrong[0]}」不是邮箱地址")
    return found


def _switch(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(name, "")
    if text not in ("", "0", "1"):
        raise SettingsError(f"{name}：应为 1（打开）或 0，实为「{text}」")
    return text == "1"


def _mail(environment: Mapping[str, str]) -> Mail | None:
    """The mail server, or None where none is named."""
    host, way = environment.get("INSPECT_SMTP_HOST", ""), environment.get("INSPECT_SMTP_TLS", "starttls")
    if not host:
        return None
    if way not in PORTS:
        raise SettingsError(f"INSPECT_SMTP_TLS：应为 {'、'.join(PORTS)} 之一，实为「{way}」")
    user = environment.get("INSPECT_SMTP_USER", "")
    sender = environment.get("INSPECT_SMTP_FROM", "") or user
    if not _MAIL.fullmatch(sender):
        raise SettingsError("INSPECT_SMTP_FROM：应为发件人的邮箱地址")
    port = _positive(environment, "INSPECT_SMTP_PORT", PORTS[way], most=65535)
    return Mail(host, port, way, user, environment.get("INSPECT_SMTP_PASSWORD", ""), sender)


def _office_robot(environment: Mapping[str, str]) -> Robot | None:
    address = environment.get("INSPECT_OFFICE_WEBHOOK", "")
    if address and not _WEB.fullmatch(address):
        raise SettingsError("INSPECT_OFFICE_WEBHOOK：应为群机器人的网址，以 https:// 或 http:// 开头")
    return Robot(address, environment.get("INSPECT_OFFICE_WEBHOOK_SECRET", "")) if address else None


def _networks(environment: Mapping[str, str], name: str) -> tuple[Network, ...]:
    try:
        return networks_from(environment.get(name, ""))
    except ValueError as error:
        raise SettingsError(f"{name}：应为IP地址或网段，如 10.0.0.0/8，几个以空格分开（{error}）") from error


def _timestamps(environment: Mapping[str, str]) -> TimestampService | None:
    """The time-stamping service, or None where none is named."""
    address, roots = environment.get("INSPECT_TIMESTAMP_URL", ""), environment.get("INSPECT_TIMESTAMP_ROOTS", "")
    if not address:
        return None
    if not _WEB.fullmatch(address):
        raise SettingsError("INSPECT_TIMESTAMP_URL：应为时间戳服务的网址（RFC 3161，http 或 https）")
    from cryptography.x509 import load_pem_x509_certificates  # nothing else of the settings needs it

    try:
        pem = Path(roots).read_bytes()
        load_pem_x509_certificates(pem)
    except (OSError, ValueError) as error:
        raise SettingsError("INSPECT_TIMESTAMP_ROOTS：应为时间戳机构根证书的文件（PEM），没有它不知道该信谁") from error
    return TimestampService(address, pem)


def _tiles(environment: Mapping[str, str]) -> TileSource | None:
    try:
        return tiles_from(environment)
    except TilesWrong as error:
        raise SettingsError(str(error)) from error


def _timezone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # a folder of zones, a name too long
        raise SettingsError(f"INSPECT_TIMEZONE：没有名为「{name}」的时区，例如可用 Asia/Shanghai") from error


def _longest_px(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, str(default))
    if text.isascii() and text.isdecimal() and len(text) < 12 and (int(text) == 0 or 640 <= int(text) <= 4096):
        return int(text)
    raise SettingsError(f"{name}：应为 0（原图）或 640 到 4096 之间的整数，实为「{text}」")


def _retention_days(environment: Mapping[str, str], name: str) -> int:
    text = environment.get(name, "0")
    if text.isascii() and text.isdecimal() and len(text) < 6 and (int(text) == 0 or int(text) >= SHORTEST_DAYS):
        return int(text)
    raise SettingsError(f"{name}：应为 0（一直保存）或不少于 {SHORTEST_DAYS} 的整数，实为「{text}」")


def _minutes(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, str(default))
    if text.isascii() and text.isdecimal() and int(text[:6]) <= _A_WEEK:
        return int(text)
    raise SettingsError(f"{name}：应为 0 到 {_A_WEEK} 之间的整数（分钟），实为「{text}」")


def _positive(environment: Mapping[str, str], name: str, default: int, most: int = _TOO_LARGE) -> int:
    text = environment.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and 0 < int(text) <= most):
        raise SettingsError(f"{name}：应为 1 到 {most} 之间的整数，实为「{text}」")
    return int(text)
