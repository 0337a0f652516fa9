"""Devices: one for each browser that signed in, so that every session can be listed, named and ended.

A session's cookie names its device, and is good while that device's record is active. Records are never removed.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from ...domain.accounts.user import User
from ...domain.problems import Problem
from ...domain.weeks import instant_from, utc_text
from ...store import Stale, Store, Stored
from .accounts import all_users, find_user

SESSION_LIFETIME = timedelta(days=14)
"""A session ends when its browser has not come for so long."""

LONGEST_NAME = 40
_DEVICES = "devices"
_SEEN_EVERY = timedelta(hours=1)
_log = logging.getLogger(__name__)


class Way(StrEnum):
    """How a device was signed in."""

    PASSWORD = "password"
    CODE = "code"
    EARLIER = "earlier"

    @property
    def label(self) -> str:
        return {"password": "密码", "code": "登录码", "earlier": "升级前已登录"}[self.value]


class End(StrEnum):
    """Why a device's session is over."""

    REVOKED = "revoked"
    SIGNED_OUT = "signed_out"
    REPLACED = "replaced"
    ACCOUNT = "account"
    UNSEEN = "unseen"

    @property
    def label(self) -> str:
        return {
            "revoked": "已作废",
            "signed_out": "已退出",
            "replaced": "已重新登录",
            "account": "密码或账号已改",
            "unseen": "久未使用",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that signed in. ``last_seen`` may be an hour behind; ``end`` is None while its session is good."""

    id: str
    user: str
    name: str
    browser: str
    way: Way
    created_at: datetime
    last_seen: datetime
    end: End | None

    @property
    def number(self) -> str:
        """What names it to people."""
        return self.id[:8]


def new_device_id() -> str:
    return secrets.token_hex(16)


def add_device(store: Store, user: User, browser: str, way: Way, now: datetime, id: str | None = None) -> Device:
    """The device of a browser (in words) that signs in now. With an id that is taken: that one, unchanged."""
    document = {
        "user": user.name,
        "name": "",
        "browser": browser,
        "way": way,
        "epoch": user.epoch,
        "created_at": utc_text(now),
        "last_seen": utc_text(now),
        "state": "active",
    }
    _, stored = store.put_once(_DEVICES, id or new_device_id(), document)
    return _device(stored, user, now)


def add_earlier_device(store: Store, user: User, browser: str, mark: str, now: datetime) -> Device:
    """The device of a session that began before there were devices, told by its own secret: always the same."""
    id = hashlib.sha256(f"earlier session {mark}".encode()).hexdigest()[:32]
    return add_device(store, user, browser, Way.EARLIER, now, id)


def find_device(store: Store, id: str, now: datetime) -> Device | None:
    """The device with this id, whosever it is, or None."""
    stored = store.get(_DEVICES, id)
    return _device(stored, find_user(store, stored.document["user"]), now) if stored else None


def seen_now(store: Store, id: str, user: User, now: datetime) -> bool:
    """Whether a user's session on this device is good. Notes the hour: once in an hour this is a write."""
    stored = store.get(_DEVICES, id)
    if stored is None or stored.document["user"] != user.name:
        return False
    device = _device(stored, user, now)
    if device.end is None and now - device.last_seen >= _SEEN_EVERY:
        try:
            seen = {**stored.document, "last_seen": utc_text(now)}
            store.update(_DEVICES, id, seen, expected_revision=stored.revision)
        except Stale:
            # Another request of the same page noted it, or it was just ended: then this one is the last.
            pass
        except OSError as error:
            # A full disk must not keep people from what can still be read.
            _log.warning("cannot note that a device was seen: %s", error)
    return device.end is None


def devices_of(store: Store, user: User, now: datetime) -> list[Device]:
    """A user's devices: good ones first, each part last seen first."""
    return [device for device in all_devices(store, now) if device.user == user.name]


def all_devices(store: Store, now: datetime) -> list[Device]:
    """Everybody's devices: good ones first, each part last seen first."""
    users = {user.name: user for user in all_users(store)}
    devices = [_device(stored, users.get(stored.document["user"]), now) for stored in store.find(_DEVICES)]
    return sorted(devices, key=lambda device: (device.end is None, device.last_seen), reverse=True)


def device_by_number(store: Store, prefix: str, now: datetime) -> Device | Problem:
    """The one device whose id begins with ``prefix`` (at least 6 digits)."""
    found = [device for device in all_devices(store, now) if len(prefix) >= 6 and device.id.startswith(prefix)]
    return found[0] if len(found) == 1 else Problem("设备", f"编号「{prefix}」{'不唯一' if found else '不存在'}")


def name_device(store: Store, id: str, name: str) -> list[Problem]:
    """Give a device a name of at most 40 characters; an empty one takes the name away."""
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        return [Problem("设备名称", f"最多{LONGEST_NAME}个字，不能有控制字符")]
    _change(store, id, lambda document: {"name": name})
    return []


def end_device(store: Store, id: str, end: End, now: datetime) -> None:
    """End the session on a device. One that has ended stays as it is."""
    ended = {"state": str(end), "ended_at": utc_text(now)}
    _change(store, id, lambda document: ended if document["state"] == "active" else {})


def _change(store: Store, id: str, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
    """Change a device whatever else is noted at the same moment; nothing where there is none."""
    while stored := store.get(_DEVICES, id):
        changed = {**stored.document, **change(stored.document)}
        try:
            store.update(_DEVICES, id, changed, expected_revision=stored.revision)
            return
        except Stale:
            continue


def _device(stored: Stored, user: User | None, now: datetime) -> Device:
    document = stored.document
    created, seen = instant_from(document["created_at"]), instant_from(document["last_seen"])
    assert created
    assert seen
    return Device(
        stored.id,
        document["user"],
        document["name"] or document["browser"],
        document["browser"],
        Way(document["way"]),
        created,
        seen,
        _end(document, user, now - seen),
    )


def _end(document: Mapping[str, Any], user: User | None, unseen: timedelta) -> End | None:
    if document["state"] != "active":
        return End(document["state"])
    if user is None or not user.active or user.epoch != document["epoch"]:
        return End.ACCOUNT
    # The hour by which ``last_seen`` may be late counts for the device.
    return End.UNSEEN if unseen > SESSION_LIFETIME + _SEEN_EVERY else None
