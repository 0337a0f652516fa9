"""Settings, read once from the environment and checked at start."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography.x509 import load_pem_x509_certificates

from .notices import Mail, Network, Robot, TimestampService, networks_from
from .notices.mail import PORTS
from .tiles import TileSource, TilesWrong, tiles_from

PROJECT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """A setting that cannot be used; the message is for the administrator, in Chinese."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation can choose.

    Lengths of uploads are in bytes, ``photo_longest_px`` is the longest side of what phones send (0 leaves photos as
    they are), ``minimum_inspections`` is the number of inspections below which an area's week is shown as 样本不足.
    ``address`` is this site's own, to which messages lead; ``webhook_networks`` are those that are not of the internet
    and that robots may be in. ``receiving_bytes`` are those of all large bodies on their way at a time;
    ``photo_keep_days`` is how long a photo stays that nothing names; ``backups`` the folder that copies are put into.
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
    backups: Path | None = None
    timestamps: TimestampService | None = None

    @property
    def recordings(self) -> Path:
        return self.data / "audio"

    @property
    def store(self) -> Path:
        return self.data / "store"


def settings_from(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from ``INSPECT_*`` variables (docs/operate/settings.md lists them).

    ``INSPECT_DATA`` names the data folder with the photos inside it. Without it the data lies in ``data/`` and the
    photos in ``photos/`` of the project. Raises ``SettingsError`` naming the variable.
    """
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
        secure_cookies=environment.get("INSPECT_SECURE_COOKIES", "") == "1",
        trusted_proxy=environment.get("INSPECT_TRUSTED_PROXY", ""),
        tiles=_tiles(environment),
        address=environment.get("INSPECT_ADDRESS", "").rstrip("/"),
        mail=_mail(environment),
        office_mail=tuple(environment.get("INSPECT_OFFICE_MAIL", "").replace(",", " ").split()),
        office_robot=_office_robot(environment),
        connections_per_address=_positive(environment, "INSPECT_CONNECTIONS_PER_ADDRESS", 100),
        receiving_bytes=_positive(environment, "INSPECT_RECEIVING_MB", 1024) * 1024 * 1024,
        account_bytes_per_day=_positive(environment, "INSPECT_ACCOUNT_MB_PER_DAY", 4096) * 1024 * 1024,
        photo_keep_days=_positive(environment, "INSPECT_PHOTO_KEEP_DAYS", 30),
        backups=Path(environment["INSPECT_BACKUPS"]) if environment.get("INSPECT_BACKUPS") else None,
        webhook_networks=_networks(environment, "INSPECT_WEBHOOK_NETWORKS"),
        timestamps=_timestamps(environment),
    )


def secret_key(data: Path) -> bytes:
    """The key that signs sessions: made once, kept in the data folder, readable by its owner only."""
    path = data / "secret.key"
    try:
        # os.open so that the file is never readable by others, not even for a moment.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        key = secrets.token_bytes(32)
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key


def ticket_key(data: Path) -> bytes:
    """The key that tickets of presence are made with: of the sessions' key, so that there is one secret to guard."""
    return hmac.new(secret_key(data), b"tickets of presence", hashlib.sha256).digest()


def tries_key(data: Path) -> bytes:
    """The key that names and addresses of tries to sign in are hashed with: nobody can tell which lie side by side."""
    return hmac.new(secret_key(data), b"tries to sign in", hashlib.sha256).digest()


def _mail(environment: Mapping[str, str]) -> Mail | None:
    """The mail server, or None where none is named."""
    host, way = environment.get("INSPECT_SMTP_HOST", ""), environment.get("INSPECT_SMTP_TLS", "starttls")
    if not host:
        return None
    if way not in PORTS:
        raise SettingsError(f"INSPECT_SMTP_TLS：应为 {'、'.join(PORTS)} 之一，实为「{way}」")
    user = environment.get("INSPECT_SMTP_USER", "")
    sender = environment.get("INSPECT_SMTP_FROM", "") or user
    if "@" not in sender:
        raise SettingsError("INSPECT_SMTP_FROM：应为发件人的邮箱地址")
    port = _positive(environment, "INSPECT_SMTP_PORT", PORTS[way])
    return Mail(host, port, way, user, environment.get("INSPECT_SMTP_PASSWORD", ""), sender)


def _office_robot(environment: Mapping[str, str]) -> Robot | None:
    address = environment.get("INSPECT_OFFICE_WEBHOOK", "")
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
    if not address.startswith(("https://", "http://")):
        raise SettingsError("INSPECT_TIMESTAMP_URL：应为时间戳服务的网址（RFC 3161，http 或 https）")
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
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(f"INSPECT_TIMEZONE：没有名为「{name}」的时区，例如可用 Asia/Shanghai") from error


def _longest_px(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, str(default))
    if text.isascii() and text.isdecimal() and (int(text) == 0 or 640 <= int(text) <= 4096):
        return int(text)
    raise SettingsError(f"{name}：应为 0（原图）或 640 到 4096 之间的整数，实为「{text}」")


def _positive(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise SettingsError(f"{name}：应为正整数，实为「{text}」")
    return int(text)
