"""What the server was started with, in the log of acts: each start tells what differs from the one before.

Of a setting that may be a secret, or that nobody has said is none, a salted hash is told: that it changed, not to what.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime

from ..collections.start_settings import LAST_START, START_SETTINGS
from ..settings import Settings
from ..store import Stale, Store
from .audit import Entry, keep
from .witness import salted_for_the_log

STARTER = "启动"
"""Who the log names for the settings of a start."""
OPEN = frozenset(
    {
        *("data", "photos", "checklists", "timezone", "city", "address"),
        *("max_photo_bytes", "max_request_bytes", "photo_longest_px", "minimum_inspections"),
        *("secure_cookies", "trusted_proxy", "office_mail", "keys", "log.path", "log.most_bytes", "log.files"),
        "processes",
        *("webhook_networks", "connections_per_address", "receiving_bytes", "account_bytes_per_day"),
        *("photo_keep_days", "retention_days", "personal_days", "photo_work"),
        *("backups", "backups_public_key", "backups_at"),
        *("backups.bucket", "backups.prefix", "backups.endpoint", "backups.region"),
        *("backups.user", "backups.host", "backups.port", "backups.folder", "backups.host_key", "backups.key_file"),
        *("objects.bucket", "objects.prefix", "objects.endpoint", "objects.region", "objects_keep_minutes"),
        *("tiles.system", "tiles.attribution", "tiles.max_zoom", "tiles.subdomains"),
        *("mail.host", "mail.port", "mail.way", "mail.user", "mail.sender", "timestamps.address"),
    }
)
"""The settings whose values are told; addresses of tiles and robots have keys in them."""
_log = logging.getLogger(__name__)


def note_settings(store: Store, settings: Settings, now: datetime) -> Mapping[str, str]:
    """Have the log tell what differs from the last start: by name what it is from now on, empty where it has none.

    Nothing is told where nothing differs. A full disk, or another process that starts, stops no start.
    """
    try:
        return _noted(store, told_settings(store, settings), now)
    except Stale:
        return {}
    except OSError as error:
        _log.warning("启动设置的更改没有写进日志：%s", error)
        return {}


def _noted(store: Store, found: Mapping[str, str], now: datetime) -> Mapping[str, str]:
    kept = START_SETTINGS.get(store, LAST_START)
    before = kept.value if kept else {}
    changed = [name for name in sorted(before.keys() | found.keys()) if before.get(name) != found.get(name)]
    was, is_now = ({name: some.get(name, "") for name in changed} for some in (before, found))
    if changed:
        entry = Entry("settings.changed", "settings/start", was if kept else None, is_now)
        write = START_SETTINGS.writing(LAST_START, found, kept.revision if kept else 0)
        keep(store, STARTER, now, [entry], [write])
    return is_now


def told_settings(store: Store, settings: Settings) -> dict[str, str]:
    """Every setting that is set, by name, as the log is told of it."""
    return {
        name: value if name in OPEN else f"不显示（{salted_for_the_log(store, name, value)}）"
        for name, value in _flat(settings)
        if value
    }


def _flat(settings: object, within: str = "") -> Iterator[tuple[str, str]]:
    for one in fields(settings):  # type: ignore[arg-type]
        value = getattr(settings, one.name)
        if is_dataclass(value):
            yield from _flat(value, f"{within}{one.name}.")
        else:
            yield within + one.name, _text(value)


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    if isinstance(value, bytes):
        return value.hex()
    return "" if value is None or value is False else str(value)
